//! The pictures of `README.md` and `docs/BENCHMARKS.md`, as SVG.

mod billed;
mod svg;
mod tsunami;

pub use billed::{Billed, billed_time};
pub use tsunami::{Course, tsunami};

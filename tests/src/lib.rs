//! What the tests of the whole repository share: where it is, which files it has, its deployment
//! template as plain data, and a world to try the system in. This crate never holds a test's
//! expectations, and nothing but tests uses it.

mod repository;
mod template;
pub mod world;

pub use repository::{files, root, text};
pub use template::template;

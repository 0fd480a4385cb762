//! What the tests of the whole repository share: where it is, which files it has, its deployment
//! template as plain data, a world to try the system in, a deployment to try a function in, and how a
//! figure is drawn. This crate never holds a test's expectations, and nothing but tests uses it.

pub mod deployment;
pub mod emulator;
pub mod picture;
mod repository;
pub mod taps;
mod template;
mod tls;
pub mod torment;
pub mod world;

pub use repository::{files, root, text};
pub use template::{template, template_with};

//! Output that appears whole or not at all.

mod directory;

pub use directory::OutputError;
pub(crate) use directory::{OutputDirectory, part_name};

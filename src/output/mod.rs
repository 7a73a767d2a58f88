//! Output that appears whole or not at all.

mod attempt_file;
mod directory;

pub(crate) use attempt_file::AttemptFile;
pub(crate) use directory::OutputDirectory;
pub use directory::OutputError;

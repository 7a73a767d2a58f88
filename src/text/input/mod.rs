//! What a program reads: the files that a path names, cut into splits, as Hadoop's `FileInputFormat` does
//! it.
//!
//! [`list()`] finds the [`InputFile`]s, [`splits()`] cuts them into [`FileSplit`]s, one per partition;
//! [`Lines`](super::Lines) reads a split and [`read_whole`] a file. Only local files are known here: a path
//! with another scheme is refused. Compressed files are known by their names: `.gz`, which needs the
//! feature `gzip`.

mod error;
mod file;
mod file_split;
mod list;
mod pattern;
mod source;
mod splits;

pub use error::InputError;
pub use file::{InputFile, read_whole};
pub use file_split::FileSplit;
pub use list::list;
pub(super) use source::Source;
pub use splits::splits;

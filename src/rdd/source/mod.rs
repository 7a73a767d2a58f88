//! Where data comes from: collections, ranges, text files.

mod parallelize;
mod range;
mod text_file;
mod whole_text_files;

pub use parallelize::Parallelize;
pub use range::{RangeIter, RangeSource};
pub use text_file::{TextFile, TextLines};
pub use whole_text_files::WholeTextFiles;

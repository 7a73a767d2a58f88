//! Text as Spark programs meet it: lines of files, words of lines, and the files that they come from.
//!
//! | type | what it is |
//! |---|---|
//! | [`Text`] | bytes in 24 bytes: short ones inline, long ones a counted slice of their chunk |
//! | [`Chunk`] | a block of bytes from which texts are sliced without copying |
//! | [`Words`] | the words of a text, cut at white space as Java's `\s` sees it |
//! | [`Lines`] | the lines of one split of a file, chunk by chunk ([`LinesOfChunk`]) |
//! | [`input`] | which files a path names, and how they are cut into splits |
//!
//! A text is bytes and need not be UTF-8: no function here fails because of how text is encoded. Reading is
//! by positioned reads into chunks, never by a memory map, so that a file truncated by another program is
//! an error and not the end of the process.
//!
//! This module knows files, bytes and nothing of RDDs, tasks or actors: a source operator opens [`Lines`]
//! for its split, looks at its task's kill flag between two chunks, and counts the records.
//!
//! ```
//! use firesteel::text::{Lines, Text, input};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("poem.txt");
//! # std::fs::write(&path, "to see a world\nin a grain of sand\n")?;
//! let files = input::list(path.to_str().unwrap_or_default())?;
//! let mut words = 0;
//! for split in input::splits(&files, 2) {
//!     let mut lines = Lines::open(&split)?;
//!     while let Some(chunk) = lines.next_chunk()? {
//!         words += chunk.flat_map(Text::into_words).count();
//!     }
//! }
//! assert_eq!(words, 9);
//! # Ok(())
//! # }
//! ```

mod block;
mod chunk;
mod held;
pub mod input;
mod lines;
mod lines_of_chunk;
mod split;
#[expect(clippy::module_inception, reason = "the file is named after its one type, as all others are")]
mod text;
mod text_serde;
mod text_traits;
mod words;

pub use chunk::Chunk;
pub(crate) use held::{HeldChunk, held_chunks};
pub use lines::Lines;
pub use lines_of_chunk::LinesOfChunk;
pub use split::Split;
pub use text::Text;
pub use words::Words;

//! Finds the benchmark text, or makes it: about 100 MiB of words, a large part of them different.
//!
//! It comes from, in this order: the place that [`VARIABLE`] names; what an earlier run left in cargo's directory
//! for temporary files of benches; [`debian`], the source text of a Linux kernel; [`generated`], where there is no
//! Debian archive at hand. What is made is kept. Nothing here reads the text for its words.

pub(crate) mod debian;
pub(crate) mod generated;

use std::{
    env,
    error::Error,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::ExitStatus,
    time::Duration,
};

use thiserror::Error;

/// The environment variable that names the text: a file, or a directory that holds [`CORPUS`].
pub(crate) const VARIABLE: &str = "FIRESTEEL_BENCH_DATA";

/// The name of the Debian text.
const CORPUS: &str = "corpus-100m.txt";

/// The name of the whole Debian text, of which that is the beginning.
const WHOLE: &str = "corpus.txt";

/// The name of the generated text.
const GENERATED: &str = "generated-100m.txt";

/// The size, in bytes, that a text is cut to; it ends with the last whole line within.
pub(crate) const SIZE: u64 = 100 << 20;

/// Why there is no text.
#[derive(Debug, Error)]
pub(crate) enum DataError {
    /// The place that the user named holds no text.
    #[error(
        "{VARIABLE} names {path}, which is neither a file nor a directory with {CORPUS}; correct or unset it"
    )]
    NotThere {
        /// The place.
        path: PathBuf,
    },
    /// A file or directory could not be read or written.
    #[error("cannot make the benchmark text in {path}; make room there or set {VARIABLE}")]
    Io {
        /// The directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A tool could not be started, or not be waited for.
    #[error("cannot run {tool}")]
    Tool {
        /// The tool.
        tool: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A tool ended badly.
    #[error("{tool} ended with {status}")]
    ToolFailed {
        /// The tool.
        tool: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// A tool did not end in time and was stopped.
    #[error("{tool} took more than {} s and was stopped", limit.as_secs())]
    ToolTooSlow {
        /// The tool.
        tool: String,
        /// The time that it had.
        limit: Duration,
    },
    /// The package is not what it was.
    #[error("the package holds {0} bytes of text, too few for a benchmark")]
    TooSmall(u64),
}

/// The path of the benchmark text. Making it takes up to some minutes, and says on standard error what it does.
///
/// # Errors
/// If the user named a place without a text, or if not even a generated text can be written.
pub(crate) fn find() -> Result<PathBuf, DataError> {
    match env::var_os(VARIABLE) {
        Some(named) => given(Path::new(&named)),
        None => kept_or_made(&kept()),
    }
}

/// Where the whole text is, if it is there: it is never made.
pub(crate) fn whole() -> PathBuf {
    whole_of(&env::var_os(VARIABLE).map_or_else(kept, PathBuf::from))
}

/// Its place beside the file, or in the directory, that holds the part.
pub(crate) fn whole_of(place: &Path) -> PathBuf {
    if place.is_file() { place.with_file_name(WHOLE) } else { place.join(WHOLE) }
}

fn kept() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-data")
}

/// The text at the place that the user named.
///
/// # Errors
/// If there is none.
pub(crate) fn given(named: &Path) -> Result<PathBuf, DataError> {
    let candidates = [named.to_owned(), named.join(CORPUS)];
    candidates
        .into_iter()
        .find(|path| path.is_file())
        .ok_or_else(|| DataError::NotThere { path: named.to_owned() })
}

/// The text in `directory`, made there if need be.
fn kept_or_made(directory: &Path) -> Result<PathBuf, DataError> {
    let (corpus, generated) = (directory.join(CORPUS), directory.join(GENERATED));
    // A generated text is kept in use too: figures of one checkout stay comparable.
    if let Some(kept) = [&corpus, &generated].into_iter().find(|path| path.is_file()) {
        return Ok(kept.clone());
    }
    if debian::is_available() {
        match make(directory, &corpus, debian::make) {
            Ok(()) => return Ok(corpus),
            Err(error) => {
                let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
                eprintln!("data: no text from Debian ({error}{cause}); generating one instead");
            }
        }
    }
    make(directory, &generated, generated::make)?;
    Ok(generated)
}

/// Has `maker` write a text, with a directory for its temporary files, and puts it at `target` when it is whole.
pub(crate) fn make(
    directory: &Path,
    target: &Path,
    maker: fn(work: &Path, text: &Path) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let failed = |source| DataError::Io { path: directory.to_owned(), source };
    let work = directory.join("making");
    // An interrupted run may have left it.
    remove_if_there(&work).map_err(failed)?;
    fs::create_dir_all(&work).map_err(failed)?;
    let text = work.join("text");
    let made = maker(&work, &text).and_then(|()| fs::rename(&text, target).map_err(failed));
    let removed = remove_if_there(&work).map_err(failed);
    made.and(removed)
}

fn remove_if_there(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Cuts `file` after its last line feed; a file without one becomes empty.
///
/// # Errors
/// The system's error on reading or cutting.
pub(crate) fn cut_after_last_line(file: &mut File) -> io::Result<u64> {
    const BLOCK: u64 = 1 << 16;
    let mut end = file.metadata()?.len();
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        let mut block = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        Read::by_ref(file).take(end - start).read_to_end(&mut block)?;
        if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
            end = start + at as u64 + 1;
            break;
        }
        end = start;
    }
    file.set_len(end)?;
    Ok(end)
}

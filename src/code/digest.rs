//! The identity of the running executable.
//!
//! An executor in a process of its own presents it when it registers, because a [`CodeRef`](super::CodeRef)
//! means something only in the executable that made it. It tells builds apart; it is no defence against a
//! forger.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3Default;

use super::CodeError;

/// XXH3 (128 bits) of an executable's bytes; shown as 32 hexadecimal digits.
///
/// ```
/// let digest = firesteel::code::executable_digest()?;
/// assert_eq!(digest.to_string().len(), 32);
/// # Ok::<(), firesteel::code::CodeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExecutableDigest(u128);

impl fmt::Display for ExecutableDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for ExecutableDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExecutableDigest({self})")
    }
}

/// The digest of the executable that this process runs, read at the first call and remembered.
///
/// The first call reads the whole file: about 0.1 s for 100 MB in an optimized build, some times that
/// otherwise.
///
/// # Errors
///
/// [`CodeError::Executable`] if the file cannot be found or read. Errors are not remembered.
///
/// ```
/// use firesteel::code::executable_digest;
///
/// assert_eq!(executable_digest()?, executable_digest()?);
/// # Ok::<(), firesteel::code::CodeError>(())
/// ```
pub fn executable_digest() -> Result<ExecutableDigest, CodeError> {
    // A fact of the process that never changes, hence not the global state that embedding programs have to
    // fear.
    static DIGEST: OnceLock<ExecutableDigest> = OnceLock::new();
    if let Some(digest) = DIGEST.get() {
        return Ok(*digest);
    }
    // Threads that come here together compute it each; all find the same.
    let path = executable_path()?;
    let digest = digest_of(&path).map_err(|source| CodeError::Executable { path, source })?;
    Ok(*DIGEST.get_or_init(|| digest))
}

/// The file to read. On Linux that link is the running file itself, even when another took its name
/// meanwhile.
fn executable_path() -> Result<PathBuf, CodeError> {
    if cfg!(any(target_os = "linux", target_os = "android")) {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    std::env::current_exe()
        .map_err(|source| CodeError::Executable { path: PathBuf::from("(path unknown)"), source })
}

fn digest_of(path: &Path) -> io::Result<ExecutableDigest> {
    let mut file = File::open(path)?;
    let mut hasher = Xxh3Default::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(ExecutableDigest(hasher.digest128())),
            Ok(length) => hasher.update(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{from_bytes, to_bytes};
    use super::*;

    #[test]
    fn it_is_the_hash_of_the_running_file() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let expected = xxhash_rust::xxh3::xxh3_128(&bytes);
        assert_eq!(executable_digest().unwrap(), ExecutableDigest(expected));
    }

    #[test]
    fn it_is_the_same_from_many_threads() {
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(|| executable_digest().unwrap())).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), executable_digest().unwrap());
        }
    }

    #[test]
    fn it_shows_every_digit_and_survives_bytes() {
        assert_eq!(ExecutableDigest(0xab).to_string(), "000000000000000000000000000000ab");
        for digest in [0, 1 << 127, u128::MAX, 0x0123_4567_89ab_cdef].map(ExecutableDigest) {
            assert_eq!(from_bytes::<ExecutableDigest>(&to_bytes(&digest).unwrap()).unwrap(), digest);
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        assert_eq!(digest_of(Path::new("no such file")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}

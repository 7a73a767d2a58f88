//! The one secret that all processes of a cluster share.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{ErrorKind, Read, Write},
    path::Path,
    sync::Arc,
};

use zeroize::{Zeroize, Zeroizing};

use super::TransportError;

/// Bytes of a secret.
const LENGTH: usize = 32;

/// So much of a file is read: a secret, and some space around it.
const FILE_LIMIT: u64 = 256;

/// 32 random bytes that every process of a cluster knows, and nobody else: whoever has them may run code on its executors.
///
/// A password is no secret of this kind: it could be guessed from what goes over the network. In a file it is written as
/// 64 hexadecimal digits. It is wiped from memory when it is dropped, and never shown.
#[derive(Clone)]
pub struct Secret(Box<[u8; LENGTH]>);

impl Secret {
    /// A new secret.
    ///
    /// # Errors
    /// If the operating system has no random bytes.
    pub fn generate() -> Result<Secret, TransportError> {
        let mut secret = Secret(Box::new([0; LENGTH]));
        getrandom::fill(&mut *secret.0).map_err(TransportError::Random)?;
        Ok(secret)
    }

    /// The secret in a file, which nobody but its owner (and group) may read.
    ///
    /// # Errors
    /// If it cannot be read, holds no secret, or is open to others.
    pub fn from_file(path: &Path) -> Result<Secret, TransportError> {
        let failed = |source| TransportError::SecretFile {
            action: "read",
            path: path.to_owned(),
            source: Arc::new(source),
        };
        let file = File::open(path).map_err(failed)?;
        refuse_exposed(&file, path)?;
        let mut text = Zeroizing::new(Vec::with_capacity(FILE_LIMIT as usize));
        file.take(FILE_LIMIT).read_to_end(&mut text).map_err(failed)?;
        from_hex(text.trim_ascii()).ok_or_else(|| TransportError::NotASecret { path: path.to_owned() })
    }

    /// Writes the secret to a new file that only its owner may read.
    ///
    /// # Errors
    /// If the file exists, or cannot be written.
    pub fn write_file(&self, path: &Path) -> Result<(), TransportError> {
        let failed = |source: std::io::Error| match source.kind() {
            ErrorKind::AlreadyExists => TransportError::SecretExists { path: path.to_owned() },
            _ => TransportError::SecretFile {
                action: "write",
                path: path.to_owned(),
                source: Arc::new(source),
            },
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut text = Zeroizing::new(Vec::with_capacity(2 * LENGTH + 1));
        for byte in self.0.iter() {
            text.extend([byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
        }
        text.push(b'\n');
        let mut file = options.open(path).map_err(failed)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed)
    }

    /// Its bytes, for whoever hands them to another process of the cluster.
    pub(crate) fn expose(&self) -> &[u8; LENGTH] {
        &self.0
    }

    pub(crate) fn from_bytes(bytes: [u8; LENGTH]) -> Secret {
        let bytes = Zeroizing::new(bytes);
        Secret(Box::new(*bytes))
    }
}

fn from_hex(text: &[u8]) -> Option<Secret> {
    let mut secret = Secret(Box::new([0; LENGTH]));
    if text.len() != 2 * LENGTH {
        return None;
    }
    for (byte, digits) in secret.0.iter_mut().zip(text.chunks_exact(2)) {
        for digit in digits {
            *byte = *byte << 4 | char::from(*digit).to_digit(16)? as u8;
        }
    }
    Some(secret)
}

/// A group may read: a mounted secret often belongs to one. Nobody else may, and nobody else may write.
#[cfg(unix)]
fn refuse_exposed(file: &File, path: &Path) -> Result<(), TransportError> {
    use std::os::unix::fs::MetadataExt;
    let failed = |source| TransportError::SecretFile {
        action: "look at",
        path: path.to_owned(),
        source: Arc::new(source),
    };
    let mode = file.metadata().map_err(failed)?.mode() & 0o777;
    let access = match mode {
        _ if mode & 0o022 != 0 => "write",
        _ if mode & 0o007 != 0 => "read",
        _ => return Ok(()),
    };
    Err(TransportError::SecretExposed { path: path.to_owned(), access, mode })
}

#[cfg(not(unix))]
fn refuse_exposed(_: &File, _: &Path) -> Result<(), TransportError> {
    Ok(())
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

//! Bytes inside messages. Cores read only their length; the bytes travel beside by reference.

use std::{
    cell::Cell,
    fmt,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use xxhash_rust::xxh3::xxh3_64;

/// Opaque bytes with their length and digest.
///
/// Within a process a blob shares its bytes. When a message is written to a trace, only length and digest
/// are kept, unless the writer asks for the bytes with [`Blob::keeping_bytes`]; a blob read back without
/// them has `bytes() == None`.
///
/// ```
/// use firesteel_actors::lineage::Blob;
/// let blob = Blob::from(b"abc".to_vec());
/// assert_eq!((blob.len(), blob.bytes()), (3, Some(&b"abc"[..])));
/// ```
#[derive(Clone, Default)]
pub struct Blob {
    form: Form,
}

#[derive(Clone, Default)]
enum Form {
    #[default]
    Empty,
    Kept(Arc<Kept>),
    /// The bytes were not kept.
    Stripped(Arc<Stripped>),
}

struct Kept {
    bytes: Vec<u8>,
    /// Only traces ask for it.
    digest: OnceLock<u64>,
}

struct Stripped {
    len: u64,
    digest: u64,
}

thread_local! {
    static KEEP: Cell<bool> = const { Cell::new(false) };
}

impl Blob {
    /// Length in bytes, also if the bytes were not kept.
    pub fn len(&self) -> u64 {
        match &self.form {
            Form::Empty => 0,
            Form::Kept(kept) => kept.bytes.len() as u64,
            Form::Stripped(stripped) => stripped.len,
        }
    }

    /// Whether the blob has no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// xxh3 of the bytes, also if they were not kept.
    pub fn digest(&self) -> u64 {
        match &self.form {
            Form::Empty => xxh3_64(&[]),
            Form::Kept(kept) => *kept.digest.get_or_init(|| xxh3_64(&kept.bytes)),
            Form::Stripped(stripped) => stripped.digest,
        }
    }

    /// The bytes, or `None` if this blob was read from where they were not kept.
    pub fn bytes(&self) -> Option<&[u8]> {
        match &self.form {
            Form::Empty => Some(&[]),
            Form::Kept(kept) => Some(&kept.bytes),
            Form::Stripped(_) => None,
        }
    }

    fn kept(bytes: Vec<u8>, digest: OnceLock<u64>) -> Self {
        Blob { form: Form::Kept(Arc::new(Kept { bytes, digest })) }
    }

    /// Runs `write`; messages that it serializes on this thread keep the bytes of their blobs.
    pub fn keeping_bytes<R>(write: impl FnOnce() -> R) -> R {
        struct Restore(bool);
        impl Drop for Restore {
            fn drop(&mut self) {
                KEEP.set(self.0);
            }
        }
        let _restore = Restore(KEEP.replace(true));
        write()
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        if bytes.is_empty() {
            return Blob::default();
        }
        Blob::kept(bytes, OnceLock::new())
    }
}

impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.digest() == other.digest()
    }
}

impl Eq for Blob {}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes, {:016x})", self.len(), self.digest())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Blob")]
struct Written<'a> {
    len: u64,
    digest: u64,
    #[serde(borrow, default, with = "serde_bytes")]
    bytes: Option<std::borrow::Cow<'a, [u8]>>,
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = if KEEP.get() { self.bytes().map(Into::into) } else { None };
        Written { len: self.len(), digest: self.digest(), bytes }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { len, digest, bytes } = Written::deserialize(deserializer)?;
        match bytes {
            Some(bytes) if bytes.len() as u64 != len || xxh3_64(&bytes) != digest => {
                Err(serde::de::Error::custom("a blob's bytes do not match its length and digest"))
            }
            _ if len == 0 => Ok(Blob::default()),
            Some(bytes) => Ok(Blob::kept(bytes.into_owned(), OnceLock::from(digest))),
            None => Ok(Blob { form: Form::Stripped(Arc::new(Stripped { len, digest })) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::compact;

    #[test]
    fn bytes_are_written_only_when_asked_for() {
        let blob = Blob::from(vec![7; 100]);
        let without = rmp_serde::to_vec_named(&blob).unwrap();
        let with = Blob::keeping_bytes(|| rmp_serde::to_vec_named(&blob)).unwrap();
        assert!(without.len() < 50 && with.len() > 100);
        let read: Blob = rmp_serde::from_slice(&without).unwrap();
        assert_eq!((read.len(), read.bytes()), (100, None));
        assert_eq!(read, blob);
        let read: Blob = rmp_serde::from_slice(&with).unwrap();
        assert_eq!(read.bytes(), Some(&[7; 100][..]));
    }

    #[test]
    fn the_digest_that_was_read_with_the_bytes_is_kept() {
        let with = Blob::keeping_bytes(|| rmp_serde::to_vec_named(&Blob::from(vec![7; 100]))).unwrap();
        let read: Blob = rmp_serde::from_slice(&with).unwrap();
        let Form::Kept(kept) = &read.form else { panic!("{read:?}") };
        assert_eq!(kept.digest.get(), Some(&xxh3_64(&[7; 100])));
    }

    #[test]
    fn a_trace_has_length_digest_and_whether_the_bytes_follow() {
        let digest = [&[253][..], &xxh3_64(b"abc").to_le_bytes()].concat();
        let blob = Blob::from(b"abc".to_vec());
        let bytes = compact::assert_bytes(&blob, &[&[3][..], &digest, &[0]].concat());
        assert_eq!(compact::read::<Blob>(&bytes).unwrap().bytes(), None);
        let bytes = Blob::keeping_bytes(|| {
            compact::assert_bytes(&blob, &[&[3][..], &digest, &[1, 3], b"abc"].concat())
        });
        assert_eq!(compact::read::<Blob>(&bytes).unwrap().bytes(), Some(&b"abc"[..]));
        for at in [0, 1, 5, bytes.len() - 1] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(compact::read::<Blob>(&damaged).is_err(), "byte {at}");
        }
        let empty = [&[0, 253][..], &xxh3_64(b"").to_le_bytes(), &[0]].concat();
        compact::assert_bytes(&Blob::default(), &empty);
    }

    #[test]
    fn a_damaged_blob_is_refused() {
        let mut bytes = Blob::keeping_bytes(|| rmp_serde::to_vec_named(&Blob::from(vec![1, 2, 3]))).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        assert!(rmp_serde::from_slice::<Blob>(&bytes).is_err());
    }
}

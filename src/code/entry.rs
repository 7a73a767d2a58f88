//! The entry: what an executable holds, in read-only data, for each type of stage whose code can be referred
//! to.
//!
//! [`CodeRef`](super::CodeRef) says where an entry lies; this file makes entries and finds them again, and
//! asks [`Image`] before it reads. Names and hashes are compared by `CodeRef`, which knows what they should
//! be.
#![allow(unsafe_code)]

use std::any::{Any, TypeId, type_name};
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use xxhash_rust::xxh3::Xxh3Default;

use super::decoding::Decoding;
use super::image::{ANCHOR, Anchor, Image, anchor_address};
use super::{CodeError, DecodeError, sealed};

/// A type of stage: bytes that were made from a value of this type can be decoded to an object that runs it.
///
/// Only this crate implements it, together with `sealed::Sealed`: [`Fun`](super::Fun)s come out of the bytes
/// that its `decode` reads, and it must read only what was written from a value of the type.
pub trait Decodable: sealed::Sealed + Sized + 'static {
    /// What the bytes decode to, for example `dyn Fn(u64) -> u64 + Send`.
    type Object: ?Sized + 'static;

    /// Decodes the bytes. It is called inside of the scope in which [`Fun`](super::Fun)s can be read back.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if these bytes were not written from a value of this type.
    fn decode(bytes: &[u8]) -> Result<Box<Self::Object>, DecodeError>;
}

// Aligned as entries are, each word odd and no text: unlikely in data, and never in a pointer.
const MAGIC: [u64; 2] = [0x9bd1_6a3f_e54c_7a11, 0xc70e_95b3_28d6_4f85];

/// What lies in the image for one type of stage.
#[repr(C, align(16))]
pub(super) struct Entry {
    magic: [u64; 2],
    /// Always [`ANCHOR`]. The magic may lie elsewhere too (the compiler keeps constants that it compares with
    /// in read-only data, aligned); that private address, put there by the loader, lies behind it in entries
    /// alone.
    anchor: &'static Anchor,
    decode: DecodeFn,
    name: fn() -> &'static str,
    type_hash: fn() -> u64,
    object_hash: fn() -> u64,
}

type DecodeFn = fn(&[u8]) -> Result<Box<dyn Any>, DecodeError>;

struct EntryOf<T>(PhantomData<T>);

impl<T: Decodable> EntryOf<T> {
    const ENTRY: &'static Entry = &Entry {
        magic: MAGIC,
        anchor: &ANCHOR,
        decode: decode_in_scope::<T>,
        name: type_name::<T>,
        type_hash: type_hash::<T>,
        object_hash: type_hash::<T::Object>,
    };
}

/// A `Box<T::Object>` inside of an `Any`, so that the caller's object type is proven and not assumed.
fn decode_in_scope<T: Decodable>(bytes: &[u8]) -> Result<Box<dyn Any>, DecodeError> {
    let _scope = Decoding::enter();
    Ok(Box::new(T::decode(bytes)?))
}

/// A hash of the type's identity; the same in all processes of one executable.
pub(super) fn type_hash<T: ?Sized + 'static>() -> u64 {
    let mut hasher = Xxh3Default::new();
    TypeId::of::<T>().hash(&mut hasher);
    hasher.finish()
}

impl Entry {
    /// The offset of the entry of `T`, in bytes from the anchor.
    ///
    /// Two offsets of one type may differ, and two types may share one: the linker may double or merge
    /// entries.
    pub(super) fn offset_of<T: Decodable>() -> i64 {
        let entry: *const Entry = EntryOf::<T>::ENTRY;
        // Exposed, because `at` makes the pointer again from the number.
        entry.expose_provenance().wrapping_sub(anchor_address()).cast_signed() as i64
    }

    /// The entry at that offset. Whatever the offset, nothing is read outside of the image's read-only data.
    pub(super) fn at(offset: i64) -> Result<&'static Entry, CodeError> {
        // An offset that leaves the address space has no address that could be misaligned.
        let address = isize::try_from(offset)
            .ok()
            .and_then(|offset| anchor_address().checked_add_signed(offset))
            .ok_or(CodeError::OutsideImage { offset })?;
        if !address.is_multiple_of(align_of::<Entry>()) {
            return Err(CodeError::Misaligned { offset });
        }
        if !Image::get()?.holds(address, size_of::<Entry>()) {
            return Err(CodeError::OutsideImage { offset });
        }
        let entry = std::ptr::with_exposed_provenance::<Entry>(address);
        // SAFETY: the whole entry lies in data of the main program that is mapped, readable, relocated, never
        // written again and never unmapped (`Image::holds`), and `address` is aligned for it. Both fields are
        // read as integers, valid with any bits, and volatile, as the compiler knows nothing of what lies
        // there.
        let (magic, anchor) = unsafe {
            (
                (&raw const (*entry).magic).read_volatile(),
                (&raw const (*entry).anchor).cast::<usize>().read_volatile(),
            )
        };
        if magic != MAGIC || anchor != anchor_address() {
            return Err(CodeError::NotAnEntry { offset });
        }
        // SAFETY: as above for the memory, which lives as long as the process. It holds an `Entry`: the
        // address of the private `ANCHOR` behind the magic is written by `EntryOf::ENTRY` alone; other crates
        // cannot name it.
        Ok(unsafe { &*entry })
    }

    /// The name of the entry's type.
    pub(super) fn name(&self) -> &'static str {
        (self.name)()
    }

    /// [`type_hash`] of the entry's type.
    pub(super) fn type_hash(&self) -> u64 {
        (self.type_hash)()
    }

    /// [`type_hash`] of the objects that it decodes to.
    pub(super) fn object_hash(&self) -> u64 {
        (self.object_hash)()
    }

    /// Decodes bytes to a `Box<Object>` inside of the `Any`.
    pub(super) fn decode(&self, bytes: &[u8]) -> Result<Box<dyn Any>, DecodeError> {
        (self.decode)(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Probe;
    impl sealed::Sealed for Probe {}
    impl Decodable for Probe {
        type Object = [u8];
        fn decode(bytes: &[u8]) -> Result<Box<[u8]>, DecodeError> {
            assert!(Decoding::is_active());
            if bytes.is_empty() {
                Err(super::super::from_bytes::<u8>(bytes).unwrap_err())
            } else {
                Ok(bytes.into())
            }
        }
    }

    #[test]
    fn an_entry_is_found_and_decodes_inside_of_the_scope() {
        let entry = Entry::at(Entry::offset_of::<Probe>()).unwrap();
        assert_eq!(entry.name(), type_name::<Probe>());
        assert_eq!((entry.type_hash(), entry.object_hash()), (type_hash::<Probe>(), type_hash::<[u8]>()));
        let object = entry.decode(&[1, 2]).unwrap().downcast::<Box<[u8]>>().unwrap();
        assert_eq!(**object, [1, 2]);
        assert!(entry.decode(&[]).is_err());
        assert!(!Decoding::is_active());
    }

    /// The offset of any place in memory.
    fn offset(place: *const impl Sized) -> i64 {
        place.addr().wrapping_sub(anchor_address()).cast_signed() as i64
    }

    #[repr(C, align(16))]
    struct Copied([u64; size_of::<Entry>() / 8]);

    /// The words of a true entry.
    fn copy() -> Copied {
        let (anchor, code) = (anchor_address() as u64, decode_in_scope::<Probe> as *const () as u64);
        Copied([MAGIC[0], MAGIC[1], anchor, code, code, code, code, 0])
    }

    #[test]
    fn a_copy_in_writable_memory_is_outside() {
        static IN_STATIC: std::sync::Mutex<Copied> = std::sync::Mutex::new(Copied([0; 8]));
        *IN_STATIC.lock().unwrap() = copy();
        let (on_stack, on_heap) = (copy(), Box::new(copy()));
        let in_static: *const Copied = &*IN_STATIC.lock().unwrap();
        for place in [&raw const on_stack, &raw const *on_heap, in_static] {
            assert!(matches!(Entry::at(offset(place)), Err(CodeError::OutsideImage { .. })));
        }
    }

    #[test]
    fn the_magic_alone_makes_no_entry() {
        // Its address puts it where entries lie.
        #[repr(C, align(16))]
        struct MagicOnly([u64; 2], DecodeFn, [u64; 5]);
        static MAGIC_ONLY: MagicOnly = MagicOnly(MAGIC, decode_in_scope::<Probe>, [0; 5]);
        assert!(matches!(Entry::at(offset(&raw const MAGIC_ONLY)), Err(CodeError::NotAnEntry { .. })));
    }

    #[test]
    fn code_and_other_libraries_are_outside() {
        for address in [copy as *const () as usize, libc::getpid as *const () as usize] {
            let aligned = std::ptr::without_provenance::<u8>(address & !15);
            assert!(matches!(Entry::at(offset(aligned)), Err(CodeError::OutsideImage { .. })));
        }
    }

    #[test]
    fn the_ends_of_the_image_are_not_overrun() {
        for range in Image::get().unwrap().read_only() {
            let last = (range.end & !15) - (size_of::<Entry>() - 16);
            let outside = std::ptr::without_provenance::<u8>(last);
            assert!(matches!(Entry::at(offset(outside)), Err(CodeError::OutsideImage { .. })));
        }
    }

    #[test]
    fn in_all_of_the_image_only_entries_are_found() {
        let own = Entry::offset_of::<Probe>();
        let mut names = Vec::new();
        for range in Image::get().unwrap().read_only() {
            for address in (range.start.next_multiple_of(16)..range.end).step_by(16) {
                if let Ok(entry) = Entry::at(offset(std::ptr::without_provenance::<u8>(address))) {
                    names.push(entry.name());
                }
            }
        }
        assert!(names.contains(&type_name::<Probe>()), "{own} is not among {names:?}");
        assert!(names.iter().all(|name| name.contains("::")), "{names:?}");
    }
}

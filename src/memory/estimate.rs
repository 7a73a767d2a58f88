//! How much values own on the heap, as serde tells it.

use std::fmt;

use serde::{
    Serialize, Serializer,
    ser::{
        SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

/// What an allocation costs beside its bytes.
pub(super) const ALLOCATION: u64 = 16;
/// A vector or string within an allocation.
const HEADER: u64 = 24;
/// A `Text` of so many bytes owns nothing.
const INLINE_BYTES: usize = 23;
/// Elements of a sequence that are looked at; the rest is taken to be like them.
const LOOKED_AT: u64 = 256;

/// Bytes that a value owns on the heap, about: strings, bytes, sequences and maps, at 3/2 of their length since vectors
/// double. What serde does not show (boxes, spare capacity, shared parts) is not seen. The cost is bounded for sequences of
/// known length.
pub(crate) fn heap_bytes<T: Serialize + ?Sized>(value: &T) -> u64 {
    let mut count = Count::default();
    // An error is the sign of a sequence that was long enough, or the value's own: what was seen counts.
    value.serialize(&mut count).ok();
    count.bytes
}

/// Which of many values to look at: the first 64, then every 64th, which stands for 64. After one that owns much it begins
/// anew.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HeapSampler {
    seen: u64,
}

impl HeapSampler {
    const EVERY: u64 = 64;
    /// More than this is much: a value counts at most with 64 times that, or as what it is.
    const MUCH: u64 = 16 << 10;

    /// For how many values the next one stands; 0: it is not looked at.
    #[inline(always)]
    pub(crate) fn weight(&mut self) -> u64 {
        let seen = self.seen;
        self.seen += 1;
        if seen < Self::EVERY {
            1
        } else if seen.is_multiple_of(Self::EVERY) {
            Self::EVERY
        } else {
            0
        }
    }

    /// What a value that owns `bytes` counts for. A single large one must not count as 64; where they all are large, each
    /// is looked at from now on.
    pub(crate) fn stands_for(&mut self, weight: u64, bytes: u64) -> u64 {
        if bytes > Self::MUCH {
            self.look_at_next();
        }
        bytes.max(bytes.min(Self::MUCH) * weight)
    }

    /// The next values are looked at, one after the other.
    pub(crate) fn look_at_next(&mut self) {
        self.seen = 0;
    }

    /// As [`stands_for`](Self::stands_for), of what a value owns more or less than before.
    pub(crate) fn change_stands_for(&mut self, weight: u64, change: i64) -> i64 {
        let bytes = self.stands_for(weight, change.unsigned_abs());
        i64::try_from(bytes).unwrap_or(i64::MAX) * change.signum()
    }
}

/// Counts instead of writing.
#[derive(Default)]
struct Count {
    bytes: u64,
    /// Within how many allocations we are; what is in none is part of its owner.
    depth: u32,
}

impl Count {
    fn inline(&mut self, bytes: u64) -> Result<(), Enough> {
        if self.depth > 0 {
            self.bytes += bytes;
        }
        Ok(())
    }

    fn allocation(&mut self, bytes: u64) -> Result<(), Enough> {
        self.inline(HEADER)?;
        self.bytes += bytes + if bytes > 0 { ALLOCATION } else { 0 };
        Ok(())
    }

    /// A part, which may end early; what comes after it is looked at all the same.
    fn part<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Enough> {
        let depth = self.depth;
        value.serialize(&mut *self).ok();
        self.depth = depth;
        Ok(())
    }
}

/// Ends the look at a long sequence.
#[derive(Debug)]
struct Enough;

impl fmt::Display for Enough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("enough was seen")
    }
}

impl std::error::Error for Enough {}

impl serde::ser::Error for Enough {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Enough
    }
}

macro_rules! inline {
    ($($method:ident $type:ty,)+) => {$(
        #[inline]
        fn $method(self, _value: $type) -> Result<(), Enough> {
            self.inline(size_of::<$type>() as u64)
        }
    )+};
}

impl<'a> Serializer for &'a mut Count {
    type Ok = ();
    type Error = Enough;
    type SerializeSeq = Allocation<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Allocation<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    fn is_human_readable(&self) -> bool {
        false
    }

    inline! {
        serialize_bool bool, serialize_char char,
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128,
        serialize_f32 f32, serialize_f64 f64,
    }

    fn serialize_str(self, value: &str) -> Result<(), Enough> {
        self.allocation(value.len() as u64)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Enough> {
        self.allocation(if value.len() > INLINE_BYTES { value.len() as u64 } else { 0 })
    }

    fn serialize_none(self) -> Result<(), Enough> {
        self.inline(8)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Enough> {
        self.part(value)
    }

    fn serialize_unit(self) -> Result<(), Enough> {
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Enough> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Enough> {
        self.inline(8)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Enough> {
        self.part(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        value: &T,
    ) -> Result<(), Enough> {
        self.inline(8)?;
        self.part(value)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Allocation<'a>, Enough> {
        self.inline(HEADER)?;
        self.depth += 1;
        let start = self.bytes;
        Ok(Allocation { count: self, start, length: length.map(|length| length as u64), seen: 0 })
    }

    fn serialize_tuple(self, _length: usize) -> Result<Parts<'a>, Enough> {
        Ok(Parts(self))
    }

    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<Parts<'a>, Enough> {
        Ok(Parts(self))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Enough> {
        self.inline(8)?;
        Ok(Parts(self))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Allocation<'a>, Enough> {
        self.serialize_seq(length)
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Parts<'a>, Enough> {
        Ok(Parts(self))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Parts<'a>, Enough> {
        self.serialize_tuple_variant(name, index, variant, length)
    }
}

/// A sequence or map: an allocation of its own.
struct Allocation<'a> {
    count: &'a mut Count,
    start: u64,
    length: Option<u64>,
    seen: u64,
}

impl Allocation<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Enough> {
        self.count.part(value)?;
        self.seen += 1;
        match self.length {
            Some(length) if self.seen == LOOKED_AT && length > LOOKED_AT => {
                let looked_at = self.count.bytes - self.start;
                self.count.bytes = self.start + (looked_at as f64 / LOOKED_AT as f64 * length as f64) as u64;
                self.close();
                Err(Enough)
            }
            _ => Ok(()),
        }
    }

    fn close(&mut self) {
        let elements = self.count.bytes - self.start;
        if elements > 0 {
            self.count.bytes += elements / 2 + ALLOCATION;
        }
        self.count.depth = self.count.depth.saturating_sub(1);
    }
}

impl SerializeSeq for Allocation<'_> {
    type Ok = ();
    type Error = Enough;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Enough> {
        self.element(value)
    }

    fn end(mut self) -> Result<(), Enough> {
        self.close();
        Ok(())
    }
}

impl SerializeMap for Allocation<'_> {
    type Ok = ();
    type Error = Enough;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Enough> {
        self.count.part(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Enough> {
        self.element(value)
    }

    fn end(mut self) -> Result<(), Enough> {
        self.close();
        Ok(())
    }
}

/// The fields of a value, inline in it.
struct Parts<'a>(&'a mut Count);

macro_rules! parts {
    ($($trait:ident::$method:ident($($name:ident)?),)+) => {$(
        impl $trait for Parts<'_> {
            type Ok = ();
            type Error = Enough;

            fn $method<T: Serialize + ?Sized>(&mut self, $($name: &'static str,)? value: &T) -> Result<(), Enough> {
                self.0.part(value)
            }

            fn end(self) -> Result<(), Enough> {
                Ok(())
            }
        }
    )+};
}

parts! {
    SerializeTuple::serialize_element(),
    SerializeTupleStruct::serialize_field(),
    SerializeTupleVariant::serialize_field(),
    SerializeStruct::serialize_field(_name),
    SerializeStructVariant::serialize_field(_name),
}

//! Reading.

use std::marker::PhantomData;

use serde::{
    Deserializer,
    de::{DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor},
};

use super::{
    CodecError, CodecErrorKind, Widths,
    input::{take_array, take_byte, take_slice},
};

/// Elements of sequences and maps may take so many bytes of memory, whatever they are read from: one of two bytes can have
/// two hundred in memory.
const ALLOWED: usize = 16 << 20;

/// And so many more for each byte of the input.
const ALLOWED_PER_BYTE: usize = 16;

/// Takes values from the front of bytes.
pub(super) struct Decoder<'de, W> {
    input: &'de [u8],
    depth: u32,
    /// What the elements that were read take in memory, and what all may take; counted if the widths want it.
    memory: usize,
    allowed: usize,
    widths: PhantomData<W>,
}

impl<'de, W: Widths> Decoder<'de, W> {
    #[inline]
    pub(super) fn new(input: &'de [u8]) -> Self {
        let allowed = if W::IS_BOUNDED { input.len().saturating_mul(ALLOWED_PER_BYTE) } else { 0 };
        Decoder { input, depth: 0, memory: 0, allowed: allowed.saturating_add(ALLOWED), widths: PhantomData }
    }

    /// What has not been read.
    #[inline]
    pub(super) fn rest(self) -> &'de [u8] {
        self.input
    }

    /// About how many bytes of memory the elements of sequences and maps take that were read.
    #[inline]
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    /// Counts an element of this type before it is read.
    #[inline]
    fn count<T>(&mut self) -> Result<(), CodecError> {
        if W::IS_BOUNDED {
            // Never far beyond what is allowed, so this does not overflow.
            self.memory += size_of::<T>();
            if self.memory > self.allowed {
                return too_much_memory(self.allowed);
            }
        }
        Ok(())
    }

    #[inline]
    fn bytes(&mut self) -> Result<&'de [u8], CodecError> {
        let length = W::take_length(&mut self.input)?;
        take_slice(&mut self.input, length)
    }

    #[inline]
    fn text(&mut self) -> Result<&'de str, CodecError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| CodecErrorKind::BadText.into())
    }

    /// Reads a level deeper.
    #[inline]
    fn within<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, CodecError>) -> Result<T, CodecError> {
        self.depth += 1;
        if self.depth > W::MAX_DEPTH {
            return Err(CodecErrorKind::TooDeep(W::MAX_DEPTH).into());
        }
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }
}

#[cold]
fn not_self_describing<T>(what: &'static str) -> Result<T, CodecError> {
    Err(CodecErrorKind::NotSelfDescribing(what).into())
}

#[cold]
fn too_much_memory<T>(allowed: usize) -> Result<T, CodecError> {
    Err(CodecErrorKind::TooMuchMemory(allowed).into())
}

#[cold]
fn bad_byte<T>(what: &'static str, byte: u8) -> Result<T, CodecError> {
    Err(CodecErrorKind::BadByte(what, byte).into())
}

macro_rules! integers {
    ($($method:ident $visit:ident,)+) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
            visitor.$visit(W::take_integer(&mut self.input)?)
        }
    )+};
}

impl<'de, W: Widths> Deserializer<'de> for &mut Decoder<'de, W> {
    type Error = CodecError;

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    integers! {
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32,
        deserialize_i64 visit_i64, deserialize_i128 visit_i128,
        deserialize_u8 visit_u8, deserialize_u16 visit_u16, deserialize_u32 visit_u32,
        deserialize_u64 visit_u64, deserialize_u128 visit_u128,
    }

    #[inline]
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        visitor.visit_f32(f32::from_le_bytes(take_array(&mut self.input)?))
    }

    #[inline]
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        visitor.visit_f64(f64::from_le_bytes(take_array(&mut self.input)?))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, CodecError> {
        not_self_describing("the type")
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, CodecError> {
        not_self_describing("leaving out a value")
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, CodecError> {
        not_self_describing("a field's name")
    }

    #[inline]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match take_byte(&mut self.input)? {
            0 => visitor.visit_bool(false),
            1 => visitor.visit_bool(true),
            other => bad_byte("a bool", other),
        }
    }

    #[inline]
    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        let code = W::take_integer(&mut self.input)?;
        let Some(value) = char::from_u32(code) else { return Err(CodecErrorKind::BadChar(code).into()) };
        visitor.visit_char(value)
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        visitor.visit_borrowed_str(self.text()?)
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        visitor.visit_borrowed_str(self.text()?)
    }

    #[inline]
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        visitor.visit_borrowed_bytes(self.bytes()?)
    }

    #[inline]
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        visitor.visit_borrowed_bytes(self.bytes()?)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match take_byte(&mut self.input)? {
            0 => visitor.visit_none(),
            1 => self.within(|decoder| visitor.visit_some(decoder)),
            other => bad_byte("an Option", other),
        }
    }

    #[inline]
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        let left = W::take_length(&mut self.input)?;
        self.within(|decoder| visitor.visit_seq(Elements::<'_, 'de, W, true> { decoder, left }))
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, CodecError> {
        visitor.visit_seq(Elements::<'_, 'de, W, false> { decoder: self, left: length })
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        self.deserialize_tuple(length, visitor)
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        let left = W::take_length(&mut self.input)?;
        self.within(|decoder| visitor.visit_map(Elements::<'_, 'de, W, true> { decoder, left }))
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        self.deserialize_tuple(fields.len(), visitor)
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        self.within(|decoder| visitor.visit_enum(decoder))
    }
}

/// The elements of a sequence or tuple, or the entries of a map, that have not been read. Those of a tuple are not
/// `COUNTED`: the type says how many there are, and whatever holds the tuple has counted them.
struct Elements<'b, 'de, W, const COUNTED: bool> {
    decoder: &'b mut Decoder<'de, W>,
    left: usize,
}

impl<W, const COUNTED: bool> Elements<'_, '_, W, COUNTED> {
    /// Never more than there are bytes.
    #[inline]
    fn hint(&self) -> Option<usize> {
        Some(self.left.min(self.decoder.input.len()))
    }
}

impl<'de, W: Widths, const COUNTED: bool> SeqAccess<'de> for Elements<'_, 'de, W, COUNTED> {
    type Error = CodecError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, CodecError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        if COUNTED {
            self.decoder.count::<T::Value>()?;
        }
        seed.deserialize(&mut *self.decoder).map(Some)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.hint()
    }
}

impl<'de, W: Widths, const COUNTED: bool> MapAccess<'de> for Elements<'_, 'de, W, COUNTED> {
    type Error = CodecError;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, CodecError> {
        self.next_element_seed(seed)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, CodecError> {
        if COUNTED {
            self.decoder.count::<V::Value>()?;
        }
        seed.deserialize(&mut *self.decoder)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.hint()
    }
}

impl<'de, W: Widths> EnumAccess<'de> for &mut Decoder<'de, W> {
    type Error = CodecError;
    type Variant = Self;

    #[inline]
    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), CodecError> {
        let place = W::take_place(&mut self.input)?;
        let variant = seed.deserialize(IntoDeserializer::<CodecError>::into_deserializer(place))?;
        Ok((variant, self))
    }
}

impl<'de, W: Widths> VariantAccess<'de> for &mut Decoder<'de, W> {
    type Error = CodecError;

    #[inline]
    fn unit_variant(self) -> Result<(), CodecError> {
        Ok(())
    }

    #[inline]
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, CodecError> {
        seed.deserialize(self)
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, CodecError> {
        self.deserialize_tuple(length, visitor)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        self.deserialize_tuple(fields.len(), visitor)
    }
}

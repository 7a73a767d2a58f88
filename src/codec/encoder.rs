//! Writing.

use serde::{
    Serialize, Serializer,
    ser::{
        SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

use super::{CodecError, LONG_INDEX, MAX_DEPTH};

/// Appends values to a vector.
pub(super) struct Encoder<'a> {
    out: &'a mut Vec<u8>,
    depth: u32,
}

impl<'a> Encoder<'a> {
    #[inline]
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Encoder { out, depth: 0 }
    }

    #[inline]
    fn enter(&mut self) -> Result<(), CodecError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(CodecError::TooDeep) } else { Ok(()) }
    }

    #[inline]
    fn leave(&mut self) {
        self.depth -= 1;
    }

    #[inline]
    fn length(&mut self, length: usize) -> Result<(), CodecError> {
        let length = u32::try_from(length).map_err(|_| CodecError::TooLong(length))?;
        self.out.extend_from_slice(&length.to_le_bytes());
        Ok(())
    }

    #[inline]
    fn index(&mut self, index: u32) {
        match u8::try_from(index) {
            Ok(index) if index != LONG_INDEX => self.out.push(index),
            _ => {
                self.out.push(LONG_INDEX);
                self.out.extend_from_slice(&index.to_le_bytes());
            }
        }
    }
}

macro_rules! fixed_width {
    ($($method:ident $type:ty,)+) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), CodecError> {
            self.out.extend_from_slice(&value.to_le_bytes());
            Ok(())
        }
    )+};
}

impl<'b, 'a> Serializer for &'b mut Encoder<'a> {
    type Ok = ();
    type Error = CodecError;
    type SerializeSeq = Sequence<'b, 'a>;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Nested<'b, 'a>;
    type SerializeMap = Sequence<'b, 'a>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Nested<'b, 'a>;

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    fixed_width! {
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128,
        serialize_f32 f32, serialize_f64 f64,
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<(), CodecError> {
        self.out.push(u8::from(value));
        Ok(())
    }

    #[inline]
    fn serialize_char(self, value: char) -> Result<(), CodecError> {
        self.serialize_u32(u32::from(value))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), CodecError> {
        self.serialize_bytes(value.as_bytes())
    }

    #[inline]
    fn serialize_bytes(self, value: &[u8]) -> Result<(), CodecError> {
        self.length(value.len())?;
        self.out.extend_from_slice(value);
        Ok(())
    }

    #[inline]
    fn serialize_none(self) -> Result<(), CodecError> {
        self.out.push(0);
        Ok(())
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), CodecError> {
        self.out.push(1);
        self.enter()?;
        value.serialize(&mut *self)?;
        self.leave();
        Ok(())
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), CodecError> {
        Ok(())
    }

    #[inline]
    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), CodecError> {
        Ok(())
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        _name: &'static str,
        index: u32,
        _variant: &'static str,
    ) -> Result<(), CodecError> {
        self.index(index);
        // The reader does not know which variant comes when it counts the level.
        self.enter()?;
        self.leave();
        Ok(())
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), CodecError> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        index: u32,
        _variant: &'static str,
        value: &T,
    ) -> Result<(), CodecError> {
        self.index(index);
        self.enter()?;
        value.serialize(&mut *self)?;
        self.leave();
        Ok(())
    }

    #[inline]
    fn serialize_seq(self, length: Option<usize>) -> Result<Sequence<'b, 'a>, CodecError> {
        let (at, announced) = (self.out.len(), length.unwrap_or(0));
        self.length(announced)?;
        self.enter()?;
        Ok(Sequence { encoder: self, at, announced, count: 0 })
    }

    #[inline]
    fn serialize_tuple(self, _length: usize) -> Result<Self, CodecError> {
        Ok(self)
    }

    #[inline]
    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<Self, CodecError> {
        Ok(self)
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Nested<'b, 'a>, CodecError> {
        self.index(index);
        self.enter()?;
        Ok(Nested(self))
    }

    #[inline]
    fn serialize_map(self, length: Option<usize>) -> Result<Sequence<'b, 'a>, CodecError> {
        self.serialize_seq(length)
    }

    #[inline]
    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Self, CodecError> {
        Ok(self)
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Nested<'b, 'a>, CodecError> {
        self.serialize_tuple_variant(name, index, variant, length)
    }
}

/// A sequence or a map that is being written.
pub(super) struct Sequence<'b, 'a> {
    encoder: &'b mut Encoder<'a>,
    /// Where its length is.
    at: usize,
    announced: usize,
    count: usize,
}

impl Sequence<'_, '_> {
    /// A length that was not known, or not right, is put in afterwards.
    #[inline]
    fn finish(self) -> Result<(), CodecError> {
        if self.count != self.announced {
            let count = u32::try_from(self.count).map_err(|_| CodecError::TooLong(self.count))?;
            if let Some(length) = self.encoder.out.get_mut(self.at..self.at + 4) {
                length.copy_from_slice(&count.to_le_bytes());
            }
        }
        self.encoder.leave();
        Ok(())
    }
}

impl SerializeSeq for Sequence<'_, '_> {
    type Ok = ();
    type Error = CodecError;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
        self.count += 1;
        value.serialize(&mut *self.encoder)
    }

    #[inline]
    fn end(self) -> Result<(), CodecError> {
        self.finish()
    }
}

impl SerializeMap for Sequence<'_, '_> {
    type Ok = ();
    type Error = CodecError;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), CodecError> {
        self.count += 1;
        key.serialize(&mut *self.encoder)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
        value.serialize(&mut *self.encoder)
    }

    #[inline]
    fn end(self) -> Result<(), CodecError> {
        self.finish()
    }
}

/// The fields of a variant.
pub(super) struct Nested<'b, 'a>(&'b mut Encoder<'a>);

impl SerializeTupleVariant for Nested<'_, '_> {
    type Ok = ();
    type Error = CodecError;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
        value.serialize(&mut *self.0)
    }

    #[inline]
    fn end(self) -> Result<(), CodecError> {
        self.0.leave();
        Ok(())
    }
}

/// A field that is there at times and at times is not: the reader could not know.
const SKIPPED: CodecError = CodecError::NotSelfDescribing("a skipped field");

impl SerializeStructVariant for Nested<'_, '_> {
    type Ok = ();
    type Error = CodecError;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), CodecError> {
        value.serialize(&mut *self.0)
    }

    fn skip_field(&mut self, _name: &'static str) -> Result<(), CodecError> {
        Err(SKIPPED)
    }

    #[inline]
    fn end(self) -> Result<(), CodecError> {
        self.0.leave();
        Ok(())
    }
}

macro_rules! fields {
    ($($trait:ident::$method:ident($($name:ident)?) $($skip:ident)?,)+) => {$(
        impl $trait for &mut Encoder<'_> {
            type Ok = ();
            type Error = CodecError;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, $($name: &'static str,)? value: &T) -> Result<(), CodecError> {
                value.serialize(&mut **self)
            }

            $(fn $skip(&mut self, _name: &'static str) -> Result<(), CodecError> {
                Err(SKIPPED)
            })?

            #[inline]
            fn end(self) -> Result<(), CodecError> {
                Ok(())
            }
        }
    )+};
}

fields! {
    SerializeTuple::serialize_element(),
    SerializeTupleStruct::serialize_field(),
    SerializeStruct::serialize_field(_name) skip_field,
}

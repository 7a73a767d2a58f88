//! Writing.

use serde::{
    Serialize, Serializer,
    ser::{
        SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

use super::{CodecError, EIGHT, FOUR, TWO};

/// Appends values to a vector.
pub(super) struct Encoder<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Encoder<'a> {
    #[inline]
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Encoder { out }
    }

    #[inline]
    fn number(&mut self, value: u64) {
        match u8::try_from(value) {
            Ok(small) if small < TWO => self.out.push(small),
            _ => self.long_number(value),
        }
    }

    #[inline]
    fn long_number(&mut self, value: u64) {
        let [a, b, c, d, e, f, g, h] = value.to_le_bytes();
        if value <= u64::from(u16::MAX) {
            self.out.extend_from_slice(&[TWO, a, b]);
        } else if value <= u64::from(u32::MAX) {
            self.out.extend_from_slice(&[FOUR, a, b, c, d]);
        } else {
            self.out.extend_from_slice(&[EIGHT, a, b, c, d, e, f, g, h]);
        }
    }

    #[inline]
    fn length(&mut self, length: Option<usize>) -> Result<(), CodecError> {
        let length = length.ok_or_else(|| CodecError::new("a sequence does not know its length"))?;
        self.number(length as u64);
        Ok(())
    }
}

macro_rules! numbers {
    ($($method:ident $type:ty;)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), CodecError> {
            self.number(u64::from(value));
            Ok(())
        }
    )*};
}

macro_rules! signed_numbers {
    ($($method:ident $type:ty;)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), CodecError> {
            let value = i64::from(value);
            self.number(((value << 1) ^ (value >> 63)) as u64);
            Ok(())
        }
    )*};
}

impl<'b, 'a> Serializer for &'b mut Encoder<'a> {
    type Ok = ();
    type Error = CodecError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    numbers! {
        serialize_u16 u16;
        serialize_u32 u32;
        serialize_u64 u64;
        serialize_char char;
    }

    signed_numbers! {
        serialize_i16 i16;
        serialize_i32 i32;
        serialize_i64 i64;
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<(), CodecError> {
        self.serialize_u8(value.into())
    }

    #[inline]
    fn serialize_u8(self, value: u8) -> Result<(), CodecError> {
        self.out.push(value);
        Ok(())
    }

    #[inline]
    fn serialize_i8(self, value: i8) -> Result<(), CodecError> {
        self.serialize_u8(value as u8)
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<(), CodecError> {
        self.out.extend_from_slice(&value.to_le_bytes());
        Ok(())
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<(), CodecError> {
        self.out.extend_from_slice(&value.to_le_bytes());
        Ok(())
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), CodecError> {
        self.serialize_bytes(value.as_bytes())
    }

    #[inline]
    fn serialize_bytes(self, value: &[u8]) -> Result<(), CodecError> {
        self.number(value.len() as u64);
        self.out.extend_from_slice(value);
        Ok(())
    }

    #[inline]
    fn serialize_none(self) -> Result<(), CodecError> {
        self.serialize_u8(0)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), CodecError> {
        self.out.push(1);
        value.serialize(self)
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
    fn serialize_unit_variant(self, _name: &str, place: u32, _variant: &str) -> Result<(), CodecError> {
        self.serialize_u32(place)
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
        place: u32,
        _variant: &'static str,
        value: &T,
    ) -> Result<(), CodecError> {
        self.number(place.into());
        value.serialize(self)
    }

    #[inline]
    fn serialize_seq(self, length: Option<usize>) -> Result<Self, CodecError> {
        self.length(length)?;
        Ok(self)
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
        place: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self, CodecError> {
        self.number(place.into());
        Ok(self)
    }

    #[inline]
    fn serialize_map(self, length: Option<usize>) -> Result<Self, CodecError> {
        self.length(length)?;
        Ok(self)
    }

    #[inline]
    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Self, CodecError> {
        Ok(self)
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        _name: &'static str,
        place: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self, CodecError> {
        self.number(place.into());
        Ok(self)
    }
}

/// A field that is there at times and at times is not: the reader could not know.
fn skipped() -> CodecError {
    CodecError::new("a field is skipped, which needs a format with names")
}

macro_rules! parts {
    ($($of:ident $method:ident;)*) => {$(
        impl $of for &mut Encoder<'_> {
            type Ok = ();
            type Error = CodecError;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
                value.serialize(&mut **self)
            }

            #[inline]
            fn end(self) -> Result<(), CodecError> {
                Ok(())
            }
        }
    )*};
}

parts! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! named_parts {
    ($($of:ident;)*) => {$(
        impl $of for &mut Encoder<'_> {
            type Ok = ();
            type Error = CodecError;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                _name: &'static str,
                value: &T,
            ) -> Result<(), CodecError> {
                value.serialize(&mut **self)
            }

            fn skip_field(&mut self, _name: &'static str) -> Result<(), CodecError> {
                Err(skipped())
            }

            #[inline]
            fn end(self) -> Result<(), CodecError> {
                Ok(())
            }
        }
    )*};
}

named_parts! {
    SerializeStruct;
    SerializeStructVariant;
}

impl SerializeMap for &mut Encoder<'_> {
    type Ok = ();
    type Error = CodecError;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), CodecError> {
        key.serialize(&mut **self)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
        value.serialize(&mut **self)
    }

    #[inline]
    fn end(self) -> Result<(), CodecError> {
        Ok(())
    }
}

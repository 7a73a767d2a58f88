//! Writing.

use std::marker::PhantomData;

use serde::{Serialize, Serializer};

use super::{
    CodecError, CodecErrorKind, Widths,
    parts::{Nested, Sequence},
};

/// Appends values to a vector.
pub(super) struct Encoder<'a, W> {
    pub(super) out: &'a mut Vec<u8>,
    depth: u32,
    widths: PhantomData<W>,
}

impl<'a, W: Widths> Encoder<'a, W> {
    #[inline]
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Encoder { out, depth: 0, widths: PhantomData }
    }

    /// What follows is a level deeper.
    #[inline]
    fn enter(&mut self) -> Result<(), CodecError> {
        self.depth += 1;
        if self.depth > W::MAX_DEPTH { Err(CodecErrorKind::TooDeep(W::MAX_DEPTH).into()) } else { Ok(()) }
    }

    #[inline]
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Begins a variant. Each is a level: the reader does not know which one comes when it counts.
    #[inline]
    fn variant(&mut self, place: u32) -> Result<(), CodecError> {
        W::put_place(place, self.out);
        self.enter()
    }
}

macro_rules! integers {
    ($($method:ident $type:ty,)+) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), CodecError> {
            W::put_integer(value, self.out);
            Ok(())
        }
    )+};
}

impl<'b, 'a, W: Widths> Serializer for &'b mut Encoder<'a, W> {
    type Ok = ();
    type Error = CodecError;
    type SerializeSeq = Sequence<'b, 'a, W>;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Nested<'b, 'a, W>;
    type SerializeMap = Sequence<'b, 'a, W>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Nested<'b, 'a, W>;

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    integers! {
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128,
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
        W::put_length(value.len(), self.out)?;
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
        place: u32,
        _variant: &'static str,
    ) -> Result<(), CodecError> {
        self.variant(place)?;
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
        place: u32,
        _variant: &'static str,
        value: &T,
    ) -> Result<(), CodecError> {
        self.variant(place)?;
        value.serialize(&mut *self)?;
        self.leave();
        Ok(())
    }

    #[inline]
    fn serialize_seq(self, length: Option<usize>) -> Result<Sequence<'b, 'a, W>, CodecError> {
        let (at, announced) = (self.out.len(), W::announced(length)?);
        W::put_length(announced, self.out)?;
        self.enter()?;
        Ok(Sequence::new(self, at, announced))
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
    ) -> Result<Nested<'b, 'a, W>, CodecError> {
        self.variant(place)?;
        Ok(Nested(self))
    }

    #[inline]
    fn serialize_map(self, length: Option<usize>) -> Result<Sequence<'b, 'a, W>, CodecError> {
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
        place: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Nested<'b, 'a, W>, CodecError> {
        self.serialize_tuple_variant(name, place, variant, length)
    }
}

//! Writing what has parts: sequences, maps, the fields of structs and variants.

use serde::{
    Serialize,
    ser::{
        SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

use super::{CodecError, CodecErrorKind, Widths, encoder::Encoder};

/// A sequence or a map that is being written.
pub(super) struct Sequence<'b, 'a, W> {
    encoder: &'b mut Encoder<'a, W>,
    /// Where its length is.
    at: usize,
    announced: usize,
    count: usize,
}

impl<'b, 'a, W: Widths> Sequence<'b, 'a, W> {
    #[inline]
    pub(super) fn new(encoder: &'b mut Encoder<'a, W>, at: usize, announced: usize) -> Self {
        Sequence { encoder, at, announced, count: 0 }
    }

    /// A length that was not known, or not right, is told to the widths.
    #[inline]
    fn finish(self) -> Result<(), CodecError> {
        if self.count != self.announced {
            W::mend_length(self.at, self.announced, self.count, self.encoder.out)?;
        }
        self.encoder.leave();
        Ok(())
    }
}

impl<W: Widths> SerializeSeq for Sequence<'_, '_, W> {
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

impl<W: Widths> SerializeMap for Sequence<'_, '_, W> {
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
pub(super) struct Nested<'b, 'a, W>(pub(super) &'b mut Encoder<'a, W>);

/// A field that is there at times and at times is not: the reader could not know.
#[cold]
fn skipped() -> CodecError {
    CodecErrorKind::NotSelfDescribing("a skipped field").into()
}

/// `$encoder` is whom the parts go to, and `$end` what follows them.
macro_rules! fields {
    ($($trait:ident for $type:ty: $method:ident($($name:ident)?) $($skip:ident)?, |$self:ident| $encoder:expr, $end:block;)+) => {$(
        impl<W: Widths> $trait for $type {
            type Ok = ();
            type Error = CodecError;

            #[inline]
            fn $method<T: Serialize + ?Sized>(
                &mut $self,
                $($name: &'static str,)?
                value: &T,
            ) -> Result<(), CodecError> {
                value.serialize(&mut *$encoder)
            }

            $(fn $skip(&mut self, _name: &'static str) -> Result<(), CodecError> {
                Err(skipped())
            })?

            #[inline]
            fn end($self) -> Result<(), CodecError> {
                $end
                Ok(())
            }
        }
    )+};
}

fields! {
    SerializeTuple for &mut Encoder<'_, W>: serialize_element(), |self| *self, {};
    SerializeTupleStruct for &mut Encoder<'_, W>: serialize_field(), |self| *self, {};
    SerializeStruct for &mut Encoder<'_, W>: serialize_field(_name) skip_field, |self| *self, {};
    SerializeTupleVariant for Nested<'_, '_, W>: serialize_field(), |self| self.0, { self.0.leave() };
    SerializeStructVariant for Nested<'_, '_, W>: serialize_field(_name) skip_field, |self| self.0, { self.0.leave() };
}

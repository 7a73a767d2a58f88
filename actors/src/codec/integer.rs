//! What both widths need of integers.

use super::{CodecError, input::take_array, sealed::Sealed};

/// An integer of a fixed number of bits, from `u8` and `i8` to `u128` and `i128`.
pub trait Integer: Copy + Sealed {
    /// Whether small ones can have fewer bytes: they fold into a `u64`, and that is shorter at times.
    const FOLDS: bool;

    /// Appends its own bytes, the lowest first.
    fn put(self, out: &mut Vec<u8>);

    /// Takes its own bytes, the lowest first.
    ///
    /// # Errors
    /// If there are not enough.
    fn take(input: &mut &[u8]) -> Result<Self, CodecError>;

    /// A number that is small if this is near zero: itself, or the zigzag of a signed one.
    fn fold(self) -> Option<u64>;

    /// The one that folds into this number.
    fn unfold(number: u64) -> Option<Self>;
}

macro_rules! integers {
    ($($type:ident $folding:ident,)+) => {$(
        impl Sealed for $type {}

        impl Integer for $type {
            #[inline]
            fn put(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            #[inline]
            fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
                take_array(input).map(Self::from_le_bytes)
            }

            integers!(@$folding);
        }
    )+};
    (@whole) => {
        const FOLDS: bool = false;

        #[inline]
        fn fold(self) -> Option<u64> {
            None
        }

        #[inline]
        fn unfold(_number: u64) -> Option<Self> {
            None
        }
    };
    (@unsigned) => {
        const FOLDS: bool = true;

        #[inline]
        fn fold(self) -> Option<u64> {
            Some(u64::from(self))
        }

        #[inline]
        fn unfold(number: u64) -> Option<Self> {
            Self::try_from(number).ok()
        }
    };
    (@signed) => {
        const FOLDS: bool = true;

        #[inline]
        fn fold(self) -> Option<u64> {
            let value = i64::from(self);
            Some(((value << 1) ^ (value >> 63)) as u64)
        }

        #[inline]
        fn unfold(number: u64) -> Option<Self> {
            Self::try_from((number >> 1) as i64 ^ -((number & 1) as i64)).ok()
        }
    };
}

integers! {
    u8 whole, u16 unsigned, u32 unsigned, u64 unsigned, u128 whole,
    i8 whole, i16 signed, i32 signed, i64 signed, i128 whole,
}

//! Numbers of as many bytes as they need: seven bits a byte, the lowest first, as in LEB128.

use super::Malformed;

/// Bytes that are gathered in a place of fixed size, since one that may grow is dearer to write to. What does not fit is
/// lost: whoever writes knows that it does.
#[derive(Debug)]
pub(super) struct Scratch<'a> {
    bytes: &'a mut [u8; SCRATCH],
    /// Apart from the bytes, so that it stays in a register.
    length: usize,
}

/// More than any head has: the compiler checks it where heads are written.
pub(super) const SCRATCH: usize = 512;

/// The longest number.
pub(super) const LONGEST_NUMBER: usize = 10;

impl<'a> Scratch<'a> {
    #[inline]
    pub(super) fn new(bytes: &'a mut [u8; SCRATCH]) -> Self {
        Scratch { bytes, length: 0 }
    }

    /// What was gathered.
    #[inline]
    pub(super) fn into_bytes(self) -> &'a [u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    #[inline(always)]
    pub(super) fn push(&mut self, byte: u8) {
        debug_assert!(self.length < SCRATCH, "more than a head can have");
        // Within the array, so that nothing has to be compared.
        self.bytes[self.length % SCRATCH] = byte;
        self.length += 1;
    }

    /// Leaves a byte out; its place, for [`set_byte`](Self::set_byte).
    #[inline(always)]
    pub(super) fn leave_byte(&mut self) -> usize {
        self.push(0);
        self.length - 1
    }

    #[inline(always)]
    pub(super) fn set_byte(&mut self, place: usize, byte: u8) {
        self.bytes[place % SCRATCH] = byte;
    }

    /// Appends a number.
    #[inline(always)]
    pub(super) fn put(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.push(value as u8);
    }

    /// Appends how far `value` is from what was expected, in either direction.
    #[inline(always)]
    pub(super) fn put_change(&mut self, expected: u64, value: u64) {
        let change = value.wrapping_sub(expected) as i64;
        self.put(((change << 1) ^ (change >> 63)) as u64);
    }
}

/// Takes numbers from bytes.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(in crate::trace) fn new(rest: &'a [u8]) -> Self {
        Cursor { rest }
    }

    /// How many bytes are left.
    pub(in crate::trace) fn left(&self) -> usize {
        self.rest.len()
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        let (byte, rest) = self.rest.split_first().ok_or(Malformed("a head ends early"))?;
        self.rest = rest;
        Ok(*byte)
    }

    pub(super) fn bytes(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Malformed("a head ends early"))?;
        self.rest = rest;
        Ok(bytes)
    }

    #[inline]
    pub(super) fn number(&mut self) -> Result<u64, Malformed> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        let mut value = u64::from(first & 0x7F);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            // The tenth byte has one bit of the 64.
            if shift == 63 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Malformed("a number has more than 64 bits"))
    }

    #[inline]
    pub(super) fn number32(&mut self) -> Result<u32, Malformed> {
        u32::try_from(self.number()?).map_err(|_| Malformed("a number has more than 32 bits"))
    }

    /// The inverse of [`Scratch::put_change`].
    #[inline]
    pub(super) fn changed(&mut self, expected: u64) -> Result<u64, Malformed> {
        let zigzag = self.number()?;
        let change = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
        Ok(expected.wrapping_add(change as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_were_written() {
        let numbers = [0, 1, 127, 128, 300, u64::from(u32::MAX), 1 << 62, u64::MAX];
        for (value, expected) in numbers.iter().flat_map(|a| numbers.map(|b| (*a, b))) {
            let mut place = [0; SCRATCH];
            let mut written = Scratch::new(&mut place);
            written.put(value);
            written.put_change(expected, value);
            let bytes = written.into_bytes();
            let mut cursor = Cursor::new(bytes);
            assert_eq!(cursor.number(), Ok(value));
            assert_eq!(cursor.changed(expected), Ok(value));
            assert_eq!(cursor.left(), 0);
            let mut torn = Cursor::new(&bytes[..bytes.len() - 1]);
            assert!(torn.number().and_then(|_| torn.changed(expected)).is_err());
        }
    }

    #[test]
    fn numbers_that_are_too_long_are_refused() {
        let mut cursor = Cursor::new(&[0xFF; 11]);
        assert_eq!(cursor.number(), Err(Malformed("a number has more than 64 bits")));
        let mut place = [0; SCRATCH];
        let mut written = Scratch::new(&mut place);
        written.put(1 << 32);
        assert_eq!(
            Cursor::new(written.into_bytes()).number32(),
            Err(Malformed("a number has more than 32 bits"))
        );
    }
}

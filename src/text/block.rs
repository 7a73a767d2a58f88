//! Finding bytes in 64 bytes at once. [`Words`](super::Words) and [`LinesOfChunk`](super::LinesOfChunk) go
//! from one found byte to the next: that costs no branch per byte, which a processor would guess wrong at
//! each end of a word.

/// How many bytes a block has.
pub(super) const LEN: usize = 64;

/// Whether `byte` is white space as Java's `\s` has it: tab, line feed, vertical tab, form feed, carriage
/// return and space. (Rust's `is_ascii_whitespace` leaves the vertical tab out.)
#[inline]
pub(super) const fn is_white(byte: u8) -> bool {
    byte == b' ' || byte.wrapping_sub(b'\t') < 5
}

/// Looks at the block of `bytes` that begins at `at`: bit `i` is set if byte `at + i` is what is looked
/// for. Bits beyond the end of `bytes` mean nothing.
#[inline(always)]
pub(super) fn find(bytes: &[u8], at: usize, is: impl Fn(u8) -> bool) -> u64 {
    let rest = &bytes[at..];
    let mut last = [0; LEN];
    let block = match rest.first_chunk() {
        Some(block) => block,
        None => {
            // 24 bytes are an inline text: worth to be copied without a call.
            match rest.first_chunk::<24>() {
                Some(text) if rest.len() == text.len() => last[..24].copy_from_slice(text),
                _ => last[..rest.len()].copy_from_slice(rest),
            }
            &last
        }
    };
    // The compiler makes vector instructions of this loop.
    let mut found = [0; LEN];
    for (found, &byte) in found.iter_mut().zip(block) {
        *found = u8::from(is(byte));
    }
    let (words, _) = found.as_chunks::<8>();
    let mut bits = 0;
    for (i, word) in words.iter().enumerate() {
        // Gathers the lowest bit of each byte in the top byte, the first byte's lowest.
        let eight = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= eight << (8 * i);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn java_white_space_is_six_bytes() {
        let white: Vec<u8> = (0..=255).filter(|&byte| is_white(byte)).collect();
        assert_eq!(white, b"\t\n\x0B\x0C\r ");
    }

    #[test]
    fn finds_every_byte_at_every_place() {
        for byte in 0..=255 {
            for other in [b'a', b' ', 0, 0x80, 0xFF, 8, 14, 0x89, 0xA0] {
                for at in 0..LEN {
                    let mut block = [other; LEN];
                    block[at] = byte;
                    let expected = (0..LEN).fold(0, |bits, i| bits | u64::from(is_white(block[i])) << i);
                    assert_eq!(find(&block, 0, is_white), expected);
                }
            }
        }
    }

    #[test]
    fn short_blocks_are_found_in() {
        for len in 0..3 * LEN {
            let bytes: Vec<u8> = (0..len).map(|i| if i % 3 == 0 { b' ' } else { b'a' }).collect();
            for at in 0..=len {
                let bits = find(&bytes, at, is_white);
                for i in 0..LEN.min(len - at) {
                    assert_eq!(bits >> i & 1 == 1, (at + i) % 3 == 0);
                }
            }
        }
    }
}

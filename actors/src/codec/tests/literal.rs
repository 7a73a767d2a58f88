//! The bytes themselves: files that exist have them.

use super::*;

#[test]
#[rustfmt::skip]
fn fixed_bytes_of_every_shape_are_these() {
    let bytes = [
        &[200, 44, 1, 112, 17, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0][..],
        &[254, 212, 254, 112, 17, 1, 0, 0, 0, 0, 0, 0, 0, 0, 128],
        &[0, 0, 0, 191, 0, 0, 0, 0, 0, 0, 240, 63],
        &[1, 223, 0, 0, 0],
        &[5, 0, 0, 0, b'g', b'r', 195, 188, b'n'],
        &[2, 0, 0, 0, 0, 255],
        &[1, 7, 0],
        &[2, 0, 0, 0, 1, 0, 0, 0, 251, 0, 0, 0],
        &[2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, b'a', 2, 0],
        &[4, 0, 0, 0, 0, 1, 9, 0, 2, 253, 1, 0, 0, 0, b'x', 3, 1, 0, 0, 0, 0, 0, 0, 4, 64, 1, 0, 0, 0, 0],
    ].concat();
    assert_eq!(bytes_of::<Fixed, _>(&sample()), bytes);
    assert_eq!(read::<Fixed, Sample>(&bytes), Ok(sample()));
}

#[test]
#[rustfmt::skip]
fn compact_bytes_of_every_shape_are_these() {
    let bytes = [
        &[200, 251, 44, 1, 252, 112, 17, 1, 0, 253, 0, 0, 0, 0, 0, 1, 0, 0][..],
        &[254, 251, 87, 2, 252, 224, 34, 2, 0, 253, 255, 255, 255, 255, 255, 255, 255, 255],
        &[0, 0, 0, 191, 0, 0, 0, 0, 0, 0, 240, 63],
        &[1, 223],
        &[5, b'g', b'r', 195, 188, b'n'],
        &[2, 0, 255],
        &[1, 7, 0],
        &[2, 1, 251, 251, 0],
        &[2, 0, 1, 1, b'a', 2],
        &[4, 0, 1, 9, 2, 253, 1, b'x', 3, 1, 0, 0, 0, 0, 0, 0, 4, 64, 1, 0],
    ].concat();
    assert_eq!(bytes_of::<Compact, _>(&sample()), bytes);
    assert_eq!(read::<Compact, Sample>(&bytes), Ok(sample()));
}

#[test]
fn a_fixed_place_is_a_byte_or_255_and_four() {
    let bytes = bytes_of::<Fixed, _>(&[Place(254), Place(255), Place(256)]);
    assert_eq!(bytes, [254, 255, 255, 0, 0, 0, 255, 0, 1, 0, 0]);
}

#[test]
fn a_compact_number_takes_one_three_five_or_nine_bytes() {
    for (number, bytes) in [
        (250, &[250][..]),
        (251, &[251, 251, 0]),
        (0x1234, &[251, 0x34, 0x12]),
        (0x1234_5678, &[252, 0x78, 0x56, 0x34, 0x12]),
        (1 << 32, &[253, 0, 0, 0, 0, 1, 0, 0, 0]),
    ] {
        assert_eq!(bytes_of::<Compact, _>(&number), bytes);
        assert_eq!(read::<Compact, u64>(bytes), Ok(number));
    }
    assert_eq!(bytes_of::<Compact, _>(&(-1i64, 1i64)), [1, 2]);
    assert_eq!(bytes_of::<Compact, _>(&[Place(250), Place(251), Place(256)]), [250, 251, 251, 0, 251, 0, 1]);
}

#[test]
fn numbers_of_128_bits_have_sixteen_bytes_in_both() {
    let bytes = [&[2, 1][..], &[0; 14], &[254], &[255; 15]].concat();
    assert_eq!(bytes_of::<Fixed, _>(&(258u128, -2i128)), bytes);
    assert_eq!(bytes_of::<Compact, _>(&(258u128, -2i128)), bytes);
}

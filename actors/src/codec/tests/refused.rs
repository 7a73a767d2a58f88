//! Bytes that no value has.

use super::{CodecErrorKind::*, *};

fn fixed<T: DeserializeOwned + Debug>(bytes: &[u8]) -> CodecErrorKind {
    fault(read::<Fixed, T>(bytes))
}

fn compact<T: DeserializeOwned + Debug>(bytes: &[u8]) -> CodecErrorKind {
    fault(read::<Compact, T>(bytes))
}

#[test]
fn tags_that_there_are_not() {
    assert_eq!(fixed::<bool>(&[2]), BadByte("a bool", 2));
    assert_eq!(compact::<bool>(&[2]), BadByte("a bool", 2));
    assert_eq!(fixed::<Option<u8>>(&[7, 0]), BadByte("an Option", 7));
    assert_eq!(compact::<Option<u8>>(&[7, 0]), BadByte("an Option", 7));
    assert_eq!(compact::<u64>(&[254]), BadByte("a number", 254));
}

#[test]
fn numbers_that_do_not_fit() {
    assert_eq!(compact::<u16>(&[252, 0, 0, 1, 0]), TooLarge);
    assert_eq!(compact::<i16>(&[252, 0, 0, 1, 0]), TooLarge);
    assert_eq!(compact::<Form>(&[253, 0, 0, 0, 0, 1, 0, 0, 0]), TooLarge);
}

#[test]
fn letters_and_texts_that_are_none() {
    assert_eq!(fixed::<char>(&0xD800u32.to_le_bytes()), BadChar(0xD800));
    assert_eq!(compact::<char>(&[251, 0, 0xD8]), BadChar(0xD800));
    assert_eq!(fixed::<String>(&[1, 0, 0, 0, 0xFF]), BadText);
    assert_eq!(compact::<String>(&[1, 0xFF]), BadText);
}

#[test]
fn variants_that_there_are_not() {
    let no_variant = |place: u64| {
        Value(format!("invalid value: integer `{place}`, expected variant index 0 <= i < 4").into())
    };
    assert_eq!(fixed::<Form>(&[4]), no_variant(4));
    assert_eq!(compact::<Form>(&[4]), no_variant(4));
    assert_eq!(fixed::<Form>(&[255, 0, 1, 0, 0]), no_variant(256));
    assert_eq!(compact::<Form>(&[251, 0, 1]), no_variant(256));
}

#[test]
fn lengths_that_are_longer_than_what_is_left() {
    assert_eq!(fixed::<Vec<u64>>(&[255, 255, 255, 255, 1]), End);
    assert_eq!(fixed::<String>(&[255, 255, 255, 127]), End);
    assert_eq!(fixed::<BTreeMap<u64, String>>(&[255; 20]), End);
    assert_eq!(compact::<serde_bytes::ByteBuf>(&[5, 1]), End);
    assert_eq!(compact::<Vec<u64>>(&[253, 255, 255, 255, 255, 255, 255, 255, 127]), End);
    assert_eq!(compact::<BTreeMap<u64, String>>(&[3, 0, 0]), End);
}

#[test]
fn elements_that_take_far_more_memory_than_their_bytes_are_refused_before_they_are_read() {
    type Wide = [Option<u128>; 8];
    let bytes = |count: u32| [&[252][..], &count.to_le_bytes(), &vec![0; count as usize * 8][..]].concat();
    // Eight bytes are 256 in memory.
    assert_eq!(read::<Compact, Vec<Wide>>(&bytes(40_000)).map(|all| all.len()), Ok(40_000));
    let allowed = (16 << 20) + 16 * bytes(200_000).len();
    assert_eq!(compact::<Vec<Wide>>(&bytes(200_000)), TooMuchMemory(allowed));
    // Keys and values of maps count as well. Sequences within others do.
    let entries = |count: u16| -> Vec<u8> {
        let entries = (0..count).flat_map(|key| [&[251][..], &key.to_le_bytes(), &[0; 24]].concat());
        [251].into_iter().chain(count.to_le_bytes()).chain(entries).collect()
    };
    assert!(read::<Compact, BTreeMap<u16, [Wide; 3]>>(&entries(20_000)).is_ok());
    let allowed = (16 << 20) + 16 * entries(65_000).len();
    assert_eq!(compact::<BTreeMap<u16, [Wide; 3]>>(&entries(65_000)), TooMuchMemory(allowed));
}

#[test]
fn an_error_is_one_word_and_so_is_a_result_without_a_value() {
    assert_eq!(size_of::<CodecError>(), size_of::<usize>());
    assert_eq!(size_of::<Result<(), CodecError>>(), size_of::<usize>());
}

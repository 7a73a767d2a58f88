//! What holds for both widths.

use serde::ser::{SerializeMap, SerializeSeq};

use super::*;

of_both_widths! {
    every_shape_comes_back_and_every_cut_is_an_error,
    the_ends_of_all_numbers_come_back,
    what_follows_is_left_alone,
    a_length_that_is_right_is_written_once,
    what_needs_names_is_refused_by_name,
    an_error_of_the_value_itself_keeps_its_words,
    hostile_bytes_never_panic,
}

/// The same comes back; with less it is an error that leaves the input as it was.
#[track_caller]
fn round_trip<W: Widths, T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) {
    let bytes = bytes_of::<W, T>(&value);
    for cut in 0..bytes.len() {
        let mut input = &bytes[..cut];
        assert!(decode::<W, T>(&mut input).is_err(), "{value:?} cut at {cut}");
        assert_eq!(input.len(), cut);
    }
    assert_eq!(read::<W, T>(&bytes), Ok(value));
}

fn every_shape_comes_back_and_every_cut_is_an_error<W: Widths>() {
    round_trip::<W, _>(sample());
    round_trip::<W, _>((f32::NEG_INFINITY, f64::MAX, Some(Some(())), '\u{10FFFF}', false));
    round_trip::<W, _>(BTreeMap::from([("a".to_owned(), vec![1, -2]), (String::new(), vec![])]));
    let inner = Form::Named { left: None, right: vec![] };
    round_trip::<W, _>(Form::Named { left: Some(2.5), right: vec![inner] });
    round_trip::<W, _>(Ok::<u8, String>(1));
    round_trip::<W, _>("x".repeat(70_000));
}

fn the_ends_of_all_numbers_come_back<W: Widths>() {
    round_trip::<W, _>([u8::MIN, u8::MAX]);
    round_trip::<W, _>([u16::MIN, u16::MAX, 250, 251]);
    round_trip::<W, _>([u32::MIN, u32::MAX, 65_535, 65_536]);
    round_trip::<W, _>([u64::MIN, u64::MAX, u32::MAX.into(), 1 << 32]);
    round_trip::<W, _>([u128::MIN, u128::MAX]);
    round_trip::<W, _>([i8::MIN, i8::MAX, -1]);
    round_trip::<W, _>([i16::MIN, i16::MAX, -1, 125, -126]);
    round_trip::<W, _>([i32::MIN, i32::MAX, -1]);
    round_trip::<W, _>([i64::MIN, i64::MAX, -1]);
    round_trip::<W, _>([i128::MIN, i128::MAX, -1]);
}

fn what_follows_is_left_alone<W: Widths>() {
    let mut bytes = bytes_of::<W, _>(&sample());
    bytes.extend_from_slice(b"next");
    let mut input = &*bytes;
    assert_eq!(decode::<W, Sample>(&mut input), Ok(sample()));
    assert_eq!(input, b"next");
}

/// A sequence of five that says this of its length.
struct Announced(Option<usize>);

impl Serialize for Announced {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(self.0)?;
        (0..5u8).try_for_each(|element| seq.serialize_element(&element))?;
        seq.end()
    }
}

/// A map of two that says this of its length.
struct AnnouncedMap(Option<usize>);

impl Serialize for AnnouncedMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(self.0)?;
        (0..2u8).try_for_each(|key| map.serialize_entry(&key, &'a'))?;
        map.end()
    }
}

fn a_length_that_is_right_is_written_once<W: Widths>() {
    assert_eq!(bytes_of::<W, _>(&Announced(Some(5))), bytes_of::<W, _>(&[0u8, 1, 2, 3, 4][..]));
    let map = BTreeMap::from([(0u8, 'a'), (1, 'a')]);
    assert_eq!(bytes_of::<W, _>(&AnnouncedMap(Some(2))), bytes_of::<W, _>(&map));
}

#[test]
fn a_fixed_length_that_is_not_known_or_not_right_is_put_in_afterwards() {
    for announced in [None, Some(2), Some(9)] {
        assert_eq!(bytes_of::<Fixed, _>(&Announced(announced)), [5, 0, 0, 0, 0, 1, 2, 3, 4], "{announced:?}");
    }
    assert_eq!(bytes_of::<Fixed, _>(&AnnouncedMap(None))[..4], [2, 0, 0, 0]);
}

#[test]
fn a_compact_length_that_is_not_known_or_not_right_is_refused() {
    let refused = |value: &Announced| fault(encode::<Compact, _>(value, &mut Vec::new()));
    assert_eq!(refused(&Announced(None)), CodecErrorKind::UnknownLength);
    assert_eq!(refused(&Announced(Some(2))), CodecErrorKind::WrongLength { announced: 2, found: 5 });
    let map = encode::<Compact, _>(&AnnouncedMap(Some(9)), &mut Vec::new());
    assert_eq!(map.unwrap_err().to_string(), "a sequence of 9 elements has 2");
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
}

#[derive(Debug, Serialize)]
struct Skips {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<u8>,
}

#[derive(Debug, Serialize)]
enum SkipsInVariant {
    Named {
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<u8>,
    },
}

fn what_needs_names_is_refused_by_name<W: Widths>() {
    let error = read::<W, Untagged>(&bytes_of::<W, _>(&Untagged::Number(1))).unwrap_err();
    assert!(error.to_string().contains("self-describing"), "{error}");
    let skipped = CodecErrorKind::NotSelfDescribing("a skipped field");
    assert_eq!(fault(encode::<W, _>(&Skips { value: None }, &mut Vec::new())), skipped);
    assert_eq!(fault(encode::<W, _>(&SkipsInVariant::Named { value: None }, &mut Vec::new())), skipped);
    let ignored = fault(read::<W, serde::de::IgnoredAny>(&[1]));
    assert_eq!(ignored, CodecErrorKind::NotSelfDescribing("leaving out a value"));
}

fn an_error_of_the_value_itself_keeps_its_words<W: Widths>() {
    let cell = std::cell::RefCell::new(1);
    let _borrowed = cell.borrow_mut();
    let error = encode::<W, _>(&cell, &mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "already mutably borrowed");
    let error = read::<W, std::num::NonZeroU8>(&[0]).unwrap_err();
    assert_eq!(error.to_string(), "invalid value: integer `0`, expected a nonzero u8");
}

/// splitmix64.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z ^ (z >> 31)
}

fn hostile_bytes_never_panic<W: Widths>() {
    let mut state = 1;
    let good = bytes_of::<W, _>(&sample());
    for _ in 0..3_000 {
        let mut bytes = good.clone();
        for _ in 0..1 + random(&mut state) % 3 {
            let at = random(&mut state) as usize % bytes.len();
            bytes[at] = random(&mut state) as u8;
        }
        // Whatever comes of it.
        read::<W, Sample>(&bytes).ok();
        read::<W, (Vec<Form>, BTreeMap<u8, String>)>(&bytes).ok();
        read::<W, Option<Option<Vec<u128>>>>(&bytes).ok();
    }
}

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
};

use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned, ser::SerializeSeq};

use super::*;
use crate::text::Text;

fn bytes_of<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(value, &mut bytes).unwrap();
    bytes
}

fn read<T: DeserializeOwned>(mut bytes: &[u8]) -> Result<T, CodecError> {
    decode(&mut bytes)
}

/// The same comes back; with less it is an error, and what follows is left alone.
#[track_caller]
fn round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) {
    let mut bytes = bytes_of(&value);
    for cut in 0..bytes.len() {
        let mut input = &bytes[..cut];
        assert!(decode::<T>(&mut input).is_err(), "{value:?} cut at {cut}");
        assert_eq!(input.len(), cut);
    }
    bytes.extend_from_slice(b"next");
    let mut input = &*bytes;
    assert_eq!(decode::<T>(&mut input).unwrap(), value);
    assert_eq!(input, b"next");
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Nothing,
    One(u16),
    Two(i8, String),
    Named { left: Option<f64>, right: Vec<Shape> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped(u32);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    signed: (i8, i16, i32, i64, i128),
    unsigned: (u8, u16, u32, u64, u128),
    floats: (f32, f64),
    small: (bool, char, Unit, ()),
    text: String,
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
    line: Text,
    options: (Option<u8>, Option<Option<()>>),
    list: Vec<Wrapped>,
    map: BTreeMap<String, Vec<i32>>,
    shapes: Vec<Shape>,
    fixed: [u8; 3],
}

#[test]
fn every_shape_comes_back_and_every_cut_is_an_error() {
    round_trip(Everything {
        signed: (-1, i16::MIN, 3, i64::MAX, i128::MIN),
        unsigned: (255, 256, 7, u64::MAX, u128::MAX),
        floats: (-0.5, f64::INFINITY),
        small: (true, 'ß', Unit, ()),
        text: "grün".to_owned(),
        bytes: vec![0, 255, 1],
        line: Text::from(b"a line that is longer than what is kept inline \xFF".as_slice()),
        options: (None, Some(Some(()))),
        list: vec![Wrapped(1), Wrapped(2)],
        map: BTreeMap::from([("a".to_owned(), vec![1, -2]), (String::new(), vec![])]),
        shapes: vec![
            Shape::Nothing,
            Shape::One(9),
            Shape::Two(-3, "x".to_owned()),
            Shape::Named { left: Some(2.5), right: vec![Shape::Named { left: None, right: vec![] }] },
        ],
        fixed: [1, 2, 3],
    });
}

#[test]
fn widths_are_fixed_and_nothing_else_is_written() {
    assert_eq!(bytes_of(&(1u64, 2u64)).len(), 16);
    assert_eq!(bytes_of(&(258u16, -1i32)), [2, 1, 255, 255, 255, 255]);
    assert_eq!(bytes_of(&("ab", 7u8)), [2, 0, 0, 0, b'a', b'b', 7]);
    assert_eq!(bytes_of(&Text::from("ab")), [2, 0, 0, 0, b'a', b'b']);
    assert_eq!(bytes_of(&[Some(3u8), None]), [1, 3, 0]);
    assert_eq!(bytes_of(&Shape::Two(1, String::new())), [2, 1, 0, 0, 0, 0]);
    assert_eq!(bytes_of(&(Unit, Wrapped(1))), [1, 0, 0, 0]);
    assert_eq!(bytes_of(&HashMap::from([(1u8, 'a')])), [1, 0, 0, 0, 1, 97, 0, 0, 0]);
}

struct WrongLength(Option<usize>);

impl Serialize for WrongLength {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(self.0)?;
        (0..5u8).try_for_each(|element| seq.serialize_element(&element))?;
        seq.end()
    }
}

#[test]
fn a_length_that_is_not_known_or_not_right_is_put_in_afterwards() {
    for announced in [None, Some(2), Some(5), Some(9)] {
        assert_eq!(bytes_of(&WrongLength(announced)), [5, 0, 0, 0, 0, 1, 2, 3, 4], "{announced:?}");
    }
}

#[test]
fn bytes_that_no_value_has_are_typed_errors() {
    assert_eq!(read::<bool>(&[2]), Err(CodecError::BadByte("a bool", 2)));
    assert_eq!(read::<Option<u8>>(&[7, 0]), Err(CodecError::BadByte("an Option", 7)));
    assert_eq!(read::<char>(&0xD800u32.to_le_bytes()), Err(CodecError::BadChar(0xD800)));
    assert_eq!(read::<String>(&[1, 0, 0, 0, 0xFF]), Err(CodecError::BadText));
    assert!(matches!(read::<Shape>(&[4]), Err(CodecError::Value(text)) if text.contains("variant index")));
    assert!(matches!(read::<Shape>(&[255, 0, 1, 0, 0]), Err(CodecError::Value(_))));
    assert_eq!(read::<Vec<u64>>(&[255, 255, 255, 255, 1]), Err(CodecError::End));
    assert_eq!(read::<String>(&[255, 255, 255, 127]), Err(CodecError::End));
    assert_eq!(read::<HashMap<u64, Text>>(&[255; 20]), Err(CodecError::End));
}

#[derive(Debug, Serialize, Deserialize)]
struct List(Option<Box<List>>);

fn list(depth: usize) -> List {
    (0..depth).fold(List(None), |rest, _| List(Some(Box::new(rest))))
}

#[test]
fn depth_is_bounded_on_both_sides() {
    let bytes = bytes_of(&list(1_000));
    assert!(read::<List>(&bytes).is_ok());
    assert_eq!(encode(&list(1_001), &mut Vec::new()), Err(CodecError::TooDeep));
    assert!(matches!(read::<List>(&[1; 100_000]), Err(CodecError::TooDeep)));
}

#[derive(Debug, Serialize, Deserialize)]
enum Chain {
    Nil,
    Cons(Box<Chain>),
}

fn chain(depth: usize) -> Chain {
    (0..depth).fold(Chain::Nil, |rest, _| Chain::Cons(Box::new(rest)))
}

#[test]
fn a_unit_variant_is_a_level_on_both_sides() {
    let bytes = bytes_of(&chain(999));
    assert!(read::<Chain>(&bytes).is_ok());
    assert_eq!(encode(&chain(1_000), &mut Vec::new()), Err(CodecError::TooDeep));
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
}

#[derive(Debug, Serialize, Deserialize)]
struct Skips {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    value: Option<u8>,
}

#[test]
fn what_needs_names_is_refused_by_name() {
    let bytes = bytes_of(&Untagged::Number(1));
    let error = read::<Untagged>(&bytes).unwrap_err();
    assert!(error.to_string().contains("self-describing"), "{error}");
    let error = encode(&Skips { value: None }, &mut Vec::new()).unwrap_err();
    assert_eq!(error, CodecError::NotSelfDescribing("a skipped field"));
    assert!(matches!(read::<serde::de::IgnoredAny>(&[1]), Err(CodecError::NotSelfDescribing(_))));
}

/// splitmix64.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z ^ (z >> 31)
}

#[test]
fn hostile_bytes_never_panic() {
    let mut state = 1;
    let good = bytes_of(&(vec![Shape::Two(1, "abc".to_owned())], BTreeMap::from([(1u8, "x".to_owned())])));
    for _ in 0..3_000 {
        let mut bytes = good.clone();
        for _ in 0..1 + random(&mut state) % 3 {
            let at = random(&mut state) as usize % bytes.len();
            bytes[at] = random(&mut state) as u8;
        }
        // Whatever comes of it.
        read::<(Vec<Shape>, BTreeMap<u8, String>)>(&bytes).ok();
        read::<List>(&bytes).ok();
        read::<Everything>(&bytes).ok();
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Empty;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Number(u32);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Form {
    Nothing,
    One(u16),
    Two(i8, String),
    Named { left: Option<f64>, right: Vec<Form> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Sample {
    unsigned: (u8, u16, u32, u64),
    signed: (i8, i16, i32, i64),
    floats: (f32, f64),
    small: (bool, char, (), Empty),
    text: String,
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
    options: [Option<u8>; 2],
    list: Vec<Number>,
    map: BTreeMap<String, u16>,
    forms: Vec<Form>,
}

fn sample() -> Sample {
    Sample {
        unsigned: (200, 300, 70_000, 1 << 40),
        signed: (-2, -300, 70_000, i64::MIN),
        floats: (-0.5, 1.0),
        small: (true, 'ß', (), Empty),
        text: "grün".to_owned(),
        bytes: vec![0, 255],
        options: [Some(7), None],
        list: vec![Number(1), Number(251)],
        map: BTreeMap::from([(String::new(), 1), ("a".to_owned(), 2)]),
        forms: vec![
            Form::Nothing,
            Form::One(9),
            Form::Two(-3, "x".to_owned()),
            Form::Named { left: Some(2.5), right: vec![Form::Nothing] },
        ],
    }
}

struct Place(u32);

impl Serialize for Place {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit_variant("", self.0, "")
    }
}

#[test]
#[rustfmt::skip]
fn the_bytes_of_every_shape_are_these() {
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
    assert_eq!(bytes_of(&sample()), bytes);
    assert_eq!(read::<Sample>(&bytes), Ok(sample()));
    assert_eq!(bytes_of(&[Place(254), Place(255), Place(256)]), [254, 255, 255, 0, 0, 0, 255, 0, 1, 0, 0]);
    assert_eq!(bytes_of(&(258u128, -2i128))[..17], [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 254]);
}

//! What is written is read, and what was not written is refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Choice {
    Nothing,
    One(u32),
    Pair(i64, String),
    Named { a: Option<Box<Choice>>, b: bool },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct All {
    small: (u8, i8, bool, char),
    numbers: Vec<u64>,
    signed: [i32; 3],
    fractions: (f32, f64),
    text: String,
    map: BTreeMap<String, u16>,
    choices: Vec<Choice>,
    nothing: (),
    wrapped: Option<Wrapped>,
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped(i16);

fn all() -> All {
    let inner = Choice::Named { a: None, b: true };
    All {
        small: (255, -1, true, 'é'),
        numbers: vec![0, 250, 251, 65_535, 65_536, u64::from(u32::MAX), 1 << 32, u64::MAX],
        signed: [i32::MIN, -1, 125],
        fractions: (-0.5, f64::MAX),
        text: "grün".to_owned(),
        map: [("a".to_owned(), 1), (String::new(), u16::MAX)].into(),
        choices: vec![
            Choice::Nothing,
            Choice::One(7),
            Choice::Pair(i64::MIN, String::new()),
            Choice::Named { a: Some(Box::new(inner)), b: false },
        ],
        nothing: (),
        wrapped: Some(Wrapped(-126)),
        bytes: vec![0, 255],
    }
}

fn bytes_of<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(value, &mut bytes).unwrap();
    bytes
}

#[test]
fn what_is_written_is_read() {
    let bytes = bytes_of(&all());
    assert_eq!(decode::<All>(&bytes), Ok(all()));
    for length in 0..bytes.len() {
        assert!(decode::<All>(&bytes[..length]).is_err(), "{length} bytes");
    }
    let more = [&bytes[..], &[0]].concat();
    assert_eq!(decode::<All>(&more).unwrap_err().to_string(), "1 bytes too many in a message");
}

#[test]
fn a_number_takes_one_three_five_or_nine_bytes() {
    for (number, bytes) in [
        (250, &[250][..]),
        (251, &[251, 251, 0]),
        (0x1234, &[251, 0x34, 0x12]),
        (0x1234_5678, &[252, 0x78, 0x56, 0x34, 0x12]),
        (1 << 32, &[253, 0, 0, 0, 0, 1, 0, 0, 0]),
    ] {
        assert_eq!(bytes_of(&number), bytes);
        assert_eq!(decode::<u64>(bytes), Ok(number));
    }
    assert_eq!(bytes_of(&(-1i64, 1i64)), [1, 2]);
    assert_eq!(bytes_of(&Choice::One(300)), [1, 251, 44, 1]);
}

#[test]
fn what_was_not_written_is_refused() {
    fn refused<T: DeserializeOwned + std::fmt::Debug>(bytes: &[u8], why: &str) {
        assert_eq!(decode::<T>(bytes).unwrap_err().to_string(), why);
    }
    refused::<u64>(&[254], "no number begins with byte 254");
    refused::<u16>(&[252, 0, 0, 1, 0], "a number is too large for its field");
    refused::<i16>(&[252, 0, 0, 1, 0], "a number is too large for its field");
    refused::<bool>(&[2], "no bool is 2");
    refused::<Option<u8>>(&[2, 0], "no Option begins with byte 2");
    refused::<char>(&[251, 0, 0xD8], "a letter does not exist");
    refused::<String>(&[1, 0xFF], "a text is not UTF-8");
    refused::<serde_bytes::ByteBuf>(&[5, 1], "the bytes of a message end early");
    refused::<Vec<u64>>(&[253, 255, 255, 255, 255, 255, 255, 255, 127], "the bytes of a message end early");
    refused::<Choice>(&[4], "invalid value: integer `4`, expected variant index 0 <= i < 4");
}

#[test]
fn what_is_nested_too_deep_is_refused() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Chain(Option<Box<Chain>>);
    let chain = |length| (0..length).fold(Chain(None), |chain, _| Chain(Some(Box::new(chain))));
    assert!(decode::<Chain>(&bytes_of(&chain(30))).is_ok());
    let error = decode::<Chain>(&bytes_of(&chain(100))).unwrap_err();
    assert_eq!(error.to_string(), "a message is nested too deep");
    assert_eq!(decode::<Chain>(&[1; 1_000_000]).unwrap_err(), error);
}

#[test]
fn what_needs_names_is_refused() {
    #[derive(Serialize)]
    struct Skips {
        #[serde(skip_serializing_if = "Option::is_none")]
        a: Option<u8>,
    }
    assert!(encode(&Skips { a: None }, &mut Vec::new()).is_err());
    assert!(decode::<serde::de::IgnoredAny>(&[0]).is_err());
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
    assert_eq!(bytes_of(&sample()), bytes);
    assert_eq!(decode::<Sample>(&bytes), Ok(sample()));
    assert_eq!(bytes_of(&[Place(250), Place(251), Place(256)]), [250, 251, 251, 0, 251, 0, 1]);
}

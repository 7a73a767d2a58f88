//! What is written is read, and what was not written is refused.

mod both;
mod depth;
mod literal;
mod refused;

use std::{collections::BTreeMap, fmt::Debug};

use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned};

use super::*;

/// Runs functions that are generic over the widths as tests of both.
macro_rules! of_both_widths {
    ($($test:ident,)+) => {
        mod fixed {
            $(#[test] fn $test() { super::$test::<super::Fixed>() })+
        }
        mod compact {
            $(#[test] fn $test() { super::$test::<super::Compact>() })+
        }
    };
}
use of_both_widths;

fn bytes_of<W: Widths, T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode::<W, T>(value, &mut bytes).unwrap();
    bytes
}

fn read<W: Widths, T: DeserializeOwned>(mut bytes: &[u8]) -> Result<T, CodecError> {
    decode::<W, T>(&mut bytes)
}

/// What is wrong with these bytes, or with this value.
fn fault<T: Debug>(outcome: Result<T, CodecError>) -> CodecErrorKind {
    outcome.unwrap_err().kind().clone()
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

/// A variant without fields at this place of an enum.
struct Place(u32);

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit_variant("", self.0, "")
    }
}

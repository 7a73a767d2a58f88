//! A [`Text`] as data: written as bytes, read from whatever a format makes of bytes.

use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Text, held};

/// The most that is allocated on the word of a sequence's announced length.
const MAX_TRUSTED_LEN: usize = 4096;

impl Serialize for Text {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        held::tell(self);
        serializer.serialize_bytes(self)
    }
}

impl<'de> Deserialize<'de> for Text {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        deserializer.deserialize_bytes(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes or a string")
    }

    #[inline]
    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Text, E> {
        Ok(Text::from(bytes))
    }

    #[inline]
    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Text, E> {
        Ok(Text::from(bytes))
    }

    #[inline]
    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text::from(text))
    }

    #[inline]
    fn visit_string<E: Error>(self, text: String) -> Result<Text, E> {
        Ok(Text::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text, A::Error> {
        let mut bytes = Vec::with_capacity(seq.size_hint().unwrap_or(0).min(MAX_TRUSTED_LEN));
        while let Some(byte) = seq.next_element()? {
            bytes.push(byte);
        }
        Ok(Text::from(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn travels_as_bytes() {
        for len in [0, 1, 23, 24, 300] {
            let text = Text::from((0..len).map(|i| i as u8 ^ 0xF0).collect::<Vec<u8>>());
            let packed = rmp_serde::to_vec(&text).unwrap();
            assert!(packed.len() <= text.len() + 3, "packed as bytes, not as a list");
            assert_eq!(rmp_serde::from_slice::<Text>(&packed).unwrap(), text);
            assert_eq!(rmp_serde::from_read::<_, Text>(packed.as_slice()).unwrap(), text);
        }
    }

    #[test]
    fn is_read_from_strings_and_lists_too() {
        assert_eq!(rmp_serde::from_slice::<Text>(&rmp_serde::to_vec("abc").unwrap()).unwrap(), "abc");
        assert_eq!(rmp_serde::from_slice::<Text>(&rmp_serde::to_vec(&[97_u8, 98]).unwrap()).unwrap(), "ab");
        assert!(rmp_serde::from_slice::<Text>(&rmp_serde::to_vec(&[97, 300]).unwrap()).is_err());
        assert!(rmp_serde::from_slice::<Text>(&rmp_serde::to_vec(&1.5).unwrap()).is_err());
    }
}

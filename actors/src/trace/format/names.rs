//! Names within a block: said in full once, by number after that.
//!
//! Kinds and notes are few and known to the program as `&'static str`, so a recorder finds their numbers by address,
//! without looking at a letter. Whoever reads makes them `&'static str` again, a bounded number of them.

use std::{
    collections::BTreeSet,
    sync::{LazyLock, Mutex, PoisonError},
};

use super::{Cursor, Malformed, varint::Scratch};
use crate::message::catalogue;

/// Names of a block after which it is full.
pub(super) const MANY_NAMES: usize = 256;

/// Twice as many as there can be names, so that a place is found quickly.
const SLOTS: usize = 1024;

/// Longest name that is believed; of a longer one that much is written.
const LONGEST: usize = 128;

/// Longest form of a name: its number, which is small, its length and its text.
pub(super) const LONGEST_NAME: usize = 2 + 1 + LONGEST;

/// Names that a process keeps for good, of all traces that it reads.
const KEPT: usize = 4096;

/// The names of a block that is being written.
#[derive(Debug)]
pub(super) struct NameWriter {
    /// Address and length of a name, its number plus one; 0 is an empty place.
    slots: Box<[(usize, usize, u32)]>,
    count: usize,
}

impl NameWriter {
    pub(super) fn new() -> Self {
        NameWriter { slots: vec![(0, 0, 0); SLOTS].into(), count: 0 }
    }

    pub(super) fn clear(&mut self) {
        self.slots.fill((0, 0, 0));
        self.count = 0;
    }

    pub(super) fn is_full(&self) -> bool {
        self.count >= MANY_NAMES
    }

    /// Appends a name: its number, and the first time its length and text.
    #[inline(always)]
    pub(super) fn put(&mut self, to: &mut Scratch<'_>, name: &'static str) {
        let (address, length) = (name.as_ptr() as usize, name.len());
        let mut place = address.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as usize) >> (usize::BITS - 10);
        // A block is full long before its places are.
        while let Some(slot) = self.slots.get_mut(place % SLOTS) {
            if slot.2 == 0 {
                *slot = (address, length, self.count as u32 + 1);
                to.put(self.count as u64);
                let text = cut(name);
                to.push(text.len() as u8);
                text.bytes().for_each(|byte| to.push(byte));
                self.count += 1;
                return;
            }
            if (slot.0, slot.1) == (address, length) {
                to.put(u64::from(slot.2 - 1));
                return;
            }
            place += 1;
        }
    }
}

/// As much of a name as is written, which ends with a whole character.
fn cut(name: &str) -> &str {
    let ends = (0..=LONGEST.min(name.len())).rev();
    ends.into_iter().find_map(|end| name.get(..end)).unwrap_or_default()
}

/// The names of a block that is being read.
#[derive(Debug, Default)]
pub(super) struct NameReader {
    names: Vec<&'static str>,
}

impl NameReader {
    pub(super) fn clear(&mut self) {
        self.names.clear();
    }

    #[inline]
    pub(super) fn take(&mut self, from: &mut Cursor<'_>) -> Result<&'static str, Malformed> {
        let number = from.number32()? as usize;
        if let Some(name) = self.names.get(number) {
            return Ok(name);
        }
        if number > self.names.len() || number > MANY_NAMES {
            return Err(Malformed("a name has no text"));
        }
        let length = usize::from(from.byte()?);
        let text = std::str::from_utf8(from.bytes(length)?).map_err(|_| Malformed("a name is no text"))?;
        let name = keep(text)?;
        self.names.push(name);
        Ok(name)
    }
}

/// A name that lives as long as the process. Each text is kept once.
fn keep(text: &str) -> Result<&'static str, Malformed> {
    static NAMES: LazyLock<Mutex<BTreeSet<&'static str>>> = LazyLock::new(|| {
        let own = catalogue().into_iter().flat_map(|(_, kinds)| kinds.iter().copied());
        Mutex::new(own.collect())
    });
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = names.get(text) {
        return Ok(name);
    }
    if text.len() > LONGEST {
        return Err(Malformed("a name is too long"));
    }
    if names.len() >= KEPT {
        // Only strange files have so many. The kinds of this version are known before, whatever was read.
        return Ok("?");
    }
    let name: &'static str = Box::leak(text.into());
    names.insert(name);
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::{super::varint::SCRATCH, *};

    #[test]
    fn a_name_is_said_in_full_once() {
        let mut place = [0; SCRATCH];
        let (mut writer, mut written) = (NameWriter::new(), Scratch::new(&mut place));
        let names = ["LaunchTask", "RUNNING", "LaunchTask", "LaunchTask", "RUNNING", ""];
        names.iter().for_each(|name| writer.put(&mut written, name));
        let bytes = written.into_bytes();
        assert_eq!(bytes.len(), (1 + 1 + 10) + (1 + 1 + 7) + 3 + 2);
        let (mut reader, mut cursor) = (NameReader::default(), Cursor::new(bytes));
        let read: Vec<&str> = names.iter().map(|_| reader.take(&mut cursor).unwrap()).collect();
        assert_eq!(read, names);
        assert_eq!(cursor.left(), 0);
    }

    #[test]
    fn a_long_name_is_cut_behind_a_whole_character() {
        for (name, left) in [("x".repeat(128), 128), ("x".repeat(129), 128), ("ß".repeat(64) + "x", 128)]
            .into_iter()
            .chain([("x".to_owned() + &"ß".repeat(100), 127), ("x".repeat(126) + "\u{1F525}", 126)])
        {
            let mut place = [0; SCRATCH];
            let (mut writer, mut written) = (NameWriter::new(), Scratch::new(&mut place));
            writer.put(&mut written, String::leak(name.clone()));
            let mut cursor = Cursor::new(written.into_bytes());
            assert_eq!(NameReader::default().take(&mut cursor), Ok(&name[..left]));
            assert_eq!(cursor.left(), 0);
        }
    }

    #[test]
    fn names_out_of_turn_and_names_that_are_no_text_are_refused() {
        for bytes in [&[1, 1, b'a'][..], &[0, 2, b'a'], &[0, 1, 0xFF], &[0]] {
            assert!(NameReader::default().take(&mut Cursor::new(bytes)).is_err(), "{bytes:?}");
        }
        let long = [&[0, 200][..], &[b'a'; 200]].concat();
        assert!(NameReader::default().take(&mut Cursor::new(&long)).is_err());
    }
}

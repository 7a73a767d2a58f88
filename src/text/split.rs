//! [`Split`]: a text cut at one byte, for tables with separators.

use std::iter::FusedIterator;

use memchr::memchr;

use super::Text;

/// The pieces of a [`Text`] between the occurrences of one byte, empty ones too: there is one piece more
/// than separators.
///
/// ```
/// use firesteel::text::Text;
///
/// let fields: Vec<Text> = Text::from("7,,x").split(b',').collect();
/// assert_eq!(fields, ["7", "", "x"]);
/// ```
#[derive(Debug, Clone)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Split {
    text: Text,
    separator: u8,
    /// Where the next piece begins; none after the last.
    start: Option<usize>,
}

impl Split {
    #[inline]
    pub(super) fn new(text: Text, separator: u8) -> Split {
        Split { text, separator, start: Some(0) }
    }
}

impl Iterator for Split {
    type Item = Text;

    #[inline]
    fn next(&mut self) -> Option<Text> {
        let start = self.start?;
        let end = match memchr(self.separator, &self.text[start..]) {
            Some(len) => {
                self.start = Some(start + len + 1);
                start + len
            }
            None => {
                self.start = None;
                self.text.len()
            }
        };
        Some(self.text.slice(start..end))
    }
}

impl FusedIterator for Split {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_slices() {
        let samples = [
            "",
            ",",
            ",,",
            "a",
            "a,",
            ",a",
            "a,b",
            ",a,,b,",
            "a long field that is not inline,another one,x",
        ];
        for sample in samples {
            let mut split = Text::from(sample).split(b',');
            for piece in sample.split(',') {
                assert_eq!(split.next().unwrap(), piece, "{sample:?}");
            }
            assert_eq!((split.next(), split.next()), (None, None));
        }
    }
}

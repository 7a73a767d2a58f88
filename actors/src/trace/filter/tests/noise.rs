//! Filters of nonsense: an error or a filter, never a panic.

use crate::trace::{filter::Filter, sample::with_payloads};

const PIECES: [&str; 44] = [
    "kind",
    "from",
    "to",
    "actor",
    "stage",
    "task",
    "executor",
    "note",
    "time",
    "waited",
    "id",
    "cause",
    "text",
    "count",
    "=",
    "==",
    "!=",
    "<",
    ">=",
    "~",
    "in",
    "{",
    "}",
    ",",
    "..",
    "(",
    ")",
    "and",
    "or",
    "not",
    "!",
    "&&",
    "|",
    "below",
    "above",
    "LaunchTask",
    "Executor-*",
    "DAGScheduler#12",
    "Executor-3~1#2",
    "1.0",
    "20ms",
    "'ä\\",
    "\"x\"",
    "99999999999999999999",
];

/// A generator that gives the same numbers every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

#[test]
fn nonsense_is_refused_or_understood_and_the_place_is_inside() {
    let messages = with_payloads();
    let mut numbers = Numbers(7);
    let mut understood = 0;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..numbers.below(12) {
            text += PIECES[numbers.below(PIECES.len())];
            text += ["", " ", " ", "\t"][numbers.below(4)];
        }
        // Now and then a letter from anywhere, at any place.
        if numbers.below(3) == 0 {
            let place = text.char_indices().map(|(place, _)| place).nth(numbers.below(20)).unwrap_or(0);
            text.insert(place, char::from_u32(numbers.below(0x3000) as u32).unwrap_or('?'));
        }
        match text.parse::<Filter>() {
            Ok(mut filter) => {
                understood += 1;
                filter.prepare(&messages).unwrap();
                for record in &messages {
                    assert!(filter.judge(record).is_some());
                }
            }
            Err(error) => {
                assert!(text.get(error.at()).is_some(), "{text:?} {error:?}");
                assert_eq!(error.to_string().lines().count(), 3, "{text:?} {error}");
            }
        }
    }
    assert!(understood > 100, "only {understood} were filters");
}

//! Trees of values: what is read is what was written.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, State, changes};

#[derive(Clone, Debug)]
#[allow(dead_code, reason = "read through Debug")]
struct Sample {
    name: String,
    numbers: Vec<u32>,
    by_key: BTreeMap<(u32, u32), Kind>,
    set: BTreeSet<&'static str>,
    nothing: Option<u8>,
    took: std::time::Duration,
    unit: (),
}

#[derive(Clone, Debug)]
#[allow(dead_code, reason = "read through Debug")]
enum Kind {
    Plain,
    Tuple(u32, f64),
    Fields { deep: Option<Option<bool>> },
    Empty {},
}

fn sample() -> Sample {
    Sample {
        name: "a \"quoted\", {strange} [text] \\ of\n(two) lines: ü\u{1}".to_owned(),
        numbers: vec![1, 2, 3],
        by_key: BTreeMap::from([
            ((0, 1), Kind::Plain),
            ((0, 2), Kind::Tuple(7, -1.5)),
            ((1, 0), Kind::Fields { deep: Some(Some(true)) }),
            ((1, 1), Kind::Empty {}),
        ]),
        set: BTreeSet::from(["x", "y"]),
        nothing: None,
        took: std::time::Duration::from_micros(1500),
        unit: (),
    }
}

#[test]
fn a_tree_on_one_line_is_what_debug_says() {
    assert_eq!(State::of(&sample()).on_one_line(), format!("{:?}", sample()));
}

#[test]
fn changes_name_the_path() {
    let (before, mut after) = (sample(), sample());
    assert_eq!(changes(&State::of(&before), &State::of(&after)), []);
    after.numbers.insert(1, 9);
    after.by_key.remove(&(0, 1));
    after.by_key.insert((0, 2), Kind::Tuple(8, -1.5));
    after.by_key.insert((5, 5), Kind::Plain);
    after.set.insert("z");
    after.nothing = Some(3);
    let texts: Vec<String> =
        changes(&State::of(&before), &State::of(&after)).iter().map(Change::to_string).collect();
    assert_eq!(
        texts,
        [
            "numbers[1]: + 9",
            "by_key[(0, 1)]: - Plain",
            "by_key[(0, 2)][0]: 7 -> 8",
            "by_key[(5, 5)]: + Plain",
            "set: + \"z\"",
            "nothing: None -> Some(3)",
        ]
    );
}

#[test]
fn long_values_are_broken_into_lines() {
    let text = State::of(&sample()).to_string();
    assert!(text.starts_with("Sample {\n  name: \"a"), "{text}");
    assert!(text.contains("\n  numbers: [1, 2, 3],\n"), "{text}");
    assert!(text.lines().count() > 6 && text.ends_with("\n}"), "{text}");
}

#[test]
fn any_text_is_read_without_a_panic() {
    let pieces = ["{", "}", "(", ")", "[", "]", "\"", "\\", ",", ": ", "a", "'", " ", "ü", "7"];
    let mut number = 1u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..12 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(number >> 33) as usize % pieces.len()]);
        }
        let state = super::parse::parse(&text);
        state.to_string();
        rmp_serde::to_vec(&state).unwrap();
    }
    let deep = "[".repeat(100_000);
    super::parse::parse(&deep).to_string();
}

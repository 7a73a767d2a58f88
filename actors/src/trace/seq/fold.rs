//! Folds long runs: equal messages in a row into one bundle, blocks that repeat into one block.

use std::time::Duration;

use super::{Arrow, Item};
use crate::trace::Record;

/// The longest block that is looked for.
const BLOCK: usize = 8;

/// A wait of this part of the whole time is marked, and what is shorter than this is not.
const PAUSE_PART: u32 = 20;
const PAUSE: Duration = Duration::from_micros(1);

/// What makes two arrows alike.
type Key = (usize, usize, &'static str, Option<&'static str>);

/// Folds arrows, of which each is made from the message at its place.
pub(super) fn fold(records: &[&Record], arrows: Vec<Arrow>) -> Vec<Item> {
    let span = match (records.first(), records.last()) {
        (Some(first), Some(last)) => last.handled.since(first.handled),
        _ => Duration::ZERO,
    };
    let pause = (span / PAUSE_PART).max(PAUSE);
    let mut bundles: Vec<(Key, Arrow)> = Vec::new();
    let mut items = Vec::new();
    for (record, arrow) in records.iter().zip(arrows) {
        let key = (arrow.from, arrow.to, arrow.kind, record.ids.note);
        let before = bundles.last_mut();
        match before {
            Some((_, last)) if arrow.first.since(last.last) >= pause => {
                let (from, to) = (last.last, arrow.first);
                items.extend(blocks(std::mem::take(&mut bundles)));
                items.push(Item::Pause { from, to });
                bundles.push((key, arrow));
            }
            Some((other, last)) if *other == key => merge(last, &arrow),
            _ => bundles.push((key, arrow)),
        }
    }
    items.extend(blocks(bundles));
    items
}

fn merge(into: &mut Arrow, other: &Arrow) {
    into.count += other.count;
    into.about.extend(&other.about);
    into.first = into.first.min(other.first);
    into.last = into.last.max(other.last);
}

/// Finds blocks that repeat, the shortest first.
fn blocks(bundles: Vec<(Key, Arrow)>) -> Vec<Item> {
    let keys: Vec<Key> = bundles.iter().map(|(key, _)| *key).collect();
    let mut items = Vec::new();
    let mut rest = bundles.into_iter().map(|(_, arrow)| arrow);
    let mut at = 0;
    while at < keys.len() {
        let (length, times) = repeats(keys.get(at..).unwrap_or_default());
        at += length * times;
        let mut arrows: Vec<Arrow> = rest.by_ref().take(length).collect();
        for _ in 1..times {
            for (into, other) in arrows.iter_mut().zip(rest.by_ref().take(length)) {
                merge(into, &other);
            }
        }
        match arrows.pop() {
            Some(arrow) if arrows.is_empty() && times == 1 => items.push(Item::single(arrow)),
            Some(arrow) => {
                arrows.push(arrow);
                items.push(Item::Repeat { times, arrows });
            }
            None => {}
        }
    }
    items
}

/// The block with which these begin, and how often it comes; a block of one that comes once, if none repeats.
fn repeats(keys: &[Key]) -> (usize, usize) {
    for length in 2..=BLOCK.min(keys.len() / 2) {
        let mut blocks = keys.chunks_exact(length);
        let Some(first) = blocks.next() else { break };
        let times = 1 + blocks.take_while(|block| *block == first).count();
        if times > 1 {
            return (length, times);
        }
    }
    (1, 1)
}

//! Compares two runs by causality and identity, not by time.
//!
//! A message of one run is the same as one of the other if the same party says the same kind of thing to the same
//! party about the same subject, under a cause that is the same. Task attempts are named by what they compute, and
//! where they run is compared apart. So two runs of one program whose tasks only end in another order have no real
//! difference.

mod align;
mod fields;
mod identity;
mod noise;
mod timing;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

use align::{Alignment, Side, align};
use identity::is_of_a_round;
pub use timing::{TaskTiming, Timing};

use super::{Messages, Payloads, Record, Run, run::as_text, state::Change, text::count};
use crate::{Time, message::MessageId};

/// What differs between two runs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Diff {
    /// Messages of the first and of the second run.
    pub messages: (usize, usize),
    /// Messages that both have.
    pub same: usize,
    /// The first message that is missing, extra or says something else, in the order of the first run.
    pub first: Option<Divergence>,
    /// Messages that come in another order: the fewest that would have to be moved.
    pub reordered: usize,
    /// Task attempts that ran elsewhere.
    pub moved: usize,
    /// By kind: messages that the second run does not have.
    pub missing: BTreeMap<&'static str, usize>,
    /// By kind: messages that only the second run has.
    pub extra: BTreeMap<&'static str, usize>,
    /// By kind and field, such as `CompletionEvent.reason`: messages that say something else.
    pub changed: BTreeMap<String, usize>,
    /// Rounds of offers, timers and signs of life that only one of them has: the first, the second.
    pub rounds: (usize, usize),
    /// What took longer or shorter.
    pub timing: Timing,
    /// Why only what heads tell was compared; `None` if both have payloads.
    pub heads_only: Option<String>,
}

/// Where two runs part.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Divergence {
    /// What it is.
    pub what: Parting,
    /// Fields that differ, if both runs have the message.
    pub fields: Vec<Change>,
    /// The message in the first run after its causes, the root first. A run that does not have the message has the
    /// chain up to the last cause that both have.
    pub first: Vec<Ancestor>,
    /// The same in the second run.
    pub second: Vec<Ancestor>,
}

/// How two runs part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Parting {
    /// The second run does not have a message.
    Missing,
    /// Only the second run has a message.
    Extra,
    /// Both have it, and it does not say the same.
    Changed,
}

/// A message of a chain of causes.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Ancestor {
    /// The message.
    #[serde(serialize_with = "as_text")]
    pub id: MessageId,
    /// When it was handled.
    pub handled: Time,
    /// What it says, shortly.
    pub text: String,
}

/// Compares two runs.
///
/// ```
/// use firesteel_actors::trace::{Messages, diff};
/// assert!(diff(&Messages::default(), &Messages::default()).is_same());
/// ```
pub fn diff(first: &Messages, second: &Messages) -> Diff {
    let (first_run, second_run) = (Run::of(first), Run::of(second));
    let (one, other) = (Side::new(first, &first_run), Side::new(second, &second_run));
    let alignment = align(&one, &other);
    let mut diff = Diff {
        messages: (first.len(), second.len()),
        same: alignment.to_second.iter().flatten().count(),
        first: None,
        reordered: alignment.reordered(),
        moved: 0,
        missing: BTreeMap::new(),
        extra: BTreeMap::new(),
        changed: BTreeMap::new(),
        rounds: (0, 0),
        timing: Timing::of(&first_run, &second_run),
        heads_only: heads_only(first.payloads(), second.payloads()),
    };
    let parting = diff.gather(&one, &other, &alignment);
    diff.first = parting.map(|(what, place)| divergence(&one, &other, &alignment, what, place));
    diff
}

/// Which of two traces has no payloads, and why.
fn heads_only(first: Payloads, second: Payloads) -> Option<String> {
    let of = |name: &str, payloads| match payloads {
        Payloads::Readable => None,
        Payloads::NotRecorded => Some(format!("the {name} trace has heads only")),
        Payloads::OtherSchema => Some(format!("another version recorded the {name} trace")),
    };
    if first == second && first == Payloads::NotRecorded {
        return Some("both traces have heads only".to_owned());
    }
    let parts: Vec<String> = of("first", first).into_iter().chain(of("second", second)).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

impl Diff {
    /// Whether nothing differs: not even order and time.
    pub fn is_same(&self) -> bool {
        self.only_reordered() && self.reordered == 0 && self.moved == 0 && self.timing.is_same()
    }

    /// Whether both runs have the same messages that say the same: they may come in another order, take other times,
    /// and tasks may run elsewhere.
    pub fn only_reordered(&self) -> bool {
        self.first.is_none()
    }

    /// Sums up what differs; the first real difference, with the place of its message in its run.
    fn gather(
        &mut self,
        one: &Side<'_>,
        other: &Side<'_>,
        alignment: &Alignment,
    ) -> Option<(Parting, usize)> {
        let mut first: Option<(usize, Parting, usize)> = None;
        let mut found = |at: usize, what: Parting, place: usize| {
            if first.is_none_or(|(before, ..)| at < before) {
                first = Some((at, what, place));
            }
        };
        for (place, record) in one.records.iter().enumerate() {
            let same = alignment.to_second.get(place).copied().flatten();
            match same.and_then(|same| other.records.get(same)) {
                Some(_) if is_of_a_round(record) => {}
                Some(same) => {
                    let moved = record.kind == "BeginEvent" && record.ids.executor != same.ids.executor;
                    self.moved += usize::from(moved);
                    let fields = fields::differences(record, same);
                    for field in &fields {
                        *self.changed.entry(format!("{}.{}", record.kind, field.path)).or_default() += 1;
                    }
                    if !fields.is_empty() {
                        found(place, Parting::Changed, place);
                    }
                }
                None if is_of_a_round(record) => self.rounds.0 += 1,
                None => {
                    *self.missing.entry(record.kind).or_default() += 1;
                    found(place, Parting::Missing, place);
                }
            }
        }
        // What is extra stands after what was handled before it in both runs.
        let mut after = 0;
        for (place, record) in other.records.iter().enumerate() {
            match alignment.to_first.get(place).copied().flatten() {
                Some(same) => after = after.max(same),
                None if is_of_a_round(record) => self.rounds.1 += 1,
                None => {
                    *self.extra.entry(record.kind).or_default() += 1;
                    found(after + 1, Parting::Extra, place);
                }
            }
        }
        first.map(|(_, what, place)| (what, place))
    }
}

fn divergence(
    one: &Side<'_>,
    other: &Side<'_>,
    alignment: &Alignment,
    what: Parting,
    place: usize,
) -> Divergence {
    let is_extra = what == Parting::Extra;
    let (has, lacks) = if is_extra { (other, one) } else { (one, other) };
    let across = if is_extra { &alignment.to_first } else { &alignment.to_second };
    // The nearest cause that both runs have, the message itself if both have it.
    let mut shared = Some(place);
    let mut same = None;
    for _ in 0..=has.records.len() {
        same = shared.and_then(|place| across.get(place).copied().flatten());
        if same.is_some() || shared.is_none() {
            break;
        }
        shared = shared.and_then(|place| has.cause(place));
    }
    let (in_one_with, in_one_without) = (chain(has, Some(place)), chain(lacks, same));
    let counterpart = same.and_then(|same| lacks.records.get(same));
    let fields = match (what, has.records.get(place), counterpart) {
        (Parting::Changed, Some(record), Some(same)) => fields::differences(record, same),
        _ => Vec::new(),
    };
    let (first, second) =
        if is_extra { (in_one_without, in_one_with) } else { (in_one_with, in_one_without) };
    Divergence { what, fields, first, second }
}

/// The causes of a message, the root first, and the message.
fn chain(side: &Side<'_>, place: Option<usize>) -> Vec<Ancestor> {
    let places = std::iter::successors(place, |place| side.cause(*place)).take(side.messages.len());
    let mut chain: Vec<Ancestor> =
        places.filter_map(|place| side.records.get(place)).map(|record| ancestor(record)).collect();
    chain.reverse();
    chain
}

fn ancestor(record: &Record) -> Ancestor {
    let about = record.ids.to_string();
    let gap = if about.is_empty() { "" } else { " " };
    let text = format!("{} → {} {}{gap}{about}", record.from(), record.to(), record.kind);
    Ancestor { id: record.head.id, handled: record.handled, text }
}

impl fmt::Display for Diff {
    /// The first real difference with both chains of causes, then the sums.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.first {
            Some(first) => writeln!(f, "{first}")?,
            None if self.is_same() => writeln!(f, "no difference")?,
            None => writeln!(f, "no real difference: both runs have the same messages\n")?,
        }
        let (first, second) = self.messages;
        writeln!(f, "{first} and {second} messages, {} in both", self.same)?;
        let sums = [("missing from the second", &self.missing), ("only in the second", &self.extra)];
        for (what, kinds) in sums.iter().filter(|(_, kinds)| !kinds.is_empty()) {
            let kinds: Vec<String> = kinds.iter().map(|(kind, number)| format!("{kind} x{number}")).collect();
            writeln!(f, "{what}: {}", kinds.join(", "))?;
        }
        for (field, number) in &self.changed {
            writeln!(f, "{field} is not the same in {}", count(*number, "message"))?;
        }
        if self.reordered > 0 {
            writeln!(f, "{} in another order", count(self.reordered, "message"))?;
        }
        if self.moved > 0 {
            writeln!(f, "{} on another executor", count(self.moved, "task attempt"))?;
        }
        if self.rounds != (0, 0) {
            let (first, second) = self.rounds;
            writeln!(
                f,
                "rounds of offers, timers and signs of life only in the first: {first}, only in the second: {second}"
            )?;
        }
        write!(f, "{}", self.timing)?;
        if let Some(why) = &self.heads_only {
            writeln!(f, "note: what messages say was not compared: {why}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            Parting::Missing => "the second run does not have the last of these messages",
            Parting::Extra => "only the second run has the last of its messages",
            Parting::Changed => "the last of these messages does not say the same in both runs",
        };
        writeln!(f, "first real difference: {what}")?;
        let shared =
            self.first.iter().zip(&self.second).take_while(|(one, other)| one.text == other.text).count();
        let (both, first) = self.first.split_at(shared);
        let second = self.second.get(shared..).unwrap_or_default();
        let parts = [("both runs:", both), ("first run:", first), ("second run:", second)];
        for (name, chain) in parts.iter().filter(|(_, chain)| !chain.is_empty()) {
            writeln!(f, "{name}")?;
            for Ancestor { id, handled, text } in *chain {
                writeln!(f, "{handled:>12} {text}  [{id}]")?;
            }
        }
        for Change { path, before, after } in &self.fields {
            let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
            writeln!(f, "{path}: {} in the first, {} in the second", text(before), text(after))?;
        }
        Ok(())
    }
}

//! Finds for each message of one run the same message of another.

use std::collections::{HashMap, VecDeque};

use super::identity::Identity;
use crate::{
    message::MessageId,
    trace::{Messages, Record, Run},
};

/// Which message of the second run is which of the first, by their places in the traces.
pub(super) struct Alignment {
    /// By place in the first.
    pub(super) to_second: Vec<Option<usize>>,
    /// By place in the second.
    pub(super) to_first: Vec<Option<usize>>,
}

/// One of the two runs.
pub(super) struct Side<'a> {
    pub(super) messages: &'a Messages,
    pub(super) records: Vec<&'a Record>,
    identities: Vec<Identity>,
    places: HashMap<MessageId, usize>,
}

impl<'a> Side<'a> {
    pub(super) fn new(messages: &'a Messages, run: &Run) -> Self {
        let records: Vec<&Record> = messages.iter().collect();
        let identities = records.iter().map(|record| Identity::of(run, record)).collect();
        let places = records.iter().enumerate().map(|(place, record)| (record.head.id, place)).collect();
        Side { messages, records, identities, places }
    }

    /// The place of the cause of the message at this place.
    pub(super) fn cause(&self, place: usize) -> Option<usize> {
        self.places.get(&self.records.get(place)?.head.cause?).copied()
    }
}

/// Aligns two runs. Messages with the same identity are the same if their causes are; what is left over is taken in
/// the order in which it was handled, since what is scheduled has a cause that depends on moments.
pub(super) fn align(first: &Side<'_>, second: &Side<'_>) -> Alignment {
    let mut alignment =
        Alignment { to_second: vec![None; first.records.len()], to_first: vec![None; second.records.len()] };
    let mut under_cause: HashMap<(Identity, Option<usize>), VecDeque<usize>> = HashMap::new();
    for (place, identity) in second.identities.iter().enumerate() {
        under_cause.entry((*identity, second.cause(place))).or_default().push_back(place);
    }
    for (place, identity) in first.identities.iter().enumerate() {
        let cause = first.cause(place);
        let same_cause = cause.and_then(|cause| alignment.to_second.get(cause).copied().flatten());
        if cause.is_some() && same_cause.is_none() {
            continue;
        }
        if let Some(same) = under_cause.get_mut(&(*identity, same_cause)).and_then(VecDeque::pop_front) {
            alignment.put(place, same);
        }
    }
    let mut left: HashMap<Identity, VecDeque<usize>> = HashMap::new();
    for (place, identity) in second.identities.iter().enumerate() {
        if alignment.to_first.get(place).is_some_and(Option::is_none) {
            left.entry(*identity).or_default().push_back(place);
        }
    }
    for (place, identity) in first.identities.iter().enumerate() {
        if alignment.to_second.get(place).is_some_and(Option::is_none)
            && let Some(same) = left.get_mut(identity).and_then(VecDeque::pop_front)
        {
            alignment.put(place, same);
        }
    }
    alignment
}

impl Alignment {
    fn put(&mut self, first: usize, second: usize) {
        if let (Some(to_second), Some(to_first)) =
            (self.to_second.get_mut(first), self.to_first.get_mut(second))
        {
            (*to_second, *to_first) = (Some(second), Some(first));
        }
    }

    /// How many messages come in another order: the fewest that would have to be moved.
    pub(super) fn reordered(&self) -> usize {
        let places: Vec<usize> = self.to_second.iter().copied().flatten().collect();
        // The ends of the longest rising sequences by their length.
        let mut ends: Vec<usize> = Vec::new();
        for place in &places {
            let at = ends.partition_point(|end| end < place);
            match ends.get_mut(at) {
                Some(end) => *end = *place,
                None => ends.push(*place),
            }
        }
        places.len() - ends.len()
    }
}

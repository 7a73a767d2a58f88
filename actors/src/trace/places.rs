//! Where each message is in a trace, by its name.

use std::collections::HashMap;

use crate::{ActorId, message::MessageId};

/// Names in a row that are kept together.
const ROW: u64 = 64;

/// The most rows that are kept: with some 300 bytes each, and a row full as those of a whole trace are, 64 million
/// messages in 300 MB.
const MOST_ROWS: usize = 1 << 20;

/// Finds places by names: the places of a trace's messages from its start up to some place.
///
/// A sender numbers its messages one after the other, so the places of a sender's messages are a table with few holes:
/// some five bytes a message. Memory is bounded, also for a file that was made to take much: when it is full, what
/// follows is not in it.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// By sender, its life, and the number of the first name of the row; 0 where there is none, else the place plus 1.
    rows: HashMap<(ActorId, u32, u64), Box<[u32; ROW as usize]>>,
    until: u64,
    is_full: bool,
}

impl Places {
    /// The place of a message, if it is before [`until`](Self::until).
    pub(super) fn get(&self, id: MessageId) -> Option<u64> {
        let row = self.rows.get(&(id.actor, id.incarnation, id.number / ROW))?;
        let place = row.get((id.number % ROW) as usize)?;
        place.checked_sub(1).map(u64::from)
    }

    /// All messages before this place are here.
    pub(super) fn until(&self) -> u64 {
        self.until
    }

    /// Takes the message at a place, in order of places. What was taken before changes nothing.
    pub(super) fn see(&mut self, id: MessageId, place: u64) {
        if self.is_full || place < self.until {
            return;
        }
        let key = (id.actor, id.incarnation, id.number / ROW);
        let after = u32::try_from(place).ok().and_then(|place| place.checked_add(1));
        self.is_full = after.is_none() || self.rows.len() >= MOST_ROWS && !self.rows.contains_key(&key);
        let Some(after) = after.filter(|_| !self.is_full) else { return };
        let row = self.rows.entry(key).or_insert_with(|| Box::new([0; ROW as usize]));
        if let Some(free) = row.get_mut((id.number % ROW) as usize).filter(|known| **known == 0) {
            *free = after;
        }
        self.until = place + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::sample::{DAG, TASKS, id};

    #[test]
    fn places_are_found_by_names_in_whatever_order_they_come() {
        let mut places = Places::default();
        // A timer is handled long after what was sent behind it.
        let names = (1..500).map(|number| id(DAG, number)).chain([id(TASKS, 70), id(TASKS, 3)]);
        let names: Vec<MessageId> = names.collect();
        for (place, name) in names.iter().enumerate() {
            places.see(*name, place as u64);
        }
        assert_eq!(places.until(), names.len() as u64);
        for (place, name) in names.iter().enumerate() {
            assert_eq!(places.get(*name), Some(place as u64));
        }
        let later = MessageId { incarnation: 1, ..id(DAG, 1) };
        for unknown in [id(DAG, 500), id(TASKS, 4), id(DAG, 0), id(DAG, u64::MAX), later] {
            assert_eq!(places.get(unknown), None);
        }
        assert_eq!(places.rows.len(), 8 + 2);
    }

    #[test]
    fn what_was_taken_before_changes_nothing() {
        let mut places = Places::default();
        places.see(id(DAG, 1), 0);
        places.see(id(DAG, 2), 1);
        places.see(id(DAG, 2), 0);
        // A damaged file may have a message twice; the first is meant, as in `Messages`.
        places.see(id(DAG, 1), 2);
        assert_eq!((places.get(id(DAG, 1)), places.get(id(DAG, 2)), places.until()), (Some(0), Some(1), 3));
    }

    #[test]
    fn names_that_are_far_apart_do_not_take_more_than_the_bound() {
        let mut places = Places::default();
        for place in 0..MOST_ROWS as u64 + 10 {
            places.see(id(DAG, place * ROW), place);
        }
        let last = MOST_ROWS as u64 - 1;
        assert_eq!((places.rows.len(), places.until()), (MOST_ROWS, last + 1));
        assert_eq!(places.get(id(DAG, last * ROW)), Some(last));
        assert_eq!(places.get(id(DAG, (last + 1) * ROW)), None);
        places.see(id(DAG, 1), last + 1);
        assert_eq!(places.get(id(DAG, 1)), None, "a place that is not followed by all others is not taken");
        let mut places = Places::default();
        places.see(id(DAG, 1), u64::MAX);
        assert_eq!((places.get(id(DAG, 1)), places.until()), (None, 0));
    }
}

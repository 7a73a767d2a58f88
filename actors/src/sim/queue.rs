//! What is still to happen, in order of time; at the same time, in order of sending.

use std::{
    cmp::Ordering,
    collections::{BinaryHeap, VecDeque},
};

use crate::Time;

#[derive(Clone, Debug)]
struct Entry<E> {
    due: Time,
    seq: u64,
    event: E,
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    /// The greatest is the one that comes first: the heap gives that.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.due, other.seq).cmp(&(self.due, self.seq))
    }
}

/// Events by time. Those that are due at once, which are most, never enter the heap.
#[derive(Clone, Debug)]
pub(crate) struct Queue<E> {
    now: Time,
    sent: u64,
    ready: VecDeque<Entry<E>>,
    later: BinaryHeap<Entry<E>>,
}

impl<E> Queue<E> {
    pub(crate) fn new() -> Self {
        Queue { now: Time::ZERO, sent: 0, ready: VecDeque::new(), later: BinaryHeap::new() }
    }

    /// The number that the next event gets.
    pub(crate) fn next_seq(&self) -> u64 {
        self.sent + 1
    }

    pub(crate) fn push(&mut self, due: Time, event: E) -> u64 {
        self.sent += 1;
        let entry = Entry { due: due.max(self.now), seq: self.sent, event };
        if entry.due == self.now {
            self.ready.push_back(entry);
        } else {
            self.later.push(entry);
        }
        self.sent
    }

    /// The time of the next event.
    pub(crate) fn next_due(&self) -> Option<Time> {
        let (ready, later) = (self.ready.front(), self.later.peek());
        ready.into_iter().chain(later).map(|entry| entry.due).min()
    }

    /// The next event, with its time and number. The time goes forward to it.
    pub(crate) fn pop(&mut self) -> Option<(Time, u64, E)> {
        let heap_first = match (self.ready.front(), self.later.peek()) {
            (Some(ready), Some(later)) => (later.due, later.seq) < (ready.due, ready.seq),
            (ready, _) => ready.is_none(),
        };
        let entry = if heap_first { self.later.pop()? } else { self.ready.pop_front()? };
        self.now = entry.due;
        Some((entry.due, entry.seq, entry.event))
    }
}

/// For enumerators that choose for themselves what happens next.
#[cfg(test)]
impl<E> Queue<E> {
    /// The next of those that are due at once.
    pub(crate) fn pop_ready(&mut self) -> Option<(u64, E)> {
        self.ready.pop_front().map(|entry| (entry.seq, entry.event))
    }

    /// All that is still to happen, in order of sending.
    pub(crate) fn pending(&self) -> Vec<(u64, &E)> {
        let all = self.ready.iter().chain(&self.later);
        let mut pending: Vec<(u64, &E)> = all.map(|entry| (entry.seq, &entry.event)).collect();
        pending.sort_by_key(|(seq, _)| *seq);
        pending
    }

    /// Takes out the event of this number, whenever it is due.
    pub(crate) fn take(&mut self, seq: u64) -> Option<E> {
        let mut taken = None;
        for entry in std::mem::take(&mut self.later) {
            if entry.seq == seq {
                taken = Some(entry.event);
            } else {
                self.later.push(entry);
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_by_time_and_then_by_order_of_sending() {
        let mut queue = Queue::new();
        for (due, name) in [(5, "d"), (0, "a"), (3, "c"), (0, "b"), (5, "e")] {
            queue.push(Time(due), name);
        }
        let mut order = String::new();
        while let Some((due, _, name)) = queue.pop() {
            order.push_str(name);
            if name == "d" {
                // Sent for a time that has gone by: it comes now, but behind what was sent before.
                queue.push(Time(1), "f");
            }
            assert!(due >= Time::ZERO);
        }
        assert_eq!(order, "abcdef");
    }
}

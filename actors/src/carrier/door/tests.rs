//! Who sees a message, and who is kept alive by having seen one.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::{Mutex, Weak};

use super::*;
use crate::message::{DriverEndpointMessage, ReviveOffers};

/// Lets a message pass.
fn pass(door: &Door) {
    let id = MessageId { actor: ActorId::TaskScheduler, incarnation: 0, number: 1 };
    let head = Head { id, cause: None, to: ActorId::DriverEndpoint, sent: Time::ZERO };
    let message = DriverEndpointMessage::from(ReviveOffers {});
    door.deliver(&head, Time::ZERO, &message);
}

/// Who observed, in order.
type Seen = Arc<Mutex<Vec<&'static str>>>;

fn observer(seen: &Seen, name: &'static str) -> Arc<dyn Observer> {
    let seen = seen.clone();
    Arc::new(move |_: Observed<'_>| seen.lock().unwrap().push(name))
}

fn taken(seen: &Seen) -> Vec<&'static str> {
    std::mem::take(&mut *seen.lock().unwrap())
}

#[test]
fn messages_are_shown_to_the_observers_of_their_own_door_as_they_are_at_the_moment() {
    let (one, other, seen) = (Door::default(), Door::default(), Seen::default());
    let first = one.add(observer(&seen, "one"));
    pass(&one);
    pass(&other);
    assert_eq!(taken(&seen), ["one"]);
    other.add(observer(&seen, "other"));
    one.add(observer(&seen, "two"));
    for _ in 0..2 {
        pass(&one);
        pass(&other);
        pass(&one);
        assert_eq!(taken(&seen), ["one", "two", "other", "one", "two"]);
    }
    one.remove(first);
    pass(&one);
    pass(&one);
    assert_eq!(taken(&seen), ["two", "two"]);
}

#[test]
fn an_observer_that_was_removed_is_dropped() {
    let (door, seen) = (Door::default(), Seen::default());
    let gone = observer(&seen, "gone");
    let weak = Arc::downgrade(&gone);
    let id = door.add(gone);
    pass(&door);
    door.remove(id);
    assert!(weak.upgrade().is_none());
    pass(&door);
    assert_eq!(taken(&seen), ["gone"]);
}

#[test]
fn the_observers_of_a_door_that_is_gone_are_dropped() {
    let (door, seen) = (Door::default(), Seen::default());
    let gone = observer(&seen, "gone");
    let weak = Arc::downgrade(&gone);
    door.add(gone);
    pass(&door);
    drop(door);
    assert!(weak.upgrade().is_none());
}

#[test]
fn another_thread_forgets_an_observer_with_its_next_message() {
    use std::sync::mpsc::channel;
    let (door, seen) = (Arc::new(Door::default()), Seen::default());
    let gone = observer(&seen, "gone");
    let weak: Weak<dyn Observer> = Arc::downgrade(&gone);
    let id = door.add(gone);
    let ((order, orders), (done, all_done)) = (channel(), channel());
    let of_thread = door.clone();
    let thread = std::thread::spawn(move || {
        for () in orders {
            pass(&of_thread);
            done.send(()).unwrap();
        }
    });
    let pass_there = || {
        order.send(()).unwrap();
        all_done.recv().unwrap();
    };
    pass_there();
    door.remove(id);
    pass_there();
    assert!(weak.upgrade().is_none(), "also if nobody observes any more");
    assert_eq!(taken(&seen), ["gone"]);
    drop(order);
    thread.join().unwrap();
}

/// Does something when it sees its first message.
struct Acts<F>(Mutex<Option<F>>);

impl<F: FnOnce() + Send + 'static> Observer for Acts<F> {
    fn message(&self, _: Observed<'_>) {
        let act = self.0.lock().unwrap().take();
        if let Some(act) = act {
            act();
        }
    }
}

#[test]
fn an_observer_may_add_remove_and_show_from_within() {
    let (door, seen) = (Arc::new(Door::default()), Seen::default());
    let first = door.add(observer(&seen, "first"));
    let within = (door.clone(), seen.clone());
    door.add(Arc::new(Acts(Mutex::new(Some(move || {
        let (door, seen) = within;
        door.remove(first);
        door.add(observer(&seen, "second"));
        pass(&door);
    })))));
    pass(&door);
    assert_eq!(taken(&seen), ["first", "second"]);
    pass(&door);
    assert_eq!(taken(&seen), ["second"]);
}

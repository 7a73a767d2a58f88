//! With dynamic allocation the ExecutorAllocation hears of what listeners hear.
#![cfg(feature = "trace")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::sync::{Arc, Mutex};

use common::{Fake, Graph, LONG, Running, Setup, start, wait};
use firesteel_actors::{
    ActorId,
    carrier::Observed,
    message::{ExecutorAllocationMessage, Head, MessageRef, SparkListenerEvent},
};

/// Events with their envelopes: those for listeners, and those for the ExecutorAllocation.
#[derive(Default)]
struct Seen {
    heard: Vec<(Head, SparkListenerEvent)>,
    fed: Vec<(Head, SparkListenerEvent)>,
}

fn watch(seen: &Arc<Mutex<Seen>>) -> impl Fn(Observed<'_>) + Send + Sync + 'static {
    let seen = seen.clone();
    move |observed: Observed<'_>| match observed.message {
        MessageRef::ListenerBus(event) => seen.lock().unwrap().heard.push((*observed.head, event.clone())),
        MessageRef::ExecutorAllocation(ExecutorAllocationMessage::AllocationEvent(fed)) => {
            seen.lock().unwrap().fed.push((*observed.head, fed.event.clone()));
        }
        _ => {}
    }
}

/// Each event was fed once, in order, and names what it comes from; or none was.
fn check(seen: &Seen, feeds: bool) {
    assert!(seen.heard.len() > 5);
    if !feeds {
        assert_eq!(seen.fed.len(), 0);
        return;
    }
    assert_eq!(seen.fed.len(), seen.heard.len());
    for (number, ((heard, event), (fed, same))) in (1..).zip(seen.heard.iter().zip(&seen.fed)) {
        assert_eq!(event, same);
        assert_eq!((fed.id.actor, fed.id.number), (ActorId::ListenerBus, number));
        assert_eq!((fed.cause, fed.to), (Some(heard.id), ActorId::ExecutorAllocation));
    }
}

/// Whether dynamic allocation is on, whether executors are in the driver, and whether it is fed then.
const CASES: [(bool, bool, bool); 3] = [(false, false, false), (true, false, true), (true, true, false)];

fn setup(enabled: bool, is_local: bool) -> Setup {
    let mut setup = Setup::attempts(1);
    setup.config.allocation.enabled = enabled;
    setup.config.is_local = is_local;
    setup
}

#[test]
fn on_the_loop() {
    for (enabled, is_local, feeds) in CASES {
        let (program, seen) = (Fake::new(), Arc::new(Mutex::new(Seen::default())));
        let mut system = setup(enabled, is_local).on_loop(program.clone(), 1);
        system.add_observer(Arc::new(watch(&seen)));
        let cx = Running { system: system.handle().clone(), program };
        system.block_on(cx.run(Graph::one(3))).unwrap().unwrap();
        system.run_until_idle();
        check(&seen.lock().unwrap(), feeds);
    }
}

#[test]
fn on_actix() {
    for (enabled, is_local, feeds) in CASES {
        let (program, seen) = (Fake::new(), Arc::new(Mutex::new(Seen::default())));
        let (system, cx) = start(setup(enabled, is_local), &program);
        // What comes before is seen by none of the two.
        let observing = cx.system.observe(watch(&seen));
        wait(cx.run(Graph::two(0, 3, 2))).unwrap();
        assert_eq!(system.stop(LONG).left_behind, []);
        drop(observing);
        let mut seen = seen.lock().unwrap();
        // The observer may have come between an event and its twin.
        let Seen { heard, fed } = &mut *seen;
        fed.retain(|(twin, _)| heard.iter().any(|(head, _)| twin.cause == Some(head.id)));
        if let Some((first, _)) = fed.first().cloned() {
            let before = first.id.number - 1;
            fed.iter_mut().for_each(|(head, _)| head.id.number -= before);
        }
        check(&seen, feeds);
    }
}

//! The fleet's core as a value, and the fleet with a launcher that only notes what it is told.

use std::{
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

use firesteel_actors::ExecutorId;

use super::{
    Fleet, FleetEvents, FleetPlan,
    core::{Action, Event, FleetCore, Limits, STAYED},
};
use crate::launch::{
    EndKind, ExecutorEnd, ExecutorEvents, ExecutorLaunch, LaunchError, Launcher,
    executor_launch::tests::launch,
};

const TIMEOUT: Duration = Duration::from_secs(30);

struct Harness {
    core: FleetCore,
    now: Instant,
}

impl Harness {
    fn new() -> Self {
        let limits = Limits { max_executor_retries: 3, registration_timeout: TIMEOUT };
        Harness { core: FleetCore::new(limits), now: Instant::now() }
    }

    /// What it does, as short texts.
    fn tell(&mut self, event: Event) -> Vec<String> {
        let actions = self.core.handle(self.now, event);
        actions.into_iter().map(text).collect()
    }

    fn after(&mut self, time: Duration) -> Vec<String> {
        self.now += time;
        self.tell(Event::Time)
    }

    fn ended(&mut self, id: u32, kind: EndKind) -> Vec<String> {
        self.tell(Event::Ended(ExecutorId(id), ExecutorEnd::new(kind)))
    }
}

fn text(action: Action) -> String {
    match action {
        Action::Start(id) => format!("start {id}"),
        Action::Stop(id) => format!("stop {id}"),
        Action::Tell(id, reason) => format!("tell {id}: {reason}"),
        Action::GiveUp(reason) => format!("give up: {reason}"),
    }
}

const KILLED: EndKind = EndKind::Signalled { signal: 9, core_dumped: false };
const FAILED: EndKind = EndKind::Exited(50);
const NOTHING: [&str; 0] = [];

#[test]
fn as_many_are_started_as_there_are_to_be_and_more_are_left_alone() {
    let mut fleet = Harness::new();
    assert_eq!(fleet.core.deadline(), None);
    assert_eq!(fleet.tell(Event::Total(2)), ["start 0", "start 1"]);
    assert_eq!(fleet.tell(Event::Total(2)), NOTHING);
    assert_eq!(fleet.tell(Event::Total(3)), ["start 2"]);
    assert_eq!(fleet.tell(Event::Total(1)), NOTHING);
    assert_eq!(fleet.core.deadline(), Some(fleet.now + TIMEOUT));
}

#[test]
fn an_executor_that_ended_is_replaced_by_one_with_a_new_id() {
    let mut fleet = Harness::new();
    fleet.tell(Event::Total(2));
    for id in [0, 1] {
        assert_eq!(fleet.tell(Event::Registered(ExecutorId(id))), NOTHING);
    }
    assert_eq!(fleet.core.deadline(), None);
    assert_eq!(fleet.ended(0, KILLED), ["tell 0: killed by signal 9 (SIGKILL)", "start 2"]);
    assert_eq!(fleet.ended(0, KILLED), NOTHING);
}

#[test]
fn executors_that_are_to_end_are_stopped_once_and_not_replaced() {
    let mut fleet = Harness::new();
    fleet.tell(Event::Total(2));
    fleet.tell(Event::Registered(ExecutorId(0)));
    fleet.tell(Event::Total(0));
    let both = || Event::End(vec![ExecutorId(0), ExecutorId(1), ExecutorId(9)]);
    assert_eq!(fleet.tell(both()), ["stop 0", "stop 1"]);
    assert_eq!(fleet.tell(both()), NOTHING);
    assert_eq!(fleet.ended(0, EndKind::Exited(0)), ["tell 0: exited with status 0"]);
    assert_eq!(fleet.ended(1, EndKind::Exited(0)), ["tell 1: exited with status 0"]);
    assert_eq!(fleet.tell(Event::Total(1)), ["start 2"]);
}

#[test]
fn one_that_is_being_ended_does_not_count_any_more() {
    let mut fleet = Harness::new();
    fleet.tell(Event::Total(1));
    fleet.tell(Event::Registered(ExecutorId(0)));
    assert_eq!(fleet.tell(Event::End(vec![ExecutorId(0)])), ["stop 0", "start 1"]);
}

#[test]
fn after_one_that_did_not_register_there_is_a_pause_which_grows() {
    let mut fleet = Harness::new();
    fleet.tell(Event::Total(1));
    let told = "tell 0: executor 0 ended before it registered: exited with status 50 (an error, which its log tells)";
    assert_eq!(fleet.ended(0, FAILED), [told]);
    assert_eq!(fleet.core.deadline(), Some(fleet.now + Duration::from_millis(100)));
    assert_eq!(fleet.after(Duration::from_millis(99)), NOTHING);
    assert_eq!(fleet.after(Duration::from_millis(1)), ["start 1"]);
    fleet.ended(1, FAILED);
    assert_eq!(fleet.after(Duration::from_millis(199)), NOTHING);
    assert_eq!(fleet.after(Duration::from_millis(1)), ["start 2"]);
    // Then one comes.
    assert_eq!(fleet.tell(Event::Registered(ExecutorId(2))), NOTHING);
    fleet.tell(Event::Total(2));
    fleet.ended(3, FAILED);
    assert_eq!(fleet.after(Duration::from_millis(100)), ["start 4"]);
}

#[test]
fn it_gives_up_when_so_many_in_a_row_did_not_register() {
    let mut fleet = Harness::new();
    fleet.tell(Event::Total(1));
    for id in [0, 1] {
        assert_eq!(fleet.ended(id, KILLED).len(), 1);
        fleet.after(Duration::from_secs(5));
    }
    let last = "executor 2 ended before it registered: killed by signal 9 (SIGKILL)";
    let all = format!(
        "give up: 3 executors in a row ended before they registered (spark.deploy.maxExecutorRetries); the last: {last}"
    );
    assert_eq!(fleet.ended(2, KILLED), [format!("tell 2: {last}"), all]);
    assert_eq!(fleet.after(Duration::from_secs(60)), NOTHING);
    assert_eq!(fleet.tell(Event::Total(5)), NOTHING);
    assert_eq!(fleet.core.deadline(), None);
}

#[test]
fn it_does_not_give_up_while_one_is_there() {
    let mut fleet = Harness::new();
    fleet.tell(Event::Total(2));
    fleet.tell(Event::Registered(ExecutorId(0)));
    let mut failed = 1;
    for _ in 0..9 {
        assert_eq!(fleet.ended(failed, KILLED).len(), 1);
        failed += 1;
        assert_eq!(fleet.after(Duration::from_secs(5)), [format!("start {failed}")]);
    }
}

/// Registers an executor, which ends at once.
fn flash(fleet: &mut Harness, id: u32) -> Vec<String> {
    assert_eq!(fleet.tell(Event::Registered(ExecutorId(id))), NOTHING);
    fleet.ended(id, EndKind::Exited(0))
}

#[test]
fn executors_that_do_not_stay_are_replaced_ever_more_slowly_and_not_for_ever() {
    let mut fleet = Harness::new();
    fleet.tell(Event::Total(1));
    assert_eq!(flash(&mut fleet, 0), ["tell 0: exited with status 0", "start 1"]);
    assert_eq!(flash(&mut fleet, 1), ["tell 1: exited with status 0"]);
    assert_eq!(fleet.after(Duration::from_millis(99)), NOTHING);
    assert_eq!(fleet.after(Duration::from_millis(1)), ["start 2"]);
    let all = "give up: 3 executors in a row ended within 3s after they had registered \
               (spark.deploy.maxExecutorRetries); the last: executor 2: exited with status 0";
    assert_eq!(flash(&mut fleet, 2), ["tell 2: exited with status 0", all]);
    assert_eq!(fleet.after(Duration::from_secs(60)), NOTHING);
}

#[test]
fn ends_in_a_row_are_forgotten_when_one_has_stayed() {
    let mut fleet = Harness::new();
    fleet.tell(Event::Total(1));
    let mut next = 0;
    for _ in 0..3 {
        // One too few, then one that stays.
        for pause in [0, 100] {
            flash(&mut fleet, next);
            fleet.after(Duration::from_millis(pause));
            next += 1;
        }
        assert_eq!(fleet.tell(Event::Registered(ExecutorId(next))), NOTHING);
        assert_eq!(fleet.after(STAYED), NOTHING);
        let [told, started] = &fleet.ended(next, KILLED)[..] else { panic!() };
        next += 1;
        assert!(told.starts_with("tell ") && *started == format!("start {next}"));
    }
}

#[test]
fn executors_that_were_told_to_end_soon_are_not_counted() {
    let mut fleet = Harness::new();
    for id in 0..9 {
        assert_eq!(fleet.tell(Event::Total(1)), [format!("start {id}")]);
        fleet.tell(Event::Registered(ExecutorId(id)));
        fleet.tell(Event::Total(0));
        assert_eq!(fleet.tell(Event::End(vec![ExecutorId(id)])), [format!("stop {id}")]);
        assert_eq!(fleet.ended(id, FAILED).len(), 1);
    }
}

#[test]
fn while_others_come_the_pause_stays() {
    let mut fleet = Harness::new();
    fleet.tell(Event::Total(3));
    assert_eq!(flash(&mut fleet, 0).len(), 2);
    assert_eq!(flash(&mut fleet, 1).len(), 1);
    assert_eq!(fleet.tell(Event::Registered(ExecutorId(2))), NOTHING);
    assert_eq!(fleet.after(Duration::from_millis(100)), ["start 4"]);
}

#[test]
fn a_fleet_that_retires_ends_what_is_starting_and_starts_and_says_nothing_any_more() {
    let mut fleet = Harness::new();
    fleet.tell(Event::Total(3));
    fleet.tell(Event::Registered(ExecutorId(0)));
    fleet.ended(1, FAILED);
    assert_eq!(fleet.tell(Event::Retire), ["stop 2"]);
    assert_eq!(fleet.tell(Event::Retire), NOTHING);
    assert_eq!(fleet.core.deadline(), None);
    assert_eq!(fleet.ended(0, EndKind::Exited(0)), NOTHING);
    assert_eq!(fleet.ended(2, FAILED), NOTHING);
    assert_eq!(fleet.tell(Event::Total(3)), NOTHING);
    assert_eq!(fleet.after(Duration::from_secs(60)), NOTHING);
}

#[test]
fn a_strange_end_is_no_reason_to_give_up_while_one_is_there() {
    let mut fleet = Harness::new();
    fleet.tell(Event::Total(2));
    fleet.tell(Event::Registered(ExecutorId(0)));
    let [told] = &fleet.ended(1, EndKind::Exited(1))[..] else { panic!() };
    assert!(told.contains("does main begin with"), "{told}");
    assert_eq!(fleet.after(Duration::from_millis(100)), ["start 2"]);
}

#[test]
fn a_program_that_is_no_executor_is_not_started_again() {
    for status in [0, 1, 101] {
        let mut fleet = Harness::new();
        fleet.tell(Event::Total(2));
        let mut end = ExecutorEnd::new(EndKind::Exited(status));
        end.log = Some("/var/app/0/stderr".into());
        let [told, gave_up] = &fleet.tell(Event::Ended(ExecutorId(0), end))[..] else { panic!() };
        let text = format!(
            "executor 0 ended before it registered (exited with status {status}): does main begin with \
             `firesteel::executor::run_if_asked();`? its log is /var/app/0/stderr"
        );
        assert_eq!((told, gave_up), (&format!("tell 0: {text}"), &format!("give up: {text}")));
        // The other ends too: said, but not again the end of all.
        assert_eq!(fleet.ended(1, EndKind::Exited(status)).len(), 1);
        assert_eq!(fleet.after(Duration::from_secs(60)), NOTHING);
    }
}

#[test]
fn one_that_does_not_register_in_time_is_ended_and_named() {
    let mut fleet = Harness::new();
    fleet.tell(Event::Total(2));
    fleet.tell(Event::Registered(ExecutorId(0)));
    assert_eq!(fleet.after(TIMEOUT - Duration::from_millis(1)), NOTHING);
    assert_eq!(fleet.after(Duration::from_millis(1)), ["stop 1", "start 2"]);
    // Too late.
    assert_eq!(fleet.tell(Event::Registered(ExecutorId(1))), NOTHING);
    let [told] = &fleet.ended(1, EndKind::Killed)[..] else { panic!() };
    let begin = "tell 1: executor 1 did not register within 30s (firesteel.executor.registrationTimeout) and was ended: ";
    assert!(told.starts_with(begin), "{told}");
}

/// Notes what it is told; cannot start odd ones.
struct Noted {
    notes: Mutex<Sender<String>>,
    events: ExecutorEvents,
}

impl Launcher for Noted {
    fn start(&self, executor: &ExecutorLaunch) -> Result<(), LaunchError> {
        self.notes.lock().unwrap().send(format!("start {executor:?}")).unwrap();
        if executor.executor_id.0 % 2 == 1 { Err(LaunchError::Stopped) } else { Ok(()) }
    }

    fn stop(&self, executor_id: ExecutorId) {
        self.notes.lock().unwrap().send(format!("stop {executor_id}")).unwrap();
        self.events.ended(executor_id, ExecutorEnd::new(EndKind::Killed));
    }

    fn stop_all(&self, grace: Duration) -> Vec<String> {
        vec![format!("nothing after {grace:?}")]
    }
}

struct Heard(Mutex<Sender<String>>);

impl FleetEvents for Heard {
    fn executor_ended(&self, executor_id: ExecutorId, reason: &str) {
        self.0.lock().unwrap().send(format!("ended {executor_id}: {reason}")).unwrap();
    }

    fn gave_up(&self, reason: &str) {
        self.0.lock().unwrap().send(format!("gave up: {reason}")).unwrap();
    }
}

fn fleet(registration_timeout: Duration) -> (Fleet, Receiver<String>) {
    let (notes, noted) = channel();
    let launch = launch(0);
    let plan = FleetPlan {
        application_id: launch.application_id,
        cores: launch.cores,
        memory: launch.memory,
        hostname: None,
        driver: launch.driver,
        secret: launch.secret,
        max_executor_retries: 2,
        registration_timeout,
    };
    let heard = Arc::new(Heard(Mutex::new(notes.clone())));
    let launcher = |events| Ok(Noted { notes: Mutex::new(notes), events });
    (Fleet::start(plan, heard, launcher).unwrap(), noted)
}

#[test]
fn a_fleet_does_what_its_core_says() {
    let (fleet, noted) = fleet(TIMEOUT);
    fleet.set_total(1);
    let started = "start executor 0 of app-1: 2 cores, 536870912 bytes, driver 127.0.0.1:7077";
    assert_eq!(noted.recv().unwrap(), started);
    fleet.registered(ExecutorId(0));
    fleet.end(vec![ExecutorId(0)]);
    assert_eq!(noted.recv().unwrap(), "stop 0");
    // In its place, which cannot be started.
    assert!(noted.recv().unwrap().starts_with("start executor 1"));
    let mut heard = [noted.recv().unwrap(), noted.recv().unwrap()];
    heard.sort();
    let stopped = "no executor is started any more: the launcher has been stopped";
    let ended = format!("ended 1: executor 1 ended before it registered: could not be started: {stopped}");
    assert_eq!(heard, ["ended 0: killed because it did not end when it was told to".to_owned(), ended]);
    assert_eq!(fleet.end_of(ExecutorId(0), TIMEOUT).unwrap().kind, EndKind::Killed);
    assert_eq!(fleet.end_of(ExecutorId(7), Duration::ZERO), None);
    assert_eq!(fleet.stop(Duration::from_secs(3)), ["nothing after 3s"]);
}

#[test]
fn a_fleet_that_retires_ends_what_is_starting() {
    let (fleet, noted) = fleet(TIMEOUT);
    fleet.set_total(1);
    assert!(noted.recv().unwrap().starts_with("start executor 0"));
    fleet.retire();
    fleet.retire();
    assert_eq!(noted.recv().unwrap(), "stop 0");
    assert_eq!(fleet.stop(Duration::ZERO), ["nothing after 0ns"]);
    assert!(noted.try_recv().is_err());
}

#[test]
fn a_fleet_has_a_clock() {
    let (fleet, noted) = fleet(Duration::from_millis(20));
    fleet.set_total(1);
    assert!(noted.recv().unwrap().starts_with("start executor 0"));
    assert_eq!(noted.recv().unwrap(), "stop 0");
    // Those in its place: one cannot be started, which is one too many.
    assert!(noted.recv().unwrap().starts_with("start executor 1"));
    loop {
        let note = noted.recv().unwrap();
        if note.starts_with("gave up: 2 executors in a row ended before they registered") {
            return;
        }
    }
}

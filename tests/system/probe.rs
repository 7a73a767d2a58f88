//! What tasks and tests tell each other beside the data: closures capture nothing, so the thing itself
//! travels as a number, and what it stands for is found in a table of the process.

use std::{
    collections::BTreeMap,
    sync::{
        Condvar, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use firesteel::task::TaskContext;
use serde::{Deserialize, Serialize};

use crate::harness::LIMIT;

static TABLE: Mutex<BTreeMap<u64, State>> = Mutex::new(BTreeMap::new());
static CHANGED: Condvar = Condvar::new();

#[derive(Clone, Copy, Default)]
struct State {
    hits: u64,
    open: bool,
}

/// Counts what happens, and is a gate that tasks can wait at. The table is that of the process which made it; another
/// process, which is an executor of it, asks there.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Probe {
    process: u32,
    number: u64,
}

impl Probe {
    /// One that nothing has happened to, and whose gate is shut.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Probe { process: std::process::id(), number: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    fn change<T>(self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(TABLE.lock().unwrap().entry(self.number).or_default());
        CHANGED.notify_all();
        changed
    }

    /// It happened once more: how often by now.
    pub(crate) fn hit(self) -> u64 {
        self.ask(Question::Hit)
    }

    /// One of the times it happened does not count any more.
    pub(crate) fn unhit(self) {
        self.ask(Question::Unhit);
    }

    /// How often it has happened.
    pub(crate) fn hits(self) -> u64 {
        self.ask(Question::Hits)
    }

    /// Waits until it has happened `count` times.
    pub(crate) fn await_hits(self, count: u64) {
        self.ask(Question::AwaitHits(count));
    }

    /// Opens the gate.
    pub(crate) fn open(self) {
        self.ask(Question::Open);
    }

    /// Waits at the gate, deaf to the task's kill flag.
    pub(crate) fn pass(self) {
        self.ask(Question::Pass);
    }

    fn ask(self, question: Question) -> u64 {
        if self.process == std::process::id() { self.answer(question) } else { remote::ask(self, question) }
    }

    fn answer(self, question: Question) -> u64 {
        match question {
            Question::Hit => self.change(|state| {
                state.hits += 1;
                state.hits
            }),
            Question::Unhit => self.change(|state| {
                state.hits -= 1;
                state.hits
            }),
            Question::Hits => self.change(|state| state.hits),
            Question::AwaitHits(count) => self.await_state(|state| state.hits >= count),
            Question::Open => self.change(|state| {
                state.open = true;
                state.hits
            }),
            Question::Pass => self.await_state(|state| state.open),
        }
    }

    fn await_state(self, holds: impl Fn(&State) -> bool) -> u64 {
        let mut table = TABLE.lock().unwrap();
        let begun = Instant::now();
        while !holds(table.entry(self.number).or_default()) {
            let left = LIMIT.saturating_sub(begun.elapsed());
            assert!(!left.is_zero(), "waited too long");
            table = CHANGED.wait_timeout(table, left).unwrap().0;
        }
        table.entry(self.number).or_default().hits
    }
}

/// From now on executors of this process may ask.
pub(crate) fn serve_executors() {
    remote::listen();
}

/// What is asked of a probe.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Question {
    Hit,
    Unhit,
    Hits,
    AwaitHits(u64),
    Open,
    Pass,
}

/// Probes of another process: a connection for each question.
#[cfg(target_os = "linux")]
mod remote {
    use std::{
        io::{Read, Write},
        os::{
            linux::net::SocketAddrExt,
            unix::net::{SocketAddr, UnixListener, UnixStream},
        },
        sync::Once,
        thread,
    };

    use super::{Probe, Question};

    /// A name that is no file.
    fn address(process: u32) -> SocketAddr {
        SocketAddr::from_abstract_name(format!("firesteel-system-test-probes-{process}")).unwrap()
    }

    /// Answers those of other processes from now on.
    pub(super) fn listen() {
        static LISTENING: Once = Once::new();
        LISTENING.call_once(|| {
            let listener = UnixListener::bind_addr(&address(std::process::id())).unwrap();
            thread::spawn(move || {
                for connection in listener.incoming() {
                    thread::spawn(move || answer(connection.unwrap()));
                }
            });
        });
    }

    fn answer(mut connection: UnixStream) -> Option<()> {
        let mut question = Vec::new();
        connection.read_to_end(&mut question).ok()?;
        let (probe, question): (Probe, Question) = serde_json::from_slice(&question).ok()?;
        // Who asked may be gone.
        connection.write_all(&probe.answer(question).to_le_bytes()).ok()
    }

    pub(super) fn ask(probe: Probe, question: Question) -> u64 {
        let mut connection = UnixStream::connect_addr(&address(probe.process)).unwrap();
        connection.write_all(&serde_json::to_vec(&(probe, question)).unwrap()).unwrap();
        connection.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = [0; 8];
        connection.read_exact(&mut answer).unwrap();
        u64::from_le_bytes(answer)
    }
}

#[cfg(not(target_os = "linux"))]
mod remote {
    use super::{Probe, Question};

    pub(super) fn listen() {}

    pub(super) fn ask(probe: Probe, question: Question) -> u64 {
        panic!("{probe:?} of another process: {question:?}");
    }
}

/// Waits, as user code does that looks at its kill flag.
pub(crate) fn until_interrupted(task: &TaskContext) {
    let begun = Instant::now();
    while !task.is_interrupted() {
        assert!(begun.elapsed() < LIMIT, "nobody interrupted it");
        std::thread::sleep(Duration::from_millis(1));
    }
}

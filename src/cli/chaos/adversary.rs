//! The adversary: injects faults as its dice say.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, OpenOptions},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use firesteel_actors::ExecutorId;
use rustix::process::{Pid, Signal, kill_process};

use super::network::Network;
use crate::{
    Context,
    random::Random,
    transport::proxy::{Proxy, Way},
};

/// What it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FaultKind {
    /// SIGKILL to an executor.
    Kill,
    /// SIGSTOP, and SIGCONT some time later.
    Stop,
    /// A file of an executor's is deleted, cut short, or damaged.
    File,
    /// Connections are cut, reset, held up, slowed down, or lose or change bytes.
    Network,
}

const KINDS: [(&str, FaultKind); 4] = [
    ("kill", FaultKind::Kill),
    ("stop", FaultKind::Stop),
    ("file", FaultKind::File),
    ("network", FaultKind::Network),
];

impl FaultKind {
    /// The kinds of these names; all, if none is named.
    pub(super) fn parse(names: &[String]) -> Result<Vec<FaultKind>, String> {
        if names.is_empty() {
            return Ok(KINDS.iter().map(|(_, kind)| *kind).collect());
        }
        let kind = |name: &String| {
            let known = KINDS.iter().find(|(known, _)| known == name);
            known.map(|(_, kind)| *kind).ok_or_else(|| {
                let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
                format!("there is no kind of faults {name}, only {}", names.join(", "))
            })
        };
        names.iter().map(kind).collect()
    }
}

/// What it does it to.
pub(super) struct Victims {
    pub(super) context: Context,
    /// Of the executors.
    pub(super) work_dir: PathBuf,
    pub(super) network: Arc<Network>,
}

/// The adversary's thread.
pub(super) struct Adversary {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    over: AtomicBool,
    done: Mutex<Done>,
}

/// What it has done.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Faults, by what was done.
    pub(super) faults: BTreeMap<&'static str, u32>,
    /// Executors that it has killed or held up.
    pub(super) struck: BTreeSet<ExecutorId>,
}

/// Milliseconds between two faults, at most.
const PAUSE: u64 = 900;

impl Adversary {
    pub(super) fn start(victims: Victims, kinds: Vec<FaultKind>, seed: u64) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { over: AtomicBool::new(false), done: Mutex::default() });
        let run = Run { victims, kinds, random: Random::new(seed), shared: shared.clone() };
        let thread = thread::Builder::new().name("adversary".to_owned()).spawn(move || run.run())?;
        Ok(Adversary { shared, thread: Some(thread) })
    }

    /// Ends the faults, and says what was done.
    pub(super) fn stop(mut self) -> Done {
        self.end();
        std::mem::take(&mut *self.shared.done())
    }

    fn end(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            thread.join().ok();
        }
    }
}

impl Shared {
    fn done(&self) -> MutexGuard<'_, Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Adversary {
    fn drop(&mut self) {
        self.end();
    }
}

struct Run {
    victims: Victims,
    kinds: Vec<FaultKind>,
    random: Random,
    shared: Arc<Shared>,
}

impl Run {
    fn run(mut self) {
        while !self.is_over() {
            let pause = self.below(PAUSE);
            self.wait(Duration::from_millis(pause));
            if self.is_over() {
                break;
            }
            let kind = self.below(self.kinds.len() as u64) as usize;
            let done = match self.kinds.get(kind) {
                Some(FaultKind::Kill) => self.kill(),
                Some(FaultKind::Stop) => self.hold_up(),
                Some(FaultKind::File) => self.damage_file(),
                Some(FaultKind::Network) => self.disturb_network(),
                None => return,
            };
            if let Some(what) = done {
                *self.shared.done().faults.entry(what).or_default() += 1;
            }
        }
        self.victims.network.heal();
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.random.next_u64() % limit.max(1)
    }

    fn is_over(&self) -> bool {
        self.shared.over.load(Ordering::Relaxed)
    }

    /// Waits for so long, or until it is over.
    fn wait(&self, time: Duration) {
        let until = Instant::now() + time;
        while !self.is_over() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::park_timeout(left);
        }
    }

    /// Chooses the executor that is struck next.
    fn executor(&mut self) -> Option<Pid> {
        let executors = self.victims.context.executors();
        let index = self.below(executors.len() as u64) as usize;
        let executor = executors.get(index)?;
        self.shared.done().struck.insert(executor.executor_id);
        Pid::from_raw(i32::try_from(executor.process_id).ok()?)
    }

    fn kill(&mut self) -> Option<&'static str> {
        kill_process(self.executor()?, Signal::KILL).ok().map(|()| "kill")
    }

    /// Mostly for less than the time after which it counts as lost, sometimes for more.
    fn hold_up(&mut self) -> Option<&'static str> {
        let executor = self.executor()?;
        let millis = if self.below(5) == 0 { 7_000 } else { 100 + self.below(1_500) };
        kill_process(executor, Signal::STOP).ok()?;
        self.wait(Duration::from_millis(millis));
        kill_process(executor, Signal::CONT).ok();
        Some(if millis > 5_000 { "stop for long" } else { "stop" })
    }

    fn damage_file(&mut self) -> Option<&'static str> {
        let mut files = Vec::new();
        find_shuffle_files(&self.victims.work_dir, &mut files);
        files.sort();
        let index = self.below(files.len() as u64) as usize;
        let path = files.get(index)?;
        match self.below(3) {
            0 => fs::remove_file(path).ok().map(|()| "file deleted"),
            1 => {
                let file = OpenOptions::new().write(true).open(path).ok()?;
                let length = file.metadata().ok()?.len();
                file.set_len(length / 2).ok().map(|()| "file cut short")
            }
            _ => {
                let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
                let length = file.metadata().ok()?.len();
                let (at, mut byte) = (self.below(length), [0]);
                file.read_exact_at(&mut byte, at).ok()?;
                file.write_all_at(&[byte[0] ^ 0x10], at).ok().map(|()| "file damaged")
            }
        }
    }

    fn disturb_network(&mut self) -> Option<&'static str> {
        let dice = self.random.next_u64();
        let proxy = self.victims.network.pick(dice)?;
        let way = if self.below(2) == 0 { Way::There } else { Way::Back };
        let time = Duration::from_millis(100 + self.below(1_500));
        match self.below(7) {
            0 => {
                proxy.cut();
                Some("connections cut")
            }
            1 => {
                proxy.reset();
                Some("connections reset")
            }
            2 => Some(self.for_a_while(time, "connections delayed", |on| {
                proxy.delay(way, if on { Duration::from_millis(40) } else { Duration::ZERO });
            })),
            3 => Some(self.for_a_while(time, "one way held up", |on| proxy.stop(way, on))),
            4 => Some(self.for_a_while(time, "both ways held up", |on| {
                proxy.stop(Way::There, on);
                proxy.stop(Way::Back, on);
            })),
            5 => Some(self.for_a_while(time, "connections slowed down", |on| {
                proxy.slow(way, on.then_some(50_000));
            })),
            _ => Some(self.change_bytes(&proxy, way)),
        }
    }

    fn for_a_while(&self, time: Duration, what: &'static str, set: impl Fn(bool)) -> &'static str {
        set(true);
        self.wait(time);
        set(false);
        what
    }

    fn change_bytes(&mut self, proxy: &Proxy, way: Way) -> &'static str {
        let after = self.below(10_000);
        if self.below(2) == 0 {
            proxy.flip(way, after);
            "bytes changed"
        } else {
            let bytes = 1 + self.below(100);
            proxy.drop_bytes(way, after, bytes);
            "bytes lost"
        }
    }
}

/// Map outputs within a directory.
fn find_shuffle_files(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            find_shuffle_files(&path, files);
        } else if entry.file_name().to_string_lossy().starts_with("shuffle-") {
            files.push(path);
        }
    }
}

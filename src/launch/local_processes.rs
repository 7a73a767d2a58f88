//! [`LocalProcesses`]: executors as processes of this machine.

use std::{
    collections::BTreeMap,
    io::Write,
    os::unix::net::UnixStream,
    path::PathBuf,
    process::Child,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use firesteel_actors::{ExecutorId, config::ProcessesConfig};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::{
    EndKind, ExecutorEnd, ExecutorEvents, ExecutorLaunch, LaunchError, Launcher, log_tail,
    out_of_memory::OutOfMemory,
    process::{Program, STOP, error},
    work_dirs::{WorkDir, WorkDirs},
};

/// What [`Launcher::stop`] grants.
const GRACE: Duration = Duration::from_secs(5);
/// How long the kernel may take to end a process that is killed.
const KILLED: Duration = Duration::from_secs(5);

/// Starts executors as processes that run this program again, and ends them at the latest when it is dropped.
///
/// A thread per process waits for its end. A process is told to end through its standard input, whose end it also sees
/// when this process dies, in whatever way.
pub struct LocalProcesses {
    shared: Arc<Shared>,
    program: Program,
}

struct Shared {
    dirs: WorkDirs,
    /// How long an executor may take to end by itself when it is told to.
    grace: Duration,
    events: ExecutorEvents,
    memory: OutOfMemory,
    state: Mutex<State>,
    /// A process has ended, and whoever wants to know has been told.
    ended: Condvar,
}

#[derive(Default)]
struct State {
    running: BTreeMap<ExecutorId, Running>,
    threads: Vec<JoinHandle<()>>,
    stopped: bool,
}

/// A process that was started.
struct Running {
    /// Also that of its process group.
    pid: Pid,
    /// Closed when it is told to end.
    lifeline: Option<UnixStream>,
    /// It was killed from here.
    killed: bool,
    /// It has ended: its number may be another's by now.
    reaped: bool,
}

impl Running {
    /// Tells it to end by itself. Whether it was not told before.
    fn tell_to_end(&mut self) -> bool {
        let lifeline = self.lifeline.take();
        // It has ended else.
        lifeline.map(|mut lifeline| lifeline.write_all(&[STOP]).ok()).is_some()
    }

    /// Ends it and all that it has started, at once.
    fn kill(&mut self) {
        if !self.reaped {
            self.killed = true;
            // It has ended by itself at worst.
            kill_process_group(self.pid, Signal::KILL).ok();
        }
    }
}

impl LocalProcesses {
    /// Processes of this application. Their ends are told to `events`. `local_dir` is the setting `spark.local.dir`, if there
    /// is one: what a killed process leaves there is removed.
    ///
    /// # Errors
    /// [`LaunchError`] if the directory of their working directories cannot be made.
    pub fn new(
        application_id: &str,
        config: &ProcessesConfig,
        local_dir: Option<&str>,
        events: ExecutorEvents,
    ) -> Result<Self, LaunchError> {
        Self::of_program(Program::own()?, application_id, config, local_dir, GRACE, events)
    }

    pub(super) fn of_program(
        program: Program,
        application_id: &str,
        config: &ProcessesConfig,
        local_dir: Option<&str>,
        grace: Duration,
        events: ExecutorEvents,
    ) -> Result<Self, LaunchError> {
        let dirs =
            WorkDirs::new(config.work_dir.as_deref(), application_id, config.keep_work_dirs, local_dir)?;
        let (memory, state, ended) = (OutOfMemory::new(), Mutex::default(), Condvar::new());
        Ok(LocalProcesses { shared: Arc::new(Shared { dirs, grace, events, memory, state, ended }), program })
    }

    /// The process of an executor that is there.
    pub fn process_id(&self, executor_id: ExecutorId) -> Option<u32> {
        let state = self.shared.lock();
        let running = state.running.get(&executor_id).filter(|running| !running.reaped)?;
        Some(running.pid.as_raw_nonzero().get().unsigned_abs())
    }

    /// The file with what an executor that was started writes to standard error.
    pub fn log(&self, executor_id: ExecutorId) -> PathBuf {
        self.shared.dirs.log(executor_id)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the executors that `are_there` looks for have ended, or for so long. Whether they have.
    fn wait(&self, limit: Duration, are_there: impl Fn(&State) -> bool) -> bool {
        let state = self.lock();
        let waited = self.ended.wait_timeout_while(state, limit, |state| are_there(state));
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !are_there(&state)
    }

    /// Waits for the end of a process, cleans up behind it, and tells.
    fn watch(&self, executor_id: ExecutorId, mut child: Child, dir: &WorkDir, kills_before: Option<u64>) {
        let pid = Pid::from_child(&child);
        // While nobody has taken its status its number is its own.
        while let Err(rustix::io::Errno::INTR) =
            waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
        {}
        // What it has started and left behind.
        kill_process_group(pid, Signal::KILL).ok();
        let mut state = self.lock();
        let status = child.wait();
        let (mut told, mut killed) = (false, false);
        if let Some(running) = state.running.get_mut(&executor_id) {
            told = running.lifeline.take().is_none();
            (killed, running.reaped) = (running.killed, true);
        }
        drop(state);
        let kind = match status {
            Ok(status) => EndKind::from(status),
            // The host waits for all children, or ignores their ends.
            Err(problem) => EndKind::Unknown(problem.to_string()),
        };
        self.events.ended(executor_id, self.end(kind, told, killed, dir, kills_before));
        self.lock().running.remove(&executor_id);
        self.ended.notify_all();
    }

    /// Whatever becomes of one that was told to end, its directory is of no use to anybody: what it wants may be gone already.
    fn end(
        &self,
        kind: EndKind,
        told: bool,
        killed: bool,
        dir: &WorkDir,
        kills_before: Option<u64>,
    ) -> ExecutorEnd {
        let mut end = ExecutorEnd::new(kind);
        if end.is_failure() {
            end.last_lines = log_tail::last_lines(&dir.log());
            match end.kind {
                EndKind::Signalled { signal, .. } if killed && signal == Signal::KILL.as_raw() => {
                    end.kind = EndKind::Killed;
                }
                _ => self.memory.judge(&mut end, kills_before),
            }
        }
        let has_log = self.dirs.leave(dir, end.is_failure() && !told);
        end.log = has_log.then(|| dir.log());
        end
    }
}

impl Launcher for LocalProcesses {
    fn start(&self, executor: &ExecutorLaunch) -> Result<(), LaunchError> {
        let executor_id = executor.executor_id;
        let mut state = self.shared.lock();
        if state.stopped {
            return Err(LaunchError::Stopped);
        }
        if state.running.contains_key(&executor_id) {
            return Err(LaunchError::Duplicate(executor_id));
        }
        let dirs = &self.shared.dirs;
        let dir = dirs.make(executor_id)?;
        let shared = self.shared.clone();
        let kills_before = shared.memory.count();
        // First the thread: without it nobody would take the status of the process.
        let (give, take) = mpsc::channel();
        let watch = move || {
            if let Ok((child, dir)) = take.recv() {
                shared.watch(executor_id, child, &dir, kills_before);
            }
        };
        let thread = thread::Builder::new().name(format!("firesteel-watch-{executor_id}")).spawn(watch);
        let started = match thread {
            Ok(thread) => {
                state.threads.retain(|thread| !thread.is_finished());
                state.threads.push(thread);
                self.program.start(executor, dirs.orphan(), &dir)
            }
            Err(source) => Err(error("start the thread that watches an executor", source)),
        };
        let (child, lifeline) = started.inspect_err(|_| {
            dirs.leave(&dir, false);
        })?;
        let pid = Pid::from_child(&child);
        let running = Running { pid, lifeline: Some(lifeline), killed: false, reaped: false };
        state.running.insert(executor_id, running);
        give.send((child, dir)).ok();
        Ok(())
    }

    fn stop(&self, executor_id: ExecutorId) {
        let mut state = self.shared.lock();
        let Some(running) = state.running.get_mut(&executor_id) else { return };
        if !running.tell_to_end() {
            return;
        }
        let shared = self.shared.clone();
        let end = move || {
            if !shared.wait(shared.grace, |state| state.running.contains_key(&executor_id))
                && let Some(running) = shared.lock().running.get_mut(&executor_id)
            {
                running.kill();
            }
        };
        match thread::Builder::new().name(format!("firesteel-stop-{executor_id}")).spawn(end) {
            Ok(thread) => state.threads.push(thread),
            Err(_) => running.kill(),
        }
    }

    fn stop_all(&self, grace: Duration) -> Vec<String> {
        let deadline = Instant::now() + grace;
        let any = |state: &State| !state.running.is_empty();
        {
            let mut state = self.shared.lock();
            state.stopped = true;
            for running in state.running.values_mut() {
                running.tell_to_end();
            }
        }
        if !self.shared.wait(deadline.saturating_duration_since(Instant::now()), any) {
            self.shared.lock().running.values_mut().for_each(Running::kill);
            self.shared.wait(KILLED, any);
        }
        let (left, threads) = {
            let mut state = self.shared.lock();
            let left: Vec<_> = state.running.iter().map(|(id, running)| name(*id, running)).collect();
            (left, std::mem::take(&mut state.threads))
        };
        let own = thread::current().id();
        for thread in threads {
            // Those of processes that are left may never end, and nobody waits for itself.
            if left.is_empty() && thread.thread().id() != own {
                thread.join().ok();
            }
        }
        self.shared.dirs.close();
        left
    }
}

fn name(executor_id: ExecutorId, running: &Running) -> String {
    format!("executor {executor_id} (process {})", running.pid.as_raw_nonzero())
}

impl Drop for LocalProcesses {
    fn drop(&mut self) {
        let is_stopped = self.shared.lock().stopped;
        if !is_stopped {
            self.stop_all(self.shared.grace);
        }
    }
}

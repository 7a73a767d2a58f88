//! Whether memory had run out when a process ended.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::{EndKind, ExecutorEnd};

/// Counts the processes that the kernel has killed for lack of memory.
#[derive(Debug)]
pub(super) struct OutOfMemory {
    counter: Counter,
    /// How many there were when a process was last looked at that was killed.
    seen: Mutex<Option<u64>>,
}

/// Where the kernel counts.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Counter {
    /// In the cgroup of this process, which is that of those it starts.
    Cgroup(PathBuf),
    /// On the whole machine.
    Machine(PathBuf),
}

impl Counter {
    fn read(&self) -> Option<u64> {
        let (Counter::Cgroup(path) | Counter::Machine(path)) = self;
        std::fs::read_to_string(path).ok().and_then(|text| kills(&text))
    }
}

/// What both files say in a line.
fn kills(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("oom_kill "))?.trim().parse().ok()
}

/// The directory of a process's cgroup, of which `/proc/PID/cgroup` has this text, where there is one hierarchy.
fn cgroup(text: &str) -> Option<&Path> {
    text.lines().find_map(|line| line.strip_prefix("0::/")).map(Path::new)
}

/// What Rust's standard library says before it aborts.
const ALLOCATION_FAILED: &str = "memory allocation of ";

impl OutOfMemory {
    pub(super) fn new() -> Self {
        let own = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let own = cgroup(&own).map(|own| Path::new("/sys/fs/cgroup").join(own).join("memory.events"));
        let cgroup = own.map(Counter::Cgroup).filter(|counter| counter.read().is_some());
        Self::of(cgroup.unwrap_or_else(|| Counter::Machine("/proc/vmstat".into())))
    }

    fn of(counter: Counter) -> Self {
        OutOfMemory { counter, seen: Mutex::default() }
    }

    /// How many there are.
    pub(super) fn count(&self) -> Option<u64> {
        self.counter.read()
    }

    /// Whether there were more since a process was started, and since another was looked at.
    fn is_more(&self, at_start: Option<u64>) -> bool {
        let Some(now) = self.count() else { return false };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = at_start.max(seen.replace(now));
        at_start.is_some() && Some(now) > before
    }

    /// Completes an end with what is known of memory: the kernel kills with SIGKILL, and has counted it; Rust aborts with a
    /// message. `at_start` is the count of when the process was started.
    pub(super) fn judge(&self, end: &mut ExecutorEnd, at_start: Option<u64>) {
        let EndKind::Signalled { signal, .. } = end.kind else { return };
        let failed = || end.last_lines.iter().any(|line| line.starts_with(ALLOCATION_FAILED));
        if signal == libc::SIGABRT && failed() {
            end.kind = EndKind::OutOfMemory { signal };
        } else if signal == libc::SIGKILL && self.is_more(at_start) {
            match self.counter {
                Counter::Cgroup(_) => end.kind = EndKind::OutOfMemory { signal },
                // It may have been any process.
                Counter::Machine(_) => end.perhaps_out_of_memory = true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signalled(signal: i32, last_lines: &[&str]) -> ExecutorEnd {
        let mut end = ExecutorEnd::new(EndKind::Signalled { signal, core_dumped: false });
        end.last_lines = last_lines.iter().map(|line| (*line).to_owned()).collect();
        end
    }

    /// The end of a process that was started when the count was 3.
    fn judged(memory: &OutOfMemory, mut end: ExecutorEnd) -> String {
        memory.judge(&mut end, Some(3));
        end.to_string()
    }

    #[test]
    fn the_kernel_counts_its_kills() {
        assert_eq!(kills("nr_free_pages 1\noom_kill 17\nballoon_inflate 0\n"), Some(17));
        assert_eq!(kills("low 0\noom 3\noom_kill 2\noom_group_kill 1\n"), Some(2));
        assert_eq!(kills("nr_free_pages 1\n"), None);
        assert_eq!(cgroup("4:memory:/x\n0::/user.slice/app\n"), Some(Path::new("user.slice/app")));
        assert_eq!(cgroup("4:memory:/x\n"), None);
    }

    #[test]
    fn a_kill_is_for_lack_of_memory_if_one_was_counted_since_the_last_look() {
        const KILLED: &str = "killed by signal 9 (SIGKILL)";
        let file = tempfile::NamedTempFile::new().unwrap();
        let count = |count: u32| std::fs::write(file.path(), format!("oom_kill {count}\n")).unwrap();
        let kill = || signalled(libc::SIGKILL, &[]);
        count(3);
        let cgroup = OutOfMemory::of(Counter::Cgroup(file.path().to_owned()));
        let machine = OutOfMemory::of(Counter::Machine(file.path().to_owned()));
        assert_eq!(judged(&cgroup, kill()), KILLED);
        count(4);
        assert_eq!(judged(&cgroup, signalled(libc::SIGTERM, &[])), "killed by signal 15 (SIGTERM)");
        assert_eq!(judged(&cgroup, kill()), format!("ran out of memory: {KILLED}"));
        assert_eq!(judged(&machine, kill()), format!("{KILLED}, perhaps out of memory"));
        for memory in [&cgroup, &machine] {
            assert_eq!(judged(memory, kill()), KILLED);
        }
        // Before the process was started.
        count(5);
        let mut end = kill();
        machine.judge(&mut end, machine.count());
        assert_eq!(end.to_string(), KILLED);
        drop(file);
        assert_eq!(judged(&cgroup, kill()), KILLED);
    }

    #[test]
    fn an_abort_is_for_lack_of_memory_if_the_log_says_so() {
        let memory = OutOfMemory::of(Counter::Machine("/no/such/file".into()));
        let abort = |line| judged(&memory, signalled(libc::SIGABRT, &[line]));
        assert_eq!(abort("thread panicked"), "killed by signal 6 (SIGABRT)");
        let lines = "memory allocation of 1099511627776 bytes failed";
        assert_eq!(abort(lines), "ran out of memory: killed by signal 6 (SIGABRT)");
    }
}

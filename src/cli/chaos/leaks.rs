//! What a context must not leave behind: processes, files, threads.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use rustix::process::{Pid, test_kill_process};

/// How long the operating system may take for what has been ended.
const PATIENCE: Duration = Duration::from_secs(10);

/// Threads of this process.
pub(super) fn threads() -> usize {
    fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// Looks until nothing is left, for a while; what is left then.
pub(super) fn find(processes: &BTreeSet<u32>, work_dir: &Path, threads_before: usize) -> Vec<String> {
    let until = Instant::now() + PATIENCE;
    loop {
        let left = look(processes, work_dir, threads_before);
        if left.is_empty() || Instant::now() >= until {
            return left;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn look(processes: &BTreeSet<u32>, work_dir: &Path, threads_before: usize) -> Vec<String> {
    let lives = |id: &&u32| {
        let pid = i32::try_from(**id).ok().and_then(Pid::from_raw);
        pid.is_some_and(|pid| test_kill_process(pid).is_ok())
    };
    let mut left: Vec<String> = processes.iter().filter(lives).map(|id| format!("process {id}")).collect();
    let files = fs::read_dir(work_dir).into_iter().flatten().flatten();
    left.extend(files.map(|entry| format!("{}", entry.path().display())));
    let threads = threads();
    if threads > threads_before {
        left.push(format!("{} threads", threads - threads_before));
    }
    left
}

//! What a context must not leave behind: processes, files, threads.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use firesteel_actors::ExecutorId;
use rustix::process::{Pid, test_kill_process};

/// How long the operating system may take for what has been ended.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was there before a context.
pub(super) struct Before {
    threads: usize,
    children: BTreeSet<u32>,
}

/// Where a context may have left something.
pub(super) struct Places<'a> {
    pub(super) before: &'a Before,
    /// Processes that were executors.
    pub(super) processes: &'a BTreeSet<u32>,
    /// That of the executors' directories.
    pub(super) work_dir: &'a Path,
    /// Executors that have failed, whose directories are kept; `None`: none is kept.
    pub(super) failed: Option<&'a BTreeSet<ExecutorId>>,
}

impl Before {
    pub(super) fn look() -> Self {
        Before { threads: threads(), children: children() }
    }
}

/// Threads of this process.
fn threads() -> usize {
    fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// Processes whose parent is this one, those included that have ended and whose status nobody has taken.
fn children() -> BTreeSet<u32> {
    let own = std::process::id();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| parent(*id) == Some(own)).collect()
}

fn parent(process_id: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process_id}/stat")).ok()?;
    // The name of the program is in parentheses, and may have some itself.
    let (_, behind_name) = stat.rsplit_once(')')?;
    behind_name.split_whitespace().nth(1)?.parse().ok()
}

/// The directories of executors, and those above them in which nothing is.
fn directories(work_dir: &Path, failed: Option<&BTreeSet<ExecutorId>>) -> Vec<PathBuf> {
    let entries = |dir: &Path| -> Vec<PathBuf> {
        fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    };
    let Some(failed) = failed else { return entries(work_dir) };
    let has_failed = |path: &PathBuf| {
        let id = path.file_name().and_then(|name| name.to_str()?.parse().ok());
        id.is_some_and(|id| failed.contains(&ExecutorId(id)))
    };
    let left = |application: PathBuf| {
        let mut left = entries(&application);
        if left.is_empty() {
            return vec![application];
        }
        left.retain(|path| !has_failed(path));
        left
    };
    entries(work_dir).into_iter().flat_map(left).collect()
}

/// Looks until nothing is left, for a while; what is left then.
pub(super) fn find(places: &Places<'_>) -> Vec<String> {
    let until = Instant::now() + PATIENCE;
    loop {
        let left = look(places);
        if left.is_empty() || Instant::now() >= until {
            return left;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn look(places: &Places<'_>) -> Vec<String> {
    let Places { before, processes, work_dir, failed } = *places;
    let lives = |id: &&u32| {
        let pid = i32::try_from(**id).ok().and_then(Pid::from_raw);
        pid.is_some_and(|pid| test_kill_process(pid).is_ok())
    };
    let mut ids: BTreeSet<u32> = processes.iter().filter(lives).copied().collect();
    ids.extend(children().difference(&before.children));
    let mut left: Vec<String> = ids.iter().map(|id| format!("process {id}")).collect();
    left.extend(directories(work_dir, failed).iter().map(|path| path.display().to_string()));
    let threads = threads();
    if threads > before.threads {
        left.push(format!("{} threads", threads - before.threads));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_was_started_later_is_found_until_its_status_is_taken() {
        let before = children();
        let mut child = std::process::Command::new("/bin/sh").args(["-c", "exit 0"]).spawn().unwrap();
        let id = child.id();
        assert!(!before.contains(&id) && children().contains(&id));
        child.wait().unwrap();
        assert!(!children().contains(&id));
    }

    #[test]
    fn only_directories_of_executors_that_failed_may_be_left() {
        let root = tempfile::tempdir().unwrap();
        let application = root.path().join("app");
        fs::create_dir(&application).unwrap();
        let failed = BTreeSet::from([ExecutorId(3)]);
        assert_eq!(directories(root.path(), Some(&failed)), std::slice::from_ref(&application));
        fs::create_dir(application.join("3")).unwrap();
        assert!(directories(root.path(), Some(&failed)).is_empty());
        assert_eq!(directories(root.path(), None), std::slice::from_ref(&application));
        fs::create_dir(application.join("4")).unwrap();
        assert_eq!(directories(root.path(), Some(&failed)), [application.join("4")]);
    }
}

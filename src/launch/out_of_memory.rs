//! Whether memory had run out when a process ended.

use super::EndKind;

/// How often the kernel has killed a process for lack of memory, in a cgroup or on the whole machine; `None` if that
/// is not known.
pub(super) fn kills() -> Option<u64> {
    std::fs::read_to_string("/proc/vmstat").ok().and_then(|text| of_vmstat(&text))
}

fn of_vmstat(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("oom_kill "))?.trim().parse().ok()
}

/// What Rust's standard library says before it aborts.
const ALLOCATION_FAILED: &str = "memory allocation of ";

/// The end with what is known of memory: the kernel kills with SIGKILL, and has counted it; Rust aborts with a message.
pub(super) fn look(kind: EndKind, kills_before: Option<u64>, last_lines: &[String]) -> EndKind {
    let failed = || last_lines.iter().any(|line| line.starts_with(ALLOCATION_FAILED));
    match kind {
        EndKind::Signalled { signal, .. }
            if signal == libc::SIGKILL && kills_before.is_some_and(|before| kills() > Some(before)) =>
        {
            EndKind::OutOfMemory { signal }
        }
        EndKind::Signalled { signal, .. } if signal == libc::SIGABRT && failed() => {
            EndKind::OutOfMemory { signal }
        }
        kind => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_counts_its_kills() {
        assert_eq!(of_vmstat("nr_free_pages 1\noom_kill 17\nballoon_inflate 0\n"), Some(17));
        assert_eq!(of_vmstat("nr_free_pages 1\n"), None);
    }

    #[test]
    fn a_kill_is_for_lack_of_memory_if_one_was_counted_and_an_abort_if_the_log_says_so() {
        let killed = EndKind::Signalled { signal: libc::SIGKILL, core_dumped: false };
        assert_eq!(look(killed.clone(), None, &[]), killed);
        assert_eq!(look(killed.clone(), Some(u64::MAX), &[]), killed);
        let aborted = EndKind::Signalled { signal: libc::SIGABRT, core_dumped: true };
        assert_eq!(look(aborted.clone(), None, &["thread panicked".to_owned()]), aborted);
        let lines = ["memory allocation of 1099511627776 bytes failed".to_owned()];
        assert_eq!(look(aborted, None, &lines), EndKind::OutOfMemory { signal: libc::SIGABRT });
        assert_eq!(look(EndKind::Exited(1), None, &lines), EndKind::Exited(1));
    }
}

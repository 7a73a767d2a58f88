//! How much memory the machine lets us have.

use std::{fs, path::PathBuf};

/// If nothing can be found out.
const UNKNOWN: u64 = 2 << 30;

/// Bytes of the machine's memory, or of the cgroup's that this process is in, if that is less.
pub(super) fn machine_memory() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| mem_total(&text));
    let limits =
        limit_files().into_iter().filter_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok());
    limits.chain(machine).min().unwrap_or(UNKNOWN)
}

fn mem_total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1 << 10)
}

/// Where limits of this process's cgroup, and of those above it, may be: version 2, then 1. Files that say `max` have no
/// number.
fn limit_files() -> Vec<PathBuf> {
    let mut files = vec![PathBuf::from("/sys/fs/cgroup/memory/memory.limit_in_bytes")];
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = own.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let mut group = PathBuf::from("/sys/fs/cgroup");
    files.push(group.join("memory.max"));
    for part in own.split('/').filter(|part| !part.is_empty()) {
        group.push(part);
        files.push(group.join("memory.max"));
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_counts_in_kibibytes() {
        assert_eq!(mem_total("MemTotal:       24611088 kB\nMemFree: 1 kB\n"), Some(24_611_088 << 10));
        assert_eq!(mem_total("MemFree: 1 kB\n"), None);
    }

    #[test]
    fn every_machine_has_some() {
        assert!(machine_memory() > 64 << 20);
    }
}

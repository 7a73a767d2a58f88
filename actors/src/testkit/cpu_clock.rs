//! The time that a test takes of the processor.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Measures CPU time of the thread that made it: a bound on it holds also while the machine is busy with other things.
pub(crate) struct CpuClock(Duration);

impl CpuClock {
    pub(crate) fn start() -> Self {
        CpuClock(now())
    }

    /// Fails a test that has taken more: far more than it needs, far less than what it is to rule out.
    #[track_caller]
    pub(crate) fn assert_at_most(&self, seconds: u64) {
        let taken = now().saturating_sub(self.0);
        assert!(taken < Duration::from_secs(seconds), "it took {taken:?} of CPU time");
    }
}

fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

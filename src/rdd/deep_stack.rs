//! Room for chains that are nested deep: erased types are encoded by recursion.

/// Levels that any thread's stack takes.
const SHALLOW: usize = 32;
/// Room for [`PlanError::MAX_BOXED_LEVELS`](super::PlanError::MAX_BOXED_LEVELS), also in a debug build.
const STACK: usize = 16 << 20;

/// Runs `work` where a chain of so many boxed levels has room: here, or on a thread with a large stack. If there is no
/// such thread, here all the same.
pub(crate) fn with_room<R: Send>(levels: usize, work: impl Fn() -> R + Sync) -> R {
    if levels <= SHALLOW {
        return work();
    }
    std::thread::scope(|scope| {
        match std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, &work) {
            // A panic of the user's `Serialize` goes on here.
            Ok(thread) => thread.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload)),
            Err(_) => work(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_work_runs_on_a_thread_of_its_own() {
        let here = std::thread::current().id();
        let thread = || std::thread::current().id();
        assert_eq!(with_room(SHALLOW, thread), here);
        assert_ne!(with_room(SHALLOW + 1, thread), here);
    }

    #[test]
    #[should_panic(expected = "deliberate")]
    fn a_panic_of_deep_work_goes_on_here() {
        with_room(SHALLOW + 1, || panic!("deliberate"));
    }
}

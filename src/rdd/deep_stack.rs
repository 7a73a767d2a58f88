//! Room for chains that are nested deep: erased types are encoded by recursion.

/// Levels that any thread's stack takes.
const SHALLOW: usize = 32;
/// Room for [`PlanError::MAX_BOXED_LEVELS`](super::PlanError::MAX_BOXED_LEVELS), also in a debug build.
const STACK: usize = 16 << 20;

/// Runs `work` where a chain of so many boxed levels has room: here, or on a thread with a large stack. If there is no
/// such thread, here all the same.
pub(crate) fn with_room<R: Send>(levels: usize, work: impl FnOnce() -> R + Send) -> R {
    if levels <= SHALLOW {
        return work();
    }
    let mut work = Some(work);
    let mut result = None;
    std::thread::scope(|scope| {
        let run = || result = work.take().map(|work| work());
        // A panic of the user's `Serialize` goes on here.
        if let Ok(thread) = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run)
            && let Err(payload) = thread.join()
        {
            std::panic::resume_unwind(payload);
        }
    });
    match (result, work) {
        (Some(result), _) => result,
        (None, Some(work)) => work(),
        (None, None) => unreachable!("the work was done, or is still here"),
    }
}

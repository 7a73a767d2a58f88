//! Actions: what runs a job. Each comes twice: blocking, and as a future that can be awaited, dropped (which
//! cancels the job) or detached.

mod aggregate;
mod by_key;
mod collect;
mod extremes;
mod for_each;
mod histogram;
mod job;
mod run_job;
mod save_as_text_file;
mod stats;
mod take;
mod take_sample;
mod top;
mod tree;

pub(crate) use collect::Count;
pub use job::ResultFunction;

/// Makes an action's two public methods from its private one, which takes the call site first.
macro_rules! action {
    (
        $(#[$meta:meta])*
        $name:ident, $name_async:ident = $job:ident
        $([$($generics:tt)*])? ($($argument:ident: $type:ty),*) -> $out:ty $(where $($bounds:tt)*)?
    ) => {
        $(#[$meta])*
        #[track_caller]
        pub fn $name $(<$($generics)*>)? (&self $(, $argument: $type)*) -> $crate::Result<$out> $(where $($bounds)*)? {
            let call_site = $crate::context::CallSite::here(stringify!($name));
            self.context.block_on(|| self.$job(call_site $(, $argument)*))
        }

        #[doc = concat!("As [`", stringify!($name), "`](Self::", stringify!($name), "), as a future. The job is submitted at once.")]
        #[track_caller]
        pub fn $name_async $(<$($generics)*>)? (&self $(, $argument: $type)*) -> $crate::JobFuture<$out> $(where $($bounds)*)? {
            let call_site = $crate::context::CallSite::here(stringify!($name_async));
            self.$job(call_site $(, $argument)*)
        }
    };
}
pub(crate) use action;

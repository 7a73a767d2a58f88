//! Waiting for a child process together with its resource usage, which the standard library does not offer.
#![allow(unsafe_code)]

use std::{
    io,
    mem::MaybeUninit,
    os::unix::process::ExitStatusExt,
    process::{Child, ExitStatus},
};

/// Waits until `child` has ended; gives its exit status and the most memory that it had resident, in bytes.
///
/// # Errors
/// The system's error, for instance if something else has already waited for the child.
pub(crate) fn wait_with_peak_rss(child: Child) -> io::Result<(ExitStatus, u64)> {
    let pid = libc::pid_t::try_from(child.id()).map_err(io::Error::other)?;
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::uninit();
    let usage = loop {
        // SAFETY: both pointers are valid for writes of their types during the call. `child` is owned and was
        // never waited for, so `pid` is still this child's and waiting takes it from nobody.
        if unsafe { libc::wait4(pid, &mut status, 0, usage.as_mut_ptr()) } == pid {
            // SAFETY: wait4 fills in all of the usage when it returns a child's pid.
            break unsafe { usage.assume_init() };
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    };
    // POSIX leaves the unit open: it is bytes on Apple's systems, KiB elsewhere.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    let peak = u64::try_from(usage.ru_maxrss).map_err(io::Error::other)? * unit;
    Ok((ExitStatus::from_raw(status), peak))
}

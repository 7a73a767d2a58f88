//! Where this executable's read-only data lies in memory.
//!
//! The loader is asked once, and its answer is kept: the program stays where it was loaded. An address that
//! comes from outside is held against that answer before anything there is read. Nothing is known here of
//! what lies there, and nothing is read from files.
#![allow(unsafe_code)]

use std::ops::Range;
use std::sync::OnceLock;

use thiserror::Error;

/// Why code cannot travel in the way this executable is built or loaded.
///
/// ```
/// let error = firesteel::code::ImageError::PanicAbort;
/// assert!(error.to_string().contains("Cargo.toml"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The build ends the process at a panic, so a task that panics would end its executor.
    #[error(
        "this executable is built with panic = \"abort\", so a panic of one task would end the whole \
         process: remove that line from the profile in Cargo.toml (the default is \"unwind\")"
    )]
    PanicAbort,
    /// This crate is part of a shared library, not of the main program.
    #[error(
        "firesteel is linked into a shared library (a dylib, cdylib, or `-C prefer-dynamic`): link it \
         statically into the program that starts driver and executors"
    )]
    Dylib,
    /// The linker or the loader leaves constants writable that hold addresses.
    #[error(
        "this executable's constants are not protected after loading: remove `-C relro-level=off` and \
         `-z norelro` from its linker options"
    )]
    Writable,
    /// It is not known how to ask this system's loader.
    #[error("code cannot travel between processes on {os}: run on Linux, Android or FreeBSD")]
    Unsupported {
        /// The operating system, as `std::env::consts::OS` names it.
        os: &'static str,
    },
}

/// The fixed point of the image: offsets of code count from its address.
///
/// It holds an address itself, so that it lies where the linker puts all constants that do.
#[repr(C, align(16))]
pub(super) struct Anchor {
    _address: fn() -> u64,
    // Not the bytes of any other constant, so that no linker merges the two.
    _mark: [u8; 24],
}

pub(super) static ANCHOR: Anchor =
    Anchor { _address: || u64::from_le_bytes(*b"firesteA"), _mark: *b"firesteel: image anchor." };

/// The address of [`ANCHOR`].
pub(super) fn anchor_address() -> usize {
    (&raw const ANCHOR).addr()
}

/// What the loader says of this executable.
#[derive(Debug)]
pub(super) struct Image {
    /// Address ranges that are mapped, readable, relocated, and never written again.
    read_only: Vec<Range<usize>>,
}

impl Image {
    /// The image of this process.
    pub(super) fn get() -> Result<&'static Image, ImageError> {
        // A fact of the process that never changes, hence not the global state that embedding programs have
        // to fear.
        static IMAGE: OnceLock<Result<Image, ImageError>> = OnceLock::new();
        IMAGE.get_or_init(Image::find).as_ref().map_err(Clone::clone)
    }

    /// Whether `length` bytes from `start` lie in one range of read-only data.
    pub(super) fn holds(&self, start: usize, length: usize) -> bool {
        start
            .checked_add(length)
            .is_some_and(|end| self.read_only.iter().any(|range| range.start <= start && end <= range.end))
    }

    /// The ranges of read-only data.
    #[cfg(test)]
    pub(super) fn read_only(&self) -> &[Range<usize>] {
        &self.read_only
    }

    fn find() -> Result<Image, ImageError> {
        let image = Image { read_only: loader::read_only_data(anchor_address())? };
        // Constants that hold addresses lie where the anchor lies: if it is not found, no code ever would be.
        if image.holds(anchor_address(), size_of::<Anchor>()) { Ok(image) } else { Err(ImageError::Writable) }
    }
}

/// Whether code can travel, and tasks can fail, in this executable. To be asked when a context starts.
///
/// # Errors
///
/// [`ImageError`], whose text says what to change in the build.
///
/// ```
/// firesteel::code::check_environment()?;
/// # Ok::<(), firesteel::code::ImageError>(())
/// ```
pub fn check_environment() -> Result<(), ImageError> {
    if cfg!(panic = "abort") {
        return Err(ImageError::PanicAbort);
    }
    Image::get().map(|_| ())
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
mod loader {
    use std::ffi::{c_int, c_void};
    use std::ops::Range;

    use super::ImageError;

    // From the ELF specification; `libc` does not have them for all of these systems.
    const PT_LOAD: u32 = 1;
    const PT_GNU_RELRO: u32 = 0x6474_e552;
    const PF_X: u32 = 1;
    const PF_W: u32 = 2;
    const PF_R: u32 = 4;

    struct Search {
        address: usize,
        visited: usize,
        found: Result<Vec<Range<usize>>, ImageError>,
    }

    /// The read-only data of the main program, if `address` lies in it.
    pub(super) fn read_only_data(address: usize) -> Result<Vec<Range<usize>>, ImageError> {
        let mut search = Search { address, visited: 0, found: Err(ImageError::Dylib) };
        // SAFETY: `visit` has the signature that is asked for and does not unwind; `search` outlives the
        // call, which uses the pointer on this thread only, and nothing else uses `search` meanwhile.
        unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut search).cast()) };
        search.found
    }

    /// Sees one loaded object; returns 0 to see the next one.
    unsafe extern "C" fn visit(info: *mut libc::dl_phdr_info, _size: usize, search: *mut c_void) -> c_int {
        // SAFETY: the loader passes a valid description for the time of this call, and the pointer that it
        // was given, which is `read_only_data`'s, exclusively ours during the call.
        let (info, search) = unsafe { (&*info, &mut *search.cast::<Search>()) };
        let index = search.visited;
        search.visited += 1;
        if info.dlpi_phdr.is_null() {
            return 0;
        }
        // SAFETY: not null, and the loader says that this many headers lie there, which stay while the object
        // does.
        let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
        let range = |start: usize, length: usize| {
            let start = (info.dlpi_addr as usize).wrapping_add(start);
            start..start.saturating_add(length)
        };
        let mut is_ours = false;
        let mut read_only = Vec::new();
        for header in headers {
            let range = range(header.p_vaddr as usize, header.p_memsz as usize);
            is_ours |= header.p_type == PT_LOAD && range.contains(&search.address);
            let is_constant = header.p_type == PT_LOAD && header.p_flags & (PF_R | PF_W | PF_X) == PF_R;
            if is_constant || header.p_type == PT_GNU_RELRO {
                read_only.push(range);
            }
        }
        if !is_ours {
            return 0;
        }
        if is_main_program(index, info.dlpi_phdr.addr()) {
            search.found = Ok(read_only);
        }
        1
    }

    /// These loaders list the main program first.
    #[cfg(not(target_os = "android"))]
    fn is_main_program(index: usize, _headers: usize) -> bool {
        index == 0
    }

    /// Android's loader lists itself first, but the kernel tells where the main program's headers are.
    #[cfg(target_os = "android")]
    fn is_main_program(_index: usize, headers: usize) -> bool {
        // SAFETY: the function only reads the process's auxiliary vector, and takes any key.
        headers == unsafe { libc::getauxval(libc::AT_PHDR) } as usize
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
mod loader {
    use std::ops::Range;

    use super::ImageError;

    pub(super) fn read_only_data(_address: usize) -> Result<Vec<Range<usize>>, ImageError> {
        Err(ImageError::Unsupported { os: std::env::consts::OS })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    #[test]
    fn this_environment_is_fit() {
        assert_eq!(check_environment(), Ok(()));
    }

    #[test]
    fn constants_are_inside_and_all_else_is_outside() {
        static COUNTER: AtomicU64 = AtomicU64::new(7);
        static FUNCTIONS: [fn(); 2] = [this_environment_is_fit, an_address_of_another_object_is_a_dylib];
        let image = Image::get().unwrap();
        let (on_stack, on_heap) = (1u64, Box::new(1u64));
        let code = this_environment_is_fit as fn();
        assert!(image.holds((&raw const FUNCTIONS).addr(), size_of_val(&FUNCTIONS)));
        assert!(!image.holds((&raw const on_stack).addr(), 1), "stack");
        assert!(!image.holds((&raw const *on_heap).addr(), 1), "heap");
        assert!(!image.holds((&raw const COUNTER).addr(), 1), "writable static");
        assert!(!image.holds(code as usize, 1), "code");
        assert!(!image.holds(libc::getpid as *const () as usize, 1), "another library");
        assert!(!image.holds(0, 1) && !image.holds(usize::MAX, 1), "nowhere");
    }

    #[test]
    fn a_range_is_held_whole_or_not_at_all() {
        let image = Image { read_only: vec![64..128, 128..160] };
        assert!(image.holds(64, 64) && image.holds(128, 32) && image.holds(160, 0));
        assert!(!image.holds(63, 2) && !image.holds(100, 40) && !image.holds(150, 11));
        assert!(!image.holds(100, usize::MAX));
    }

    #[test]
    fn an_address_of_another_object_is_a_dylib() {
        // A text and not a function, whose address might be that of this executable's own jump to it.
        // SAFETY: the function only returns a constant text of the C library.
        let foreign = unsafe { libc::gai_strerror(libc::EAI_FAIL) }.addr();
        let expected = if cfg!(target_feature = "crt-static") { None } else { Some(ImageError::Dylib) };
        assert_eq!(loader::read_only_data(foreign).err(), expected);
    }
}

//! [`Fun`]: a function that captures nothing, held as data.
//!
//! Operators hold their closures as `Fun`s, so that they serialize: the closure as nothing, the rest as
//! itself. What comes back is made from the type alone, inside of the scope that
//! [`CodeRef::decode`](super::CodeRef::decode) enters. This file does not decide which type that is: the
//! stage's [`CodeRef`](super::CodeRef) does.
#![allow(unsafe_code)]

use std::any::type_name;
use std::fmt;
use std::ptr::NonNull;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::CodeError;
use super::decoding::Decoding;

/// A function that captures nothing: a closure without captures, or a function named by its path.
///
/// It takes no space, is `Copy`, and serializes as a unit. It deserializes only as part of a stage; elsewhere
/// that is an error ([`CodeError::NotDecodingAStage`]). A struct that derives `Serialize` and `Deserialize`
/// and holds a `Fun<F>` must tell serde that `F` itself need not be serializable: `#[serde(bound(...))]`.
///
/// ```
/// use firesteel::code::{Fun, to_bytes};
///
/// let double = Fun::new(|x: u64| x * 2);
/// let length = Fun::new(str::len);
/// assert_eq!((double.get()(21), length.get()("four")), (42, 4));
/// assert_eq!(to_bytes(&double)?, to_bytes(&())?);
/// # Ok::<(), firesteel::code::EncodeError>(())
/// ```
///
/// # What does not compile
///
/// Captures are found when the program is **built** (`cargo build`, `cargo test`): `cargo check` does not
/// evaluate the assertion. Data goes beside the function instead, as the `_with` variants of the operators
/// take it.
///
/// A local that is captured by move:
///
/// ```compile_fail,E0080
/// let factor = 3u64;
/// firesteel::code::Fun::new(move |x: u64| x * factor);
/// ```
/// ```
/// const FACTOR: u64 = 3;
/// firesteel::code::Fun::new(move |x: u64| x * FACTOR);
/// ```
///
/// A local that is captured by reference:
///
/// ```compile_fail
/// let factor = 3u64;
/// firesteel::code::Fun::new(|x: u64| x * factor);
/// ```
/// ```
/// static FACTOR: u64 = 3;
/// firesteel::code::Fun::new(|x: u64| x * FACTOR);
/// ```
///
/// A function behind a pointer:
///
/// ```compile_fail,E0080
/// firesteel::code::Fun::new(u64::is_power_of_two as fn(u64) -> bool);
/// ```
/// ```
/// firesteel::code::Fun::new(u64::is_power_of_two);
/// ```
///
/// A captured value that is not `Copy`, even one without size:
///
/// ```compile_fail,E0277
/// struct Once;
/// let once = Once;
/// firesteel::code::Fun::new(move || { let _once = &once; });
/// ```
/// ```
/// #[derive(Clone, Copy)]
/// struct Often;
/// let often = Often;
/// firesteel::code::Fun::new(move || { let _often = &often; });
/// ```
///
/// A function that can never exist, because it captures a value of a type that has none:
///
/// ```compile_fail,E0080
/// #[derive(Clone, Copy)]
/// enum Never {}
/// fn of(never: Never) {
///     firesteel::code::Fun::new(move || { let _captured = &never; });
/// }
/// of as fn(Never);
/// ```
/// ```
/// #[derive(Clone, Copy)]
/// enum Always { It }
/// fn of(always: Always) {
///     firesteel::code::Fun::new(move || { let _captured = &always; });
/// }
/// of as fn(Always);
/// ```
///
/// # Contract
///
/// A captured value without size that is `Copy + Send + Sync + 'static` passes all of this, and the executor
/// makes it again from nothing, as if it were copied there. Do not let a function capture a token whose mere
/// existence proves something of *one* process (such as "the library has been initialized here"). For the
/// same reason a `Deserialize` that is written by hand reads a `Fun` only where its `Serialize` wrote one, as
/// the derived ones do.
#[derive(Clone, Copy)]
pub struct Fun<F>(F);

impl<F: Copy + Send + Sync + 'static> Fun<F> {
    /// Evaluated wherever an `F` is taken in or made, so that no `Fun` of another kind of `F` exists.
    const CHECKED: () = {
        assert!(
            size_of::<F>() == 0,
            "this closure captures variables; a task's code cannot carry them: pass the data beside it \
             with the `_with` variant, e.g. rdd.map_with(data, |data, x| ..)"
        );
        // Two values cannot be told apart in no space: if `None` is the only one, then there is no `F`.
        assert!(
            size_of::<Option<F>>() != 0,
            "this closure captures a value of a type that has no values: it can never be called; remove it"
        );
    };

    /// Takes a function that captures nothing. One that does is an error of the build, not of the run.
    ///
    /// ```
    /// let is_even = firesteel::code::Fun::new(|x: u64| x % 2 == 0);
    /// assert!(is_even.get()(4));
    /// ```
    #[inline(always)]
    pub fn new(function: F) -> Self {
        let () = Self::CHECKED;
        Fun(function)
    }

    /// The function itself.
    ///
    /// ```
    /// let shout = firesteel::code::Fun::new(str::to_uppercase);
    /// assert_eq!(shout.get()("hey"), "HEY");
    /// ```
    #[inline(always)]
    pub fn get(&self) -> F {
        self.0
    }

    /// Makes the function from its type; `None` where no stage is being decoded.
    fn from_type() -> Option<Self> {
        let () = Self::CHECKED;
        if !Decoding::is_active() {
            return None;
        }
        // SAFETY: the pointer is not null and aligned, and `F` has size 0, so the read touches no memory. The
        // value is valid: `F` has no bits that could be wrong, and its layout is not that of a type without
        // values (both are `CHECKED`). It may exist: this thread decodes a stage, whose bytes were written by
        // a process of this same executable from a value that holds a `Fun<F>`; only `new` makes the first of
        // these, from an `F` that existed there. `F: Copy` allows one more of it, `Send + Sync` on any
        // thread, and `'static` at any time. What types cannot say here, which is what an `F` proves beyond
        // that, and what a `Deserialize` written by hand reads, is the contract in the documentation of
        // `Fun`.
        Some(Fun(unsafe { NonNull::<F>::dangling().read() }))
    }
}

impl<F> fmt::Debug for Fun<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fun({})", type_name::<F>())
    }
}

impl<F> Serialize for Fun<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de, F: Copy + Send + Sync + 'static> Deserialize<'de> for Fun<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let function = Self::from_type().ok_or_else(|| D::Error::custom(CodeError::NotDecodingAStage))?;
        <()>::deserialize(deserializer)?;
        Ok(function)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{from_bytes, to_bytes};
    use super::*;

    /// Names the type of a function that the test does not hold a second time.
    fn read_back<F: Copy + Send + Sync + 'static>(_: &Fun<F>, bytes: &[u8]) -> Result<Fun<F>, String> {
        from_bytes(bytes).map_err(|error| std::error::Error::source(&error).unwrap().to_string())
    }

    fn triple(x: u64) -> u64 {
        x * 3
    }

    #[test]
    fn closures_and_function_items_come_back_inside_of_a_stage() {
        let (closure, item) = (Fun::new(|x: u64| x + 1), Fun::new(triple));
        let (closure_bytes, item_bytes) = (to_bytes(&closure).unwrap(), to_bytes(&item).unwrap());
        let _stage = Decoding::enter();
        assert_eq!(read_back(&closure, &closure_bytes).unwrap().get()(1), 2);
        assert_eq!(read_back(&item, &item_bytes).unwrap().get()(2), 6);
    }

    #[test]
    fn outside_of_a_stage_a_function_does_not_come_back() {
        let function = Fun::new(triple);
        let bytes = to_bytes(&function).unwrap();
        let error = read_back(&function, &bytes).unwrap_err();
        assert!(error.contains(&CodeError::NotDecodingAStage.to_string()), "{error}");
        drop(Decoding::enter());
        assert!(read_back(&function, &bytes).is_err());
    }

    #[test]
    fn another_threads_stage_does_not_help() {
        let function = Fun::new(triple);
        let bytes = to_bytes(&function).unwrap();
        let _stage = Decoding::enter();
        let elsewhere = std::thread::spawn(move || read_back(&function, &bytes).is_err());
        assert!(elsewhere.join().unwrap());
    }

    #[test]
    fn bytes_that_are_no_unit_are_refused() {
        let function = Fun::new(triple);
        let _stage = Decoding::enter();
        assert!(read_back(&function, &to_bytes(&1u8).unwrap()).is_err());
    }

    #[test]
    fn a_function_without_size_may_want_alignment() {
        let marker: [u64; 0] = [];
        let function = Fun::new(move |x: u64| x + marker.len() as u64);
        let bytes = to_bytes(&function).unwrap();
        let _stage = Decoding::enter();
        assert_eq!(read_back(&function, &bytes).unwrap().get()(7), 7);
    }

    #[test]
    fn it_takes_no_space_and_prints_its_type() {
        let function = Fun::new(triple);
        assert_eq!(size_of_val(&function), 0);
        assert!(format!("{function:?}").ends_with("fun::tests::triple)"), "{function:?}");
    }
}

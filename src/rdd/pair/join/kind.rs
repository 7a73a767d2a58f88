//! Which pairs a join gives.

use std::{fmt, marker::PhantomData};

/// Which pairs a join gives. Each row of the left side looks for rows of the right side that have its key.
pub trait JoinKind<V, W>: Send + Sync + 'static {
    /// What a pair has beside its key.
    type Out: 'static;

    /// Rows that met; `None`: they give nothing.
    fn both(left: V, right: W) -> Option<Self::Out>;

    /// Whether rows of the left side that met none are given.
    const KEEPS_LEFT: bool = false;

    /// Such a row.
    fn left_only(left: V) -> Option<Self::Out> {
        let _ = left;
        None
    }

    /// Whether rows of the right side that met none are given.
    const KEEPS_RIGHT: bool = false;

    /// Such a row.
    fn right_only(right: W) -> Option<Self::Out> {
        let _ = right;
        None
    }

    /// Whether only the keys of the right side count: each is there once, and meets one row of the left side.
    const IS_SET: bool = false;

    /// Whether rows that met give something.
    const GIVES_BOTH: bool = true;

    /// Whether the sides may change their parts, so that the left one is kept in tables.
    const MAY_FLIP: bool = true;
}

/// Keys that both sides have.
#[derive(Debug)]
pub struct Inner;

impl<V: 'static, W: 'static> JoinKind<V, W> for Inner {
    type Out = (V, W);

    #[inline(always)]
    fn both(left: V, right: W) -> Option<(V, W)> {
        Some((left, right))
    }
}

/// Keys that the left side has.
#[derive(Debug)]
pub struct LeftOuter;

impl<V: 'static, W: 'static> JoinKind<V, W> for LeftOuter {
    type Out = (V, Option<W>);

    #[inline(always)]
    fn both(left: V, right: W) -> Option<Self::Out> {
        Some((left, Some(right)))
    }

    const KEEPS_LEFT: bool = true;

    #[inline(always)]
    fn left_only(left: V) -> Option<Self::Out> {
        Some((left, None))
    }
}

/// Keys that the right side has.
#[derive(Debug)]
pub struct RightOuter;

impl<V: 'static, W: 'static> JoinKind<V, W> for RightOuter {
    type Out = (Option<V>, W);

    #[inline(always)]
    fn both(left: V, right: W) -> Option<Self::Out> {
        Some((Some(left), right))
    }

    const KEEPS_RIGHT: bool = true;

    #[inline(always)]
    fn right_only(right: W) -> Option<Self::Out> {
        Some((None, right))
    }
}

/// Keys that one of the sides has.
#[derive(Debug)]
pub struct FullOuter;

impl<V: 'static, W: 'static> JoinKind<V, W> for FullOuter {
    type Out = (Option<V>, Option<W>);

    #[inline(always)]
    fn both(left: V, right: W) -> Option<Self::Out> {
        Some((Some(left), Some(right)))
    }

    const KEEPS_LEFT: bool = true;

    #[inline(always)]
    fn left_only(left: V) -> Option<Self::Out> {
        Some((Some(left), None))
    }

    const KEEPS_RIGHT: bool = true;

    #[inline(always)]
    fn right_only(right: W) -> Option<Self::Out> {
        Some((None, Some(right)))
    }
}

/// Rows of the left side whose keys the right does not have: `subtract`.
#[derive(Debug)]
pub struct NotInOther;

impl<V: 'static> JoinKind<V, ()> for NotInOther {
    type Out = V;

    #[inline(always)]
    fn both(_: V, (): ()) -> Option<V> {
        None
    }

    const KEEPS_LEFT: bool = true;

    #[inline(always)]
    fn left_only(left: V) -> Option<V> {
        Some(left)
    }

    const IS_SET: bool = true;
    const GIVES_BOTH: bool = false;
    // With the left side in tables, each row of the right would look at all rows of its key, for nothing.
    const MAY_FLIP: bool = false;
}

/// Rows of the left side whose keys the right has too, one of each key: `intersection`.
#[derive(Debug)]
pub struct InBoth;

impl<V: 'static> JoinKind<V, ()> for InBoth {
    type Out = V;

    #[inline(always)]
    fn both(left: V, (): ()) -> Option<V> {
        Some(left)
    }

    const IS_SET: bool = true;
    // With the left side in tables, all rows of a key would meet.
    const MAY_FLIP: bool = false;
}

/// A kind as it is when the sides change their parts.
pub(super) struct Flipped<J>(PhantomData<fn() -> J>);

impl<J> fmt::Debug for Flipped<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Flipped")
    }
}

impl<V, W, J: JoinKind<V, W>> JoinKind<W, V> for Flipped<J> {
    type Out = J::Out;

    #[inline(always)]
    fn both(left: W, right: V) -> Option<J::Out> {
        J::both(right, left)
    }

    const KEEPS_LEFT: bool = J::KEEPS_RIGHT;

    #[inline(always)]
    fn left_only(left: W) -> Option<J::Out> {
        J::right_only(left)
    }

    const KEEPS_RIGHT: bool = J::KEEPS_LEFT;

    #[inline(always)]
    fn right_only(right: V) -> Option<J::Out> {
        J::left_only(right)
    }

    const GIVES_BOTH: bool = J::GIVES_BOTH;
}

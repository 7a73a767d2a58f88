//! Chance that depends on nothing but a seed and what it is asked about.
//!
//! Because a roll does not depend on earlier rolls, a plan that lost a fault in shrinking keeps the luck of everything
//! else.

use std::time::Duration;

/// Chance by question: the same question gets the same answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice {
    seed: u64,
}

/// A range of durations, both ends included.
pub(crate) type Span = (Duration, Duration);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice { seed: mix(0x243F_6A88_85A3_08D3, seed) }
    }

    /// Any number.
    pub(crate) fn roll(self, about: &[u64]) -> u64 {
        about.iter().fold(self.seed, |state, number| mix(state, *number))
    }

    /// A number below `bound`.
    pub(crate) fn below(self, bound: u64, about: &[u64]) -> u64 {
        self.roll(about) % bound.max(1)
    }

    /// A duration of a span; short ones are more frequent, as they are in clusters.
    pub(crate) fn duration(self, (from, to): Span, about: &[u64]) -> Duration {
        let width = u64::try_from(to.saturating_sub(from).as_nanos()).unwrap_or(u64::MAX);
        let (first, second) = (self.below(1 << 20, about), self.below(1 << 20, &[self.roll(about)]));
        let part = (u128::from(width) * u128::from(first) * u128::from(second)) >> 40;
        from + Duration::from_nanos(u64::try_from(part).unwrap_or(u64::MAX))
    }
}

/// The numbers of one seed, one after the other: for making plans.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    dice: Dice,
    drawn: u64,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random { dice: Dice::new(seed), drawn: 0 }
    }

    /// A number of a range, both ends included.
    pub(crate) fn between(&mut self, from: u32, to: u32) -> u32 {
        self.drawn += 1;
        from + self.dice.below(u64::from(to.saturating_sub(from)) + 1, &[self.drawn]) as u32
    }

    /// Whether something happens that happens in so many of a thousand cases.
    pub(crate) fn chance(&mut self, per_mille: u32) -> bool {
        self.between(0, 999) < per_mille
    }

    pub(crate) fn duration(&mut self, span: Span) -> Duration {
        self.drawn += 1;
        self.dice.duration(span, &[self.drawn])
    }

    /// One of these; `None` of none.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let last = of.len().checked_sub(1)?;
        of.get(self.between(0, last as u32) as usize)
    }
}

/// A step of splitmix64, whose state is what was mixed in before.
pub(crate) fn mix(state: u64, number: u64) -> u64 {
    let mut mixed = (state ^ number).wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

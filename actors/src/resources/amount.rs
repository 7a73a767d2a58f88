//! How much of a resource's address.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount of a resource, in units of 10^-16 of one address, as Spark counts them: three thirds of an address
/// are at most one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceAmount(pub u64);

impl ResourceAmount {
    /// One whole address.
    pub const ONE: ResourceAmount = ResourceAmount(10_000_000_000_000_000);
    /// Nothing.
    pub const ZERO: ResourceAmount = ResourceAmount(0);

    /// From a number of addresses; negative numbers and those that are none are zero.
    pub fn from_f64(amount: f64) -> Self {
        // A float that is too large saturates.
        ResourceAmount((amount.max(0.0) * Self::ONE.0 as f64) as u64)
    }

    /// As a number of addresses.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / Self::ONE.0 as f64
    }

    /// The sum, at most the largest amount there is.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        ResourceAmount(self.0.saturating_add(other.0))
    }

    /// The difference, at least nothing.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        ResourceAmount(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for ResourceAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_f64(), f)
    }
}

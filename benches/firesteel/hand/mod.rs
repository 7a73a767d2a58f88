//! The hand-written sides of the workloads: plain Rust with rayon and hashbrown, nothing of the engine. Each makes its data,
//! does the work and sums it up, in the pool that it is called in.

pub(crate) mod inside;
pub(crate) mod join;
pub(crate) mod lloyd;
pub(crate) mod ranks;
pub(crate) mod reduce;
mod scatter;
pub(crate) mod sort;

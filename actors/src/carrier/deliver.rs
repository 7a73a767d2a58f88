//! What task threads and timers need of the carrier that they belong to.

use super::{Application, Port};
use crate::{
    Time,
    message::{Addressed, Head},
};

/// A carrier that delivers messages from any thread.
pub(super) trait Deliver: Port {
    /// The program around it.
    fn application(&self) -> &dyn Application;

    /// Delivers a message to its receiver.
    fn deliver(&self, head: Head, addressed: Addressed, now: Time);
}

//! A task's parts of accumulators.

use std::any::Any;

use firesteel_actors::{lineage::Blob, message::AccumUpdate};

use super::Accumulate;
use crate::{code::to_bytes, task::TaskError};

/// What one task has added, by accumulator. They are few, so they are looked for one after the other.
#[derive(Default)]
pub(crate) struct Parts {
    parts: Vec<(u64, Box<dyn Part>)>,
}

/// A part without its type.
trait Part: Any {
    fn is_zero(&self) -> bool;
    fn encode(&self) -> Result<Vec<u8>, TaskError>;
}

impl<A: Accumulate> Part for A {
    fn is_zero(&self) -> bool {
        Accumulate::is_zero(self)
    }

    fn encode(&self) -> Result<Vec<u8>, TaskError> {
        to_bytes(self).map_err(|error| {
            let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
            TaskError::ResultNotSerializable(format!("an accumulator: {error}{}", source.unwrap_or_default()))
        })
    }
}

impl Parts {
    /// The part of this accumulator; a new one is at zero.
    #[inline]
    pub(crate) fn part<A: Accumulate>(&mut self, id: u64) -> Option<&mut A> {
        let index = self.parts.iter().position(|(known, _)| *known == id).unwrap_or_else(|| {
            self.parts.push((id, Box::new(A::default())));
            self.parts.len() - 1
        });
        let (_, part) = self.parts.get_mut(index)?;
        let part: &mut dyn Any = &mut **part;
        part.downcast_mut()
    }

    /// What the task sends back.
    pub(crate) fn updates(self) -> Result<Vec<AccumUpdate>, TaskError> {
        let added = self.parts.into_iter().filter(|(_, part)| !part.is_zero());
        let update = |(id, part): (u64, Box<dyn Part>)| {
            Ok(AccumUpdate { id, value: Blob::from(part.encode()?), counts_failed: false })
        };
        added.map(update).collect()
    }
}

//! The connection between the driver and one executor process: slow, in order per direction, and gone at once.

use crate::{ActorId, ExecutorId, Time};

use super::{
    dice::Dice,
    world::{Event, Path, World},
};
use crate::message::{Head, Message};

/// A connection's two directions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Link {
    /// When the last message to the driver arrives.
    pub(super) up: Time,
    /// When the last message to the executor arrives.
    pub(super) down: Time,
    sent: u64,
}

impl Link {
    fn due(&mut self, now: Time, dice: Dice, span: super::dice::Span, about: [u64; 2], is_up: bool) -> Time {
        self.sent += 1;
        let delay = dice.duration(span, &[0x11, about[0], about[1], self.sent]);
        let last = if is_up { &mut self.up } else { &mut self.down };
        *last = (*last).max(now + delay);
        *last
    }
}

/// The executor on whose side an actor is.
pub(super) fn executor_of(actor: ActorId) -> Option<ExecutorId> {
    match actor {
        ActorId::ExecutorBackend(id) | ActorId::TaskRunner(id) => Some(id),
        _ => None,
    }
}

impl World {
    /// Puts a message on its way; the number that it got, or `None` if there is no connection.
    pub(super) fn route(&mut self, from: ActorId, to: ActorId, due: Time, message: Message) -> Option<u64> {
        let head = self.envelope(from, to);
        let sides = (executor_of(from), executor_of(to));
        let (due, path) = match sides {
            (None, None) => (due, Path::Driver),
            (Some(id), Some(_)) => {
                let executor = self.executors.get(&id).filter(|executor| executor.alive)?;
                (due, Path::Within(id, executor.incarnation))
            }
            (Some(id), None) | (None, Some(id)) => {
                let executor = self.executors.get_mut(&id).filter(|executor| executor.alive)?;
                let about = [u64::from(id.0), u64::from(executor.incarnation)];
                let is_up = sides.1.is_none();
                let due = executor.link.due(due, self.dice, self.plan.link, about, is_up);
                let incarnation = executor.incarnation;
                (due, if is_up { Path::Up(id, incarnation) } else { Path::Within(id, incarnation) })
            }
        };
        Some(self.queue.push(due, Event::Message { from, to, path, message, head }))
    }

    /// The envelope of a message that is sent now, if the run is exported. A message that finds no connection counts.
    fn envelope(&mut self, from: ActorId, to: ActorId) -> Option<Box<Head>> {
        let export = self.export.as_mut()?;
        let executor = executor_of(from).and_then(|id| self.executors.get(&id));
        let incarnation = executor.map_or(0, |executor| executor.incarnation);
        Some(Box::new(export.head(from, incarnation, to, self.now)))
    }

    /// Whether a message on its way still arrives.
    pub(super) fn arrives(&self, path: Path) -> bool {
        match path {
            Path::Driver => true,
            Path::Within(id, incarnation) => {
                self.executors.get(&id).is_some_and(|executor| executor.is_alive(incarnation))
            }
            // A process that is gone may have flushed what it sent before.
            Path::Up(id, incarnation) => self.executors.get(&id).is_some_and(|executor| {
                executor.incarnation == incarnation && (executor.alive || executor.flushes)
            }),
        }
    }
}

//! [`Cleaner`]: drops what the driver has freed.

use std::sync::mpsc::{Sender, channel};

use firesteel_actors::{SystemError, carrier::BoundedThread};

use crate::{blocks::Freed, storage::drop_quietly};

/// A thread that drops what is freed, in order, so that whoever reads what the driver sends does not wait for `Drop`s of the
/// user's, nor end by their panics. It ends when it is dropped and nothing is left; nobody waits for it.
pub(super) struct Cleaner {
    freed: Sender<Freed>,
}

impl Cleaner {
    pub(super) fn start() -> Result<Self, SystemError> {
        let (sender, freed) = channel();
        BoundedThread::start("firesteel-cleaner", move || {
            freed.iter().for_each(|freed| drop_quietly("what the driver has freed", freed));
        })?;
        Ok(Cleaner { freed: sender })
    }

    pub(super) fn drop_later(&self, freed: Freed) {
        // The thread is there as long as this is.
        self.freed.send(freed).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Tells(u32, Sender<u32>);

    impl Drop for Tells {
        fn drop(&mut self) {
            self.1.send(self.0).unwrap();
            assert_ne!(self.0, 1);
        }
    }

    #[test]
    fn what_is_freed_is_dropped_in_order_and_a_panic_hits_nobody_else() {
        let cleaner = Cleaner::start().unwrap();
        let (sender, dropped) = channel();
        (0..4).for_each(|number| cleaner.drop_later(Box::new(Tells(number, sender.clone()))));
        drop((cleaner, sender));
        assert_eq!(dropped.iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
    }
}

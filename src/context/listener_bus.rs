//! The listener bus: listener events, in order, on a thread of their own, so that no listener can slow the
//! actors down.

use std::sync::{Arc, mpsc};

use firesteel_actors::{SystemError, carrier::BoundedThread, message::SparkListenerEvent};

/// Hears of jobs, stages, tasks and executors, in Spark's guaranteed order.
///
/// ```
/// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
/// use firesteel::{Context, SparkListener, actors::message::SparkListenerEvent};
///
/// #[derive(Default)]
/// struct CountTasks(AtomicU64);
///
/// impl SparkListener for CountTasks {
///     fn on_event(&self, event: &SparkListenerEvent) {
///         if matches!(event, SparkListenerEvent::TaskEnd(_)) {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// let listener = Arc::new(CountTasks::default());
/// let context = Context::builder().master("local[2]").listener(listener.clone()).start()?;
/// context.range(0..10, 1, 5).count()?;
/// context.stop(); // events have all been heard when this returns
/// assert_eq!(listener.0.load(Ordering::Relaxed), 5);
/// # Ok::<(), firesteel::Error>(())
/// ```
pub trait SparkListener: Send + Sync + 'static {
    /// An event. A listener that panics hears no more.
    fn on_event(&self, event: &SparkListenerEvent);
}

/// Passes events to the listeners' thread.
#[derive(Debug)]
pub(super) struct ListenerBus {
    events: mpsc::Sender<SparkListenerEvent>,
}

impl ListenerBus {
    /// Starts the thread. It ends when the bus is dropped and all events have been heard.
    pub(super) fn start(
        mut listeners: Vec<Arc<dyn SparkListener>>,
    ) -> Result<(ListenerBus, BoundedThread), SystemError> {
        let (events, heard) = mpsc::channel::<SparkListenerEvent>();
        let run = move || {
            for event in heard {
                listeners.retain(|listener| {
                    let call = std::panic::AssertUnwindSafe(|| listener.on_event(&event));
                    let heard = std::panic::catch_unwind(call).is_ok();
                    if !heard {
                        tracing::error!("a listener panicked; it hears no more events");
                    }
                    heard
                });
            }
        };
        Ok((ListenerBus { events }, BoundedThread::start("firesteel-listeners", run)?))
    }

    pub(super) fn post(&self, event: &SparkListenerEvent) {
        self.events.send(event.clone()).ok();
    }
}

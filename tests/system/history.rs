//! All listener events of a context, and what must hold of any of them.

use std::{collections::BTreeMap, sync::Mutex};

use firesteel::{
    SparkListener,
    actors::{
        TaskId,
        message::{Describe, SparkListenerEvent},
    },
};

/// A listener that keeps what it hears.
#[derive(Default)]
pub(crate) struct History(Mutex<Vec<SparkListenerEvent>>);

impl History {
    /// What was heard so far; everything, if the context has stopped.
    pub(crate) fn events(&self) -> Vec<SparkListenerEvent> {
        self.0.lock().unwrap().clone()
    }
}

impl SparkListener for History {
    fn on_event(&self, event: &SparkListenerEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

/// What begins has ended, once and in this order: jobs, stage attempts and, if `tasks` (a context that is
/// stopped does not wait for the ends of the tasks that it kills), task attempts.
pub(crate) fn check(events: &[SparkListenerEvent], tasks: bool) {
    let (mut jobs, mut stages, mut attempts) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for event in events {
        match event {
            SparkListenerEvent::JobStart(start) => begin(&mut jobs, start.job_id, event),
            SparkListenerEvent::JobEnd(end) => finish(&mut jobs, end.job_id, event),
            SparkListenerEvent::StageSubmitted(submitted) => {
                begin(&mut stages, (submitted.stage.stage_id, submitted.stage.attempt), event);
            }
            SparkListenerEvent::StageCompleted(completed) => {
                finish(&mut stages, (completed.stage.stage_id, completed.stage.attempt), event);
            }
            SparkListenerEvent::TaskStart(start) => begin(&mut attempts, start.task_info.task_id, event),
            SparkListenerEvent::TaskEnd(end) => finish(&mut attempts, end.task_info.task_id, event),
            _ => {}
        }
    }
    let open = |ended: &BTreeMap<TaskId, bool>| ended.values().filter(|ended| !**ended).count();
    assert!(jobs.values().all(|ended| *ended), "a job has no end");
    assert!(stages.values().all(|ended| *ended), "a stage has no end");
    assert!(!tasks || open(&attempts) == 0, "{} tasks have no end", open(&attempts));
}

fn begin<K: Ord>(open: &mut BTreeMap<K, bool>, key: K, event: &SparkListenerEvent) {
    assert!(open.insert(key, false).is_none(), "begun twice: {} {}", event.kind(), event.ids());
}

fn finish<K: Ord>(open: &mut BTreeMap<K, bool>, key: K, event: &SparkListenerEvent) {
    let ended = open.insert(key, true);
    assert_eq!(ended, Some(false), "not begun, or ended twice: {} {}", event.kind(), event.ids());
}

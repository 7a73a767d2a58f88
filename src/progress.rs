//! The progress bar of Spark's console: `[Stage 3:=====>      (5 + 2) / 10]`, a line per running stage.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use firesteel_actors::{
    StageId,
    message::{SparkListenerEvent, TaskEndReason},
};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::SparkListener;

/// A stage that is over before this long shows no bar, as in Spark.
const FIRST_DELAY: Duration = Duration::from_millis(500);
/// Bars at a time, as in Spark.
const MOST_BARS: usize = 3;

/// Shows the progress of running stages on a terminal (standard error); silent if that is none.
pub struct ConsoleProgressBar {
    bars: MultiProgress,
    stages: Mutex<BTreeMap<StageId, Stage>>,
}

struct Stage {
    total: u32,
    done: u32,
    active: u32,
    since: Instant,
    bar: Option<ProgressBar>,
}

impl ConsoleProgressBar {
    /// A bar on standard error.
    pub fn new() -> Self {
        ConsoleProgressBar {
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(5)),
            stages: Mutex::default(),
        }
    }

    fn update(&self, stages: &mut BTreeMap<StageId, Stage>, id: StageId, change: impl FnOnce(&mut Stage)) {
        let shown = stages.values().filter(|stage| stage.bar.is_some()).count();
        let Some(stage) = stages.get_mut(&id) else { return };
        change(stage);
        if stage.bar.is_none() && shown < MOST_BARS && stage.since.elapsed() >= FIRST_DELAY {
            let bar = self.bars.add(ProgressBar::new(u64::from(stage.total)));
            if let Ok(style) = ProgressStyle::with_template("[{prefix}:{wide_bar}{msg}]") {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_prefix(format!("Stage {id}"));
            stage.bar = Some(bar);
        }
        if let Some(bar) = &stage.bar {
            bar.set_position(u64::from(stage.done));
            bar.set_message(format!("({} + {}) / {}", stage.done, stage.active, stage.total));
        }
    }
}

impl Default for ConsoleProgressBar {
    fn default() -> Self {
        ConsoleProgressBar::new()
    }
}

impl SparkListener for ConsoleProgressBar {
    fn on_event(&self, event: &SparkListenerEvent) {
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            SparkListenerEvent::StageSubmitted(submitted) => {
                let stage = Stage {
                    total: submitted.stage.num_tasks,
                    done: 0,
                    active: 0,
                    since: Instant::now(),
                    bar: None,
                };
                stages.insert(submitted.stage.stage_id, stage);
            }
            SparkListenerEvent::TaskStart(start) => {
                self.update(&mut stages, start.stage_id, |stage| stage.active += 1);
            }
            SparkListenerEvent::TaskEnd(end) => self.update(&mut stages, end.stage_id, |stage| {
                stage.active = stage.active.saturating_sub(1);
                stage.done += u32::from(end.reason == TaskEndReason::Success);
            }),
            SparkListenerEvent::StageCompleted(completed) => {
                if let Some(bar) = stages.remove(&completed.stage.stage_id).and_then(|stage| stage.bar) {
                    bar.finish_and_clear();
                }
            }
            _ => {}
        }
    }
}

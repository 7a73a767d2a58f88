//! Shuffles in an executor whose memory is far too small.

mod answers;
mod backlog;
mod disk;
mod heap;
mod joins;
mod lost;
mod sizes;
mod sorter;

use std::{
    path::PathBuf,
    sync::{Arc, Condvar, Mutex},
};

use firesteel_actors::{
    JobId,
    message::{SparkListenerEvent, TaskMetrics},
};

use crate::{Context, SparkListener, task::ExecutorEnv};

/// A context of two slots with little memory, and what its tasks counted.
struct Tiny {
    context: Context,
    env: Arc<ExecutorEnv>,
    counted: Arc<Counted>,
}

#[derive(Default)]
struct Counted {
    heard: Mutex<Heard>,
    has_heard: Condvar,
}

#[derive(Default)]
struct Heard {
    metrics: TaskMetrics,
    ended: Vec<JobId>,
}

impl SparkListener for Counted {
    fn on_event(&self, event: &SparkListenerEvent) {
        let mut heard = self.heard.lock().unwrap();
        match event {
            SparkListenerEvent::TaskEnd(end) => heard.metrics.add(&end.metrics),
            SparkListenerEvent::JobEnd(end) => heard.ended.push(end.job_id),
            _ => return,
        }
        self.has_heard.notify_all();
    }
}

/// The shared region is 0.6 of it.
const MEMORY: &str = "512k";

impl Tiny {
    fn start(settings: &[(&str, &str)]) -> Self {
        let counted = Arc::new(Counted::default());
        let builder = Context::builder().master("local[2]").listener(counted.clone());
        let builder = builder.config("spark.driver.memory", MEMORY);
        let builder = settings.iter().fold(builder, |builder, (key, value)| builder.config(key, value));
        let context = builder.start().unwrap();
        let env = context.shuffle_cleaner().env();
        Tiny { context, env, counted }
    }

    /// How many pairs of numbers are eight times the region.
    fn pairs(&self) -> u64 {
        self.env.memory.region() * 8 / 16
    }

    fn files(&self) -> Vec<PathBuf> {
        self.env.local_dirs.files()
    }

    /// When nothing runs and all RDDs are gone, so are memory and files; there was never more memory than the region.
    #[track_caller]
    fn assert_clean(&self) {
        assert_eq!(self.env.memory.used(), 0);
        assert!(self.env.memory.peak() <= self.env.memory.region(), "{:?}", self.env.memory);
        assert_eq!(self.files(), [] as [PathBuf; 0]);
    }

    /// What all tasks have counted that ran until now. Listeners hear of it later than callers of their results: so one more
    /// job is run, and waited for.
    fn counted(&self) -> TaskMetrics {
        let last = self.context.range(0..1, 1, 1).count_async();
        let jobs = last.handle();
        self.context.block_on(|| last).unwrap();
        let is_heard = |heard: &Heard| jobs.job_ids().iter().all(|job| heard.ended.contains(job));
        let heard = self.counted.heard.lock().unwrap();
        let heard = self.counted.has_heard.wait_while(heard, |heard| !is_heard(heard)).unwrap();
        heard.metrics.clone()
    }

    /// Ends it; what the tasks counted.
    #[track_caller]
    fn end(self) -> TaskMetrics {
        self.assert_clean();
        self.context.stop();
        self.counted.heard.lock().unwrap().metrics.clone()
    }

    /// Ends it; files were needed.
    #[track_caller]
    fn end_spilled(self) {
        let metrics = self.end();
        assert!(metrics.memory_bytes_spilled > 0 && metrics.disk_bytes_spilled > 0, "{metrics:?}");
        assert!(metrics.peak_execution_memory > 0);
    }
}

/// splitmix64 of a number.
fn mix(number: u64) -> u64 {
    let z = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z ^ (z >> 31)
}

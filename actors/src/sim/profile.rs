//! What a simulated cluster and its luck are like: plain figures with a name.

use std::time::Duration;

use super::dice::Span;
use crate::{
    Config,
    config::{PoolAllocation, SchedulingMode},
};

/// How often of a thousand cases something happens, or how often per executor or job.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Luck {
    /// Executors that die, of a thousand.
    pub(crate) executor_dies: u32,
    /// Executors that are told to leave, of a thousand.
    pub(crate) decommission: u32,
    /// Executors that the driver is asked to kill, of a thousand.
    pub(crate) executor_killed: u32,
    /// Executors that go silent, of a thousand.
    pub(crate) goes_silent: u32,
    /// Hosts that leave with all their executors, of a thousand.
    pub(crate) worker_removed: u32,
    /// Runs of tasks that fail, of a thousand.
    pub(crate) task_fails: u32,
    /// Runs of reading tasks that cannot fetch although the output is there, of a thousand.
    pub(crate) fetch_fails: u32,
    /// Runs of tasks that take many times longer, of a thousand.
    pub(crate) task_slow: u32,
    /// Runs of result tasks whose result is lost before the driver fetched it, of a thousand.
    pub(crate) result_lost: u32,
    /// Jobs that are cancelled (themselves, their group, a stage, a tag, or all jobs), of a thousand.
    pub(crate) job_cancelled: u32,
    /// Kills of single attempts, per thousand jobs.
    pub(crate) task_killed: u32,
}

/// What plans are made from.
#[derive(Clone, Debug)]
pub struct Profile {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) executors: (u32, u32),
    pub(crate) cores: (u32, u32),
    pub(crate) hosts: u32,
    pub(crate) jobs: (u32, u32),
    pub(crate) operators: (u32, u32),
    pub(crate) partitions: (u32, u32),
    /// Jobs and faults come within this time.
    pub(crate) time: Duration,
    pub(crate) task: Span,
    pub(crate) link: Span,
    pub(crate) luck: Luck,
    /// Executors that join late, of a thousand.
    pub(crate) joins_late: u32,
    /// Partitions that have preferred locations, of a thousand sources.
    pub(crate) located: u32,
    /// RDDs whose rows change when they are computed again, of a thousand.
    pub(crate) indeterminate: u32,
    /// RDDs that are cached, of a thousand.
    pub(crate) cached: u32,
    /// Stages whose tasks run all at once, of a thousand.
    pub(crate) barrier: u32,
    /// Jobs that make a shuffle's outputs and nothing more, of a thousand.
    pub(crate) map_stages: u32,
    /// Result jobs whose tasks ask before they commit, of a thousand.
    pub(crate) commits: u32,
    pub(crate) settings: Settings,
}

/// What of the scheduler is switched on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    /// Limits so high that no job may fail by bad luck.
    pub(crate) patient: bool,
    pub(crate) fair_pools: bool,
    pub(crate) speculation: bool,
    pub(crate) exclusion: bool,
    pub(crate) heartbeats: bool,
    pub(crate) allocation: bool,
    pub(crate) locality_wait: Duration,
    pub(crate) shuffle_service: bool,
}

const fn millis(from: u64, to: u64) -> Span {
    (Duration::from_millis(from), Duration::from_millis(to))
}

const fn micros(from: u64, to: u64) -> Span {
    (Duration::from_micros(from), Duration::from_micros(to))
}

impl Profile {
    const CALM: Profile = Profile {
        name: "calm",
        about: "nothing goes wrong",
        executors: (1, 4),
        cores: (1, 3),
        hosts: 2,
        jobs: (1, 4),
        operators: (1, 8),
        partitions: (1, 8),
        time: Duration::from_millis(100),
        task: millis(2, 80),
        link: micros(50, 2_000),
        luck: Luck {
            executor_dies: 0,
            decommission: 0,
            executor_killed: 0,
            goes_silent: 0,
            worker_removed: 0,
            task_fails: 0,
            fetch_fails: 0,
            task_slow: 0,
            result_lost: 0,
            job_cancelled: 0,
            task_killed: 0,
        },
        joins_late: 200,
        located: 0,
        indeterminate: 0,
        cached: 0,
        barrier: 0,
        map_stages: 0,
        commits: 0,
        settings: Settings {
            patient: true,
            fair_pools: false,
            speculation: false,
            exclusion: false,
            heartbeats: false,
            allocation: false,
            locality_wait: Duration::ZERO,
            shuffle_service: false,
        },
    };

    /// All profiles.
    pub fn all() -> Vec<Profile> {
        let calm = Profile::CALM;
        let default_luck = Luck {
            executor_dies: 250,
            task_fails: 40,
            fetch_fails: 20,
            task_slow: 20,
            result_lost: 10,
            job_cancelled: 60,
            task_killed: 100,
            ..Luck::default()
        };
        let default = Profile {
            name: "default",
            about: "tasks and fetches fail, executors die and come back, jobs are cancelled; no job may fail",
            luck: default_luck,
            ..calm.clone()
        };
        let chaos = Profile {
            name: "chaos",
            about: "as default with far worse luck and Spark's limits, so that jobs also fail",
            executors: (2, 6),
            jobs: (2, 6),
            luck: Luck {
                executor_dies: 700,
                executor_killed: 100,
                worker_removed: 100,
                task_fails: 150,
                fetch_fails: 80,
                task_slow: 60,
                result_lost: 40,
                job_cancelled: 250,
                task_killed: 600,
                ..default_luck
            },
            settings: Settings { patient: false, ..calm.settings },
            ..calm.clone()
        };
        vec![calm, default, chaos]
    }

    /// Whether some stages run their tasks all at once.
    pub(crate) fn has_barriers(&self) -> bool {
        self.barrier > 0
    }

    /// The profile of this name.
    pub fn named(name: &str) -> Option<Profile> {
        Profile::all().into_iter().find(|profile| profile.name == name)
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it is like, in a few words.
    pub fn about(&self) -> &'static str {
        self.about
    }

    /// Whether one seed takes many seconds.
    pub fn is_large(&self) -> bool {
        self.partitions.1 > 10_000
    }

    /// The settings of the control plane.
    pub(crate) fn config(&self, seed: u64) -> Config {
        let mut config = Config { seed, ..Config::default() };
        let settings = self.settings;
        if settings.patient {
            config.task_max_failures = 1_000;
            config.stage.max_consecutive_attempts = 1_000;
        }
        config.locality.wait = settings.locality_wait;
        config.shuffle.service_enabled = settings.shuffle_service;
        config.heartbeat.enabled = settings.heartbeats;
        config.speculation.enabled = settings.speculation;
        config.exclusion.application_enabled = settings.exclusion;
        config.exclusion.task_and_stage_enabled = settings.exclusion;
        config.allocation.enabled = settings.allocation;
        if settings.fair_pools {
            config.pools.mode = SchedulingMode::Fair;
            config.pools.allocations = vec![PoolAllocation {
                name: "heavy".into(),
                mode: SchedulingMode::Fair,
                min_share: 2,
                weight: 3,
            }];
        }
        config
    }
}

//! What a simulated cluster and its luck are like: plain figures with a name.

use std::time::Duration;

use super::dice::Span;
use crate::{
    Config,
    config::{Allocation, HeartbeatConfig, PoolAllocation, SchedulingMode, Speculation},
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
    /// Questions why something does not run, per thousand jobs.
    pub(crate) explained: u32,
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
    /// Jobs whose tasks add to accumulators, of a thousand.
    pub(crate) accumulates: u32,
    /// RDDs that ask for a resource profile, of a thousand.
    pub(crate) resources: u32,
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
            explained: 0,
        },
        joins_late: 200,
        located: 0,
        indeterminate: 0,
        cached: 0,
        barrier: 0,
        map_stages: 0,
        commits: 0,
        accumulates: 300,
        resources: 0,
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
            explained: 500,
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
                explained: 1_000,
                ..default_luck
            },
            settings: Settings { patient: false, ..calm.settings },
            ..calm.clone()
        };
        let settings = calm.settings;
        let locality = Profile {
            name: "locality",
            about: "sources have places, RDDs are cached, tasks wait for a near place",
            hosts: 3,
            located: 800,
            cached: 250,
            settings: Settings { locality_wait: Duration::from_millis(30), ..settings },
            ..default.clone()
        };
        let fair = Profile {
            name: "fair",
            about: "fair pools, many jobs at once, jobs that only make a shuffle's outputs",
            jobs: (3, 8),
            map_stages: 300,
            settings: Settings { fair_pools: true, ..settings },
            ..default.clone()
        };
        let speculation = Profile {
            name: "speculation",
            about: "slow tasks get speculative copies, results ask before they are committed",
            partitions: (3, 10),
            commits: 700,
            luck: Luck { task_slow: 150, ..default_luck },
            settings: Settings { speculation: true, ..settings },
            ..default.clone()
        };
        let exclusion = Profile {
            name: "exclusion",
            about: "executors and hosts on which tasks fail are excluded",
            executors: (2, 6),
            luck: Luck { task_fails: 200, ..default_luck },
            settings: Settings { exclusion: true, patient: false, ..settings },
            ..default.clone()
        };
        let barrier = Profile {
            name: "barrier",
            about: "stages whose tasks run all at once or not at all",
            executors: (2, 5),
            barrier: 400,
            settings: Settings { patient: false, ..settings },
            ..default.clone()
        };
        let resources = Profile {
            name: "resources",
            about: "tasks that take more cores, or shares of resources; stages whose executors are of their own profile",
            executors: (2, 6),
            cores: (2, 4),
            resources: 350,
            ..default.clone()
        };
        let allocation = Profile {
            name: "allocation",
            about: "executors are asked for and given back by need",
            executors: (1, 2),
            luck: Luck { executor_dies: 150, ..default_luck },
            settings: Settings { allocation: true, ..settings },
            ..default.clone()
        };
        let leaving = Profile {
            name: "leaving",
            about: "executors are decommissioned, killed or go silent; workers leave with their hosts",
            executors: (2, 6),
            luck: Luck {
                decommission: 300,
                executor_killed: 200,
                goes_silent: 300,
                worker_removed: 100,
                ..default_luck
            },
            settings: Settings { heartbeats: true, ..settings },
            ..default.clone()
        };
        let indeterminate = Profile {
            name: "indeterminate",
            about: "RDDs whose rows change when they are computed again",
            indeterminate: 300,
            luck: Luck { fetch_fails: 60, ..default_luck },
            settings: Settings { patient: false, ..settings },
            ..default.clone()
        };
        let service = Profile {
            name: "service",
            about: "as chaos, with a shuffle service that keeps outputs",
            settings: Settings { shuffle_service: true, ..chaos.settings },
            ..chaos.clone()
        };
        let large = Profile {
            name: "large",
            about: "a million tasks in one stage, ten thousand executors of 16 cores; one seed takes its time",
            executors: (10_000, 10_000),
            cores: (16, 16),
            hosts: 1_000,
            jobs: (1, 1),
            operators: (1, 1),
            partitions: (1_000_000, 1_000_000),
            joins_late: 0,
            accumulates: 0,
            luck: Luck::default(),
            ..calm.clone()
        };
        vec![
            calm,
            default,
            chaos,
            locality,
            fair,
            speculation,
            exclusion,
            barrier,
            resources,
            allocation,
            leaving,
            indeterminate,
            service,
            large,
        ]
    }

    /// The profiles of which a seed takes no more than a moment.
    pub fn quick() -> Vec<Profile> {
        Profile::all().into_iter().filter(|profile| !profile.is_large()).collect()
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

    /// What a trace calls the simulator as its carrier: with what it takes to have the settings again.
    pub(crate) fn carrier(name: &str, seed: u64) -> String {
        format!("sim {name} {seed}")
    }

    /// The settings of a run of the simulator, from what its trace calls its carrier.
    pub(crate) fn config_of_carrier(carrier: &str) -> Option<Config> {
        let (name, seed) = carrier.strip_prefix("sim ")?.split_once(' ')?;
        Some(Profile::named(name)?.config(seed.parse().ok()?))
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
        // Simulated executors ask where map outputs are.
        config.shuffle.has_remote_readers = true;
        config.shuffle.service_enabled = settings.shuffle_service;
        config.heartbeat = HeartbeatConfig {
            enabled: settings.heartbeats,
            interval: Duration::from_millis(20),
            timeout: Duration::from_millis(120),
            check_interval: Duration::from_millis(60),
            max_failures: 20,
        };
        config.decommission.enabled = true;
        config.speculation = Speculation {
            enabled: settings.speculation,
            interval: Duration::from_millis(10),
            quantile: 0.5,
            multiplier: 1.5,
            min_task_runtime: Duration::from_millis(10),
            efficiency_enabled: false,
            ..Speculation::default()
        };
        config.exclusion.application_enabled = settings.exclusion;
        config.exclusion.task_and_stage_enabled = settings.exclusion;
        config.exclusion.timeout = Duration::from_millis(200);
        config.exclusion.unschedulable_task_set_timeout = Duration::from_millis(300);
        config.barrier.check_interval = Duration::from_millis(20);
        config.barrier.check_max_failures = 5;
        config.allocation = Allocation {
            enabled: settings.allocation,
            min_executors: 1,
            max_executors: 6,
            scheduler_backlog_timeout: Duration::from_millis(20),
            executor_idle_timeout: Duration::from_millis(150),
            ..Allocation::default()
        };
        config.profile_merge_conflicts = self.resources > 0;
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

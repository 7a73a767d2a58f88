//! Two stages of four tasks with a shuffle between them, on two executors of one core. When the map stage is done and the
//! result stage runs, executor 2 is lost, with the map outputs that it held.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use firesteel_actors::{
    ExecutorId, RddId, ShuffleId,
    lineage::{Dependency, Lineage, RddInfo, ShuffleInfo, StageBinary},
    message::{
        DriverEndpoint, ExecutorLossReason, MapStatus, RemoveExecutor, TaskDescription, TaskEndReason,
        TaskKind, TaskStatus, TaskValue,
    },
};

use crate::{
    Seen,
    cluster::{Cluster, done},
};

const LOST: ExecutorId = ExecutorId(2);
const SHUFFLE: ShuffleId = ShuffleId(0);

pub(crate) fn run(trace: &Path, settings: &[(String, String)]) -> Seen {
    let is_lost = Arc::new(AtomicBool::new(false));
    let outputs_are_lost = is_lost.clone();
    let mut cluster = Cluster::start(trace, settings, &[("east", 1), ("west", 1)], move |task| {
        run_task(task, &outputs_are_lost)
    })?;
    cluster.system.set_task_times(|_| Some(Duration::from_secs(1)));
    cluster.submit(0, lineage(), RddId(1))?;

    cluster.run_until(Duration::from_millis(2_500));
    is_lost.store(true, Ordering::Relaxed);
    let reason = ExecutorLossReason::ExecutorExited {
        exit_code: 137,
        exit_caused_by_app: false,
        reason: "killed by the kernel: out of memory".to_owned(),
    };
    cluster.system.handle().send(DriverEndpoint, RemoveExecutor { executor_id: LOST, reason })?;
    Ok(format!("eight tasks of 1 s on two cores: {}", cluster.run_to_end()?))
}

/// Map tasks leave an output on their executor. A task that reads them fails if one of its outputs is gone: executor 2 ran
/// the map tasks 1 and 3, until they ran again.
fn run_task(task: &TaskDescription, outputs_are_lost: &AtomicBool) -> TaskStatus {
    match task.stage.kind {
        TaskKind::ShuffleMap { .. } => {
            if outputs_are_lost.load(Ordering::Relaxed) && task.partition_id == 3 {
                // The last of them is there again.
                outputs_are_lost.store(false, Ordering::Relaxed);
            }
            done(TaskValue::MapStatus(MapStatus::new(task.executor_id, task.task_id, [8; 4])))
        }
        TaskKind::Result if outputs_are_lost.load(Ordering::Relaxed) => {
            TaskStatus::Failed(Box::new(TaskEndReason::FetchFailed {
                executor_id: Some(LOST),
                shuffle_id: SHUFFLE,
                map_id: None,
                map_index: Some(1),
                reduce_id: task.partition_id,
                message: "connection to west refused".to_owned(),
            }))
        }
        TaskKind::Result => done(TaskValue::Direct(vec![0].into())),
    }
}

fn lineage() -> Lineage {
    let (pairs, sums) = (RddId(0), RddId(1));
    let shuffled = vec![Dependency::Shuffle { rdd: pairs, shuffle: SHUFFLE }];
    let pairs_info = RddInfo::new(pairs, "pairs", "map at examples/debugging", 4, Vec::new());
    let sums_info = RddInfo::new(sums, "sums", "reduce_by_key at examples/debugging", 4, shuffled);
    Lineage {
        rdds: [(pairs, pairs_info), (sums, sums_info)].into(),
        shuffles: [(SHUFFLE, ShuffleInfo::new(pairs, 4, Ok(StageBinary::default())))].into(),
    }
}

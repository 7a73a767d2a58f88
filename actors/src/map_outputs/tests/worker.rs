//! What an executor remembers.

use super::*;

/// What is read: by executor, the map partitions and sizes of its blocks; or the error.
type Read = Result<Vec<(u32, Vec<(u32, u64)>)>, String>;

/// Asks the tracker if the worker does not know, and reads all maps for one reducer.
fn read(worker: &mut MapOutputTrackerWorker, tracker: &mut Tracker, reduce: u32) -> Read {
    while worker.look_up(SHUFFLE) != Lookup::Known {
        assert!(worker.on_statuses(ask(tracker)));
    }
    blocks(worker, 0..u32::MAX, reduce..reduce + 1)
}

fn blocks(
    worker: &mut MapOutputTrackerWorker,
    maps: std::ops::Range<u32>,
    reduces: std::ops::Range<u32>,
) -> Read {
    let blocks = worker.sizes_by_executor(SHUFFLE, maps, reduces).map_err(|reason| match reason {
        TaskEndReason::FetchFailed {
            executor_id: None,
            shuffle_id: SHUFFLE,
            map_id: None,
            map_index: None,
            reduce_id,
            message,
        } => format!("{reduce_id}: {message}"),
        other => panic!("{other:?}"),
    })?;
    let brief = |(executor, blocks): (ExecutorId, Vec<ShuffleBlock>)| {
        (executor.0, blocks.iter().map(|block| (block.map_index, block.size)).collect())
    };
    Ok(blocks.into_iter().map(brief).collect())
}

fn missing(reduce: u32) -> Read {
    Err(format!("{reduce}: Missing an output location for shuffle 10 partition {reduce}"))
}

#[test]
fn mot_005_a_failure_before_the_data_then_the_data_then_a_failure_after_a_loss() {
    let (mut tracker, mut worker) = (tracker(), MapOutputTrackerWorker::new());
    worker.update_epoch(1);
    let unknown = Err("0: Missing all output locations for shuffle 10".to_owned());
    assert_eq!(read(&mut worker, &mut tracker, 0), unknown);
    assert_eq!(tracker.tell(register(2, &[output(1, &[1])])), NOTHING);
    assert_eq!(
        read(&mut worker, &mut tracker, 0),
        Ok(vec![(1, vec![(0, 1)])]),
        "asked again after a failure"
    );

    assert_eq!(tracker.tell(unregister(3, &[0])), NOTHING);
    assert_eq!(read(&mut worker, &mut tracker, 0), Ok(vec![(1, vec![(0, 1)])]), "a task of the old epoch");
    worker.update_epoch(3);
    assert_eq!(read(&mut worker, &mut tracker, 0), missing(0));
    assert_eq!(tracker.tell(register(4, &[output(2, &[1])])), NOTHING);
    assert_eq!(read(&mut worker, &mut tracker, 0), Ok(vec![(2, vec![(0, 1)])]));
}

#[test]
fn mot_004_one_missing_output_fails_every_reducer() {
    let (mut tracker, mut worker) = (tracker(), MapOutputTrackerWorker::new());
    let outputs = [output(1, &[1, 1]), output(2, &[1, 1]), output(3, &[1, 1])];
    assert_eq!(tracker.tell(register(1, &outputs)), NOTHING);
    assert_eq!(tracker.tell(unregister(2, &[0])), NOTHING);
    assert_eq!(tracker.tell(unregister(3, &[1])), NOTHING);
    worker.update_epoch(3);
    assert_eq!(read(&mut worker, &mut tracker, 0), missing(0));
    assert_eq!(read(&mut worker, &mut tracker, 1), missing(1));
    // Whoever reads only the output that is left does not fail.
    assert_eq!(worker.look_up(SHUFFLE), Lookup::Request, "the failure has forgotten what was known");
    assert!(worker.on_statuses(ask(&mut tracker)));
    assert_eq!(blocks(&mut worker, 2..3, 0..1), Ok(vec![(3, vec![(2, 1)])]));
}

#[test]
fn mot_011_empty_parts_are_left_out_and_so_are_executors_that_have_no_other() {
    let (mut tracker, mut worker) = (tracker(), MapOutputTrackerWorker::new());
    let outputs = [output(1, &[0, 1, 0]), output(2, &[0, 0, 1]), output(1, &[1, 1, 0])];
    assert_eq!(tracker.tell(register(1, &outputs)), NOTHING);
    assert_eq!(read(&mut worker, &mut tracker, 0), Ok(vec![(1, vec![(2, 1)])]));
    assert_eq!(read(&mut worker, &mut tracker, 1), Ok(vec![(1, vec![(0, 1), (2, 1)])]));
    assert_eq!(read(&mut worker, &mut tracker, 2), Ok(vec![(2, vec![(1, 1)])]));
    assert_eq!(read(&mut worker, &mut tracker, 3), Ok(vec![]), "there is no such reducer");
}

#[test]
fn a_reader_may_want_some_maps_and_several_reducers() {
    let (mut tracker, mut worker) = (tracker(), MapOutputTrackerWorker::new());
    let outputs = [output(1, &[1, 1]), output(2, &[1, 1]), output(1, &[0, 1])];
    assert_eq!(tracker.tell(register(1, &outputs)), NOTHING);
    let _ = read(&mut worker, &mut tracker, 0);
    assert_eq!(blocks(&mut worker, 1..3, 0..2), Ok(vec![(1, vec![(2, 1)]), (2, vec![(1, 1), (1, 1)])]));
    assert_eq!(blocks(&mut worker, 1..1, 0..2), Ok(vec![]));
    let first = worker.sizes_by_executor(SHUFFLE, 1..2, 1..2).unwrap().remove(&ExecutorId(2));
    let block = ShuffleBlock { map_id: TaskId(102), map_index: 1, reduce_id: 1, size: 1 };
    assert_eq!(first, Some(vec![block]));
}

#[test]
fn tasks_that_look_at_the_same_time_share_one_request() {
    let (mut tracker, mut worker) = (tracker(), MapOutputTrackerWorker::new());
    assert_eq!(tracker.tell(register(1, &[output(1, &[1])])), NOTHING);
    worker.update_epoch(1);
    assert_eq!(worker.look_up(SHUFFLE), Lookup::Request);
    assert_eq!(worker.look_up(SHUFFLE), Lookup::Wait);
    assert_eq!(worker.look_up(ShuffleId(11)), Lookup::Request, "of another shuffle");
    assert!(worker.on_statuses(ask(&mut tracker)));
    assert_eq!(worker.look_up(SHUFFLE), Lookup::Known);
    assert_eq!(worker.look_up(ShuffleId(11)), Lookup::Wait);
}

#[test]
fn an_answer_that_may_be_older_than_a_task_is_asked_for_again() {
    let (mut tracker, mut worker) = (tracker(), MapOutputTrackerWorker::new());
    assert_eq!(tracker.tell(register(1, &[output(1, &[1])])), NOTHING);
    worker.update_epoch(1);
    assert_eq!(worker.look_up(SHUFFLE), Lookup::Request);
    let late = ask(&mut tracker);
    assert_eq!(tracker.tell(register(2, &[output(2, &[1])])), NOTHING);
    worker.update_epoch(2);
    assert_eq!(worker.look_up(SHUFFLE), Lookup::Wait, "with those of the older epoch");
    assert!(!worker.on_statuses(late));
    assert_eq!(worker.look_up(SHUFFLE), Lookup::Wait);
    assert!(worker.on_statuses(ask(&mut tracker)));
    assert_eq!(read(&mut worker, &mut tracker, 0), Ok(vec![(2, vec![(0, 1)])]));
}

#[test]
fn an_epoch_that_is_not_larger_forgets_nothing() {
    let (mut tracker, mut worker) = (tracker(), MapOutputTrackerWorker::new());
    assert_eq!(tracker.tell(register(2, &[output(1, &[1])])), NOTHING);
    worker.update_epoch(2);
    let _ = read(&mut worker, &mut tracker, 0);
    worker.update_epoch(2);
    worker.update_epoch(1);
    assert_eq!(worker.look_up(SHUFFLE), Lookup::Known);
}

#[test]
fn a_shuffle_that_is_forgotten_is_asked_for_again_and_its_late_answer_is_not_kept() {
    let (mut tracker, mut worker) = (tracker(), MapOutputTrackerWorker::new());
    assert_eq!(tracker.tell(register(1, &[output(1, &[1])])), NOTHING);
    assert_eq!(worker.look_up(SHUFFLE), Lookup::Request);
    worker.forget(SHUFFLE);
    assert!(worker.on_statuses(ask(&mut tracker)));
    assert_eq!(worker.look_up(SHUFFLE), Lookup::Request);
}

#[test]
fn a_read_that_misses_an_output_calls_off_no_request() {
    let (mut tracker, mut worker) = (tracker(), MapOutputTrackerWorker::new());
    assert_eq!(tracker.tell(register(1, &[output(1, &[1])])), NOTHING);
    assert_eq!(worker.look_up(SHUFFLE), Lookup::Request);
    assert!(blocks(&mut worker, 0..1, 0..1).is_err());
    assert_eq!(worker.look_up(SHUFFLE), Lookup::Wait);
    assert!(worker.on_statuses(ask(&mut tracker)));
    assert_eq!(worker.look_up(SHUFFLE), Lookup::Known);
}

//! Why a stage does not run.

use super::{
    SECOND, Tasks, all, barrier::barrier, bytes, decoded, exclusion, failed, finished, gpus, local, lost,
    prefer, set, some, submit, tasks,
};
use crate::{
    Config, ExecutorId, StageId, Time,
    message::{
        ExecutorDecommission, ExecutorLossReason, ExplainStages, ExplainSubject, HostMessage, Message,
        Reason, TaskEndReason, TaskLocality,
    },
};

const STAGE: StageId = StageId(0);

fn explain(tasks: &mut Tasks, subject: ExplainSubject, stages: &[u32]) -> Vec<Reason> {
    let question = ExplainStages {
        request: 5,
        host: 3,
        subject,
        reasons: Vec::new(),
        stages: stages.iter().map(|stage| StageId(*stage)).collect(),
    };
    let mut sent = tasks.send(question);
    assert_eq!(sent.len(), 1);
    let sending = sent.remove(0);
    assert_eq!(sending.to, crate::ActorId::Host(3));
    let Message::Host(HostMessage::Explanation(answer)) = sending.message else { panic!() };
    assert_eq!((answer.request, answer.subject), (5, subject));
    answer.reasons
}

fn why(tasks: &mut Tasks, stage: u32) -> Vec<Reason> {
    explain(tasks, ExplainSubject::Stage(StageId(stage)), &[stage])
}

fn cores(needed: u32, best: Option<(u32, u32)>) -> Reason {
    let best = best.map(|(executor, cores)| (ExecutorId(executor), cores));
    Reason::NotEnoughCores { stage_id: STAGE, needed, best }
}

fn running(running: u32, finished: u32, total: u32) -> Reason {
    Reason::Running { stage_id: STAGE, running, finished, total }
}

#[test]
fn a_stage_that_is_unknown_or_only_runs() {
    let mut tasks = tasks(local(1));
    assert_eq!(why(&mut tasks, 0), [Reason::Unknown]);
    submit(&mut tasks, set(0, 0, 0, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]).len(), 2);
    assert_eq!(super::succeed(&mut tasks, 0, 1).len(), 2);
    assert_eq!(why(&mut tasks, 0), [running(1, 1, 2)]);
}

#[test]
fn what_the_dag_scheduler_knows_comes_first() {
    let mut tasks = tasks(local(1));
    let question = ExplainStages {
        request: 0,
        host: 0,
        subject: ExplainSubject::Stage(STAGE),
        reasons: vec![Reason::NoExecutors { stage_id: StageId(9) }],
        stages: vec![STAGE],
    };
    let [sent] = &tasks.tell(question)[..] else { panic!() };
    assert_eq!(sent, "Host-0: #0 Stage(s0): stage 9 waits for executors: none has registered");
}

#[test]
fn no_executors_then_not_enough_cores() {
    let mut tasks = tasks(Config { task_cpus: 4, ..local(1) });
    submit(&mut tasks, set(0, 0, 0, 1));
    assert_eq!(why(&mut tasks, 0), [Reason::NoExecutors { stage_id: STAGE }, running(0, 0, 1)]);
    assert!(all(&mut tasks, &[(1, "a", 2), (2, "b", 3)]).is_empty());
    assert!(all(&mut tasks, &[(1, "a", 1)]).is_empty());
    assert_eq!(why(&mut tasks, 0), [cores(4, Some((2, 3))), running(0, 0, 1)]);
}

#[test]
fn cores_that_were_offered_and_taken_are_not_told_as_free() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, set(0, 0, 0, 5));
    assert_eq!(all(&mut tasks, &[(1, "a", 4)]).len(), 4);
    assert_eq!(why(&mut tasks, 0), [cores(1, None), running(4, 0, 5)]);
    assert!(why(&mut tasks, 0)[0].to_string().ends_with("; all cores are in use"));
}

#[test]
fn with_enough_free_cores_the_next_offer_is_waited_for() {
    let mut tasks = tasks(local(1));
    assert!(all(&mut tasks, &[(1, "a", 1)]).is_empty());
    submit(&mut tasks, set(0, 0, 0, 1));
    assert_eq!(why(&mut tasks, 0), [Reason::AwaitingOffers { stage_id: STAGE }, running(0, 0, 1)]);
}

fn task(partition_id: u32) -> ExplainSubject {
    ExplainSubject::Task { stage_id: STAGE, partition_id }
}

#[test]
fn a_task_that_runs_or_has_ended_does_not_wait() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, set(0, 0, 0, 3));
    assert_eq!(all(&mut tasks, &[(7, "a", 2)]).len(), 2);
    let (stage_id, executor_id) = (STAGE, ExecutorId(7));
    let runs = |partition_id| Reason::TaskRuns { stage_id, partition_id, attempt: 0, executor_id };
    assert_eq!(explain(&mut tasks, task(1), &[0]), [runs(1), running(2, 0, 3)]);
    assert_eq!(explain(&mut tasks, task(2), &[0]), [cores(1, None), running(2, 0, 3)]);
    assert_eq!(tasks.tell(finished(1, 7, bytes(3))).len(), 1);
    let fetching = Reason::FetchingResult { stage_id, partition_id: 1 };
    assert_eq!(explain(&mut tasks, task(1), &[0]), [fetching, running(1, 0, 3)]);
    assert_eq!(tasks.tell(decoded(1)).len(), 1);
    let done = Reason::TaskDone { stage_id, partition_id: 1 };
    assert_eq!(explain(&mut tasks, task(1), &[0]), [done, running(1, 1, 3)]);
    // Another stage has such a partition as well, and is not asked about.
    let other = ExplainSubject::Task { stage_id: StageId(9), partition_id: 1 };
    assert_eq!(explain(&mut tasks, other, &[0]), [cores(1, None), running(1, 1, 3)]);
}

#[test]
fn a_resource_or_profile_that_is_missing() {
    let mut tasks = tasks(gpus::wanting(1.0));
    submit(&mut tasks, set(0, 0, 0, 1));
    assert!(all(&mut tasks, &[(1, "a", 2)]).is_empty());
    let lacks = |what: &str| Reason::NotEnoughResources { stage_id: STAGE, what: what.into() };
    assert_eq!(why(&mut tasks, 0), [lacks("gpu"), running(0, 0, 1)]);

    let mut tasks = super::tasks(local(1));
    submit(&mut tasks, gpus::profile(set(0, 0, 0, 1), 5, 1, 0.0, false));
    assert!(all(&mut tasks, &[(1, "a", 2)]).is_empty());
    assert_eq!(why(&mut tasks, 0), [lacks("resource profile 5"), running(0, 0, 1)]);
}

#[test]
fn what_was_offered_by_an_executor_that_is_lost_or_leaves_explains_nothing() {
    let best = |tasks: &mut Tasks| match why(tasks, 0).remove(0) {
        Reason::NotEnoughCores { best, .. } => best,
        reason => panic!("{reason}"),
    };
    for pending in [false, true] {
        let mut tasks = tasks(Config { task_cpus: 4, ..local(1) });
        submit(&mut tasks, set(0, 0, 0, 1));
        assert!(all(&mut tasks, &[(1, "a", 2), (2, "b", 3), (3, "b", 1)]).is_empty());
        let gone =
            if pending { ExecutorLossReason::LossReasonPending } else { ExecutorLossReason::ExecutorKilled };
        assert!(!tasks.tell(lost(1, gone.clone())).is_empty());
        assert_eq!(best(&mut tasks), Some((ExecutorId(2), 3)));
        assert!(!tasks.tell(lost(2, gone)).is_empty());
        assert_eq!(best(&mut tasks), Some((ExecutorId(3), 1)));
        let leaving =
            ExecutorDecommission { executor_id: ExecutorId(3), worker_host: None, reason: String::new() };
        assert!(!tasks.tell(leaving).is_empty());
        assert_eq!(best(&mut tasks), None);
    }
}

#[test]
fn nothing_is_short_if_an_offer_has_all_and_is_refused_for_its_place() {
    let mut tasks = tasks(gpus::wanting(1.0));
    assert!(all(&mut tasks, &[(1, "h1", 1), (2, "h2", 1)]).is_empty());
    submit(&mut tasks, prefer(set(0, 0, 0, 1), &[&["h1"]]));
    let offers = vec![gpus::gpus(1, 1, &[]), gpus::gpus(2, 1, &["0"])];
    assert_eq!(super::round(&mut tasks, true, offers).len(), 1, "it waits for executor 1");
    assert!(
        matches!(why(&mut tasks, 0)[..], [Reason::DelayScheduling { .. }, _]),
        "{:?}",
        why(&mut tasks, 0)
    );
}

#[test]
fn waiting_for_a_near_place() {
    let mut tasks = tasks(local(1));
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).is_empty());
    tasks.wait(SECOND);
    submit(&mut tasks, prefer(set(0, 0, 0, 1), &[&["a"]]));
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]).len(), 1);
    let waits =
        Reason::DelayScheduling { stage_id: STAGE, level: TaskLocality::NodeLocal, until: Time(4 * SECOND) };
    assert_eq!(why(&mut tasks, 0), [waits, running(0, 0, 1)]);
}

#[test]
fn too_few_slots_for_a_barrier_and_other_sets_that_come_first() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, barrier(set(0, 0, 0, 3)));
    submit(&mut tasks, set(1, 1, 0, 9));
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]).len(), 2);
    let slots = Reason::BarrierSlots { stage_id: STAGE, needed: 3, available: 2 };
    assert_eq!(why(&mut tasks, 0)[0], slots);
    let behind = Reason::BehindPool { stage_id: StageId(1), pool: "default".into(), first: STAGE };
    assert_eq!(why(&mut tasks, 1)[0], behind);
}

#[test]
fn excluded_executors_and_failures() {
    let limits = exclusion::exclusion();
    let mut tasks = tasks(Config { is_local: true, ..exclusion::config(limits) });
    submit(&mut tasks, set(0, 0, 0, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 1), (2, "b", 0)]).len(), 1);
    assert!(exclusion::fail(&mut tasks, 0, 1).is_empty());
    let out = |scope: &str| Reason::Excluded {
        stage_id: STAGE,
        place: "executor 1".into(),
        scope: scope.into(),
        until: None,
    };
    let failed =
        |partition_id| Reason::Failed { stage_id: STAGE, partition_id, failures: 1, max_failures: 4 };
    let free = || cores(1, None);
    assert_eq!(explain(&mut tasks, task(0), &[0]), [out("task 0"), free(), running(0, 0, 2), failed(0)]);
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]).len(), 1);
    assert_eq!(exclusion::fail(&mut tasks, 1, 1).len(), 1);
    assert_eq!(why(&mut tasks, 0), [out("stage"), free(), running(0, 0, 2), failed(0)]);
    assert_eq!(explain(&mut tasks, task(1), &[0])[3], failed(1));
}

#[test]
fn a_node_that_is_excluded_for_the_task_in_question() {
    let limits = crate::config::Exclusion {
        task_max_attempts_per_node: 1,
        stage_max_failed_tasks_per_executor: 9,
        ..exclusion::exclusion()
    };
    let mut tasks = tasks(Config { is_local: true, ..exclusion::config(limits) });
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "a", 1), (3, "b", 0)]).is_empty());
    submit(&mut tasks, set(0, 0, 0, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]).len(), 1);
    assert!(exclusion::fail(&mut tasks, 0, 1).is_empty());
    let place = |sent: Vec<Reason>| match &sent[..] {
        [Reason::Excluded { place, scope, .. }, Reason::Running { .. }, _] => format!("{place}: {scope}"),
        sent => panic!("{sent:?}"),
    };
    assert_eq!(place(explain(&mut tasks, task(0), &[0])), "node a: task 0", "and not executor 1 once more");
}

#[test]
fn the_task_that_has_failed_most() {
    let mut tasks = tasks(local(4));
    submit(&mut tasks, set(0, 0, 0, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]).len(), 2);
    for task in [0, 1] {
        assert_eq!(tasks.tell(failed(task, 1, TaskEndReason::UnknownReason)).len(), 2);
    }
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), ["t2 = s0 i1.1 on 1"]);
    assert_eq!(tasks.tell(failed(2, 1, TaskEndReason::UnknownReason)).len(), 2);
    let most = Reason::Failed { stage_id: STAGE, partition_id: 1, failures: 2, max_failures: 4 };
    assert_eq!(why(&mut tasks, 0).pop(), Some(most));
}

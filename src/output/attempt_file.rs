//! A partition's file while an attempt writes it, by the rules of Hadoop's FileOutputCommitter: each attempt writes
//! apart, the one that may commit moves its file into place, and the others leave nothing.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::directory::{attempts, part_name};
use crate::task::{TaskContext, TaskError};

const BUFFER: usize = 1 << 18;

/// A file that takes its place with [`commit`](AttemptFile::commit); dropped without, it is removed.
#[derive(Debug)]
pub(crate) struct AttemptFile {
    attempt: PathBuf,
    target: PathBuf,
    file: BufWriter<File>,
    committed: bool,
}

impl AttemptFile {
    /// Begins the file of a task's partition within a directory.
    pub(crate) fn create(directory: &Path, task: &TaskContext) -> Result<Self, TaskError> {
        let part = part_name(task.partition_id());
        let attempt = attempts(directory).join(format!("{part}.attempt-{}", task.task_attempt_id()));
        let file = File::create_new(&attempt).map_err(|error| failed(&attempt, error))?;
        let file = BufWriter::with_capacity(BUFFER, file);
        Ok(AttemptFile { attempt, target: directory.join(part), file, committed: false })
    }

    /// Lets `write` add to it.
    pub(crate) fn write<T>(
        &mut self,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>,
    ) -> Result<T, TaskError> {
        write(&mut self.file).map_err(|error| failed(&self.attempt, error))
    }

    /// Everything is written: asks whether this attempt may commit, and moves the file into its place.
    ///
    /// # Errors
    /// [`TaskError::CommitDenied`] if another attempt may; [`TaskError::Output`] if the file system refuses.
    pub(crate) fn commit(mut self, task: &TaskContext) -> Result<(), TaskError> {
        self.write(|file| file.flush())?;
        task.kill_task_if_interrupted();
        task.ask_permission_to_commit()?;
        // A kill that came meanwhile gives the permission back.
        task.kill_task_if_interrupted();
        fs::rename(&self.attempt, &self.target).map_err(|error| failed(&self.target, error))?;
        self.committed = true;
        Ok(())
    }
}

fn failed(path: &Path, source: io::Error) -> TaskError {
    TaskError::Output { path: path.to_owned(), source: Arc::new(source) }
}

impl Drop for AttemptFile {
    fn drop(&mut self) {
        if !self.committed
            && let Err(error) = fs::remove_file(&self.attempt)
            // The job has failed meanwhile, and its directory is gone.
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("cannot remove {}: {error}", self.attempt.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use firesteel_actors::{
        Config, ExecutorId, JobId, RddId,
        carrier::{Application, ExecutorSpec, TaskControl, sim_loop::SimSystem},
        lineage::{Lineage, RddInfo, StageBinary},
        message::{
            DagScheduler, JobSubmitted, JobWaiterMessage, Properties, TaskDescription, TaskEndReason,
            TaskStatus,
        },
    };

    use super::*;
    use crate::task::ExecutorEnv;

    /// A program of one task, in which several attempts write.
    struct Attempts(PathBuf);

    impl Attempts {
        /// Writes the partition as the attempt of that number, and commits unless it is given up.
        fn attempt(
            &self,
            (task, control): (&TaskDescription, &Arc<TaskControl>),
            attempt_number: u32,
            text: &str,
            gives_up: bool,
        ) -> Result<(), TaskError> {
            let task = TaskDescription { attempt_number, ..task.clone() };
            let context = TaskContext::new(
                &task,
                control.clone(),
                Arc::new(ExecutorEnv::new(&firesteel_actors::Config::default(), 1)),
            );
            let mut file = AttemptFile::create(&self.0, &context)?;
            file.write(|file| file.write_all(text.as_bytes()))?;
            if gives_up { Err(TaskError::User("given up".to_owned())) } else { file.commit(&context) }
        }
    }

    impl Application for Attempts {
        fn run_task(&self, task: &TaskDescription, control: &Arc<TaskControl>) -> TaskStatus {
            let task = (task, control);
            assert!(self.attempt(task, 0, "half of", true).is_err());
            let left = fs::read_dir(attempts(&self.0)).unwrap().count();
            assert_eq!(left, 0, "what was given up is removed");
            self.attempt(task, 1, "the first", false).unwrap();
            let denied = self.attempt(task, 2, "the second", false).unwrap_err();
            assert!(matches!(denied, TaskError::CommitDenied { partition_id: 0, attempt_number: 2 }));
            let reason = denied.into_reason(Box::default());
            assert_eq!(reason, TaskEndReason::TaskCommitDenied { partition_id: 0, attempt_number: 2 });
            assert!(!reason.counts_towards_task_failures());
            // The one that may commit may do so again.
            self.attempt(task, 1, "the first, again", false).unwrap();
            TaskStatus::Killed(Box::new(TaskEndReason::killed("the test is over")))
        }

        fn job_waiter(&self, _message: JobWaiterMessage) {}

        fn system_ended(&self, _reason: &str) {}
    }

    #[test]
    fn of_several_attempts_one_leaves_its_file_and_the_others_nothing() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(attempts(dir.path())).unwrap();
        let program = Arc::new(Attempts(dir.path().to_owned()));
        let executors = vec![ExecutorSpec::new(ExecutorId(1), "localhost", 1)];
        let mut system = SimSystem::new(program, Config::default(), executors, 1).unwrap();
        let rdd = RddInfo::new(RddId(0), "opaque", "by hand", 1, Vec::new());
        let job = JobSubmitted {
            job_id: JobId(0),
            final_rdd: rdd.id,
            lineage: Arc::new(Lineage { rdds: [(rdd.id, rdd)].into(), ..Lineage::default() }),
            partitions: vec![0],
            binary: Ok(StageBinary::default()),
            call_site: "by hand".into(),
            properties: Properties::default(),
        };
        system.handle().send(DagScheduler, job).unwrap();
        while !dir.path().join("part-00000").exists() {
            assert!(system.step(), "the task has not run");
        }
        let mut names: Vec<_> =
            fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["_attempts", "part-00000"]);
        assert_eq!(fs::read_dir(attempts(dir.path())).unwrap().count(), 0);
        assert_eq!(fs::read_to_string(dir.path().join("part-00000")).unwrap(), "the first, again");
    }
}

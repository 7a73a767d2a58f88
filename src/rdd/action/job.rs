//! Running a job: a function of each partition's iterator, and a handler of the results.

use std::{sync::Arc, time::Instant};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Error,
    code::{Decodable, DecodeError, from_bytes, sealed::Sealed, to_bytes},
    context::{CallSite, encode_partitions},
    rdd::{Compute, PlanError, Rdd, decode_split, with_room},
    shuffle::check_levels,
    task::{StageCode, StageOutput, TaskContext, TaskError, encode_stage},
};

/// What an action does with a partition, on an executor.
pub trait ResultFunction<I>: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// What it sends back.
    type Out: Serialize + DeserializeOwned + Send + 'static;

    /// Drives the partition's iterator.
    ///
    /// # Errors
    /// [`TaskError`] if the partition cannot be dealt with.
    fn run(&self, items: I, task: &Arc<TaskContext>) -> Result<Self::Out, TaskError>;
}

/// The end of a job, as it travels.
#[derive(Serialize, Deserialize)]
#[serde(bound = "P: Compute, A: Serialize + DeserializeOwned")]
struct ResultTask<P, A> {
    op: P,
    function: A,
}

impl<P, A> Sealed for ResultTask<P, A> {}

impl<P: Compute, A: ResultFunction<P::Iter>> Decodable for ResultTask<P, A> {
    type Object = dyn StageCode;

    fn decode(bytes: &[u8]) -> Result<Box<dyn StageCode>, DecodeError> {
        Ok(Box::new(from_bytes::<Self>(bytes)?))
    }
}

impl<P: Compute, A: ResultFunction<P::Iter>> StageCode for ResultTask<P, A> {
    fn run(&self, partition: &[u8], task: &Arc<TaskContext>) -> Result<StageOutput, TaskError> {
        let items = self.op.compute(decode_split::<P>(partition, task)?, task)?;
        let value = self.function.run(items, task)?;
        let begun = Instant::now();
        let bytes = to_bytes(&value).map_err(|error| {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            TaskError::ResultNotSerializable(source.unwrap_or_else(|| error.to_string()))
        })?;
        task.metrics.result_serialization_time(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
        Ok(StageOutput::Result(bytes))
    }
}

impl<P: Compute> Rdd<P> {
    /// Runs a job on some partitions (`None`: all): `function` on the executors, `handler` with each result's
    /// position in `partitions` wherever the returned future is polled, one at a time, in order of arrival.
    pub(crate) async fn run<A: ResultFunction<P::Iter>>(
        &self,
        function: A,
        partitions: Option<Vec<usize>>,
        call_site: CallSite,
        handler: impl FnMut(usize, A::Out) + Send,
    ) -> Result<(), Error> {
        let context = &self.context;
        context.prepare(&self.node).await?;
        let total = self.op.num_partitions()?;
        let partitions = partitions.unwrap_or_else(|| (0..total).collect());
        if let Some(&partition) = partitions.iter().find(|partition| **partition >= total) {
            return Err(PlanError::NoSuchPartition { partition, total }.into());
        }
        check_levels(&self.op)?;
        let task = ResultTask { op: self.op.clone(), function };
        let (code, encoded) = with_room(self.op.boxed_levels(), || {
            (encode_stage(&task), encode_partitions(&self.op, Some(&partitions)))
        });
        let encoded = encoded?;
        context.submit::<A::Out>(&self.node, code, encoded, &partitions, call_site)?.run(handler).await
    }
}

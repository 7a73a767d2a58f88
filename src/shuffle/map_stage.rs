//! The map side of a shuffle: a chain of operators and the writer at its end.

use std::{sync::Arc, time::Instant};

use firesteel_actors::{ShuffleId, lineage::StageBinary};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::store::Block;
use crate::{
    code::{Decodable, DecodeError, from_bytes, sealed::Sealed},
    context::encode_partitions,
    rdd::{
        Compute, MapStage, PlanError, Prepare, StageError, decode_split, partitioning::PartitionCount,
        with_room,
    },
    task::{StageCode, StageOutput, TaskContext, TaskError, encode_stage},
};

/// The most parts (map tasks times reducers) of a shuffle: each takes room, also when it is empty.
const MAX_PARTS: usize = 1 << 28;

/// A map task's output: the block, and what is to be told of it.
pub(crate) struct Written {
    pub(crate) block: Block,
    /// Bytes of each reducer's part, as its rows lie in memory or would if they are in a file; without what rows own on the
    /// heap.
    pub(crate) sizes: Vec<u64>,
    pub(crate) records: u64,
}

/// Distributes a partition's pairs over the reducers.
pub(crate) trait ShuffleWriter<T>:
    Clone + Send + Sync + Serialize + DeserializeOwned + 'static
{
    /// Drives the iterator to its end.
    fn write(
        &self,
        pairs: impl Iterator<Item = T>,
        num_reduces: usize,
        task: &Arc<TaskContext>,
    ) -> Result<Written, TaskError>;

    /// What has to be known before it can be sent, if anything.
    fn prepare(&self) -> Option<&dyn Prepare> {
        None
    }
}

/// The map side of a shuffle, on the driver.
pub(crate) struct TypedMapStage<P, W> {
    pub(crate) shuffle_id: ShuffleId,
    pub(crate) parent: P,
    pub(crate) writer: W,
    pub(crate) operation: &'static str,
    pub(crate) count: PartitionCount,
}

impl<P: Compute, W: ShuffleWriter<P::Item>> MapStage for TypedMapStage<P, W> {
    fn num_reduces(&self) -> Result<usize, PlanError> {
        self.count.get()
    }

    fn binary(&self) -> Result<StageBinary, StageError> {
        check_levels(&self.parent)?;
        let (maps, reduces) = (self.parent.num_partitions()?, self.num_reduces()?);
        if maps.saturating_mul(reduces) > MAX_PARTS {
            return Err(PlanError::TooManyParts { operation: self.operation, maps, reduces }.into());
        }
        let task = ShuffleMapTask {
            shuffle_id: self.shuffle_id,
            num_reduces: reduces,
            parent: self.parent.clone(),
            writer: self.writer.clone(),
        };
        let (code, partitions) = with_room(self.parent.boxed_levels(), || {
            (encode_stage(&task), encode_partitions(&self.parent, None))
        });
        Ok(StageBinary { code: code?, partitions: partitions? })
    }

    fn prepare(&self) -> Option<&dyn Prepare> {
        self.writer.prepare()
    }
}

/// Refuses chains that are nested too deep to decode and drive without danger for the stack.
pub(crate) fn check_levels<P: Compute>(op: &P) -> Result<(), PlanError> {
    let levels = op.boxed_levels();
    if levels > PlanError::MAX_BOXED_LEVELS { Err(PlanError::TooDeep { levels }) } else { Ok(()) }
}

/// The map side of a shuffle, as it travels.
#[derive(Serialize, Deserialize)]
#[serde(bound = "P: Compute, W: Serialize + DeserializeOwned")]
struct ShuffleMapTask<P, W> {
    shuffle_id: ShuffleId,
    num_reduces: usize,
    parent: P,
    writer: W,
}

impl<P, W> Sealed for ShuffleMapTask<P, W> {}

impl<P: Compute, W: ShuffleWriter<P::Item>> Decodable for ShuffleMapTask<P, W> {
    type Object = dyn StageCode;

    fn decode(bytes: &[u8]) -> Result<Box<dyn StageCode>, DecodeError> {
        Ok(Box::new(from_bytes::<Self>(bytes)?))
    }
}

impl<P: Compute, W: ShuffleWriter<P::Item>> StageCode for ShuffleMapTask<P, W> {
    fn run(&self, partition: &[u8], task: &Arc<TaskContext>) -> Result<StageOutput, TaskError> {
        task.begin_output(self.shuffle_id);
        let pairs = self.parent.compute(decode_split::<P>(partition, task)?, task)?;
        let Written { block, sizes, records } = self.writer.write(pairs, self.num_reduces, task)?;
        let begun = Instant::now();
        // An attempt that was killed must not put its output over another's.
        task.kill_task_if_interrupted();
        let made = (task.partition_id(), task.task_attempt_id());
        task.env.shuffles.put(self.shuffle_id, made, task.num_partitions(), block);
        task.metrics.shuffle_write_time(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
        task.metrics.shuffle_bytes_written(sizes.iter().sum());
        task.metrics.shuffle_records_written(records);
        Ok(StageOutput::MapOutput(sizes))
    }
}

//! Decoded stages: each executor decodes a stage once.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use firesteel_actors::{StageId, message::StageTask};

use super::{StageCode, TaskError};
use crate::code::{CodeError, CodeRef, from_bytes};

/// Stages that are kept; more than run at a time, so that one is decoded again only in odd cases.
const KEPT: usize = 32;

type Key = (StageId, u32);

/// A stage, once it is decoded. Locked while it is: tasks of the same stage wait for one decoding instead of doing it each.
type Slot = Arc<Mutex<Option<Arc<dyn StageCode>>>>;

/// The stages that an executor decoded last.
#[derive(Default)]
pub(crate) struct StageCache {
    stages: Mutex<VecDeque<(Key, Slot)>>,
}

impl StageCache {
    /// The decoded stage, decoded now if this is its first task here.
    pub(super) fn get(&self, stage: &StageTask) -> Result<Arc<dyn StageCode>, TaskError> {
        let slot = self.slot((stage.stage_id, stage.stage_attempt_id));
        let mut decoded = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = &*decoded {
            return Ok(code.clone());
        }
        // This may fetch broadcast values: others do not wait for it. If it fails, the next task tries again.
        let code: Arc<dyn StageCode> = decode(stage)?.into();
        *decoded = Some(code.clone());
        Ok(code)
    }

    /// The place of a stage, made now if there is none.
    fn slot(&self, key: Key) -> Slot {
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, slot)) = stages.iter().find(|(known, _)| *known == key) {
            return slot.clone();
        }
        let oldest = if stages.len() == KEPT { stages.pop_front() } else { None };
        let slot = Slot::default();
        stages.push_back((key, slot.clone()));
        drop(stages);
        // Outside of the lock: what it drops is the user's.
        drop(oldest);
        slot
    }

    /// Takes all stages out: no job runs. Does not wait for one that is being decoded.
    pub(crate) fn take(&self) -> StageCache {
        let stages = std::mem::take(&mut *self.stages.lock().unwrap_or_else(PoisonError::into_inner));
        StageCache { stages: Mutex::new(stages) }
    }
}

impl std::fmt::Debug for StageCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StageCache")
    }
}

fn decode(stage: &StageTask) -> Result<Box<dyn StageCode>, TaskError> {
    let bytes = stage.binary.bytes().unwrap_or_default();
    let (code, operators): (CodeRef, serde_bytes::ByteBuf) = from_bytes(bytes).map_err(|source| {
        let name = "stage binary".to_owned();
        TaskError::Stage(Arc::new(CodeError::Decode { name, source }))
    })?;
    code.decode::<dyn StageCode>(&operators).map_err(|error| TaskError::Stage(Arc::new(error)))
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Barrier,
        atomic::{AtomicU32, Ordering::SeqCst},
    };

    use firesteel_actors::{JobId, lineage::Blob, message::TaskKind};
    use serde::{Deserialize, Deserializer, Serialize};

    use super::*;
    use crate::{
        code::{Decodable, DecodeError, sealed::Sealed},
        task::{StageOutput, TaskContext, encode_stage},
    };

    /// A slow one is met by the test when its decoding begins, and again before it ends.
    static MET: Barrier = Barrier::new(2);
    static DECODED: AtomicU32 = AtomicU32::new(0);

    /// Whether it is slow.
    #[derive(Serialize)]
    struct Code(bool);

    impl<'de> Deserialize<'de> for Code {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let is_slow = bool::deserialize(deserializer)?;
            if is_slow {
                DECODED.fetch_add(1, SeqCst);
                MET.wait();
                MET.wait();
            }
            Ok(Code(is_slow))
        }
    }

    impl Sealed for Code {}

    impl Decodable for Code {
        type Object = dyn StageCode;

        fn decode(bytes: &[u8]) -> Result<Box<dyn StageCode>, DecodeError> {
            Ok(Box::new(from_bytes::<Self>(bytes)?))
        }
    }

    impl StageCode for Code {
        fn run(&self, _: &[u8], _: &Arc<TaskContext>) -> Result<StageOutput, TaskError> {
            Ok(StageOutput::Result(Vec::new()))
        }
    }

    fn stage(id: u32, binary: Blob) -> StageTask {
        StageTask {
            job_id: JobId(0),
            stage_id: StageId(id),
            stage_attempt_id: 0,
            kind: TaskKind::Result,
            num_partitions: 1,
            binary,
            properties: Arc::default(),
            epoch: 0,
            is_barrier: false,
        }
    }

    #[test]
    fn who_decodes_a_stage_is_waited_for_by_the_tasks_of_that_stage_only() {
        let cache = StageCache::default();
        let slow = stage(0, encode_stage(&Code(true)).unwrap());
        let quick = stage(1, encode_stage(&Code(false)).unwrap());
        std::thread::scope(|scope| {
            let tasks = [(); 3].map(|()| scope.spawn(|| cache.get(&slow).is_ok()));
            MET.wait();
            assert!(cache.get(&quick).is_ok());
            MET.wait();
            assert!(tasks.into_iter().all(|task| task.join().unwrap()));
        });
        assert_eq!(DECODED.load(SeqCst), 1);
        drop(cache.take());
        std::thread::scope(|scope| {
            let task = scope.spawn(|| cache.get(&slow).is_ok());
            MET.wait();
            assert_eq!(cache.take().stages.lock().unwrap().len(), 1);
            MET.wait();
            assert!(task.join().unwrap());
        });
        assert_eq!(DECODED.load(SeqCst), 2);
        assert!(cache.stages.lock().unwrap().is_empty());
    }
}

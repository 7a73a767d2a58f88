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

/// The stages that an executor decoded last.
#[derive(Default)]
pub(crate) struct StageCache {
    stages: Mutex<VecDeque<(Key, Arc<dyn StageCode>)>>,
}

impl StageCache {
    /// The decoded stage, decoded now if this is its first task here.
    pub(super) fn get(&self, stage: &StageTask) -> Result<Arc<dyn StageCode>, TaskError> {
        let key = (stage.stage_id, stage.stage_attempt_id);
        // Held while decoding: tasks of the same stage wait for one decoding instead of doing it each.
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, code)) = stages.iter().find(|(known, _)| *known == key) {
            return Ok(code.clone());
        }
        let code: Arc<dyn StageCode> = decode(stage)?.into();
        let oldest = if stages.len() == KEPT { stages.pop_front() } else { None };
        stages.push_back((key, code.clone()));
        drop(stages);
        // Outside of the lock: what it drops is the user's.
        drop(oldest);
        Ok(code)
    }

    /// Takes all stages out: no job runs.
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

//! Messages to the result getter.

use super::tasks::{result, stage_task};
use crate::message::ResultGetterMessage as Getter;

pub(super) fn brief(message: &Getter) -> String {
    let Getter::EnqueueSuccessfulTask(get) = message;
    format!(
        "decode {:?} of {} out {} on {}: {}",
        get.task_id,
        stage_task(&get.stage),
        get.output_id,
        get.executor_id,
        result(&get.result)
    )
}

//! Messages to the MapOutputTracker.

use crate::message::{MapOutputTrackerMessage as Tracker, MapStatus, RegisterMapOutput};

pub(super) fn brief(message: &Tracker) -> String {
    let of = |status: &Option<MapStatus>| match status {
        Some(status) => status.executor_id.to_string(),
        None => "-".to_owned(),
    };
    match message {
        Tracker::RegisterMapOutputs(register) => {
            let executors: Vec<String> = register.statuses.iter().map(of).collect();
            let executors = executors.join(" ");
            format!("{:?} is at [{executors}] in epoch {}", register.shuffle_id, register.epoch)
        }
        Tracker::RegisterMapOutput(register) => {
            let RegisterMapOutput { shuffle_id, epoch, map_index, status } = register;
            format!("{shuffle_id:?} output {map_index} is at {} in epoch {epoch}", status.executor_id)
        }
        Tracker::UnregisterMapOutputs(lost) => {
            format!("{:?} has lost {:?} in epoch {}", lost.shuffle_id, lost.map_indices, lost.epoch)
        }
        Tracker::UnregisterShuffle(gone) => format!("{:?} is gone", gone.shuffle_id),
        other => format!("{other:?}"),
    }
}

//! What differs from run to run although nothing else does.

use crate::trace::state::State;

/// Fields that are not compared, with the struct that has them if others have one of that name that counts.
const FIELDS: [(Option<&str>, &str); 19] = [
    // Moments. What took longer is told apart.
    (None, "launch_time"),
    (None, "getting_result_time"),
    (None, "finish_time"),
    (None, "submission_time"),
    (None, "completion_time"),
    (None, "time"),
    (None, "at"),
    (None, "until"),
    // Measurements.
    (None, "metrics"),
    // Places of tasks, and what is chosen by them. Tasks that ran elsewhere are counted apart. An executor that a message
    // itself is about is a part of what it is, and so compared.
    (None, "executor_id"),
    (None, "locality"),
    (None, "locations"),
    (Some("TaskDescription"), "resources"),
    (Some("TaskDescription"), "addresses"),
    // Numbers of task attempts, which count launches: attempts are known by what they compute.
    (None, "task_id"),
    (None, "map_id"),
    // Numbers of questions and of waits, which count what was asked and waited for before, whatever that was about.
    (None, "request"),
    (Some("AbortUnschedulableTaskSet"), "serial"),
    // The same failure on another thread has other frames; the error and its place are compared.
    (Some("ExceptionFailure"), "stack_trace"),
];

/// Takes out of a message what is not compared.
pub(super) fn leave_out(state: &mut State) {
    match state {
        State::Leaf(_) => {}
        State::List(values) | State::Set(values) | State::Tuple(_, values) => {
            values.iter_mut().for_each(leave_out);
        }
        State::Map(pairs) => pairs.iter_mut().for_each(|(_, value)| leave_out(value)),
        State::Struct(name, fields) => {
            let is_noise = |field: &str| {
                let of_this = |of: &Option<&str>| of.is_none_or(|of| of == name);
                FIELDS.iter().any(|(of, noise)| *noise == field && of_this(of))
            };
            fields.retain(|(field, _)| !is_noise(field));
            fields.iter_mut().for_each(|(_, value)| leave_out(value));
        }
    }
}

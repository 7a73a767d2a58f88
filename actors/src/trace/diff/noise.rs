//! What differs from run to run although nothing else does.

use crate::trace::state::State;

/// Fields that are not compared, with the struct that has them if others have one of that name that counts.
const FIELDS: [(Option<&str>, &str); 18] = [
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
    // Numbers of questions, which count what was asked before, whatever that was about.
    (None, "request"),
    // The same failure on another thread has other frames; the error and its place are compared.
    (Some("ExceptionFailure"), "stack_trace"),
];

/// Takes out of a message what is not compared.
pub(super) fn leave_out(state: &mut State) {
    match state {
        State::Leaf(text) if text.starts_with('"') => *text = plain(text),
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

/// A text without the numbers and places that differ: `Lost task 3.0 in stage 1.0 (TID 9) (localhost executor 2)`, and
/// how long a heartbeat was waited for.
fn plain(text: &str) -> String {
    let text = blanked(text, "after ", " ms");
    let text = blanked(&text, "(TID ", ")");
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let task = "(TID *)";
    while let Some((before, behind)) = rest.split_once(task) {
        plain.push_str(before);
        plain.push_str(task);
        let place = behind.strip_prefix(" (").and_then(|behind| behind.split_once(')'));
        rest = match place {
            Some((place, behind_place)) if place.contains("executor ") => behind_place,
            _ => behind,
        };
    }
    plain + rest
}

/// A text in which whatever number stands between these is a star.
fn blanked(text: &str, before: &str, after: &str) -> String {
    let mut blanked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((start, behind)) = rest.split_once(before) {
        blanked.push_str(start);
        blanked.push_str(before);
        let end = behind.trim_start_matches(|digit: char| digit.is_ascii_digit());
        rest = if end.len() < behind.len() && end.starts_with(after) {
            blanked.push('*');
            end
        } else {
            behind
        };
    }
    blanked + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_places_and_waits_are_left_out_of_texts() {
        for (text, expected) in [
            (
                "Lost task 3.0 in stage 1.0 (TID 9) (localhost executor 2): six",
                "Lost task 3.0 in stage 1.0 (TID *): six",
            ),
            ("(TID 9) (TID 10) (x) after all", "(TID *) (TID *) (x) after all"),
            ("timed out after 10123 ms", "timed out after * ms"),
            ("after 3 attempts (TID x)", "after 3 attempts (TID x)"),
        ] {
            assert_eq!(plain(text), expected);
        }
    }

    #[test]
    fn fields_are_left_out_of_their_own_structs_only() {
        let task = "TaskDescription { task_id: t1, resources: {}, partition_id: 3 }";
        let executor = "RegisterExecutor { resources: {gpu: 1}, host: \"a\" }";
        for (text, expected) in [(task, "TaskDescription { partition_id: 3 }"), (executor, executor)] {
            let mut state = State::parse(text);
            leave_out(&mut state);
            assert_eq!(state.on_one_line(), expected);
        }
    }
}

//! What differs between two messages that are the same in two runs.

use super::value::{Value, value_of};
use crate::trace::Record;

/// As many differing fields of one message are told.
const FIELDS: usize = 20;

/// Fields that differ from run to run although nothing else does: moments, measurements, ids that are counted in the
/// order in which things happen, and places, which are compared apart.
const NOISE: [&str; 25] = [
    "addresses",
    "completion_time",
    "executor_id",
    "finish_time",
    "getting_result_time",
    "host",
    "launch_time",
    "locality",
    "location",
    "locations",
    "map_id",
    "metrics",
    "offers",
    "request",
    "resources",
    "returned",
    "round",
    "serial",
    "stack_trace",
    "submission_time",
    "task_id",
    "task_metrics",
    "time",
    "until",
    "at",
];

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldDifference {
    /// Where it is, such as `task.stage.properties.spark.jobGroup.id`.
    pub path: String,
    /// What it is in the first run.
    pub first: String,
    /// What it is in the second.
    pub second: String,
}

/// What differs between two messages; of messages without payload, what their heads tell.
pub(super) fn differences(first: &Record, second: &Record) -> Vec<FieldDifference> {
    let mut found = Vec::new();
    match (&first.message, &second.message) {
        (Some(one), Some(other)) if one != other => {
            let trees = value_of(&one.as_ref()).zip(value_of(&other.as_ref()));
            if let Some((one, other)) = trees {
                compare(inner(&one), inner(&other), "", &mut found);
            }
        }
        (Some(_), Some(_)) => {}
        _ => {
            let heads = [("outcome", first.ids.note, second.ids.note)];
            for (path, one, other) in heads {
                leaf(path, one.unwrap_or("none"), other.unwrap_or("none"), &mut found);
            }
            let count =
                |record: &Record| record.ids.count.map_or("none".to_owned(), |count| count.to_string());
            leaf("count", &count(first), &count(second), &mut found);
        }
    }
    found
}

/// The message without the names of its receiver and its kind, which both have.
fn inner(value: &Value) -> &Value {
    only_part(value).and_then(only_part).unwrap_or(value)
}

fn only_part(value: &Value) -> Option<&Value> {
    match value {
        Value::Named(parts) => match &parts[..] {
            [(_, part)] => Some(part),
            _ => None,
        },
        _ => None,
    }
}

fn compare(first: &Value, second: &Value, path: &str, found: &mut Vec<FieldDifference>) {
    if found.len() >= FIELDS || first == second {
        return;
    }
    match (first, second) {
        (Value::Named(one), Value::Named(other)) if same_names(one, other) => {
            for ((name, one), (_, other)) in one.iter().zip(other) {
                if !NOISE.contains(&name.as_str()) {
                    compare(one, other, &join(path, name), found);
                }
            }
        }
        (Value::List(one), Value::List(other)) if one.len() == other.len() => {
            for (place, (one, other)) in one.iter().zip(other).enumerate() {
                compare(one, other, &format!("{path}[{place}]"), found);
            }
        }
        _ => leaf(path, &first.to_string(), &second.to_string(), found),
    }
}

fn same_names(one: &[(String, Value)], other: &[(String, Value)]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|((one, _), (other, _))| one == other)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn leaf(path: &str, first: &str, second: &str, found: &mut Vec<FieldDifference>) {
    if first != second {
        let (first, second) = (first.to_owned(), second.to_owned());
        found.push(FieldDifference { path: path.to_owned(), first, second });
    }
}

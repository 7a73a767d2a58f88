//! The lineage as Spark prints it.

use std::sync::Arc;

use firesteel_actors::units::size;

use super::{NodeDependency, RddNode};
use crate::{StorageLevel, context::settle_counts};

/// The lineage of an RDD, one line each, indented by shuffles:
///
/// ```text
/// (2) ShuffledRDD[3] at reduce_by_key at src/main.rs:9:10 []
///  +-(4) MapPartitionsRDD[2] at map at src/main.rs:8:10 []
///     |  MapPartitionsRDD[1] at flat_map at src/main.rs:7:10 []
///     |  text.txt TextFileRDD[0] at text_file at src/main.rs:6:22 []
/// ```
pub(crate) fn debug_string(node: &Arc<RddNode>) -> String {
    settle_counts(node);
    let mut lines = Vec::new();
    let mut steps = vec![Step { node: node.clone(), indent: String::new(), kind: Kind::Whole }];
    // Depth first by a list: lineages may be deep.
    while let Some(Step { node, indent, kind }) = steps.pop() {
        let (line, indent) = match kind {
            Kind::Narrow => (format!("{indent}{}", described(&node)), indent),
            Kind::Whole => {
                let (count, bar) = head(&node);
                (format!("{count} {}", described(&node)), bar)
            }
            Kind::Shuffled { is_last } => {
                let (count, bar) = head(&node);
                let outer = indent.trim_end_matches(' ').trim_end_matches('|');
                let beside = if is_last { "  " } else { "| " };
                (format!("{outer}+-{count} {}", described(&node)), format!("{outer}{beside}{bar}"))
            }
        };
        lines.push(line);
        lines.extend(kept(&node).map(|kept| format!("{indent}    {kept}")));
        if let Some(parent) = node.to_be_checkpointed() {
            steps.push(Step { node: parent, indent: indent.clone(), kind: Kind::Narrow });
        }
        for (place, dependency) in node.dependencies.iter().enumerate().rev() {
            let kind = match dependency {
                NodeDependency::Shuffle(_) => {
                    Kind::Shuffled { is_last: place + 1 == node.dependencies.len() }
                }
                _ => Kind::Narrow,
            };
            steps.push(Step { node: Arc::clone(dependency.parent()), indent: indent.clone(), kind });
        }
    }
    lines.join("\n")
}

/// An RDD that is to be printed.
struct Step {
    node: Arc<RddNode>,
    /// What stands before its line.
    indent: String,
    kind: Kind,
}

/// How an RDD is needed by the one before it.
enum Kind {
    /// By none.
    Whole,
    Narrow,
    Shuffled {
        is_last: bool,
    },
}

/// An RDD with its storage level.
fn described(node: &RddNode) -> String {
    let level = node.persisted.as_ref().map(|persisted| persisted.level()).filter(|level| level.keeps());
    format!("{node} [{}]", level.map(StorageLevel::description).unwrap_or_default())
}

/// What executors keep of it, if anything.
fn kept(node: &RddNode) -> Option<String> {
    let info = node.persisted.as_ref()?.info().filter(|info| info.num_cached_partitions > 0)?;
    Some(format!(
        "CachedPartitions: {}; MemorySize: {}; DiskSize: {}",
        info.num_cached_partitions,
        size(info.memory_size),
        size(info.disk_size)
    ))
}

/// The number of partitions in brackets, and what stands below it before the lines of narrow parents.
fn head(node: &RddNode) -> (String, String) {
    let count = node.num_partitions().map_or_else(|_| "(?)".to_owned(), |count| format!("({count})"));
    let left = (count.len() - 1) / 2;
    let bar = format!("{:left$}|{:right$}", "", "", right = count.len() - left);
    (count, bar)
}

//! The lineage as Spark prints it.

use std::sync::Arc;

use super::{NodeDependency, RddNode};

/// The lineage of an RDD, one line each, indented by shuffles:
///
/// ```text
/// (2) ShuffledRDD[3] at reduce_by_key at src/main.rs:9:10 []
///  +-(4) MapPartitionsRDD[2] at map at src/main.rs:8:10 []
///     |  MapPartitionsRDD[1] at flat_map at src/main.rs:7:10 []
///     |  text.txt TextFileRDD[0] at text_file at src/main.rs:6:22 []
/// ```
pub(crate) fn debug_string(node: &Arc<RddNode>) -> String {
    struct Step {
        node: Arc<RddNode>,
        /// What stands before the line itself.
        head: String,
        /// What stands before the lines of its narrow parents.
        indent: String,
    }
    let begin = |node: &Arc<RddNode>, before: &str, indent: &str| {
        let count = node.num_partitions().map_or_else(|_| "?".to_owned(), |count| count.to_string());
        let bar = format!("{indent}{:width$}|  ", "", width = count.len().saturating_sub(1) + 1);
        Step { node: node.clone(), head: format!("{before}({count}) "), indent: bar }
    };
    let mut lines = Vec::new();
    let mut steps = vec![begin(node, "", "")];
    // Depth first by a list: lineages may be deep.
    while let Some(Step { node, head, indent }) = steps.pop() {
        lines.push(format!("{head}{node} []"));
        let outer = indent.strip_suffix("|  ").unwrap_or(&indent).to_owned();
        for dependency in node.dependencies.iter().rev() {
            match dependency {
                NodeDependency::Shuffle(shuffle) => {
                    let before = format!("{outer}+-");
                    let deeper = format!("{outer}   ");
                    steps.push(begin(shuffle.parent(), &before, &deeper));
                }
                NodeDependency::OneToOne(parent) | NodeDependency::Range(parent) => {
                    steps.push(Step {
                        node: Arc::clone(parent),
                        head: indent.clone(),
                        indent: indent.clone(),
                    });
                }
            }
        }
    }
    lines.join("\n")
}

//! The RDD programs of the examples, which the engine's sides run: the measured code is what users read.
#![allow(dead_code, reason = "reading files and printing are the examples' own")]

#[path = "../../../examples/terasort/check.rs"]
pub(crate) mod check;
#[path = "../../../examples/pi/inside.rs"]
pub(crate) mod inside;
#[path = "../../../examples/kmeans/lloyd.rs"]
pub(crate) mod lloyd;
#[path = "../../../examples/kmeans/points.rs"]
pub(crate) mod points;
#[path = "../../../examples/pagerank/ranks.rs"]
pub(crate) mod ranks;
#[path = "../../../examples/join/rows.rs"]
pub(crate) mod rows;

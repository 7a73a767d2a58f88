mod exhaustive;
mod known_bugs;
mod questions;
mod seeds;
mod stopping;

mod exhaustive;
mod known_bugs;
mod seeds;
mod stopping;

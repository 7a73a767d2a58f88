mod known_bugs;
mod seeds;

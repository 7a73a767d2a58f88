mod simulated;
mod timelines;
mod tampered;

mod simulated;
mod tampered;
mod timelines;

//! Durations and sizes as people write and read them: in settings, filters, messages and tables.

mod duration;
mod size;

pub use duration::{NotADuration, parse_duration, short};
pub(crate) use duration::{
    duration, nanoseconds, read_setting as read_duration, show_setting as show_duration,
};
pub use size::size;
pub(crate) use size::{read_setting as read_size, show_setting as show_size};

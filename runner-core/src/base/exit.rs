//! The exit codes of an experiment program.

/// Every requested result is there.
pub const DONE: u8 = 0;
/// A run failed, is missing, or differs from its result when it is verified; or the report failed.
pub const INCOMPLETE: u8 = 1;
/// The command line is wrong: an unknown flag, field, value or pattern, or no configs.
pub const USAGE: u8 = 2;
/// The output directory cannot be read or written.
pub const STORE: u8 = 3;
/// Stopped by a signal before everything was done.
pub const INTERRUPTED: u8 = 130;

//! `--where`: expressions that select runs by their config, output, state and duration; `--sort`: a field that orders them.

mod condition;
mod empty;
mod expression;
mod operand;
mod order;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod joined_tests;
#[cfg(test)]
mod tests;

pub(crate) use condition::Filter;
pub(crate) use operand::{BUILDS, RunView, VERIFIED, fields_of_run, words_of_run};
pub(crate) use order::order_by;

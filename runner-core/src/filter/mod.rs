//! `--where`: expressions that select runs by their config, output, state and duration.

mod condition;
mod empty;
mod expression;
mod operand;
mod row;
mod subject;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

pub(crate) use condition::Filter;
pub(crate) use row::RunView;
pub(crate) use subject::{BUILDS, fields_of_run, words_of_run};

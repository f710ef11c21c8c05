//! [`RunView`]: what a filter may look at.

use std::time::Duration;

use crate::value::Tree;

/// One run, as far as it is known. What the filter does not need may be left out.
#[derive(Clone, Copy)]
pub(crate) struct RunView<'a> {
    pub(crate) config: &'a Tree,
    pub(crate) output: Option<&'a Tree>,
    /// The state in one word.
    pub(crate) state: &'a str,
    pub(crate) duration: Option<Duration>,
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    /// Whether its result is from another build of the program.
    pub(crate) build_is_other: Option<bool>,
}

//! The wording of errors about names that do not exist.

use crate::base::{did_you_mean, nearest};

/// The most names that an error lists.
const NAMES_MAX: usize = 32;

/// Says that there is no `name` among `names`, which are `what`s, and which one may be meant.
pub(crate) fn no_such<S: AsRef<str>>(what: &str, name: &str, names: &[S]) -> String {
    let names = || names.iter().map(AsRef::as_ref);
    let suggestion = did_you_mean(nearest(name, names()));
    let mut listed: Vec<&str> = names().take(NAMES_MAX).collect();
    if names().count() > NAMES_MAX {
        listed.push("…");
    }
    match listed.as_slice() {
        [] => format!("no {what} `{name}`{suggestion}"),
        listed => format!(
            "no {what} `{name}`{suggestion} ({what}s: {})",
            listed.join(", ")
        ),
    }
}

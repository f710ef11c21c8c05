//! [`Nearness`]: how similar a stored run is to a config without a result, and the differences. Pure: no I/O.

use crate::value::{Leaf, Mark, Value};

/// A config without a result: its leaves under the names of the key, in the stored form.
#[derive(Clone, Debug)]
pub(crate) struct Sought {
    pub(crate) leaves: Vec<Leaf>,
}

/// The origin of a stored run. Among equally near runs, the first kind wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kinship {
    Same,
    OtherVersion,
    /// An experiment of another name. It counts only where nothing else differs, as after a rename.
    OtherExperiment,
}

/// One field in which a stored run differs; `None` stands for an absent field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    pub(crate) path: String,
    pub(crate) stored: Option<String>,
    pub(crate) now: Option<String>,
}

/// The order of stored runs: fewest differences first, then kinship, then the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Nearness {
    pub(crate) differences: usize,
    pub(crate) kinship: Kinship,
    age: std::cmp::Reverse<u64>,
}

impl Nearness {
    /// Compares a run with these leaves. Returns `None` if it is no nearer than `limit`.
    pub(crate) fn of(
        sought: &Sought,
        stored: &[Leaf],
        kinship: Kinship,
        started_ns: u64,
        limit: Option<Self>,
    ) -> Option<Self> {
        let most = limit.map_or(usize::MAX, |limit| limit.differences);
        let most = if kinship == Kinship::OtherExperiment {
            0
        } else {
            most
        };
        let mut count = 0;
        each_pair(stored, &sought.leaves, &mut |stored, now| {
            count += usize::from(differs(stored, now));
            count <= most
        });
        let nearness = Self {
            differences: count,
            kinship,
            age: std::cmp::Reverse(started_ns),
        };
        (count <= most && limit.is_none_or(|limit| nearness < limit)).then_some(nearness)
    }
}

/// Returns the fields in which a stored run differs from a config, in the order of the config's fields.
pub(crate) fn differences(sought: &Sought, stored: &[Leaf]) -> Vec<Difference> {
    let mut found = Vec::new();
    each_pair(stored, &sought.leaves, &mut |stored, now| {
        if differs(stored, now) {
            let path = now.or(stored).map_or("", |leaf| leaf.path.as_str());
            found.push(Difference {
                path: path.to_owned(),
                stored: stored.map(|leaf| shown(leaf, now)),
                now: now.map(|leaf| shown(leaf, stored)),
            });
        }
        true
    });
    found
}

/// Returns whether only one of the keys has a field, as what its absence means has changed.
fn is_left_out_of_one(stored: Option<&Leaf>, now: Option<&Leaf>) -> bool {
    let is_keyed = |leaf: &Leaf| matches!(leaf.mark, Mark::Keyed | Mark::Replicate);
    let (Some(stored), Some(now)) = (stored, now) else {
        return false;
    };
    let is_omitted = |leaf: &Leaf| leaf.mark == Mark::Omitted;
    is_omitted(stored) && is_keyed(now) || is_keyed(stored) && is_omitted(now)
}

/// Shows the value, with its type where only the type differs.
fn shown(leaf: &Leaf, other: Option<&Leaf>) -> String {
    let value = match &leaf.value {
        Value::Text(text) => format!("{text:?}"),
        value => value.to_string(),
    };
    match (leaf.mark, other) {
        (Mark::Skipped, _) => format!("{value} (not in the key)"),
        (mark, Some(other))
            if (mark == Mark::Omitted) != (other.mark == Mark::Omitted)
                && other.kind == leaf.kind
                && other.value.is_same(&leaf.value) =>
        {
            let why = if mark == Mark::Omitted {
                "not in the key: its `added` value"
            } else {
                "in the key"
            };
            format!("{value} ({why})")
        }
        (_, Some(other)) if other.value == leaf.value || other.value.to_string() == value => {
            format!("{value} ({})", leaf.kind.name())
        }
        _ => value,
    }
}

/// Calls `each` with the leaves of both sides at each path, until it returns false.
fn each_pair(
    stored: &[Leaf],
    now: &[Leaf],
    each: &mut dyn FnMut(Option<&Leaf>, Option<&Leaf>) -> bool,
) {
    // Runs of one type have the same paths in the same order, so the next leaf is nearly always the right one.
    let mut next = 0;
    let mut met = 0;
    for leaf in now {
        let at = match stored.get(next) {
            Some(candidate) if candidate.path == leaf.path => Some(next),
            _ => stored
                .iter()
                .position(|candidate| candidate.path == leaf.path),
        };
        if let Some(at) = at {
            next = at + 1;
            met += 1;
        }
        if !each(at.map(|at| &stored[at]), Some(leaf)) {
            return;
        }
    }
    if met == stored.len() {
        return;
    }
    for leaf in stored {
        if !now.iter().any(|other| other.path == leaf.path) && !each(Some(leaf), None) {
            return;
        }
    }
}

/// Returns whether a pair of leaves makes different keys.
fn differs(stored: Option<&Leaf>, now: Option<&Leaf>) -> bool {
    if is_left_out_of_one(stored, now) {
        return true;
    }
    match (stored, now) {
        (Some(stored), Some(now)) => match (stored.mark, now.mark) {
            (Mark::Skipped, Mark::Skipped) => false,
            (Mark::Skipped, _) | (_, Mark::Skipped) => {
                // A field left out of both keys, even in different ways, is no difference.
                stored.mark != Mark::Omitted && now.mark != Mark::Omitted
            }
            _ => stored.kind != now.kind || !stored.value.is_same(&now.value),
        },
        (Some(leaf), None) | (None, Some(leaf)) => {
            matches!(leaf.mark, Mark::Keyed | Mark::Replicate)
        }
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Kind;

    fn leaf(path: &str, value: i128, mark: Mark) -> Leaf {
        Leaf {
            path: path.to_owned(),
            kind: Kind::U32,
            value: Value::Int(value),
            mark,
            omitted_at: 0,
        }
    }

    fn sought(leaves: &[Leaf]) -> Sought {
        Sought {
            leaves: leaves.to_vec(),
        }
    }

    #[track_caller]
    fn check(stored: &[Leaf], now: &[Leaf], expected: &[(&str, Option<&str>, Option<&str>)]) {
        let sought = sought(now);
        let found = differences(&sought, stored);
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.path.as_str(), one.stored.as_deref(), one.now.as_deref()))
            .collect();
        assert_eq!(found, expected);
        let nearness = Nearness::of(&sought, stored, Kinship::Same, 0, None);
        assert_eq!(nearness.map(|near| near.differences), Some(expected.len()));
    }

    #[test]
    fn differences_are_named_by_field() {
        use Mark::{Keyed, Omitted, Skipped};
        let [epochs, more, rate] = [
            leaf("epochs", 100, Keyed),
            leaf("epochs", 200, Keyed),
            leaf("rate", 1, Keyed),
        ];
        check(
            &[epochs.clone(), rate.clone()],
            &[epochs.clone(), rate.clone()],
            &[],
        );
        check(
            &[epochs.clone(), rate.clone()],
            &[more.clone(), rate.clone()],
            &[("epochs", Some("100"), Some("200"))],
        );
        check(
            &[epochs.clone(), rate.clone()],
            std::slice::from_ref(&rate),
            &[("epochs", Some("100"), None)],
        );
        check(
            std::slice::from_ref(&rate),
            &[rate.clone(), more],
            &[("epochs", None, Some("200"))],
        );
        // What the absence of a field means has changed.
        check(
            &[leaf("new", 1, Omitted), rate.clone()],
            &[leaf("new", 1, Keyed), rate.clone()],
            &[(
                "new",
                Some("1 (not in the key: its `added` value)"),
                Some("1 (in the key)"),
            )],
        );
        // A field left out of the key is no difference, whether or not it is there.
        check(
            std::slice::from_ref(&rate),
            &[leaf("new", 1, Omitted), rate.clone()],
            &[],
        );
        check(
            &[leaf("log", 1, Skipped), rate.clone()],
            &[rate.clone(), leaf("log", 2, Skipped)],
            &[],
        );
        check(
            &[leaf("log", 1, Keyed)],
            &[leaf("log", 1, Skipped)],
            &[("log", Some("1 (u32)"), Some("1 (not in the key)"))],
        );
    }

    #[test]
    fn a_type_that_changed_is_told() {
        let mut wide = leaf("epochs", 5, Mark::Keyed);
        wide.kind = Kind::U64;
        check(
            &[leaf("epochs", 5, Mark::Keyed)],
            &[wide],
            &[("epochs", Some("5 (u32)"), Some("5 (u64)"))],
        );
    }

    #[test]
    fn fewer_differences_come_before_kinship_and_that_before_age() {
        let now = sought(&[leaf("a", 1, Mark::Keyed), leaf("b", 1, Mark::Keyed)]);
        let one = [leaf("a", 2, Mark::Keyed), leaf("b", 1, Mark::Keyed)];
        let near =
            |leaves: &[Leaf], kinship, started| Nearness::of(&now, leaves, kinship, started, None);
        let same = near(&one, Kinship::Same, 1);
        assert!(near(&now.leaves, Kinship::OtherVersion, 1) < same);
        assert!(same < near(&one, Kinship::OtherVersion, 9));
        assert!(near(&one, Kinship::Same, 2) < same);
        assert_eq!(near(&one, Kinship::OtherExperiment, 1), None);
        assert!(near(&now.leaves, Kinship::OtherExperiment, 1).is_some());
    }
}

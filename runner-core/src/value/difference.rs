//! [`Differences`]: the values in which two outputs of one type differ, by their paths.

use std::{borrow::Cow, collections::HashMap};

use super::{
    any::AnyValue,
    json::{Layout, json},
    path,
    tree::{Named, Tree},
    whole::quantity,
    writing::Lists,
};

/// Maximum number of values that are shown.
const SHOWN_MAX: usize = 20;
/// Maximum number of characters that are shown of a value.
const CHARACTERS_MAX: usize = 80;

/// A value that is not the same in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValueDifference {
    pub(crate) path: String,
    pub(crate) before: String,
    pub(crate) now: String,
}

/// The values in which two outputs differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Differences {
    /// The first of them.
    pub(crate) shown: Vec<ValueDifference>,
    /// The number of all of them.
    pub(crate) count: usize,
    /// The number of values that were compared.
    pub(crate) compared: usize,
}

impl Differences {
    /// Compares two outputs, apart from where the directory of the run is.
    pub(crate) fn of(before: &dyn AnyValue, now: &dyn AnyValue, place: &RunPaths) -> Self {
        let mut differences = Self::default();
        let forms = [
            (before.shown(Lists::Keep), now.shown(Lists::Keep)),
            // What is meant for people may say less.
            (before.tree(), now.tree()),
        ];
        for form in forms {
            if let (Ok(before), Ok(now)) = form {
                differences = Self::default();
                differences.compare("", &before, &now, place);
            }
            if differences.count > 0 {
                break;
            }
        }
        differences
    }

    fn compare(&mut self, path: &str, before: &Tree, now: &Tree, place: &RunPaths) {
        match (before, now) {
            (Tree::Some(before), Tree::Some(now)) => self.compare(path, before, now, place),
            (Tree::Struct(before), Tree::Struct(now))
                if quantity(before).is_none() && is_alike(before, now) =>
            {
                for ((name, before), (_, now)) in before.iter().zip(now) {
                    self.compare(&path::join(path, name), before, now, place);
                }
            }
            (Tree::Seq(before), Tree::Seq(now)) | (Tree::Tuple(before), Tree::Tuple(now))
                if before.len() == now.len() =>
            {
                for (index, (before, now)) in before.iter().zip(now).enumerate() {
                    self.compare(&path::join(path, &index.to_string()), before, now, place);
                }
            }
            (Tree::Map(before), Tree::Map(now)) => {
                let mut left: HashMap<String, &Tree> = now.iter().map(entry).collect();
                for (key, before) in before.iter().map(entry) {
                    let now = left.remove(&key);
                    self.entry(&path::join(path, &key), Some(before), now, place);
                }
                let mut left: Vec<(String, &Tree)> = left.into_iter().collect();
                left.sort_by(|(one, _), (other, _)| one.cmp(other));
                for (key, now) in left {
                    self.entry(&path::join(path, &key), None, Some(now), place);
                }
            }
            (Tree::Variant(one, _, before), Tree::Variant(other, _, now)) if one == other => {
                self.compare(&path::join(path, one), before, now, place);
            }
            (before, now) => {
                self.compared += 1;
                if !is_same(before, now, place) {
                    self.add(path, shown(before), shown(now));
                }
            }
        }
    }

    fn entry(&mut self, path: &str, before: Option<&Tree>, now: Option<&Tree>, place: &RunPaths) {
        if let (Some(before), Some(now)) = (before, now) {
            return self.compare(path, before, now, place);
        }
        self.compared += 1;
        let side = |side: Option<&Tree>| side.map_or_else(|| "(none)".to_owned(), shown);
        self.add(path, side(before), side(now));
    }

    fn add(&mut self, path: &str, before: String, now: String) {
        self.count += 1;
        if self.shown.len() < SHOWN_MAX {
            self.shown.push(ValueDifference {
                path: path.to_owned(),
                before,
                now,
            });
        }
    }
}

fn is_alike(before: &[Named], now: &[Named]) -> bool {
    let names = before.iter().zip(now);
    before.len() == now.len() && names.into_iter().all(|((one, _), (other, _))| one == other)
}

fn entry((key, value): &(Tree, Tree)) -> (String, &Tree) {
    let key = key.scalar().map_or_else(
        || json(key, Layout::Compact),
        |(_, value)| value.to_string(),
    );
    (key, value)
}

fn is_same(before: &Tree, now: &Tree, place: &RunPaths) -> bool {
    match (before, now) {
        (Tree::Str(before), Tree::Str(now)) => place.is_same(before.as_bytes(), now.as_bytes()),
        _ => match (before.scalar(), now.scalar()) {
            (Some((kind, before)), Some((other, now))) => kind == other && before.is_same(&now),
            _ => before == now,
        },
    }
}

fn shown(tree: &Tree) -> String {
    let time = match tree {
        Tree::Struct(fields) => quantity(fields),
        _ => None,
    };
    let text = match (tree, tree.scalar().map(|(_, value)| value).or(time)) {
        (Tree::Str(text), _) => json(text.as_str(), Layout::Compact),
        (_, Some(value)) => value.to_string(),
        (Tree::Seq(items), None) => format!("[{} items]", items.len()),
        _ => json(tree, Layout::Compact),
    };
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The paths into a run's directory inside texts, told by the digits that end its name. They mean the same wherever the directory is.
#[derive(Clone, Debug)]
pub(crate) struct RunPaths {
    digits: String,
}

impl RunPaths {
    pub(crate) fn new(short: u64) -> Self {
        Self {
            digits: format!("-{short:016x}"),
        }
    }

    /// Returns whether texts are the same, apart from where the directory of the run is.
    pub(crate) fn is_same(&self, before: &[u8], now: &[u8]) -> bool {
        before == now || self.without(before) == self.without(now)
    }

    /// Returns the bytes without the paths that lead to the directory.
    fn without<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let digits = self.digits.as_bytes();
        let mut rest = bytes;
        let mut without = Vec::new();
        while let Some(found) = find(rest, digits) {
            let start = rest[..found].iter().rposition(|byte| ends_path(*byte));
            without.extend_from_slice(&rest[..start.map_or(0, |end| end + 1)]);
            rest = &rest[found + digits.len()..];
            let end = rest
                .iter()
                .position(|byte| *byte == b'/' || ends_path(*byte));
            rest = &rest[end.unwrap_or(rest.len())..];
            // A path remains one: what is behind it must not be all that counts.
            without.extend_from_slice(digits);
        }
        if without.is_empty() {
            return Cow::Borrowed(bytes);
        }
        without.extend_from_slice(rest);
        Cow::Owned(without)
    }
}

/// Returns whether a byte can hardly be one of a path.
fn ends_path(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"'`<>()[]{},;=|".contains(&byte)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == wanted[0]) {
        let at = from + at;
        if bytes[at..].starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, HashMap},
        time::Duration,
    };

    use serde::Serialize;

    use super::*;

    #[derive(Clone, Serialize)]
    enum Fit {
        None,
        Line { slope: f64 },
    }

    #[derive(Clone, Serialize)]
    struct Outcome {
        loss: f64,
        curve: Vec<f32>,
        model: String,
        took: Duration,
        best: Option<u32>,
        fit: Fit,
        by_class: BTreeMap<String, u8>,
        counts: HashMap<u8, u8>,
    }

    fn outcome() -> Outcome {
        Outcome {
            loss: f64::NAN,
            curve: vec![1.0, -0.0],
            model: "/here/out/fit-00000000000000ab/model.bin".to_owned(),
            took: Duration::from_millis(1500),
            best: Some(3),
            fit: Fit::Line { slope: 0.5 },
            by_class: BTreeMap::from([("a.b".to_owned(), 1)]),
            counts: (0..100).map(|count| (count, count)).collect(),
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Outcome), expected: &[(&str, &str, &str)]) {
        let mut now = outcome();
        change(&mut now);
        let found = Differences::of(&outcome(), &now, &RunPaths::new(0xab));
        let shown = found.shown.iter().map(|one| {
            let ValueDifference { path, before, now } = one;
            (path.as_str(), before.as_str(), now.as_str())
        });
        assert_eq!(shown.collect::<Vec<_>>(), expected);
        assert_eq!(found.count, expected.len());
    }

    #[test]
    fn what_differs_is_named_with_both_values() {
        check(|_| {}, &[]);
        check(|now| now.loss = 0.25, &[("loss", "NaN", "0.25")]);
        check(|now| now.curve[1] = 0.0, &[("curve.1", "-0", "0")]);
        check(
            |now| now.curve.push(1.0),
            &[("curve", "[2 items]", "[3 items]")],
        );
        check(|now| now.best = None, &[("best", "3", "none")]);
        check(
            |now| now.took = Duration::from_millis(1501),
            &[("took", "1500ms", "1501ms")],
        );
        check(
            |now| now.fit = Fit::Line { slope: 0.75 },
            &[("fit.Line.slope", "0.5", "0.75")],
        );
        check(
            |now| now.fit = Fit::None,
            &[("fit", r#"{"Line":{"slope":0.5}}"#, "None")],
        );
        check(
            |now| now.by_class = BTreeMap::from([("c".to_owned(), 1)]),
            &[
                ("by_class.\"a.b\"", "1", "(none)"),
                ("by_class.c", "(none)", "1"),
            ],
        );
        check(
            |now| {
                now.counts.insert(7, 8);
            },
            &[("counts.7", "7", "8")],
        );
    }

    #[test]
    fn where_the_directory_of_the_run_is_makes_no_difference() {
        let elsewhere = "/there/.runner/verify/fit-00000000000000ab/model.bin";
        check(|now| now.model = elsewhere.to_owned(), &[]);
        let other = "/there/fit-00000000000000ab/other.bin";
        let before = format!("{:?}", outcome().model);
        check(
            |now| now.model = other.to_owned(),
            &[(
                "model",
                &before,
                "\"/there/fit-00000000000000ab/other.bin\"",
            )],
        );
    }

    fn is_same(before: &str, now: &str) -> bool {
        RunPaths::new(0xab).is_same(before.as_bytes(), now.as_bytes())
    }

    #[test]
    fn only_paths_to_the_directory_of_the_run_are_left_out() {
        let dir = "fit-00000000000000ab";
        assert!(is_same(
            &format!("saved {dir}/a, {dir}"),
            &format!("saved /x/{dir}+2/a, y/{dir}")
        ));
        assert!(!is_same(
            &format!("saved {dir}/a"),
            &format!("kept {dir}/a")
        ));
        assert!(!is_same(&format!("{dir}/a"), "/a"));
        assert!(!is_same(&format!("{dir} 1"), &format!("{dir} 2")));
        assert!(!is_same(
            "out/fit-00000000000000ac/a",
            "x/fit-00000000000000ac/a"
        ));
        assert!(!is_same("-", "--"));
    }

    #[test]
    fn of_very_many_differences_the_first_are_shown() {
        let [before, now] = [0.0_f64, 1.0].map(|value| vec![value; 1000]);
        let found = Differences::of(&before, &now, &RunPaths::new(0));
        assert_eq!((found.count, found.compared), (1000, 1000));
        assert_eq!(found.shown.len(), SHOWN_MAX);
    }
}

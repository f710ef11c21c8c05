//! Fields that the key leaves out: every short history against what must be true of it, and every kind of change of shape.

use super::{
    super::{
        Stale,
        agreement::{Claim, absences, compare},
        simulated::{Order, Simulated, SimulatedStore, Trouble},
    },
    fixture::{Case, SHORT, leaf},
};
use crate::value::{Kind, Leaf, Mark, Value};

/// A program in the life of an experiment: without the field, or with it and this `added` value.
type Program = Option<i128>;

const PROGRAMS: [Program; 3] = [None, Some(0), Some(1)];
/// How many programs are used one after the other.
const HISTORY: u32 = 5;

fn case(program: Program) -> Case {
    let case = Case::new("base", 1);
    match program {
        None => case,
        Some(value) => case.with_omitted("layers.0.momentum", value),
    }
}

/// What is true after the programs so far.
#[derive(Default)]
struct Truth {
    /// Which program stored which result.
    stored: Vec<(Program, u64)>,
    /// What the field's absence means since it was first relied on.
    meaning: Option<i128>,
}

impl Truth {
    fn counts(&self, stored: Program, now: Program) -> bool {
        match (stored, now) {
            (None, Some(value)) | (Some(value), None) => {
                self.meaning.is_none_or(|meaning| meaning == value)
            }
            (stored, now) => stored == now,
        }
    }

    /// The results that may be a hit; one of exactly this program is the only one.
    fn hits(&self, now: Program) -> Vec<u64> {
        let of = |is_hit: &dyn Fn(Program) -> bool| {
            let hits = self.stored.iter().filter(|(stored, _)| is_hit(*stored));
            hits.map(|(_, output)| *output).collect::<Vec<u64>>()
        };
        match of(&|stored| stored == now) {
            exact if exact.is_empty() => of(&|stored| self.counts(stored, now)),
            exact => exact,
        }
    }
}

#[test]
fn every_short_history_is_answered_truthfully() {
    for history in 0..PROGRAMS.len().pow(HISTORY) {
        let disk = Simulated::new(Order::Kept);
        let mut truth = Truth::default();
        let programs =
            (0..HISTORY).map(|step| PROGRAMS[history / PROGRAMS.len().pow(step) % PROGRAMS.len()]);
        for (program, output) in programs.zip(1..) {
            let store = SimulatedStore::open(disk.other_process());
            let case = case(program);
            let hits = truth.hits(program);
            match case.state(&store) {
                Ok(found) => assert!(
                    hits.contains(&found),
                    "history {history}: {found} of {hits:?}"
                ),
                Err(state) => {
                    assert!(hits.is_empty(), "history {history}: {state}");
                    case.run(&store, output, SHORT)
                        .expect("nothing is wrong with the disk");
                    truth.stored.push((program, output));
                }
            }
            truth.meaning = truth.meaning.or(program);
        }
        assert!(disk.fork(Trouble::None).pending() > 0);
    }
}

fn inside(root: &str, path: &str, value: i128) -> Leaf {
    Leaf {
        omitted_at: root.len(),
        ..leaf(path, Mark::Omitted, value)
    }
}

fn none(path: &str) -> Leaf {
    Leaf {
        kind: Kind::None,
        value: Value::None,
        ..leaf(path, Mark::Omitted, 0)
    }
}

#[track_caller]
fn agree(stored: &[Leaf], now: &[Leaf]) {
    assert_eq!(compare(stored, now), Ok(Vec::new()));
}

#[track_caller]
fn differ(stored: &[Leaf], now: &[Leaf], expected: &str) {
    let stale = compare(stored, now).expect_err("they differ");
    let Stale::Added { path, stored, now } = stale else {
        panic!("{stale}");
    };
    assert_eq!(format!("{path}: {stored} -> {now}"), expected);
}

#[track_caller]
fn claim(stored: &[Leaf], now: &[Leaf], expected: &str) {
    let claims = compare(stored, now).expect("they do not differ");
    let claims: Vec<String> = claims
        .iter()
        .map(|claim| {
            let word = match claim {
                Claim::Predates(_) => "predates",
                Claim::Outlives(_) => "outlives",
            };
            format!("{word} {}={}", claim.absence().field, claim.absence().text)
        })
        .collect();
    assert_eq!(claims.join(", "), expected);
}

#[test]
fn a_scalar_agrees_with_itself_only() {
    let a = |value| [leaf("a", Mark::Omitted, value)];
    agree(&a(1), &a(1));
    differ(&a(1), &a(2), "a: 1 -> 2");
    claim(&[], &a(2), "predates a=2");
    claim(&a(1), &[], "outlives a=1");
    let text = [Leaf {
        kind: Kind::Text,
        value: Value::Text("1".to_owned()),
        ..leaf("a", Mark::Omitted, 1)
    }];
    differ(&a(1), &text, "a: 1 (u32) -> 1 (text)");
}

#[test]
fn an_option_that_became_some_did_not_predate_its_inside() {
    let some = [inside("a", "a.x", 1), inside("a", "a.y", 2)];
    differ(&[none("a")], &some, "a: none -> x=1, y=2");
    differ(&some, &[none("a")], "a: x=1, y=2 -> none");
}

#[test]
fn a_list_that_grew_did_not_predate_its_items() {
    let list = |count: i128| -> Vec<Leaf> {
        (0..count)
            .map(|index| inside("a", &format!("a.{index}.x"), 1))
            .collect()
    };
    agree(&list(2), &list(2));
    differ(&list(1), &list(2), "a: 0.x=1 -> 0.x=1, 1.x=1");
    differ(&list(2), &list(1), "a: 0.x=1, 1.x=1 -> 0.x=1");
}

#[test]
fn a_map_that_grew_did_not_predate_its_entries() {
    let (one, two) = (
        [inside("a", "a.k", 1)],
        [inside("a", "a.k", 1), inside("a", "a.l", 1)],
    );
    differ(&one, &two, "a: k=1 -> k=1, l=1");
    differ(&two, &one, "a: k=1, l=1 -> k=1");
}

#[test]
fn a_field_added_inside_an_omitted_one_is_a_field_of_its_own() {
    let before = [inside("a", "a.x", 1)];
    let after = [inside("a", "a.x", 1), inside("a.y", "a.y", 2)];
    claim(&before, &after, "predates a.y=2");
    claim(&after, &before, "outlives a.y=2");
    let plain = [inside("a", "a.x", 1), inside("a", "a.y", 2)];
    agree(&plain, &after);
    agree(&after, &plain);
    let changed = [inside("a", "a.x", 1), inside("a", "a.y", 3)];
    differ(&changed, &after, "a: x=1, y=3 -> x=1, y=2");
}

#[test]
fn a_field_of_items_means_the_same_in_each() {
    let items = [
        leaf("layers.0.d", Mark::Omitted, 1),
        leaf("layers.1.d", Mark::Omitted, 1),
    ];
    claim(&[], &items, "predates layers.*.d=1, predates layers.*.d=1");
    let meanings = absences(&items);
    assert_eq!(meanings[0], meanings[1]);
}

#[test]
fn a_skipped_field_counts_with_what_it_was() {
    let skipped = |value| [leaf("a", Mark::Skipped, value)];
    let omitted = |value| [leaf("a", Mark::Omitted, value)];
    agree(&skipped(1), &omitted(1));
    differ(&skipped(1), &omitted(2), "a: 1 -> 2");
    // What is skipped now cannot change the result, whatever it was.
    agree(&omitted(1), &skipped(2));
}

#[test]
fn other_fields_play_no_part() {
    let stored = [
        leaf("b", Mark::Keyed, 1),
        leaf("c", Mark::Skipped, 1),
        leaf("a", Mark::Omitted, 1),
    ];
    let now = [
        leaf("a", Mark::Omitted, 1),
        leaf("c", Mark::Skipped, 2),
        leaf("d", Mark::Skipped, 1),
    ];
    agree(&stored, &now);
    claim(
        &[leaf("ab", Mark::Keyed, 1)],
        &[leaf("a", Mark::Omitted, 1)],
        "predates a=1",
    );
}

#[test]
fn there_is_one_nan_and_two_zeros() {
    let float = |value| {
        [Leaf {
            kind: Kind::F64,
            value: Value::F64(value),
            ..leaf("a", Mark::Omitted, 0)
        }]
    };
    agree(&float(f64::NAN), &float(-f64::NAN));
    differ(&float(0.0), &float(-0.0), "a: 0 -> -0");
}

#[test]
fn long_values_are_compared_too() {
    let text = |end: &str| {
        let value = Value::Text("x".repeat(100) + end);
        [Leaf {
            kind: Kind::Text,
            value,
            ..leaf("a", Mark::Omitted, 0)
        }]
    };
    agree(&text("1"), &text("1"));
    assert!(compare(&text("1"), &text("2")).is_err());
}

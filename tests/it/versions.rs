//! Results through the life of a program whose config and output change.

use crate::program::Session;

const HISTORY: [&str; 6] = ["first", "renamed", "added", "removed", "skipped", "nested"];

/// A directory in which programs run one after the other.
struct Place(Session);

/// What one start of a program did and found.
#[derive(Debug, PartialEq, Eq)]
struct Did {
    /// What was computed, each run as what it was computed with.
    computed: Vec<String>,
    /// What the report saw.
    found: Vec<String>,
}

impl Place {
    fn new() -> Self {
        Self(Session::new(env!("CARGO_BIN_EXE_versions")))
    }

    fn set(&mut self, program: &str, value: u32, was: u32) {
        self.0.set("VERSIONS_PROGRAM", program);
        self.0.set("VERSIONS_VALUE", value);
        self.0.set("VERSIONS_WAS", was);
    }

    fn run(&mut self, program: &str, value: u32, was: u32) -> Did {
        self.set(program, value, was);
        let ended = self.0.start(&[]);
        assert_eq!(ended.code, Some(0), "{program}: {ended}");
        Did {
            computed: self.0.ran(),
            found: ended.stdout.lines().map(str::to_owned).collect(),
        }
    }

    /// The states of all configs.
    fn list(&mut self, program: &str, value: u32, was: u32) -> String {
        self.set(program, value, was);
        self.0.start(&["--list"]).stdout
    }
}

fn line(epochs: usize) -> String {
    format!("{epochs} epochs at 0.1 1 4")
}

/// Each program computes the one config that is new, whichever of the programs before it stored the others.
#[test]
fn nothing_recomputes_that_need_not() {
    let mut place = Place::new();
    for (version, program) in HISTORY.into_iter().enumerate() {
        let did = place.run(program, 0, 0);
        let new = if version == 0 { 1 } else { version + 2 };
        assert_eq!(
            did.computed,
            (new..=version + 2).map(line).collect::<Vec<_>>(),
            "{program}"
        );
        assert_eq!(
            did.found,
            (1..=version + 2).map(line).collect::<Vec<_>>(),
            "{program}"
        );
    }
    // Nothing was lost on the way, so each program still has all of its own.
    for program in HISTORY {
        assert_eq!(
            place.run(program, 0, 0).computed,
            Vec::<String>::new(),
            "{program}"
        );
    }
}

/// The last program finds what the first one stored, with nobody in between.
#[test]
fn all_changes_at_once_are_no_other_than_one_by_one() {
    let mut place = Place::new();
    place.run("first", 0, 0);
    let did = place.run("nested", 0, 0);
    assert_eq!(did.computed, (3..=7).map(line).collect::<Vec<_>>());
    assert_eq!(did.found, (1..=7).map(line).collect::<Vec<_>>());
}

/// The first program has another output, and says so of what the last one stored.
#[test]
fn an_upgrade_leads_one_way() {
    let mut place = Place::new();
    place.run("nested", 0, 0);
    let listed = place.list("first", 0, 0);
    assert!(listed.contains("2 runs: 2 stale"), "{listed}");
    let why = place.0.start(&["--why"]).stdout;
    assert_eq!(why.matches(" stored: ").count(), 2, "{why}");
}

#[test]
fn a_result_that_was_upgraded_says_so() {
    let mut place = Place::new();
    place.run("first", 0, 0);
    let listed = place.list("nested", 0, 0);
    assert!(
        listed.contains("cached") && !listed.contains("upgraded"),
        "{listed}"
    );
    let listed = place.0.start(&["--list", "-v"]).stdout;
    assert!(listed.contains("upgraded)"), "{listed}");
    let listed = place.0.start(&["--list", "--format=json"]).stdout;
    assert!(listed.contains(r#""upgraded":true"#), "{listed}");
}

/// A start of a program, and what it finds: what was computed by whom.
type Step = (&'static str, u32, u32, &'static str);

/// Runs programs one after the other; each computes only if `expected` is what it would compute itself, in brackets.
#[track_caller]
fn check(steps: &[Step]) {
    let mut place = Place::new();
    for (number, (program, value, was, expected)) in steps.iter().enumerate() {
        let did = place.run(&format!("claims {program}"), *value, *was);
        let found = did.found.join("\n");
        let found = if did.computed.is_empty() {
            found
        } else {
            assert_eq!(did.computed, did.found);
            format!("({found})")
        };
        assert_eq!(found, *expected, "step {number} of {steps:?}");
    }
}

#[test]
fn a_removed_field_keeps_the_results_of_its_value_only() {
    check(&[
        ("field", 1, 0, "(field 1)"),
        ("field", 2, 0, "(field 2)"),
        ("removed", 0, 1, "field 1"),
        // Another claim is another result.
        ("removed", 0, 2, "field 2"),
        ("removed", 0, 3, "(removed)"),
        ("removed", 0, 1, "field 1"),
    ]);
}

#[test]
fn a_changed_claim_never_finds_what_was_stored_under_another() {
    check(&[
        ("removed", 0, 1, "(removed)"),
        ("removed", 0, 2, "(removed)"),
        ("removed", 0, 1, "removed"),
    ]);
    check(&[
        ("skipped", 8, 1, "(skipped 8)"),
        ("skipped", 9, 1, "skipped 8"),
        ("skipped", 8, 2, "(skipped 8)"),
        ("skipped", 9, 1, "skipped 8"),
    ]);
}

/// What was stored without the field is no result of a field that has its name and the claimed value.
#[test]
fn a_removed_name_that_is_used_again_does_not_take_results_from_in_between() {
    check(&[
        ("removed", 0, 1, "(removed)"),
        ("field", 1, 0, "(field 1)"),
        ("removed", 0, 1, "removed"),
        ("field", 1, 0, "field 1"),
    ]);
}

#[test]
fn a_skipped_field_that_counts_again_counts_with_the_value_it_had() {
    check(&[
        ("skipped", 8, 1, "(skipped 8)"),
        ("field", 1, 0, "(field 1)"),
        ("field", 8, 0, "(field 8)"),
    ]);
    check(&[
        ("skipped", 1, 1, "(skipped 1)"),
        ("field", 1, 0, "skipped 1"),
    ]);
    check(&[
        ("field", 1, 0, "(field 1)"),
        ("skipped", 8, 1, "field 1"),
        ("skipped", 8, 2, "(skipped 8)"),
    ]);
}

#[test]
fn a_skipped_field_may_be_removed_where_it_had_the_value() {
    check(&[
        ("skipped", 8, 1, "(skipped 8)"),
        ("removed", 0, 1, "(removed)"),
    ]);
    check(&[
        ("skipped", 1, 1, "(skipped 1)"),
        ("removed", 0, 1, "skipped 1"),
        ("skipped", 5, 1, "skipped 1"),
    ]);
    check(&[("removed", 0, 1, "(removed)"), ("skipped", 5, 1, "removed")]);
}

/// Notes of what an absence means hold for fields that were added and then removed.
#[test]
fn a_field_may_be_added_and_removed() {
    check(&[
        ("absent", 0, 0, "(absent)"),
        ("added", 1, 1, "absent"),
        ("added", 2, 1, "(added 2)"),
        // `added = 1` (its value), removed as 1, then as 2.
        ("removed added", 1, 1, "absent"),
        ("removed added", 1, 2, "added 2"),
    ]);
    check(&[
        ("absent", 0, 0, "(absent)"),
        ("added", 1, 1, "absent"),
        // Another meaning of its absence.
        ("added", 2, 2, "(added 2)"),
        ("removed added", 3, 3, "(removed, added)"),
        ("removed added", 2, 2, "added 2"),
    ]);
}

#[test]
fn a_stale_claim_says_what_changed() {
    let mut place = Place::new();
    place.run("claims removed", 0, 1);
    let listed = place.list("claims field", 1, 0);
    assert!(
        listed.contains("`old` was `removed` when it was computed, on the claim that this meant 1"),
        "{listed}"
    );
    let mut place = Place::new();
    place.run("claims skipped", 8, 1);
    let listed = place.list("claims field", 1, 0);
    assert!(
        listed.contains("`old` was `skip` when it was computed with 8"),
        "{listed}"
    );
    let mut place = Place::new();
    place.run("claims added", 1, 1);
    let listed = place.list("claims added", 2, 2);
    assert!(listed.contains("its `added` value is 2 now"), "{listed}");
}

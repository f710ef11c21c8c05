//! Types that change between two starts: what is run again, and what the list says of it.

use std::collections::HashMap;

use serde_json::Value;

use crate::program::Session;

const CHANGED: &str = "stale: `momentum` was 0 when it was computed and its `added` value is 0.9 now: \
                       change that back to keep the result";
const CHANGED_BACK: &str = "stale: `momentum` was 0.9 when it was computed and its `added` value is 0 now: \
                            change that back to keep the result";

/// The state of every config, with its reason.
fn states(session: &Session) -> Vec<String> {
    let listed = session.start(&["--list", "--format", "json"]);
    let runs: Vec<Value> = serde_json::from_str(&listed.stdout)
        .unwrap_or_else(|error| panic!("this is no JSON ({error}):\n{listed}"));
    let state = |run: &Value| match (run["state"].as_str(), run["reason"].as_str()) {
        (Some(state), Some(reason)) => format!("{state}: {reason}"),
        (state, _) => state.unwrap_or_default().to_owned(),
    };
    runs.iter().map(state).collect()
}

/// Starts the program at several stages, one after the other; each stage with the state in which it finds its config.
/// What is not cached is run once, and cached from then on. A stage that comes again reports what it did the first time.
fn check(stages: &[(&str, &str)]) {
    let mut session = Session::new(env!("CARGO_BIN_EXE_evolve"));
    let mut reports = HashMap::new();
    for (place, (stage, state)) in stages.iter().enumerate() {
        session.set("EVOLVE", stage);
        assert_eq!(states(&session), [*state], "stage {place}, `{stage}`");
        let ended = session.start(&[]);
        assert_eq!(ended.code, Some(0), "{ended}");
        let runs = usize::from(*state != "cached");
        assert_eq!(session.ran().len(), runs, "stage {place}, `{stage}`");
        assert_eq!(states(&session), ["cached"], "stage {place}, `{stage}`");
        let again = session.start(&[]);
        assert_eq!(
            again.stdout, ended.stdout,
            "a fresh run can be told from a cached one"
        );
        assert_eq!(session.ran(), [""; 0], "stage {place}, `{stage}`");
        let report = reports.entry(stage).or_insert_with(|| ended.stdout.clone());
        assert_eq!(*report, ended.stdout, "stage {place}, `{stage}`");
    }
}

#[test]
fn a_field_renamed_is_another_config() {
    check(&[
        ("base", "missing"),
        ("renamed", "missing"),
        ("base", "cached"),
    ]);
}

#[test]
fn a_field_renamed_with_its_old_key_is_the_same() {
    check(&[("base", "missing"), ("keyed", "cached"), ("base", "cached")]);
}

#[test]
fn a_field_retyped_is_another_config() {
    check(&[
        ("base", "missing"),
        ("retyped", "missing"),
        ("base", "cached"),
    ]);
}

#[test]
fn the_order_of_fields_and_the_name_of_the_type_do_not_matter() {
    check(&[
        ("base", "missing"),
        ("reordered", "cached"),
        ("other_type_name", "cached"),
    ]);
}

#[test]
fn a_field_removed_is_another_config() {
    check(&[
        ("base", "missing"),
        ("removed", "missing"),
        ("base", "cached"),
    ]);
}

#[test]
fn a_field_added_is_another_config_unless_it_says_what_its_absence_meant() {
    check(&[
        ("base", "missing"),
        ("unmarked", "missing"),
        ("added", "cached"),
        ("added_used", "missing"),
        ("added", "cached"),
        ("base", "cached"),
    ]);
}

#[test]
fn skipped_fields_do_not_matter() {
    check(&[
        ("base", "missing"),
        ("skipped", "cached"),
        ("skipped_more", "cached"),
    ]);
}

#[test]
fn an_added_value_that_changes_is_found_out_for_results_before_the_field() {
    check(&[
        ("base", "missing"),
        ("added", "cached"),
        ("added_changed", CHANGED),
        ("added_changed", "cached"),
        ("added", "cached"),
        ("base", "cached"),
    ]);
}

#[test]
fn an_added_value_that_changes_is_found_out_for_results_with_the_field() {
    check(&[
        ("added", "missing"),
        ("added_changed", CHANGED),
        ("added", "cached"),
        ("base", "cached"),
    ]);
    check(&[
        ("added_changed", "missing"),
        ("added", CHANGED_BACK),
        ("base", "cached"),
    ]);
}

#[test]
fn an_output_that_changed_is_stale_and_the_reason_names_the_field() {
    for (stage, state) in [
        (
            "out_renamed",
            "stale: the output type changed: field `loss` is gone, field `error` is new",
        ),
        (
            "out_retyped",
            "stale: the output type changed: field `steps` was u32 and is now u64",
        ),
        (
            "out_reordered",
            "stale: the output type changed: field `steps` now comes before field `loss`",
        ),
        (
            "out_added",
            "stale: the output type changed: field `accuracy` is new",
        ),
        (
            "out_removed",
            "stale: the output type changed: field `steps` is gone",
        ),
    ] {
        check(&[
            ("out_base", "missing"),
            (stage, state),
            ("out_base", "cached"),
            (stage, "cached"),
        ]);
    }
}

#[test]
fn what_postcard_would_decode_wrongly_is_stale() {
    for (before, after, state) in [
        (
            "pair",
            "pair_swapped",
            "stale: the output type changed: field `test` now comes before field `train`",
        ),
        (
            "variants",
            "variants_swapped",
            "stale: the output type changed (it comes back as another value); it held `grades.a`: variant: change the type back to keep the result",
        ),
        (
            "list",
            "set",
            "stale: the output type changed (it comes back as another value); it held `items`: list: change the type back to keep the result",
        ),
    ] {
        check(&[
            (before, "missing"),
            (after, state),
            (before, "cached"),
            (after, "cached"),
        ]);
    }
}

#[test]
fn a_list_that_was_a_set_meanwhile_is_what_it_had_been() {
    // Back at the list, the set's `[1, 2, 3]` fits it too.
    let rerun = |session: &mut Session, stage: &str| {
        session.set("EVOLVE", stage);
        let ended = session.start(&["--rerun"]);
        assert_eq!(ended.code, Some(0), "{ended}");
        session.ran();
        ended.stdout
    };
    let mut session = Session::new(env!("CARGO_BIN_EXE_evolve"));
    let list = rerun(&mut session, "list");
    let set = rerun(&mut session, "set");
    assert_ne!(list, set);
    for (stage, expected) in [("list", &list), ("set", &set), ("list", &list)] {
        for flags in [&[][..], &["--rerun"], &[], &["--report"]] {
            session.set("EVOLVE", stage);
            assert_eq!(session.start(flags).stdout, *expected, "{stage} {flags:?}");
        }
    }
}

#[test]
fn a_unit_that_changed_is_seen_only_in_the_name() {
    check(&[
        ("seconds", "missing"),
        ("milliseconds", "cached"),
        (
            "milliseconds_by_name",
            "stale: the output type changed: field `time` is gone, field `time_ms` is new",
        ),
    ]);
    let mut session = Session::new(env!("CARGO_BIN_EXE_evolve")).with("EVOLVE", "seconds");
    session.start(&[]);
    session.set("EVOLVE", "milliseconds");
    assert_eq!(session.start(&["-q"]).stdout, "Output { time: 1.5 }\n");
}

#[test]
fn a_new_version_runs_again_and_the_old_one_is_kept() {
    check(&[
        ("out_base", "missing"),
        ("second_version", "missing"),
        ("out_base", "cached"),
        ("second_version", "cached"),
    ]);
}

#[test]
fn a_hash_map_has_no_order() {
    check(&[
        ("with_map", "missing"),
        ("with_map", "cached"),
        ("with_map", "cached"),
    ]);
}

#[test]
fn odd_values_are_found_again() {
    let session = Session::new(env!("CARGO_BIN_EXE_evolve")).with("EVOLVE", "odd_values");
    let report = session.start(&["-q"]);
    assert_eq!(report.code, Some(0), "{report}");
    assert_eq!(session.ran(), ["-0.0", "-inf", "0.0", "NaN", "inf"]);
    assert_eq!(session.start(&["-q"]), report);
    assert_eq!(session.ran(), [""; 0]);
    assert_eq!(states(&session), ["cached"; 5]);
}

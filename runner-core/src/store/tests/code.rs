//! Results of other code: told, refused if that is asked for, and accepted.

use std::fs;

use super::{
    crash::Scenario,
    fixture::{Case, LONG, SHORT, Scratch, hit},
};
use crate::store::{
    base::Store,
    code::{Code, CodeDifference, digest_of},
    layout,
    record::{Look, Lookup, Stale},
    simulated::Order,
};

const OLD: &str = "01 Training::run\n02 network::backward\n03 network::old\n1.0.1-aa crate serde\n";
const NEW: &str =
    "01 Training::run\n05 network::backward\n04 network::warmup\n1.0.2-aa crate serde\n";
const THIRD: &str = "09 Training::run\n";

fn code(table: &'static str) -> Code {
    Code::new(digest_of(table.as_bytes()), table)
}

/// The run of an experiment with this code.
fn case(code: Code) -> Case {
    Case {
        code,
        ..Case::new("base", 1)
    }
}

fn digest(store: &Store) -> u128 {
    let found = case(Code::UNKNOWN).find(store, Look::Listed);
    hit(found).map_or(0, |(_, record)| record.code)
}

/// Returns the difference because of which a result is stale.
fn stale(store: &Store, code: Code) -> Option<String> {
    match case(code).find(store, Look::Listed) {
        Ok(Lookup::Stale(stale @ Stale::Code { .. })) => Some(stale.to_string()),
        _ => None,
    }
}

#[test]
fn a_result_knows_the_code_that_computed_it() {
    let scratch = Scratch::new();
    let store = scratch.store();
    case(Code::UNKNOWN)
        .run(&store, 1, SHORT)
        .expect("it is stored");
    assert_eq!(digest(&store), 0);
    assert!(
        !scratch.out().join(layout::CODE).exists(),
        "nothing is kept of unknown code"
    );
    case(code(OLD)).run(&store, 2, SHORT).expect("it is stored");
    assert_eq!(digest(&store), code(OLD).digest());
    // Results of other code count, and so do those of unknown code.
    assert_eq!(case(code(NEW)).state(&store), Ok(2));
    assert_eq!(case(Code::UNKNOWN).state(&store), Ok(2));
    let reopened = scratch.store();
    assert_eq!(digest(&reopened), code(OLD).digest());
    let difference = reopened.codes.difference(code(OLD).digest(), &code(NEW));
    assert_eq!(
        difference.expect("it can be read").to_string(),
        "`network::backward` and `crate serde (1.0.1, now 1.0.2)` differ; `network::warmup` is new; `network::old` is gone"
    );
    let survey = reopened.survey(|| (), |(), found| Some(found.record.code));
    assert_eq!(
        survey.expect("it can be listed").first(),
        Some(&code(OLD).digest())
    );
}

#[test]
fn strict_code_makes_others_stale_and_finds_its_own_again() {
    let scratch = Scratch::new();
    let store = scratch.store();
    case(code(OLD)).run(&store, 1, LONG).expect("it is stored");
    assert_eq!(stale(&store, code(NEW)), None);
    let reason = stale(&store, code(NEW).strict()).expect("it is of other code");
    assert!(
        reason.starts_with("other code computed it: `network::backward` and"),
        "{reason}"
    );
    // What replaces it sets it aside, and it counts again for its own code.
    case(code(NEW).strict())
        .run(&store, 2, LONG)
        .expect("it is stored");
    assert_eq!(case(code(NEW).strict()).state(&store), Ok(2));
    assert_eq!(case(code(OLD).strict()).state(&store), Ok(1));
    assert_eq!(case(code(OLD)).state(&store), Ok(2));
    // What was stored without code counts.
    let older = Scratch::new();
    case(Code::UNKNOWN)
        .run(&older.store(), 3, SHORT)
        .expect("it is stored");
    assert_eq!(case(code(NEW).strict()).state(&older.store()), Ok(3));
}

#[test]
fn what_is_accepted_means_the_same_both_ways_and_in_rows() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let [old, new, third] = [OLD, NEW, THIRD].map(|table| code(table).digest());
    let is_same =
        |store: &Store, one, other| store.codes.is_same(one, other).expect("it can be read");
    assert!(is_same(&store, old, old) && !is_same(&store, old, new));
    store.codes.accept(old, new).expect("it can be written");
    assert!(is_same(&store, old, new) && is_same(&store, new, old) && !is_same(&store, old, third));
    store.codes.accept(third, old).expect("it can be written");
    store.codes.accept(third, new).expect("it is known already");
    case(code(OLD)).run(&store, 1, SHORT).expect("it is stored");
    for store in [store, scratch.store()] {
        assert!(is_same(&store, old, third) && is_same(&store, new, third));
        assert_eq!(case(code(THIRD).strict()).state(&store), Ok(1));
    }
    // Two processes may each accept the other's code, and a note may be anything.
    let note = |code: u128| {
        scratch
            .out()
            .join(layout::ACCEPTED)
            .join(format!("{code:032x}"))
    };
    for (code, same) in [(old, new), (new, old), (third, third)] {
        fs::write(note(code), format!("{{\"same\": \"{same:032x}\"}}")).expect("it can be written");
    }
    let ring = scratch.store();
    assert!(is_same(&ring, old, new) && !is_same(&ring, new, third));
    fs::write(note(old), "{").expect("it can be written");
    assert!(
        is_same(&scratch.store(), old, new),
        "the other note still says so"
    );
}

#[test]
fn a_table_that_is_damaged_is_written_again_and_is_never_believed() {
    let scratch = Scratch::new();
    let table = scratch
        .out()
        .join(layout::CODE)
        .join(format!("{:032x}", code(OLD).digest()));
    case(code(OLD))
        .run(&scratch.store(), 1, SHORT)
        .expect("it is stored");
    assert_eq!(fs::read_to_string(&table).ok().as_deref(), Some(OLD));
    fs::write(&table, &OLD[..20]).expect("it can be written");
    let store = scratch.store();
    let difference = store
        .codes
        .difference(code(OLD).digest(), &code(NEW))
        .expect("it can be read");
    assert!(
        difference.to_string().contains("is not known"),
        "{difference}"
    );
    assert_eq!(difference.count(), 0);
    case(code(OLD)).run(&store, 2, SHORT).expect("it is stored");
    assert_eq!(fs::read_to_string(&table).ok().as_deref(), Some(OLD));
}

#[test]
fn a_crash_while_a_table_is_written_loses_no_result() {
    for order in [Order::Kept, Order::None] {
        Scenario {
            order,
            prepare: &|store| {
                case(Code::UNKNOWN)
                    .run(store, 1, LONG)
                    .expect("it is stored");
            },
            act: &|store| case(code(OLD)).run(store, 2, LONG).map(drop),
            check: &|store| {
                let state = case(code(NEW)).state(store);
                assert!(matches!(state, Ok(1 | 2)), "{state:?}");
                case(code(OLD)).run(store, 3, LONG).expect("it goes on");
                let difference = store.codes.difference(code(OLD).digest(), &code(OLD));
                assert_eq!(difference.expect("it can be read").count(), 0);
            },
            check_done: &|store| assert_eq!(case(code(OLD).strict()).state(store), Ok(2)),
        }
        .crash_everywhere();
    }
}

#[test]
fn differences_are_counted_beyond_those_that_are_named() {
    let table = |digest: u8| {
        let parts: Vec<String> = (0..12)
            .map(|part| format!("{digest} part_{part:02}"))
            .collect();
        parts.join("\n")
    };
    let difference = CodeDifference::of(&table(1), &table(2));
    assert_eq!(difference.count(), 12);
    assert!(
        difference
            .to_string()
            .ends_with("`part_07` differ; and 4 more"),
        "{difference}"
    );
    assert_eq!(
        CodeDifference::of("1 a\n2 a\n", "2 a\n1 a\n").count(),
        0,
        "two of one name"
    );
    assert_eq!(
        CodeDifference::of("1 a\n2 a\n", "2 a\n").to_string(),
        "`a` differs"
    );
}

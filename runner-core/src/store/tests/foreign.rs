//! Results of other types that fit today's.

use super::fixture::{Case, SHORT, Scratch, decode_from, names, publish};
use crate::store::{
    Unfit,
    reader::ResultReader,
    record::{Look, Lookup},
};

#[test]
fn a_result_of_another_type_that_fits_is_told_by_what_that_type_did_not_take() {
    // As a list, a set, and a list again: what was made as a set is a list too, but not what the list had been.
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let (list, set) = (0..200, 50..200);
    let run = |accepted, output| {
        let store = scratch.store();
        let record = case.attempt_in(&store, accepted, |attempt| publish(attempt, output, SHORT));
        record.expect("it is stored");
        store.batch.flush().expect("it can be written");
    };
    let check = |as_list, as_set| {
        let store = scratch.store();
        assert_eq!(case.state_in(&store, &list), Ok(as_list));
        assert_eq!(case.state_in(&store, &set), Ok(as_set));
    };
    run(&list, 10);
    run(&set, 60);
    check(10, 60);
    // Run again, each replaces its own.
    run(&list, 20);
    check(20, 60);
    run(&set, 70);
    check(20, 70);
    run(&set, 80);
    check(20, 80);
    run(&list, 30);
    check(30, 80);
    assert_eq!(names(&scratch).len(), 2);
    // A third type takes neither, and its result is none of theirs.
    let third = 90..100;
    run(&third, 95);
    check(30, 80);
    assert_eq!(case.state_in(&scratch.store(), &third), Ok(95));
}

#[test]
fn results_of_types_that_did_not_take_each_other_fit_no_third_one() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let store = scratch.store();
    let (one, other) = (0..60, 50..100);
    for (accepted, output) in [(&one, 10), (&other, 70), (&one, 10), (&other, 70)] {
        case.attempt_in(&store, accepted, |attempt| publish(attempt, output, SHORT))
            .expect("it is stored");
        store.batch.flush().expect("it can be written");
    }
    assert_eq!(case.state_in(&scratch.store(), &one), Ok(10));
    assert_eq!(case.state_in(&scratch.store(), &other), Ok(70));
    assert_eq!(case.state_in(&scratch.store(), &(0..200)), Err("stale"));
}

#[test]
fn what_cannot_be_upgraded_is_not_taken_either() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let (list, set) = (0..200, 50..200);
    let store = scratch.store();
    case.attempt_in(&store, &list, |attempt| publish(attempt, 10, SHORT))
        .expect("it is stored");
    case.with(|wanted| {
        let lock = store.lock(wanted.identity.key)?.expect("it is free");
        let mut reader = ResultReader::default();
        let mut upgrade = |bytes: &[u8], digest| {
            decode_from(&set, bytes, digest).map_err(|_| Unfit::Upgrade("no set".to_owned()))
        };
        let found = store.find(wanted, &mut reader, Look::Fresh, &mut upgrade)?;
        assert!(matches!(found, Lookup::Stale(_)), "{found:?}");
        let attempt = store
            .begin(lock, wanted, None, &mut || Ok(None))?
            .expect("nobody else stores it");
        publish(attempt.refusing(reader.refused), 60, SHORT)
    })
    .expect("it is stored");
    let store = scratch.store();
    assert_eq!(case.state_in(&store, &set), Ok(60));
    assert_eq!(case.state_in(&store, &list), Ok(10));
}

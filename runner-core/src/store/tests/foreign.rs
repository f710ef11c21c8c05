//! Results of other types that fit today's.

use super::fixture::{Case, SHORT, Scratch, names, publish};

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
        store.flush().expect("it can be written");
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
        store.flush().expect("it can be written");
    }
    assert_eq!(case.state_in(&scratch.store(), &one), Ok(10));
    assert_eq!(case.state_in(&scratch.store(), &other), Ok(70));
    assert_eq!(case.state_in(&scratch.store(), &(0..200)), Err("stale"));
}

//! The lock file is removed or replaced while a store has locks in it.

use std::fs;

use super::fixture::{Case, SHORT, Scratch, end_failed, hit, publish};
use crate::store::{
    attempt::Attempt,
    base::Store,
    build::Build,
    failure::Failure,
    layout,
    record::{Look, Wanted},
};

fn remove(scratch: &Scratch) {
    fs::remove_dir_all(scratch.out().join(layout::INTERNAL)).expect("it is there");
}

fn replace(scratch: &Scratch) {
    let locks = scratch.out().join(layout::LOCKS);
    fs::write(locks.with_extension("new"), "").expect("it can be written");
    fs::rename(locks.with_extension("new"), locks).expect("it can be renamed");
}

/// Begins a run as the engine does.
fn begin<'a>(store: &'a Store, case: &'a Case) -> Option<Attempt<'a>> {
    let wanted = Wanted {
        identity: &case.identity,
        origin: &case.origin,
        code: &case.code,
        named_by_key: true,
        configs: case,
        run: 0,
    };
    let lock = store.lock(case.identity.key).expect("there are locks")?;
    let replaces = hit(case.find(store, Look::Fresh)).map(|(_, record)| record);
    let begun = store.begin(lock, &wanted, replaces.as_ref(), &mut || Ok(None));
    begun.expect("it can be made")
}

fn artifact(scratch: &Scratch, case: &Case) -> std::path::PathBuf {
    scratch.out().join(case.directory()).join("artifact")
}

/// Another store begins what this one is doing, and ends it as `end` says, before or after this one wants to publish.
fn check(spoil: fn(&Scratch), is_ended_before: bool) {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let [one, other] = [scratch.store(), scratch.store()];
    let attempt = begin(&one, &case).expect("it is free");
    spoil(&scratch);
    let of_other = begin(&other, &case).expect("nothing tells that it is taken");
    fs::write(artifact(&scratch, &case), "other").expect("it can be written");
    let publish_other = || publish(of_other, 2, SHORT).expect("it is stored");
    let refused = if is_ended_before {
        publish_other();
        publish(attempt, 1, SHORT)
    } else {
        let refused = publish(attempt, 1, SHORT);
        publish_other();
        refused
    };
    assert_eq!(refused.expect_err("it is not stored").to_string(), "taken");
    assert_eq!(case.state(&scratch.store()), Ok(2));
    let artifact = fs::read_to_string(artifact(&scratch, &case));
    assert_eq!(artifact.expect("it is there"), "other");
    assert_eq!(case.state(&one), Ok(2));
}

#[test]
fn a_run_that_another_one_has_begun_since_is_not_published() {
    for is_ended_before in [false, true] {
        check(remove, is_ended_before);
        check(replace, is_ended_before);
    }
}

#[test]
fn what_a_store_has_locked_it_locks_again_in_the_new_file() {
    for spoil in [remove, replace] {
        let scratch = Scratch::new();
        let (case, next) = (Case::new("base", 1), Case::new("next", 2));
        let [one, other] = [scratch.store(), scratch.store()];
        // One that has locked something before notices too.
        next.run(&other, 3, SHORT).expect("it is stored");
        let attempt = begin(&one, &case).expect("it is free");
        spoil(&scratch);
        assert!(begin(&other, &case).is_none(), "the former file tells");
        one.locking.keep().expect("there are locks");
        assert!(
            begin(&scratch.store(), &case).is_none(),
            "the new one tells"
        );
        publish(attempt, 1, SHORT).expect("it is stored");
        assert_eq!(case.state(&scratch.store()), Ok(1));
        // It is given back in both.
        for store in [&other, &scratch.store()] {
            assert!(begin(store, &case).is_some());
        }
    }
}

#[test]
fn a_failure_leaves_what_another_store_has_begun_since() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    case.run(&scratch.store(), 1, SHORT).expect("it is stored");
    let [one, other] = [scratch.store(), scratch.store()];
    let rerun = begin(&one, &case).expect("it is free");
    remove(&scratch);
    let of_other = begin(&other, &case).expect("nothing tells that it is taken");
    fs::write(artifact(&scratch, &case), "other").expect("it can be written");
    let failure = Failure::now("no luck".to_owned(), None, 1, Build::default());
    end_failed(rerun, &failure, SHORT).expect("it is noted");
    publish(of_other, 2, SHORT).expect("it is stored");
    assert!(artifact(&scratch, &case).exists());
    assert_eq!(case.state(&scratch.store()), Ok(2));
}

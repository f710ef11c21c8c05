//! Locks that are granted, and that another mount or machine does not see.

use std::{fs, sync::Arc};

use nix::errno::Errno;

#[cfg(target_os = "linux")]
use super::fixture::{hit, publish_unless};
use super::{
    fixture::{Case, SHORT, Scratch, publish},
    refusing::Refusing,
};
#[cfg(target_os = "linux")]
use crate::store::record::Look;
use crate::store::{base::Store, disk::Access, layout};

/// A store on a mount of its own.
fn on_mount(scratch: &Scratch, mount: &str) -> Store {
    let locks = scratch.path().join(mount);
    let disk = Refusing::open_with_locks_of(&scratch.out(), &locks).expect("it opens");
    Store::new(Arc::new(disk), &scratch.out(), Access::Write)
}

fn mark(scratch: &Scratch) -> Option<String> {
    fs::read_to_string(scratch.out().join(layout::LOCKLESS)).ok()
}

#[test]
#[cfg(target_os = "linux")]
fn a_process_whose_lock_is_not_seen_is_the_proof() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let [one, other] = ["one", "other"].map(|mount| on_mount(&scratch, mount));
    assert_eq!(one.try_locks().expect("there are locks"), None);
    let begun = case.attempt(&one, |attempt| {
        let note = other.try_locks().expect("there are locks");
        assert!(note.is_some_and(|note| note.contains("may run twice")));
        assert!(
            mark(&scratch).is_some_and(|text| text.contains("does not see the locks of process"))
        );
        // What the one that began before does is not touched.
        case.run(&other, 2, SHORT)?;
        one.locking.keep()?;
        let find = || Ok(hit(case.find(&one, Look::Fresh)).map(|(_, record)| record));
        publish_unless(attempt, 1, SHORT, find)
    });
    let begun = begun.expect("nothing is wrong with the disk");
    assert!(
        begun.is_none(),
        "the one that was first found out meanwhile, and reports what counts"
    );
    for store in [&one, &other, &scratch.store()] {
        assert_eq!(
            case.state(store),
            Ok(2),
            "what was published in turn counts"
        );
    }
    // From now on the first one publishes in turns too.
    let next = Case::new("next", 2);
    next.run(&one, 3, SHORT).expect("it is stored");
    assert!(
        scratch
            .out()
            .join(format!("{}+1", next.directory()))
            .exists()
    );
}

#[test]
#[cfg(target_os = "linux")]
fn what_was_stored_before_it_was_found_out_counts() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let [one, other] = ["one", "other"].map(|mount| on_mount(&scratch, mount));
    one.try_locks().expect("there are locks");
    assert_eq!(case.state(&other), Err("missing"));
    case.attempt(&one, |attempt| {
        other.try_locks()?;
        publish(attempt, 1, SHORT)
    })
    .expect("it is stored");
    // The listing of the other one is from before.
    let find = |case: &Case| hit(case.find(&other, Look::Fresh)).map(|(output, _)| output);
    assert_eq!(find(&case), Some(1));
    // Once it knows, it takes its turn with what it began before.
    let one = on_mount(&scratch, "one");
    fs::remove_file(scratch.out().join(layout::LOCKLESS)).expect("it is there");
    let next = Case::new("next", 2);
    next.attempt(&one, |attempt| {
        one.locking.mark("the other one found it out")?;
        assert!(publish(attempt, 3, SHORT).is_ok());
        Ok(())
    })
    .expect("it is stored");
    let place = |number| scratch.out().join(format!("{}{number}", next.directory()));
    assert!(place("+1").exists() && !place("").exists());
    assert_eq!(find(&next), Some(3));
}

#[test]
fn processes_that_see_each_other_or_are_gone_are_no_proof() {
    let scratch = Scratch::new();
    let [one, other] = [(); 2].map(|()| on_mount(&scratch, "one"));
    for store in [&one, &other] {
        assert_eq!(store.try_locks().expect("there are locks"), None);
    }
    drop(one);
    // One that was killed, and one of an older library.
    let dead = [
        r#"{"line":"process","host":"here","pid":999999999,"machine":"0000000000000001","start":1}"#,
        r#"{"line":"process","host":"here","pid":1}"#,
    ];
    for (number, line) in dead.into_iter().enumerate() {
        let note = scratch
            .out()
            .join(layout::PROCESSES)
            .join(format!("{number:016x}"));
        fs::write(note, format!("{line}\n")).expect("it can be written");
    }
    let third = on_mount(&scratch, "one");
    assert_eq!(third.try_locks().expect("there are locks"), None);
    assert_eq!(mark(&scratch), None);
    let notes = fs::read_dir(scratch.out().join(layout::PROCESSES)).expect("it is there");
    assert_eq!(notes.count(), 2, "of those that live");
    Case::new("base", 1)
        .attempt(&third, |attempt| publish(attempt, 1, SHORT))
        .expect("it is stored");
}

#[test]
fn what_a_server_may_say_is_a_refusal() {
    for errno in [Errno::ENOLCK as i32, 524] {
        assert!(crate::store::locking::is_refused(
            &std::io::Error::from_raw_os_error(errno)
        ));
    }
}

/// Lets the notes of processes say that they started at another time, or on another machine.
#[cfg(target_os = "linux")]
fn rewrite_notes(scratch: &Scratch, field: &str, value: &str) {
    for note in fs::read_dir(scratch.out().join(layout::PROCESSES)).expect("it is there") {
        let note = note.expect("it can be read").path();
        let text = fs::read_to_string(&note).expect("it is text");
        let (before, after) = text.split_once(field).expect("it is noted");
        let end = after.find([',', '}']).expect("it ends");
        let text = format!("{before}{field}{value}{}", &after[end..]);
        fs::write(&note, text).expect("it can be written");
    }
}

#[cfg(target_os = "linux")]
const START: &str = "\"start\":";

/// A store whose lock of the run is announced; it stands for a child that a killed program left behind once its note is changed.
#[cfg(target_os = "linux")]
fn announced<'a>(store: &'a Store, case: &Case) -> crate::store::Lock<'a> {
    let lock = store
        .lock(case.identity.key)
        .expect("it can be locked")
        .expect("it is free");
    store
        .locks
        .announce(case.identity.key)
        .expect("it can be noted");
    lock
}

#[test]
#[cfg(target_os = "linux")]
fn a_lock_that_a_dead_process_left_to_another_says_so() {
    // A child that a run forks has the locks of the program as well, and keeps them when that is killed.
    let scratch = Scratch::new();
    let case = Case::new("one", 1);
    let (here, looking) = (scratch.store(), scratch.store());
    let lock = announced(&here, &case);
    let holder = || {
        let holder = looking.locks.holder(case.identity.key);
        let holder = holder.expect("it can be read").expect("it is held");
        holder.to_string()
    };
    assert!(!holder().contains("gone"), "{}", holder());
    rewrite_notes(&scratch, START, "1");
    assert!(holder().contains("which is gone"), "{}", holder());
    drop(lock);
}

#[test]
#[cfg(target_os = "linux")]
fn a_run_goes_on_beside_a_lock_that_a_dead_process_left() {
    let scratch = Scratch::new();
    let case = Case::new("one", 1);
    let key = case.identity.key;
    let [orphan, next, third] = [(); 3].map(|()| scratch.store());
    let left = announced(&orphan, &case);
    fs::create_dir(scratch.out().join(case.directory())).expect("the killed program made it");
    let free = |store: &Store| store.lock_for_run(key).expect("it can be locked").is_some();
    assert!(!free(&next), "its holder lives");
    rewrite_notes(&scratch, START, "1");
    assert!(next.lock(key).expect("it can be locked").is_none());
    let beside = next.lock_for_run(key).expect("it can be locked");
    let beside = beside.expect("only what the dead process left has it");
    assert!(!free(&third), "another one goes on with it");
    next.locks.announce(key).expect("it can be noted");
    let holder = third.locks.holder(key).expect("it can be read");
    assert!(holder.is_some_and(|holder| !holder.is_gone));
    drop(left);
    drop(orphan);
    assert!(!free(&third), "the lock that is free now is not all");
    let holder = third.locks.holder(key).expect("it can be read");
    assert!(holder.is_some_and(|holder| holder.since.is_some()));
    case.with(|wanted| {
        let attempt = next.begin(beside, wanted, None, &mut || Ok(None))?;
        publish(attempt.expect("there is no result"), 7, SHORT)
    })
    .expect("it is stored");
    let left = scratch.out().join(case.directory());
    assert!(left.exists(), "what the orphan may write to is left alone");
    assert!(
        scratch
            .out()
            .join(format!("{}+1", case.directory()))
            .exists()
    );
    // One that looked before the result was there finds it under the lock, and so does a later one.
    let lock = third.lock_for_run(key).expect("it can be locked");
    let find = |store: &Store| hit(case.find(store, Look::Fresh)).map(|(_, record)| record);
    assert!(find(&third).is_some());
    drop(lock);
    assert_eq!(case.state(&scratch.store()), Ok(7));
}

#[test]
#[cfg(target_os = "linux")]
fn one_that_listed_before_a_result_beside_was_stored_does_not_run_again() {
    let scratch = Scratch::new();
    let case = Case::new("one", 1);
    let key = case.identity.key;
    let [orphan, next, late] = [(); 3].map(|()| scratch.store());
    let left = announced(&orphan, &case);
    fs::create_dir(scratch.out().join(case.directory())).expect("the killed program made it");
    rewrite_notes(&scratch, START, "1");
    assert_eq!(case.state(&late), Err("missing"));
    let beside = next.lock_for_run(key).expect("it can be locked");
    case.with(|wanted| {
        let beside = beside.expect("it is free");
        let attempt = next.begin(beside, wanted, None, &mut || Ok(None))?;
        publish(attempt.expect("there is no result"), 7, SHORT)
    })
    .expect("it is stored");
    drop(left);
    let lock = late
        .lock(key)
        .expect("it can be locked")
        .expect("it is free");
    let mut counting = || Ok(hit(case.find(&late, Look::Fresh)).map(|(_, record)| record));
    let begun = case.with(|wanted| {
        late.begin(lock, wanted, None, &mut counting)
            .map(|a| a.is_some())
    });
    assert!(!begun.expect("the disk works"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_result_that_is_replaced_beside_a_lock_does_not_come_back() {
    let scratch = Scratch::new();
    let case = Case::new("one", 1);
    let key = case.identity.key;
    let [orphan, next] = [(); 2].map(|()| scratch.store());
    let old = case.run(&orphan, 1, SHORT).expect("it is stored");
    let left = announced(&orphan, &case);
    rewrite_notes(&scratch, START, "1");
    let beside = next.lock_for_run(key).expect("it can be locked");
    case.with(|wanted| {
        let beside = beside.expect("it is free");
        let attempt = next.begin(beside, wanted, Some(&old), &mut || Ok(None))?;
        publish(attempt.expect("it is replaced"), 2, SHORT)
    })
    .expect("it is stored");
    for _ in 0..2 {
        assert_eq!(case.state(&scratch.store()), Ok(2));
    }
    drop(left);
}

#[test]
#[cfg(target_os = "linux")]
fn locks_are_not_passed_by_whose_holder_may_live() {
    let scratch = Scratch::new();
    let case = Case::new("one", 1);
    let key = case.identity.key;
    let [orphan, next, child] = [(); 3].map(|()| scratch.store());
    let free = || next.lock_for_run(key).expect("it can be locked").is_some();
    {
        let _lock = orphan.lock(key).expect("it can be locked");
        assert!(!free(), "nothing is known of it");
    }
    let left = announced(&orphan, &case);
    rewrite_notes(&scratch, "\"machine\":", "\"0000000000000001\"");
    rewrite_notes(&scratch, START, "1");
    assert!(!free(), "it is another machine's");
    drop(left);
    drop(orphan);
    let orphan = scratch.store();
    let _left = announced(&orphan, &case);
    rewrite_notes(&scratch, START, "1");
    let parent = child.locks.lock_as_parent().expect("it can be locked");
    let code = next.locks.lock_code(key, parent).expect("the parent lives");
    let other = scratch.store();
    let beside = other.lock_for_run(key).expect("it can be locked");
    assert!(beside.is_none(), "a process of the run is still at work");
    drop(code);
    assert!(free());
}

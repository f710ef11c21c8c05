//! Locks that are granted, and that another mount or machine does not see.

use std::{fs, sync::Arc};

use nix::errno::Errno;

use super::{
    fixture::{Case, SHORT, Scratch, hit, publish, publish_unless},
    refusing::Refusing,
};
use crate::store::{base::Store, disk::Access, layout, record::Look};

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
    begun.expect("nothing is wrong with the disk");
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

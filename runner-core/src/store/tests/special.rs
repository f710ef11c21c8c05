//! Files that are no regular files, endless, or far too long.

use std::{
    fs::{self, File},
    os::unix::{fs::symlink, net::UnixListener},
    path::Path,
};

use super::fixture::{Case, LONG, SHORT, Scratch, end_failed, names};
use crate::store::{Build, Failure, Look, Lookup};

/// Puts something in place of the result of one of two runs, and returns why it does not count.
#[track_caller]
fn reason(put: impl FnOnce(&Path)) -> String {
    let scratch = Scratch::new();
    let (spoilt, other) = (Case::new("spoilt", 1), Case::new("other", 2));
    let store = scratch.store();
    spoilt.run(&store, 42, SHORT).expect("it is stored");
    other.run(&store, 43, SHORT).expect("it is stored");
    let result = scratch
        .out()
        .join(spoilt.directory())
        .join("result.postcard");
    put(&result);
    let store = scratch.store();
    assert_eq!(other.state(&store), Ok(43));
    let reason = match spoilt.find(&store, Look::Listed) {
        Ok(Lookup::Corrupt(reason)) => reason,
        found => panic!("{found:?}"),
    };
    let surveyed = store.survey(|| (), |(), run| Some(run.key));
    assert_eq!(surveyed.ok(), Some(vec![other.identity.key]));
    spoilt.run(&store, 44, SHORT).expect("it is done again");
    assert_eq!(spoilt.state(&scratch.store()), Ok(44));
    let aside = format!("{}~1", spoilt.directory());
    assert_eq!(
        names(&scratch),
        [other.directory(), spoilt.directory(), aside]
    );
    reason
}

fn replace(make: impl FnOnce(&Path)) -> impl FnOnce(&Path) {
    |result| {
        fs::remove_file(result).expect("it is there");
        make(result);
    }
}

#[test]
fn what_is_no_regular_file_is_damage() {
    let link = |to: &'static str| replace(move |result| symlink(to, result).expect("it is made"));
    assert_eq!(
        reason(link("/dev/zero")),
        "it does not start as a result does"
    );
    assert_eq!(reason(link("/dev/null")), "it ends after 0 bytes");
    let itself = reason(link("result.postcard"));
    assert!(
        itself.starts_with("it cannot be read: Too many"),
        "{itself}"
    );
    let socket = reason(replace(|result| {
        drop(UnixListener::bind(result).expect("it is made"));
    }));
    assert!(socket.starts_with("it cannot be read: "), "{socket}");
    let pipe = replace(|result| {
        nix::unistd::mkfifo(result, nix::sys::stat::Mode::S_IRWXU).expect("it is made");
    });
    assert_eq!(reason(pipe), "it ends after 0 bytes");
}

#[test]
fn a_lock_file_that_is_a_link_to_nowhere_makes_no_file_elsewhere() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let internal = scratch.out().join(".runner");
    fs::create_dir_all(&internal).expect("it is made");
    let elsewhere = scratch.path().join("elsewhere");
    symlink(&elsewhere, internal.join("locks")).expect("it is made");
    let error = case.run(&scratch.store(), 42, SHORT).err();
    let error = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(error.starts_with("cannot lock `"), "{error}");
    assert!(error.contains("a link that leads nowhere"), "{error}");
    assert!(!elsewhere.exists());
    fs::write(&elsewhere, "").expect("it can be written");
    case.run(&scratch.store(), 42, SHORT).expect("it is stored");
}

#[test]
fn git_is_told_to_leave_a_new_output_directory_alone() {
    let scratch = Scratch::new();
    let ignored = scratch.out().join(".gitignore");
    drop(scratch.store());
    assert_eq!(fs::read_to_string(&ignored).ok().as_deref(), Some("*\n"));
    fs::remove_file(&ignored).expect("it is there");
    drop(scratch.store());
    assert!(!ignored.exists(), "whoever removed it is obeyed");
}

#[test]
fn a_file_is_not_read_beyond_what_it_claims() {
    const HUGE: u64 = 200 << 30;
    let grow = |result: &Path| {
        let file = File::options()
            .write(true)
            .open(result)
            .expect("it is there");
        file.set_len(HUGE).expect("it takes no space");
    };
    let longer = reason(grow);
    assert!(longer.starts_with("it goes on after its "), "{longer}");
    let empty = reason(replace(move |result| {
        File::create(result).expect("it is made");
        grow(result);
    }));
    assert_eq!(empty, "it does not start as a result does");
}

#[test]
fn a_note_of_a_failure_that_is_endless_is_none() {
    for target in ["/dev/zero", "note"] {
        let scratch = Scratch::new();
        let case = Case::new("base", 1);
        let failure = Failure::now("no luck".to_owned(), None, 1, Build::default());
        let store = scratch.store();
        case.attempt(&store, |attempt| end_failed(attempt, &failure, SHORT))
            .expect("it is noted");
        let note = scratch
            .out()
            .join(format!(".runner/failed/{}", case.identity.key));
        fs::remove_file(&note).expect("it is there");
        let huge = scratch.path().join("note");
        let file = File::create(&huge).expect("it is made");
        file.set_len(200 << 30).expect("it takes no space");
        let target = if target == "note" {
            huge.as_path()
        } else {
            Path::new(target)
        };
        symlink(target, &note).expect("it is made");
        let store = scratch.store();
        assert_eq!(case.failure(&store), None);
        case.run(&store, 44, SHORT).expect("it is stored");
        assert_eq!(case.state(&scratch.store()), Ok(44));
    }
}

#[test]
fn a_failure_from_before_1970_harms_nothing() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let failure = Failure::now("no luck".to_owned(), None, 1, Build::default());
    case.attempt(&scratch.store(), |attempt| {
        end_failed(attempt, &failure, LONG)
    })
    .expect("it is noted");
    let note = scratch
        .out()
        .join(format!(".runner/failed/{}", case.identity.key));
    let text = fs::read_to_string(&note).expect("it is there");
    let (before, after) = text.split_once("\"at_ns\":").expect("it says when");
    let digits = after
        .trim_start()
        .chars()
        .take_while(char::is_ascii_digit)
        .count();
    let time = &after.trim_start()[..digits];
    fs::write(&note, text.replace(time, "5")).expect("it can be written");
    assert!(!before.contains(time));
    let store = scratch.store();
    case.run(&store, 42, SHORT).expect("it is stored");
    assert_eq!(case.state(&scratch.store()), Ok(42));
}

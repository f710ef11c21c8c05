//! A clock that was set back, or ahead: what is stored names times that are still to come, or long past.

use std::{fs, ops::Range, path::Path};

use twox_hash::XxHash3_128;

use crate::program::Session;

const HOUR_NS: i64 = 3_600_000_000_000;
/// Where a result has its start, and a checkpoint when it was saved; see `docs/format.md`.
const TIME: Range<usize> = 76..84;

/// Writes a file as if the clock had been so much ahead.
fn shift(path: &Path, by_ns: i64) {
    let mut bytes = fs::read(path).expect("it can be read");
    let mut time = [0; 8];
    time.copy_from_slice(&bytes[TIME]);
    let time = u64::from_le_bytes(time).saturating_add_signed(by_ns);
    bytes[TIME].copy_from_slice(&time.to_le_bytes());
    bytes.truncate(bytes.len() - 16);
    let digest = XxHash3_128::oneshot(&bytes);
    bytes.extend_from_slice(&digest.to_le_bytes());
    fs::write(path, bytes).expect("it can be written");
}

fn shift_results(session: &Session, by_ns: i64) {
    for name in session.directories() {
        shift(
            &session.path("out").join(name).join("result.postcard"),
            by_ns,
        );
    }
}

fn check(by_ns: i64, args: &[&str]) {
    let session = Session::sample(4);
    let report = session.start(args).stdout;
    shift_results(&session, by_ns);
    session.ran();
    let cached = session.start(args);
    assert_eq!((cached.code, &cached.stdout), (Some(0), &report));
    assert_eq!(session.ran(), [""; 0], "what is stored counts");
    for question in ["--list", "--why", "--prune", "--dry-run"] {
        let answer = session.start(&[question]);
        assert_eq!(answer.code, Some(0), "{question}: {answer}");
    }
    let rerun = session.start(&[args, &["--rerun"]].concat());
    assert_eq!((rerun.code, &rerun.stdout), (Some(0), &report), "{rerun}");
    assert_eq!(session.ran(), ["0", "1", "2", "3"], "a rerun runs all");
    assert_eq!(session.directories().len(), 4, "what was replaced is gone");
}

#[test]
fn results_from_the_future_count_and_can_be_replaced() {
    check(HOUR_NS, &[]);
    check(HOUR_NS, &["--isolate"]);
}

#[test]
fn results_from_long_ago_count_and_can_be_replaced() {
    check(-HOUR_NS, &[]);
    check(-HOUR_NS, &["--isolate"]);
}

#[test]
fn a_checkpoint_from_the_future_is_used_but_not_by_a_rerun() {
    for args in [&[][..], &["--isolate"]] {
        for is_rerun in [false, true] {
            let mut session = Session::new(env!("CARGO_BIN_EXE_resume"));
            let log = session.path("log");
            session.set("RESUME_LOG", log.display());
            session.set("RESUME_FAIL_AT", 4);
            assert_eq!(session.start(args).code, Some(1));
            let saved = fs::read_dir(session.path("out/.runner/checkpoints"));
            for entry in saved.expect("there are checkpoints") {
                shift(&entry.expect("it can be read").path(), HOUR_NS);
            }
            session.ran();
            session.set("RESUME_FAIL_AT", "");
            let rerun: &[&str] = if is_rerun { &["--rerun"] } else { &[] };
            let ended = session.start(&[args, rerun].concat());
            assert_eq!(ended.code, Some(0), "{ended}");
            let first = if is_rerun { "0" } else { "4" };
            assert_eq!(session.ran()[0], first);
        }
    }
}

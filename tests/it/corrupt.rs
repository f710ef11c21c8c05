//! Results that are damaged, of another format, or of another run.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use twox_hash::XxHash3_128;

use crate::program::Session;

/// What a damaged run looks like, and what repairing it leaves.
struct Expected {
    /// The state in `--list`, with its reason.
    listed: &'static str,
    /// What is there beside the repaired run.
    beside: &'static [&'static str],
}

const OUT_DIR: &str = "out/odd-f0214395e532db11";

/// Damages the result of one of three runs, looks at it in every way that writes nothing, and runs it again.
fn check(damage: impl FnOnce(&Path), expected: &Expected) {
    let session = Session::sample(3);
    let report = session.start(&["-q"]).stdout;
    session.ran();
    let result = session.path(OUT_DIR).join("result.postcard");
    damage(&result);
    let damaged = fs::read(&result).ok();

    let before = session.tree();
    let listed = session.start(&["--list"]).stdout;
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines[1..lines.len() - 2].join("\n"), expected.listed);
    assert_eq!(session.start(&["--report"]).code, Some(1));
    session.start(&["--dry-run"]);
    assert!(session.tree() == before, "looking at it wrote something");

    let ended = session.start(&[]);
    assert_eq!(ended.stdout, report);
    assert_eq!(ended.totals(), "3 runs: 2 cached, 1 done");
    assert_eq!(session.ran(), ["1"]);
    let others = |tree: BTreeMap<PathBuf, String>| -> BTreeMap<PathBuf, String> {
        tree.into_iter()
            .filter(|(path, _)| path.display().to_string().contains("out/even"))
            .collect()
    };
    assert!(
        others(session.tree()) == others(before),
        "another run was touched"
    );
    let mut beside = session.directories();
    beside.retain(|name| name.contains("odd") && name != "odd-f0214395e532db11");
    assert_eq!(beside, expected.beside);
    if let [aside] = expected.beside
        && aside.contains('~')
    {
        let aside = session.path("out").join(aside);
        assert_eq!(fs::read(aside.join("result.postcard")).ok(), damaged);
        assert_eq!(
            fs::read(aside.join("artifact.txt")).ok(),
            Some(b"1".to_vec())
        );
    }

    assert_eq!(session.start(&["-q"]).stdout, report);
    assert_eq!(session.ran(), [""; 0]);
}

/// Replaces the bytes of a file.
fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("there is a result");
    change(&mut bytes);
    fs::write(path, bytes).expect("it can be written");
}

#[test]
fn a_truncated_result_is_run_again() {
    check(
        |result| change(result, |bytes| bytes.truncate(bytes.len() / 2)),
        &Expected {
            listed: "corrupt  f0214395e532db11  odd\n         it ends after 251 of 503 bytes",
            beside: &["odd-f0214395e532db11~1"],
        },
    );
    check(
        |result| change(result, Vec::clear),
        &Expected {
            listed: "corrupt  f0214395e532db11  odd\n         it ends after 0 bytes",
            beside: &["odd-f0214395e532db11~1"],
        },
    );
}

#[test]
fn a_flipped_bit_is_found() {
    check(
        |result| {
            change(result, |bytes| {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
            });
        },
        &Expected {
            listed: "corrupt  f0214395e532db11  odd\n         its checksum is wrong",
            beside: &["odd-f0214395e532db11~1"],
        },
    );
}

#[test]
fn garbage_is_no_result() {
    check(
        |result| fs::write(result, "garbage ".repeat(1000)).expect("it can be written"),
        &Expected {
            listed: "corrupt  f0214395e532db11  odd\n         it does not start as a result does",
            beside: &["odd-f0214395e532db11~1"],
        },
    );
}

#[test]
fn bytes_after_the_end_are_found() {
    check(
        |result| change(result, |bytes| bytes.extend(b"more")),
        &Expected {
            listed: "corrupt  f0214395e532db11  odd\n         it goes on after its 503 bytes",
            beside: &["odd-f0214395e532db11~1"],
        },
    );
}

#[test]
fn a_directory_in_the_place_of_a_result_is_set_aside() {
    check(
        |result| {
            fs::remove_file(result).expect("it can be removed");
            fs::create_dir(result).expect("directories can be made");
        },
        &Expected {
            listed: "corrupt  f0214395e532db11  odd\n         it ends after 0 bytes",
            beside: &["odd-f0214395e532db11~1"],
        },
    );
}

#[test]
fn a_result_of_another_format_stays() {
    check(
        |result| {
            change(result, |bytes| {
                let end = bytes.len() - 16;
                bytes[8..12].copy_from_slice(&7_u32.to_le_bytes());
                let checksum = XxHash3_128::oneshot(&bytes[..end]);
                bytes[end..].copy_from_slice(&checksum.to_le_bytes());
            });
        },
        &Expected {
            listed: "stale    f0214395e532db11  odd\n         it is in format 7 of another version of this library, and stays as it is",
            beside: &["odd-f0214395e532db11~1"],
        },
    );
}

#[test]
fn the_result_of_another_run_is_not_taken() {
    check(
        |result| {
            let other = result
                .parent()
                .and_then(Path::parent)
                .expect("it is in `out`");
            let other = other.join("even-7b56047ac105500e/result.postcard");
            fs::copy(other, result).expect("it can be copied");
        },
        &Expected {
            listed: "missing  f0214395e532db11  odd",
            beside: &["odd-f0214395e532db1162787b2f0f0e9aca"],
        },
    );
}

#[test]
fn a_directory_without_a_result_is_made_anew() {
    check(
        |result| fs::remove_file(result).expect("it can be removed"),
        &Expected {
            listed: "missing  f0214395e532db11  odd",
            beside: &[],
        },
    );
}

//! Artifacts of two directories are compared by name, length and bytes, apart from where the directories are.

use std::{fs, os::unix::fs::symlink, path::Path};

use super::fixture::Scratch;
use crate::{
    store::{Access, Durability, Store, layout},
    value::RunPaths,
};

const RUN: &str = "fit-00000000000000ab";

fn open(root: &Path) -> Store {
    Store::open(root, Access::Write, Durability::LeftToSystem).expect("it can be opened")
}

/// Compares two directories, the second of which is made from the first by `change`.
fn check(change: impl FnOnce(&Path), expected: &[(&str, &str, &str)]) {
    let scratch = Scratch::new();
    let roots = ["one", "other"].map(|name| scratch.path().join(name));
    for root in &roots {
        let run = root.join(RUN);
        fs::create_dir_all(run.join("deep/er")).expect("it can be made");
        fs::write(run.join("deep/er/small"), "small").expect("it can be written");
        let large = vec![7; 9 << 20];
        fs::write(run.join("large"), large).expect("it can be written");
        fs::write(run.join("path.txt"), format!("in {}\n", run.display()))
            .expect("it can be written");
        symlink(run.join("large"), run.join("link")).expect("it can be made");
        // What belongs to the library is no artifact.
        let written = root.display().to_string();
        fs::write(run.join(layout::RUN_JSON), written).expect("it can be written");
    }
    change(&roots[1].join(RUN));
    let [one, other] = roots.each_ref().map(|root| open(root));
    let place = RunPaths::new(0xab);
    let found = one.artifact_differences(RUN, (&other, RUN), &place);
    let found = found.expect("they can be read");
    let found: Vec<_> = found
        .iter()
        .map(|one| {
            // The directory has another name each time.
            let before = match one.name.as_str() {
                "link" => "link to large",
                "path.txt" => "path",
                _ => &one.before,
            };
            (one.name.as_str(), before, one.now.as_str())
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn what_differs_is_named() {
    let write = |run: &Path, name: &str, bytes: &[u8]| {
        fs::write(run.join(name), bytes).expect("it can be written");
    };
    check(|_| {}, &[]);
    check(
        |run| write(run, "deep/er/small", b"Small"),
        &[("deep/er/small", "5 B", "as many, others")],
    );
    let mut large = vec![7; 9 << 20];
    large[5 << 20] = 8;
    check(
        |run| write(run, "large", &large),
        &[("large", "9.4 MB", "as many, others")],
    );
    check(
        |run| write(run, "large", &large[1..]),
        &[("large", "9437184 B", "9437183 B")],
    );
    check(
        |run| {
            fs::remove_file(run.join("link")).expect("it is there");
            symlink("elsewhere", run.join("link")).expect("it can be made");
            fs::rename(run.join("deep"), run.join("down")).expect("it can be moved");
            write(run, "path.txt", b"in no directory\n");
        },
        &[
            ("deep/er/small", "5 B", "(none)"),
            ("link", "link to large", "link to elsewhere"),
            ("path.txt", "path", "16 B"),
            ("down/er/small", "(none)", "5 B"),
        ],
    );
}

//! `--shard`: several calls do every run once between them.

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::program::{Ended, end, sample};

/// Runs a shard in a directory of its own below `place`.
fn shard(place: &Path, shard: &str, args: &[&str]) -> Ended {
    let directory = place.join(shard.replace(['/', ':'], "-"));
    fs::create_dir_all(&directory).expect("it can be made");
    let ended = end(sample(&directory)
        .env("SAMPLE_LOG", place.join("log"))
        .arg(format!("--shard={shard}"))
        .args(args));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended
}

fn lines(ended: &Ended) -> Vec<String> {
    ended.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn shards_together_do_everything_once() {
    for way in ["", "slice:"] {
        let place = TempDir::new().expect("the temporary directory is writable");
        let mut reported = Vec::new();
        for number in 1..=3 {
            let part = format!("{way}{number}/3");
            let listed = lines(&shard(place.path(), &part, &["--list"])).len();
            let ran = lines(&shard(place.path(), &part, &[]));
            assert_eq!(ran, lines(&shard(place.path(), &part, &["--report"])));
            assert!(way.is_empty() || ran.len() == 2, "{ran:?}");
            assert!(ran.is_empty() || listed > ran.len(), "{listed} {ran:?}");
            reported.extend(ran);
        }
        reported.sort();
        let whole = end(&mut sample(place.path()));
        let mut expected = lines(&whole);
        expected.sort();
        assert_eq!(reported, expected);
        let log = fs::read_to_string(place.path().join("log")).expect("there were runs");
        assert_eq!(log.lines().count(), 6);
    }
}

#[test]
fn a_shard_divides_what_is_selected() {
    let place = TempDir::new().expect("the temporary directory is writable");
    let ran = shard(place.path(), "slice:2/3", &["even"]);
    assert_eq!(lines(&ran), ["even 2 4"]);
}

#[test]
fn a_shard_may_be_empty() {
    let place = TempDir::new().expect("the temporary directory is writable");
    let ended = shard(place.path(), "slice:7/7", &[]);
    assert_eq!(ended.stdout, "");
    assert_eq!(
        ended.stderr,
        "warning: shard slice:7/7 has none of 6 runs\n"
    );
    let listed = shard(place.path(), "slice:7/7", &["--list", "--format=json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).expect("the list is JSON");
    assert!(listed.as_array().is_some_and(Vec::is_empty), "{listed}");
    let report = shard(place.path(), "slice:7/7", &["--report", "--format=json"]);
    assert_eq!(
        report.stderr,
        "warning: shard slice:7/7 has none of 6 runs\n"
    );
}

#[test]
fn a_shard_that_is_none_is_a_mistake() {
    let place = TempDir::new().expect("the temporary directory is writable");
    let ended = end(sample(place.path()).args(["--shard", "0/3"]));
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let expected = "`--shard`: write `1/3` for the first shard of 3; they are counted from 1";
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
}

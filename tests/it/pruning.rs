//! What is removed, and what is not.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use expect_test::expect;

use crate::{program::Session, selecting::TRAIN};

/// Two runs, of which the stage `fewer` has one config.
fn session() -> Session {
    let mut session = Session::new(TRAIN);
    session.start(&["-q"]);
    session.set("TRAIN_STAGE", "fewer");
    session
}

const REACHED: &str = "train-e4e4a2a48bfc6512";
const UNREACHED: &str = "train-7ea1bfc4fbb2ac0d";

/// The lines of `--prune` without sizes and ages.
fn pruned(session: &Session, args: &[&str]) -> Vec<String> {
    let ended = session.start(&[&["--prune", "--older-than", "0s"], args].concat());
    assert_eq!(ended.code, Some(0), "{ended}");
    let lines = ended.stdout.lines();
    let lines = lines.filter(|line| line.contains("  ") && !line.starts_with("left alone"));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let name = words
                .iter()
                .position(|word| word.contains('-') && word.len() > 1);
            let shown = words[name.unwrap_or(0)..].join(" ");
            shown.split(": ").next().unwrap_or_default().to_owned()
        })
        .collect()
}

#[test]
fn what_no_config_reaches_goes_when_told() {
    let session = session();
    let before = session.tree();
    assert_eq!(
        pruned(&session, &[]),
        [format!("{UNREACHED} no config has this key")]
    );
    assert_eq!(session.tree(), before, "it was dry");
    let ended = session.start(&["--prune", "--yes", "--older-than", "0s"]);
    assert!(ended.stdout.contains("removed 1 directory"), "{ended}");
    assert_eq!(session.directories(), [REACHED]);
    session.check(
        &["--prune"],
        expect![[r#"
        nothing to prune: configs reach everything of this experiment
    "#]],
    );
    assert_eq!(session.start(&["-q"]).code, Some(0));
    assert_eq!(session.ran().len(), 2, "what is reached is still cached");
}

#[test]
fn what_is_young_stays_unless_an_age_is_given() {
    let session = session();
    let old = session.path("out").join(format!("{REACHED}~1"));
    fs::create_dir(&old).expect("it can be made");
    let two_days_ago = SystemTime::now() - Duration::from_secs(2 * 24 * 60 * 60);
    let directory = fs::File::open(&old).expect("it is there");
    directory.set_modified(two_days_ago).expect("it is ours");
    let says = |args: &[&str], words: &[&str]| {
        let ended = session.start(&[&["--prune"], args].concat());
        assert_eq!(ended.code, Some(0), "{ended}");
        for word in words {
            assert!(ended.stdout.contains(word), "{word}\n{ended}");
        }
    };
    let young = "1 directory, 8";
    let shown = "  no config has this key, younger than a day: learning_rate=0.01\n";
    let removable = "1 directory, 0 B; --prune --yes removes them\n1 directory, 8";
    says(
        &[],
        &["2 d 00 h old  ", " old  took ", UNREACHED, shown, removable],
    );
    says(
        &["--yes"],
        &[
            "removed 1 directory, 0 B\n1 directory, 8",
            "too young; --older-than 0s takes all",
        ],
    );
    assert_eq!(session.directories(), [UNREACHED, REACHED]);
    says(&["--yes", "--older-than", "1h"], &[young, "too young"]);
    session.start(&["--prune", "--yes", "--older-than", "0s"]);
    assert_eq!(session.directories(), [REACHED]);
}

#[test]
fn an_output_directory_that_is_not_there_is_not_made_to_prune_it() {
    let session = Session::new(TRAIN);
    for (args, code) in [
        (&["--prune"][..], 0),
        (&["--prune", "--yes", "--older-than", "0s"], 0),
        (&["--keep"], 2),
        (&["--unkeep"], 0),
    ] {
        let ended = session.start(args);
        assert_eq!(ended.code, Some(code), "{args:?}: {ended}");
        assert!(!session.path("out").exists(), "{args:?}");
    }
}

#[test]
fn what_is_set_aside_or_left_over_goes_too() {
    let session = session();
    let out = session.path("out");
    let copy = |to: &str| {
        fs::create_dir(out.join(to)).expect("it can be made");
        fs::copy(
            out.join(REACHED).join("result.postcard"),
            out.join(to).join("result.postcard"),
        )
        .expect("it can be copied");
    };
    copy(&format!("{REACHED}~1"));
    fs::create_dir(out.join(format!("{REACHED}~2"))).expect("it can be made");
    fs::create_dir(out.join(format!("{UNREACHED}.pruned"))).expect("it can be made");
    // Not known to be of this experiment.
    fs::create_dir(out.join("other-0123456789abcdef")).expect("it can be made");
    fs::create_dir(out.join("notes")).expect("it can be made");
    fs::write(out.join("train-notes.txt"), "mine").expect("it can be written");
    let mut found = pruned(&session, &[]);
    found.sort();
    assert_eq!(
        found,
        [
            format!("{UNREACHED} no config has this key"),
            format!("{UNREACHED}.pruned left by an earlier --prune"),
            format!("{REACHED}~1 set aside"),
            format!("{REACHED}~2 without a result"),
        ]
    );
    session.start(&["--prune", "--yes", "--older-than", "0s"]);
    assert_eq!(
        session.directories(),
        [
            "notes",
            "other-0123456789abcdef",
            REACHED,
            "train-notes.txt"
        ]
    );
}

#[test]
fn a_result_that_is_only_set_aside_is_in_use() {
    let session = session();
    let out = session.path("out");
    fs::rename(out.join(REACHED), out.join(format!("{REACHED}~3"))).expect("it can be renamed");
    session.start(&["--prune", "--yes", "--older-than", "0s"]);
    assert_eq!(session.directories(), [REACHED], "it is put back");
    assert!(out.join(REACHED).join("result.postcard").exists());
}

#[test]
fn other_experiments_and_versions_stay() {
    let mut session = session();
    session.set("TRAIN_STAGE", "renamed");
    session.start(&["-q"]);
    assert_eq!(pruned(&session, &[]), Vec::<String>::new());
    session.set("TRAIN_STAGE", "second");
    assert_eq!(pruned(&session, &[]), Vec::<String>::new());
    let mut old = pruned(&session, &["--old-versions"]);
    old.sort();
    assert_eq!(
        old,
        [
            format!("{UNREACHED} of version 1"),
            format!("{REACHED} of version 1")
        ]
    );
    session.start(&["--prune", "--yes", "--older-than", "0s", "--old-versions"]);
    assert_eq!(
        session.directories().len(),
        2,
        "those of the other experiment"
    );
}

#[test]
fn links_stay_and_are_not_followed() {
    let session = session();
    let out = session.path("out");
    let elsewhere = session.path("elsewhere");
    fs::rename(out.join(UNREACHED), &elsewhere).expect("it can be moved");
    std::os::unix::fs::symlink(&elsewhere, out.join(UNREACHED)).expect("it can be linked");
    session.start(&["--prune", "--yes", "--older-than", "0s"]);
    assert!(elsewhere.join("result.postcard").is_file());
    assert_eq!(session.directories(), [UNREACHED, REACHED]);
}

#[test]
fn what_is_kept_stays() {
    let mut session = session();
    session.set("TRAIN_STAGE", "first");
    session.check(
        &["--keep", "0.01"],
        expect![[r#"
        kept: 1 run, which --prune leaves alone
    "#]],
    );
    let listed = session.start(&["--list"]).stdout;
    assert!(listed.contains("learning_rate=0.01  (kept)"), "{listed}");
    session.set("TRAIN_STAGE", "fewer");
    assert_eq!(pruned(&session, &["--yes"]), Vec::<String>::new());
    assert_eq!(session.directories(), [UNREACHED, REACHED]);
    session.start(&["--unkeep", "--all"]);
    assert_eq!(pruned(&session, &["--yes"]).len(), 1);
    assert_eq!(session.directories(), [REACHED]);
}

#[test]
fn a_run_that_is_being_done_stays() {
    let sample = Session::sample(1).with("SAMPLE_SLEEP_MS", 60_000);
    let mut child = sample.spawn(&["-q"]);
    sample.wait_until("it runs", |session| {
        session.path("log").exists() && session.directories().len() == 1
    });
    let directories = sample.directories();
    let ended = sample.start(&["--prune", "--yes", "--older-than", "0s"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(sample.directories(), directories);
    child.kill().expect("it can be killed");
    sample.end(child);
    sample.start(&["--prune", "--yes", "--older-than", "0s"]);
    assert!(sample.directories().is_empty(), "now it is a leftover");
}

#[test]
fn a_selection_narrows_what_goes() {
    let session = Session::new(TRAIN);
    session.start(&["-q", "--sweep", "epochs=100,1,2,3"]);
    fs::write(
        session.out_dir("train learning_rate=0.1").join("large"),
        vec![0; 3_000_000],
    )
    .expect("it can be written");
    let large = session.start(&["--list", "--sweep", "epochs=3", "--format=json"]);
    let large: serde_json::Value = serde_json::from_str(&large.stdout).expect("it is JSON");
    let large = large[0]["out_dir"].as_str().expect("it is text").to_owned();
    fs::write(session.path(&large).join("large"), vec![0; 3_000_000]).expect("it can be written");
    let large = large.trim_start_matches("out/").to_owned();
    let count = |expression: &str| pruned(&session, &["--where", expression]).len();
    assert_eq!(pruned(&session, &[]).len(), 6);
    assert_eq!(count("epochs=2,3"), 4);
    assert_eq!(count("epochs=2 and learning_rate=0.1"), 1);
    assert_eq!(count("not epochs=2"), 4);
    assert_eq!(count("size>2MB"), 1);
    assert_eq!(count("age>1h or duration>1h"), 0);
    assert_eq!(count("state=cached and age<1h"), 6);
    let short = large.rsplit('-').next().unwrap_or_default();
    assert_eq!(count(&format!("key={short}")), 1);
    let gone = session.start(&["--prune", "--yes", "--older-than=0s", "--where=size>2MB"]);
    assert!(
        gone.stdout.contains("removed 1 directory, 3.0 MB"),
        "{gone}"
    );
    assert!(!session.path("out").join(large).exists());
    assert_eq!(pruned(&session, &[]).len(), 5);
    // What a config reaches stays, whatever is selected.
    session.start(&["--prune", "--yes", "--older-than=0s", "--where=epochs=100"]);
    assert_eq!(session.directories().len(), 7);
    for (args, expected) in [
        (
            &["--prune", "--where=output.loss>1"][..],
            "leave what is about the output out of `--where`: `--prune` reads no outputs",
        ),
        (
            &["--list", "--where=size>1MB"],
            "add `--prune`, or leave `size` out of `--where`: it is known only of what may be pruned",
        ),
    ] {
        let ended = session.start(args);
        assert_eq!(ended.code, Some(2), "{ended}");
        assert!(ended.stderr.contains(expected), "{ended}");
    }
}

#[test]
fn what_is_left_alone_is_shown() {
    let session = session();
    fs::create_dir(session.path("out/other-00112233445566ff")).expect("it can be made");
    fs::create_dir(session.path("out/notes")).expect("it can be made");
    fs::write(session.path("out/todo.txt"), "x").expect("it can be written");
    fs::rename(
        session.path("out").join(UNREACHED),
        session.path("out/best"),
    )
    .expect("it can be renamed");
    let expected = "nothing to prune: configs reach everything of this experiment\n\
        left alone: best  has the result of another name; a name that ends in -7ea1bfc4fbb2ac0d would count\n\
        left alone: other-00112233445566ff  without a result, and of no config: perhaps of another experiment\n";
    assert_eq!(session.start(&["--prune"]).stdout, expected);
    assert_eq!(session.start(&["--prune", "--yes"]).stdout, expected);
    assert!(session.path("out/best/result.postcard").exists());
}

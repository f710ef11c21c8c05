use std::path::Path;

use super::*;
use crate::{
    base::ColorChoice,
    cli::{flags::FlagValue, request::ProgressMode},
    execute::Processes,
    report::Format,
};

fn parse_words(words: &[&str]) -> Result<Parsed, Error> {
    parse(words.iter().map(OsString::from), Request::default())
}

fn request(words: &[&str]) -> Request {
    match parse_words(words) {
        Ok(Parsed::Request(request)) => *request,
        other => panic!("{words:?}: {other:?}"),
    }
}

fn check_error(words: &[&str], expected: &str) {
    let error = parse_words(words).expect_err("it is a mistake");
    assert_eq!(error.to_string(), expected);
    assert!(error.is_usage());
}

#[test]
fn nothing_asks_for_the_defaults() {
    let request = request(&[]);
    assert_eq!(request.action, Action::Run);
    assert!(!request.rerun && request.patterns.is_empty() && request.format.is_none());
    assert_eq!(request.output_dir, Path::new("out"));
}

#[test]
fn the_flag_of_cargo_bench_is_none() {
    assert!(request(&["--bench"]).patterns.is_empty());
    assert_eq!(request(&["--list", "--bench"]).action, Action::List);
    check_error(
        &["--bench=1"],
        "`--bench` takes no value, but was given `1`",
    );
}

#[test]
fn each_flag_is_heard() {
    assert_eq!(request(&["--report"]).action, Action::Report);
    assert_eq!(request(&["--list"]).action, Action::List);
    assert_eq!(request(&["--dry-run"]).action, Action::DryRun);
    assert!(request(&["--rerun"]).rerun);
    assert!(request(&["--dry-run", "--rerun"]).rerun);
    for words in [
        &["-j4"][..],
        &["-j", "4"],
        &["-j=4"],
        &["--jobs", "4"],
        &["--jobs=4"],
    ] {
        assert_eq!(request(words).jobs, Jobs::from_number(4), "{words:?}");
    }
    assert_eq!(request(&["-j0"]).jobs, Jobs::AllCores);
    assert_eq!(
        request(&["--max-fail=2", "--max-fail=0"]).failures_max,
        None
    );
    assert_eq!(request(&["-j2", "-j3"]).jobs, Jobs::from_number(3));
    assert_eq!(
        request(&["--output-dir", "a b/c"]).output_dir,
        Path::new("a b/c")
    );
    assert_eq!(request(&["--format", "csv"]).format, Some(Format::Csv));
    assert_eq!(
        request(&["--list", "--format=json"]).format,
        Some(Format::Json)
    );
    assert_eq!(
        request(&["--progress", "plain"]).progress,
        ProgressMode::Plain
    );
    assert_eq!(request(&["--events", "log"]).events, Some("log".into()));
    assert_eq!(
        request(&["--shard=slice:2/3"]).shard,
        "slice:2/3".parse().ok()
    );
    assert!(!request(&["-q"]).isolate);
    for (words, processes) in [
        (&["--isolate", "-j2"][..], Processes::Fresh),
        (&["--isolate=fresh"], Processes::Fresh),
        (&["--isolate=kept"], Processes::Kept),
        (&["kept", "--isolate"], Processes::Fresh),
        (&["--isolate=kept", "--isolate"], Processes::Fresh),
    ] {
        let request = request(words);
        assert_eq!((request.isolate, request.processes), (true, processes));
    }
    assert_eq!(request(&["--color=never"]).color, ColorChoice::Never);
    assert_eq!(request(&["-q"]).verbosity, Verbosity::Quiet);
    assert_eq!(request(&["-vj2"]).verbosity, Verbosity::Verbose);
}

#[test]
fn each_row_of_the_table_has_an_arm() {
    for flag in FLAGS {
        let value = match flag.value {
            FlagValue::Nothing => String::new(),
            FlagValue::Text(name) if name.starts_with("FIELD=") => "=a=1".to_owned(),
            FlagValue::Text(_) | FlagValue::OptionalWord(..) => "=1".to_owned(),
            FlagValue::OneOf(names) | FlagValue::Optional(names) => format!("={}", names()[0]),
        };
        let words = format!("--{}{value}", flag.long);
        let partner = match flag.long {
            "yes" | "old-versions" | "older-than" => "--prune",
            "all" => "--list",
            _ => "--color=auto",
        };
        // What is wrong with a value is known only to its flag.
        if let Err(error) = parse_words(&[&words, partner]) {
            assert!(!error.to_string().contains("unknown flag"), "{error}");
        }
    }
}

#[test]
fn what_is_chosen_is_heard() {
    let request = request(&[
        "--set=a=1",
        "--set",
        "b.c=x y",
        "--sweep=d=1,2",
        "--zip",
        "--replicates=3",
        "--configs=runs.toml",
        "--where=a=1",
        "--where",
        "state=missing",
        "--why",
    ]);
    assert_eq!(request.action, Action::Why);
    assert_eq!(request.wheres, ["a=1", "state=missing"]);
    let overrides = &request.overrides;
    assert_eq!((overrides.sets.len(), overrides.sweeps.len()), (2, 1));
    assert_eq!(overrides.zips, [""]);
    assert_eq!(overrides.replicates, Some(3));
    assert_eq!(request.configs.as_deref(), Some(Path::new("runs.toml")));
}

#[test]
fn pruning_is_dry_unless_told_otherwise() {
    let prune = |words: &[&str]| match request(words).action {
        Action::Prune(prune) => (prune.removes, prune.old_versions),
        other => panic!("{other:?}"),
    };
    assert_eq!(prune(&["--prune"]), (false, false));
    assert_eq!(prune(&["--yes", "--prune"]), (true, false));
    assert_eq!(prune(&["--prune", "--old-versions"]), (false, true));
    check_error(&["--yes"], "`--yes` needs `--prune`");
    check_error(&["--old-versions"], "`--old-versions` needs `--prune`");
    check_error(&["--older-than=0s"], "`--older-than` needs `--prune`");
    check_error(
        &["--prune", "--older-than=old"],
        "`--older-than` takes a time such as `90s`, `5m` or `1h 30m`, not `old` (expected number at 0)",
    );
    for (word, what) in [
        ("base", "the pattern"),
        ("--set=a=1", "`--set`"),
        ("--sweep=a=1", "`--sweep`"),
        ("--replicates=2", "`--replicates`"),
        ("--configs=a.json", "`--configs`"),
        ("--all", "`--all`"),
    ] {
        check_error(
            &["--prune", word],
            &format!(
                "leave {what} out: `--prune` compares the store with the configs of the program itself"
            ),
        );
    }
}

#[test]
fn flags_about_the_store_run_nothing() {
    for flag in ["--why", "--prune", "--keep", "--unkeep"] {
        check_error(
            &[flag, "--rerun"],
            &format!("leave `--rerun` out: `{flag}` runs nothing"),
        );
        check_error(
            &[flag, "--format=json"],
            &format!("leave `--format` out: `{flag}` has one form"),
        );
    }
    for words in [&["--all"][..], &["--all", "--dry-run"]] {
        check_error(
            words,
            "`--all` needs `--list`, `--report` or `--keep`: it is about every stored run",
        );
    }
    check_error(
        &["--all", "--list", "--set=a=1"],
        "leave `--all` out, or what changes configs: `--all` takes them as they are stored",
    );
}

#[test]
fn what_is_chosen_must_be_well_formed() {
    check_error(
        &["--set", "a"],
        "--set a: there is no `=`; write --set FIELD=VALUE",
    );
    check_error(
        &["--replicates", "0"],
        "`--replicates` takes a whole number from 1, not `0`",
    );
    check_error(
        &["--completions", "tcsh"],
        "`--completions` takes bash, zsh or fish, not `tcsh`; did you mean `bash`?",
    );
}

#[test]
fn shells_ask_with_a_hidden_flag() {
    let parsed = parse_words(&["--complete", "--set", "--rep"]);
    let Ok(Parsed::Complete(words)) = parsed else {
        panic!("{parsed:?}")
    };
    assert_eq!(words, ["--set", "--rep"]);
}

#[test]
fn everything_else_is_a_pattern() {
    let request = request(&["base", "-q", "lr=0.1", "--", "--report", "-j"]);
    assert_eq!(request.patterns, ["base", "lr=0.1", "--report", "-j"]);
    assert_eq!(request.action, Action::Run);
}

#[test]
fn help_and_version_end_the_parsing() {
    assert!(matches!(parse_words(&["-h", "--reprot"]), Ok(Parsed::Help)));
    assert!(matches!(
        parse_words(&["--list", "--help"]),
        Ok(Parsed::Help)
    ));
    assert!(matches!(parse_words(&["-V"]), Ok(Parsed::Version)));
}

#[test]
fn flags_go_before_defaults() {
    let defaults = Request {
        output_dir: "results".into(),
        jobs: Jobs::from_number(8),
        ..Request::default()
    };
    let parsed = parse(["-j2".into()], defaults);
    let Ok(Parsed::Request(request)) = parsed else {
        panic!("{parsed:?}")
    };
    assert_eq!(request.output_dir, Path::new("results"));
    assert_eq!(request.jobs, Jobs::from_number(2));
}

#[test]
fn unknown_flags_are_corrected() {
    check_error(
        &["--reprot"],
        "unknown flag `--reprot`; did you mean `--report`? (see --help)",
    );
    check_error(
        &["--out"],
        "unknown flag `--out`; did you mean `--output-dir`? (see --help)",
    );
    check_error(
        &["--frobnicate"],
        "unknown flag `--frobnicate` (see --help)",
    );
    check_error(&["-x"], "unknown flag `-x` (see --help)");
    check_error(
        &["-list"],
        "unknown flag `-l`; did you mean `--list`? (see --help)",
    );
}

#[test]
fn wrong_values_are_named() {
    check_error(
        &["--format", "jsn"],
        "`--format` takes table, markdown, csv or json, not `jsn`; did you mean `json`?",
    );
    check_error(
        &["--progress=fancy"],
        "`--progress` takes auto, bar, plain or none, not `fancy`",
    );
    check_error(
        &["--color", ""],
        "`--color` takes auto, always or never, not ``",
    );
    for number in ["x", "-1", "1.5", "99999999999999999999", ""] {
        check_error(
            &["--jobs", number],
            &format!("`--jobs` takes a whole number (0 = all cores), not `{number}`"),
        );
    }
    check_error(
        &["--report=yes"],
        "`--report` takes no value, but was given `yes`",
    );
    check_error(
        &["--isolate=keep"],
        "`--isolate` takes fresh or kept, not `keep`; did you mean `kept`?",
    );
    check_error(
        &["--isolate", "kept"],
        "write `--isolate=kept`, or `kept` before `--isolate` if it is a pattern",
    );
    check_error(
        &["--output-dir="],
        "`--output-dir` takes a directory, not an empty name; for this directory write `.`",
    );
    check_error(
        &["--output-dir", "--reprot"],
        "`--output-dir` takes a directory, not `--reprot`; if that is its name, write `./--reprot`",
    );
    check_error(
        &[""],
        "leave the empty pattern out: it would select every run",
    );
}

#[test]
fn missing_values_are_named() {
    check_error(&["--jobs"], "`--jobs` needs a value: N");
    check_error(
        &["--format"],
        "`--format` needs a value: table|markdown|csv|json",
    );
    check_error(
        &["-j", "-q"],
        "`--jobs` needs a value (N), but the flag `-q` follows",
    );
    check_error(
        &["--output-dir", "--list"],
        "`--output-dir` needs a value (DIR), but the flag `--list` follows",
    );
}

#[test]
fn contradictions_are_refused() {
    check_error(
        &["--list", "--report"],
        "leave `--list` or `--report` out: they cannot be given together",
    );
    check_error(
        &["-q", "-v"],
        "leave `--quiet` or `--verbose` out: they cannot be given together",
    );
    check_error(
        &["--shard=4/3"],
        "`--shard`: write `3/3` for the last shard; there is no shard 4 of 3",
    );
    check_error(
        &["--rerun", "--report"],
        "leave `--rerun` out: `--report` runs nothing",
    );
    check_error(
        &["--list", "--rerun"],
        "write `--dry-run --rerun` to see what would run again: `--list` runs nothing",
    );
    check_error(
        &["--events", "log", "--report"],
        "leave `--events` out: `--report` runs nothing",
    );
    check_error(
        &["--format", "csv", "--list"],
        "`--list` takes `--format table` or `--format json`, not `csv`",
    );
    check_error(
        &["--dry-run", "--format", "markdown"],
        "`--dry-run` takes `--format table` or `--format json`, not `markdown`",
    );
}

#[cfg(unix)]
#[test]
fn what_is_not_unicode_is_refused_except_in_paths() {
    use std::os::unix::ffi::OsStringExt as _;

    let parse_bytes = |bytes: &[u8]| {
        parse([OsString::from_vec(bytes.to_vec())], Request::default())
            .map_err(|error| error.to_string())
    };
    assert!(matches!(
        parse_bytes(b"--output-dir=r\xffsults"),
        Ok(Parsed::Request(_))
    ));
    for (bytes, expected) in [
        (
            &b"b\xffse"[..],
            "the pattern `b\u{fffd}se` is not valid UTF-8, so no label can contain it",
        ),
        (
            b"--format=\xff",
            "`--format` takes table, markdown, csv or json, not `\u{fffd}`",
        ),
        (
            b"--r\xffport",
            "unknown flag `--r\u{fffd}port`; did you mean `--report`? (see --help)",
        ),
        (b"-\xff", "unknown flag `-\u{fffd}` (see --help)"),
    ] {
        assert_eq!(parse_bytes(bytes).expect_err("it is a mistake"), expected);
    }
}

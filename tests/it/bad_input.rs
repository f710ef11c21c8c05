//! Mistakes on the command line and in the program, and places that cannot be used.

use std::{fs, io, process::Stdio};

use expect_test::expect;

use crate::program::{Ended, Session};

/// The program is refused with this exit code and text, prints no report, and leaves nothing behind.
fn refused(args: &[&str], code: i32, stderr: &str) {
    let session = Session::sample(4);
    let before = session.tree();
    let ended = session.start(args);
    assert_eq!(ended.stdout, "");
    assert_eq!(ended.stderr.trim_end(), stderr);
    assert_eq!(ended.code, Some(code));
    assert_eq!(session.tree(), before, "{args:?} changed files");
}

#[test]
fn mistakes_on_the_command_line_come_with_a_suggestion() {
    refused(
        &["--rpeort"],
        2,
        "error: unknown flag `--rpeort`; did you mean `--report`? (see --help)",
    );
    refused(
        &["--format=jsno"],
        2,
        "error: `--format` takes table, markdown, csv or json, not `jsno`; did you mean `json`?\n\
         see `sample --help`",
    );
    refused(
        &["--progress", "plian"],
        2,
        "error: `--progress` takes auto, bar, plain or none, not `plian`; did you mean `plain`?\n\
         see `sample --help`",
    );
    refused(
        &["evne"],
        2,
        "error: no run's label contains `evne`; did you mean `even`? (--list shows them)\n\
         see `sample --help`",
    );
    refused(
        &["odd", "index=9"],
        2,
        "error: no run's label contains `index=9`; did you mean `index=0`? (--list shows them)\n\
         see `sample --help`",
    );
    refused(
        &["-j", "many"],
        2,
        "error: `--jobs` takes a whole number (0 = all cores), not `many`\n\
         see `sample --help`",
    );
    refused(
        &["--output-dir"],
        2,
        "error: `--output-dir` needs a value: DIR\nsee `sample --help`",
    );
    refused(
        &["--list", "--report"],
        2,
        "error: leave `--list` or `--report` out: they cannot be given together\n\
         see `sample --help`",
    );
}

#[test]
fn no_configs_are_a_mistake() {
    let session = Session::sample(0);
    session.check(&[], expect![[r#"
        --- stderr
        error: sample has no configs: return some from `Experiment::configs`, or give them to `Runner::configs`
        see `sample --help`
        --- exit code 2
    "#]]);
    assert!(!session.path("out").exists());
}

#[test]
fn a_panic_in_configs_is_one_error() {
    let session = Session::sample(1).with("SAMPLE_PANIC_IN", "configs");
    session.check(&[], expect![[r#"
        --- stderr
        error: `configs` of sample panicked: assertion `left != right` failed: told to panic in configs
          left: "configs"
         right: "configs" (at tests/programs/sample.rs:LINE)
        --- exit code 1
    "#]]);
    session.check(&["--list"], expect![[r#"
        --- stderr
        error: `configs` of sample panicked: assertion `left != right` failed: told to panic in configs
          left: "configs"
         right: "configs" (at tests/programs/sample.rs:LINE)
        --- exit code 1
    "#]]);
}

#[test]
fn a_panic_in_the_report_loses_no_result() {
    let mut session = Session::sample(1).with("SAMPLE_PANIC_IN", "report");
    session.check(
        &[],
        expect![[r#"
        --- stderr
        sample: 1 run: 0 cached, 1 to run with 1 job
        [1/1] done    even (TIME)
        sample: 1 run: 1 done in TIME
        error: the report panicked: assertion `left != right` failed: told to panic in the report
          left: "report"
         right: "report" (at tests/programs/sample.rs:LINE)
        --- exit code 1
    "#]],
    );
    session.ran();
    session.set("SAMPLE_PANIC_IN", "");
    session.check(
        &[],
        expect![[r#"
        even 0 0
        --- stderr
        sample: 1 run: 1 cached
    "#]],
    );
    assert!(session.ran().is_empty());
}

#[test]
fn an_output_directory_that_is_a_file_is_refused() {
    let session = Session::sample(2);
    fs::write(session.path("file"), "mine").expect("files can be written");
    for args in [&[][..], &["--list"], &["--report"], &["--dry-run"]] {
        for place in ["file", "file/deep"] {
            let args = [args, &["--output-dir", place]].concat();
            let ended = session.start(&args);
            assert_eq!(ended.code, Some(3), "{args:?}: {ended}");
            assert_eq!(ended.stdout, "");
            assert_eq!(
                ended.stderr,
                format!(
                    "error: cannot open the output directory `{place}` (choose another place with --output-dir)\n  \
                     caused by: Not a directory (os error 20)\n"
                )
            );
        }
    }
    assert_eq!(fs::read(session.path("file")).ok(), Some(b"mine".to_vec()));
    assert!(session.ran().is_empty());
}

#[test]
fn an_output_directory_that_cannot_be_made_is_refused() {
    // Nobody makes directories there, whoever runs the tests.
    let session = Session::sample(2);
    session.check(
        &["--output-dir", "/proc/out"],
        expect![[r#"
        --- stderr
        error: cannot open the output directory `/proc/out` (choose another place with --output-dir)
          caused by: No such file or directory (os error 2)
        --- exit code 3
    "#]],
    );
    assert!(session.ran().is_empty());
}

#[test]
fn an_output_directory_that_is_a_link_to_nothing_is_refused() {
    let session = Session::sample(2);
    std::os::unix::fs::symlink("nowhere", session.path("out")).expect("links can be made");
    session.check(
        &[],
        expect![[r#"
        --- stderr
        error: cannot open the output directory `out` (there is a link that leads nowhere: make what it leads to, or choose another place with --output-dir)
          caused by: File exists (os error 17)
        --- exit code 3
    "#]],
    );
    assert!(session.ran().is_empty());
}

#[test]
fn what_is_in_the_way_of_the_stores_files_is_named() {
    let session = Session::sample(1);
    fs::create_dir(session.path("out")).expect("directories can be made");
    fs::write(session.path("out/.runner"), "mine").expect("files can be written");
    session.check(
        &[],
        expect![[r#"
        --- stderr
        error: cannot list `out/.runner/failed` (choose another place with --output-dir)
          caused by: Not a directory (os error 20)
        --- exit code 3
    "#]],
    );
    assert!(session.ran().is_empty());
}

#[test]
fn a_file_in_the_place_of_a_run_is_set_aside() {
    let session = Session::sample(1);
    session.start(&[]);
    let out_dir = session.out_dir("even");
    fs::remove_dir_all(&out_dir).expect("directories can be removed");
    fs::write(&out_dir, "mine").expect("files can be written");
    session.ran();
    let ended = session.start(&[]);
    assert_eq!(ended.totals(), "1 run: 1 done");
    let aside = out_dir.with_file_name("even-7b56047ac105500e~1");
    assert_eq!(fs::read(aside).ok(), Some(b"mine".to_vec()));
    session.start(&[]);
    assert_eq!(session.ran(), ["0"]);
}

/// Starts the program with a standard output or error that nobody reads.
fn unread(session: &Session, args: &[&str], is_stdout: bool) -> Ended {
    let (reader, writer) = io::pipe().expect("pipes can be made");
    drop(reader);
    let mut command = session.command(args);
    if is_stdout {
        command.stdout(writer);
    } else {
        command.stderr(writer);
    }
    session.ended(&command.output().expect("the program can be started"))
}

#[test]
fn a_reader_who_goes_away_ends_the_report_quietly() {
    let session = Session::sample(3);
    session.start(&[]);
    for args in [
        &["-q"][..],
        &["--report"],
        &["--report", "--format", "table"],
        &["--report", "--format", "csv"],
        &["--report", "--format", "json"],
        &["--list"],
        &["--dry-run", "--rerun"],
        &["--help"],
        &["-V"],
    ] {
        let ended = unread(&session, args, true);
        assert_eq!(
            (ended.stderr.as_str(), ended.code),
            ("", Some(0)),
            "{args:?}"
        );
    }
    // More than any buffer holds.
    let session = Session::sample(1000);
    session.start(&["-q"]);
    for format in ["table", "markdown", "csv", "json"] {
        let ended = unread(&session, &["--report", "--format", format], true);
        assert_eq!(
            (ended.stderr.as_str(), ended.code),
            ("", Some(0)),
            "{format}"
        );
    }
    let mut shell = session.command(&[]);
    let program = shell.get_program().to_owned();
    shell = std::process::Command::new("sh");
    shell
        .args(["-c", "\"$0\" --list --output-dir \"$1\" | head -n 1"])
        .arg(program)
        .arg(session.path("out"))
        .stdin(Stdio::null());
    let ended = session.ended(&shell.output().expect("there is a shell"));
    assert_eq!(ended.stderr, "");
}

#[test]
fn runs_go_on_when_nobody_reads_about_them() {
    let session = Session::sample(3).with("SAMPLE_FAIL", "1");
    let ended = unread(&session, &["-v"], false);
    assert_eq!(ended.stdout, "even 0 0\neven 2 4\n");
    assert_eq!(ended.code, Some(1));
    let ended = unread(&session, &["--unknown"], false);
    assert_eq!(ended.code, Some(2));
}

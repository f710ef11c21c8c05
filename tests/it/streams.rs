//! Which stream has what: reports, and what runs in threads print.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use crate::process::{end, program};

fn threaded(directory: &Path, ways: &str) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_shown"), directory);
    command.env("SHOWN_WAYS", ways);
    command
}

#[test]
fn standard_output_has_the_report_alone() {
    // An export to a file began with what the runs had printed.
    for isolate in [&[][..], &["--isolate"]] {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let directory = directory.path();
        let mut command = threaded(directory, "sleep,print");
        let ended = end(command.args(isolate).args(["--format", "csv"]));
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(
            ended.stderr.contains("line 3 of print\n"),
            "{}",
            ended.stderr
        );
        let again = end(threaded(directory, "sleep,print").args(["--report", "--format", "csv"]));
        assert_eq!(ended.stdout, again.stdout);
    }
}

#[test]
fn a_report_goes_to_a_file() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    fs::write(
        directory.join("report.csv"),
        "older, and longer ".repeat(99),
    )
    .expect("it is written");
    let mut command = threaded(directory, "sleep");
    let ended = end(command.args(["--format", "csv", "--report-to", "report.csv"]));
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
    let report = fs::read_to_string(directory.join("report.csv")).expect("it can be read");
    let expected = end(threaded(directory, "sleep").args(["--report", "--format", "csv"])).stdout;
    assert_eq!(report, expected);
    for (args, expected) in [
        (
            &["--report-to", "missing/report"][..],
            "error: `--report-to` cannot write to `missing/report` (",
        ),
        (
            &["--list", "--report-to", "x"],
            "error: leave `--report-to` out: `--list` makes no report; write `> FILE`\n",
        ),
    ] {
        let refused = end(threaded(directory, "sleep").args(args));
        assert_eq!(refused.code, Some(2));
        assert!(refused.stderr.starts_with(expected), "{}", refused.stderr);
    }
}

#[test]
fn a_reader_that_goes_harms_no_run() {
    // `program | head -1` made runs fail after they had computed, since `println!` panics.
    for both in [false, true] {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let directory = directory.path();
        let (reader, writer) = std::io::pipe().expect("there are pipes");
        let stderr = if both {
            Stdio::from(writer.try_clone().expect("it can be cloned"))
        } else {
            Stdio::null()
        };
        let mut command = threaded(directory, "print,print-more");
        let child = command.stdout(writer).stderr(stderr).spawn();
        let mut child = child.expect("the program can be started");
        drop(command);
        let mut line = String::new();
        if both {
            let read = BufReader::new(&reader).read_line(&mut line);
            assert!(read.expect("there is a line") > 0);
        }
        drop(reader);
        let code = child.wait().expect("it ends").code();
        assert_eq!(code, Some(0), "the reader of the report has seen enough");
        let listed = end(threaded(directory, "print,print-more").arg("--list")).stdout;
        assert!(listed.ends_with("2 runs: 2 cached\n"), "{listed}");
    }
}

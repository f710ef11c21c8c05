//! Runs that are asked to stop, by a signal or by their time limit: what they return, and what is left of them.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};

use crate::{
    process::{end, none_is_left_in, program, working_in},
    program::Ended,
    shown::{event, events, shown},
};

/// The program with its runs in threads.
fn threaded(directory: &Path, way: &str) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_shown"), directory);
    command.env("SHOWN_WAYS", way);
    command
}

/// Starts a program in a group of its own, as a shell does, and waits until its run has begun.
fn begun(directory: &Path, command: &mut Command) -> Child {
    let _ = fs::remove_file(directory.join("events"));
    let child = command
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .args(["--events", "events"])
        .spawn()
        .expect("the program can be started");
    let start = Instant::now();
    while !fs::read_to_string(directory.join("events"))
        .is_ok_and(|events| events.contains(r#""event":"started""#))
    {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "it does not start"
        );
        thread::sleep(Duration::from_millis(10));
    }
    child
}

/// Waits until the run has started its helpers, a shell and what that waits for, beside so many other processes.
fn wait_for_helpers(directory: &Path, others: usize) {
    let start = Instant::now();
    // Where processes cannot be looked for, some time has to do.
    while cfg!(target_os = "linux") && working_in(directory).len() < others + 2 {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "no helper starts"
        );
        thread::sleep(Duration::from_millis(10));
    }
    thread::sleep(Duration::from_millis(200));
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).expect("it is small"))
}

fn ended(child: Child) -> Ended {
    let output = child.wait_with_output().expect("it ends");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn list(directory: &Path, way: &str) -> String {
    end(threaded(directory, way).arg("--list")).stdout
}

#[test]
fn a_run_that_loses_its_helper_to_its_time_limit_has_timed_out() {
    // SIGTERM ended the helper too, and the run returned what that had come to: a cut result was stored, with exit code 0.
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    for way in ["lines", "until-asked"] {
        let ended = end(shown(directory, way)
            .env("SHOWN_LINES", "300")
            .args(["--timeout", "500ms"]));
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(
            ended.stderr.contains("\n  timed out after 500ms\n"),
            "{}",
            ended.stderr
        );
        assert!(list(directory, way).starts_with("failed "));
        none_is_left_in(directory);
    }
}

#[test]
fn a_first_interrupt_lets_a_helper_finish() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let child = begun(
        directory,
        shown(directory, "lines").env("SHOWN_LINES", "15"),
    );
    wait_for_helpers(directory, 2);
    kill(pid(&child), Signal::SIGINT).expect("it can be signalled");
    let ended = ended(child);
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("shown: 1 run: 1 done in "),
        "{}",
        ended.stderr
    );
    let report = end(threaded(directory, "lines").args(["--report", "--format", "csv"])).stdout;
    assert!(report.contains("lines: 15"), "{report}");
}

#[test]
fn a_result_without_its_helper_does_not_count() {
    // A terminal sends its signal to every process of the group, so that the helpers of runs in threads end by it.
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let child = begun(
        directory,
        threaded(directory, "lines").env("SHOWN_LINES", "300"),
    );
    wait_for_helpers(directory, 1);
    killpg(pid(&child), Signal::SIGINT).expect("it can be signalled");
    let ended = ended(child);
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("stopped shown (")
            && ended.stderr.contains("): its result does not count: "),
        "{}",
        ended.stderr
    );
    assert!(list(directory, "lines").starts_with("missing "));
}

#[test]
fn what_stops_when_asked_has_not_failed() {
    for way in ["until-asked", "error-when-asked"] {
        for isolate in [&[][..], &["--isolate"]] {
            let directory = tempfile::tempdir().expect("a directory can be made");
            let directory = directory.path();
            for _ in 0..2 {
                let child = begun(directory, threaded(directory, way).args(isolate));
                kill(pid(&child), Signal::SIGTERM).expect("it can be signalled");
                let ended = ended(child);
                assert_eq!(ended.code, Some(130), "{}", ended.stderr);
                assert!(
                    ended.stderr.contains("\nstopped shown (")
                        && ended.stderr.contains("shown: 1 run: 1 stopped in "),
                    "{}",
                    ended.stderr
                );
                assert!(!ended.stderr.contains("failed"), "{}", ended.stderr);
                assert_eq!(event(directory, "started")["attempt"], 1);
                assert_eq!(event(directory, "stopped")["label"], "shown");
                assert_eq!(event(directory, "ended")["stopped"], 1);
            }
            assert!(list(directory, way).starts_with("missing "), "{way}");
        }
    }
}

#[test]
fn the_caller_says_how_long_runs_may_take_to_stop() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let child = begun(
        directory,
        shown(directory, "sleep")
            .env("SHOWN_SLEEP_MS", "600000")
            .args(["--grace", "300ms"]),
    );
    kill(pid(&child), Signal::SIGINT).expect("it can be signalled");
    let start = Instant::now();
    let ended = ended(child);
    assert!(start.elapsed() < Duration::from_secs(9), "it took too long");
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("may finish within 300 ms"),
        "{}",
        ended.stderr
    );
    assert_eq!(event(directory, "interrupted")["grace_s"], 0.3);
    none_is_left_in(directory);
}

#[test]
fn a_short_limit_leaves_a_short_time_to_stop() {
    // It took ten seconds more, whatever the limit.
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    for (args, within) in [
        (&["--timeout", "200ms"][..], "1s"),
        (&["--timeout", "200ms", "--grace", "100ms"], "100ms"),
    ] {
        let ended = end(shown(directory, "sleep")
            .env("SHOWN_SLEEP_MS", "600000")
            .args(args));
        let words = format!(
            "\n  timed out after 200ms; killed, as it did not stop within {within} of SIGTERM\n"
        );
        assert!(ended.stderr.contains(&words), "{}", ended.stderr);
    }
}

#[test]
fn as_many_retries_as_given() {
    // The same error again, and every panic, ended them early and without a word.
    for way in ["unavailable", "panic-twice"] {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let directory = directory.path();
        let failed = end(threaded(directory, way).args(["--retries", "1"]));
        assert_eq!(failed.code, Some(1), "{}", failed.stderr);
        assert!(
            failed.stderr.contains("[1/1] failed  shown (")
                && failed.stderr.contains(", after 2 attempts)\n"),
            "{}",
            failed.stderr
        );
        fs::remove_dir_all(directory.join("out")).expect("it can be removed");
        let done = end(threaded(directory, way).args(["--retries", "2", "--events", "events"]));
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        let retrying = events(directory)
            .into_iter()
            .filter(|event| event["event"] == "retrying");
        assert_eq!(retrying.count(), 2);
    }
}

#[test]
fn a_retry_that_does_not_come_any_more_is_told() {
    // A run that waited to be tried again when enough had failed was called missing, though it had failed.
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let child = begun(
        directory,
        threaded(directory, "unavailable").args(["--retries", "9"]),
    );
    kill(pid(&child), Signal::SIGINT).expect("it can be signalled");
    let ended = ended(child);
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("failed: shown\n  503\n"),
        "{}",
        ended.stderr
    );
}

#[cfg(target_os = "linux")]
/// Starts the program with signals ignored, as `nohup` and shells do for what they leave in the background.
fn ignoring(directory: &Path, signals: &str) -> Child {
    let program = threaded(directory, "sleep");
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("trap '' {signals}; exec \"$0\" \"$@\"")])
        .arg(program.get_program())
        .current_dir(directory)
        .env("SHOWN_WAYS", "sleep")
        .env("SHOWN_SLEEP_MS", "1500")
        .env("NO_COLOR", "1");
    begun(directory, &mut command)
}

#[cfg(target_os = "linux")]
#[test]
fn signals_ignored_at_start_stay_ignored() {
    // Under `nohup`, a hang-up ended the sweep, and so did Ctrl-C for what a script had left in the background.
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let child = ignoring(directory, "HUP INT");
    for _ in 0..3 {
        kill(pid(&child), Signal::SIGHUP).expect("it can be signalled");
        kill(pid(&child), Signal::SIGINT).expect("it can be signalled");
        thread::sleep(Duration::from_millis(100));
    }
    let first = ended(child);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    assert!(!first.stderr.contains("interrupted"), "{}", first.stderr);
    fs::remove_dir_all(directory.join("out")).expect("it can be removed");
    let child = ignoring(directory, "INT");
    kill(pid(&child), Signal::SIGTERM).expect("it can be signalled");
    let ended = ended(child);
    assert_eq!(ended.code, Some(130), "what is not ignored still counts");
}

/// A pipe that nothing reads and that is full; keep the reader.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    use std::{io::Write, os::fd::AsFd};

    use nix::fcntl::{FcntlArg, OFlag, fcntl};

    let (reader, writer) = std::io::pipe().expect("there are pipes");
    let set = |flags| fcntl(writer.as_fd(), FcntlArg::F_SETFL(flags)).expect("it has flags");
    set(OFlag::O_NONBLOCK);
    while (&writer).write(&[b'x'; 4096]).is_ok() {}
    while (&writer).write(b"x").is_ok() {}
    set(OFlag::empty());
    (reader, writer)
}

/// Waits until the program has a result for each of its runs.
fn wait_for_results(directory: &Path, ways: &str, expected: &str) {
    let start = Instant::now();
    while !list(directory, ways).ends_with(expected) {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "results are held back"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

/// A program whose display is blocked stores its results, and ends at the third interrupt.
fn check_blocked(directory: &Path, command: &mut Command) {
    let mut child = command
        .stdout(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("the program can be started");
    let ways = "sleep,sleep-more,until-asked";
    wait_for_results(directory, ways, "3 runs: 2 cached, 1 running\n");
    let start = Instant::now();
    while child.try_wait().expect("it can be waited for").is_none() {
        assert!(start.elapsed() < Duration::from_secs(10), "it does not end");
        let _ = kill(pid(&child), Signal::SIGINT);
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(child.wait().expect("it has ended").code(), Some(130));
}

#[test]
fn a_blocked_display_holds_back_neither_results_nor_interrupts() {
    // With a paused pager behind standard error, five interrupts did nothing, and results were kept in memory.
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let (_reader, writer) = full_pipe();
    let mut command = threaded(directory, "sleep,sleep-more,until-asked");
    check_blocked(directory, command.stderr(writer));
}

#[test]
fn blocked_events_hold_back_neither_results_nor_interrupts() {
    use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt};

    use nix::{fcntl::OFlag, sys::stat::Mode, unistd::mkfifo};

    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let fifo = directory.join("fifo");
    mkfifo(&fifo, Mode::S_IRWXU).expect("it can be made");
    // Open at both ends and full, so that the first event blocks.
    let mut fifo = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(&fifo)
        .expect("it can be opened");
    while std::io::Write::write(&mut fifo, &[b'x'; 4096]).is_ok() {}
    let mut command = threaded(directory, "sleep,sleep-more,until-asked");
    let command = command.args(["--events", "fifo"]).stderr(Stdio::null());
    check_blocked(directory, command);
}

#[test]
fn a_run_that_ends_the_program_is_told_and_noted() {
    // `exit(0)` ended the program with 0, without a word and without a report; an abort by a panic said nothing either.
    for (way, reason) in [
        ("exit", "ended the program with `exit`"),
        (
            "panic-twice-at-once",
            "panicked: its drop is broken too (at tests/programs/shown.rs:",
        ),
    ] {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let directory = directory.path();
        let ways = format!("sleep,{way}");
        let ended = end(threaded(directory, &ways).env("SHOWN_SLEEP_MS", "1"));
        let code = if way == "exit" { Some(1) } else { None };
        assert_eq!(ended.code, code, "{}", ended.stderr);
        let told = format!("error: the run `shown way={way}` {reason}");
        assert!(ended.stderr.contains(&told), "{}", ended.stderr);
        let listed = list(directory, &ways);
        assert!(listed.starts_with("cached "), "{listed}");
        assert!(listed.contains(&format!("         {reason}")), "{listed}");
        assert!(listed.ends_with("2 runs: 1 cached, 1 failed\n"), "{listed}");
    }
}

#[test]
fn a_process_that_cannot_unwind_says_why() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let ended = end(&mut shown(directory.path(), "panic-twice-at-once"));
    assert!(
        ended
            .stderr
            .contains("\n  panicked: its drop is broken too (at tests/programs/shown.rs:"),
        "{}",
        ended.stderr
    );
}

#[test]
fn more_runs_at_a_time_than_threads_are_told() {
    // So many threads aborted the program.
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let ended = end(threaded(directory, "sleep").args(["-j", "40000"]));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("with 4096 jobs\n"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("warning"), "{}", ended.stderr);
    let many: Vec<String> = (0..4_100).map(|number| number.to_string()).collect();
    let sweep = format!("way={}", many.join(","));
    // The first failure is enough to see.
    let ended =
        end(threaded(directory, "sleep").args(["-j40000", "--fail-fast", "--sweep", &sweep]));
    let warning =
        "warning: only 4096 runs at a time, not 40000: a process has no room for more threads\n";
    assert!(ended.stderr.contains(warning), "{}", ended.stderr);
}

//! Stopping for a while, and asking meanwhile: signals and keys.

use std::{
    fs,
    io::Write,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    pty::{OpenptyResult, openpty},
    sys::{
        signal::{Signal, kill},
        termios::{LocalFlags, tcgetattr},
    },
    unistd::Pid,
};

use crate::{
    process::{none_is_left_in, working_in},
    shown::{event, events, shown},
};

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "waited in vain until {what}"
        );
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whether every process in `directory` is stopped.
fn are_stopped(directory: &Path) -> bool {
    working_in(directory).into_iter().all(|process| {
        fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| stat.contains(") T "))
    })
}

fn signal(child: &Child, signal: Signal) {
    let process = i32::try_from(child.id()).expect("it is small");
    kill(Pid::from_raw(process), signal).expect("it can be signalled");
}

/// Starts a program in a group of its own, as a shell does.
fn start(command: &mut Command) -> Child {
    command
        .process_group(0)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .args(["--events", "events", "-j2"])
        .spawn()
        .expect("the program can be started")
}

#[test]
fn a_suspension_stops_every_process_and_every_clock() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let child = start(
        shown(directory, "sleep,sleep-more")
            .env("SHOWN_SLEEP_MS", "1000")
            .args(["--timeout", "3s"]),
    );
    wait_until("both run", || {
        directory.join("events").exists()
            && events(directory)
                .iter()
                .filter(|event| event["event"] == "started")
                .count()
                == 2
    });
    signal(&child, Signal::SIGTSTP);
    wait_until("all are stopped", || are_stopped(directory));
    assert_eq!(working_in(directory).len(), 3);
    thread::sleep(Duration::from_secs(4));
    assert!(are_stopped(directory));
    signal(&child, Signal::SIGCONT);
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("resumed: after "), "{stderr}");
    let suspended_s = event(directory, "resumed")["suspended_s"].as_f64();
    assert!(suspended_s > Some(3.9), "{suspended_s:?}");
    let finished = events(directory);
    let finished = finished.iter().filter(|event| event["event"] == "finished");
    assert_eq!(finished.clone().count(), 2);
    for event in finished {
        assert!(event["duration_s"].as_f64() < Some(3.9), "{event}");
    }
    assert!(event(directory, "ended")["elapsed_s"].as_f64() < Some(3.9));
    none_is_left_in(directory);
}

/// A program at a terminal of its own; `setsid` gives it that.
fn at_terminal(directory: &Path, way: &str, sleep_ms: &str) -> (Child, OpenptyResult) {
    let terminal = openpty(None, None).expect("there are terminals");
    let program = shown(directory, way);
    let mut command = Command::new("setsid");
    command
        .args(["--ctty", "--wait"])
        .arg(program.get_program())
        .args(program.get_args())
        .args(["--events", "events", "--progress", "plain"])
        .current_dir(directory)
        .env("NO_COLOR", "1")
        .env("SHOWN_WAYS", way)
        .env("SHOWN_SLEEP_MS", sleep_ms)
        .stdin(terminal.slave.try_clone().expect("it can be cloned"))
        .stdout(Stdio::null())
        .stderr(Stdio::from(
            fs::File::create(directory.join("stderr")).expect("it can be made"),
        ));
    let child = command.spawn().expect("there is setsid");
    (child, terminal)
}

fn gives_single_keys(terminal: &OpenptyResult) -> bool {
    let modes = tcgetattr(&terminal.slave).expect("it has modes");
    !modes
        .local_flags
        .intersects(LocalFlags::ICANON | LocalFlags::ECHO)
}

#[test]
fn a_key_asks_what_runs_and_the_terminal_stays_as_it_was() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let (mut child, terminal) = at_terminal(directory, "sleep", "60000");
    wait_until("keys are read", || gives_single_keys(&terminal));
    let before_log =
        || fs::read_to_string(directory.join("events")).is_ok_and(|text| text.contains("started"));
    wait_until("it runs", before_log);
    let mut master = fs::File::from(terminal.master.try_clone().expect("it can be cloned"));
    let stderr = || fs::read_to_string(directory.join("stderr")).unwrap_or_default();
    wait_until("the status is there", || {
        master.write_all(b"xT").expect("it is open");
        thread::sleep(Duration::from_millis(100));
        stderr().contains("    | begin sleep\n")
    });
    assert!(
        stderr().contains("status: 0 of 1 run done, 0 failed\n  shown ("),
        "{}",
        stderr()
    );
    // Ctrl-C, as the terminal makes a signal of it: soon, now, at once.
    for _ in 0..3 {
        master.write_all(b"\x03").expect("it is open");
        thread::sleep(Duration::from_millis(300));
    }
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130), "{}", stderr());
    assert!(!gives_single_keys(&terminal));
    none_is_left_in(directory);
}

#[test]
fn the_terminal_is_as_it_was_after_a_normal_end() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let (mut child, terminal) = at_terminal(directory, "sleep", "500");
    wait_until("keys are read", || gives_single_keys(&terminal));
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert!(!gives_single_keys(&terminal));
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_reads_the_terminal_fails() {
    // A process in the background that reads the terminal is stopped; the program waited for it for ever.
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let (mut child, _terminal) = at_terminal(directory, "read-terminal,sleep", "10");
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
    let stderr = fs::read_to_string(directory.join("stderr")).expect("it can be read");
    assert!(
        stderr
            .contains("\n  used the terminal, which a run in a process of its own does not have: "),
        "{stderr}"
    );
    assert!(stderr.contains("1 done, 1 failed in "), "{stderr}");
    none_is_left_in(directory);
}

//! Parents and children killed at any moment: nothing is left, and nothing is lost.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::process::{end, none_is_left_in, sample, working_in};

const KILLS: usize = 50;

fn isolated(directory: &Path, configs: &str) -> Command {
    let mut command = sample(directory);
    command
        .args(["--isolate", "-j2", "--progress", "none"])
        .env("SAMPLE_CONFIGS", configs);
    command
}

fn start(command: &mut Command) -> Child {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program can be started")
}

/// Waits for at least so many processes.
fn wait_for(directory: &Path, count: usize) -> Vec<i32> {
    let start = Instant::now();
    loop {
        let there = working_in(directory);
        if there.len() >= count {
            return there;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "only {there:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn kill_now(pid: i32) {
    // It may have ended by itself.
    let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
}

#[test]
fn children_end_with_their_parent() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let mut parent = start(isolated(directory, "4").env("SAMPLE_SLEEP_MS", "60000"));
    wait_for(directory, 3);
    thread::sleep(Duration::from_millis(100));
    parent.kill().expect("it can be killed");
    parent.wait().expect("it can be waited for");
    none_is_left_in(directory);
    let ended = end(&mut isolated(directory, "4"));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stdout, "even 0 0\nodd 1 1\neven 2 4\nodd 3 9\n");
}

#[test]
fn a_killed_child_fails_its_run_alone() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let parent = start(isolated(directory, "4").env("SAMPLE_SLEEP_MS", "1500"));
    let parent_id = i32::try_from(parent.id()).expect("it is small");
    let there = wait_for(directory, 3);
    thread::sleep(Duration::from_millis(300));
    let child = there.into_iter().find(|&pid| pid != parent_id);
    kill_now(child.expect("there is a child"));
    let output = parent.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    none_is_left_in(directory);
    let list = end(isolated(directory, "4").arg("--list")).stdout;
    assert_eq!(list.matches("SIGKILL").count(), 1, "{list}");
    // Either child may have been the one, so any of the lines may be the first.
    let cached = list.lines().filter(|line| line.starts_with("cached "));
    assert_eq!(cached.count(), 3, "{list}");
}

#[test]
fn random_kills_lose_nothing() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    let configs = "60";
    let log = directory.join("log");
    let slow = |how: &str| {
        let mut command = isolated(directory, configs);
        command.arg(how);
        command.env("SAMPLE_SLEEP_MS", "30").env("SAMPLE_LOG", &log);
        command
    };
    let mut random = 0x1234_5678_9abc_def1_u64;
    let mut next = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    for round in 0..KILLS {
        let how = ["--isolate", "--isolate=kept"][round % 2];
        let mut parent = start(&mut slow(how));
        let parent_id = i32::try_from(parent.id()).expect("it is small");
        thread::sleep(Duration::from_millis(next(150)));
        let children: Vec<i32> = working_in(directory)
            .into_iter()
            .filter(|&pid| pid != parent_id)
            .collect();
        let hits_child = next(2) == 0;
        if hits_child && !children.is_empty() {
            let index = usize::try_from(next(children.len() as u64)).expect("it is small");
            kill_now(children[index]);
            thread::sleep(Duration::from_millis(next(50)));
        }
        if next(4) != 0 || round + 1 == KILLS {
            kill_now(parent_id);
        }
        parent.wait().expect("it can be waited for");
        none_is_left_in(directory);
    }
    let ended = end(&mut slow("--isolate"));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let undisturbed = tempfile::tempdir().expect("a directory can be made");
    let expected = end(&mut isolated(undisturbed.path(), configs));
    assert_eq!(ended.stdout, expected.stdout);
    check_leftovers(&directory.join("out"));
}

/// Every directory holds a result, and nothing is half-written.
fn check_leftovers(out: &Path) {
    let mut results = 0;
    for entry in fs::read_dir(out).expect("it can be listed") {
        let path = entry.expect("it can be read").path();
        if path.ends_with(".runner") || path.ends_with(".gitignore") {
            continue;
        }
        assert!(path.join("result.postcard").exists(), "{}", path.display());
        assert!(!path.join(".result.postcard.partial").exists());
        results += 1;
    }
    assert_eq!(results, 60);
    let processes = fs::read_dir(out.join(".runner/processes"));
    let left = processes.map_or(0, Iterator::count);
    assert!(left <= 2, "{left} notes of dead processes");
}

//! Several processes on one directory.

use std::{fs, process::Child};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::program::Session;

/// A run that goes on until it is killed.
const FOREVER_MS: u32 = 600_000;

/// Starts so many processes at once on the same configs: each config is run by one of them, and each reports on all.
fn share(processes: usize) {
    let session = Session::sample(40).with("SAMPLE_SLEEP_MS", 5);
    let children: Vec<Child> = (0..processes)
        .map(|_| session.spawn(&["-j", "2"]))
        .collect();
    let mut reports = Vec::new();
    for child in children {
        let ended = session.end(child);
        assert_eq!(ended.code, Some(0), "{ended}");
        reports.push(ended.stdout);
    }
    let ran: Vec<u32> = session.ran().iter().flat_map(|run| run.parse()).collect();
    assert_eq!(ran, (0..40).collect::<Vec<u32>>());
    for report in &reports {
        assert_eq!(report.lines().count(), 40);
        assert_eq!(report, &reports[0]);
    }
}

#[test]
fn two_processes_run_each_config_once() {
    share(2);
}

#[test]
fn eight_processes_run_each_config_once() {
    share(8);
}

/// A process that does a run for ever.
fn busy(session: &mut Session, args: &[&str]) -> Child {
    session.set("SAMPLE_SLEEP_MS", FOREVER_MS);
    let child = session.spawn(args);
    session.wait_until("the run has begun", |session| {
        fs::read(session.path("log")).is_ok_and(|log| !log.is_empty())
    });
    session.set("SAMPLE_SLEEP_MS", 0);
    session.ran();
    child
}

#[test]
fn the_run_of_a_process_that_dies_is_taken_over() {
    let mut session = Session::sample(3);
    let mut busy = busy(&mut session, &["index=0"]);
    session.wait_until("it is known who runs it", |session| {
        session.start(&["--list"]).stdout.contains("process ")
    });
    let waiting = session.spawn(&[]);
    session.wait_until("the other runs are done", |session| {
        let listed = session.start(&["--list"]).stdout;
        listed.ends_with("3 runs: 2 cached, 1 running\n")
    });
    assert_eq!(session.ran(), ["1", "2"]);
    busy.kill().expect("the process can be killed");
    session.end(busy);
    let ended = session.end(waiting);
    assert_eq!(ended.stdout, "even 0 0\nodd 1 1\neven 2 4\n");
    assert_eq!(ended.totals(), "3 runs: 3 done");
    assert!(
        ended.stderr.contains("waiting even index=0 (process "),
        "{ended}"
    );
    assert_eq!(session.ran(), ["0"]);
}

#[test]
fn a_list_shows_what_another_process_runs_and_writes_nothing() {
    let mut session = Session::sample(2);
    let mut busy = busy(&mut session, &["even"]);
    let who = format!("process {} on ", busy.id());
    session.wait_until("it is known who runs it", |session| {
        session.start(&["--list"]).stdout.contains(&who)
    });
    let before = session.tree();
    let listed = session.start(&["--list"]).stdout;
    assert!(
        listed.starts_with("running  7b56047ac105500e  even\n"),
        "{listed}"
    );
    assert!(
        listed.ends_with("\n2 runs: 1 missing, 1 running\n"),
        "{listed}"
    );
    let report = session.start(&["--report"]);
    assert_eq!(report.code, Some(1));
    assert!(
        report.stderr.contains("missing: even: running: process "),
        "{report}"
    );
    session.start(&["--dry-run"]);
    assert!(session.tree() == before, "a list or report wrote something");
    busy.kill().expect("the process can be killed");
    session.end(busy);
    let listed = session.start(&["--list"]).stdout;
    assert!(listed.ends_with("2 runs: 2 missing\n"), "{listed}");
}

#[test]
fn reruns_in_two_processes_leave_one_result_each() {
    let session = Session::sample(10).with("SAMPLE_SLEEP_MS", 2);
    let report = session.start(&[]).stdout;
    let first_time = session.ran().len();
    let children = [session.spawn(&["--rerun"]), session.spawn(&["--rerun"])];
    for child in children {
        let ended = session.end(child);
        assert_eq!((ended.code, &ended.stdout), (Some(0), &report), "{ended}");
    }
    let ran = session.ran().len();
    assert!((first_time..=2 * first_time).contains(&ran), "{ran} runs");
    assert_eq!(session.directories().len(), 10, "what was replaced is gone");
    assert_eq!(session.start(&["-q"]).to_string(), report);
    assert_eq!(session.ran(), [""; 0]);
}

#[test]
fn programs_that_share_a_directory_do_not_take_each_others_results() {
    let mut session = Session::sample(4);
    session.start(&[]);
    session.ran();
    // The same configs, outputs and run names, of another experiment.
    session.set("SAMPLE_EXPERIMENT", "other");
    session.set("SAMPLE_OFFSET", 100);
    let listed = session.start(&["--list"]).stdout;
    assert!(listed.ends_with("4 runs: 4 missing\n"), "{listed}");
    let report = session.start(&["-q"]).stdout;
    assert_eq!(report, "even 0 100\nodd 1 101\neven 2 104\nodd 3 109\n");
    assert_eq!(session.ran().len(), 4);
    session.set("SAMPLE_EXPERIMENT", "sample");
    let report = session.start(&["-q"]).stdout;
    assert_eq!(report, "even 0 0\nodd 1 1\neven 2 4\nodd 3 9\n");
    assert_eq!(session.ran(), [""; 0]);
    assert_eq!(session.directories().len(), 8);
}

/// Starts `apart` with runs that do this.
fn start_apart(session: &mut Session, ways: &str, args: &[&str]) -> Child {
    session.set("APART_WAYS", ways);
    session.spawn(&[args, &["--share-slots"]].concat())
}

/// A run's device, by its slot, is its own among all programs on the directory, whether runs are in threads or processes.
#[test]
fn programs_share_the_slots() {
    for (holding, claiming) in [(&[][..], &["--isolate"][..]), (&["--isolate"], &[])] {
        let mut session = Session::new(env!("CARGO_BIN_EXE_apart"));
        let holder = start_apart(&mut session, "hold*2", &[holding, &["-j2"]].concat());
        session.wait_until("both slots are taken", |session| {
            (0..2).all(|slot| session.path(&format!("device-{slot}")).exists())
        });
        // One slot is left.
        let third = start_apart(&mut session, "claim*5", &[claiming, &["-j3"]].concat());
        let ended = session.end(third);
        assert_eq!(ended.code, Some(0), "{ended}");
        let expected = "0: slot 2\n1: slot 2\n2: slot 2\n3: slot 2\n4: slot 2\n";
        assert_eq!(ended.stdout, expected, "{ended}");
        // None is left: such a program can be interrupted, and goes on when one is free.
        let more = [claiming, &["-j2", "--rerun", "--events", "events"]].concat();
        let events =
            |session: &Session| fs::read_to_string(session.path("events")).unwrap_or_default();
        for is_interrupted in [true, false] {
            let _ = fs::remove_file(session.path("events"));
            let waiting = start_apart(&mut session, "claim*5", &more);
            session.wait_until("it waits for a slot", |session| {
                events(session).contains("a slot that another program has")
            });
            assert!(!events(&session).contains("\"started\""));
            if is_interrupted {
                let pid = Pid::from_raw(i32::try_from(waiting.id()).expect("it is small"));
                kill(pid, Signal::SIGINT).expect("it can be signalled");
            } else {
                fs::write(session.path("awake"), "").expect("it can be written");
            }
            let ended = session.end(waiting);
            let code = if is_interrupted { 130 } else { 0 };
            assert_eq!(ended.code, Some(code), "{ended}");
        }
        assert_eq!(session.end(holder).code, Some(0));
    }
}

#[test]
fn no_two_runs_of_programs_that_share_slots_have_one_slot() {
    let mut session = Session::new(env!("CARGO_BIN_EXE_apart"));
    let hows = [
        &["-j2"][..],
        &["-j2", "--isolate"],
        &["-j2", "--isolate=kept"],
    ];
    let children = hows.map(|how| start_apart(&mut session, "claim*60", how));
    for child in children {
        let ended = session.end(child);
        assert_eq!(ended.code, Some(0), "{ended}");
    }
}

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::*;
use crate::execute::{PRINTED, Totals};

/// What was written, for two writers at once.
#[derive(Clone, Default)]
pub(super) struct Screen(Arc<Mutex<Vec<u8>>>);

impl Screen {
    /// Takes what was written since.
    pub(super) fn take(&self) -> String {
        let mut screen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&std::mem::take(&mut *screen)).into_owned()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut screen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        screen.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn summary(verbosity: Verbosity) -> ClosingText {
    ClosingText {
        program: Program::new(Some("./digits".into()), ""),
        verbosity,
        style: Style::PLAIN,
    }
}

/// What is shown of these events, with plain lines unless `verbosity` is quiet.
fn shown(verbosity: Verbosity, events: &[Event]) -> String {
    let screen = Screen::default();
    let live: Box<dyn Live + Send> = match verbosity {
        Verbosity::Quiet => Box::new(Nothing),
        _ => Box::new(Plain::new(
            screen.clone(),
            "digits",
            verbosity,
            Style::PLAIN,
        )),
    };
    let mut display = Display::new(live, summary(verbosity), screen.clone());
    for event in events {
        display.event(event);
    }
    let bytes = screen.0.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn planned(selected: usize, to_run: usize) -> Event {
    Event::Planned {
        selected,
        cached: selected - to_run,
        to_run,
        jobs: 2,
        label_of: Arc::new(|run| format!("base lr=0.{run}")),
        rerun: Vec::new(),
        chosen: None,
    }
}

fn finished(run: usize, millis: u64) -> Event {
    Event::Finished {
        run,
        duration: Duration::from_millis(millis),
        elsewhere: false,
        attempts: 1,
        usage: None,
        is_same: None,
    }
}

fn failed(run: usize, error: &str) -> Event {
    Event::Failed {
        run,
        duration: Duration::from_millis(12),
        error: error.to_owned(),
        backtrace: Some("0: digits::run\n1: main".to_owned()),
        attempts: 1,
        usage: None,
        last_lines: None,
    }
}

fn ended(cached: usize, finished: usize, failed: usize, missing: usize) -> Event {
    Event::Ended {
        totals: Totals {
            same: 0,
            differ: 0,
            skipped: 0,
            cached,
            finished,
            retried: 0,
            failed,
            stopped: 0,
            missing,
            is_given_up: false,
            elapsed: Duration::from_millis(12_345),
        },
    }
}

#[test]
fn what_needed_several_attempts_is_marked() {
    let finished = Event::Finished {
        run: 1,
        duration: Duration::from_secs(1),
        elsewhere: false,
        attempts: 3,
        usage: None,
        is_same: None,
    };
    let totals = Totals {
        finished: 1,
        retried: 1,
        elapsed: Duration::from_secs(2),
        ..Totals::default()
    };
    let text = shown(
        Verbosity::Normal,
        &[planned(1, 1), finished, Event::Ended { totals }],
    );
    assert!(
        text.ends_with(
            "[1/1] done    base lr=0.1 (1.00 s, after 3 attempts)\n\
             digits: 1 run: 1 done (1 after several attempts) in 2.00 s\n"
        ),
        "{text}"
    );
}

#[test]
fn slow_runs_and_suspensions_are_told() {
    let slow = |timeout| Event::Slow {
        run: 3,
        elapsed: Duration::from_secs(60),
        timeout,
    };
    let after = Duration::from_secs(5);
    let text = shown(
        Verbosity::Normal,
        &[
            planned(1, 1),
            slow(None),
            slow(Some(Duration::from_secs(120))),
            Event::Suspended,
            Event::Resumed { after },
        ],
    );
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            "slow    base lr=0.3 has been running for 1 m 00 s",
            "slow    base lr=0.3 has been running for 1 m 00 s; its limit is 2 m 00 s",
            "resumed: after 5.00 s, which are not counted",
        ]
    );
}

fn some_events() -> Vec<Event> {
    vec![
        planned(12, 10),
        finished(3, 1_240),
        failed(7, "cannot open `a.csv`\ncaused by: no such file"),
        Event::Waiting {
            run: 5,
            holder: "process 12 on node1".to_owned(),
        },
        Event::Waiting {
            run: 5,
            holder: "process 12 on node1".to_owned(),
        },
        failed(2, "panicked at src/main.rs:1:2"),
        Event::Finished {
            run: 5,
            duration: Duration::from_secs(1),
            elsewhere: true,
            attempts: 1,
            usage: None,
            is_same: None,
        },
        finished(4, 20_000),
        ended(2, 3, 2, 5),
    ]
}

#[test]
fn plain_lines_tell_each_run_once() {
    let expected = "\
digits: 12 runs: 2 cached, 10 to run with 2 jobs
[ 1/10] done    base lr=0.3 (1.24 s)
[ 2/10] failed  base lr=0.7 (12 ms)
[ 2/10] waiting base lr=0.5 (process 12 on node1)
[ 3/10] failed  base lr=0.2 (12 ms)
[ 4/10] done    base lr=0.5 (by another process)
[ 5/10] done    base lr=0.4 (20.0 s), about 26 s left
failed: base lr=0.2
  panicked at src/main.rs:1:2
  rerun with: ./digits 'base lr=0.2'
failed: base lr=0.7
  cannot open `a.csv`
  caused by: no such file
  rerun with: ./digits 'base lr=0.7'
digits: 12 runs: 2 cached, 3 done, 2 failed, 5 missing in 12.3 s
";
    assert_eq!(shown(Verbosity::Normal, &some_events()), expected);
}

#[test]
fn quiet_tells_failures_only() {
    let text = shown(Verbosity::Quiet, &some_events());
    assert!(text.starts_with("failed: base lr=0.2\n"), "{text}");
    assert!(
        text.ends_with("  rerun with: ./digits 'base lr=0.7'\n"),
        "{text}"
    );
    let nothing_failed = [planned(1, 1), finished(0, 1), ended(0, 1, 0, 0)];
    assert_eq!(shown(Verbosity::Quiet, &nothing_failed), "");
}

#[test]
fn verbose_tells_backtraces() {
    let events = [planned(1, 1), failed(0, "no"), ended(0, 0, 1, 0)];
    let text = shown(Verbosity::Verbose, &events);
    let expected = "  no\n  0: digits::run\n  1: main\n  rerun with:";
    assert!(text.contains(expected), "{text}");
    let text = shown(Verbosity::Normal, &events);
    assert!(!text.contains("main"), "{text}");
}

#[test]
fn everything_cached_is_one_line() {
    let events = [planned(60, 0), ended(60, 0, 0, 0)];
    assert_eq!(
        shown(Verbosity::Normal, &events),
        "digits: 60 runs: 60 cached\n"
    );
}

#[test]
fn many_failures_do_not_bury_the_totals() {
    let mut events = vec![planned(30, 30)];
    events.extend((0..30).map(|run| failed(run, &format!("no {run}"))));
    events.push(ended(0, 0, 30, 0));
    let text = shown(Verbosity::Normal, &events);
    assert_eq!(text.matches("failed: ").count(), 20);
    assert!(
        text.contains("\nand 10 more failed; `./digits --list` shows all\n"),
        "{text}"
    );
    let text = shown(Verbosity::Verbose, &events);
    assert_eq!(text.matches("failed: ").count(), 30);
}

#[test]
fn equal_failures_are_told_once() {
    let mut events = vec![planned(30, 30)];
    events.extend((0..8).map(|run| {
        let printed = format!("{PRINTED}\n  | step {run}");
        failed(run, &format!("no{printed}"))
    }));
    events.extend((8..10).map(|run| failed(run, "yes")));
    events.push(ended(0, 20, 10, 0));
    let text = shown(Verbosity::Quiet, &events);
    let expected = "\
failed: base lr=0.0
failed: base lr=0.1
failed: base lr=0.2
failed: base lr=0.3
failed: base lr=0.4
and 3 more failed in the same way; `./digits --list` shows all
  no
  last lines of its output:
    | step 0
  rerun the first with: ./digits 'base lr=0.0'
failed: base lr=0.8
  yes
  rerun with: ./digits 'base lr=0.8'
failed: base lr=0.9
  yes
  rerun with: ./digits 'base lr=0.9'
";
    assert_eq!(text, expected);
}

#[test]
fn what_an_error_says_cannot_steer_the_terminal() {
    let error = "\u{1b}]0;title\u{7}\r\n\tcolumn\0 \u{202e}txt";
    let events = [planned(1, 1), failed(0, error), ended(0, 0, 1, 0)];
    let text = shown(Verbosity::Normal, &events);
    assert!(
        text.contains("\n  \\u{1b}]0;title\\u{7}\n  \tcolumn\\u{0} \\u{202e}txt\n"),
        "{text:?}"
    );
}

/// `--list` calls a run cached that has its older result again, so it does not show that run's failure.
#[test]
fn failures_that_a_list_does_not_show_are_not_promised() {
    for (rerun, expected) in [
        (
            0..30,
            "\nand 10 more failed and have their older results again; with -v, a run shows all of its failures\n",
        ),
        (
            0..22,
            "\nand 10 more failed; `./digits --list` shows all but 2 that have their older results again; with -v, a run \
             shows all of its failures\n",
        ),
        (0..20, "\nand 10 more failed; `./digits --list` shows all\n"),
    ] {
        let mut plan = planned(30, 30);
        if let Event::Planned { rerun: of_plan, .. } = &mut plan {
            *of_plan = rerun.collect();
        }
        let mut events = vec![plan];
        events.extend((0..30).map(|run| failed(run, &format!("no {run}"))));
        events.push(ended(0, 0, 30, 0));
        let text = shown(Verbosity::Normal, &events);
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn lines_that_nobody_can_read_are_left_out() {
    let mut events = vec![planned(5_000, 5_000)];
    events.extend((0..5_000).map(|run| finished(run, 0)));
    let text = shown(Verbosity::Normal, &events);
    assert!(text.lines().count() < 1_000, "{}", text.lines().count());
    assert!(text.ends_with("[5000/5000] done    base lr=0.4999 (0 ms)\n"));
    let text = shown(Verbosity::Verbose, &events);
    assert_eq!(text.lines().count(), 5_001);
}

#[test]
fn a_closed_stream_stops_nothing() {
    let live = Plain::new(Closed, "digits", Verbosity::Normal, Style::PLAIN);
    let mut display = Display::new(Box::new(live), summary(Verbosity::Normal), Closed);
    for event in some_events() {
        display.event(&event);
    }
    assert_eq!(display.tally.done(), 5);
}

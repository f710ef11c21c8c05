use std::{sync::Arc, time::Duration};

use super::*;
use crate::{
    api::Context,
    base::ColorChoice,
    execute::{Event, LabelOf},
};

const ROOM: Room = Room {
    width: 80,
    height: 24,
    has_keys: false,
};

fn tally(to_run: usize, label_of: LabelOf, now: Instant) -> Tally {
    let mut tally = Tally::default();
    let event = Event::Planned {
        selected: to_run + 36,
        cached: 36,
        to_run,
        jobs: 2,
        label_of,
        rerun: Vec::new(),
        chosen: None,
    };
    tally.count(&event, now);
    tally
}

/// Starts a run, and returns what it can say of its progress.
fn start(tally: &mut Tally, run: usize, now: Instant) -> Context {
    let context = Context::detached("");
    let event = Event::Started {
        run,
        slot: run,
        attempt: 1,
        progress: Arc::clone(&context.progress),
        timeout: None,
        tail: None,
    };
    tally.count(&event, now);
    context
}

fn check(tally: &Tally, start: Instant, seconds: u64, room: Room, expected: &str) {
    let now = start + Duration::from_secs(seconds);
    let frame = frame("digits", tally, start, now, room, Style::PLAIN);
    assert_eq!(frame, expected.trim_start_matches('\n'));
    for line in frame.lines() {
        assert!(measure_text_width(line) < room.width, "{line}");
    }
}

#[test]
fn a_frame_shows_progress_and_what_runs() {
    let begin = Instant::now();
    let mut tally = tally(24, Arc::new(|run| format!("base lr=0.{run}")), begin);
    check(
        &tally,
        begin,
        0,
        ROOM,
        "digits [>                             ] 0/24, 0 s",
    );
    for run in 0..6 {
        let duration = Duration::from_secs(2);
        let elsewhere = false;
        tally.count(
            &Event::Finished {
                run,
                duration,
                elsewhere,
                attempts: 1,
                usage: None,
                is_same: None,
            },
            begin,
        );
    }
    let failed = Event::Failed {
        run: 6,
        duration: Duration::ZERO,
        error: String::new(),
        backtrace: None,
        attempts: 1,
        usage: None,
        last_lines: None,
    };
    tally.count(&failed, begin);
    start(&mut tally, 7, begin + Duration::from_secs(11)).progress(42, 100);
    start(&mut tally, 8, begin + Duration::from_secs(12));
    let holder = "process 12 on node1".to_owned();
    tally.count(&Event::Waiting { run: 10, holder }, begin);
    check(
        &tally,
        begin,
        13,
        ROOM,
        "
digits [========>                     ] 7/24, 1 failed, 13 s, about 15 s left
  base lr=0.7  42 %       2 s
  base lr=0.8             1 s
  base lr=0.10  waiting for process 12 on node1",
    );
}

#[test]
fn a_frame_fits_the_terminal() {
    let begin = Instant::now();
    let mut tally = tally(
        20,
        Arc::new(|run| format!("{run} {}", "名前 ".repeat(30))),
        begin,
    );
    for run in 0..12 {
        start(&mut tally, run, begin);
    }
    let narrow = Room {
        width: 40,
        height: 6,
        has_keys: false,
    };
    check(
        &tally,
        begin,
        1,
        narrow,
        "
digits [>                   ] 0/20, 1 s
  0 名前 名前 名前 名前 名前…       1 s
  1 名前 名前 名前 名前 名前…       1 s
  and 10 more",
    );
    check(
        &tally,
        begin,
        1,
        Room {
            width: 40,
            height: 2,
            has_keys: false,
        },
        "digits [>                   ] 0/20, 1 s",
    );
    check(
        &tally,
        begin,
        1,
        Room {
            width: 12,
            height: 2,
            has_keys: false,
        },
        "digits 0/2…",
    );
    let rows = frame("digits", &tally, begin, begin, ROOM, Style::PLAIN);
    assert_eq!(rows.lines().count(), 1 + LINES_MAX);
}

#[test]
fn the_key_is_named_where_there_is_room() {
    let begin = Instant::now();
    let tally = tally(20, Arc::new(|run| run.to_string()), begin);
    let room = |width| Room {
        width,
        height: 2,
        has_keys: true,
    };
    check(
        &tally,
        begin,
        1,
        room(80),
        "digits [>                             ] 0/20, 1 s (t: status)",
    );
    check(&tally, begin, 1, room(30), "digits [>         ] 0/20, 1 s");
}

#[test]
fn colours_take_no_room() {
    let begin = Instant::now();
    let mut tally = tally(2, Arc::new(|run| "long ".repeat(9 * run)), begin);
    start(&mut tally, 0, begin);
    start(&mut tally, 1, begin);
    for width in [80, 40, 20] {
        let room = Room { width, ..ROOM };
        let colored = Style::for_stderr(ColorChoice::Always);
        let colored = frame("digits", &tally, begin, begin, room, colored);
        let plain = frame("digits", &tally, begin, begin, room, Style::PLAIN);
        assert_ne!(colored, plain);
        assert_eq!(console::strip_ansi_codes(&colored), plain);
    }
}

#[test]
fn progress_can_be_nonsense() {
    let begin = Instant::now();
    let mut tally = tally(2, Arc::new(|run| run.to_string()), begin);
    start(&mut tally, 0, begin).progress(0, 0);
    start(&mut tally, 1, begin).progress(u64::MAX, 3);
    check(
        &tally,
        begin,
        1,
        ROOM,
        "
digits [>                             ] 0/2, 1 s
  0              1 s
  1  100 %       1 s",
    );
}

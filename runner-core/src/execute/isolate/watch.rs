//! [`Watch`]: one run of a child, as the parent sees it: words, output and time.

use std::{
    io, mem,
    path::Path,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use nix::sys::signal::Signal;

use super::log::RunLog;
use super::{
    child::Child,
    death::Ending,
    message::{Verdict, Word},
    run_time::RunTime,
    stopwatch::Stopwatch,
};
use crate::{
    api::{Cancel, Progress, Urgency},
    execute::{
        collector::GRACE,
        event::{Event, Tell},
    },
    store::Published,
};

/// The longest wait: how often a request to stop is looked for.
const TICK: Duration = Duration::from_millis(250);
/// The longest between two looks at what a run takes of the machine.
const GAUGE_INTERVAL_MAX: Duration = Duration::from_secs(5);
/// How long output is read that others print after the end of a run.
const DRAIN_MAX: Duration = Duration::from_millis(100);

/// What a watch is for.
pub(super) struct Watched<'a> {
    pub(super) run: usize,
    pub(super) slot: usize,
    pub(super) root: &'a Path,
    pub(super) cancel: &'a Cancel,
    pub(super) timeout: Option<Duration>,
    pub(super) shows_output: bool,
    pub(super) tell: &'a Tell,
}

/// The run's attempt, from when it started.
#[derive(Clone, Debug)]
pub(super) struct Started {
    pub(super) directory: String,
    pub(super) attempt: u32,
    pub(super) at: SystemTime,
}

/// How a run ended, as far as the child told.
#[derive(Debug)]
pub(super) enum Last {
    Ended(Verdict, Published),
    Refused(String),
    /// It said nothing.
    Gone,
}

/// What there was to see.
pub(super) struct Seen {
    pub(super) last: Last,
    pub(super) started: Option<Started>,
    /// Why it was asked to end, if it was.
    pub(super) ending: Option<Ending>,
    pub(super) duration: Duration,
    /// Whether it left processes behind.
    pub(super) leaves_processes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Running,
    /// It was asked to end when the stopwatch showed this.
    Asked(Duration),
    Killed,
}

pub(super) struct Watch<'a> {
    watched: Watched<'a>,
    child: &'a mut Child,
    buffer: &'a mut [u8],
    stopwatch: Stopwatch,
    run_time: RunTime,
    stage: Stage,
    ending: Option<Ending>,
    started: Option<Started>,
    progress: Arc<Progress>,
    last: Option<Last>,
    pub(super) log: RunLog,
    has_opened_log: bool,
    /// Output that is no whole line yet.
    line: Vec<u8>,
    leaves_processes: bool,
    measured: Duration,
}

impl<'a> Watch<'a> {
    pub(super) fn new(watched: Watched<'a>, child: &'a mut Child, buffer: &'a mut [u8]) -> Self {
        Self {
            run_time: RunTime::new(watched.timeout),
            watched,
            child,
            buffer,
            stopwatch: Stopwatch::start(Instant::now()),
            stage: Stage::Running,
            ending: None,
            started: None,
            progress: Arc::default(),
            last: None,
            log: RunLog::default(),
            has_opened_log: false,
            line: Vec::new(),
            leaves_processes: false,
            measured: Duration::ZERO,
        }
    }

    /// Watches until the child says that the run is over, or is gone.
    ///
    /// # Errors
    ///
    /// If the system does not let it be watched.
    pub(super) fn run(&mut self) -> io::Result<Seen> {
        while self.last.is_none() {
            let timeout = self.until_next_look();
            let printed = self.child.wait(timeout, self.buffer)?;
            self.stopwatch.tick(Instant::now(), timeout);
            while let Some(word) = self.child.word()? {
                self.hear(word);
            }
            self.print(printed);
            if self.last.is_none() && self.child.is_gone() {
                self.last = Some(Last::Gone);
            }
            self.keep_time();
            self.measure();
        }
        if matches!(self.last, Some(Last::Gone)) && !self.child.ends_soon()? {
            self.ending.get_or_insert(Ending::Severed);
        }
        self.drain()?;
        self.finish_output();
        Ok(Seen {
            last: self.last.take().unwrap_or(Last::Gone),
            started: self.started.take(),
            ending: self.ending,
            duration: self.run_time.own(self.stopwatch.elapsed()),
            leaves_processes: self.leaves_processes,
        })
    }

    fn until_next_look(&self) -> Duration {
        let elapsed = self.stopwatch.elapsed();
        let next = match self.stage {
            Stage::Running => self.run_time.over_at(),
            Stage::Asked(since) => Some(since + GRACE),
            Stage::Killed => None,
        };
        next.map_or(TICK, |next| next.saturating_sub(elapsed).min(TICK))
    }

    fn measure(&mut self) {
        let elapsed = self.stopwatch.elapsed();
        // Ever more rarely: what a long run takes changes slowly.
        let interval = (self.measured / 4).clamp(TICK, GAUGE_INTERVAL_MAX);
        if self.started.is_some() && elapsed >= self.measured + interval {
            self.measured = elapsed;
            self.child.measure();
        }
    }

    fn keep_time(&mut self) {
        if self.last.is_some() {
            return;
        }
        let elapsed = self.stopwatch.elapsed();
        match self.stage {
            Stage::Running => {
                let exceeded = self.run_time.exceeded(elapsed);
                self.ending = if self.watched.cancel.is_cancelled() {
                    Some(Ending::Interrupted)
                } else {
                    exceeded.map(|exceeded| Ending::TimedOut {
                        exceeded,
                        is_deaf: false,
                    })
                };
                if self.ending.is_some() {
                    self.stage = Stage::Asked(elapsed);
                    self.child.signal(Signal::SIGTERM);
                }
            }
            Stage::Asked(since)
                if elapsed >= since + GRACE || self.watched.cancel.is_at_least(Urgency::Now) =>
            {
                self.stage = Stage::Killed;
                if let Some(Ending::TimedOut { is_deaf, .. }) = &mut self.ending {
                    *is_deaf = true;
                }
                self.child.measure();
                self.child.signal(Signal::SIGKILL);
            }
            Stage::Asked(_) | Stage::Killed => {}
        }
    }

    fn hear(&mut self, word: Word) {
        let Watched {
            run, slot, tell, ..
        } = self.watched;
        match word {
            Word::Refused(reason) => self.last = Some(Last::Refused(reason)),
            Word::Waiting(holder) => tell(Event::Waiting { run, holder }),
            Word::Started {
                directory,
                id,
                attempt,
                cpu,
            } => {
                tell(Event::Started {
                    run,
                    slot,
                    attempt,
                    progress: Arc::clone(&self.progress),
                    out_dir: self.watched.root.join(&directory),
                    timeout: self.watched.timeout,
                    tail: Some(self.log.tail()),
                });
                self.child.start_gauge(cpu);
                // Now, as without locks it has another name once the run is done.
                let path = self.watched.root.join(&directory);
                self.log.turn_to(&path, id);
                self.run_time.start(self.stopwatch.elapsed());
                self.started = Some(Started {
                    directory,
                    attempt,
                    at: SystemTime::now(),
                });
            }
            Word::Note(text) => tell(Event::Note { run, text }),
            Word::Sharing(sharing) => self.run_time.share(sharing, self.stopwatch.elapsed()),
            Word::Progress(done, total) => self.progress.set(done, total),
            Word::Ended {
                verdict,
                published,
                leaves_processes,
            } => {
                self.leaves_processes = leaves_processes;
                self.last = Some(Last::Ended(verdict, published));
            }
        }
    }

    /// Takes what was printed into the buffer.
    fn print(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        let bytes = &self.buffer[..count];
        let kept = self.log.add(bytes);
        if self.watched.shows_output {
            let whole = bytes[..kept]
                .iter()
                .rposition(|&byte| byte == b'\n')
                .map_or(0, |newline| newline + 1);
            let rest = bytes[whole..kept].to_vec();
            self.line.extend_from_slice(&bytes[..whole]);
            if whole > 0 {
                self.show();
            }
            self.line.extend(rest);
        }
        if self.started.is_some() {
            self.open_log();
        }
    }

    fn show(&mut self) {
        (self.watched.tell)(Event::Output {
            run: self.watched.run,
            bytes: mem::take(&mut self.line),
        });
    }

    fn open_log(&mut self) {
        if self.started.is_some() && !self.has_opened_log && self.log.needs_file() {
            self.has_opened_log = true;
            self.log.keep();
        }
    }

    /// Reads what was printed before the end, and what others go on to print for a moment if the child is gone.
    fn drain(&mut self) -> io::Result<()> {
        let start = Instant::now();
        let is_gone = self.child.is_gone();
        while self.child.prints() && start.elapsed() < DRAIN_MAX {
            let left = if is_gone {
                DRAIN_MAX.saturating_sub(start.elapsed())
            } else {
                Duration::ZERO
            };
            let printed = self.child.drain(left, self.buffer)?;
            if printed == 0 && !is_gone {
                break;
            }
            self.print(printed);
        }
        Ok(())
    }

    fn finish_output(&mut self) {
        self.open_log();
        self.log.finish();
        if !self.line.is_empty() {
            self.line.push(b'\n');
            self.show();
        }
    }
}

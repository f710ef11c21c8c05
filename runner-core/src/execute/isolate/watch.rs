//! [`Watch`]: one run of a child, as the parent sees it: words, output and time.

use std::{
    io, mem,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use nix::sys::signal::Signal;

use super::{
    child::Child,
    death::{Ending, Exceeded},
    log::RunLog,
    message::{Ended, Word},
    run_time::RunTime,
};
use crate::{
    api::{Progress, Urgency},
    execute::{
        begun::{Begun, Beside},
        event::Event,
        task::Task,
    },
};

/// Maximum wait, after which a request to stop is looked for.
const TICK: Duration = Duration::from_millis(250);
/// Maximum time for which the next run may have begun and not started, as others could do it meanwhile.
const NEXT_MAX: Duration = Duration::from_millis(10);
/// Maximum time between two looks at what a run takes of the machine.
const GAUGE_INTERVAL_MAX: Duration = Duration::from_secs(5);
/// Maximum time for which output is read that other processes print after the end of a run.
const DRAIN_MAX: Duration = Duration::from_millis(100);
/// Minimum time to stop after a short time limit, unless the grace is shorter.
const GRACE_MIN: Duration = Duration::from_secs(1);

/// The last word of a child about a run.
pub(super) enum Last {
    /// With the bytes of the output, if there is one.
    Ended(Ended, Vec<u8>),
    Refused(String),
    Unable(String),
    /// It said nothing.
    Gone,
}

/// What a watch has seen.
pub(super) struct Seen {
    pub(super) last: Last,
    pub(super) started: SystemTime,
    /// Why the child was asked to end, if it was.
    pub(super) ending: Option<Ending>,
    pub(super) duration: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Running,
    /// It was asked to end at this time of the run.
    Asked(Duration),
    Killed,
}

pub(super) struct Watch<'a> {
    task: &'a Task,
    begun: &'a Begun<'a>,
    progress: Arc<Progress>,
    child: &'a mut Child,
    buffer: &'a mut [u8],
    /// When the watch began, on the clock.
    since: Duration,
    run_time: RunTime,
    started: SystemTime,
    stage: Stage,
    ending: Option<Ending>,
    last: Option<Last>,
    log: RunLog<'a>,
    /// Output that is no whole line yet.
    line: Vec<u8>,
    measured: Duration,
}

impl<'a> Watch<'a> {
    /// Begins to watch a child that was just given its order.
    pub(super) fn new(
        task: &'a Task,
        begun: &'a Begun<'a>,
        timeout: Option<Duration>,
        progress: Arc<Progress>,
        child: &'a mut Child,
        buffer: &'a mut [u8],
        log: RunLog<'a>,
    ) -> Self {
        let mut watch = Self {
            run_time: RunTime::new(timeout),
            since: task.clock.now(),
            started: SystemTime::now(),
            task,
            begun,
            progress,
            child,
            buffer,
            stage: Stage::Running,
            ending: None,
            last: None,
            log,
            line: Vec::new(),
            measured: Duration::ZERO,
        };
        if watch.child.is_ready {
            watch.start();
        }
        watch
    }

    /// Counts from the start of the run's own code.
    fn start(&mut self) {
        self.child.start_gauge();
        self.run_time.start(self.elapsed());
        self.started = SystemTime::now();
    }

    fn elapsed(&self) -> Duration {
        self.task.clock.now().saturating_sub(self.since)
    }

    /// Watches until the child says that the run is over, or is gone.
    ///
    /// # Errors
    ///
    /// If the system does not let it be watched.
    pub(super) fn run(mut self, beside: &mut dyn Beside) -> io::Result<Seen> {
        while self.last.is_none() {
            let mut timeout = self.until_next_look();
            if beside.holds_next() {
                timeout = timeout.min(NEXT_MAX);
            }
            let (child, buffer) = (&mut *self.child, &mut *self.buffer);
            let printed = self
                .task
                .clock
                .wait(timeout, || child.wait(timeout, buffer))?;
            self.hear_all();
            self.print(printed);
            if self.last.is_none() && self.child.is_gone() {
                self.last = Some(Last::Gone);
            }
            if self.last.is_none() {
                let elapsed = self.elapsed();
                if elapsed >= NEXT_MAX {
                    beside.is_late();
                }
                self.keep_time(elapsed);
                self.measure(elapsed);
            }
        }
        if matches!(self.last, Some(Last::Gone))
            && self.ending.is_none_or(|ending| !ending.is_final())
            && !self.child.ends_soon()?
        {
            self.ending.get_or_insert(Ending::Severed);
        }
        self.drain()?;
        self.finish_output();
        Ok(Seen {
            last: self.last.take().unwrap_or(Last::Gone),
            started: self.started,
            ending: self.ending,
            duration: self.run_time.own(self.elapsed()),
        })
    }

    fn until_next_look(&self) -> Duration {
        let elapsed = self.elapsed();
        let next = match self.stage {
            Stage::Running => self.run_time.over_at(),
            Stage::Asked(since) => Some(since + self.grace()),
            Stage::Killed => None,
        };
        next.map_or(TICK, |next| next.saturating_sub(elapsed).min(TICK))
    }

    fn measure(&mut self, elapsed: Duration) {
        // Ever more rarely: what a long run takes changes slowly.
        let interval = (self.measured / 4).clamp(TICK, GAUGE_INTERVAL_MAX);
        if self.child.is_ready && elapsed >= self.measured + interval {
            self.measured = elapsed;
            self.child.measure();
        }
    }

    fn keep_time(&mut self, elapsed: Duration) {
        if self.child.is_stopped_by_terminal() {
            self.ending = Some(Ending::AtTerminal);
            self.last = Some(Last::Gone);
            return;
        }
        match self.stage {
            Stage::Running => {
                let exceeded = self.run_time.exceeded(elapsed);
                self.ending = if self.task.cancel.is_cancelled() {
                    Some(Ending::Interrupted)
                } else {
                    exceeded.map(|exceeded| Ending::TimedOut {
                        exceeded,
                        killed_after: None,
                    })
                };
                match self.ending {
                    None => return,
                    Some(Ending::TimedOut { .. }) => self.child.signal(Signal::SIGTERM),
                    Some(_) => self.child.ask_to_stop(),
                }
                self.stage = Stage::Asked(elapsed);
            }
            Stage::Asked(since)
                if elapsed >= since + self.grace()
                    || self.task.cancel.is_at_least(Urgency::Now) =>
            {
                self.stage = Stage::Killed;
                let grace = self.grace();
                if let Some(Ending::TimedOut { killed_after, .. }) = &mut self.ending {
                    *killed_after = (elapsed >= since + grace).then_some(grace);
                }
                self.child.measure();
                self.child.signal(Signal::SIGKILL);
            }
            Stage::Asked(_) | Stage::Killed => {}
        }
    }

    /// Returns how long the run may take to stop now that it was asked to: after its time limit, no longer than it had for the run.
    fn grace(&self) -> Duration {
        let grace = self.task.isolation.grace;
        match self.ending {
            Some(Ending::TimedOut {
                exceeded: Exceeded::Run(limit),
                ..
            }) => grace.min(limit.max(GRACE_MIN)),
            _ => grace,
        }
    }

    fn hear_all(&mut self) {
        loop {
            match self.child.word() {
                Ok(Some((word, attached))) => self.hear(word, attached),
                Ok(None) => return,
                Err(_) => {
                    self.ending = Some(Ending::Garbled);
                    self.last = Some(Last::Gone);
                    return;
                }
            }
        }
    }

    fn hear(&mut self, word: Word, attached: Vec<u8>) {
        match word {
            Word::Refused(reason) => self.last = Some(Last::Refused(reason)),
            Word::Unable(reason) => self.last = Some(Last::Unable(reason)),
            Word::Ready(cpu) => {
                self.child.is_ready = true;
                self.child.cpu = cpu;
                self.start();
            }
            Word::Note(text) => (self.begun.tell)(Event::Note {
                run: self.begun.run,
                text,
            }),
            Word::Sharing(sharing) => self.run_time.share(sharing, self.elapsed()),
            Word::Progress(done, total) => self.progress.set(done, total),
            Word::Ended(ended) => {
                self.child.cpu = ended.cpu;
                self.last = Some(Last::Ended(ended, attached));
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
        if self.task.isolation.shows_output {
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
    }

    fn show(&mut self) {
        (self.begun.tell)(Event::Output {
            run: self.begun.run,
            bytes: mem::take(&mut self.line),
        });
    }

    /// Reads what was printed before the end, and what others go on to print for a moment if the child is gone.
    fn drain(&mut self) -> io::Result<()> {
        let start = Instant::now();
        let is_gone = self.child.is_gone();
        if !is_gone && self.child.is_quiet {
            return Ok(());
        }
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
        self.log.finish();
        if !self.line.is_empty() {
            self.line.push(b'\n');
            self.show();
        }
    }
}

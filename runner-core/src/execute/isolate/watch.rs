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
};
use crate::{
    api::{Progress, Sharing, Urgency},
    execute::{
        event::{Event, GRACE},
        task::{Begun, Task},
    },
};

/// Maximum wait, after which a request to stop is looked for.
const TICK: Duration = Duration::from_millis(250);
/// Maximum time between two looks at what a run takes of the machine.
const GAUGE_INTERVAL_MAX: Duration = Duration::from_secs(5);
/// Maximum time for which output is read that other processes print after the end of a run.
const DRAIN_MAX: Duration = Duration::from_millis(100);
/// Factor from a run's time limit to the one of its shared values.
const SHARED_FACTOR: u32 = 10;
/// Minimum time limit of shared values: loading a data set takes as long however short the runs are.
const SHARED_MIN: Duration = Duration::from_secs(30);

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
    pub(super) fn run(mut self) -> io::Result<Seen> {
        while self.last.is_none() {
            let timeout = self.until_next_look();
            let (child, buffer) = (&mut *self.child, &mut *self.buffer);
            let printed = self
                .task
                .clock
                .wait(timeout, || child.wait(timeout, buffer))?;
            while let Some((word, attached)) = self.child.word()? {
                self.hear(word, attached);
            }
            self.print(printed);
            if self.last.is_none() && self.child.is_gone() {
                self.last = Some(Last::Gone);
            }
            if self.last.is_none() {
                let elapsed = self.elapsed();
                self.keep_time(elapsed);
                self.measure(elapsed);
            }
        }
        if matches!(self.last, Some(Last::Gone)) && !self.child.ends_soon()? {
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
            Stage::Asked(since) => Some(since + GRACE),
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
        match self.stage {
            Stage::Running => {
                let exceeded = self.run_time.exceeded(elapsed);
                self.ending = if self.task.cancel.is_cancelled() {
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
                if elapsed >= since + GRACE || self.task.cancel.is_at_least(Urgency::Now) =>
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

/// The time that a run takes and may take. What is passed as `now` is on one stopwatch.
#[derive(Clone, Copy, Debug)]
struct RunTime {
    limit: Option<Duration>,
    /// Whether the run itself has started.
    is_started: bool,
    since: Duration,
    /// The time that shared values took as far as they are there.
    shared: Duration,
    /// Since when it makes or awaits one.
    sharing: Option<Duration>,
}

impl RunTime {
    /// Counts from zero. What comes before the run itself is not the run's, and is limited as shared values are.
    fn new(limit: Option<Duration>) -> Self {
        Self {
            limit,
            is_started: false,
            since: Duration::ZERO,
            shared: Duration::ZERO,
            sharing: None,
        }
    }

    /// Counts from now on, as the run itself starts.
    fn start(&mut self, now: Duration) {
        *self = Self {
            is_started: true,
            since: now,
            ..Self::new(self.limit)
        };
    }

    fn share(&mut self, sharing: Sharing, now: Duration) {
        match sharing {
            Sharing::Began => self.sharing = Some(now),
            Sharing::Ended(shared) => {
                self.shared = shared;
                self.sharing = None;
            }
        }
    }

    /// Returns the run's own part of the time until `now`.
    fn own(&self, now: Duration) -> Duration {
        let until = self.sharing.unwrap_or(now);
        until.saturating_sub(self.since + self.shared)
    }

    /// Returns when its time is over, if nothing happens until then.
    fn over_at(&self) -> Option<Duration> {
        let limit = self.limit?;
        if !self.is_started {
            return Some(shared_limit(limit));
        }
        Some(match self.sharing {
            Some(since) => since + shared_limit(limit).saturating_sub(self.shared),
            None => self.since + self.shared + limit,
        })
    }

    /// Returns the limit that is exceeded by `now`.
    fn exceeded(&self, now: Duration) -> Option<Exceeded> {
        let limit = self.limit.filter(|_| self.over_at() <= Some(now))?;
        if !self.is_started {
            return Some(Exceeded::Start(shared_limit(limit)));
        }
        Some(match self.sharing {
            Some(_) => Exceeded::Shared {
                limit: shared_limit(limit),
                of_run: limit,
            },
            None => Exceeded::Run(limit),
        })
    }
}

fn shared_limit(limit: Duration) -> Duration {
    limit.saturating_mul(SHARED_FACTOR).max(SHARED_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_time_starts_over_with_the_run() {
        let mut time = RunTime::new(Some(seconds(5)));
        assert_eq!(time.over_at(), Some(seconds(50)));
        assert_eq!(time.exceeded(seconds(49)), None);
        let start = Exceeded::Start(seconds(50));
        assert_eq!(time.exceeded(seconds(50)), Some(start));
        time.start(seconds(4));
        assert_eq!(time.over_at(), Some(seconds(9)));
        assert_eq!(time.exceeded(seconds(8)), None);
        assert_eq!(time.exceeded(seconds(9)), Some(Exceeded::Run(seconds(5))));
    }

    #[test]
    fn shared_values_have_a_limit_of_their_own() {
        let mut time = RunTime::new(Some(seconds(5)));
        time.start(seconds(1));
        time.share(Sharing::Began, seconds(2));
        assert_eq!(time.over_at(), Some(seconds(52)));
        time.share(Sharing::Ended(seconds(40)), seconds(42));
        assert_eq!(time.over_at(), Some(seconds(46)));
        assert_eq!(time.own(seconds(43)), seconds(2));
        time.share(Sharing::Began, seconds(43));
        assert_eq!(time.over_at(), Some(seconds(53)), "40 of 50 are used");
        assert_eq!(
            time.exceeded(seconds(53)),
            Some(Exceeded::Shared {
                limit: seconds(50),
                of_run: seconds(5)
            })
        );
    }

    #[test]
    fn what_is_being_shared_is_not_the_runs_own_time() {
        let mut time = RunTime::new(None);
        time.start(seconds(1));
        time.share(Sharing::Began, seconds(3));
        assert_eq!(time.own(seconds(60)), seconds(2));
        assert_eq!((time.over_at(), time.exceeded(seconds(60))), (None, None));
    }

    #[test]
    fn a_short_limit_leaves_time_to_load() {
        let mut time = RunTime::new(Some(Duration::ZERO));
        assert_eq!(time.over_at(), Some(SHARED_MIN));
        time.start(Duration::ZERO);
        time.share(Sharing::Began, Duration::ZERO);
        assert_eq!(time.over_at(), Some(SHARED_MIN));
    }
}

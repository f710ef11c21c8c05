//! [`Slot`]: one of the places for runs at a time, and its child if its runs have processes of their own.

use std::{borrow::Cow, io, os::unix::ffi::OsStrExt, sync::Arc, time::Duration};

use super::{
    Processes,
    child::Child,
    death::{Death, Ending},
    log::{LogTail, RunLog},
    message::{Ended, Hello, Order, ProgramFile, RunOrder},
    watch::{Last, Seen, Watch},
};
use crate::{
    api::{Progress, Secrets},
    base::Error,
    execute::{
        begun::{Begun, Beside},
        event::Event,
        ran::{Fault, Ran},
        task::Task,
    },
    store::{Durability, Usage},
    value::Digest,
};

/// The bytes that are read of a child's output at a time: as much as a pipe holds.
const BUFFER_BYTES: usize = 64 << 10;
/// The number of the last lines of the output that are looked at.
const LAST_LINES: usize = 20;
/// The process of the next run is started during a run only if the last one took no longer: that of a longer run is started in
/// no time that matters.
const BRISK_MAX: Duration = Duration::from_millis(100);

/// No process came as far as the run, for this reason.
pub(in crate::execute) struct NoProcess(pub(in crate::execute) String);

pub(crate) struct Slot<'a> {
    task: &'a Task,
    /// The child for the next run: one that is kept, or one that was started ahead of time.
    child: Option<Child>,
    /// Whether starting a process ahead of time is worth it.
    is_brisk: bool,
    hello: Option<Hello>,
    buffer: Vec<u8>,
}

impl<'a> Slot<'a> {
    pub(crate) fn new(task: &'a Task) -> Self {
        Self {
            task,
            child: None,
            is_brisk: false,
            hello: None,
            buffer: Vec::new(),
        }
    }

    /// Does a run in a process of its own, and tells `beside` of it.
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    pub(in crate::execute) fn run(
        &mut self,
        begun: &Begun<'_>,
        timeout: Option<Duration>,
        beside: &mut dyn Beside,
    ) -> Result<Result<Ran, NoProcess>, Error> {
        let log = RunLog::of(&begun.attempt);
        let tail = log.tail();
        let progress: Arc<Progress> = Arc::default();
        self.greet()?;
        self.buffer.resize(BUFFER_BYTES, 0);
        let child = self.child_for(begun);
        if beside.ordered() {
            self.start_ahead();
        }
        let mut child = match child {
            Ok(child) => child,
            Err(error) => return Ok(Err(NoProcess(error.to_string()))),
        };
        (begun.tell)(Event::Started {
            run: begun.run,
            slot: begun.slot.number,
            attempt: begun.number,
            progress: Arc::clone(&progress),
            timeout,
            tail: Some(tail.clone()),
        });
        let (task, buffer) = (self.task, &mut self.buffer);
        let watch = Watch::new(task, begun, timeout, progress, &mut child, buffer, log);
        Ok(match watch.run(beside) {
            Ok(seen) => self.judge(child, seen, &tail),
            Err(error) => {
                let error = format!("cannot watch the process of the run: {error}");
                Ok(Ran::not_started(error))
            }
        })
    }

    /// Makes what is said first to each child.
    fn greet(&mut self) -> Result<(), Error> {
        if self.hello.is_some() {
            return Ok(());
        }
        let task = self.task;
        let root = task.store.root();
        let absolute = task.store.absolute(root);
        self.hello = Some(Hello {
            experiment: task.origin.experiment.clone(),
            version: task.origin.version,
            program: ProgramFile::current(),
            build: task.build.get().fingerprint,
            output_dir: root.as_os_str().as_bytes().to_vec(),
            output_dir_absolute: absolute.as_os_str().as_bytes().to_vec(),
            root: task.nesting.root().as_os_str().as_bytes().to_vec(),
            is_durable: task.store.durability() == Durability::Promised,
            parent: task.store.locks.lock_as_parent()?,
            around: task.nesting.around().to_vec(),
            stack_bytes: task.stack_bytes,
        });
        Ok(())
    }

    /// Gives the order to the child that was kept, or to a new one.
    fn child_for(&mut self, begun: &Begun<'_>) -> io::Result<Child> {
        let directory = begun.attempt.directory().file_name();
        let order = Order::Run(RunOrder {
            key: self.task.identities[begun.run].key.as_u128(),
            slot: begun.slot.number,
            attempt: begun.number,
            directory: directory.map_or_else(String::new, |name| name.to_string_lossy().into()),
            is_last: self.task.isolation.processes == Processes::Fresh,
        });
        let config = if self.task.outline.secrets.is_empty() {
            Cow::Borrowed(&begun.config)
        } else {
            let whole = self.task.study.encode_config(begun.run, Secrets::Kept);
            Cow::Owned(whole.map_err(io::Error::other)?)
        };
        if let Some(mut child) = self.child.take() {
            child.say(&order, &config)?;
            // It may have been killed since its last run.
            if !child.is_gone() {
                return Ok(child);
            }
        }
        let Some(hello) = &self.hello else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let mut child = Child::spawn(hello, &self.task.arguments, &self.task.clock)?;
        child.say(&order, &config)?;
        Ok(child)
    }

    /// Starts the process of the next run, so that it need not be waited for. While a run measures time, nothing is started, and a
    /// process that would wait for a long run only takes room.
    fn start_ahead(&mut self) {
        let task = self.task;
        let is_fresh = task.isolation.processes == Processes::Fresh;
        if is_fresh
            && self.is_brisk
            && !task.outline.is_exclusive
            && let Some(hello) = &self.hello
        {
            // If there is no room for it now, there may be when it is needed.
            self.child = Child::spawn(hello, &task.arguments, &task.clock).ok();
        }
    }

    /// Returns what became of a run, and keeps its child or ends it.
    ///
    /// Once it has exceeded its time limit, it has timed out, whatever it returns: the processes that it started were told to end too,
    /// and a result may be made of what they had come to.
    fn judge(&mut self, mut child: Child, seen: Seen, tail: &LogTail) -> Result<Ran, NoProcess> {
        let is_timed_out = matches!(seen.ending, Some(Ending::TimedOut { .. }));
        match seen.last {
            Last::Ended(ended, output) if !is_timed_out => {
                let is_fresh = self.task.isolation.processes == Processes::Fresh;
                child.is_leaving = is_fresh && !ended.leaves_processes;
                if ended.has_checkpoint {
                    self.task.store.checkpoints.forget();
                }
                self.is_brisk = ended.duration <= BRISK_MAX;
                if self.keeps(&ended, seen.ending) {
                    self.child = Some(child);
                } else {
                    child.retire();
                }
                let result = ended.result.and_then(|digest| {
                    let received = self.task.study.receive(output, Digest::from_u128(digest));
                    received.map_err(Fault::new)
                });
                let last_lines = result.is_err().then(|| tail.last_lines(LAST_LINES));
                Ok(Ran {
                    result,
                    started: seen.started,
                    duration: ended.duration,
                    usage: ended.usage.map(|(cpu, peak_memory_bytes)| Usage {
                        cpu,
                        peak_memory_bytes,
                    }),
                    last_lines: last_lines.filter(|lines| !lines.is_empty()),
                })
            }
            last => {
                let is_ready = child.is_ready;
                let (status, usage) = child.end();
                // It may have saved a checkpoint and not come to tell.
                self.task.store.checkpoints.forget();
                let death = Death {
                    status,
                    ending: seen.ending,
                    has_started: is_ready,
                    last_lines: &tail.last_lines(LAST_LINES),
                };
                let fault = match last {
                    Last::Refused(reason) => Fault::new(reason),
                    Last::Unable(reason) => return Err(NoProcess(reason)),
                    // Nothing is known about the run, as its code was not called.
                    _ if !is_ready && seen.ending.is_none() => {
                        let fault = death.fault();
                        return Err(NoProcess(fault.text + &fault.printed));
                    }
                    _ => death.fault(),
                };
                Ok(Ran {
                    result: Err(fault),
                    started: seen.started,
                    duration: seen.duration,
                    usage: usage.filter(|_| is_ready),
                    last_lines: None,
                })
            }
        }
    }

    /// Returns whether a child is kept for the next run: not if the run failed, which may have left anything in the process, if it
    /// was asked to end, or if other processes are left in it that are to end.
    fn keeps(&self, ended: &Ended, ending: Option<Ending>) -> bool {
        self.task.isolation.processes == Processes::Kept
            && ended.result.is_ok()
            && ending.is_none()
            && !ended.leaves_processes
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        if let Some(child) = self.child.take() {
            child.retire();
        }
    }
}

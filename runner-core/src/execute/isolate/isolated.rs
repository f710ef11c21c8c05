//! [`Isolated`]: one slot's runs in processes of their own.

use std::{
    io,
    os::unix::ffi::OsStrExt,
    panic::AssertUnwindSafe,
    path::PathBuf,
    thread,
    time::{Duration, Instant, SystemTime},
};

use super::{
    child::Child,
    death::{Death, Ending},
    message::{Hello, Order, RunOrder, Verdict},
    program_file::ProgramFile,
    watch::{Last, Seen, Watch, Watched},
};
use crate::{
    base::{Error, catch},
    execute::{
        event::{Event, Tell},
        task::{Done, Outcome, SecondLook, Task},
    },
    store::{Dead, Durability, Failure, Lock, Reader, Usage},
    value::codec,
};

/// What is read of a child's output at a time: as much as a pipe holds.
const BUFFER_BYTES: usize = 64 << 10;
/// How long the lock of a dead child is waited for, which processes that it forked may hold until they are gone too.
const LOCK_MAX: Duration = Duration::from_secs(1);
/// How many of the last lines of the output are looked at.
const LAST_LINES: usize = 20;

/// One slot. It keeps a child for the next run as long as all goes well.
pub(crate) struct Isolated<'a> {
    task: &'a Task,
    slot: usize,
    child: Option<Child>,
    hello: Option<Hello>,
    buffer: Vec<u8>,
}

/// A run that left no result, and why.
struct Lost<'a> {
    run: usize,
    error: String,
    seen: Option<&'a Seen>,
    usage: Option<Usage>,
    tell: &'a Tell,
}

impl<'a> Isolated<'a> {
    pub(crate) fn new(task: &'a Task, slot: usize) -> Self {
        Self {
            task,
            slot,
            child: None,
            hello: None,
            buffer: Vec::new(),
        }
    }

    /// Does the run in the way that was asked for, unless another process is doing it or has done it.
    pub(crate) fn perform(&mut self, run: usize, is_waiting: bool, tell: &Tell) -> Outcome {
        let Some(isolation) = self.task.isolation else {
            return self.task.perform(run, self.slot, is_waiting, tell);
        };
        let outcome = match catch(AssertUnwindSafe(|| self.task.study.timeout(run))) {
            Ok(own) if isolation.applies(own) => {
                self.isolate(run, is_waiting, isolation.timeout(own), tell)
            }
            Ok(_) => return self.task.perform(run, self.slot, is_waiting, tell),
            Err(panic) => self.lose(Lost {
                run,
                error: format!("`Experiment::timeout` panicked: {}", panic.message),
                seen: None,
                usage: None,
                tell,
            }),
        };
        outcome.unwrap_or_else(Outcome::Broken)
    }

    fn isolate(
        &mut self,
        run: usize,
        is_waiting: bool,
        timeout: Option<Duration>,
        tell: &Tell,
    ) -> Result<Outcome, Error> {
        // A kept child may have been killed since its last run.
        for _ in 0..2 {
            let was_kept = self.child.is_some();
            let watched = self.watched(run, timeout, tell);
            match self.watch(watched, is_waiting) {
                Err(error) => {
                    self.child = None;
                    return self.lose(Lost {
                        run,
                        error: format!("cannot start a process for the run: {error}"),
                        seen: None,
                        usage: None,
                        tell,
                    });
                }
                Ok((child, mut seen, last_lines)) => {
                    if let Last::Ended(_, published) = &mut seen.last {
                        self.task.store.adopt(std::mem::take(published));
                    }
                    let is_stillborn = matches!(seen.last, Last::Gone)
                        && seen.started.is_none()
                        && seen.ending.is_none();
                    if !(was_kept && is_stillborn) {
                        return self.judge(run, child, &seen, &last_lines, tell);
                    }
                }
            }
        }
        Ok(Outcome::Busy)
    }

    fn watched<'w>(&self, run: usize, timeout: Option<Duration>, tell: &'w Tell) -> Watched<'w>
    where
        'a: 'w,
    {
        let task: &'a Task = self.task;
        Watched {
            run,
            slot: self.slot,
            root: task.store.root(),
            cancel: &task.cancel,
            timeout,
            shows_output: task
                .isolation
                .is_some_and(|isolation| isolation.shows_output),
            tell,
        }
    }

    /// Lets a child do the run, and watches it to its end.
    fn watch(
        &mut self,
        watched: Watched<'_>,
        is_waiting: bool,
    ) -> io::Result<(Child, Seen, String)> {
        let identity = &self.task.identities[watched.run];
        let config = self.task.study.config(watched.run).encode(codec::buffer());
        let order = RunOrder {
            config: config.map_err(io::Error::other)?,
            key: identity.key.as_u128(),
            slot: self.slot,
            is_waiting,
            known: self.task.store.known(identity.key, self.task.named_by_key),
            has_failed: self
                .task
                .store
                .failure(identity.key)
                .is_ok_and(|failure| failure.is_some()),
            found: self
                .task
                .rerun
                .as_ref()
                .map(|rerun| rerun.found(identity.key))
                .unwrap_or_default(),
        };
        let mut child = if let Some(child) = self.child.take() {
            child
        } else {
            let task = self.task;
            Child::spawn(
                self.hello.get_or_insert_with(|| hello(task)),
                &task.suspension,
            )?
        };
        child.say(&Order::Run(order))?;
        self.buffer.resize(BUFFER_BYTES, 0);
        let mut watch = Watch::new(watched, &mut child, &mut self.buffer);
        let seen = watch.run()?;
        let last_lines = watch.log.last_lines(LAST_LINES);
        Ok((child, seen, last_lines))
    }

    /// Finds out what became of a run: the store knows it, whatever the child said.
    fn judge(
        &mut self,
        run: usize,
        child: Child,
        seen: &Seen,
        last_lines: &str,
        tell: &Tell,
    ) -> Result<Outcome, Error> {
        let key = self.task.identities[run].key;
        let is_timed_out = matches!(seen.ending, Some(Ending::TimedOut { .. }));
        let has_failed = matches!(&seen.last, Last::Ended(Verdict::Failed { .. }, _));
        self.task.store.note_changed(key, has_failed);
        let mut claimed = None;
        let mut error = None;
        match &seen.last {
            Last::Ended(Verdict::Done { elsewhere, usage }, _) => {
                claimed = Some((*elsewhere, *usage));
            }
            Last::Ended(Verdict::Busy, _) => {
                self.keep(child, seen);
                return Ok(Outcome::Busy);
            }
            Last::Ended(Verdict::Broken { .. }, _) => {
                child.retire();
                return Ok(Outcome::Broken(broken(&seen.last)));
            }
            Last::Ended(Verdict::Failed { .. }, _) if !is_timed_out => {
                child.see_off();
                return Ok(self.failed(&seen.last, last_lines));
            }
            Last::Ended(Verdict::Failed { .. }, _) | Last::Gone => {}
            Last::Refused(reason) => error = Some(reason.clone()),
        }
        if let Some((elsewhere, usage)) = claimed {
            if let Some(mut done) = self.published(run, elsewhere)? {
                done.usage = usage;
                self.keep(child, seen);
                tell_finished(run, &done, tell);
                return Ok(Outcome::Done(done));
            }
            error = Some("its process said that there is a result, but there is none".to_owned());
        }
        let (status, usage) = child.end();
        let error = error.unwrap_or_else(|| {
            let death = Death {
                status,
                ending: seen.ending,
                has_started: seen.started.is_some(),
                last_lines,
            };
            death.describe()
        });
        self.lose(Lost {
            run,
            error,
            seen: Some(seen),
            usage: usage.filter(|_| seen.started.is_some()),
            tell,
        })
    }

    /// Keeps a child for the next run, unless it was asked to end, or other processes are left in it that are to end.
    fn keep(&mut self, child: Child, seen: &Seen) {
        if seen.ending.is_none() && !seen.leaves_processes {
            self.child = Some(child);
        } else {
            child.retire();
        }
    }

    /// The result that a child has just published, at its place.
    fn published(&self, run: usize, elsewhere: bool) -> Result<Option<Done>, Error> {
        let config = self.task.config(run);
        let wanted = self.task.wanted(run, &config);
        let found = self
            .task
            .valid_result(&wanted, run, &mut Reader::default())?;
        Ok(found
            // It is what the child has made or seen to be made, so that its time is of no matter.
            .filter(|(_, record)| !record.aside)
            .map(|(output, record)| Done {
                output,
                record,
                elsewhere,
                usage: None,
            }))
    }

    /// Takes the lock of a run whose process is gone or of no use, looks whether there is a result after all, and notes the
    /// failure if there is none.
    fn lose(&self, lost: Lost<'_>) -> Result<Outcome, Error> {
        let Lost {
            run,
            error,
            seen,
            usage,
            tell,
        } = lost;
        let task = self.task;
        let identity = &task.identities[run];
        let Some(lock) = self.lock_soon(run)? else {
            return Ok(Outcome::Busy);
        };
        let config = task.config(run);
        let wanted = task.wanted(run, &config);
        let older = match task.second_look(&lock, &wanted, run)? {
            SecondLook::Done(mut done) => {
                done.elsewhere = seen.is_none_or(|seen| seen.started.is_none());
                // It could not be handed over any more.
                task.store.adopt_directory(&done.record.directory);
                tell_finished(run, &done, tell);
                return Ok(Outcome::Done(done));
            }
            SecondLook::Run { replaces, .. } => replaces,
        };
        if seen.is_some_and(|seen| seen.ending == Some(Ending::Interrupted)) {
            // It did not fail; it is as if it had not been tried.
            if let Some(older) = &older {
                task.store.restore(&lock, older)?;
            }
            return Ok(Outcome::Busy);
        }
        let started = seen.and_then(|seen| seen.started.as_ref());
        let attempts = match started {
            Some(started) => started.attempt,
            None => {
                task.store
                    .failure(identity.key)?
                    .map_or(0, |failure| failure.attempts)
                    + 1
            }
        };
        let failure = Failure::now(error, None, attempts, task.build.get());
        let duration = seen.map_or(Duration::ZERO, |seen| seen.duration);
        let dead = Dead {
            directory: started.map(|started| started.directory.as_str()),
            older: older.as_ref(),
            started: started.map_or_else(SystemTime::now, |started| started.at),
            duration,
            usage,
        };
        task.store.fail_dead(&lock, &wanted, &dead, &failure)?;
        Ok(Outcome::Failed {
            failure,
            duration,
            usage,
            last_lines: None,
        })
    }

    fn lock_soon(&self, run: usize) -> Result<Option<Lock<'a>>, Error> {
        let start = Instant::now();
        let key = self.task.identities[run].key;
        loop {
            let lock = self.task.store.lock(key)?;
            if lock.is_some() || start.elapsed() > LOCK_MAX {
                return Ok(lock);
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// A failure that the child has noted itself.
    fn failed(&self, last: &Last, last_lines: &str) -> Outcome {
        let Last::Ended(
            Verdict::Failed {
                error,
                backtrace,
                attempts,
                duration,
                usage,
            },
            _,
        ) = last
        else {
            return Outcome::Busy;
        };
        let failure = Failure::now(
            error.clone(),
            backtrace.clone(),
            *attempts,
            self.task.build.get(),
        );
        Outcome::Failed {
            failure,
            duration: *duration,
            usage: *usage,
            last_lines: Some(last_lines.to_owned()).filter(|lines| !lines.is_empty()),
        }
    }
}

impl Drop for Isolated<'_> {
    fn drop(&mut self) {
        if let Some(child) = self.child.take() {
            child.retire();
        }
    }
}

fn tell_finished(run: usize, done: &Done, tell: &Tell) {
    tell(Event::Finished {
        run,
        duration: done.record.duration,
        elsewhere: done.elsewhere,
        attempts: done.record.attempts,
        usage: done.usage,
    });
}

fn hello(task: &Task) -> Hello {
    let root = task.store.root();
    let absolute = std::path::absolute(root).unwrap_or_else(|_| PathBuf::from(root));
    Hello {
        experiment: task.origin.experiment.clone(),
        version: task.origin.version,
        program: ProgramFile::current(),
        build: task.build.get().fingerprint,
        output_dir: root.as_os_str().as_bytes().to_vec(),
        output_dir_absolute: absolute.as_os_str().as_bytes().to_vec(),
        is_durable: task.store.durability() == Durability::Promised,
        named_by_key: task.named_by_key,
        rerun_started: task.rerun.as_ref().map(|rerun| rerun.started),
    }
}

/// The error of the store that a child met.
fn broken(last: &Last) -> Error {
    let Last::Ended(
        Verdict::Broken {
            operation,
            path,
            errno,
            error,
        },
        _,
    ) = last
    else {
        return Error::usage("the store failed");
    };
    let source = errno.map_or_else(
        || io::Error::other(error.clone()),
        io::Error::from_raw_os_error,
    );
    // Once in the life of a program, which ends with it.
    let operation: &'static str = operation.clone().leak();
    Error::store(operation, std::ffi::OsStr::from_bytes(path), source)
}

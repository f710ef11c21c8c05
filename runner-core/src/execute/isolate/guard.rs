//! [`Guard`]: ends a child with its parent and receives SIGTERM.

use std::{
    io::Write,
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
    sync::{Arc, Mutex},
    time::Duration,
};

use nix::{
    poll::PollFlags,
    sys::signal::{Signal, killpg, raise},
    unistd::{getpgrp, getpid},
};
use signal_hook::{consts::SIGTERM, low_level::pipe};

use super::message::{self, Word, poll_files};
use crate::{
    api::{Cancel, Progress, Urgency},
    base::{Clock, locked},
};

/// Interval at which a run's progress is told.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);

/// The child's side of the connection, shared by its threads.
#[derive(Clone)]
pub(super) struct Guard(Arc<Inner>);

struct Inner {
    control: Mutex<UnixStream>,
    watched: Mutex<Option<GuardedRun>>,
    clock: Clock,
}

/// The files that a guard watches.
pub(super) struct Watching {
    parent: OwnedFd,
    signalled: std::io::PipeReader,
    cancel: Cancel,
}

/// The run that goes on now.
struct GuardedRun {
    progress: Arc<Progress>,
    told: Option<(u64, u64)>,
}

impl Guard {
    /// Returns a guard and the files that it [watches](Self::watch), of which SIGTERM sets `cancel`.
    pub(super) fn new(
        control: &UnixStream,
        cancel: Cancel,
        clock: Clock,
    ) -> std::io::Result<(Self, Watching)> {
        let (signalled, signal) = std::io::pipe()?;
        pipe::register(SIGTERM, signal)?;
        let watching = Watching {
            parent: OwnedFd::from(control.try_clone()?),
            signalled,
            cancel,
        };
        let guard = Self(Arc::new(Inner {
            control: Mutex::new(control.try_clone()?),
            watched: Mutex::default(),
            clock,
        }));
        Ok((guard, watching))
    }

    /// Says something to the parent. If that is gone, this process ends soon anyway.
    pub(super) fn say(&self, word: &Word, attached: &[u8]) {
        let frame = message::frame(word, attached).unwrap_or_default();
        let mut control = locked(&self.0.control);
        let _ = control.write_all(&frame);
    }

    /// Tells the parent from now on how far the run is.
    pub(super) fn run_started(&self, progress: &Arc<Progress>) {
        let said = self.clone();
        progress.tell_sharing(move |sharing| said.say(&Word::Sharing(sharing), &[]));
        *self.watched() = Some(GuardedRun {
            progress: Arc::clone(progress),
            told: None,
        });
    }

    pub(super) fn run_ended(&self) {
        *self.watched() = None;
    }

    fn watched(&self) -> std::sync::MutexGuard<'_, Option<GuardedRun>> {
        locked(&self.0.watched)
    }

    /// Watches for the parent's end, which is this process's too, and for SIGTERM.
    pub(super) fn watch(&self, watching: &Watching) -> ! {
        let Watching {
            parent,
            signalled,
            cancel,
        } = watching;
        loop {
            // Of the parent, nothing is asked but its end, which is always told.
            let files = [
                Some((parent.as_fd(), PollFlags::empty())),
                Some((signalled.as_fd(), PollFlags::POLLIN)),
            ];
            let poll = || poll_files(files, PROGRESS_INTERVAL);
            let Ok([ended, signal]) = self.0.clock.wait(PROGRESS_INTERVAL, poll) else {
                end_group()
            };
            if !ended.is_empty() {
                end_group();
            }
            if !signal.is_empty() {
                cancel.cancel(Urgency::Soon);
                let _ = std::io::Read::read(&mut &*signalled, &mut [0; 16]);
            }
            self.tick();
        }
    }

    fn tick(&self) {
        let mut word = None;
        if let Some(watched) = &mut *self.watched() {
            let now = watched.progress.get();
            if now != watched.told {
                watched.told = now;
                word = now.map(|(done, total)| Word::Progress(done, total));
            }
        }
        if let Some(word) = word {
            self.say(&word, &[]);
        }
    }
}

/// Ends this process at once, with all that it started.
pub(super) fn end_group() -> ! {
    let group = getpgrp();
    if group == getpid() {
        let _ = killpg(group, Signal::SIGKILL);
    }
    let _ = raise(Signal::SIGKILL);
    // The signal cannot be survived.
    std::process::abort()
}

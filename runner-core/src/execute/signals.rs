//! [`Signals`]: what is asked of the program while runs go on, by signals and by single keys.

use std::{
    io::{self, IsTerminal, Stdin},
    os::fd::AsFd,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::termios::{LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr},
    unistd::{getpgrp, read, tcgetpgrp},
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGUSR1},
    flag,
    iterator::Signals as Pending,
    low_level::exit as exit_at_once,
};

use super::machine;
use crate::{
    api::{Cancel, Urgency},
    base::{exit, locked, release_terminal},
};

/// The key that asks what is going on.
pub(crate) const STATUS_KEY: char = 't';

/// The signals that ask the program to end.
pub(super) const STOPPING: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// The signals and the pressed keys of the program.
///
/// A thread of its own takes the signals, so that they are obeyed whatever the others do: it asks the runs to stop and, if that does
/// not help, ends the program.
#[derive(Debug)]
pub(crate) struct Signals {
    caught: Vec<i32>,
    /// `None` once the thread has them.
    pending: Option<Pending>,
    /// Once set, the next signal that asks the program to end does so at once, whatever it is doing.
    is_last_warning: Arc<AtomicBool>,
    received: Arc<Received>,
    cancel: Option<Cancel>,
    /// The number of requests to end that the event loop knows of.
    stops_known: usize,
}

/// What was received and not told yet.
#[derive(Debug, Default)]
struct Received {
    stops: AtomicUsize,
    is_status_asked: AtomicBool,
    is_suspension_asked: AtomicBool,
    keys: Mutex<Option<Keys>>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignalRequest {
    /// To end.
    Stop,
    /// To say what is going on.
    Status,
    /// To stop until it is let go on.
    Suspend,
}

impl Signals {
    /// Catches the signals of this process from now on, except those that it was started to ignore, as `nohup` and shells do for
    /// what they leave in the background.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub(crate) fn install() -> io::Result<Self> {
        let ignored = machine::signals("SigIgn");
        let is_caught = |signal: &i32| ignored & machine::signal_bit(*signal) == 0;
        let is_last_warning = Arc::new(AtomicBool::new(false));
        for signal in STOPPING.into_iter().filter(is_caught) {
            // Registered first, so that it is looked at before the signal is counted.
            flag::register_conditional_shutdown(
                signal,
                i32::from(exit::INTERRUPTED),
                Arc::clone(&is_last_warning),
            )?;
        }
        if is_caught(&SIGTSTP) {
            flag::register_conditional_default(SIGTSTP, Arc::clone(&is_last_warning))?;
        }
        let all = [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGUSR1];
        let caught: Vec<i32> = all.into_iter().filter(is_caught).collect();
        Ok(Self {
            pending: Some(Pending::new(&caught)?),
            caught,
            is_last_warning,
            received: Arc::default(),
            cancel: None,
            stops_known: 0,
        })
    }

    /// Reads keys too, if standard input is a terminal. Returns whether it is. For programs in which nothing else reads it.
    pub(crate) fn read_keys(&mut self) -> bool {
        let keys = Keys::open();
        let has_keys = keys.is_some();
        *locked(&self.received.keys) = keys;
        has_keys
    }

    /// Lets signals ask runs to stop: the first soon, the second now. A third one ends the program.
    pub(super) fn watch(&mut self, cancel: &Cancel) {
        let Some(mut pending) = self.pending.take() else {
            return;
        };
        for signal in STOPPING {
            if self.caught.contains(&signal) {
                // Set by the signal itself, before a run can find that its helpers have ended.
                let _ = flag::register(signal, cancel.signalled());
            }
        }
        self.cancel = Some(cancel.clone());
        let (received, cancel) = (Arc::clone(&self.received), cancel.clone());
        let watching = thread::Builder::new().name("runner-signals".to_owned());
        let watching = watching.spawn(move || {
            for signal in pending.forever() {
                received.take(signal, &cancel);
            }
        });
        if watching.is_err() {
            self.is_last_warning.store(true, Ordering::SeqCst);
        }
    }

    /// Returns what was asked for since the last call.
    pub(super) fn asked(&mut self) -> Vec<SignalRequest> {
        let received = &self.received;
        let mut asked = Vec::new();
        if received.is_suspension_asked.swap(false, Ordering::SeqCst) {
            asked.push(SignalRequest::Suspend);
        }
        let mut stops = received.stops.load(Ordering::SeqCst);
        if stops == 0 && self.cancel.as_ref().is_some_and(Cancel::is_cancelled) {
            // The thread is about to count it.
            stops = 1;
        }
        asked.extend((self.stops_known..stops).map(|_| SignalRequest::Stop));
        self.stops_known = stops;
        let mut keys = locked(&received.keys);
        let is_pressed = match keys.as_mut().map(Keys::asked) {
            Some(Ok(pressed)) => pressed > 0,
            Some(Err(_)) => {
                // The terminal is gone.
                *keys = None;
                false
            }
            None => false,
        };
        if received.is_status_asked.swap(false, Ordering::SeqCst) || is_pressed {
            asked.push(SignalRequest::Status);
        }
        asked
    }

    /// Restores the terminal until keys are read again.
    pub(super) fn pause_keys(&mut self) {
        if let Some(keys) = &mut *locked(&self.received.keys) {
            keys.pause();
        }
    }

    /// Lets the next signal that asks the program to end, or to stop, do so at once; there are no more keys.
    pub(crate) fn warn_last(&mut self) {
        *locked(&self.received.keys) = None;
        self.is_last_warning.store(true, Ordering::SeqCst);
    }
}

impl Received {
    fn take(&self, signal: i32, cancel: &Cancel) {
        match signal {
            SIGUSR1 => self.is_status_asked.store(true, Ordering::SeqCst),
            SIGTSTP => self.is_suspension_asked.store(true, Ordering::SeqCst),
            _ => match self.stops.fetch_add(1, Ordering::SeqCst) {
                0 => cancel.cancel(Urgency::Soon),
                1 => {
                    cancel.cancel(Urgency::Now);
                    *locked(&self.keys) = None;
                }
                _ => {
                    release_terminal();
                    exit_at_once(i32::from(exit::INTERRUPTED))
                }
            },
        }
    }
}

/// A terminal that gives its keys one by one and does not show them. Dropped, it is as it was before.
#[derive(Debug)]
struct Keys {
    terminal: Stdin,
    /// How the terminal was before.
    usual: Termios,
    is_changed: bool,
}

impl Keys {
    /// Reads keys from now on, if standard input is a terminal. Nothing is changed about it yet.
    fn open() -> Option<Self> {
        let terminal = io::stdin();
        if !terminal.is_terminal() {
            return None;
        }
        let usual = tcgetattr(&terminal).ok()?;
        Some(Self {
            terminal,
            usual,
            is_changed: false,
        })
    }

    /// Returns how often the status key was pressed since the last call; an error if there will be no more keys.
    ///
    /// Another process has the terminal while this one is in the background.
    fn asked(&mut self) -> nix::Result<usize> {
        if tcgetpgrp(&self.terminal)? != getpgrp() {
            return Ok(0);
        }
        self.change()?;
        let mut asked = 0;
        while self.is_pressed()? {
            let mut keys = [0; 64];
            match read(&self.terminal, &mut keys) {
                Ok(0) => return Err(Errno::EIO),
                Ok(count) => {
                    let keys = keys[..count].iter().map(u8::to_ascii_lowercase);
                    asked += keys.filter(|key| char::from(*key) == STATUS_KEY).count();
                }
                Err(Errno::EINTR | Errno::EAGAIN) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(asked)
    }

    fn is_pressed(&self) -> nix::Result<bool> {
        let mut polled = [PollFd::new(self.terminal.as_fd(), PollFlags::POLLIN)];
        match poll(&mut polled, PollTimeout::ZERO) {
            Err(Errno::EINTR) => Ok(false),
            result => Ok(result? > 0),
        }
    }

    fn change(&mut self) -> nix::Result<()> {
        if self.is_changed {
            return Ok(());
        }
        let mut single = self.usual.clone();
        single.local_flags -= LocalFlags::ICANON | LocalFlags::ECHO;
        single.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
        single.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
        tcsetattr(&self.terminal, SetArg::TCSANOW, &single)?;
        self.is_changed = true;
        Ok(())
    }

    /// Restores the terminal until keys are read again.
    fn pause(&mut self) {
        // A background process may not change the terminal, and need not: the foreground process restores it.
        if self.is_changed && tcgetpgrp(&self.terminal) == Ok(getpgrp()) {
            // What was printed is not waited for: a paused terminal takes it only later.
            let _ = tcsetattr(&self.terminal, SetArg::TCSANOW, &self.usual);
        }
        self.is_changed = false;
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.pause();
    }
}

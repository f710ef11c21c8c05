//! [`Signals`]: what is asked of the program while runs go on, by signals and by single keys.

use std::{
    io::{self, IsTerminal, Stdin},
    os::fd::AsFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
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
};

use crate::base::exit;

/// The key that asks what is going on.
pub(crate) const STATUS_KEY: char = 't';

/// The signals that ask the program to end.
const STOPPING: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// The signals and the pressed keys of the program.
#[derive(Debug)]
pub(crate) struct Signals {
    pending: Pending,
    /// Once set, the next signal that asks the program to end does so at once, whatever it is doing.
    is_last_warning: Arc<AtomicBool>,
    keys: Option<Keys>,
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
    /// Catches the signals of this process from now on.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub(crate) fn install() -> io::Result<Self> {
        let is_last_warning = Arc::new(AtomicBool::new(false));
        for signal in STOPPING {
            // Registered first, so that it is looked at before the signal is counted.
            flag::register_conditional_shutdown(
                signal,
                i32::from(exit::INTERRUPTED),
                Arc::clone(&is_last_warning),
            )?;
        }
        flag::register_conditional_default(SIGTSTP, Arc::clone(&is_last_warning))?;
        let pending = Pending::new([SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGUSR1])?;
        Ok(Self {
            pending,
            is_last_warning,
            keys: None,
        })
    }

    /// Reads keys too, if standard input is a terminal. Returns whether it is. For programs in which nothing else reads it.
    pub(crate) fn read_keys(&mut self) -> bool {
        self.keys = Keys::open();
        self.keys.is_some()
    }

    /// Returns what was asked for since the last call.
    pub(super) fn asked(&mut self) -> Vec<SignalRequest> {
        let pending = self.pending.pending();
        let mut asked: Vec<SignalRequest> = pending
            .map(|signal| match signal {
                SIGUSR1 => SignalRequest::Status,
                SIGTSTP => SignalRequest::Suspend,
                _ => SignalRequest::Stop,
            })
            .collect();
        match self.keys.as_mut().map(Keys::asked) {
            Some(Ok(1..)) => asked.push(SignalRequest::Status),
            // The terminal is gone.
            Some(Err(_)) => self.keys = None,
            Some(Ok(0)) | None => {}
        }
        asked
    }

    /// Restores the terminal until keys are read again.
    pub(super) fn pause_keys(&mut self) {
        if let Some(keys) = &mut self.keys {
            keys.pause();
        }
    }

    /// Lets the next signal that asks the program to end, or to stop, do so at once; there are no more keys.
    pub(crate) fn warn_last(&mut self) {
        self.keys = None;
        self.is_last_warning.store(true, Ordering::SeqCst);
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
            let _ = tcsetattr(&self.terminal, SetArg::TCSADRAIN, &self.usual);
        }
        self.is_changed = false;
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.pause();
    }
}

//! [`Signals`]: what the outside world asks of the program while runs go on.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGUSR1},
    flag,
    iterator::Signals as Pending,
};

use super::keys::Keys;
use crate::base::exit;

/// The signals that ask the program to end.
const STOPPING: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// The signals that the program has had and the keys that were pressed since it was last asked.
#[derive(Debug)]
pub(crate) struct Signals {
    pending: Pending,
    /// Once set, the next signal that asks the program to end does so at once, whatever it is doing.
    is_last_warning: Arc<AtomicBool>,
    keys: Option<Keys>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
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

    /// Reads keys too, if standard input is a terminal; answers whether it is. For programs of which nothing else reads it.
    pub(crate) fn read_keys(&mut self) -> bool {
        self.keys = Keys::open();
        self.keys.is_some()
    }

    /// What was asked since the last call.
    pub(super) fn asked(&mut self) -> Vec<Asked> {
        let pending = self.pending.pending();
        let mut asked: Vec<Asked> = pending
            .map(|signal| match signal {
                SIGUSR1 => Asked::Status,
                SIGTSTP => Asked::Suspend,
                _ => Asked::Stop,
            })
            .collect();
        match self.keys.as_mut().map(Keys::asked) {
            Some(Ok(1..)) => asked.push(Asked::Status),
            // The terminal is gone.
            Some(Err(_)) => self.keys = None,
            Some(Ok(0)) | None => {}
        }
        asked
    }

    /// Gives the terminal back until somebody asks for keys again.
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

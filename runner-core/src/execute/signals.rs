//! [`Signals`]: what the outside world asks of the program while runs go on.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1},
    flag,
    iterator::Signals as Pending,
};

use crate::exit;

/// The signals that ask the program to end.
const STOPPING: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// The signals that the program has had since it was last asked.
#[derive(Debug)]
pub(crate) struct Signals {
    pending: Pending,
    /// Once set, the next signal that asks the program to end does so at once, whatever it is doing.
    is_last_warning: Arc<AtomicBool>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To end.
    Stop,
    /// To say what is going on.
    Status,
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
        let pending = Pending::new([SIGINT, SIGTERM, SIGHUP, SIGUSR1])?;
        Ok(Self {
            pending,
            is_last_warning,
        })
    }

    /// What was asked since the last call.
    pub(super) fn asked(&mut self) -> Vec<Asked> {
        let pending = self.pending.pending();
        pending
            .map(|signal| {
                if signal == SIGUSR1 {
                    Asked::Status
                } else {
                    Asked::Stop
                }
            })
            .collect()
    }

    /// Lets the next signal that asks the program to end do so at once.
    pub(super) fn warn_last(&self) {
        self.is_last_warning.store(true, Ordering::SeqCst);
    }
}

//! [`Keys`]: single keys that are pressed while runs go on.

use std::io::{self, IsTerminal, Stdin};

use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::termios::{LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr},
    unistd::{getpgrp, read, tcgetpgrp},
};

use std::os::fd::AsFd;

/// The key that asks what is going on.
pub(crate) const STATUS_KEY: char = 't';

/// A terminal that gives its keys one by one and does not show them. Dropped, it is as it was before.
#[derive(Debug)]
pub(super) struct Keys {
    terminal: Stdin,
    /// How the terminal was before.
    usual: Termios,
    is_changed: bool,
}

impl Keys {
    /// Reads keys from now on, if standard input is a terminal. Nothing is changed about it yet.
    pub(super) fn open() -> Option<Self> {
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

    /// How often somebody asked for the status since the last call; an error if there will be no more keys.
    ///
    /// Another process has the terminal while this one is in the background.
    pub(super) fn asked(&mut self) -> nix::Result<usize> {
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

    /// Makes the terminal what it was before, until keys are asked for again.
    pub(super) fn pause(&mut self) {
        // Who is in the background must not touch it, and need not: it is its owner's.
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

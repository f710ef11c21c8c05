//! Standard output and standard error as files: [`Redirected`], and what has no reader any more.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::fd::{AsFd, OwnedFd},
};

use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::stat::{SFlag, fstat},
    unistd::{dup2_stderr, dup2_stdout},
};

use super::can_draw;

/// Returns whether standard output is a file or a pipe, and not a terminal or `/dev/null`.
pub(crate) fn is_output_kept() -> bool {
    fstat(io::stdout()).is_ok_and(|stat| {
        let kind = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT;
        [SFlag::S_IFREG, SFlag::S_IFIFO, SFlag::S_IFSOCK].contains(&kind)
    })
}

/// While this lives, standard output goes elsewhere.
#[derive(Debug)]
pub(crate) struct Redirected {
    before: OwnedFd,
}

impl Redirected {
    /// Lets standard output go to `target`.
    ///
    /// # Errors
    ///
    /// If the system refuses, or what was printed before cannot be written.
    pub(crate) fn to(target: impl AsFd) -> io::Result<Self> {
        let mut stdout = io::stdout();
        stdout.flush()?;
        let before = stdout.as_fd().try_clone_to_owned()?;
        dup2_stdout(target)?;
        Ok(Self { before })
    }
}

impl Drop for Redirected {
    fn drop(&mut self) {
        let _ = io::stdout().flush();
        let _ = dup2_stdout(&self.before);
    }
}

/// Lets the whole terminal scroll again, as the program ends in the middle of something. A terminal that is paused is not waited for.
pub(crate) fn release_terminal() {
    let stderr = io::stderr();
    let mut polled = [PollFd::new(stderr.as_fd(), PollFlags::POLLOUT)];
    if can_draw() && poll(&mut polled, PollTimeout::ZERO).is_ok_and(|ready| ready > 0) {
        let _ = (&stderr).write_all(b"\x1b7\x1b[r\x1b8\x1b[J");
    }
}

/// Lets what is printed to a pipe that nothing reads any more go nowhere. Returns whether there is such a pipe.
pub(crate) fn close_unread() -> bool {
    let Ok(nowhere) = OpenOptions::new().write(true).open("/dev/null") else {
        return false;
    };
    let (stdout, stderr) = (io::stdout(), io::stderr());
    let is_closed = is_unread(&stdout) && dup2_stdout(&nowhere).is_ok();
    (is_unread(&stderr) && dup2_stderr(&nowhere).is_ok()) || is_closed
}

fn is_unread(stream: &impl AsFd) -> bool {
    let mut polled = [PollFd::new(stream.as_fd(), PollFlags::empty())];
    let is_known = poll(&mut polled, PollTimeout::ZERO).is_ok();
    is_known
        && polled[0]
            .revents()
            .is_some_and(|events| events.contains(PollFlags::POLLERR))
}

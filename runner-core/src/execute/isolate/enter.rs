//! [`enter`]: where a program finds out that it is a child.

use std::{
    env,
    fs::File,
    io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{net::UnixStream, process::parent_id},
    },
    sync::OnceLock,
};

use nix::{sys::stat::fstat, unistd::dup2_stdin};

use super::worker;
use crate::{api::Outline, value::Digest};

/// Names the parent's process, the inode of the child's connection, and the digest of the experiment's name.
pub(super) const VARIABLE: &str = "RUNNER_WORKER";
/// The exit code of a child that cannot begin.
const CANNOT_BEGIN: i32 = 70;

/// Set once this process does the work of a child: the code of its runs may start invocations of its own, of any experiment.
static AT_WORK: OnceLock<()> = OnceLock::new();

/// What the environment of a child says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Badge {
    parent: u32,
    connection: u64,
    experiment: u128,
}

impl Badge {
    /// The badge of a child of this process, whose end of the connection is `theirs`.
    pub(super) fn of_child(experiment: &str, theirs: &UnixStream) -> io::Result<Self> {
        Ok(Self {
            parent: std::process::id(),
            connection: inode(theirs)?,
            experiment: Digest::of(experiment.as_bytes()).as_u128(),
        })
    }

    pub(super) fn text(&self) -> String {
        format!(
            "{}:{}:{:032x}",
            self.parent, self.connection, self.experiment
        )
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let badge = Self {
            parent: parts.next()?.parse().ok()?,
            connection: parts.next()?.parse().ok()?,
            experiment: u128::from_str_radix(parts.next()?, 16).ok()?,
        };
        parts.next().is_none().then_some(badge)
    }

    /// This process's own. What a child starts inherits the variable, but has another parent and another standard input.
    fn own() -> Option<Self> {
        if AT_WORK.get().is_some() {
            return None;
        }
        let badge = Self::parse(env::var_os(VARIABLE)?.to_str()?)?;
        // The parent may be gone already, or something else may have been put in place of the connection.
        let is_own = badge.parent == parent_id() || badge.is_connected();
        is_own.then_some(badge)
    }

    fn is_connected(&self) -> bool {
        inode(io::stdin()).is_ok_and(|inode| inode == self.connection)
    }
}

fn inode(file: impl AsFd) -> io::Result<u64> {
    Ok(fstat(file)?.st_ino)
}

/// Does the runs of a child, if this process is a child for this experiment, and ends it; otherwise returns at once.
pub(crate) fn enter(outline: &Outline) {
    let Some(badge) = Badge::own() else { return };
    if badge.experiment != Digest::of(outline.name.as_bytes()).as_u128() {
        return;
    }
    let _ = AT_WORK.set(());
    let code = match connect(&badge).and_then(|control| worker::work(outline, control)) {
        Ok(()) => 0,
        Err(_) => CANNOT_BEGIN,
    };
    std::process::exit(code)
}

/// Whether this process is a child for an experiment that it has not come to yet.
pub(crate) fn is_worker_of_another(outline: &Outline) -> bool {
    Badge::own()
        .is_some_and(|badge| badge.experiment != Digest::of(outline.name.as_bytes()).as_u128())
}

/// Takes the connection from the standard input, which the run finds empty.
fn connect(badge: &Badge) -> io::Result<UnixStream> {
    if !badge.is_connected() {
        return Err(io::ErrorKind::NotConnected.into());
    }
    let control: OwnedFd = io::stdin().as_fd().try_clone_to_owned()?;
    dup2_stdin(File::open("/dev/null")?)?;
    Ok(control.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn badges_come_back() {
        let badge = Badge {
            parent: 12,
            connection: 34,
            experiment: 56,
        };
        assert_eq!(Badge::parse(&badge.text()), Some(badge));
        for text in ["", "1:2", "1:2:3:4", "x:2:3"] {
            assert_eq!(Badge::parse(text), None, "{text}");
        }
    }
}

//! What a run leaves behind in its process when it is over.

/// Lets all that runs start be told apart from what others started: whose own parent ends becomes a child of this process.
pub(super) fn adopt_orphans() {
    // Without it, only children of the process itself are found.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

/// Whether a process is left that a run started, living or dead.
#[cfg(target_os = "linux")]
pub(super) fn is_left() -> bool {
    use nix::{
        errno::Errno,
        sys::wait::{Id, WaitPidFlag, waitid},
    };

    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    waitid(Id::All, flags) != Err(Errno::ECHILD)
}

/// Elsewhere it cannot be told without taking the end of a process from whoever waits for it.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_left() -> bool {
    false
}

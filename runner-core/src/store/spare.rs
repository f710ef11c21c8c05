//! [`Spare`]: descriptors for the time when the runs of this process have used up all others.

use std::{io, os::fd::OwnedFd, sync::Mutex};

use nix::{
    errno::Errno,
    sys::resource::{Resource, getrlimit, setrlimit},
};

use crate::base::locked;

/// Maximum number of descriptors that are kept, and the part of the limit that they may be.
const SPARE_MAX: u64 = 16;
const LIMIT_PART: u64 = 8;
/// Number of descriptors given back at a time: runs that open a few files go on, and several that leave files open are survived.
const RELEASED: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Spare(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    files: Vec<OwnedFd>,
    /// The limit of open files before any run.
    limit: u64,
}

impl Spare {
    /// Keeps descriptors, before anything runs.
    pub(super) fn keep(&self, any: &OwnedFd) {
        let Ok((limit, _)) = getrlimit(Resource::RLIMIT_NOFILE) else {
            return;
        };
        let mut kept = locked(&self.0);
        kept.limit = limit;
        let number = (limit / LIMIT_PART).min(SPARE_MAX);
        kept.files = (0..number).map_while(|_| any.try_clone().ok()).collect();
    }

    /// Repeats an operation that finds no descriptor left, as long as there are some to give back.
    pub(super) fn with<T>(&self, mut operation: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        loop {
            match operation() {
                Err(error)
                    if error.raw_os_error() == Some(Errno::EMFILE as i32) && self.release() => {}
                done => return done,
            }
        }
    }

    /// Makes room for more descriptors; false if there is none.
    fn release(&self) -> bool {
        let mut kept = locked(&self.0);
        if let Ok((limit, limit_max)) = getrlimit(Resource::RLIMIT_NOFILE)
            && limit < kept.limit.min(limit_max)
            && setrlimit(
                Resource::RLIMIT_NOFILE,
                kept.limit.min(limit_max),
                limit_max,
            )
            .is_ok()
        {
            // A run had lowered it.
            return true;
        }
        let left = kept.files.len().saturating_sub(RELEASED);
        !kept.files.split_off(left).is_empty()
    }
}

//! [`LockFile`]: one file, of which every byte is a lock.
//!
//! Linux has locks that belong to an open file, so that two stores in one process exclude each other too. Elsewhere they
//! belong to the process and all go when it closes *any* descriptor of the file: there one descriptor of each lock file
//! is kept for the life of the process, with a list of what is locked through it.

use std::{io, os::fd::OwnedFd};

use nix::{
    errno::Errno,
    fcntl::{FcntlArg, fcntl},
    libc::{self, flock},
};

use super::again::again;

pub(super) use platform::LockFile;

#[expect(
    clippy::cast_possible_truncation,
    reason = "the constants are small, and of a wider type on some platforms"
)]
fn region(kind: libc::c_int, byte: u64) -> io::Result<flock> {
    Ok(flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: libc::off_t::try_from(byte).map_err(io::Error::other)?,
        l_len: 1,
        l_pid: 0,
    })
}

/// Tells "another process has it" from errors.
fn taken(answer: nix::Result<libc::c_int>) -> io::Result<bool> {
    match answer {
        Ok(_) => Ok(true),
        Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(target_os = "linux")]
mod platform {
    use super::{FcntlArg, OwnedFd, again, fcntl, flock, io, libc, region, taken};

    #[derive(Debug)]
    pub(in crate::store) struct LockFile(OwnedFd);

    impl LockFile {
        #[expect(clippy::unnecessary_wraps, reason = "other platforms can fail here")]
        pub(in crate::store) fn new(file: OwnedFd) -> io::Result<Self> {
            Ok(Self(file))
        }

        /// Locks a byte; false if another process has it.
        pub(in crate::store) fn try_lock(&self, byte: u64) -> io::Result<bool> {
            let region = region(libc::F_WRLCK, byte)?;
            taken(again(|| fcntl(&self.0, FcntlArg::F_OFD_SETLK(&region))))
        }

        pub(in crate::store) fn unlock(&self, byte: u64) -> io::Result<()> {
            let region = region(libc::F_UNLCK, byte)?;
            again(|| fcntl(&self.0, FcntlArg::F_OFD_SETLK(&region)))?;
            Ok(())
        }

        /// Returns whether another process has a byte, in whichever way.
        pub(in crate::store) fn is_locked(&self, byte: u64) -> io::Result<bool> {
            let mut region: flock = region(libc::F_WRLCK, byte)?;
            again(|| fcntl(&self.0, FcntlArg::F_OFD_GETLK(&mut region)))?;
            Ok(i32::from(region.l_type) != libc::F_UNLCK)
        }

        /// Locks a byte that others may lock in the same way.
        pub(in crate::store) fn share(&self, byte: u64) -> io::Result<()> {
            let region = region(libc::F_RDLCK, byte)?;
            again(|| fcntl(&self.0, FcntlArg::F_OFD_SETLK(&region)))?;
            Ok(())
        }

        pub(in crate::store) fn size(&self) -> io::Result<u64> {
            u64::try_from(nix::sys::stat::fstat(&self.0)?.st_size).map_err(io::Error::other)
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs::File,
        os::unix::fs::MetadataExt,
        sync::{Arc, Mutex, PoisonError},
    };

    use super::{FcntlArg, OwnedFd, again, fcntl, flock, io, libc, region, taken};

    type FileId = (u64, u64);

    static OPEN: Mutex<BTreeMap<FileId, Arc<OpenFile>>> = Mutex::new(BTreeMap::new());

    #[derive(Debug)]
    struct OpenFile {
        file: OwnedFd,
        held: Mutex<BTreeSet<u64>>,
    }

    #[derive(Debug)]
    pub(in crate::store) struct LockFile(Arc<OpenFile>);

    impl LockFile {
        pub(in crate::store) fn new(file: OwnedFd) -> io::Result<Self> {
            let file = File::from(file);
            let metadata = file.metadata()?;
            let place = (metadata.dev(), metadata.ino());
            let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(shared) = open.get(&place) {
                // Closing it would free what is locked through the other descriptor.
                std::mem::forget(file);
                return Ok(Self(Arc::clone(shared)));
            }
            let shared = Arc::new(OpenFile {
                file: file.into(),
                held: Mutex::default(),
            });
            open.insert(place, Arc::clone(&shared));
            Ok(Self(shared))
        }

        pub(in crate::store) fn try_lock(&self, byte: u64) -> io::Result<bool> {
            let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
            if held.contains(&byte) {
                return Ok(false);
            }
            let region = region(libc::F_WRLCK.into(), byte)?;
            let is_taken = taken(again(|| fcntl(&self.0.file, FcntlArg::F_SETLK(&region))))?;
            if is_taken {
                held.insert(byte);
            }
            Ok(is_taken)
        }

        pub(in crate::store) fn unlock(&self, byte: u64) -> io::Result<()> {
            let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
            let region = region(libc::F_UNLCK.into(), byte)?;
            again(|| fcntl(&self.0.file, FcntlArg::F_SETLK(&region)))?;
            held.remove(&byte);
            Ok(())
        }

        pub(in crate::store) fn is_locked(&self, byte: u64) -> io::Result<bool> {
            let held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
            if held.contains(&byte) {
                return Ok(true);
            }
            let mut region: flock = region(libc::F_WRLCK.into(), byte)?;
            again(|| fcntl(&self.0.file, FcntlArg::F_GETLK(&mut region)))?;
            Ok(region.l_type != libc::F_UNLCK)
        }
    }
}

//! [`HeldLocks`]: the lock file and the bytes of it that this process has, also after somebody has removed or replaced the file.

use std::{
    collections::HashMap,
    io,
    os::fd::{AsFd, OwnedFd},
};

use nix::{
    libc,
    sys::stat::{FileStat, fstat},
};

use super::{disk::LockState, lock_file::LockFile};

/// The byte that processes share which may publish runs under changing names; the last one that can be locked, and no key's.
#[cfg(target_os = "linux")]
const PRESENCE_BYTE: u64 = (1 << 63) - 1;

/// Tells apart files as long as they are open.
pub(super) type LockFileId = (libc::dev_t, libc::ino_t);

pub(super) fn file_id(status: &FileStat) -> LockFileId {
    (status.st_dev, status.st_ino)
}

#[derive(Debug)]
pub(super) struct HeldLocks {
    file: LockFile,
    pub(super) id: LockFileId,
    /// The file before this one: others may not have noticed yet that it is gone.
    former: Option<LockFile>,
    bytes: HashMap<u64, LockState>,
    pub(super) has_arrived: bool,
}

impl HeldLocks {
    pub(super) fn new(file: OwnedFd) -> io::Result<Self> {
        Ok(Self {
            id: file_id(&fstat(file.as_fd())?),
            file: LockFile::new(file)?,
            former: None,
            bytes: HashMap::new(),
            has_arrived: false,
        })
    }

    /// Locks in the file that took the place of this one what was locked in this one.
    pub(super) fn go_on_in(&mut self, file: OwnedFd) -> io::Result<()> {
        self.id = file_id(&fstat(file.as_fd())?);
        let file = LockFile::new(file)?;
        for (byte, kept) in &mut self.bytes {
            *kept = if *kept != LockState::Lost && file.try_lock(*byte)? {
                LockState::Renewed
            } else {
                LockState::Lost
            };
        }
        #[cfg(target_os = "linux")]
        if self.has_arrived {
            file.share(PRESENCE_BYTE)?;
        }
        self.former = Some(std::mem::replace(&mut self.file, file));
        Ok(())
    }

    /// Locks a byte; false if another process has it.
    pub(super) fn try_lock(&mut self, byte: u64) -> io::Result<bool> {
        if let Some(former) = &self.former
            && former.is_locked(byte)?
        {
            return Ok(false);
        }
        let is_locked = self.file.try_lock(byte)?;
        if is_locked {
            self.bytes.insert(byte, LockState::Kept);
        }
        Ok(is_locked)
    }

    pub(super) fn unlock(&mut self, byte: u64) -> io::Result<()> {
        if self.bytes.remove(&byte) != Some(LockState::Lost) {
            self.file.unlock(byte)?;
        }
        self.former
            .as_ref()
            .map_or(Ok(()), |former| former.unlock(byte))
    }

    /// Returns the state of a byte that this process has locked.
    pub(super) fn kept(&self, byte: u64) -> LockState {
        self.bytes.get(&byte).copied().unwrap_or(LockState::Lost)
    }

    pub(super) fn is_locked(&self, byte: u64) -> io::Result<bool> {
        self.file.is_locked(byte)
    }

    #[cfg(target_os = "linux")]
    pub(super) fn share_presence(&mut self) -> io::Result<()> {
        self.file.share(PRESENCE_BYTE)?;
        self.has_arrived = true;
        Ok(())
    }

    #[cfg(target_os = "linux")]
    pub(super) fn arrivals_if_alone(&self) -> io::Result<Option<u64>> {
        let arrivals = self.file.size()?;
        Ok((!self.file.is_locked(PRESENCE_BYTE)?).then_some(arrivals))
    }
}

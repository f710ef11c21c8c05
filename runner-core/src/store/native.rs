//! [`Native`]: the disk of this machine.

use std::{
    fs::File,
    io,
    os::fd::OwnedFd,
    path::Path,
    sync::{Mutex, OnceLock},
    time::{Duration, SystemTime},
};

use nix::{
    dir::Dir,
    errno::Errno,
    fcntl::{AtFlags, OFlag, openat, renameat},
    sys::stat::{Mode, fstatat, mkdirat},
    unistd::{AccessFlags, UnlinkatFlags, close, faccessat, read, unlinkat, write},
};

use super::{
    again::again,
    disk::{Access, Artifact, Create, Disk, Durability, Durable, LockState, is_absent},
    file_system,
    held_locks::{HeldLocks, file_id},
    layout,
    lock_file::LockFile,
    room::make_room,
    spare::Spare,
    trees,
};
use crate::{base::locked, value::Digest};

/// Maximum number of runs that are synced one by one. Syncing the file system waits for what other programs have written too.
#[cfg(target_os = "linux")]
const SYNCED_SINGLY_MAX: usize = 16;

/// The file that tells git what to leave alone; only made with the output directory, so whoever removes it is obeyed.
const GIT_IGNORE: &str = ".gitignore";

/// Initial length of a buffer: more than most results need.
const BUFFER_BYTES: usize = 16 << 10;

/// The files below one directory, which stays the same one even if it is renamed.
#[derive(Debug)]
pub(crate) struct Native {
    /// `None` if the directory does not exist and may not be made.
    directory: Option<OwnedFd>,
    durability: Durability,
    /// Whether the file system is this machine's alone.
    is_local: OnceLock<bool>,
    locks: Mutex<Option<HeldLocks>>,
    /// The lock file for looking only, as long as nothing was locked.
    locks_seen: OnceLock<Option<LockFile>>,
    spare: Spare,
}

impl Native {
    /// Opens `root`; to write, makes it if need be.
    pub(super) fn open(root: &Path, access: Access, durability: Durability) -> io::Result<Self> {
        let root = std::path::absolute(root)?;
        let directory = match open_directory(&root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => match access {
                Access::Read => None,
                Access::Write => {
                    std::fs::create_dir_all(&root)?;
                    let directory = open_directory(&root)?;
                    // As long as this file is there, version control leaves the results alone; without it, nothing else changes.
                    let _ = std::fs::write(root.join(GIT_IGNORE), "*\n");
                    if durability == Durability::Promised
                        && let Some(parent) = root.parent()
                    {
                        File::open(parent)?.sync_all()?;
                    }
                    Some(directory)
                }
            },
            directory => Some(directory?),
        };
        Ok(Self {
            directory,
            durability,
            is_local: OnceLock::new(),
            locks: Mutex::default(),
            locks_seen: OnceLock::new(),
            spare: Spare::default(),
        })
    }

    /// Returns whether there is no directory, and none is to be made.
    pub(super) fn is_absent(&self) -> bool {
        self.directory.is_none()
    }

    fn directory(&self) -> Result<&OwnedFd, Errno> {
        self.directory.as_ref().ok_or(Errno::ENOENT)
    }

    fn open_file(&self, path: &str, flags: OFlag) -> io::Result<OwnedFd> {
        let flags = flags | OFlag::O_CLOEXEC;
        // Readable and writable for all, less the process's mask.
        let mode = Mode::from_bits_truncate(0o666);
        self.spare
            .with(|| Ok(again(|| openat(self.directory()?, path, flags, mode))?))
    }

    fn write_all(
        &self,
        path: &str,
        bytes: &[u8],
        flags: OFlag,
        durable: Durable,
    ) -> io::Result<()> {
        let flags = flags | OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_NOFOLLOW;
        let mut file = self.open_file(path, flags)?;
        let mut rest = bytes;
        while !rest.is_empty() {
            let count = again(|| write(&file, rest))?;
            rest = &rest[count..];
        }
        if durable == Durable::Now && self.durability == Durability::Promised {
            let synced = File::from(file);
            synced.sync_all()?;
            file = synced.into();
        }
        // Some file systems tell only now that there was no space. An interrupted one is closed all the same.
        match close(file) {
            Err(Errno::EINTR) => Ok(()),
            closed => Ok(closed?),
        }
    }

    fn sync(&self, path: &str) -> io::Result<()> {
        let file = self.open_file(path, OFlag::O_RDONLY)?;
        match File::from(file).sync_all() {
            // Some file systems cannot sync directories, and have nothing to sync there.
            Err(error) if error.raw_os_error() == Some(Errno::EINVAL as i32) => Ok(()),
            result => result,
        }
    }

    fn sync_singly(&self, directories: &[String]) -> io::Result<()> {
        for directory in directories {
            self.sync(&layout::inside(directory, layout::RESULT))?;
            self.sync(directory)?;
        }
        self.sync(layout::ROOT)
    }

    /// Calls `act` with the lock file, which is made if need be.
    fn with_locks<R>(&self, act: impl FnOnce(&mut HeldLocks) -> io::Result<R>) -> io::Result<R> {
        let mut locks = locked(&self.locks);
        let held = match &mut *locks {
            Some(held) => held,
            none => none.insert(HeldLocks::new(self.open_locks()?)?),
        };
        act(held)
    }

    /// Goes on in the file that took the place of the lock file; false if it is still the same one.
    fn follow(&self, held: &mut HeldLocks) -> io::Result<bool> {
        let found = again(|| fstatat(self.directory()?, layout::LOCKS, AtFlags::empty()));
        match found {
            Ok(status) if file_id(&status) == held.id => return Ok(false),
            Ok(_) | Err(Errno::ENOENT | Errno::ENOTDIR) => {}
            Err(error) => return Err(error.into()),
        }
        held.go_on_in(self.open_locks()?)?;
        if held.has_arrived {
            self.append(layout::LOCKS, &[0])?;
        }
        Ok(true)
    }

    fn open_locks(&self) -> io::Result<OwnedFd> {
        match self.open_file(layout::LOCKS, OFlag::O_RDWR) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match self.make_directory(layout::INTERNAL) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                        return Err(error);
                    }
                    _ => {}
                }
                // Not through a link that leads nowhere.
                let exclusive = OFlag::O_CREAT | OFlag::O_EXCL;
                match self.open_file(layout::LOCKS, OFlag::O_RDWR | exclusive) {
                    // Another process has made it.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        self.open_file(layout::LOCKS, OFlag::O_RDWR)
                    }
                    made => made,
                }
            }
            opened => opened,
        }
    }

    fn locks_seen(&self) -> io::Result<Option<&LockFile>> {
        if let Some(locks) = self.locks_seen.get() {
            return Ok(locks.as_ref());
        }
        // Where locks belong to the process, the first descriptor of the file serves all later uses: better one that can lock.
        let file = self
            .open_file(layout::LOCKS, OFlag::O_RDWR)
            .or_else(|_| self.open_file(layout::LOCKS, OFlag::O_RDONLY));
        let locks = match file {
            Ok(file) => Some(LockFile::new(file)?),
            Err(error) if is_absent(&error) => None,
            Err(error) => return Err(error),
        };
        Ok(self.locks_seen.get_or_init(|| locks).as_ref())
    }
}

impl Disk for Native {
    fn read(
        &self,
        path: &str,
        buffer: &mut Vec<u8>,
        claimed: fn(&[u8]) -> Option<u64>,
    ) -> io::Result<usize> {
        // A pipe in place of a file would be waited for.
        let file = self.open_file(path, OFlag::O_RDONLY | OFlag::O_NONBLOCK)?;
        if buffer.is_empty() {
            buffer.resize(BUFFER_BYTES, 0);
        }
        let mut length = 0;
        loop {
            let count = again(|| read(&file, &mut buffer[length..]))?;
            length += count;
            if count == 0 {
                return Ok(length);
            }
            let of_header = claimed(&buffer[..length]);
            let is_full = length == buffer.len();
            if is_full && of_header.is_none_or(|claimed| claimed >= length as u64) {
                // Only now: most files fit, and are known to be whole without another call.
                make_room(&file, buffer, of_header)?;
            } else if is_full || of_header == Some(length as u64) {
                return Ok(length);
            }
        }
    }

    fn list(&self, path: &str, each: &mut dyn FnMut(&str)) -> io::Result<()> {
        let directory = self.open_file(path, OFlag::O_RDONLY | OFlag::O_DIRECTORY)?;
        for entry in Dir::from_fd(directory)?.iter() {
            let entry = entry?;
            if let Ok(name) = entry.file_name().to_str()
                && !matches!(name, "." | "..")
            {
                each(name);
            }
        }
        Ok(())
    }

    fn exists(&self, path: &str) -> io::Result<bool> {
        let found = again(|| fstatat(self.directory()?, path, AtFlags::AT_SYMLINK_NOFOLLOW));
        match found {
            Ok(_) => Ok(true),
            Err(Errno::ENOENT | Errno::ENOTDIR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn refresh(&self, path: &str) -> io::Result<()> {
        let directory = self.directory()?;
        if *self
            .is_local
            .get_or_init(|| file_system::is_local(directory))
        {
            return Ok(());
        }
        // NFS asks the server about a directory that is opened, and if it has changed, about all names in it.
        self.open_file(path, OFlag::O_RDONLY | OFlag::O_DIRECTORY)?;
        Ok(())
    }

    fn make_directory(&self, path: &str) -> io::Result<()> {
        let mode = Mode::from_bits_truncate(0o777);
        Ok(again(|| mkdirat(self.directory()?, path, mode))?)
    }

    fn write(&self, path: &str, bytes: &[u8], create: Create, durable: Durable) -> io::Result<()> {
        let flags = match create {
            Create::Replace => OFlag::O_TRUNC,
            Create::New => OFlag::O_EXCL,
        };
        self.write_all(path, bytes, flags, durable)
    }

    fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.write_all(path, bytes, OFlag::O_APPEND, Durable::Later)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let directory = self.directory()?;
        Ok(again(|| renameat(directory, from, directory, to))?)
    }

    fn remove_file(&self, path: &str) -> io::Result<()> {
        let flags = UnlinkatFlags::NoRemoveDir;
        Ok(again(|| unlinkat(self.directory()?, path, flags))?)
    }

    fn remove_tree(&self, path: &str) -> io::Result<()> {
        self.spare.with(|| trees::remove(self.directory()?, path))
    }

    fn tree_bytes(&self, path: &str) -> io::Result<Option<u64>> {
        self.spare.with(|| trees::bytes(self.directory()?, path))
    }

    fn artifacts(&self, path: &str, each: &mut dyn FnMut(String, Artifact)) -> io::Result<()> {
        let directory = self.open_file(path, OFlag::O_RDONLY | OFlag::O_DIRECTORY)?;
        trees::artifacts(directory, "", each)
    }

    fn digest(&self, path: &str) -> io::Result<Digest> {
        trees::digest(&self.open_file(path, OFlag::O_RDONLY | OFlag::O_NONBLOCK)?)
    }

    fn may_change(&self, path: &str) -> io::Result<bool> {
        let access = AccessFlags::W_OK | AccessFlags::X_OK;
        let flags = AtFlags::AT_EACCESS;
        match again(|| faccessat(self.directory()?, path, access, flags)) {
            Err(Errno::EACCES | Errno::EROFS) => Ok(false),
            may => Ok(may.map(|()| true)?),
        }
    }

    fn owner(&self, path: &str) -> io::Result<(u32, SystemTime)> {
        let flags = AtFlags::AT_SYMLINK_NOFOLLOW;
        let status = again(|| fstatat(self.directory()?, path, flags))?;
        let seconds = u64::try_from(status.st_mtime).unwrap_or_default();
        let changed = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
        Ok((status.st_uid, changed.unwrap_or(SystemTime::UNIX_EPOCH)))
    }

    fn sync_directory(&self, path: &str) -> io::Result<()> {
        match self.durability {
            Durability::Promised => self.sync(path),
            Durability::LeftToSystem => Ok(()),
        }
    }

    fn sync_runs(&self, directories: &[String]) -> io::Result<()> {
        match self.durability {
            Durability::Promised => self.sync_replacing_runs(directories),
            Durability::LeftToSystem => Ok(()),
        }
    }

    #[cfg(target_os = "linux")]
    fn sync_replacing_runs(&self, directories: &[String]) -> io::Result<()> {
        if directories.len() <= SYNCED_SINGLY_MAX {
            match self.sync_singly(directories) {
                // Another process is running it again and has renamed it; it is to be durable under that name too.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => return result,
            }
        }
        Ok(again(|| nix::unistd::syncfs(self.directory()?))?)
    }

    #[cfg(not(target_os = "linux"))]
    fn sync_replacing_runs(&self, directories: &[String]) -> io::Result<()> {
        for directory in directories {
            match self.sync_singly(std::slice::from_ref(directory)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => result?,
            }
        }
        Ok(())
    }

    fn try_lock(&self, byte: u64) -> io::Result<bool> {
        self.with_locks(|held| {
            loop {
                if !held.try_lock(byte)? {
                    return Ok(false);
                }
                // Compared while the byte is locked: others lock it in the file that is at the path.
                if !self.follow(held)? {
                    return Ok(true);
                }
                held.unlock(byte)?;
            }
        })
    }

    fn unlock(&self, byte: u64) -> io::Result<()> {
        self.with_locks(|held| held.unlock(byte))
    }

    fn keeps_lock(&self, byte: u64) -> io::Result<LockState> {
        self.with_locks(|held| {
            self.follow(held)?;
            Ok(held.kept(byte))
        })
    }

    fn is_locked(&self, byte: u64) -> io::Result<bool> {
        if let Some(held) = &*locked(&self.locks) {
            return held.is_locked(byte);
        }
        self.locks_seen()?
            .map_or(Ok(false), |locks| locks.is_locked(byte))
    }

    fn keep_spare(&self) {
        if let Ok(directory) = self.directory() {
            self.spare.keep(directory);
        }
    }

    fn near_locks(&self) -> Option<String> {
        file_system::near_locks(self.directory().ok()?)
    }

    #[cfg(target_os = "linux")]
    fn arrive(&self) -> io::Result<()> {
        self.with_locks(HeldLocks::share_presence)?;
        self.append(layout::LOCKS, &[0])
    }

    #[cfg(target_os = "linux")]
    fn arrivals_if_alone(&self) -> io::Result<Option<u64>> {
        self.with_locks(|held| held.arrivals_if_alone())
    }

    // Where locks belong to the process, two stores in one cannot tell that the other is there.
    #[cfg(not(target_os = "linux"))]
    fn arrive(&self) -> io::Result<()> {
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    fn arrivals_if_alone(&self) -> io::Result<Option<u64>> {
        Ok(None)
    }
}

fn open_directory(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    Ok(again(|| nix::fcntl::open(path, flags, Mode::empty()))?)
}

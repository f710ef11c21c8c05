//! [`ProgramFile`]: which file a process is running, told without reading it.

use std::{env, fs, io, os::unix::fs::MetadataExt, path::PathBuf};

use serde::{Deserialize, Serialize};

/// The file of a program. Equal ones are the same program; others may still be equal copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProgramFile {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
}

impl ProgramFile {
    /// That of this process; nothing if it cannot be told.
    pub(super) fn current() -> Option<Self> {
        let metadata = fs::metadata(path().ok()?).ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        })
    }
}

/// What starts this program again: on Linux the very file that runs, even if another one has taken its place since.
pub(super) fn path() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        Ok("/proc/self/exe".into())
    } else {
        env::current_exe()
    }
}

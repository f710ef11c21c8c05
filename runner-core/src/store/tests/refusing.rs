//! [`Refusing`]: real files, on a file system that refuses locks, or whose locks no other mount sees.

use std::{io, path::Path, time::SystemTime};

use nix::errno::Errno;

use crate::{
    store::{
        disk::{Access, Durability},
        disk::{Artifact, Create, Disk, Durable, LockState},
        native::Native,
    },
    value::Digest,
};

#[derive(Debug)]
pub(super) struct Refusing(Native, Option<Native>);

impl Refusing {
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let files = Native::open(root, Access::Write, Durability::Promised)?;
        Ok(Self(files, None))
    }

    /// Gives the locks of another directory.
    pub(super) fn open_with_locks_of(root: &Path, other: &Path) -> io::Result<Self> {
        let open = |path| Native::open(path, Access::Write, Durability::Promised);
        Ok(Self(open(root)?, Some(open(other)?)))
    }

    fn locks(&self) -> io::Result<&Native> {
        self.1.as_ref().ok_or_else(|| Errno::ENOLCK.into())
    }
}

impl Disk for Refusing {
    fn read(
        &self,
        path: &str,
        buffer: &mut Vec<u8>,
        claimed: fn(&[u8]) -> Option<u64>,
    ) -> io::Result<usize> {
        self.0.read(path, buffer, claimed)
    }

    fn list(&self, path: &str, each: &mut dyn FnMut(&str)) -> io::Result<()> {
        self.0.list(path, each)
    }

    fn exists(&self, path: &str) -> io::Result<bool> {
        self.0.exists(path)
    }

    fn refresh(&self, path: &str) -> io::Result<()> {
        self.0.refresh(path)
    }

    fn make_directory(&self, path: &str) -> io::Result<()> {
        self.0.make_directory(path)
    }

    fn write(&self, path: &str, bytes: &[u8], create: Create, durable: Durable) -> io::Result<()> {
        self.0.write(path, bytes, create, durable)
    }

    fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.0.append(path, bytes)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove_file(&self, path: &str) -> io::Result<()> {
        self.0.remove_file(path)
    }

    fn remove_tree(&self, path: &str) -> io::Result<()> {
        self.0.remove_tree(path)
    }

    fn tree_bytes(&self, path: &str) -> io::Result<Option<u64>> {
        self.0.tree_bytes(path)
    }

    fn artifacts(&self, path: &str, each: &mut dyn FnMut(String, Artifact)) -> io::Result<()> {
        self.0.artifacts(path, each)
    }

    fn digest(&self, path: &str) -> io::Result<Digest> {
        self.0.digest(path)
    }

    fn may_change(&self, path: &str) -> io::Result<bool> {
        self.0.may_change(path)
    }

    fn owner(&self, path: &str) -> io::Result<(u32, SystemTime)> {
        self.0.owner(path)
    }

    fn sync_directory(&self, path: &str) -> io::Result<()> {
        self.0.sync_directory(path)
    }

    fn sync_runs(&self, directories: &[String]) -> io::Result<()> {
        self.0.sync_runs(directories)
    }

    fn sync_replacing_runs(&self, directories: &[String]) -> io::Result<()> {
        self.0.sync_replacing_runs(directories)
    }

    fn try_lock(&self, byte: u64) -> io::Result<bool> {
        self.locks()?.try_lock(byte)
    }

    fn unlock(&self, byte: u64) -> io::Result<()> {
        self.locks()?.unlock(byte)
    }

    fn keeps_lock(&self, byte: u64) -> io::Result<LockState> {
        self.locks()?.keeps_lock(byte)
    }

    fn is_locked(&self, byte: u64) -> io::Result<bool> {
        self.locks()?.is_locked(byte)
    }

    fn arrive(&self) -> io::Result<()> {
        self.locks()?.arrive()
    }

    fn arrivals_if_alone(&self) -> io::Result<Option<u64>> {
        self.locks()?.arrivals_if_alone()
    }
}

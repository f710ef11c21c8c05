//! The simulated disk as the store uses it.

use std::{collections::BTreeMap, io, time::SystemTime};

use super::{
    Simulated,
    state::{Change, Node},
};
use crate::{
    store::{
        disk::{Artifact, Create, Disk, Durable, LockState, is_absent},
        layout::{self, inside},
    },
    value::Digest,
};

impl Disk for Simulated {
    fn read(
        &self,
        path: &str,
        buffer: &mut Vec<u8>,
        _: fn(&[u8]) -> Option<u64>,
    ) -> io::Result<usize> {
        let mut state = self.state();
        state.step(false)?;
        let inode = state.find(path)?;
        match &state.nodes[inode] {
            Node::Directory(_) => Err(io::ErrorKind::IsADirectory.into()),
            Node::File(bytes) => {
                buffer.resize(buffer.len().max(bytes.len()), 0);
                buffer[..bytes.len()].copy_from_slice(bytes);
                Ok(bytes.len())
            }
        }
    }

    fn list(&self, path: &str, each: &mut dyn FnMut(&str)) -> io::Result<()> {
        let mut state = self.state();
        state.step(false)?;
        let inode = state.find(path)?;
        state.see(inode);
        state.entries(inode)?.keys().for_each(|name| each(name));
        Ok(())
    }

    fn exists(&self, path: &str) -> io::Result<bool> {
        let mut state = self.state();
        state.step(false)?;
        Ok(state.find(path).is_ok())
    }

    fn refresh(&self, path: &str) -> io::Result<()> {
        let mut state = self.state();
        state.step(false)?;
        let inode = state.find(path)?;
        state.see(inode);
        Ok(())
    }

    fn make_directory(&self, path: &str) -> io::Result<()> {
        let mut state = self.state();
        let (parent, name) = state.parent(path)?;
        state.see_name(parent, name);
        if state.entries(parent)?.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.step(true)?;
        state.add(parent, name, Node::Directory(BTreeMap::new()));
        Ok(())
    }

    fn write(&self, path: &str, bytes: &[u8], create: Create, durable: Durable) -> io::Result<()> {
        let mut state = self.state();
        let (parent, name) = state.parent(path)?;
        state.see_name(parent, name);
        if create == Create::New && state.find(path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.write(path, bytes.to_vec(), durable)
    }

    fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let mut content = match state.find(path) {
            Ok(inode) => match &state.nodes[inode] {
                Node::File(content) => content.clone(),
                Node::Directory(_) => return Err(io::ErrorKind::IsADirectory.into()),
            },
            Err(_) => Vec::new(),
        };
        content.extend_from_slice(bytes);
        state.write(path, content, Durable::Later)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.step(false)?;
        let inode = state.find(from)?;
        let ((parent, from), (parent_to, to)) = (state.parent(from)?, state.parent(to)?);
        assert_eq!(
            parent, parent_to,
            "the store never moves anything to another directory"
        );
        if let Some(&there) = state.entries(parent)?.get(to) {
            match (&state.nodes[inode], &state.nodes[there]) {
                (_, Node::Directory(entries)) if !entries.is_empty() => {
                    return Err(io::ErrorKind::DirectoryNotEmpty.into());
                }
                (Node::Directory(_), Node::File(_)) => {
                    return Err(io::ErrorKind::NotADirectory.into());
                }
                _ => {}
            }
        }
        state.see_name(parent, to);
        let names = vec![(from.to_owned(), None), (to.to_owned(), Some(inode))];
        state.change(Change::Names(parent, names));
        Ok(())
    }

    fn remove_file(&self, path: &str) -> io::Result<()> {
        let mut state = self.state();
        let (parent, name) = state.parent(path)?;
        state.remove(parent, name)
    }

    fn remove_tree(&self, path: &str) -> io::Result<()> {
        match self.remove_file(&inside(path, layout::RESULT)) {
            Err(error) if !is_absent(&error) => Err(error),
            _ => self.remove_file(path),
        }
    }

    fn tree_bytes(&self, path: &str) -> io::Result<Option<u64>> {
        let mut state = self.state();
        let inode = state.find(path)?;
        let Node::Directory(entries) = state.nodes[inode].clone() else {
            return Ok(None);
        };
        let sizes = entries.values().map(|&inode| match &state.nodes[inode] {
            Node::File(content) => content.len() as u64,
            Node::Directory(_) => 0,
        });
        Ok(Some(sizes.sum()))
    }

    fn artifacts(&self, path: &str, each: &mut dyn FnMut(String, Artifact)) -> io::Result<()> {
        let mut state = self.state();
        let inode = state.find(path)?;
        let entries = state.entries(inode)?.clone();
        for (name, inode) in entries {
            if let Node::File(content) = &state.nodes[inode]
                && !layout::OF_THE_LIBRARY.contains(&name.as_str())
            {
                each(name, Artifact::File(content.len() as u64));
            }
        }
        Ok(())
    }

    fn digest(&self, path: &str) -> io::Result<Digest> {
        let mut content = Vec::new();
        let length = self.read(path, &mut content, |_| None)?;
        Ok(Digest::of(&content[..length]))
    }

    fn may_change(&self, _: &str) -> io::Result<bool> {
        Ok(true)
    }

    fn owner(&self, _: &str) -> io::Result<(u32, SystemTime)> {
        Ok((0, SystemTime::UNIX_EPOCH))
    }

    fn sync_directory(&self, path: &str) -> io::Result<()> {
        let mut state = self.state();
        state.step(false)?;
        let inode = state.find(path)?;
        state.sync(|change| matches!(change, Change::Names(changed, _) if *changed == inode));
        Ok(())
    }

    fn sync_runs(&self, _: &[String]) -> io::Result<()> {
        let mut state = self.state();
        state.step(false)?;
        state.sync(|_| true);
        Ok(())
    }

    fn sync_replacing_runs(&self, directories: &[String]) -> io::Result<()> {
        self.sync_runs(directories)
    }

    fn try_lock(&self, byte: u64) -> io::Result<bool> {
        let mut state = self.state();
        state.check_locks()?;
        Ok(*state.locks.entry(byte).or_insert(self.owner) == self.owner)
    }

    fn unlock(&self, byte: u64) -> io::Result<()> {
        let mut state = self.state();
        state.check_locks()?;
        state.locks.remove(&byte);
        Ok(())
    }

    fn keeps_lock(&self, byte: u64) -> io::Result<LockState> {
        let mut state = self.state();
        state.step(false)?;
        Ok(if state.locks.get(&byte) == Some(&self.owner) {
            LockState::Kept
        } else {
            LockState::Lost
        })
    }

    fn is_locked(&self, byte: u64) -> io::Result<bool> {
        let mut state = self.state();
        state.check_locks()?;
        Ok(state
            .locks
            .get(&byte)
            .is_some_and(|&owner| owner != self.owner))
    }

    fn arrive(&self) -> io::Result<()> {
        let mut state = self.state();
        state.check_locks()?;
        state.step(true)?;
        state.arrivals.push(self.owner);
        Ok(())
    }

    // Whoever ever came is taken to be there still.
    fn arrivals_if_alone(&self) -> io::Result<Option<u64>> {
        let arrivals = &self.state().arrivals;
        let is_alone = arrivals.iter().all(|&owner| owner == self.owner);
        Ok(is_alone.then_some(arrivals.len() as u64))
    }
}

//! [`State`]: what is on a simulated disk now, and what would be there after a crash.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use super::{Order, Trouble};
use crate::store::disk::Durable;

pub(super) type Inode = usize;
pub(super) const ROOT: Inode = 0;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    File(Vec<u8>),
    Directory(BTreeMap<String, Inode>),
}

/// A change that is not durable yet.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// Names in one directory, all at once.
    Names(Inode, Vec<(String, Option<Inode>)>),
    Data(Inode, Vec<u8>),
}

#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) nodes: Vec<Node>,
    pub(super) durable: Vec<Node>,
    pub(super) pending: Vec<Change>,
    pub(super) order: Order,
    pub(super) trouble: Trouble,
    pub(super) step: usize,
    pub(super) locks: BTreeMap<u64, usize>,
    pub(super) owners: usize,
    pub(super) arrivals: Vec<usize>,
    pub(super) refuses_locks: bool,
    /// The process that takes this step.
    pub(super) client: usize,
    /// The names that each process found missing, and takes to be missing still, if the disk is one of another machine.
    pub(super) missing: Option<BTreeSet<(usize, Inode, String)>>,
}

impl State {
    /// Fails if the disk has crashed, or is full and `writes`.
    pub(super) fn step(&mut self, writes: bool) -> io::Result<()> {
        let step = self.step;
        self.step += 1;
        match self.trouble {
            Trouble::Crash(at) if step >= at => Err(io::Error::other("the machine crashed")),
            Trouble::Full(at) if step >= at && writes => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }

    /// Fails as a file system does that has no locks.
    pub(super) fn check_locks(&mut self) -> io::Result<()> {
        self.step(false)?;
        if self.refuses_locks {
            return Err(nix::errno::Errno::ENOLCK.into());
        }
        Ok(())
    }

    pub(super) fn entries(&mut self, inode: Inode) -> io::Result<&mut BTreeMap<String, Inode>> {
        match &mut self.nodes[inode] {
            Node::Directory(entries) => Ok(entries),
            Node::File(_) => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// The directory that holds a path, and the name in it.
    pub(super) fn parent<'a>(&mut self, path: &'a str) -> io::Result<(Inode, &'a str)> {
        match path.rsplit_once('/') {
            Some((parent, name)) => Ok((self.find(parent)?, name)),
            None => Ok((ROOT, path)),
        }
    }

    pub(super) fn find(&mut self, path: &str) -> io::Result<Inode> {
        let mut inode = ROOT;
        for name in path.split('/').filter(|&name| name != ".") {
            let looked_up = (self.client, inode, name.to_owned());
            let found = self.entries(inode)?.get(name).copied();
            if let Some(missing) = &mut self.missing {
                if found.is_none() {
                    missing.insert(looked_up.clone());
                }
                if missing.contains(&looked_up) {
                    return Err(io::ErrorKind::NotFound.into());
                }
            }
            inode = found.ok_or(io::ErrorKind::NotFound)?;
        }
        Ok(inode)
    }

    /// The process asks for all names of a directory.
    pub(super) fn see(&mut self, directory: Inode) {
        let Node::Directory(entries) = &self.nodes[directory] else {
            return;
        };
        let client = self.client;
        if let Some(missing) = &mut self.missing {
            missing.retain(|(owner, inode, name)| {
                (*owner, *inode) != (client, directory) || !entries.contains_key(name)
            });
        }
    }

    /// The process asks for one name, as when it makes it.
    pub(super) fn see_name(&mut self, directory: Inode, name: &str) {
        let client = self.client;
        if let Some(missing) = &mut self.missing {
            missing.remove(&(client, directory, name.to_owned()));
        }
    }

    pub(super) fn change(&mut self, change: Change) {
        apply(&mut self.nodes, &change);
        self.pending.push(change);
    }

    pub(super) fn make_durable(&mut self, change: &Change) {
        self.durable
            .resize(self.nodes.len(), Node::File(Vec::new()));
        if let Change::Names(directory, names) = change {
            let inodes = names.iter().filter_map(|(_, inode)| *inode);
            for inode in inodes.chain([*directory]) {
                let is_directory = matches!(self.nodes[inode], Node::Directory(_));
                if is_directory && matches!(self.durable[inode], Node::File(_)) {
                    self.durable[inode] = Node::Directory(BTreeMap::new());
                }
            }
        }
        apply(&mut self.durable, change);
    }

    /// Makes durable what `is_synced`, and with a journal every change of names so far.
    pub(super) fn sync(&mut self, is_synced: impl Fn(&Change) -> bool) {
        for change in std::mem::take(&mut self.pending) {
            let in_journal = self.order == Order::Kept && matches!(change, Change::Names(..));
            if is_synced(&change) || in_journal {
                self.make_durable(&change);
            } else {
                self.pending.push(change);
            }
        }
    }

    pub(super) fn add(&mut self, parent: Inode, name: &str, node: Node) -> Inode {
        let inode = self.nodes.len();
        self.nodes.push(node);
        self.change(Change::Names(parent, vec![(name.to_owned(), Some(inode))]));
        inode
    }

    pub(super) fn remove(&mut self, parent: Inode, name: &str) -> io::Result<()> {
        self.step(false)?;
        let inode = *self
            .entries(parent)?
            .get(name)
            .ok_or(io::ErrorKind::NotFound)?;
        if let Node::Directory(entries) = &self.nodes[inode] {
            let names: Vec<String> = entries.keys().cloned().collect();
            for name in names {
                self.remove(inode, &name)?;
            }
        }
        self.change(Change::Names(parent, vec![(name.to_owned(), None)]));
        Ok(())
    }

    pub(super) fn write(&mut self, path: &str, bytes: Vec<u8>, durable: Durable) -> io::Result<()> {
        let (parent, name) = self.parent(path)?;
        self.step(true)?;
        let inode = match self.entries(parent)?.get(name) {
            Some(&inode) => inode,
            None => self.add(parent, name, Node::File(Vec::new())),
        };
        self.step(true)?;
        self.change(Change::Data(inode, bytes));
        if durable == Durable::Now {
            self.step(false)?;
            self.sync(|change| matches!(change, Change::Data(changed, _) if *changed == inode));
        }
        Ok(())
    }
}

pub(super) fn apply(nodes: &mut [Node], change: &Change) {
    match change {
        Change::Data(inode, bytes) => nodes[*inode] = Node::File(bytes.clone()),
        Change::Names(directory, names) => {
            let Node::Directory(entries) = &mut nodes[*directory] else {
                panic!("only directories hold names");
            };
            for (name, inode) in names {
                match inode {
                    Some(inode) => entries.insert(name.clone(), *inode),
                    None => entries.remove(name),
                };
            }
        }
    }
}

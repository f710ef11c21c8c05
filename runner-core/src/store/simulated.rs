//! [`Simulated`]: a disk in memory that can crash before any of its steps, fill up, and forget what was not synced.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard},
};

use super::disk::{Create, Disk, Durable};

type Inode = usize;
const ROOT: Inode = 0;

#[derive(Clone, Debug, PartialEq)]
enum Node {
    File(Vec<u8>),
    Directory(BTreeMap<String, Inode>),
}

/// A change that is not durable yet.
#[derive(Clone, Debug)]
enum Change {
    /// Names in one directory, all at once.
    Names(Inode, Vec<(String, Option<Inode>)>),
    Data(Inode, Vec<u8>),
}

/// What goes wrong at which step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    None,
    /// Nothing works from this step on.
    Crash(usize),
    /// Nothing can be written from this step on.
    Full(usize),
}

/// What a disk promises about changes that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Names change in the order in which they were changed, as with a journal; contents may be lost.
    Kept,
    /// Any change may be lost while a later one is kept.
    None,
}

/// What a crash keeps of the changes that were not synced.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keep {
    Nothing,
    Everything,
    /// The first changes, with everything or nothing of the contents.
    First(usize, bool),
    /// By chance.
    Random(u64),
}

#[derive(Clone, Debug)]
struct State {
    nodes: Vec<Node>,
    durable: Vec<Node>,
    pending: Vec<Change>,
    order: Order,
    trouble: Trouble,
    step: usize,
    locks: BTreeMap<u64, usize>,
    owners: usize,
}

/// A process's view of the disk.
#[derive(Debug)]
pub(super) struct Simulated {
    state: Arc<Mutex<State>>,
    owner: usize,
}

impl Simulated {
    pub(super) fn new(order: Order) -> Self {
        let nodes = vec![Node::Directory(BTreeMap::new())];
        Self::from_state(State {
            durable: nodes.clone(),
            nodes,
            pending: Vec::new(),
            order,
            trouble: Trouble::None,
            step: 0,
            locks: BTreeMap::new(),
            owners: 0,
        })
    }

    fn from_state(state: State) -> Self {
        Self {
            state: Arc::new(Mutex::new(state)),
            owner: 0,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no test panics while it holds the disk")
    }

    /// The same disk, as another process sees it.
    pub(super) fn other_process(&self) -> Self {
        let mut state = self.state();
        state.owners += 1;
        Self {
            owner: state.owners,
            state: Arc::clone(&self.state),
        }
    }

    /// A copy with a history of its own.
    pub(super) fn fork(&self, trouble: Trouble) -> Self {
        let mut state = self.state().clone();
        state.trouble = trouble;
        state.step = 0;
        Self::from_state(state)
    }

    /// How many steps were made since the fork.
    pub(super) fn steps(&self) -> usize {
        self.state().step
    }

    /// How many changes are not durable.
    pub(super) fn pending(&self) -> usize {
        self.state().pending.len()
    }

    /// The disk as it is found after a crash of the machine.
    pub(super) fn crashed(&self, keep: Keep) -> Self {
        let mut state = self.state().clone();
        let mut random = Random(match keep {
            Keep::Random(seed) => seed,
            _ => 0,
        });
        let changes = std::mem::take(&mut state.pending);
        let names = changes
            .iter()
            .filter(|change| matches!(change, Change::Names(..)))
            .count();
        let names_kept = random.below(names + 1);
        let mut names_seen = 0;
        for (index, change) in changes.into_iter().enumerate() {
            let is_data = matches!(change, Change::Data(..));
            let is_kept = match keep {
                Keep::Nothing => false,
                Keep::Everything => true,
                Keep::First(count, data) => index < count && (data || !is_data),
                Keep::Random(_) if is_data || state.order == Order::None => random.below(2) == 0,
                Keep::Random(_) => names_seen < names_kept,
            };
            names_seen += usize::from(!is_data);
            if is_kept {
                state.make_durable(change);
            } else if let (Change::Data(inode, data), Keep::Random(_)) = (change, keep) {
                let part = random.below(data.len() + 1);
                let partial = match random.below(3) {
                    0 => continue,
                    1 => data[..part].to_vec(),
                    _ => vec![0; data.len()],
                };
                state.make_durable(Change::Data(inode, partial));
            }
        }
        state.nodes = state.durable.clone();
        state.trouble = Trouble::None;
        state.locks.clear();
        Self::from_state(state)
    }

    /// Overwrites a file behind the store's back.
    pub(super) fn damage(&self, path: &str, bytes: &[u8]) {
        let mut state = self.state();
        let inode = state.find(path).expect("there is something to damage");
        state.nodes[inode] = Node::File(bytes.to_vec());
        state.durable[inode] = Node::File(bytes.to_vec());
    }

    pub(super) fn names(&self, path: &str) -> Vec<String> {
        let mut names = Vec::new();
        let _ = self.list(path, &mut |name| names.push(name.to_owned()));
        names
    }
}

impl State {
    /// Fails if the disk has crashed, or is full and `writes`.
    fn step(&mut self, writes: bool) -> io::Result<()> {
        let step = self.step;
        self.step += 1;
        match self.trouble {
            Trouble::Crash(at) if step >= at => Err(io::Error::other("the machine crashed")),
            Trouble::Full(at) if step >= at && writes => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }

    fn entries(&mut self, inode: Inode) -> io::Result<&mut BTreeMap<String, Inode>> {
        match &mut self.nodes[inode] {
            Node::Directory(entries) => Ok(entries),
            Node::File(_) => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// The directory that holds a path, and the name in it.
    fn parent<'a>(&mut self, path: &'a str) -> io::Result<(Inode, &'a str)> {
        match path.rsplit_once('/') {
            Some((parent, name)) => Ok((self.find(parent)?, name)),
            None => Ok((ROOT, path)),
        }
    }

    fn find(&mut self, path: &str) -> io::Result<Inode> {
        let mut inode = ROOT;
        for name in path.split('/').filter(|&name| name != ".") {
            inode = *self
                .entries(inode)?
                .get(name)
                .ok_or(io::ErrorKind::NotFound)?;
        }
        Ok(inode)
    }

    fn change(&mut self, change: Change) {
        apply(&mut self.nodes, &change);
        self.pending.push(change);
    }

    fn make_durable(&mut self, change: Change) {
        self.durable
            .resize(self.nodes.len(), Node::File(Vec::new()));
        if let Change::Names(directory, names) = &change {
            let inodes = names.iter().filter_map(|(_, inode)| *inode);
            for inode in inodes.chain([*directory]) {
                let is_directory = matches!(self.nodes[inode], Node::Directory(_));
                if is_directory && matches!(self.durable[inode], Node::File(_)) {
                    self.durable[inode] = Node::Directory(BTreeMap::new());
                }
            }
        }
        apply(&mut self.durable, &change);
    }

    /// Makes durable what `is_synced`, and with a journal every change of names so far.
    fn sync(&mut self, is_synced: impl Fn(&Change) -> bool) {
        for change in std::mem::take(&mut self.pending) {
            let in_journal = self.order == Order::Kept && matches!(change, Change::Names(..));
            if is_synced(&change) || in_journal {
                self.make_durable(change);
            } else {
                self.pending.push(change);
            }
        }
    }

    fn add(&mut self, parent: Inode, name: &str, node: Node) -> Inode {
        let inode = self.nodes.len();
        self.nodes.push(node);
        self.change(Change::Names(parent, vec![(name.to_owned(), Some(inode))]));
        inode
    }

    fn remove(&mut self, parent: Inode, name: &str) -> io::Result<()> {
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

    fn write(&mut self, path: &str, bytes: Vec<u8>, durable: Durable) -> io::Result<()> {
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

fn apply(nodes: &mut [Node], change: &Change) {
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

impl Disk for Simulated {
    fn read(&self, path: &str, buffer: &mut Vec<u8>, _: fn(&[u8]) -> bool) -> io::Result<usize> {
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
        state.entries(inode)?.keys().for_each(|name| each(name));
        Ok(())
    }

    fn exists(&self, path: &str) -> io::Result<bool> {
        let mut state = self.state();
        state.step(false)?;
        Ok(state.find(path).is_ok())
    }

    fn make_directory(&self, path: &str) -> io::Result<()> {
        let mut state = self.state();
        let (parent, name) = state.parent(path)?;
        if state.entries(parent)?.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.step(true)?;
        state.add(parent, name, Node::Directory(BTreeMap::new()));
        Ok(())
    }

    fn write(&self, path: &str, bytes: &[u8], create: Create, durable: Durable) -> io::Result<()> {
        let mut state = self.state();
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
        if let Some(&there) = state.entries(parent)?.get(to)
            && let Node::Directory(entries) = &state.nodes[there]
            && !entries.is_empty()
        {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
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
        self.remove_file(path)
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

    fn try_lock(&self, byte: u64) -> io::Result<bool> {
        let mut state = self.state();
        state.step(false)?;
        Ok(*state.locks.entry(byte).or_insert(self.owner) == self.owner)
    }

    fn unlock(&self, byte: u64) -> io::Result<()> {
        let mut state = self.state();
        state.step(false)?;
        state.locks.remove(&byte);
        Ok(())
    }

    fn is_locked(&self, byte: u64) -> io::Result<bool> {
        let state = self.state();
        Ok(state
            .locks
            .get(&byte)
            .is_some_and(|&owner| owner != self.owner))
    }
}

/// Numbers by chance, the same ones for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % end
    }
}

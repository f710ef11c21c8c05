//! [`Simulated`]: a disk in memory that can crash before any of its steps, fill up, and forget what was not synced.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

mod disk;
mod schedule;
mod state;
mod store;

use super::disk::Disk as _;
pub(in crate::store) use schedule::Schedule;
use state::{Change, Node, State};
pub(in crate::store) use store::SimulatedStore;

/// What goes wrong at which step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Trouble {
    None,
    /// Nothing works from this step on.
    Crash(usize),
    /// Nothing can be written from this step on.
    Full(usize),
}

/// What a disk promises about changes that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Order {
    /// Names change in the order in which they were changed, as with a journal; contents may be lost.
    Kept,
    /// Any change may be lost while a later one is kept.
    None,
}

/// What a crash keeps of the changes that were not synced.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum Keep {
    Nothing,
    Everything,
    /// The first changes, with everything or nothing of the contents.
    First(usize, bool),
    /// By chance.
    Random(u64),
}

/// A process's view of the disk.
#[derive(Debug)]
pub(in crate::store) struct Simulated {
    state: Arc<Mutex<State>>,
    owner: usize,
    /// When this process may do its steps, if others have theirs at certain times.
    schedule: Option<Arc<Schedule>>,
}

impl Simulated {
    pub(in crate::store) fn new(order: Order) -> Self {
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
            arrivals: Vec::new(),
            refuses_locks: false,
            client: 0,
            missing: None,
        })
    }

    fn from_state(state: State) -> Self {
        Self {
            state: Arc::new(Mutex::new(state)),
            owner: 0,
            schedule: None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        if let Some(schedule) = &self.schedule {
            schedule.wait_for_turn(self.owner);
        }
        let mut state = self
            .state
            .lock()
            .expect("no test panics while it holds the disk");
        state.client = self.owner;
        state
    }

    /// The same disk, as another process sees it.
    pub(in crate::store) fn other_process(&self) -> Self {
        let mut state = self.state();
        state.owners += 1;
        Self {
            owner: state.owners,
            state: Arc::clone(&self.state),
            schedule: None,
        }
    }

    /// The same disk, as a process sees it that takes its steps when the schedule says so.
    pub(in crate::store) fn scheduled(&self, owner: usize, schedule: &Arc<Schedule>) -> Self {
        Self {
            state: Arc::clone(&self.state),
            owner,
            schedule: Some(Arc::clone(schedule)),
        }
    }

    /// From now on, lets each process miss what it found missing before, until it asks for the directory or makes the name, as NFS
    /// does for up to a minute.
    pub(in crate::store) fn miss_new_names(&self) {
        self.state().missing = Some(BTreeSet::new());
    }

    /// Refuses all locks from now on.
    pub(in crate::store) fn refuse_locks(&self) {
        self.state().refuses_locks = true;
    }

    /// A copy with a history of its own.
    pub(in crate::store) fn fork(&self, trouble: Trouble) -> Self {
        let mut state = self.state().clone();
        state.trouble = trouble;
        state.step = 0;
        Self::from_state(state)
    }

    /// How many steps were made since the fork.
    pub(in crate::store) fn steps(&self) -> usize {
        self.state().step
    }

    /// How many changes are not durable.
    pub(in crate::store) fn pending(&self) -> usize {
        self.state().pending.len()
    }

    /// The disk as it is found after a crash of the machine.
    pub(in crate::store) fn crashed(&self, keep: Keep) -> Self {
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
                state.make_durable(&change);
            } else if let (Change::Data(inode, data), Keep::Random(_)) = (change, keep) {
                let part = random.below(data.len() + 1);
                let partial = match random.below(3) {
                    0 => continue,
                    1 => data[..part].to_vec(),
                    _ => vec![0; data.len()],
                };
                state.make_durable(&Change::Data(inode, partial));
            }
        }
        state.nodes = state.durable.clone();
        state.trouble = Trouble::None;
        state.locks.clear();
        state.missing = state.missing.map(|_| BTreeSet::new());
        Self::from_state(state)
    }

    /// Overwrites a file behind the store's back.
    pub(in crate::store) fn damage(&self, path: &str, bytes: &[u8]) {
        let mut state = self.state();
        let inode = state.find(path).expect("there is something to damage");
        state.nodes[inode] = Node::File(bytes.to_vec());
        state.durable[inode] = Node::File(bytes.to_vec());
    }

    pub(in crate::store) fn names(&self, path: &str) -> Vec<String> {
        let mut names = Vec::new();
        let _ = self.list(path, &mut |name| names.push(name.to_owned()));
        names
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

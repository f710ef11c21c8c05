//! [`Nesting`]: invocations that a run makes itself, and the runs around them.

use std::{
    cell::RefCell,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use anyhow::anyhow;
use serde::{Deserialize, Serialize};

use crate::{
    api::Cancel,
    base::{Error, ErrorKind, locked},
    value::Key,
};

/// A run, wherever its result is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NestedRun {
    root: Vec<u8>,
    key: u128,
    /// Whether it is one that must be alone on the machine.
    is_exclusive: bool,
}

/// Which runs are around an invocation, and what these and their neighbours need.
#[derive(Clone, Debug)]
pub(crate) struct Nesting {
    /// The directory of the invocation's own runs, and whether they are to be alone.
    root: Arc<Path>,
    is_exclusive: bool,
    /// From the outermost on.
    around: Vec<NestedRun>,
    /// Pairs of a run and one that it needs.
    needs: Arc<Mutex<Vec<(NestedRun, NestedRun)>>>,
    cancel: Cancel,
}

thread_local! {
    /// What an invocation of this thread is inside of.
    static INSIDE: RefCell<Option<Nesting>> = const { RefCell::new(None) };
}

/// While this lives, invocations of the thread are inside a run.
pub(super) struct EnteredRun(Option<Nesting>);

impl Drop for EnteredRun {
    fn drop(&mut self) {
        INSIDE.set(self.0.take());
    }
}

/// While this lives, the innermost run around an invocation needs the invocation's runs.
pub(crate) struct Needing<'a>(&'a Nesting);

impl Drop for Needing<'_> {
    fn drop(&mut self) {
        if let Some(outer) = self.0.around.last() {
            locked(&self.0.needs).retain(|(run, _)| run != outer);
        }
    }
}

impl Nesting {
    /// Returns what is around an invocation of this thread whose results are kept below `root`.
    pub(crate) fn here(root: &Path, is_exclusive: bool) -> Self {
        let root = canonical(root);
        match INSIDE.with_borrow(Clone::clone) {
            Some(outer) => Self {
                root,
                is_exclusive,
                ..outer
            },
            None => Self::new(root, is_exclusive, Vec::new()),
        }
    }

    /// Makes what is around an invocation whose results are kept below `root`, the one path of that directory.
    pub(super) fn new(root: Arc<Path>, is_exclusive: bool, around: Vec<NestedRun>) -> Self {
        Self {
            root,
            is_exclusive,
            around,
            needs: Arc::default(),
            cancel: Cancel::default(),
        }
    }

    /// Returns what asks the runs of the invocation to stop: what asks the run around it, if there is one.
    pub(crate) fn cancel(&self) -> Cancel {
        self.cancel.clone()
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn around(&self) -> &[NestedRun] {
        &self.around
    }

    /// Returns whether a run around the invocation has the machine for itself.
    pub(super) fn is_alone(&self) -> bool {
        let root = self.root.as_os_str().as_bytes();
        let mut around = self.around.iter();
        around.any(|run| run.is_exclusive && run.root == root)
    }

    /// Notes that the run around the invocation needs these runs.
    ///
    /// # Errors
    ///
    /// If one of them is around the invocation.
    pub(crate) fn need(&self, keys: impl Iterator<Item = Key>) -> Result<Needing<'_>, Error> {
        let needing = Needing(self);
        let Some(outer) = self.around.last() else {
            return Ok(needing);
        };
        for key in keys {
            let run = self.node(key);
            if self.around.contains(&run) {
                return Err(circle(key));
            }
            locked(&self.needs).push((outer.clone(), run));
        }
        Ok(needing)
    }

    /// Checks that the run with this key, which is being done elsewhere, does not need the run around the invocation.
    ///
    /// # Errors
    ///
    /// If it does, so that each would wait for the other for ever.
    pub(super) fn may_wait(&self, key: Key) -> Result<(), Error> {
        let Some(outer) = self.around.last() else {
            return Ok(());
        };
        let needs = locked(&self.needs);
        let mut seen = vec![self.node(key)];
        let mut next = 0;
        while let Some(run) = seen.get(next).cloned() {
            if run == *outer {
                return Err(circle(key));
            }
            for (_, needed) in needs.iter().filter(|(needing, _)| *needing == run) {
                if !seen.contains(needed) {
                    seen.push(needed.clone());
                }
            }
            next += 1;
        }
        Ok(())
    }

    /// Makes this thread one that is inside the run with this key.
    pub(super) fn enter(&self, key: Key, cancel: &Cancel) -> EnteredRun {
        let mut inside = self.clone();
        inside.around.push(self.node(key));
        inside.cancel = cancel.clone();
        EnteredRun(INSIDE.replace(Some(inside)))
    }

    fn node(&self, key: Key) -> NestedRun {
        NestedRun {
            root: self.root.as_os_str().as_bytes().to_vec(),
            key: key.as_u128(),
            is_exclusive: self.is_exclusive,
        }
    }
}

/// Returns the one path of a directory. One that cannot be told is told from others by how it is written.
fn canonical(root: &Path) -> Arc<Path> {
    let path = root.canonicalize();
    path.unwrap_or_else(|_| PathBuf::from(root)).into()
}

fn circle(key: Key) -> Error {
    let error = anyhow!(
        "a run needs its own result (key {key}), directly or through runs that it asks for, so none of them can come to an end"
    );
    ErrorKind::Experiment(error).into()
}

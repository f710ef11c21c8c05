//! [`Begun`]: an attempt at a run that is under way.

use std::{sync::Arc, time::Duration};

use super::{
    event::Tell,
    ran::{Outcome, Ran},
    verification::Second,
};
use crate::{
    store::{Attempt, ByteLock, Failure, SlotLocks},
    value::Digest,
};

/// The slot of a run.
pub(super) struct TakenSlot<'a> {
    pub(super) number: usize,
    /// The locks of it and of those that the run takes besides, where programs share them.
    pub(super) locks: Option<SlotLocks<'a>>,
}

pub(super) enum Beginning<'a> {
    /// It needs not be done, or cannot be done now.
    Ended(Outcome),
    Begun(Box<Begun<'a>>),
}

/// What a worker has to do about a run.
pub(super) enum Performed<'a> {
    /// To tell what became of it.
    Ended(Outcome),
    /// To store what came of it.
    Over(Box<(Begun<'a>, Ran)>),
    /// To do it when there is room for its process, which could not be started for this reason.
    NoRoom(String),
}

/// An attempt at a run that is under way.
pub(super) struct Begun<'a> {
    pub(super) run: usize,
    pub(super) slot: TakenSlot<'a>,
    /// The number of the attempt, counted from 1.
    pub(super) number: u32,
    pub(super) attempt: Attempt<'a>,
    /// The config as it is stored.
    pub(super) config: Vec<u8>,
    /// How the run failed before.
    pub(super) earlier: Option<Failure>,
    /// The time limit that the experiment asks for; an error if it or the config cannot be told.
    pub(super) own_timeout: Result<Option<Duration>, String>,
    /// The output that it is to replace, if that counts: its digest and its directory.
    pub(super) before: Option<(Digest, String)>,
    /// The second run, if this is the third of one that is verified.
    pub(super) second: Option<Arc<Second>>,
    pub(super) tell: &'a Tell,
    /// The lock of the machine, if the run must be alone there.
    pub(super) _alone: Option<ByteLock<'a>>,
}

/// What a worker does while a run has a process of its own.
pub(super) trait Beside {
    /// The process has its order. Returns whether more runs wait.
    fn ordered(&mut self) -> bool;

    /// Returns whether a run has begun that waits for the end of this one.
    fn holds_next(&self) -> bool;

    /// The run takes longer than another one may wait for it.
    fn is_late(&mut self);
}

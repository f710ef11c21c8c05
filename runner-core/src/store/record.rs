//! What the store says of a run.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::build::Build;
use super::{
    failure::{Failure, PastAttempt},
    stale::Stale,
};
use crate::value::Leaf;
use crate::value::{Identity, Key, Origin};

/// A run that is looked for, or about to be stored.
pub(crate) struct Wanted<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) origin: &'a Origin,
    /// Whether equal keys mean equal names; otherwise the run may be there under another name.
    pub(crate) named_by_key: bool,
    pub(crate) config: &'a dyn Described,
}

/// A config as the store asks for it, only when it needs to.
pub(crate) trait Described {
    /// Its leaves under the names of the key.
    fn leaves(&self) -> Vec<Leaf>;

    /// Its JSON text, for `run.json`; nothing if JSON cannot say it.
    fn json(&self) -> Option<String>;
}

/// Which directories a look considers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Those of the one listing that a store makes.
    Listed,
    /// Also what other processes published since; for a second look, under the key's lock.
    Fresh,
}

/// An output, and whether it was of an older type.
#[derive(Debug)]
pub(crate) struct Decoded<O> {
    pub(crate) value: O,
    pub(crate) is_upgraded: bool,
}

/// Why the bytes of an output are no output of today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// They are of another type.
    Type(String),
    /// They are of an older type, but its upgrade fails.
    Upgrade(String),
}

/// A decoded output, as the store hands it on.
pub(crate) trait Taken {
    /// Whether the bytes are of another type, from which it was converted.
    fn is_converted(&self) -> bool;
}

impl<O> Taken for Decoded<O> {
    fn is_converted(&self) -> bool {
        self.is_upgraded
    }
}

/// What is found.
#[derive(Debug)]
pub(crate) enum Lookup<O> {
    Hit {
        output: O,
        record: Record,
    },
    Missing,
    /// A result is there that does not count any more.
    Stale(Stale),
    /// A result is there that is damaged; the text says how.
    Corrupt(String),
}

/// A stored result, apart from its output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// The name of the run's directory.
    pub(crate) directory: String,
    pub(crate) started: SystemTime,
    pub(crate) duration: Duration,
    pub(crate) build: Build,
    pub(crate) attempts: u32,
    /// Whether the directory is one that was set aside.
    pub(crate) aside: bool,
}

/// A result in the store, whoever it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredRun {
    pub(crate) experiment: String,
    pub(crate) version: u32,
    pub(crate) name: String,
    pub(crate) key: Key,
    /// The config's leaves, under the names of the key; what is long is there as its digest.
    pub(crate) leaves: Vec<Leaf>,
    /// The paths and kinds of the output's leaves.
    pub(crate) output_shape: Vec<(String, String)>,
    pub(crate) record: Record,
    /// The bytes of the output.
    pub(crate) output_bytes: u64,
    /// The bytes of the whole file.
    pub(crate) file_bytes: u64,
}

/// What became of a finished run.
#[derive(Debug)]
pub(crate) enum Publication {
    /// It is stored, or will be by [`Store::write_deferred`](super::base::Store::write_deferred).
    Stored(Record),
    /// Without locks another process was faster, whose result counts.
    Elsewhere,
    /// The run has moved or removed its own directory, or put something else in place of a file in it. It is noted as failed.
    Spoilt(Failure),
}

/// What a finished run hands over.
#[derive(Debug)]
pub(crate) struct Finished<'a> {
    /// The config in postcard.
    pub(crate) config_bytes: &'a [u8],
    /// The output in postcard, proven to read back.
    pub(crate) output_bytes: &'a [u8],
    pub(crate) output_digest: crate::value::Digest,
    pub(crate) output_shape: Vec<(String, String)>,
    pub(crate) started: SystemTime,
    pub(crate) duration: Duration,
    pub(crate) attempts: u32,
    pub(crate) build: Build,
    /// Known of a run in a process of its own.
    pub(crate) usage: Option<Usage>,
    /// The attempts that failed before.
    pub(crate) earlier: &'a [PastAttempt],
}

/// What a run took of the machine, as far as a process of its own tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// The processor time of all threads, and of the programs that the run started and waited for.
    pub(crate) cpu: Duration,
    /// The most memory that the process had at a time.
    pub(crate) peak_memory_bytes: u64,
}

//! Results of runs as the store finds and stores them.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    build::Build,
    code::{Code, CodeDifference},
    failure::{Failure, PastAttempt},
};
use crate::{
    base::Error,
    value::{AnyValue, Digest, Identity, Key, Leaf, Origin, Past, Tree},
};

/// A run that is looked for, or about to be stored.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) origin: &'a Origin,
    pub(crate) code: &'a Code,
    /// Whether equal keys mean equal names; otherwise the run may be there under another name.
    pub(crate) named_by_key: bool,
    /// The configs, and the number of this one.
    pub(crate) configs: &'a dyn Described,
    pub(crate) run: usize,
}

/// Finds a result that counts, if there is one.
pub(crate) type Counting<'a> = dyn FnMut() -> Result<Option<Record>, Error> + 'a;

/// The configs of runs as the store asks for them, only when it needs to.
pub(crate) trait Described: Sync {
    /// Returns the leaves of a config under the names of the key.
    fn key_leaves(&self, run: usize) -> Vec<Leaf>;

    /// Returns a config as people read it, for `run.json`; none if it cannot be serialised.
    fn config_tree(&self, run: usize) -> Option<Tree>;
}

impl Wanted<'_> {
    pub(super) fn leaves(&self) -> Vec<Leaf> {
        self.configs.key_leaves(self.run)
    }

    pub(super) fn tree(&self) -> Option<Tree> {
        self.configs.config_tree(self.run)
    }
}

/// The directories that a look considers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Those of the one listing that a store makes.
    Listed,
    /// Also what other processes published since; for a second look, under the key's lock.
    Fresh,
}

/// An output of a type that the store does not know.
pub(crate) type AnyOutput = Box<dyn AnyValue>;

/// An output, and whether it was of an older type.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) value: AnyOutput,
    pub(crate) is_upgraded: bool,
}

/// The reason why the bytes of an output are no output of today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// They are of another type.
    Type(String),
    /// They are of an older type, but its upgrade fails.
    Upgrade(String),
}

/// The result of a lookup.
#[derive(Debug)]
pub(crate) enum Lookup {
    Hit {
        output: Decoded,
        record: Record,
    },
    Missing,
    /// A result is there that does not count any more.
    Stale(Stale),
    /// A result is there that is damaged; the text says how.
    Corrupt(String),
}

/// The reason why a result does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stale {
    /// The file is of another format.
    Format(u32),
    /// A field that is left out of the key had another value.
    Added {
        path: String,
        stored: String,
        now: String,
    },
    /// A field of the past counts again.
    Claimed {
        path: String,
        past: Past,
        /// The value it had, or was taken to have.
        stored: String,
    },
    /// Other code computed it, and the experiment wants none of other code.
    Code {
        /// Its digest.
        code: u128,
        difference: Arc<CodeDifference>,
    },
    /// The output is of an older type, and its upgrade fails.
    Upgrade(String),
    /// The output is not of this type any more.
    Output {
        error: String,
        /// The stored paths and kinds of the output's leaves.
        shape: Vec<(String, String)>,
    },
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
    /// The digest of the code that computed it; 0 if that is not known.
    pub(crate) code: u128,
    /// Whether the directory is one that was set aside.
    pub(crate) aside: bool,
}

/// A result in the store, of whatever experiment.
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
    /// The config, in postcard or in the form that describes itself.
    pub(crate) config: Vec<u8>,
    /// The bytes of the output.
    pub(crate) output_bytes: u64,
    /// The bytes of the whole file.
    pub(crate) file_bytes: u64,
}

/// The end of publishing a run.
#[derive(Debug)]
pub(crate) enum Publication {
    /// It is stored, or will be by [`Batch::write_deferred`](super::batch::Batch::write_deferred).
    Stored(Record),
    /// Without locks another process was faster, whose result counts.
    Elsewhere,
    /// The lock file was removed or replaced meanwhile, and another process has the run or has done it.
    Taken,
    /// The run has moved or removed its own directory, or put something else in place of a file in it. It is noted as failed.
    Displaced(Failure),
}

/// A run that went well, as it is handed to the store.
#[derive(Debug)]
pub(crate) struct Finished<'a> {
    /// The config, in postcard or in the form that describes itself.
    pub(crate) config_bytes: &'a [u8],
    /// The output, likewise, proven to read back.
    pub(crate) output_bytes: Vec<u8>,
    pub(crate) output_digest: Digest,
    pub(crate) output_shape: Vec<(String, String)>,
    pub(crate) effort: Effort,
    /// The attempts that failed before.
    pub(crate) earlier: &'a [PastAttempt],
}

/// The time and the means that a run took, whether or not it went well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) started: SystemTime,
    pub(crate) duration: Duration,
    pub(crate) attempts: u32,
    pub(crate) build: Build,
    /// Known of a run in a process of its own.
    pub(crate) usage: Option<Usage>,
}

/// The resources that a run used, known if it had a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    /// The processor time of all threads, and of the programs that the run started and waited for.
    pub(crate) cpu: Duration,
    /// Maximum memory that the process had at a time.
    pub(crate) peak_memory_bytes: u64,
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(format) => write!(
                f,
                "it is in format {format} of another version of this library, and stays as it is"
            ),
            Self::Added { path, stored, now } => write!(
                f,
                "`{path}` was {stored} when it was computed and its `added` value is {now} now: \
                 change that back to keep the result"
            ),
            Self::Claimed {
                path,
                past: Past::Removed,
                stored,
            } => write!(
                f,
                "`{path}` was `removed` when it was computed, on the claim that this meant {stored}, and is a field now: \
                 change that back to keep the result"
            ),
            Self::Claimed {
                path,
                past: Past::Skipped,
                stored,
            } => write!(
                f,
                "`{path}` was `skip` when it was computed with {stored}, and its value counts now: \
                 change that back to keep the result"
            ),
            Self::Code { difference, .. } => write!(
                f,
                "other code computed it: {difference}; --accept takes it as it is"
            ),
            Self::Upgrade(error) => f.write_str(error),
            Self::Output { error, shape } => {
                write!(f, "the output type changed ({error})")?;
                if !shape.is_empty() {
                    f.write_str("; it held ")?;
                    list(f, shape)?;
                }
                f.write_str(": change the type back to keep the result")
            }
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, shape: &[(String, String)]) -> fmt::Result {
    const SHOWN: usize = 6;
    for (index, (path, kind)) in shape.iter().take(SHOWN).enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        match path.as_str() {
            "" => write!(f, "{comma}{kind}")?,
            path => write!(f, "{comma}`{path}`: {kind}")?,
        }
    }
    if shape.len() > SHOWN {
        write!(f, " and {} more", shape.len() - SHOWN)?;
    }
    Ok(())
}

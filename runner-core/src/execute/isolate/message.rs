//! What parent and child say to each other.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::log::DirectoryId;
use super::program_file::ProgramFile;
use crate::{
    api::Sharing,
    execute::rerun::Found,
    store::{Known, Published, Usage},
};

/// From the parent.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Once, before anything else.
    Hello(Hello),
    Run(RunOrder),
    /// There is no more to do.
    Bye,
}

/// What all runs of a child have in common.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    pub(super) experiment: String,
    pub(super) version: u32,
    /// The program that the parent is, which the child must be too.
    pub(super) program: Option<ProgramFile>,
    /// Its fingerprint.
    pub(super) build: u128,
    /// The output directory as it was given, and where that was; as the bytes of the paths.
    pub(super) output_dir: Vec<u8>,
    pub(super) output_dir_absolute: Vec<u8>,
    pub(super) is_durable: bool,
    pub(super) named_by_key: bool,
    /// When the invocation started, if it runs everything again.
    pub(super) rerun_started: Option<SystemTime>,
}

/// One run to do.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RunOrder {
    /// In postcard.
    pub(super) config: Vec<u8>,
    pub(super) key: u128,
    pub(super) slot: usize,
    pub(super) is_waiting: bool,
    /// Its directories.
    pub(super) known: Known,
    /// Whether a failure of it is noted.
    pub(super) has_failed: bool,
    /// What an invocation that runs everything again found of it.
    pub(super) found: Found,
}

/// From the child.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Word {
    /// It is not the program that it should be.
    Refused(String),
    /// Another process is doing the run.
    Waiting(String),
    Started {
        /// The name of the run's directory.
        directory: String,
        id: Option<DirectoryId>,
        attempt: u32,
        /// The processor time that the process has taken before.
        cpu: Duration,
    },
    Progress(u64, u64),
    /// Whether the run makes or awaits shared values.
    Sharing(Sharing),
    /// Something that the user should know about the run.
    Note(String),
    Ended {
        verdict: Verdict,
        published: Published,
        /// Whether the run left processes behind.
        leaves_processes: bool,
    },
}

/// What the child says a run came to.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Verdict {
    Done {
        elsewhere: bool,
        usage: Option<Usage>,
    },
    Failed {
        error: String,
        backtrace: Option<String>,
        attempts: u32,
        duration: Duration,
        usage: Option<Usage>,
    },
    Busy,
    /// The store failed the child.
    Broken {
        operation: String,
        path: Vec<u8>,
        errno: Option<i32>,
        error: String,
    },
}

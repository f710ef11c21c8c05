//! [`Checkpoints`]: the states that a run leaves for its next attempt.

use std::{
    sync::{Arc, Mutex},
    time::SystemTime,
};

use anyhow::anyhow;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    base::{locked, rough_timestamp},
    store::{CheckpointHeader, FoundCheckpoint, LazyBuild, Store},
    value::{Digest, Key, Walker, What, codec},
};

/// The checkpoints of one run.
pub(crate) enum Checkpoints {
    /// In memory, for a context outside any program: the bytes of the state and its digest.
    Memory(Mutex<Option<(Vec<u8>, Digest)>>),
    Stored(StoredCheckpoints),
}

/// The checkpoints of a run in the store, whose key this process has locked.
pub(crate) struct StoredCheckpoints {
    pub(crate) store: Arc<Store>,
    pub(crate) key: Key,
    pub(crate) build: Arc<LazyBuild>,
    pub(crate) attempt: u32,
    /// The digest of the whole config, asked for only when there is a checkpoint.
    pub(crate) config: Box<dyn Fn() -> Result<Digest, String> + Send + Sync>,
    pub(crate) note: Box<dyn Fn(String) + Send + Sync>,
    /// Whether the run tried to save a checkpoint. Held while one is written: a run may have threads.
    pub(crate) saved: Mutex<bool>,
}

impl Checkpoints {
    pub(crate) fn save<S: Serialize + DeserializeOwned>(&self, state: &S) -> anyhow::Result<()> {
        let encoded = codec::encode(state, What::Checkpoint).map_err(|error| anyhow!(error))?;
        match self {
            Self::Memory(memory) => {
                *locked(memory) = Some((encoded.bytes, encoded.digest));
                Ok(())
            }
            Self::Stored(stored) => stored.save(&encoded.bytes, encoded.digest),
        }
    }

    /// Returns whether one may be in the store that was not there before.
    pub(crate) fn are_saved(&self) -> bool {
        match self {
            Self::Memory(_) => false,
            Self::Stored(stored) => *locked(&stored.saved),
        }
    }

    pub(crate) fn restore<S: Serialize + DeserializeOwned>(&self) -> anyhow::Result<Option<S>> {
        match self {
            Self::Memory(memory) => {
                let memory = locked(memory);
                Ok(memory.as_ref().and_then(|(bytes, digest)| {
                    codec::decode(bytes, *digest, &mut Walker::new()).ok()
                }))
            }
            Self::Stored(stored) => stored.restore(),
        }
    }
}

impl StoredCheckpoints {
    fn config_digest(&self) -> anyhow::Result<Digest> {
        (self.config)().map_err(|error| anyhow!("the config cannot be written: {error}"))
    }

    fn save(&self, bytes: &[u8], digest: Digest) -> anyhow::Result<()> {
        let header = CheckpointHeader {
            key: self.key,
            config: self.config_digest()?,
            state: digest,
            build: self.build.get(),
            saved: SystemTime::now(),
            attempt: self.attempt,
        };
        let mut saved = locked(&self.saved);
        *saved = true;
        Ok(self.store.checkpoints.save(header, bytes)?)
    }

    fn restore<S: Serialize + DeserializeOwned>(&self) -> anyhow::Result<Option<S>> {
        let Some(found) = self.store.checkpoints.get(self.key)? else {
            return Ok(None);
        };
        let restored = match found {
            FoundCheckpoint::Damaged(reason) => Err(format!("is damaged ({reason})")),
            FoundCheckpoint::Format(format) => Err(format!(
                "is in format {format} of another version of this library"
            )),
            FoundCheckpoint::Whole { header, .. } if header.config != self.config_digest()? => Err(
                "is that of another config: a field that is left out of the key has another value"
                    .to_owned(),
            ),
            FoundCheckpoint::Whole { header, state } => {
                codec::decode(&state, header.state, &mut Walker::new())
                    .map(|state| (state, header))
                    .map_err(|error| format!("holds a state of another type ({error})"))
            }
        };
        match restored {
            Ok((state, header)) => {
                if header.build != self.build.get() {
                    (self.note)(format!(
                        "goes on from a checkpoint that another build of the program saved at {}; if what changed \
                         matters, start again with `--rerun`",
                        rough_timestamp(header.saved)
                    ));
                }
                Ok(Some(state))
            }
            Err(reason) => {
                (self.note)(format!(
                    "starts from the beginning, as its checkpoint {reason}"
                ));
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn memory_gives_back_the_last_state_of_the_same_type() {
        let checkpoints = Checkpoints::Memory(Mutex::default());
        let restored = |checkpoints: &Checkpoints| {
            checkpoints
                .restore::<(u32, String)>()
                .expect("memory can be read")
        };
        assert_eq!(restored(&checkpoints), None);
        // A state that postcard cannot give back is one too.
        let open = serde_json::json!({"step": 8});
        checkpoints.save(&open).expect("memory can be written");
        assert_eq!(
            checkpoints.restore().expect("memory can be read"),
            Some(open)
        );
        for step in 0..3_u32 {
            let state = (step, "words".to_owned());
            checkpoints.save(&state).expect("memory can be written");
            assert_eq!(restored(&checkpoints), Some(state));
        }
        let other = checkpoints.restore::<(i32, String)>();
        assert_eq!(other.expect("memory can be read"), None);
    }

    #[test]
    fn a_state_that_is_lost_is_refused_and_the_last_one_stays() {
        let checkpoints = Checkpoints::Memory(Mutex::default());
        checkpoints.save(&7_u8).expect("memory can be written");
        let error = checkpoints
            .save(&HashSet::from([1, 2, 3, 4, 5]))
            .expect_err("it comes back in another order")
            .to_string();
        assert!(
            error.contains("the checkpoint does not survive being stored"),
            "{error}"
        );
        assert_eq!(
            checkpoints.restore::<u8>().expect("memory can be read"),
            Some(7)
        );
    }
}

//! A small experiment without user code: outputs are numbers, configs a few fields.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, SystemTime},
};

use crate::{
    base::Error,
    store::{
        Unfit,
        attempt::Attempt,
        base::Store,
        build::Build,
        code::Code,
        disk::{Access, Durability},
        failure::Failure,
        reader::ResultReader,
        record::{Decoded, Described, Effort, Finished, Look, Lookup, Publication, Record, Wanted},
    },
    value::{Digest, Identity, Key, Kind, Leaf, Mark, Origin, Tree, Value},
};

/// A directory that is removed at the end.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("runner-store-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).expect("the temporary directory is writable");
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn out(&self) -> PathBuf {
        self.0.join("out")
    }

    pub(super) fn store(&self) -> Store {
        Store::open(&self.out(), Access::Write, Durability::Promised).expect("the store opens")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The names in the output directory, in order.
pub(super) fn names(scratch: &Scratch) -> Vec<String> {
    let entries = std::fs::read_dir(scratch.out()).expect("it is there");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("it is read")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name != ".runner" && name != ".gitignore")
        .collect();
    names.sort();
    names
}

/// A run of the experiment; its config is 5.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) identity: Identity,
    pub(super) origin: Origin,
    pub(super) leaves: Vec<Leaf>,
    pub(super) named_by_key: bool,
    pub(super) code: Code,
}

impl Case {
    pub(super) fn new(name: &str, key: u128) -> Self {
        Self {
            identity: Identity {
                key: Key::from_u128(key << 64 | 0x00c0_ffee),
                omitted: Digest::default(),
                seed: 1,
                name: name.into(),
            },
            origin: Origin {
                experiment: "tests::Numbers".to_owned(),
                version: 1,
            },
            leaves: vec![leaf("epochs", Mark::Keyed, 5)],
            named_by_key: true,
            code: Code::UNKNOWN,
        }
    }

    /// The same config with a field that is omitted at this value.
    pub(super) fn with_omitted(mut self, path: &str, value: i128) -> Self {
        self.leaves.push(leaf(path, Mark::Omitted, value));
        self.identity.omitted = Digest::of(format!("{:?}", self.leaves).as_bytes());
        self
    }

    pub(super) fn directory(&self) -> String {
        format!("{}-{:016x}", self.identity.name, self.identity.key.short())
    }

    pub(super) fn with<R>(&self, act: impl FnOnce(&Wanted<'_>) -> R) -> R {
        act(&Wanted {
            identity: &self.identity,
            origin: &self.origin,
            code: &self.code,
            named_by_key: self.named_by_key,
            configs: self,
            run: 0,
        })
    }

    /// The note of how it failed last.
    pub(super) fn failure(&self, store: &Store) -> Option<Failure> {
        let failure = store.failures.get(self.identity.key);
        failure.expect("it can be read")
    }

    pub(super) fn find(&self, store: &Store, look: Look) -> Result<Lookup, Error> {
        self.with(|wanted| store.find(wanted, &mut ResultReader::default(), look, &mut decode))
    }

    /// The output of a hit, or what else was found in one word.
    pub(super) fn state(&self, store: &Store) -> Result<u64, &'static str> {
        word(
            &self
                .find(store, Look::Listed)
                .expect("the store can be read"),
        )
    }

    /// What a program finds whose output type holds only some numbers.
    pub(super) fn state_in(
        &self,
        store: &Store,
        accepted: &Range<u64>,
    ) -> Result<u64, &'static str> {
        let mut decode = |bytes: &[u8], digest| decode_from(accepted, bytes, digest);
        let found = self.with(|wanted| {
            store.find(
                wanted,
                &mut ResultReader::default(),
                Look::Listed,
                &mut decode,
            )
        });
        word(&found.expect("the store can be read"))
    }

    /// Does the run as the engine does, except that a hit is run again too.
    pub(super) fn run(
        &self,
        store: &Store,
        output: u64,
        duration: Duration,
    ) -> Result<Record, Error> {
        self.attempt(store, |attempt| publish(attempt, output, duration))
    }

    pub(super) fn attempt<R>(
        &self,
        store: &Store,
        act: impl FnOnce(Attempt<'_>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.attempt_in(store, &(0..u64::MAX), act)
    }

    pub(super) fn attempt_in<R>(
        &self,
        store: &Store,
        accepted: &Range<u64>,
        act: impl FnOnce(Attempt<'_>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.with(|wanted| {
            let lock = store
                .lock(wanted.identity.key)?
                .expect("nobody else has the lock");
            let mut decode = |bytes: &[u8], digest| decode_from(accepted, bytes, digest);
            let mut reader = ResultReader::default();
            let found = store.find(wanted, &mut reader, Look::Fresh, &mut decode)?;
            let replaces = match &found {
                Lookup::Hit { record, .. } => Some(record),
                _ => None,
            };
            let attempt = store
                .begin(lock, wanted, replaces, &mut || Ok(None))?
                .expect("nobody else stores it");
            act(attempt.refusing(reader.refused))
        })
    }
}

impl Described for Case {
    fn key_leaves(&self, _: usize) -> Vec<Leaf> {
        self.leaves.clone()
    }

    fn config_tree(&self, _: usize) -> Option<Tree> {
        Some(Tree::Whole(5_u32.into()))
    }
}

pub(super) const SHORT: Duration = Duration::from_millis(1);
pub(super) const LONG: Duration = Duration::from_secs(1);

pub(super) fn publish(
    attempt: Attempt<'_>,
    output: u64,
    duration: Duration,
) -> Result<Record, Error> {
    let record = publish_unless(attempt, output, duration, || Ok(None))?;
    Ok(record.expect("nobody else publishes"))
}

/// Ends an attempt that took so long with a failure.
pub(super) fn end_failed(
    attempt: Attempt<'_>,
    failure: &Failure,
    duration: Duration,
) -> Result<(), Error> {
    let effort = Effort {
        started: failure.at,
        duration,
        attempts: failure.attempts,
        build: failure.build,
        usage: None,
    };
    attempt.fail(failure, &effort)
}

/// Publishes, unless without locks another process was faster, as `counting` tells.
pub(super) fn publish_unless(
    attempt: Attempt<'_>,
    output: u64,
    duration: Duration,
    mut counting: impl FnMut() -> Result<Option<Record>, Error>,
) -> Result<Option<Record>, Error> {
    let output_bytes = output.to_le_bytes();
    let finished = Finished {
        config_bytes: &[5],
        output_bytes: output_bytes.to_vec(),
        output_digest: Digest::of(&output_bytes),
        output_shape: vec![(String::new(), "u64".to_owned())],
        effort: Effort {
            started: SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
            duration,
            attempts: 1,
            build: Build { fingerprint: 7 },
            usage: None,
        },
        earlier: &[],
    };
    Ok(match attempt.publish(finished, &mut counting)? {
        Publication::Stored(record) => Some(record),
        Publication::Elsewhere => None,
        Publication::Taken => return Err(Error::usage("taken")),
        Publication::Displaced(failure) => {
            return Err(Error::usage(failure.error));
        }
    })
}

pub(super) fn decode(bytes: &[u8], digest: Digest) -> Result<Decoded, Unfit> {
    decode_from(&(0..u64::MAX), bytes, digest)
}

/// The number in an output.
pub(super) fn number(output: &Decoded) -> u64 {
    let value: &dyn std::any::Any = &*output.value;
    *value.downcast_ref().expect("outputs are numbers")
}

/// The output and the record of a hit.
pub(super) fn hit(found: Result<Lookup, Error>) -> Option<(u64, Record)> {
    match found {
        Ok(Lookup::Hit { output, record }) => Some((number(&output), record)),
        _ => None,
    }
}

pub(super) fn decode_from(
    accepted: &Range<u64>,
    bytes: &[u8],
    digest: Digest,
) -> Result<Decoded, Unfit> {
    assert_eq!(Digest::of(bytes), digest, "a value that was never stored");
    let output = bytes.try_into().map(u64::from_le_bytes);
    match output {
        Ok(output) if accepted.contains(&output) => Ok(Decoded {
            value: Box::new(output),
            is_upgraded: false,
        }),
        Ok(_) => Err(Unfit::Type("it is of another type".to_owned())),
        Err(_) => Err(Unfit::Type("it is no number".to_owned())),
    }
}

fn word(found: &Lookup) -> Result<u64, &'static str> {
    match found {
        Lookup::Hit { output, .. } => Ok(number(output)),
        Lookup::Missing => Err("missing"),
        Lookup::Stale(_) => Err("stale"),
        Lookup::Corrupt(_) => Err("corrupt"),
    }
}

pub(super) fn leaf(path: &str, mark: Mark, value: i128) -> Leaf {
    Leaf {
        path: path.to_owned(),
        kind: Kind::U32,
        value: Value::Int(value),
        mark,
        omitted_at: if mark == Mark::Omitted { path.len() } else { 0 },
    }
}

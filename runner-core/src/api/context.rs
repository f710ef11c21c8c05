//! [`Context`]: what a run knows about itself.

use std::{
    fmt,
    panic::Location,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread::{self, ThreadId},
};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    checkpoint::Checkpoints,
    progress::Progress,
    shared::{Cancel, Shared},
};
use crate::value::Key;

/// What [`Experiment::run`](super::experiment::Experiment::run) is given beside the config.
pub struct Context {
    pub(crate) out_dir: PathBuf,
    pub(crate) name: String,
    pub(crate) key: Key,
    pub(crate) seed: u64,
    pub(crate) slot: usize,
    pub(crate) attempt: u32,
    pub(crate) is_isolated: bool,
    pub(crate) cancel: Cancel,
    pub(crate) shared: Arc<Shared>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) checkpoints: Checkpoints,
    /// The run's own thread.
    pub(crate) thread: ThreadId,
}

impl Context {
    /// A context outside any program, for a unit test that calls `run`: artifacts go to `out_dir`, which must exist.
    ///
    /// The name is empty, key and seed are 0, the slot is 0 and the attempt is the first.
    ///
    /// ```
    /// # use runner_core as runner;
    /// let context = runner::Context::detached(std::env::temp_dir());
    /// assert_eq!(context.out_dir(), std::env::temp_dir());
    /// assert_eq!((context.seed(), context.slot(), context.attempt()), (0, 0, 1));
    /// ```
    pub fn detached(out_dir: impl Into<PathBuf>) -> Self {
        Self {
            out_dir: out_dir.into(),
            name: String::new(),
            key: Key::from_u128(0),
            seed: 0,
            slot: 0,
            attempt: 1,
            is_isolated: false,
            cancel: Cancel::default(),
            shared: Arc::default(),
            progress: Arc::default(),
            checkpoints: Checkpoints::Memory(Mutex::default()),
            thread: thread::current().id(),
        }
    }

    /// The run's own directory, for artifacts; empty when the run starts.
    ///
    /// The library writes `result.postcard`, `run.json`, `run.log` and `unstorable.json` there, whatever is there of these names. A run that moves or removes the directory
    /// fails, as its result has no place.
    pub fn out_dir(&self) -> &Path {
        &self.out_dir
    }

    /// The run's name, from the config's `name` field or the experiment.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The run's key.
    pub fn key(&self) -> Key {
        self.key
    }

    /// A number to seed random generators with: from the experiment's name and the config, the same on every machine,
    /// for every attempt and for every `VERSION`.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The place among those for runs at a time that this one has: from 0 to one less than `--jobs`, for GPU or port numbers.
    /// Programs that run at the same time have the same ones, but with `--share-slots`.
    pub fn slot(&self) -> usize {
        self.slot
    }

    /// The number of the attempt at this config, counted from 1; earlier ones failed.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Returns whether the run has a process of its own, as with `--isolate`, so that it can harm no other run.
    pub fn is_isolated(&self) -> bool {
        self.is_isolated
    }

    /// Returns whether the run is asked to stop. A run that can stop early should look now and then, save a
    /// [`checkpoint`](Self::checkpoint), and return an error.
    ///
    /// Once this was true, the run is stopped, whatever it returns: it is no failure and no attempt, and a result does not count, as it
    /// may be cut short. A run that does not look may finish within the grace (`--grace`), and its result counts.
    ///
    /// ```
    /// # use runner_core as runner;
    /// # use runner::Context;
    /// fn steps(context: &Context) -> anyhow::Result<u64> {
    ///     for step in 0..1_000 {
    ///         anyhow::ensure!(!context.is_cancelled(), "stopped in step {step}");
    ///     }
    ///     Ok(1_000)
    /// }
    ///
    /// assert_eq!(steps(&Context::detached(std::env::temp_dir()))?, 1_000);
    /// # anyhow::Ok(())
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.cancel.look()
    }

    /// Tells the progress of the run, in whatever unit: `done` of `total`. Shown beside the run's name; cheap enough for every step.
    pub fn progress(&self, done: u64, total: u64) {
        self.progress.set(done, total);
    }

    /// Keeps `state` for the next attempt at this run, which gets it from [`restore`](Self::restore): what a long run has
    /// come to so far. A later one takes its place; the last one goes once the run has its result.
    ///
    /// When this returns, the state is on the disk, complete, and survives a crash of the machine. That takes some
    /// milliseconds: for a run of hours, every few seconds or minutes is often enough.
    ///
    /// ```
    /// # use runner_core as runner;
    /// # use runner::Context;
    /// fn sum(context: &Context) -> anyhow::Result<u64> {
    ///     let (mut step, mut sum) = context.restore::<(u64, u64)>()?.unwrap_or_default();
    ///     while step < 1_000 {
    ///         sum += step;
    ///         step += 1;
    ///         if step % 100 == 0 {
    ///             context.checkpoint(&(step, sum))?;
    ///         }
    ///     }
    ///     Ok(sum)
    /// }
    ///
    /// let context = Context::detached(std::env::temp_dir());
    /// assert_eq!(sum(&context)?, 499_500);
    /// assert_eq!(context.restore()?, Some((1_000_u64, 499_500_u64)));
    /// # anyhow::Ok(())
    /// ```
    ///
    /// Everything that decides how the run goes on belongs into the state, such as that of a random number generator. The
    /// files of an interrupted attempt are gone when the next one starts.
    ///
    /// # Errors
    ///
    /// If the state does not come back as it was when it is stored, like an output that does not, or if it cannot be written; an earlier checkpoint stays then.
    pub fn checkpoint<S: Serialize + DeserializeOwned>(&self, state: &S) -> anyhow::Result<()> {
        self.checkpoints.save(state)
    }

    /// The state that was last given to [`checkpoint`](Self::checkpoint), by this attempt or by an earlier one that failed or
    /// was killed; `None` if there is none that fits.
    ///
    /// It fits if it was saved for exactly this config, also in the fields that are left out of the key, and is of type `S`. One
    /// that does not, or is damaged, is reported on standard error and not used. One that another build of the
    /// program saved is used, with a warning; `--rerun` starts without.
    ///
    /// # Errors
    ///
    /// If there is a checkpoint that cannot be read from the disk.
    pub fn restore<S: Serialize + DeserializeOwned>(&self) -> anyhow::Result<Option<S>> {
        self.checkpoints.restore()
    }

    /// A value that all runs of the process share, such as a data set: made by the first run that needs it while the others
    /// wait, never for `--report` or `--list`, and its time does not count as the run's.
    ///
    /// The value belongs to the place in the source that asks for it: two calls in two places make two values, even of
    /// one type. It must therefore not depend on the config. It is dropped after the last run, in a thread of its own.
    ///
    /// ```
    /// # use runner_core as runner;
    /// # fn main() -> anyhow::Result<()> {
    /// # let context = runner::Context::detached(std::env::temp_dir());
    /// let words = context.shared(|| Ok(vec!["to", "be", "or"]))?;
    /// assert_eq!(words.len(), 3);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// With `--isolate` or a time limit, each run makes its own, as its process is fresh; `--isolate=kept` lets the runs of a process
    /// share.
    ///
    /// In a run with a time limit, shared values may take ten times the limit, and always half a minute; what takes longer hangs,
    /// and ends the run.
    ///
    /// # Errors
    ///
    /// If `make` fails or panics, every run that asked for the value or asks later gets the error; `make` is not tried again in this process.
    /// So it is if a value is needed to make itself, directly or through another one.
    ///
    /// # Other threads
    ///
    /// Threads that a run starts, or that it uses as a pool, may ask too. While all threads of a pool wait for a value whose `make` uses
    /// that pool, no thread is left to make it. A thread that sees nothing go on for a second therefore makes the value again, and the one that
    /// is there first is the one that all get. To be sure that it is made once, ask for it before the pool's threads need it.
    #[track_caller]
    pub fn shared<T: Send + Sync + 'static>(
        &self,
        make: impl FnOnce() -> anyhow::Result<T>,
    ) -> anyhow::Result<Arc<T>> {
        let place = Location::caller();
        let is_own = thread::current().id() == self.thread;
        self.shared.get(place, make, is_own, &self.progress)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("name", &self.name)
            .field("key", &self.key)
            .field("out_dir", &self.out_dir)
            .field("slot", &self.slot)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

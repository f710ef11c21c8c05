//! The child's work: [`enter`] finds out that the program is a child; then one run after another, as the parent orders.

use std::{
    ffi::OsString,
    fs::File,
    // Only flushed: what the run printed belongs to its log before the run counts as over.
    io::{self, Write, stdout},
    os::{
        fd::AsFd,
        unix::{ffi::OsStringExt, net::UnixStream},
    },
    panic::AssertUnwindSafe,
    path::PathBuf,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use nix::unistd::dup2_stdin;

use super::{
    guard::{Guard, end_group},
    message::{
        Badge, Ended, Hello, MessageReader, Order, ProgramFile, RunOrder, STARTS_ITSELF, VARIABLE,
        Word,
    },
};
use crate::{
    api::{Cancel, Checkpoints, Context, Outline, Progress, Shared, StoredCheckpoints, Study},
    base::{Clock, Error, catch, install_hook, locked},
    execute::{machine::Meter, nesting::Nesting, ran::Ran},
    store::{Access, Build, ByteLock, Durability, LazyBuild, Store},
    value::{Identity, Key, Origin, Schema, Walker},
};

/// Number of tries to lock the code of a run that another process is still at work on.
const LOCK_TRIES: u32 = 400;
/// Time between two tries.
const LOCK_INTERVAL: Duration = Duration::from_millis(5);

/// The exit code of a child that cannot begin.
const CANNOT_BEGIN: i32 = 70;

/// The name of the thread that calls the code of runs.
const THREAD: &str = "run";

/// Set once this process does the work of a child: the code of its runs may start invocations of its own, of any experiment.
static AT_WORK: Mutex<bool> = Mutex::new(false);

/// Does the runs of a child, if this process is a child for this experiment, and ends it; otherwise returns at once.
///
/// # Errors
///
/// If it looks like a child and has no connection to a parent.
pub(crate) fn enter(outline: &Outline) -> Result<(), Error> {
    let Some(control) = take_connection(outline)? else {
        return Ok(());
    };
    let code = match work(outline, control) {
        Ok(()) => 0,
        Err(_) => CANNOT_BEGIN,
    };
    std::process::exit(code)
}

/// Returns whether this process is a child for an experiment that it has not come to yet.
pub(crate) fn is_worker_of_another(outline: &Outline) -> bool {
    let is_at_work = locked(&AT_WORK);
    !*is_at_work && Badge::own().is_some_and(|badge| !badge.is_for(outline.name))
}

/// Returns whether this process does the work of a child.
pub(super) fn is_at_work() -> bool {
    *locked(&AT_WORK)
}

/// Takes the connection to the parent from the standard input, which the run finds empty. One thread gets it, if several ask.
fn take_connection(outline: &Outline) -> Result<Option<UnixStream>, Error> {
    let mut is_at_work = locked(&AT_WORK);
    let Some(badge) = Badge::own().filter(|_| !*is_at_work) else {
        return Ok(None);
    };
    if !badge.is_connected() {
        return Err(Error::usage(format!(
            "unset {VARIABLE}, which names the process of a run, or call `runner::init` before `main` uses standard input: \
             there is no connection to the program that started this process"
        )));
    }
    if !badge.is_for(outline.name) {
        return Ok(None);
    }
    *is_at_work = true;
    let taken = io::stdin().as_fd().try_clone_to_owned();
    let taken = taken.and_then(|control| {
        dup2_stdin(File::open("/dev/null")?)?;
        Ok(Some(control.into()))
    });
    taken.map_err(|error| Error::usage(format!("the connection to the program is lost: {error}")))
}

/// Does what the parent orders until it has no more to do, in a thread of its own: the calling thread has whatever `main` has put
/// around it, such as an asynchronous runtime, and watches for the parent's end.
///
/// # Errors
///
/// If the connection does not work from the start.
fn work(outline: &Outline, control: UnixStream) -> io::Result<()> {
    let (cancel, clock) = (Cancel::default(), Clock::default());
    let (guard, watching) = Guard::new(&control, cancel.clone(), clock.clone())?;
    adopt_orphans();
    install_hook();
    let mut orders = MessageReader::new(control);
    let Some((Order::Hello(hello), _)) = orders.next()? else {
        end_group()
    };
    let workplace = match Workplace::new(outline, &hello, cancel, clock) {
        Ok(workplace) => workplace,
        Err(reason) => {
            guard.say(&Word::Unable(reason), &[]);
            return Ok(());
        }
    };
    let said = guard.clone();
    let thread = thread::Builder::new().name(THREAD.to_owned());
    let started = thread.stack_size(hello.stack_bytes).spawn(move || {
        let followed = catch(AssertUnwindSafe(|| follow(&mut orders, workplace, &said)));
        std::process::exit(match followed {
            Ok(Ok(())) => 0,
            _ => CANNOT_BEGIN,
        })
    });
    if let Err(error) = started {
        let reason = format!("its process cannot start a thread: {error}");
        guard.say(&Word::Unable(reason), &[]);
        return Ok(());
    }
    guard.watch(&watching)
}

/// Follows orders until there are no more.
fn follow(
    orders: &mut MessageReader<UnixStream>,
    mut workplace: Workplace,
    guard: &Guard,
) -> io::Result<()> {
    loop {
        match orders.next()? {
            Some((Order::Run(order), config)) => {
                let mut is_last = order.is_last;
                let (word, output) = match workplace.run(guard, &order, &config) {
                    Ok((ended, output)) => {
                        // The parent ends them, and this process keeps others from the run until then.
                        is_last &= !ended.leaves_processes;
                        (Word::Ended(ended), output)
                    }
                    Err(reason) => (Word::Refused(reason), Vec::new()),
                };
                guard.say(&word, &output);
                if is_last {
                    return Ok(());
                }
            }
            Some((Order::Bye, _)) => return Ok(()),
            Some((Order::Hello(_), _)) | None => end_group(),
        }
    }
}

/// What the runs of this process have in common.
struct Workplace {
    outline: Outline,
    store: Arc<Store>,
    /// The byte that is locked while the parent lives.
    parent: u64,
    origin: Origin,
    schema: Arc<Schema>,
    build: Arc<LazyBuild>,
    cancel: Cancel,
    shared: Arc<Shared>,
    clock: Clock,
    nesting: Nesting,
    meter: Meter,
    /// Whether the parent knows that this process has come to the code of a run.
    is_ready: bool,
}

impl Workplace {
    /// Checks that this is the program that the parent is, and opens the store, for checkpoints and locks.
    fn new(outline: &Outline, hello: &Hello, cancel: Cancel, clock: Clock) -> Result<Self, String> {
        let build = if STARTS_ITSELF
            || hello.program.is_some() && hello.program == ProgramFile::current()
        {
            Build {
                fingerprint: hello.build,
            }
        } else {
            Build::current()
        };
        if build.fingerprint != hello.build {
            return Err(
                "the program was built anew while it was running; start it again".to_owned(),
            );
        }
        if hello.experiment != outline.name || hello.version != outline.version {
            return Err(format!(
                "its process has {} in version {}, not {} in version {}",
                outline.name, outline.version, hello.experiment, hello.version
            ));
        }
        let durability = if hello.is_durable {
            Durability::Promised
        } else {
            Durability::LeftToSystem
        };
        let store = Store::open(&output_dir(hello), Access::Write, durability)
            .map_err(|error| error.to_string())?;
        let nesting = Nesting::new(
            path(&hello.root).into(),
            outline.is_exclusive,
            hello.around.clone(),
        );
        Ok(Self {
            outline: *outline,
            store: Arc::new(store),
            parent: hello.parent,
            origin: outline.origin(),
            schema: Arc::new(Schema::new(outline.config.shape)),
            build: Arc::new(LazyBuild::known(build)),
            cancel,
            shared: Arc::default(),
            clock,
            nesting,
            meter: Meter::default(),
            is_ready: false,
        })
    }

    /// Does a run: decodes the config, makes its key with this process's own code, and calls the user's code under the
    /// lock that keeps others from the run meanwhile.
    ///
    /// # Errors
    ///
    /// If the run cannot be started; the text says why.
    fn run(
        &mut self,
        guard: &Guard,
        order: &RunOrder,
        config: &[u8],
    ) -> Result<(Ended, Vec<u8>), String> {
        let study = self
            .outline
            .read(config, &self.schema)
            .ok_or("its process cannot read the config")?;
        let (config, name) = (study.config(0), study.run_name(0));
        let identity = self
            .origin
            .identify(config, name, &self.schema, &mut Walker::new())?;
        if identity.key.as_u128() != order.key {
            return Err(format!(
                "the config has the key {} in its process, but {} where it comes from: its `Serialize` depends on more than the value",
                identity.key,
                Key::from_u128(order.key)
            ));
        }
        let lock = lock_code(&self.store, identity.key, self.parent)?;
        self.meter.start();
        if !self.is_ready {
            self.is_ready = true;
            guard.say(&Word::Ready(self.meter.cpu), &[]);
        }
        let context = self.context(guard, order, &identity, &study);
        guard.run_started(&context.progress);
        let inside = self.nesting.enter(context.key, &context.cancel);
        let ran = Ran::of(&*study, 0, &context, &self.clock, Some(&mut self.meter));
        drop(inside);
        guard.run_ended();
        let _ = stdout().flush();
        let leaves_processes = has_children();
        if leaves_processes {
            // They are at work for the run until the parent has ended them with this process.
            std::mem::forget(lock);
        } else {
            drop(lock);
        }
        let (result, output) = match ran.result {
            Ok(encoded) => (Ok(encoded.digest.as_u128()), encoded.bytes),
            Err(fault) => (Err(fault), Vec::new()),
        };
        let ended = Ended {
            result,
            duration: ran.duration,
            usage: ran.usage.map(|usage| (usage.cpu, usage.peak_memory_bytes)),
            cpu: self.meter.cpu,
            leaves_processes,
            has_checkpoint: context.checkpoints.are_saved(),
        };
        Ok((ended, output))
    }

    fn context(
        &self,
        guard: &Guard,
        order: &RunOrder,
        identity: &Identity,
        study: &Arc<dyn Study>,
    ) -> Context {
        let (study, said) = (Arc::clone(study), guard.clone());
        Context {
            out_dir: self
                .store
                .absolute(&self.store.root().join(&order.directory)),
            name: identity.name.to_string(),
            key: identity.key,
            seed: identity.seed,
            slot: order.slot,
            attempt: order.attempt,
            is_isolated: true,
            cancel: self.cancel.for_run(),
            shared: Arc::clone(&self.shared),
            progress: Arc::new(Progress::new(self.clock.clone())),
            checkpoints: Checkpoints::Stored(StoredCheckpoints {
                store: Arc::clone(&self.store),
                key: identity.key,
                build: Arc::clone(&self.build),
                attempt: order.attempt,
                config: Box::new(move || study.config(0).whole_digest()),
                note: Box::new(move |text| said.say(&Word::Note(text), &[])),
                saved: Mutex::default(),
            }),
            thread: thread::current().id(),
        }
    }
}

/// Locks the code of a run. Another process may have it for a moment: a child whose parent has just been killed.
fn lock_code(store: &Store, key: Key, parent: u64) -> Result<ByteLock<'_>, String> {
    for _ in 0..LOCK_TRIES {
        match store.locks.lock_code(key, parent) {
            Ok(Some(lock)) => return Ok(lock),
            Ok(None) => thread::sleep(LOCK_INTERVAL),
            Err(error) => return Err(error.to_string()),
        }
    }
    Err(
        "another process is still at work on it, though the program that started that one is gone"
            .to_owned(),
    )
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}

/// Returns the output directory as it was given, unless that is another one from here.
fn output_dir(hello: &Hello) -> PathBuf {
    let (given, absolute) = (path(&hello.output_dir), path(&hello.output_dir_absolute));
    if std::path::absolute(&given).is_ok_and(|here| here == absolute) {
        given
    } else {
        absolute
    }
}

/// Makes this process the parent of what its runs orphan, so that [`has_children`] sees it.
fn adopt_orphans() {
    // Without it, only children of the process itself are found.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

/// Returns whether a process is left that a run started, living or dead.
#[cfg(target_os = "linux")]
fn has_children() -> bool {
    use nix::{
        errno::Errno,
        sys::wait::{Id, WaitPidFlag, waitid},
    };

    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    waitid(Id::All, flags) != Err(Errno::ECHILD)
}

/// Returns false: on other systems, it cannot be told without taking the end of a process from the code that waits for it.
#[cfg(not(target_os = "linux"))]
fn has_children() -> bool {
    false
}

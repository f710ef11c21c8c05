//! The child's work: one run after another, as the parent orders.

use std::{
    collections::HashMap,
    ffi::OsString,
    // Only flushed: what the run printed belongs to its log before the run counts as over.
    io::{self, Write, stdout},
    os::unix::{ffi::OsStringExt, net::UnixStream},
    path::PathBuf,
    sync::Arc,
};

use super::{
    frame,
    guard::{Guard, end_group},
    leftover,
    message::{Hello, Order, RunOrder, Verdict, Word},
    meter::cpu,
    program_file::ProgramFile,
};
use crate::{
    canonical::{Schema, Walker},
    config::{Config, Shaped},
    error::{Error, Kind},
    execute::{Event, Outcome, Rerun, Suspension, Task, Tell, install_hook},
    experiment::{Experiment, short_name},
    key::{Key, Origin},
    plan::Identified,
    shared::{Cancel, Shared},
    store::{Access, Build, DirectoryId, Durability, LazyBuild, Published, Store},
};

/// Does what the parent says until it says goodbye.
///
/// # Errors
///
/// If the connection does not work from the start.
pub(super) fn work<E: Experiment>(control: UnixStream) -> io::Result<()> {
    let cancel = Cancel::default();
    let suspension = Suspension::default();
    let guard = Guard::start(&control, cancel.clone(), suspension.clone())?;
    leftover::adopt_orphans();
    install_hook();
    let mut orders = frame::Reader::new(control);
    let Some(Order::Hello(hello)) = orders.next()? else {
        end_group()
    };
    let mut task = match begin::<E>(&hello, cancel, suspension) {
        Ok(task) => task,
        Err(word) => {
            guard.say(&word);
            return Ok(());
        }
    };
    loop {
        match orders.next()? {
            Some(Order::Run(order)) => {
                if run(&mut task, &guard, &order) == Next::End {
                    return Ok(());
                }
            }
            Some(Order::Bye) => return Ok(()),
            Some(Order::Hello(_)) | None => end_group(),
        }
    }
}

/// Checks that this is the program that the parent is, and opens the store.
fn begin<E: Experiment>(
    hello: &Hello,
    cancel: Cancel,
    suspension: Suspension,
) -> Result<Task<E>, Box<Word>> {
    let build = if hello.program.is_some() && hello.program == ProgramFile::current() {
        Build {
            fingerprint: hello.build,
        }
    } else {
        Build::current()
    };
    if build.fingerprint != hello.build {
        return Err(Box::new(Word::Refused(
            "the program was built anew while it was running; start it again".to_owned(),
        )));
    }
    if hello.experiment != E::name() || hello.version != E::VERSION {
        return Err(Box::new(Word::Refused(format!(
            "its process has {} in version {}, not {} in version {}",
            E::name(),
            E::VERSION,
            hello.experiment,
            hello.version
        ))));
    }
    let durability = if hello.is_durable {
        Durability::Promised
    } else {
        Durability::LeftToSystem
    };
    let store = Store::open(&output_dir(hello), Access::Write, durability)
        .map_err(|error| Box::new(ended(broken(&error), Published::default(), false)))?;
    Ok(Task {
        upgrades: E::upgrades(),
        store: Arc::new(store),
        origin: Arc::new(Origin {
            experiment: hello.experiment.clone(),
            version: hello.version,
        }),
        schema: Arc::new(Schema::new(<E::Config as Shaped>::SHAPE)),
        runs: Arc::new(Vec::new()),
        rerun: hello.rerun_started.map(|started| Rerun {
            started,
            found: HashMap::new(),
        }),
        named_by_key: hello.named_by_key,
        build: Arc::new(LazyBuild::known(build)),
        cancel,
        shared: Arc::new(Shared::default()),
        isolation: None,
        is_isolated: true,
        suspension,
    })
}

/// The output directory as it was given, unless that is another one from here.
fn output_dir(hello: &Hello) -> PathBuf {
    let path = |bytes: &Vec<u8>| PathBuf::from(OsString::from_vec(bytes.clone()));
    let (given, absolute) = (path(&hello.output_dir), path(&hello.output_dir_absolute));
    if std::path::absolute(&given).is_ok_and(|here| here == absolute) {
        given
    } else {
        absolute
    }
}

/// What a child does after a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Wait,
    /// It failed, and may have left anything in the process.
    End,
}

fn run<E: Experiment>(task: &mut Task<E>, guard: &Guard, order: &RunOrder) -> Next {
    let verdict = match identify(task, order) {
        Ok(identified) => {
            if let Some(rerun) = &mut task.rerun {
                rerun.found = HashMap::from([(identified.identity.key, order.found)]);
            }
            task.runs = Arc::new(vec![identified]);
            perform(task, guard, order)
        }
        Err(error) => {
            guard.say(&Word::Refused(error));
            return Next::Wait;
        }
    };
    guard.run_ended();
    let _ = stdout().flush();
    let leaves_processes = leftover::is_left();
    let next = match verdict {
        Verdict::Failed { .. } => Next::End,
        _ => Next::Wait,
    };
    guard.say(&ended(verdict, task.store.hand_over(), leaves_processes));
    next
}

/// Decodes the config and makes its key with this process's own code.
fn identify<E: Experiment>(
    task: &Task<E>,
    order: &RunOrder,
) -> Result<Identified<E::Config>, String> {
    let config: E::Config = postcard::from_bytes(&order.config)
        .map_err(|error| format!("its process cannot read the config ({error})"))?;
    let name = config.run_name().unwrap_or_else(|| short_name(E::name()));
    let identity = task
        .origin
        .identify(&config, name, &task.schema, &mut Walker::new())?;
    if identity.key.as_u128() == order.key {
        Ok(Identified { config, identity })
    } else {
        Err(format!(
            "the config has the key {} in its process, but {} where it comes from: its `Serialize` depends on more than the value",
            identity.key,
            Key::from_u128(order.key)
        ))
    }
}

fn perform<E: Experiment>(task: &Task<E>, guard: &Guard, order: &RunOrder) -> Verdict {
    let key = task.runs[0].identity.key;
    task.store.believe(key, &order.known);
    task.store.know_failure(key, order.has_failed);
    let (said, store) = (guard.clone(), Arc::clone(&task.store));
    let tell: Tell = Arc::new(move |event| match event {
        Event::Started {
            attempt,
            progress,
            out_dir,
            ..
        } => {
            said.say(&Word::Started {
                directory: out_dir
                    .file_name()
                    .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
                id: DirectoryId::of(&out_dir),
                attempt,
                cpu: cpu(),
            });
            let store = Arc::clone(&store);
            said.run_started(progress, move || {
                // Others only wait without knowing for whom.
                let _ = store.announce(key);
            });
        }
        Event::Waiting { holder, .. } => said.say(&Word::Waiting(holder)),
        Event::Note { text, .. } => said.say(&Word::Note(text)),
        _ => {}
    });
    match task.perform(0, order.slot, order.is_waiting, &tell) {
        Outcome::Done(done) => Verdict::Done {
            elsewhere: done.elsewhere,
            usage: done.usage,
        },
        Outcome::Failed {
            failure,
            duration,
            usage,
            ..
        } => Verdict::Failed {
            error: failure.error,
            backtrace: failure.backtrace,
            attempts: failure.attempts,
            duration,
            usage,
        },
        Outcome::Busy => Verdict::Busy,
        Outcome::Broken(error) => broken(&error),
    }
}

fn ended(verdict: Verdict, published: Published, leaves_processes: bool) -> Word {
    Word::Ended {
        verdict,
        published,
        leaves_processes,
    }
}

fn broken(error: &Error) -> Verdict {
    match error.kind() {
        Kind::Store {
            operation,
            path,
            source,
            ..
        } => Verdict::Broken {
            operation: (*operation).to_owned(),
            path: path.clone().into_os_string().into_vec(),
            errno: source.raw_os_error(),
            error: source.to_string(),
        },
        _ => Verdict::Broken {
            operation: "use".to_owned(),
            path: Vec::new(),
            errno: None,
            error: error.to_string(),
        },
    }
}

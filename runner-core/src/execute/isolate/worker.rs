//! The child's work: one run after another, as the parent orders.

use std::{
    collections::HashMap,
    ffi::OsString,
    // Only flushed: what the run printed belongs to its log before the run counts as over.
    io::{self, Write, stdout},
    os::unix::{ffi::OsStringExt, net::UnixStream},
    path::PathBuf,
    sync::Arc,
    time::SystemTime,
};

use super::log::DirectoryId;
use super::{
    frame,
    guard::{Guard, end_group},
    leftover,
    message::{Hello, Order, RunOrder, Verdict, Word},
    meter::cpu,
    program_file::ProgramFile,
};
use crate::{
    api::{Cancel, Outline, Shared},
    base::{Error, Kind, Suspension, install_hook},
    execute::{
        event::{Event, Tell},
        rerun::Rerun,
        task::{Outcome, Task},
    },
    store::{Access, Build, Durability, LazyBuild, Left, Published, Store},
    value::{Key, Origin, Schema, Walker},
};

/// Does what the parent says until it says goodbye.
///
/// # Errors
///
/// If the connection does not work from the start.
pub(super) fn work(outline: &Outline, control: UnixStream) -> io::Result<()> {
    let cancel = Cancel::default();
    let suspension = Suspension::default();
    let guard = Guard::start(&control, cancel.clone(), suspension.clone())?;
    leftover::adopt_orphans();
    install_hook();
    let mut orders = frame::Reader::new(control);
    let Some(Order::Hello(hello)) = orders.next()? else {
        end_group()
    };
    let workplace = match begin(outline, &hello, cancel, suspension) {
        Ok(workplace) => workplace,
        Err(word) => {
            guard.say(&word);
            return Ok(());
        }
    };
    loop {
        match orders.next()? {
            Some(Order::Run(order)) => {
                if run(&workplace, &guard, &order) == Next::End {
                    return Ok(());
                }
            }
            Some(Order::Bye) => return Ok(()),
            Some(Order::Hello(_)) | None => end_group(),
        }
    }
}

/// Checks that this is the program that the parent is, and opens the store.
fn begin(
    outline: &Outline,
    hello: &Hello,
    cancel: Cancel,
    suspension: Suspension,
) -> Result<Workplace, Box<Word>> {
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
    if hello.experiment != outline.name || hello.version != outline.version {
        return Err(Box::new(Word::Refused(format!(
            "its process has {} in version {}, not {} in version {}",
            outline.name, outline.version, hello.experiment, hello.version
        ))));
    }
    let durability = if hello.is_durable {
        Durability::Promised
    } else {
        Durability::LeftToSystem
    };
    let store = Store::open(&output_dir(hello), Access::Write, durability)
        .map_err(|error| Box::new(ended(broken(&error), Published::default(), false)))?;
    if !outline.is_exclusive {
        store.defer(Left::RunJson);
    }
    Ok(Workplace {
        outline: *outline,
        store: Arc::new(store),
        origin: Arc::new(outline.origin()),
        schema: Arc::new(Schema::new(outline.config.shape)),
        rerun_started: hello.rerun_started,
        named_by_key: hello.named_by_key,
        build: Arc::new(LazyBuild::known(build)),
        cancel,
        shared: Arc::default(),
        suspension,
    })
}

/// What the runs of this process have in common.
struct Workplace {
    outline: Outline,
    store: Arc<Store>,
    origin: Arc<Origin>,
    schema: Arc<Schema>,
    rerun_started: Option<SystemTime>,
    named_by_key: bool,
    build: Arc<LazyBuild>,
    cancel: Cancel,
    shared: Arc<Shared>,
    suspension: Suspension,
}

impl Workplace {
    /// The task of a single run: decodes the config and makes its key with this process's own code.
    fn task(&self, order: &RunOrder) -> Result<Task, String> {
        let study = self
            .outline
            .read(&order.config, &self.schema)
            .ok_or("its process cannot read the config")?;
        let name = study.run_name(0);
        let identity =
            self.origin
                .identify(study.config(0), name, study.schema(), &mut Walker::new())?;
        if identity.key.as_u128() != order.key {
            return Err(format!(
                "the config has the key {} in its process, but {} where it comes from: its `Serialize` depends on more than the value",
                identity.key,
                Key::from_u128(order.key)
            ));
        }
        Ok(Task {
            store: Arc::clone(&self.store),
            origin: Arc::clone(&self.origin),
            outline: self.outline,
            study,
            rerun: self.rerun_started.map(|started| Rerun {
                started,
                found: HashMap::from([(identity.key, order.found)]),
            }),
            identities: Arc::new(vec![identity]),
            named_by_key: self.named_by_key,
            build: Arc::clone(&self.build),
            cancel: self.cancel.clone(),
            shared: Arc::clone(&self.shared),
            isolation: None,
            is_isolated: true,
            suspension: self.suspension.clone(),
        })
    }
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

fn run(workplace: &Workplace, guard: &Guard, order: &RunOrder) -> Next {
    let verdict = match workplace.task(order) {
        Ok(task) => perform(&task, guard, order),
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
    let published = workplace.store.hand_over();
    guard.say(&ended(verdict, published, leaves_processes));
    // While the parent looks at the result. Of a file that is only for people, nobody is told that it could not be written.
    let _ = workplace.store.write_deferred();
    next
}

fn perform(task: &Task, guard: &Guard, order: &RunOrder) -> Verdict {
    let key = task.identities[0].key;
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

//! The files in a run's directory, which the run may have moved or changed.
//!
//! `run.json` is what people and `jq` read about a run; it is derived, and never read back.

use std::{io, time::Duration};

use nix::errno::Errno;

use super::{
    bytes::from_epoch_ns,
    disk::{Create, Durable, Files, is_absent},
    failure::{Failure, PastAttempt},
    layout::{self, inside},
    locking::{host, pid},
    record::{Effort, Wanted},
};
use crate::{
    base::{Error, ErrorKind, timestamp},
    value::{
        Digest,
        json::{Layout, Object, Shown, ToJson, json, list, object},
    },
};

impl Files {
    /// Writes a result and gives it its name, complete or not at all.
    pub(super) fn put_result(
        &self,
        directory: &str,
        bytes: &[u8],
        durable: Durable,
    ) -> Result<(), Error> {
        let partial = inside(directory, layout::PARTIAL);
        let result = inside(directory, layout::RESULT);
        self.disk
            .write(&partial, bytes, Create::Replace, durable)
            .map_err(self.at_run("write", &partial))?;
        self.disk
            .rename(&partial, &result)
            .map_err(self.at_run("publish", &result))
    }

    /// Names the operation and the path in an error of the disk, below the directory of a run.
    fn at_run<'a>(
        &'a self,
        operation: &'static str,
        path: &'a str,
    ) -> impl Fn(io::Error) -> Error + 'a {
        move |source| {
            let is_of_the_run = is_of_the_run(&source);
            let error = self.at(operation, path)(source);
            if is_of_the_run {
                error.of_one_run()
            } else {
                error
            }
        }
    }

    /// Writes `run.json`, unless the run has moved its directory or has something else of that name: the result, or the note of
    /// the failure, is what counts.
    pub(super) fn put_run_json(&self, directory: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = inside(directory, layout::RUN_JSON);
        let written = self
            .disk
            .write(&path, bytes, Create::Replace, Durable::Later);
        match written {
            Err(error) if is_of_the_run(&error) => Ok(()),
            written => written.map_err(self.at("write", &path)),
        }
    }
}

/// Returns the failure of a run whose result cannot be stored through its own fault.
///
/// # Errors
///
/// The error itself if it is the store's.
pub(super) fn displaced(error: Error, effort: &Effort) -> Result<Failure, Error> {
    let ErrorKind::Store {
        operation,
        path,
        source,
        ..
    } = error.kind()
    else {
        return Err(error);
    };
    if !error.is_of_one_run() {
        return Err(error);
    }
    let text = format!(
        "its result has no place: cannot {operation} `{}`: {source}; leave the directory where it is and writable, and the names \
         {}, {} and {} in it to this library",
        path.display(),
        layout::RESULT,
        layout::RUN_JSON,
        layout::PARTIAL
    );
    Ok(Failure::now(text, None, effort.attempts, effort.build))
}

/// Returns whether an error below a run's directory can only come from what the run did to it.
fn is_of_the_run(error: &io::Error) -> bool {
    is_absent(error)
        || matches!(
            error.kind(),
            io::ErrorKind::IsADirectory
                | io::ErrorKind::AlreadyExists
                | io::ErrorKind::DirectoryNotEmpty
                | io::ErrorKind::PermissionDenied
                | io::ErrorKind::ResourceBusy
        )
        || error.raw_os_error() == Some(Errno::ELOOP as i32)
}

/// Returns the bytes of `run.json`. The config is one that `--configs` takes.
pub(super) fn run_json(
    wanted: &Wanted<'_>,
    effort: &Effort,
    earlier: &[PastAttempt],
    failure: Option<&Failure>,
) -> Vec<u8> {
    let run = object(|run| {
        let status = if failure.is_some() { "failed" } else { "done" };
        put_facts(wanted, status, effort, earlier, run);
        run.put("config", wanted.tree().as_ref());
        if let Some(failure) = failure {
            run.put("error", &failure.error)
                .put_some("backtrace", failure.backtrace.as_deref());
        }
    });
    (json(run, Layout::Members) + "\n").into_bytes()
}

/// Returns the bytes of the `run.json` of a run that was stopped.
pub(super) fn stopped_json(wanted: &Wanted<'_>) -> Vec<u8> {
    let run = object(|run| {
        put_identity(wanted, "stopped", run);
        run.put("config", wanted.tree().as_ref());
    });
    (json(run, Layout::Members) + "\n").into_bytes()
}

fn put_identity(wanted: &Wanted<'_>, status: &str, run: &mut Object<'_>) {
    run.put("experiment", &wanted.origin.experiment)
        .put("version", wanted.origin.version)
        .put("name", &*wanted.identity.name)
        .put("key", Shown(wanted.identity.key))
        .put("status", status);
}

fn put_facts(
    wanted: &Wanted<'_>,
    status: &str,
    effort: &Effort,
    earlier: &[PastAttempt],
    run: &mut Object<'_>,
) {
    let end = effort.started.checked_add(effort.duration);
    let end = end.unwrap_or(effort.started);
    put_identity(wanted, status, run);
    run.put("started", Shown(timestamp(effort.started)))
        .put("finished", Shown(timestamp(end)))
        .put("duration_s", effort.duration.as_secs_f64());
    if let Some(usage) = effort.usage {
        run.put("cpu_s", usage.cpu.as_secs_f64())
            .put("peak_memory_bytes", usage.peak_memory_bytes);
    }
    run.put("attempts", effort.attempts);
    if !earlier.is_empty() {
        run.put(
            "earlier_attempts",
            list(earlier.iter().map(earlier_attempt)),
        );
    }
    run.put("host", host())
        .put("pid", pid())
        .put("build", Shown(Digest::from_u128(effort.build.fingerprint)));
}

fn earlier_attempt(past: &PastAttempt) -> impl ToJson {
    let duration = past.duration_ns.map(Duration::from_nanos);
    let failed = from_epoch_ns(past.at_ns);
    let started = duration.and_then(|duration| failed.checked_sub(duration));
    object(move |attempt| {
        attempt
            .put("attempt", past.attempt)
            .put_some("started", started.map(timestamp).map(Shown))
            .put("failed", Shown(timestamp(failed)))
            .put_some(
                "duration_s",
                duration.map(|duration| duration.as_secs_f64()),
            )
            .put("error", &past.error);
    })
}

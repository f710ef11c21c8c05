//! `run.json`: what people and `jq` read about a run. Derived, and never read back.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use humantime::format_rfc3339_millis;

use super::{
    build::Build,
    bytes::from_epoch_ns,
    failure::PastAttempt,
    process::{host, pid},
    record::{Usage, Wanted},
};
use crate::value::{
    Digest, Leaf, Value,
    json::{Layout, Null, Object, Raw, Shown, ToJson, Writer, json, list, object},
};

/// How a run ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending<'a> {
    pub(super) started: SystemTime,
    pub(super) duration: Duration,
    pub(super) attempts: u32,
    pub(super) build: Build,
    pub(super) usage: Option<Usage>,
    /// The error and its backtrace, of a failed run.
    pub(super) error: Option<(&'a str, Option<&'a str>)>,
    /// The attempts before this one.
    pub(super) earlier: &'a [PastAttempt],
}

/// The bytes of `run.json`. A config that JSON cannot say is there as its leaves.
pub(super) fn run_json(wanted: &Wanted<'_>, ending: &Ending<'_>) -> Vec<u8> {
    let run = object(|run| {
        put_facts(wanted, ending, run);
        match wanted.json() {
            Some(config) => run.put("config", Raw(&config)),
            None => run.put("config", flat(&wanted.leaves())),
        };
        if let Some((error, backtrace)) = ending.error {
            run.put("error", error).put_some("backtrace", backtrace);
        }
    });
    (json(run, Layout::Members) + "\n").into_bytes()
}

fn put_facts(wanted: &Wanted<'_>, ending: &Ending<'_>, run: &mut Object<'_>) {
    let finished = ending.started + ending.duration;
    let status = match ending.error {
        None => "done",
        Some(_) => "failed",
    };
    run.put("experiment", &wanted.origin.experiment)
        .put("version", wanted.origin.version)
        .put("name", &wanted.identity.name)
        .put("key", Shown(wanted.identity.key))
        .put("status", status)
        .put("started", Shown(format_rfc3339_millis(ending.started)))
        .put("finished", Shown(format_rfc3339_millis(finished)))
        .put("duration_s", ending.duration.as_secs_f64());
    if let Some(usage) = ending.usage {
        run.put("cpu_s", usage.cpu.as_secs_f64())
            .put("peak_memory_bytes", usage.peak_memory_bytes);
    }
    run.put("attempts", ending.attempts);
    if !ending.earlier.is_empty() {
        run.put("earlier_attempts", list(ending.earlier.iter().map(earlier)));
    }
    run.put("host", host())
        .put("pid", pid())
        .put("build", Shown(Digest::from_u128(ending.build.fingerprint)));
}

fn earlier(past: &PastAttempt) -> impl ToJson {
    let duration = past.duration_ns.map(Duration::from_nanos);
    let failed = from_epoch_ns(past.at_ns);
    let started = duration.and_then(|duration| failed.checked_sub(duration));
    object(move |attempt| {
        attempt
            .put("attempt", past.attempt)
            .put_some("started", started.map(format_rfc3339_millis).map(Shown))
            .put("failed", Shown(format_rfc3339_millis(failed)))
            .put_some(
                "duration_s",
                duration.map(|duration| duration.as_secs_f64()),
            )
            .put("error", &past.error);
    })
}

/// The leaves by path, in the order of their paths.
fn flat(leaves: &[Leaf]) -> impl ToJson {
    let fields: BTreeMap<_, _> = leaves
        .iter()
        .map(|leaf| (&leaf.path, &leaf.value))
        .collect();
    object(move |object| {
        for (path, value) in fields {
            object.put(path, FlatLeaf(value));
        }
    })
}

struct FlatLeaf<'a>(&'a Value);

impl ToJson for FlatLeaf<'_> {
    fn write(self, out: &mut Writer) {
        match self.0 {
            Value::Unit | Value::None => Null.write(out),
            Value::Bool(value) => value.write(out),
            Value::Int(value) if i64::try_from(*value).is_ok() => value.write(out),
            Value::F32(value) => f64::from(*value).write(out),
            Value::F64(value) => value.write(out),
            Value::List(items) => list(items.iter().map(FlatLeaf)).write(out),
            value => Shown(value).write(out),
        }
    }
}

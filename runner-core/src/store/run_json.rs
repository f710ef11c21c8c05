//! `run.json`: what people and `jq` read about a run. Derived, and never read back.

use std::{
    fmt::Display,
    time::{Duration, SystemTime},
};

use humantime::Rfc3339Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json, json};

use super::{
    build::Build,
    failure::{PastAttempt, host, pid},
    json_text::{config_json, json_text},
    record::{Usage, Wanted},
};
use crate::{
    canonical::{Digest, Leaf, Value},
    key::Key,
};

/// How an object with members ends in [`json_text`].
const OBJECT_END: &[u8] = b"\n}";

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

/// What comes before the config.
#[derive(Serialize)]
struct Head<'a> {
    experiment: &'a str,
    version: u32,
    name: &'a str,
    #[serde(serialize_with = "shown")]
    key: Key,
    status: &'static str,
    #[serde(serialize_with = "shown")]
    started: Rfc3339Timestamp,
    #[serde(serialize_with = "shown")]
    finished: Rfc3339Timestamp,
    duration_s: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_memory_bytes: Option<u64>,
    attempts: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    earlier_attempts: Vec<EarlierAttempt<'a>>,
    host: &'a str,
    pid: u32,
    #[serde(serialize_with = "shown")]
    build: Digest,
}

/// What comes behind the config.
#[derive(Serialize)]
struct Tail<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    backtrace: Option<&'a str>,
}

#[derive(Serialize)]
struct EarlierAttempt<'a> {
    attempt: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<String>,
    #[serde(serialize_with = "shown")]
    failed: Rfc3339Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_s: Option<f64>,
    error: &'a str,
}

impl<'a> EarlierAttempt<'a> {
    fn new(past: &'a PastAttempt) -> Self {
        let duration = past.duration_ns.map(Duration::from_nanos);
        let failed = SystemTime::UNIX_EPOCH + Duration::from_nanos(past.at_ns);
        Self {
            attempt: past.attempt,
            started: duration
                .and_then(|duration| failed.checked_sub(duration))
                .map(|started| humantime::format_rfc3339_millis(started).to_string()),
            failed: humantime::format_rfc3339_millis(failed),
            duration_s: duration.map(|duration| duration.as_secs_f64()),
            error: &past.error,
        }
    }
}

fn shown<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// The bytes of `run.json`. A config that JSON cannot say is there as its leaves.
pub(super) fn run_json(wanted: &Wanted<'_>, ending: &Ending<'_>) -> Vec<u8> {
    let config = wanted.config.json();
    let config = config.or_else(|| config_json(&flat(&wanted.config.leaves())));
    // Texts and numbers can always be written.
    let mut bytes = json_text(&head(wanted, ending)).unwrap_or_default();
    bytes.truncate(bytes.len().saturating_sub(OBJECT_END.len()));
    bytes.extend_from_slice(b",\n  \"config\": ");
    bytes.extend_from_slice(config.as_deref().unwrap_or("null").as_bytes());
    match ending.error {
        Some((error, backtrace)) => {
            let tail = json_text(&Tail { error, backtrace }).unwrap_or_default();
            bytes.push(b',');
            bytes.extend_from_slice(tail.get(1..).unwrap_or_default());
        }
        None => bytes.extend_from_slice(OBJECT_END),
    }
    bytes.push(b'\n');
    bytes
}

fn head<'a>(wanted: &'a Wanted<'_>, ending: &Ending<'a>) -> Head<'a> {
    Head {
        experiment: &wanted.origin.experiment,
        version: wanted.origin.version,
        name: &wanted.identity.name,
        key: wanted.identity.key,
        status: match ending.error {
            None => "done",
            Some(_) => "failed",
        },
        started: humantime::format_rfc3339_millis(ending.started),
        finished: humantime::format_rfc3339_millis(ending.started + ending.duration),
        duration_s: ending.duration.as_secs_f64(),
        cpu_s: ending.usage.map(|usage| usage.cpu.as_secs_f64()),
        peak_memory_bytes: ending.usage.map(|usage| usage.peak_memory_bytes),
        attempts: ending.attempts,
        earlier_attempts: ending.earlier.iter().map(EarlierAttempt::new).collect(),
        host: host(),
        pid: pid(),
        build: Digest::from_u128(ending.build.fingerprint),
    }
}

fn flat(leaves: &[Leaf]) -> Json {
    let fields = leaves
        .iter()
        .map(|leaf| (leaf.path.clone(), json(&leaf.value)));
    Json::Object(fields.collect::<Map<_, _>>())
}

fn json(value: &Value) -> Json {
    match value {
        Value::Unit | Value::None => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(value) => {
            i64::try_from(*value).map_or_else(|_| json!(value.to_string()), |value| json!(value))
        }
        Value::F32(value) => json!(value),
        Value::F64(value) => json!(value),
        Value::List(items) => items.iter().map(json).collect(),
        value => json!(value.to_string()),
    }
}

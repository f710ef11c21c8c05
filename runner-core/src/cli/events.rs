//! [`Events`]: every event as a line of JSON. `docs/events.md` describes them for other programs.

use std::{
    io::{self, Write},
    path::Path,
    time::SystemTime,
};

use serde::Serialize;

use super::event_file::EventFile;
use crate::{
    base::Error,
    execute::{Event, Listener, Totals},
    store::Usage,
    value::{Key, Origin},
};

/// The number of what is written. New events and new fields leave it as it is.
const FORMAT: u32 = 1;

/// The key and the label of a run, by its place among all configs.
pub(crate) type Describe = Box<dyn Fn(usize) -> (Key, String) + Send>;

/// Writes every event, then tells someone else.
pub(crate) struct Events<W> {
    out: W,
    /// Where the lines go, for messages.
    path: String,
    describe: Describe,
    /// Nothing is written after what could not be written.
    is_broken: bool,
    next: Box<dyn Listener + Send>,
}

/// One line.
#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<Key32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(flatten)]
    content: Content<'a>,
}

struct Key32(Key);

impl Serialize for Key32 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// What an event has beside its time and its run.
#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Opened {
        format: u32,
        experiment: &'a str,
        version: u32,
        pid: u32,
    },
    Planned {
        selected: usize,
        cached: usize,
        to_run: usize,
        jobs: usize,
    },
    Started {
        slot: usize,
        attempt: u32,
    },
    Waiting {
        holder: &'a str,
    },
    Slow {
        elapsed_s: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        timeout_s: Option<f64>,
    },
    Finished {
        duration_s: f64,
        elsewhere: bool,
        attempts: u32,
        #[serde(flatten)]
        taken: Taken,
    },
    Failed {
        duration_s: f64,
        error: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        backtrace: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        last_lines: Option<&'a str>,
        attempts: u32,
        #[serde(flatten)]
        taken: Taken,
    },
    Retrying {
        error: &'a str,
        delay_s: f64,
    },
    Interrupted {
        grace_s: f64,
    },
    Suspended {},
    Resumed {
        suspended_s: f64,
    },
    Note {
        text: &'a str,
    },
    Ended {
        cached: usize,
        finished: usize,
        retried: usize,
        failed: usize,
        missing: usize,
        elapsed_s: f64,
    },
}

/// What a run took of the machine, as far as it is known.
#[derive(Serialize)]
struct Taken {
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_memory_bytes: Option<u64>,
}

impl Taken {
    fn new(usage: Option<&Usage>) -> Self {
        Self {
            cpu_s: usage.map(|usage| usage.cpu.as_secs_f64()),
            peak_memory_bytes: usage.map(|usage| usage.peak_memory_bytes),
        }
    }
}

/// `next`, behind a file of events if there is a path for one.
///
/// # Errors
///
/// A usage error if the file cannot be written to.
pub(crate) fn with_events(
    path: Option<&Path>,
    origin: &Origin,
    describe: Describe,
    next: Box<dyn Listener + Send>,
) -> Result<Box<dyn Listener + Send>, Error> {
    let Some(path) = path else { return Ok(next) };
    let out = EventFile::create(path)?;
    let mut events = Events {
        out,
        path: path.display().to_string(),
        describe,
        is_broken: false,
        next,
    };
    events.write(
        "opened",
        None,
        Content::Opened {
            format: FORMAT,
            experiment: &origin.experiment,
            version: origin.version,
            pid: std::process::id(),
        },
    );
    Ok(Box::new(events))
}

impl<W: Write> Events<W> {
    fn write(&mut self, event: &'static str, run: Option<usize>, content: Content<'_>) {
        if self.is_broken {
            return;
        }
        let (run, label) = run.map(&self.describe).unzip();
        let line = Line {
            event,
            at: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            run: run.map(Key32),
            label,
            content,
        };
        if let Err(error) = self.put(&line) {
            self.is_broken = true;
            // Runs go on without; there is nowhere left to say that standard error is closed.
            let _ = writeln!(
                io::stderr(),
                "warning: no more events are written to {}: {error}",
                self.path
            );
        }
    }

    /// Writes a line at once, so that who follows the file sees it and a killed process leaves whole lines.
    fn put(&mut self, line: &Line<'_>) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.out.write_all(&bytes)
    }
}

impl<W: Write> Listener for Events<W> {
    fn event(&mut self, event: &Event) {
        if let Some((name, run, content)) = content(event) {
            self.write(name, run, content);
        }
        self.next.event(event);
    }

    fn tick(&mut self) {
        self.next.tick();
    }

    fn suspend(&mut self, stop: &mut dyn FnMut()) {
        self.next.suspend(stop);
    }
}

/// The name of an event, its run and the rest; `None` for what only a display can answer, and for output, which is in
/// `run.log`.
fn content(event: &Event) -> Option<(&'static str, Option<usize>, Content<'_>)> {
    Some(match event {
        Event::Status | Event::Output { .. } => return None,
        Event::Retrying { run, error, delay } => {
            let delay_s = delay.as_secs_f64();
            ("retrying", Some(*run), Content::Retrying { error, delay_s })
        }
        Event::Interrupted { grace } => {
            let grace_s = grace.as_secs_f64();
            ("interrupted", None, Content::Interrupted { grace_s })
        }
        Event::Suspended => ("suspended", None, Content::Suspended {}),
        Event::Resumed { after } => {
            let suspended_s = after.as_secs_f64();
            ("resumed", None, Content::Resumed { suspended_s })
        }
        Event::Slow {
            run,
            elapsed,
            timeout,
        } => {
            let content = Content::Slow {
                elapsed_s: elapsed.as_secs_f64(),
                timeout_s: timeout.map(|timeout| timeout.as_secs_f64()),
            };
            ("slow", Some(*run), content)
        }
        Event::Planned {
            selected,
            cached,
            to_run,
            jobs,
            ..
        } => {
            let content = Content::Planned {
                selected: *selected,
                cached: *cached,
                to_run: *to_run,
                jobs: *jobs,
            };
            ("planned", None, content)
        }
        Event::Started {
            run, slot, attempt, ..
        } => {
            let (slot, attempt) = (*slot, *attempt);
            ("started", Some(*run), Content::Started { slot, attempt })
        }
        Event::Waiting { run, holder } => ("waiting", Some(*run), Content::Waiting { holder }),
        Event::Finished {
            run,
            duration,
            elsewhere,
            attempts,
            usage,
        } => {
            let content = Content::Finished {
                duration_s: duration.as_secs_f64(),
                elsewhere: *elsewhere,
                attempts: *attempts,
                taken: Taken::new(usage.as_ref()),
            };
            ("finished", Some(*run), content)
        }
        Event::Failed {
            run,
            duration,
            error,
            backtrace,
            attempts,
            usage,
            last_lines,
        } => {
            let content = Content::Failed {
                duration_s: duration.as_secs_f64(),
                error,
                backtrace: backtrace.as_deref(),
                last_lines: last_lines.as_deref(),
                attempts: *attempts,
                taken: Taken::new(usage.as_ref()),
            };
            ("failed", Some(*run), content)
        }
        Event::Note { run, text } => ("note", Some(*run), Content::Note { text }),
        Event::Ended { totals } => ("ended", None, ended(totals)),
    })
}

fn ended(totals: &Totals) -> Content<'static> {
    let Totals {
        cached,
        finished,
        retried,
        failed,
        missing,
        is_given_up: _,
        elapsed,
    } = *totals;
    Content::Ended {
        cached,
        finished,
        retried,
        failed,
        missing,
        elapsed_s: elapsed.as_secs_f64(),
    }
}

#[cfg(test)]
mod tests;

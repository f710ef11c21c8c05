//! [`Events`] writes each event as a line of JSON. `docs/events.md` describes them for other programs.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::verified::put_finding;
use crate::{
    base::{Error, timestamp},
    execute::{Event, Listener, Totals},
    store::Usage,
    value::{
        Key, Origin,
        json::{Layout, Object, Shown, json, object},
    },
};

/// Version of the format. New events and new fields do not change it.
const FORMAT: u32 = 1;

/// Returns the key and the label of a run, by its place among all configs.
pub(crate) type Describe = Box<dyn Fn(usize) -> (Key, String) + Send>;

/// Writes each event, then passes it on.
pub(crate) struct Events<W> {
    out: W,
    /// The file, for messages.
    path: String,
    describe: Describe,
    opening: Option<Opening>,
    /// Whether a line could not be written; no other is written after it.
    is_broken: bool,
    next: Box<dyn Listener + Send>,
}

/// Returns `next`, behind a writer of events if there is a path for their file.
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
    let is_pipe = fs::metadata(path).is_ok_and(|file| file.file_type().is_fifo());
    let out = if is_pipe {
        EventFile::Unopened(path.to_owned())
    } else {
        create(path)?
    };
    let mut events = Events {
        out,
        path: path.display().to_string(),
        describe,
        opening: Some(Opening {
            experiment: origin.experiment.clone(),
            version: origin.version,
        }),
        is_broken: false,
        next,
    };
    if !is_pipe {
        events.open();
    }
    Ok(Box::new(events))
}

/// The file that events go to.
enum EventFile {
    Open(File),
    /// A named pipe. Opening it waits for a reader, and is left to the thread that writes.
    Unopened(PathBuf),
}

impl Write for EventFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Self::Unopened(path) = self {
            *self = Self::Open(File::create(path)?);
        }
        match self {
            Self::Open(file) => file.write(bytes),
            Self::Unopened(_) => Ok(0),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is in the first line.
struct Opening {
    experiment: String,
    version: u32,
}

fn create(path: &Path) -> Result<EventFile, Error> {
    let created = File::create(path);
    let created = created.map_err(|error| Error::unwritable("--events", path, &error));
    created.map(EventFile::Open)
}

impl<W: Write> Events<W> {
    /// Writes the first line, unless that was done.
    fn open(&mut self) {
        let Some(opening) = self.opening.take() else {
            return;
        };
        self.write("opened", None, |line| {
            line.put("format", FORMAT)
                .put("experiment", &opening.experiment)
                .put("version", opening.version)
                .put("pid", std::process::id());
        });
    }

    /// Writes a line at once: a program that follows the file sees it, and a killed process leaves whole lines.
    fn write(&mut self, event: &str, run: Option<usize>, content: impl FnOnce(&mut Object<'_>)) {
        if self.is_broken {
            return;
        }
        let (key, label) = run.map(&self.describe).unzip();
        let line = object(|line| {
            let at = timestamp(SystemTime::now());
            line.put("event", event).put("at", Shown(at));
            line.put_some("run", key.map(Shown))
                .put_some("label", label.as_deref());
            content(line);
        });
        let line = json(line, Layout::Compact) + "\n";
        if let Err(error) = self.out.write_all(line.as_bytes()) {
            self.is_broken = true;
            // Runs go on without events, and also if standard error is closed.
            let _ = writeln!(
                io::stderr(),
                "warning: no more events are written to {}: {error}",
                self.path
            );
        }
    }
}

impl<W: Write> Events<W> {
    fn tell(&mut self, event: &Event) {
        match event {
            // Displays print the status; `run.log` has the output.
            Event::Status | Event::Output { .. } => {}
            Event::Planned {
                selected,
                cached,
                to_run,
                jobs,
                chosen,
                ..
            } => self.write("planned", None, |line| {
                line.put("selected", *selected)
                    .put("cached", *cached)
                    .put("to_run", *to_run)
                    .put("jobs", *jobs)
                    .put_some("verify", chosen.as_ref().map(|_| true));
            }),
            Event::Started {
                run, slot, attempt, ..
            } => self.write("started", Some(*run), |line| {
                line.put("slot", *slot).put("attempt", *attempt);
            }),
            Event::Waiting { run, holder } => self.write("waiting", Some(*run), |line| {
                line.put("holder", holder);
            }),
            Event::Slow {
                run,
                elapsed,
                timeout,
            } => self.write("slow", Some(*run), |line| {
                line.put("elapsed_s", elapsed.as_secs_f64())
                    .put_some("timeout_s", timeout.map(|timeout| timeout.as_secs_f64()));
            }),
            Event::Retrying { run, error, delay } => self.write("retrying", Some(*run), |line| {
                line.put("error", error).put("delay_s", delay.as_secs_f64());
            }),
            Event::Finished {
                run,
                duration,
                elsewhere,
                attempts,
                usage,
                is_same,
            } => self.write("finished", Some(*run), |line| {
                line.put("duration_s", duration.as_secs_f64())
                    .put("elsewhere", *elsewhere)
                    .put("attempts", *attempts)
                    .put_some("same", *is_same);
                put_usage(usage.as_ref(), line);
            }),
            Event::Failed {
                run,
                duration,
                error,
                backtrace,
                attempts,
                usage,
                last_lines,
            } => self.write("failed", Some(*run), |line| {
                line.put("duration_s", duration.as_secs_f64())
                    .put("error", error)
                    .put_some("backtrace", backtrace.as_deref())
                    .put_some("last_lines", last_lines.as_deref())
                    .put("attempts", *attempts);
                put_usage(usage.as_ref(), line);
            }),
            Event::Stopped {
                run,
                duration,
                text,
            } => self.write("stopped", Some(*run), |line| {
                line.put("duration_s", duration.as_secs_f64())
                    .put("text", text);
            }),
            Event::Verified {
                run,
                duration,
                finding,
            } => self.write("verified", Some(*run), |line| {
                line.put("duration_s", duration.as_secs_f64());
                put_finding(finding, line);
            }),
            Event::Note { run, text } => self.write("note", Some(*run), |line| {
                line.put("text", text);
            }),
            Event::Interrupted { grace } => self.write("interrupted", None, |line| {
                line.put("grace_s", grace.as_secs_f64());
            }),
            Event::Suspended => self.write("suspended", None, |_| {}),
            Event::Resumed { after } => self.write("resumed", None, |line| {
                line.put("suspended_s", after.as_secs_f64());
            }),
            Event::Ended { totals } => self.write("ended", None, |line| put_totals(totals, line)),
        }
    }
}

impl<W: Write> Listener for Events<W> {
    fn event(&mut self, event: &Event) {
        self.open();
        self.tell(event);
        self.next.event(event);
    }

    fn tick(&mut self) {
        self.next.tick();
    }

    fn suspend(&mut self, stop: &mut dyn FnMut()) {
        self.next.suspend(stop);
    }
}

fn put_usage(usage: Option<&Usage>, line: &mut Object<'_>) {
    if let Some(Usage {
        cpu,
        peak_memory_bytes,
    }) = usage
    {
        line.put("cpu_s", cpu.as_secs_f64())
            .put("peak_memory_bytes", *peak_memory_bytes);
    }
}

fn put_totals(totals: &Totals, line: &mut Object<'_>) {
    line.put("cached", totals.cached)
        .put("finished", totals.finished)
        .put("retried", totals.retried)
        .put("failed", totals.failed)
        .put("stopped", totals.stopped)
        .put("missing", totals.missing)
        .put("elapsed_s", totals.elapsed.as_secs_f64());
    let (same, differ, skipped) = (totals.same, totals.differ, totals.skipped);
    if same + differ + skipped > 0 {
        line.put("same", same)
            .put("differ", differ)
            .put("skipped", skipped);
    }
}

#[cfg(test)]
mod tests;

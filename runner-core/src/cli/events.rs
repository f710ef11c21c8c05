//! [`Events`]: every event as a line of JSON. `docs/events.md` describes them for other programs.

use std::{
    io::{self, Write},
    path::Path,
    time::SystemTime,
};

use super::event_file::EventFile;
use crate::{
    base::Error,
    execute::{Event, Listener, Totals},
    store::Usage,
    value::{
        Key, Origin,
        json::{Layout, Object, Shown, json, object},
    },
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
    events.write("opened", None, |line| {
        line.put("format", FORMAT)
            .put("experiment", &origin.experiment)
            .put("version", origin.version)
            .put("pid", std::process::id());
    });
    Ok(Box::new(events))
}

impl<W: Write> Events<W> {
    /// Writes a line at once: a reader who follows the file sees it, and a killed process leaves whole lines.
    fn write(&mut self, event: &str, run: Option<usize>, content: impl FnOnce(&mut Object<'_>)) {
        if self.is_broken {
            return;
        }
        let (key, label) = run.map(&self.describe).unzip();
        let line = object(|line| {
            let at = humantime::format_rfc3339_millis(SystemTime::now());
            line.put("event", event).put("at", Shown(at));
            line.put_some("run", key.map(Shown))
                .put_some("label", label.as_deref());
            content(line);
        });
        let line = json(line, Layout::Compact) + "\n";
        if let Err(error) = self.out.write_all(line.as_bytes()) {
            self.is_broken = true;
            // Runs go on without; there is nowhere left to say that standard error is closed.
            let _ = writeln!(
                io::stderr(),
                "warning: no more events are written to {}: {error}",
                self.path
            );
        }
    }
}

impl<W: Write> Listener for Events<W> {
    fn event(&mut self, event: &Event) {
        if let Some((name, run)) = name_and_run(event) {
            self.write(name, run, |line| put_content(event, line));
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

/// Returns `None` for what only a display can answer, and for output, which is in `run.log`.
fn name_and_run(event: &Event) -> Option<(&'static str, Option<usize>)> {
    Some(match event {
        Event::Status | Event::Output { .. } => return None,
        Event::Planned { .. } => ("planned", None),
        Event::Started { run, .. } => ("started", Some(*run)),
        Event::Waiting { run, .. } => ("waiting", Some(*run)),
        Event::Slow { run, .. } => ("slow", Some(*run)),
        Event::Retrying { run, .. } => ("retrying", Some(*run)),
        Event::Finished { run, .. } => ("finished", Some(*run)),
        Event::Failed { run, .. } => ("failed", Some(*run)),
        Event::Note { run, .. } => ("note", Some(*run)),
        Event::Interrupted { .. } => ("interrupted", None),
        Event::Suspended => ("suspended", None),
        Event::Resumed { .. } => ("resumed", None),
        Event::Ended { .. } => ("ended", None),
    })
}

fn put_content(event: &Event, line: &mut Object<'_>) {
    match event {
        Event::Status | Event::Output { .. } | Event::Suspended => line,
        Event::Planned {
            selected,
            cached,
            to_run,
            jobs,
            ..
        } => line
            .put("selected", *selected)
            .put("cached", *cached)
            .put("to_run", *to_run)
            .put("jobs", *jobs),
        Event::Started { slot, attempt, .. } => line.put("slot", *slot).put("attempt", *attempt),
        Event::Waiting { holder, .. } => line.put("holder", holder),
        Event::Slow {
            elapsed, timeout, ..
        } => line
            .put("elapsed_s", elapsed.as_secs_f64())
            .put_some("timeout_s", timeout.map(|timeout| timeout.as_secs_f64())),
        Event::Retrying { error, delay, .. } => {
            line.put("error", error).put("delay_s", delay.as_secs_f64())
        }
        Event::Finished {
            duration,
            elsewhere,
            attempts,
            usage,
            ..
        } => {
            line.put("duration_s", duration.as_secs_f64())
                .put("elsewhere", *elsewhere)
                .put("attempts", *attempts);
            put_usage(usage.as_ref(), line)
        }
        Event::Failed {
            duration,
            error,
            backtrace,
            attempts,
            usage,
            last_lines,
            ..
        } => {
            line.put("duration_s", duration.as_secs_f64())
                .put("error", error)
                .put_some("backtrace", backtrace.as_deref())
                .put_some("last_lines", last_lines.as_deref())
                .put("attempts", *attempts);
            put_usage(usage.as_ref(), line)
        }
        Event::Note { text, .. } => line.put("text", text),
        Event::Interrupted { grace } => line.put("grace_s", grace.as_secs_f64()),
        Event::Resumed { after } => line.put("suspended_s", after.as_secs_f64()),
        Event::Ended { totals } => put_totals(totals, line),
    };
}

/// Puts what a run took of the machine, as far as it is known.
fn put_usage<'l, 'a>(usage: Option<&Usage>, line: &'l mut Object<'a>) -> &'l mut Object<'a> {
    line.put_some("cpu_s", usage.map(|usage| usage.cpu.as_secs_f64()))
        .put_some(
            "peak_memory_bytes",
            usage.map(|usage| usage.peak_memory_bytes),
        )
}

fn put_totals<'l, 'a>(totals: &Totals, line: &'l mut Object<'a>) -> &'l mut Object<'a> {
    let Totals {
        cached,
        finished,
        retried,
        failed,
        missing,
        is_given_up: _,
        elapsed,
    } = *totals;
    line.put("cached", cached)
        .put("finished", finished)
        .put("retried", retried)
        .put("failed", failed)
        .put("missing", missing)
        .put("elapsed_s", elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests;

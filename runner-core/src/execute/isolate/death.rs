//! [`Death`]: what a child died of, in words.

use std::{os::unix::process::ExitStatusExt, process::ExitStatus, time::Duration};

use nix::sys::signal::Signal;

use crate::execute::ran::Fault;

/// What comes before the last lines of a log in an error.
pub(crate) const PRINTED: &str = "\nlast lines of its output:";
/// The number of the log's last lines that go into an error.
const LINES_MAX: usize = 10;

/// Why the parent ended a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    TimedOut {
        exceeded: Exceeded,
        /// The time after which it was killed, as it had not stopped.
        killed_after: Option<Duration>,
    },
    /// The whole program was asked to end.
    Interrupted,
    /// It went on after its connection was gone.
    Severed,
    /// It wrote something to its connection that is no message.
    Garbled,
    /// It used the terminal, which stops a process in the background.
    AtTerminal,
}

impl Ending {
    /// Returns whether there is nothing more to wait for.
    pub(super) fn is_final(self) -> bool {
        matches!(self, Self::Garbled | Self::AtTerminal)
    }
}

/// A time limit that was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exceeded {
    /// The run's own.
    Run(Duration),
    /// That of what comes before the run in its process.
    Start(Duration),
    /// That of shared values in a run with the limit `of_run`.
    Shared { limit: Duration, of_run: Duration },
}

/// What the parent knows about a death.
#[derive(Clone, Copy, Debug)]
pub(super) struct Death<'a> {
    pub(super) status: Option<ExitStatus>,
    pub(super) ending: Option<Ending>,
    /// Whether the child came as far as the run itself.
    pub(super) has_started: bool,
    /// The last lines of its output.
    pub(super) last_lines: &'a str,
}

impl Death<'_> {
    /// Returns what happened, with the last lines of the log.
    pub(super) fn fault(&self) -> Fault {
        if self.ending == Some(Ending::Interrupted) {
            return Fault::stop(self.text());
        }
        Fault {
            printed: self.printed(),
            ..Fault::new(self.text())
        }
    }

    fn printed(&self) -> String {
        let lines = self.last_lines.lines().map(str::trim_end);
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        let mut text = String::new();
        if !lines.is_empty() {
            text.push_str(PRINTED);
        }
        for line in &lines[lines.len().saturating_sub(LINES_MAX)..] {
            text.push_str("\n  | ");
            text.push_str(line);
        }
        text
    }

    fn text(&self) -> String {
        match self.ending {
            Some(Ending::TimedOut {
                exceeded,
                killed_after,
            }) => {
                let more = killed_after.map_or_else(String::new, |after| {
                    format!(
                        "; killed, as it did not stop within {} of SIGTERM",
                        humantime::format_duration(after)
                    )
                });
                return format!("timed out {}{more}", place(exceeded));
            }
            Some(Ending::Interrupted) => return "its process was ended".to_owned(),
            Some(Ending::Severed) => return "closed its connection to the program".to_owned(),
            Some(Ending::Garbled) => {
                return "wrote to the program's connection to its process, which it should not know".to_owned();
            }
            Some(Ending::AtTerminal) => {
                return "used the terminal, which a run in a process of its own does not have: give it what it needs in \
                        the config, in the environment or in a file, or run it without --isolate"
                    .to_owned();
            }
            None => {}
        }
        let Some(status) = self.status else {
            return "its process is gone".to_owned();
        };
        match (status.signal(), status.code()) {
            (Some(signal), _) => self.killed_by(signal),
            (None, Some(code)) if self.has_started => {
                format!("exited with code {code} without a result")
            }
            (None, Some(code)) => format!(
                "its process exited with code {code} before it came to the experiment; if `main` does other work first, \
                 call `runner::init::<…>()` before it"
            ),
            (None, None) => format!("ended without a result ({status})"),
        }
    }

    fn killed_by(&self, number: i32) -> String {
        let signal = Signal::try_from(number);
        let name = signal.map_or_else(|_| format!("signal {number}"), |signal| signal.to_string());
        let is = |wanted| signal == Ok(wanted);
        if (is(Signal::SIGABRT) || is(Signal::SIGSEGV))
            && self.last_lines.contains("has overflowed its stack")
        {
            format!("stack overflow (killed by {name})")
        } else if is(Signal::SIGABRT)
            && let Some(line) = self
                .last_lines
                .lines()
                .rfind(|line| line.contains("memory allocation of"))
        {
            format!("out of memory: {} (killed by {name})", line.trim())
        } else if is(Signal::SIGABRT)
            && let Some(line) = self
                .last_lines
                .lines()
                .rfind(|line| line.starts_with("panicked: "))
        {
            format!("{} (killed by {name})", line.trim())
        } else if is(Signal::SIGABRT) {
            format!("aborted (killed by {name})")
        } else if is(Signal::SIGSEGV) {
            format!("segmentation fault (killed by {name})")
        } else if is(Signal::SIGKILL) {
            format!("killed by {name}, as the kernel does when memory runs out")
        } else {
            format!("killed by {name}")
        }
    }
}

fn place(exceeded: Exceeded) -> String {
    match exceeded {
        Exceeded::Run(limit) => format!("after {}", humantime::format_duration(limit)),
        Exceeded::Start(limit) => format!(
            "after {}, before its process came to the run; if `main` does other work first, call `runner::init::<…>()` before it",
            humantime::format_duration(limit)
        ),
        Exceeded::Shared { limit, of_run } => format!(
            "in `Context::shared` after {}, which is what a limit of {} leaves for shared values; a longer one leaves more",
            humantime::format_duration(limit),
            humantime::format_duration(of_run)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(status: i32, last_lines: &str) -> String {
        let death = Death {
            status: Some(ExitStatus::from_raw(status)),
            ending: None,
            has_started: true,
            last_lines,
        };
        death.text()
    }

    #[test]
    fn deaths_have_names() {
        let overflow = "thread 'main' has overflowed its stack\nfatal runtime error";
        for (status, last_lines, expected) in [
            (6, overflow, "stack overflow (killed by SIGABRT)"),
            (6, "", "aborted (killed by SIGABRT)"),
            (
                6,
                "panicked: no (at main.rs:1:2)\n",
                "panicked: no (at main.rs:1:2) (killed by SIGABRT)",
            ),
            (
                6,
                "memory allocation of 99 bytes failed",
                "out of memory: memory allocation of 99 bytes failed (killed by SIGABRT)",
            ),
            (11, "", "segmentation fault (killed by SIGSEGV)"),
            (
                9,
                "",
                "killed by SIGKILL, as the kernel does when memory runs out",
            ),
            (15, "", "killed by SIGTERM"),
            (0, "", "exited with code 0 without a result"),
            (3 << 8, "", "exited with code 3 without a result"),
        ] {
            assert_eq!(text(status, last_lines), expected);
        }
    }

    #[test]
    fn the_last_lines_come_with_it() {
        let death = Death {
            status: None,
            ending: Some(Ending::TimedOut {
                exceeded: Exceeded::Run(Duration::from_secs(90)),
                killed_after: Some(Duration::from_secs(10)),
            }),
            has_started: true,
            last_lines: "one\n\ntwo",
        };
        let fault = death.fault();
        assert_eq!(
            fault.text + &fault.printed,
            "timed out after 1m 30s; killed, as it did not stop within 10s of SIGTERM\nlast lines of its output:\n  | one\n  | two"
        );
    }
}

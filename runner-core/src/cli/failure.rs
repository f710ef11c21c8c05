//! What is printed when the program cannot do what it was asked.

use std::{
    error::Error as StdError,
    fmt::Write as _,
    io::{self, Write as _},
};

use super::program::Program;
use crate::base::Style;
use crate::base::{Error, printable_lines};

/// Prints an error on standard error, each of its causes once.
pub(crate) fn print_error(error: &Error, program: &Program, style: Style) {
    let text = render(error, program, style);
    // There is nowhere left to say that standard error is closed.
    let _ = io::stderr().write_all(text.as_bytes());
}

fn render(error: &Error, program: &Program, style: Style) -> String {
    let mut shown = error.to_string();
    let mut text = format!("{} {}\n", style.bad("error:"), printable_lines(&shown));
    let mut source = error.source();
    while let Some(cause) = source {
        let message = cause.to_string();
        // Some errors repeat their cause in their own message.
        if !shown.ends_with(&message) {
            // Writing into a `String` cannot fail.
            let message = printable_lines(&message).replace('\n', "\n    ");
            let _ = writeln!(text, "  caused by: {message}");
        }
        shown = message;
        source = cause.source();
    }
    if error.is_usage() && !shown.contains("--help") {
        let _ = writeln!(text, "see `{} --help`", program.command);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Kind, Needs};

    fn check(error: &Error, expected: &str) {
        let program = Program::new(Some("digits".into()), "");
        assert_eq!(render(error, &program, Style::PLAIN), expected);
    }

    #[test]
    fn mistakes_point_to_help() {
        check(
            &Error::usage("unknown flag `--x` (see --help)"),
            "error: unknown flag `--x` (see --help)\n",
        );
        check(
            &Error::usage("`x` is no number of jobs"),
            "error: `x` is no number of jobs\nsee `digits --help`\n",
        );
    }

    #[test]
    fn what_an_error_says_cannot_steer_the_terminal() {
        let chain = anyhow::anyhow!("\u{1b}[2Jone\n\ttwo\0").context("red \u{1b}[31m");
        check(
            &Kind::Experiment(chain).into(),
            "error: red \\u{1b}[31m\n  caused by: \\u{1b}[2Jone\n    \ttwo\\u{0}\n",
        );
    }

    #[test]
    fn each_cause_is_printed_once() {
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        check(
            &Error::store("create", Needs::Writing, "out", denied),
            "error: cannot create `out` (make it writable, or choose another place with --output-dir)\n  \
             caused by: permission denied\n",
        );
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        check(
            &Error::store(
                "read",
                Needs::Reading,
                "out/fast-1c2d/result.postcard",
                denied,
            ),
            "error: cannot read `out/fast-1c2d/result.postcard` (make it readable, or choose another place with --output-dir)\n  \
             caused by: permission denied\n",
        );
        let chain = anyhow::anyhow!("no such column")
            .context("cannot group: no such column")
            .context("cannot report");
        check(
            &Kind::Experiment(chain).into(),
            "error: cannot report\n  caused by: cannot group: no such column\n",
        );
    }
}

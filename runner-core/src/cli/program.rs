//! [`Program`]: the name of the program, and the command that calls it again.

use std::{borrow::Cow, ffi::OsString, fmt::Write as _, path::Path};

use super::request::Request;
use crate::{
    base::{printable, steers},
    execute::Processes,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// The file's name, for people.
    pub(crate) name: String,
    /// Starts the program again from a shell in this directory.
    pub(crate) command: String,
}

impl Program {
    /// Takes the name from the first of the process's arguments, or `fallback` if there is none.
    pub(crate) fn new(first_argument: Option<OsString>, fallback: &str) -> Self {
        let path = first_argument
            .filter(|argument| !argument.is_empty())
            .map_or_else(
                || fallback.to_owned(),
                |path| path.to_string_lossy().into_owned(),
            );
        let name = Path::new(&path)
            .file_stem()
            .map_or_else(|| path.clone(), |name| name.to_string_lossy().into_owned());
        Self {
            name,
            command: shell_quoted(&path).into_owned(),
        }
    }

    /// Adds arguments that come before all others.
    pub(crate) fn with_args(mut self, args: &[OsString]) -> Self {
        for arg in args {
            self.command.push(' ');
            self.command.push_str(&shell_quoted(&arg.to_string_lossy()));
        }
        self
    }

    /// Adds the flags of `request` about the output directory, the configs and processes, unless they are
    /// the default.
    pub(crate) fn keeping_place(mut self, request: &Request, defaults: &Request) -> Self {
        let mut add = |flag: &str, value: Option<Cow<'_, str>>| {
            let _ = write!(self.command, " --{flag}");
            if let Some(value) = value {
                // The value of `--zip` may be left out, so that it is no word of its own.
                let is_joined = flag == "zip" || value.starts_with('-');
                self.command.push(if is_joined { '=' } else { ' ' });
                self.command.push_str(&shell_quoted(&value));
            }
        };
        if request.output_dir != defaults.output_dir {
            add("output-dir", Some(request.output_dir.to_string_lossy()));
        }
        // Without them, the label would select another run, or none.
        for (flag, value) in &request.changes {
            add(flag, value.as_ref().map(|value| value.to_string_lossy()));
        }
        // A dangerous run should not be done in the program's own process the second time.
        if request.isolate && (!defaults.isolate || request.processes != defaults.processes) {
            let flag = match request.processes {
                Processes::Fresh => "isolate",
                Processes::Kept => "isolate=kept",
            };
            add(flag, None);
        }
        if request.timeout != defaults.timeout
            && let Some(timeout) = request.timeout
        {
            let timeout = humantime::format_duration(timeout).to_string();
            add("timeout", Some(timeout.replace(' ', "").into()));
        }
        self
    }

    /// Returns the command that does the run with this label again.
    pub(crate) fn selecting(&self, label: &str, again: Again) -> String {
        let rerun = match again {
            Again::Missing => "",
            Again::Rerun => " --rerun",
            Again::Verify => " --verify",
        };
        // An argument cannot hold a NUL; the printed label selects the run as well.
        let label = if label.contains('\0') {
            printable(label)
        } else {
            Cow::Borrowed(label)
        };
        let end_of_flags = if label.starts_with('-') { "-- " } else { "" };
        format!(
            "{}{rerun} {end_of_flags}{}",
            self.command,
            shell_quoted(&label)
        )
    }
}

/// State of a run that is done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    Missing,
    Rerun,
    Verify,
}

/// Returns the text as one word of a shell's command line.
fn shell_quoted(text: &str) -> Cow<'_, str> {
    let is_safe = |character: char| character.is_alphanumeric() || "-_./=+:,@%".contains(character);
    if !text.is_empty() && text.chars().all(is_safe) {
        Cow::Borrowed(text)
    } else if text.contains(steers) {
        // Escapes for characters that cannot be typed, as bash, zsh and newer POSIX shells read them.
        Cow::Owned(format!("$'{}'", ansi_c_escaped(text)))
    } else {
        Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
    }
}

fn ansi_c_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => escaped.push_str(r"\n"),
            '\t' => escaped.push_str(r"\t"),
            '\'' | '\\' => escaped.extend(['\\', character]),
            character if steers(character) => {
                let mut bytes = [0; 4];
                for byte in character.encode_utf8(&mut bytes).bytes() {
                    // Writing into a `String` cannot fail.
                    let _ = write!(escaped, r"\{byte:03o}");
                }
            }
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn program(path: &str) -> Program {
        Program::new(Some(path.into()), "Training")
    }

    #[test]
    fn people_see_the_name_and_shells_the_path() {
        let digits = program("target/release/digits");
        assert_eq!(digits.name, "digits");
        assert_eq!(digits.command, "target/release/digits");
        assert_eq!(
            program("my programs/digits").command,
            "'my programs/digits'"
        );
        assert_eq!(Program::new(None, "Training").name, "Training");
    }

    #[test]
    fn labels_are_quoted_for_the_shell() {
        let digits = program("digits");
        for (label, expected) in [
            ("fast", "digits fast"),
            ("base lr=0.1", "digits 'base lr=0.1'"),
            ("it's", r"digits 'it'\''s'"),
            ("$(rm -rf) `x`", "digits '$(rm -rf) `x`'"),
            ("", "digits ''"),
            ("-v", "digits -- -v"),
            ("a\nb'\u{1b}", r"digits $'a\nb\'\033'"),
            ("a\u{202e}b", r"digits $'a\342\200\256b'"),
            ("nul\0 \n", r"digits 'nul\u{0} \n'"),
        ] {
            assert_eq!(digits.selecting(label, Again::Missing), expected);
        }
        assert_eq!(digits.selecting("-v", Again::Rerun), "digits --rerun -- -v");
    }

    #[test]
    fn what_the_configs_and_the_place_of_results_are_is_kept() {
        let defaults = Request::default();
        let elsewhere = Request {
            output_dir: "my results".into(),
            ..Request::default()
        };
        let digits = program("digits");
        assert_eq!(digits.clone().keeping_place(&defaults, &defaults), digits);
        let changing = Request {
            changes: vec![
                ("set", Some("name=it is".into())),
                ("sweep", Some("lr=0.1,0.2".into())),
                ("zip", None),
                ("zip", Some("lr,a b".into())),
                ("configs", Some("-mine.toml".into())),
            ],
            timeout: Some(Duration::from_secs(90)),
            ..Request::default()
        };
        let limited = Request {
            timeout: Some(Duration::from_secs(3)),
            ..Request::default()
        };
        assert_eq!(
            digits
                .clone()
                .keeping_place(&changing, &limited)
                .selecting("fast", Again::Missing),
            "digits --set 'name=it is' --sweep lr=0.1,0.2 --zip --zip='lr,a b' --configs=-mine.toml --timeout 1m30s fast"
        );
        assert_eq!(
            digits
                .keeping_place(&elsewhere, &defaults)
                .selecting("fast", Again::Missing),
            "digits --output-dir 'my results' fast"
        );
    }
}

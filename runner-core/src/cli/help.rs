//! [`help`] and [`version`]: what a program says about itself.

use std::fmt::Write as _;

use super::{
    Program, Style,
    fields::{self, Entry},
    flags::{FLAGS, Flag},
};
use crate::{
    config::{Config, Members},
    exit,
    experiment::{Experiment, short_name},
    request::{Jobs, Request},
};

const WIDTH: usize = 80;
/// Where the right column starts.
const COLUMN: usize = 26;

/// The text of `--help` for this experiment.
pub(crate) fn help<E: Experiment>(program: &Program, defaults: &Request, style: Style) -> String {
    let members = Members {
        fields: E::Config::FIELDS,
        variants: E::Config::VARIANTS,
    };
    let mut page = Page {
        text: String::new(),
        style,
    };
    page.usage(program, &short_name(E::name()), E::VERSION);
    page.flags(defaults);
    page.fields(&fields::entries(members));
    page.exit_codes();
    page.examples(&program.command);
    page.text
}

/// The text of `--version`.
pub(crate) fn version<E: Experiment>(program: &Program) -> String {
    format!(
        "{} (experiment {} version {}, runner {})\n",
        program.name,
        short_name(E::name()),
        E::VERSION,
        env!("CARGO_PKG_VERSION")
    )
}

struct Page {
    text: String,
    style: Style,
}

impl Page {
    fn usage(&mut self, program: &Program, experiment: &str, version: u32) {
        let heading = self.style.heading("Usage:");
        self.line(&format!(
            "{heading} {} [FLAGS] [PATTERN]...\n",
            program.name
        ));
        self.paragraph(&format!(
            "The experiment {experiment}, version {version}: runs every config once, keeps each result, \
             and reports. What has a result is not run again."
        ));
        self.paragraph(
            "PATTERN is a part of a label, as --list shows them: only runs whose label contains one of the \
             patterns are run, listed and reported.",
        );
    }

    fn flags(&mut self, defaults: &Request) {
        self.heading("Flags:");
        for flag in FLAGS {
            let short = flag
                .short
                .map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
            let name = format!("{short}--{} {}", flag.long, flag.value_name());
            let default = default(flag, defaults)
                .map_or_else(String::new, |default| format!(" (default {default})"));
            self.entry(name.trim_end(), &format!("{}{default}", flag.help));
        }
    }

    fn fields(&mut self, entries: &[Entry]) {
        if entries.is_empty() {
            return;
        }
        self.heading("Fields of a config:");
        for entry in entries {
            self.entry(&entry.name, &entry.meaning);
        }
    }

    fn exit_codes(&mut self) {
        self.heading("Exit codes:");
        for (code, meaning) in [
            (exit::DONE, "everything asked for is there"),
            (
                exit::INCOMPLETE,
                "some run failed or is missing, or the report failed",
            ),
            (
                exit::USAGE,
                "the command line is wrong, or there are no configs",
            ),
            (
                exit::STORE,
                "the output directory cannot be read or written",
            ),
            (
                exit::INTERRUPTED,
                "stopped by a signal; start again to go on",
            ),
        ] {
            let line = format!("  {code:<5}{meaning}");
            self.line(&line);
        }
        self.line("");
    }

    fn examples(&mut self, command: &str) {
        self.heading("Examples:");
        for (arguments, meaning) in [
            ("", "run what is not cached, then report"),
            (" -j 0", "the same, on all cores"),
            (" --list", "every config and its state"),
            (" --dry-run", "what would run, and for how long"),
            (
                " --report --format markdown",
                "a table to paste, without running",
            ),
        ] {
            self.entry(&format!("{command}{arguments}"), meaning);
        }
    }

    fn heading(&mut self, heading: &str) {
        if !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        let heading = self.style.heading(heading).to_string();
        self.line(&heading);
    }

    /// A left column, and the wrapped right one beside it, or below where the left one is too wide.
    fn entry(&mut self, left: &str, right: &str) {
        let indent = " ".repeat(COLUMN);
        let width = console::measure_text_width(left);
        let mut lines = wrap(right, WIDTH - COLUMN).into_iter();
        if width + 4 > COLUMN || right.is_empty() {
            self.line(&format!("  {left}"));
        } else {
            let gap = " ".repeat(COLUMN - 2 - width);
            let first = lines.next().unwrap_or_default();
            self.line(&format!("  {left}{gap}{first}"));
        }
        for line in lines {
            self.line(&format!("{indent}{line}"));
        }
    }

    fn paragraph(&mut self, text: &str) {
        for line in wrap(text, WIDTH) {
            self.line(&line);
        }
        self.line("");
    }

    fn line(&mut self, line: &str) {
        // Writing into a `String` cannot fail.
        let _ = writeln!(self.text, "{line}");
    }
}

fn default(flag: &Flag, defaults: &Request) -> Option<String> {
    match flag.long {
        "jobs" => Some(match defaults.jobs {
            Jobs::AllCores => "0".to_owned(),
            Jobs::Exactly(number) => number.to_string(),
        }),
        "output-dir" => Some(defaults.output_dir.display().to_string()),
        _ => None,
    }
}

/// The words in lines of at most `width` columns, except that no word is broken.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let joined = console::measure_text_width(&line) + 1 + console::measure_text_width(word);
        if !line.is_empty() && joined > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

//! The texts of `--help` and `--version`.

use std::fmt::Write as _;

use console::measure_text_width;

use super::request::{Jobs, Request};
use super::{
    fields::{self, PLACEHOLDERS, Says},
    flags::{FLAGS, Flag},
    program::Program,
};
use crate::{
    api::Outline,
    base::{Style, exit, human::wrap},
    execute::STATUS_KEY,
};

const WIDTH: usize = 80;
/// Maximum width of the left column; the meaning of a wider name is on the next line.
const LEFT_MAX: usize = 28;

pub(crate) fn help(
    outline: &Outline,
    program: &Program,
    defaults: &Request,
    style: Style,
) -> String {
    let mut page = Page {
        text: String::new(),
        style,
    };
    page.usage(program, &outline.short_name(), outline.version);
    page.flags(defaults);
    page.fields(&fields::entries(outline.members, outline.config.probe));
    page.meanwhile();
    page.exit_codes();
    page.examples(&program.command);
    page.text
}

pub(crate) fn version(outline: &Outline, program: &Program) -> String {
    format!(
        "{} (experiment {} version {}, runner {})\n",
        program.name,
        outline.short_name(),
        outline.version,
        env!("CARGO_PKG_VERSION")
    )
}

/// A text to write, and its meaning.
type HelpEntry = (String, String);

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
        self.line("");
        self.paragraph(
            "PATTERN is a part of a label, as --list shows them: only runs whose label contains one of the \
             patterns are run, listed and reported. A whole label selects only its run, as does the beginning of a key.",
        );
    }

    fn flags(&mut self, defaults: &Request) {
        self.section("Flags:", FLAGS.iter().map(|flag| entry(flag, defaults)));
    }

    fn fields(&mut self, fields: &[fields::Entry]) {
        if fields.is_empty() {
            return;
        }
        let entries = fields.iter().map(|field| {
            let name = match field.takes {
                Says::Type(name) => format!("{}: {name}", field.path),
                Says::Variant(name) => format!("{} = {name}", field.path),
            };
            (name, field.meaning.clone())
        });
        self.section("Fields of a config:", entries);
        if !fields.iter().all(fields::Entry::is_exact) {
            self.line(&format!("  {PLACEHOLDERS}"));
        }
    }

    fn meanwhile(&mut self) {
        let status_key = STATUS_KEY.to_string();
        let keys = [
            (
                status_key.as_str(),
                "what runs and its last lines, with --isolate or --timeout on a terminal; without, send SIGUSR1",
            ),
            (
                "Ctrl-C",
                "let runs finish within --grace; again: end them; once more: end the program",
            ),
            ("Ctrl-Z", "stop runs and clocks; `fg` lets them go on"),
        ];
        let entries = keys.map(|(key, meaning)| (key.to_owned(), meaning.to_owned()));
        self.section("While runs go on:", entries);
    }

    fn exit_codes(&mut self) {
        let codes = [
            (exit::DONE, "everything asked for is there"),
            (
                exit::INCOMPLETE,
                "some run failed, is missing or differs (--verify), or the report failed",
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
        ];
        let entries = codes.map(|(code, meaning)| (code.to_string(), meaning.to_owned()));
        self.section("Exit codes:", entries);
    }

    fn examples(&mut self, command: &str) {
        let examples = [
            ("", "run what is not cached, then report"),
            (" -j 0", "the same, on all cores"),
            (" --list", "every config and its state"),
            (" --dry-run", "what would run, and for how long"),
            (" --why", "why what is not cached is not"),
            (
                " --report --format markdown",
                "a table to paste, without running anything",
            ),
        ];
        let entries = examples
            .map(|(arguments, meaning)| (format!("{command}{arguments}"), meaning.to_owned()));
        self.section("Examples:", entries);
    }

    /// Writes a heading and two columns; the right one is wrapped.
    fn section(&mut self, heading: &str, entries: impl IntoIterator<Item = HelpEntry>) {
        let entries: Vec<HelpEntry> = entries.into_iter().collect();
        let heading = self.style.heading(heading).to_string();
        self.line(&format!("\n{heading}"));
        let widths = entries.iter().map(|(name, _)| measure_text_width(name));
        let left = widths.filter(|width| *width <= LEFT_MAX).max().unwrap_or(0);
        let indent = " ".repeat(2 + left + 2);
        for (name, meaning) in entries {
            let gap = left.checked_sub(measure_text_width(&name));
            let mut start = format!("  {name}{}  ", " ".repeat(gap.unwrap_or(0)));
            if gap.is_none() {
                self.line(start.trim_end());
                start.clone_from(&indent);
            }
            if gap.is_some() || !meaning.is_empty() {
                for line in wrap(&start, meaning.split_whitespace(), &indent, WIDTH) {
                    self.line(line.trim_end());
                }
            }
        }
    }

    fn paragraph(&mut self, text: &str) {
        for line in wrap("", text.split_whitespace(), "", WIDTH) {
            self.line(&line);
        }
    }

    fn line(&mut self, line: &str) {
        // Writing into a `String` cannot fail.
        let _ = writeln!(self.text, "{line}");
    }
}

fn entry(flag: &Flag, defaults: &Request) -> HelpEntry {
    let short = flag
        .short
        .map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
    let name = format!("{short}--{}{}", flag.long, flag.shown_value());
    let default = match (flag.long, defaults.jobs) {
        ("jobs", Jobs::AllCores) => " (default 0)".to_owned(),
        ("jobs", Jobs::Exactly(number)) => format!(" (default {number})"),
        ("grace", _) => format!(" (default {})", humantime::format_duration(defaults.grace)),
        ("output-dir", _) => format!(" (default {})", defaults.output_dir.display()),
        _ => String::new(),
    };
    (
        name.trim_end().to_owned(),
        format!("{}{default}", flag.help),
    )
}

#[cfg(test)]
mod tests;

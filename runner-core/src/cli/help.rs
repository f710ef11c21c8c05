//! [`help`] and [`version`]: what a program says about itself.

use std::fmt::Write as _;

use console::measure_text_width;

use super::request::{Jobs, Request};
use super::{
    fields::{self, PLACEHOLDERS, Says},
    flags::{FLAGS, Flag},
    program::Program,
};
use crate::base::Style;
use crate::{api::Outline, base::exit, execute::STATUS_KEY};

const WIDTH: usize = 80;
/// The widest left column; what is wider has the right one below it.
const LEFT_MAX: usize = 28;

/// The text of `--help` for this experiment.
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

/// The text of `--version`.
pub(crate) fn version(outline: &Outline, program: &Program) -> String {
    format!(
        "{} (experiment {} version {}, runner {})\n",
        program.name,
        outline.short_name(),
        outline.version,
        env!("CARGO_PKG_VERSION")
    )
}

/// One line of a section: what to write, and what it means.
struct Entry {
    name: String,
    meaning: String,
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
        self.line("");
        self.paragraph(
            "PATTERN is a part of a label, as --list shows them: only runs whose label contains one of the \
             patterns are run, listed and reported. A whole label selects only its run.",
        );
    }

    fn flags(&mut self, defaults: &Request) {
        let entries: Vec<Entry> = FLAGS
            .iter()
            .map(|flag| {
                let short = flag
                    .short
                    .map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
                let name = format!("{short}--{} {}", flag.long, flag.value_name());
                let default = default(flag, defaults)
                    .map_or_else(String::new, |default| format!(" (default {default})"));
                Entry {
                    name: name.trim_end().to_owned(),
                    meaning: format!("{}{default}", flag.help),
                }
            })
            .collect();
        self.section("Flags:", &entries);
    }

    fn fields(&mut self, fields: &[fields::Entry]) {
        let entries: Vec<Entry> = fields
            .iter()
            .map(|field| Entry {
                name: match field.takes {
                    Says::Type(name) => format!("{}: {name}", field.path),
                    Says::Variant(name) => format!("{} = {name}", field.path),
                },
                meaning: field.meaning.clone(),
            })
            .collect();
        self.section("Fields of a config:", &entries);
        if !fields.iter().all(fields::Entry::is_exact) {
            self.line(&format!("  {PLACEHOLDERS}"));
        }
    }

    fn meanwhile(&mut self) {
        let keys = [
            (
                STATUS_KEY.to_string(),
                "what runs and its last lines, with --isolate or --timeout on a terminal; without, send SIGUSR1",
            ),
            (
                "Ctrl-C".to_owned(),
                "let runs finish within ten seconds; again: end them; once more: end the program",
            ),
            (
                "Ctrl-Z".to_owned(),
                "stop runs and clocks; `fg` lets them go on",
            ),
        ];
        let entries = keys.map(|(name, meaning)| Entry {
            name,
            meaning: meaning.to_owned(),
        });
        self.section("While runs go on:", &entries);
    }

    fn exit_codes(&mut self) {
        let codes = [
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
        ];
        let entries = codes.map(|(code, meaning)| Entry {
            name: code.to_string(),
            meaning: meaning.to_owned(),
        });
        self.section("Exit codes:", &entries);
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
        let entries = examples.map(|(arguments, meaning)| Entry {
            name: format!("{command}{arguments}"),
            meaning: meaning.to_owned(),
        });
        self.section("Examples:", &entries);
    }

    /// A heading and two columns; the right one is wrapped.
    fn section(&mut self, heading: &str, entries: &[Entry]) {
        if entries.is_empty() {
            return;
        }
        let heading = self.style.heading(heading).to_string();
        self.line("");
        self.line(&heading);
        let widths = entries.iter().map(|entry| measure_text_width(&entry.name));
        let left = widths.filter(|width| *width <= LEFT_MAX).max().unwrap_or(0);
        let indent = " ".repeat(2 + left + 2);
        for Entry { name, meaning } in entries {
            let mut lines = wrap(meaning, WIDTH - indent.len()).into_iter();
            match left.checked_sub(measure_text_width(name)) {
                Some(gap) if !meaning.is_empty() => {
                    let first = lines.next().unwrap_or_default();
                    self.line(&format!("  {name}{}  {first}", " ".repeat(gap)));
                }
                _ => self.line(&format!("  {name}")),
            }
            for line in lines {
                self.line(&format!("{indent}{line}"));
            }
        }
    }

    fn paragraph(&mut self, text: &str) {
        for line in wrap(text, WIDTH) {
            self.line(&line);
        }
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
        let joined = measure_text_width(&line) + 1 + measure_text_width(word);
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

#[cfg(test)]
mod tests;

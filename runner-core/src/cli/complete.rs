//! [`complete`] returns the candidates for the last word of a command line; [`script`] makes a shell ask for them.

use super::{
    fields,
    flags::{FLAGS, Flag, FlagValue},
    program::Program,
    request::Shell,
};
use crate::{
    api::Outline,
    filter::{fields_of_run, words_of_run},
    value::{Kind, Takes, resolve, steps},
};

/// The hidden flag with which the scripts of `--completions` ask for candidates.
pub(super) const COMPLETE: &str = "--complete";

/// Returns the script for a shell. It asks the program for candidates, and offers files if there are none.
pub(crate) fn script(shell: Shell, program: &Program) -> String {
    let template = match shell {
        Shell::Bash => include_str!("completions/bash.sh"),
        Shell::Zsh => include_str!("completions/zsh.sh"),
        Shell::Fish => include_str!("completions/fish.fish"),
    };
    let is_other = |character: char| !character.is_ascii_alphanumeric();
    let function = program.name.replace(is_other, "_");
    template
        .replace("@FUNCTION@", &function)
        .replace("@COMPLETE@", COMPLETE)
        .replace("@PROGRAM@", &program.name)
}

/// Maximum number of candidates; a shell asks before it shows hundreds.
const LABELS_MAX: usize = 500;

/// Returns a candidate a line: the word, and its meaning behind a tab. Calls `labels` only where a run may be meant.
pub(crate) fn complete(
    outline: &Outline,
    words: &[String],
    labels: &mut dyn FnMut() -> Vec<String>,
) -> String {
    let (current, before) = words
        .split_last()
        .map_or(("", words), |(last, before)| (last.as_str(), before));
    let is_literal = before.iter().any(|word| word == "--");
    let flag_before = before.last().and_then(|word| flag_of(word)).filter(|flag| {
        let has_value = !matches!(flag.value, FlagValue::Nothing | FlagValue::Optional(_));
        !is_literal && has_value
    });
    let candidates = if let Some(flag) = flag_before {
        values(outline, flag, current)
    } else if let Some((name, value)) = current.split_once('=').filter(|_| !is_literal)
        && let Some(flag) = name.strip_prefix("--").and_then(Flag::by_long)
    {
        let values = values(outline, flag, value).into_iter();
        values
            .map(|(value, meaning)| (format!("{name}={value}"), meaning))
            .collect()
    } else if current.starts_with('-') && !is_literal {
        FLAGS
            .iter()
            .map(|flag| (format!("--{}", flag.long), flag.help.to_owned()))
            .collect()
    } else {
        let labels = labels();
        let labels = labels.iter().map(String::as_str);
        plain(labels.filter(|label| !label.chars().any(char::is_control)))
    };
    let mut lines = String::new();
    let fitting = candidates
        .iter()
        .filter(|(word, _)| word.starts_with(current));
    for (word, meaning) in fitting.take(LABELS_MAX) {
        let tab = if meaning.is_empty() { "" } else { "\t" };
        lines.extend([word, tab, meaning, "\n"]);
    }
    lines
}

fn flag_of(word: &str) -> Option<&'static Flag> {
    match word.strip_prefix("--") {
        Some(name) => Flag::by_long(name),
        None => word
            .strip_prefix('-')?
            .chars()
            .last()
            .and_then(Flag::by_short),
    }
}

type Candidates = Vec<(String, String)>;

fn plain<'a>(words: impl IntoIterator<Item = &'a str>) -> Candidates {
    let words = words.into_iter();
    words.map(|word| (word.to_owned(), String::new())).collect()
}

fn values(outline: &Outline, flag: &Flag, current: &str) -> Candidates {
    match (flag.long, flag.value) {
        ("zip", _) => Vec::new(),
        (_, FlagValue::OneOf(names) | FlagValue::Optional(names)) => plain(names()),
        ("sort", _) => field_names(outline, "where")
            .into_iter()
            .map(|(name, meaning)| (name.trim_end_matches('=').to_owned(), meaning))
            .filter(|(name, _)| !matches!(name.as_str(), "state" | "build" | "age" | "key"))
            .collect(),
        ("set" | "sweep" | "where", _) => match field_end(flag.long, current) {
            None => field_names(outline, flag.long),
            Some(end) => {
                let (field, list) = (&current[..end], &current[end + 1..]);
                // Of several values, the last one is being written.
                let written = match (flag.long, list.rfind(',')) {
                    ("sweep" | "where", Some(comma)) => &current[..=end + 1 + comma],
                    _ => &current[..=end],
                };
                let field = field.trim_end_matches(['!', '<', '>', '=']);
                let values = field_values(outline, flag.long, field).into_iter();
                values
                    .map(|(value, meaning)| (format!("{written}{value}"), meaning))
                    .collect()
            }
        },
        _ => Vec::new(),
    }
}

/// Returns the place of the last character of the operator behind a field.
fn field_end(flag: &str, text: &str) -> Option<usize> {
    if flag == "where" {
        let at = text.find(['=', '<', '>', '~'])?;
        Some(at + usize::from(text[at + 1..].starts_with('=')))
    } else {
        text.find('=')
    }
}

fn field_names(outline: &Outline, flag: &str) -> Candidates {
    let mut names: Candidates = Vec::new();
    for entry in fields::entries(outline.members, outline.config.probe) {
        let name = format!("{}=", entry.path);
        if entry.is_exact() && !names.iter().any(|(known, _)| *known == name) {
            names.push((name, entry.meaning));
        }
    }
    if flag == "where" {
        names.extend(fields_of_run().map(|name| (format!("{name}="), "of the run".to_owned())));
        if let Ok(place) = (outline.probe_output)(&[])
            && let Takes::Struct(fields) = place.takes
        {
            let fields = fields.iter();
            names.extend(
                fields.map(|field| (format!("output.{field}="), "of the output".to_owned())),
            );
        }
    }
    names
}

fn field_values(outline: &Outline, flag: &str, field: &str) -> Candidates {
    let place = match resolve(outline.config.probe, steps(field)) {
        Ok((_, place)) => place,
        Err(_) if flag != "where" => return Vec::new(),
        Err(_) => return plain(words_of_run(field).iter().copied()),
    };
    let mut values = match place.takes {
        Takes::Scalar(Kind::Bool) => plain(["true", "false"]),
        Takes::Enum(variants) => plain(variants.iter().copied()),
        _ => Vec::new(),
    };
    if place.is_optional {
        values.extend(plain(["none"]));
    }
    values
}

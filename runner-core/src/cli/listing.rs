//! [`list`] and [`dry_run`]: where every config stands, and what would run.

use std::{
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use crate::{
    base::{Style, human, printable},
    plan::State,
    report::Format,
    value::{
        Key, Tree,
        json::{Layout, Shown, json as text, object},
    },
};

/// A config as a list shows it.
#[derive(Clone, Debug)]
pub(crate) struct ListedRun {
    pub(crate) label: String,
    pub(crate) name: String,
    pub(crate) key: Key,
    pub(crate) state: State,
    pub(crate) out_dir: PathBuf,
    /// Whether its result is from another build of the program, as far as that is known.
    pub(crate) is_of_other_build: Option<bool>,
    /// Whether pruning leaves it alone.
    pub(crate) is_kept: bool,
    /// How often it was tried, as far as its result or its last failure tells.
    pub(crate) attempts: u32,
    /// Whether its result was read through `Experiment::upgrades`, if that is to be shown.
    pub(crate) is_upgraded: bool,
    /// The config, if it is to be shown.
    pub(crate) config: Option<Tree>,
}

/// What is known of the runs that would be done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outlook {
    /// Whether what is cached runs again.
    pub(crate) rerun: bool,
    /// How many run at a time.
    pub(crate) jobs: usize,
    /// How long all of them would take, if runs like them are recorded.
    pub(crate) estimate: Option<Duration>,
}

/// Writes every config and its state: a table, or JSON if that is the format.
///
/// # Errors
///
/// If `out` cannot be written.
pub(crate) fn list(
    out: &mut impl Write,
    runs: &[ListedRun],
    format: Option<Format>,
    style: Style,
) -> io::Result<()> {
    if format == Some(Format::Json) {
        return json(out, runs.iter());
    }
    for run in runs {
        row(out, run, style)?;
    }
    let total = human::count(runs.len(), "run");
    if runs.is_empty() {
        return writeln!(out, "{total}");
    }
    writeln!(out, "{total}: {}", counts(runs))
}

/// Writes what would run, and for how long.
///
/// # Errors
///
/// If `out` cannot be written.
pub(crate) fn dry_run(
    out: &mut impl Write,
    runs: &[ListedRun],
    outlook: Outlook,
    format: Option<Format>,
    style: Style,
) -> io::Result<()> {
    let would_run = || {
        runs.iter()
            .filter(|run| outlook.rerun || run.state != State::Cached)
    };
    if format == Some(Format::Json) {
        return json(out, would_run());
    }
    for run in would_run() {
        row(out, run, style)?;
    }
    let selected = human::count(runs.len(), "run");
    match would_run().count() {
        0 => writeln!(out, "nothing would run: {selected}, all cached"),
        number => {
            let jobs = human::count(outlook.jobs, "job");
            let estimate = outlook.estimate.map_or_else(
                || "for how long is not known: nothing like it has run yet".to_owned(),
                |estimate| {
                    let seconds = estimate.max(Duration::from_secs(1));
                    format!("for about {} with {jobs}", human::rough_duration(seconds))
                },
            );
            writeln!(out, "{number} of {selected} would run, {estimate}")
        }
    }
}

fn row(out: &mut impl Write, run: &ListedRun, style: Style) -> io::Result<()> {
    let attempts = format!("{} attempts", run.attempts);
    let notes = [
        (run.is_of_other_build == Some(true), "another build"),
        (run.attempts > 1, &attempts),
        (run.is_upgraded, "upgraded"),
        (run.is_kept, "kept"),
    ];
    let notes: Vec<&str> = notes
        .into_iter()
        .filter_map(|(is_so, note)| is_so.then_some(note))
        .collect();
    let notes = match notes.as_slice() {
        [] => String::new(),
        notes => format!("  ({})", notes.join(", ")),
    };
    state_line(out, &run.state, run.key, &run.label, &notes, style)
}

/// Writes a state with its reasons, the run that it is about, and what else is noted of that.
pub(super) fn state_line(
    out: &mut impl Write,
    state: &State,
    key: Key,
    label: &str,
    notes: &str,
    style: Style,
) -> io::Result<()> {
    let word = format!("{:<WORD_WIDTH$}", state.word());
    let word = match state {
        State::Cached => style.good(word),
        State::Missing | State::Stale(_) => style.notable(word),
        State::Failed(_) | State::Corrupt(_) => style.bad(word),
        State::Running(_) => style.active(word),
    };
    let key = style.faint(format!("{:016x}", key.short()));
    writeln!(
        out,
        "{word}  {key}  {}{}",
        printable(label),
        style.faint(notes)
    )?;
    let reasons = state.reason().into_iter().flat_map(str::lines);
    for line in reasons {
        writeln!(out, "{INDENT}{}", printable(line))?;
    }
    Ok(())
}

/// What is before the lines that belong to the state above.
pub(super) const INDENT: &str = "         ";

/// The widest state word: `corrupt`, `missing`, `running`.
const WORD_WIDTH: usize = 7;

/// `4 cached, 1 missing`: the states that occur.
fn counts(runs: &[ListedRun]) -> String {
    let words = ["cached", "missing", "stale", "failed", "corrupt", "running"];
    let counts: Vec<String> = words
        .into_iter()
        .map(|word| {
            let number = runs.iter().filter(|run| run.state.word() == word).count();
            (number, word)
        })
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    counts.join(", ")
}

fn json<'a>(out: &mut impl Write, runs: impl Iterator<Item = &'a ListedRun>) -> io::Result<()> {
    let mut before = "[";
    for run in runs {
        let build = run.is_of_other_build;
        let row = object(|row| {
            row.put("key", Shown(run.key))
                .put("name", &run.name)
                .put("label", &run.label)
                .put("state", run.state.word())
                .put("reason", run.state.reason())
                .put("out_dir", Shown(run.out_dir.display()))
                .put(
                    "build",
                    build.map(|is_other| if is_other { "other" } else { "this" }),
                )
                .put("kept", run.is_kept)
                .put("attempts", run.attempts)
                .put("upgraded", run.is_upgraded)
                .put("config", run.config.as_ref());
        });
        write!(out, "{before}\n  {}", text(row, Layout::Compact))?;
        before = ",";
    }
    writeln!(out, "{}", if before == "[" { "[]" } else { "\n]" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(label: &str, key: u128, state: State) -> ListedRun {
        let name = label.split(' ').next().unwrap_or_default().to_owned();
        let key = Key::from_u128(key << 64);
        ListedRun {
            out_dir: format!("out/{name}-{:016x}", key.short()).into(),
            label: label.to_owned(),
            name,
            key,
            state,
            is_of_other_build: None,
            is_kept: false,
            attempts: 0,
            is_upgraded: false,
            config: None,
        }
    }

    fn runs() -> Vec<ListedRun> {
        vec![
            run("base lr=0.1", 0x1c2d_3e4f, State::Cached),
            run("base lr=0.2", 0xffff_ffff_ffff_ffff, State::Missing),
            run(
                "wide",
                1,
                State::Stale("`layers` was u32, is u64".to_owned()),
            ),
            run(
                "bad\u{1b}[2J",
                2,
                State::Failed("cannot open\nno \"x\"".to_owned()),
            ),
        ]
    }

    fn listed(runs: &[ListedRun], format: Option<Format>) -> String {
        let mut out = Vec::new();
        list(&mut out, runs, format, Style::PLAIN).expect("a vector takes everything");
        String::from_utf8(out).expect("it is text")
    }

    fn dry(runs: &[ListedRun], rerun: bool, seconds: Option<u64>) -> String {
        let outlook = Outlook {
            rerun,
            jobs: 2,
            estimate: seconds.map(Duration::from_secs),
        };
        let mut out = Vec::new();
        dry_run(&mut out, runs, outlook, None, Style::PLAIN).expect("a vector takes everything");
        String::from_utf8(out).expect("it is text")
    }

    #[test]
    fn a_list_shows_states_and_reasons() {
        let expected = r"
cached   000000001c2d3e4f  base lr=0.1
missing  ffffffffffffffff  base lr=0.2
stale    0000000000000001  wide
         `layers` was u32, is u64
failed   0000000000000002  bad\u{1b}[2J
         cannot open
         no \u{22}x\u{22}
4 runs: 1 cached, 1 missing, 1 stale, 1 failed
";
        let expected = expected.trim_start().replace("\\u{22}", "\"");
        assert_eq!(listed(&runs(), None), expected);
    }

    #[test]
    fn a_list_marks_what_needed_several_attempts() {
        let mut run = run("base", 1, State::Cached);
        (run.attempts, run.is_kept) = (3, true);
        assert_eq!(
            listed(&[run], None),
            "cached   0000000000000001  base  (3 attempts, kept)\n1 run: 1 cached\n"
        );
    }

    #[test]
    fn json_has_every_field() {
        let text = listed(&runs()[2..], Some(Format::Json));
        assert_eq!(
            text,
            r#"[
  {"key":"00000000000000010000000000000000","name":"wide","label":"wide","state":"stale","reason":"`layers` was u32, is u64","out_dir":"out/wide-0000000000000001","build":null,"kept":false,"attempts":0,"upgraded":false,"config":null},
  {"key":"00000000000000020000000000000000","name":"bad\u001b[2J","label":"bad\u001b[2J","state":"failed","reason":"cannot open\nno \"x\"","out_dir":"out/bad\u001b[2J-0000000000000002","build":null,"kept":false,"attempts":0,"upgraded":false,"config":null}
]
"#
        );
        assert_eq!(listed(&[], Some(Format::Json)), "[]\n");
    }

    #[test]
    fn a_dry_run_shows_what_would_run() {
        let runs = &runs()[..2];
        assert_eq!(
            dry(runs, false, Some(125)),
            "missing  ffffffffffffffff  base lr=0.2\n\
             1 of 2 runs would run, for about 2 m 05 s with 2 jobs\n"
        );
        assert_eq!(
            dry(&runs[1..], false, None),
            "missing  ffffffffffffffff  base lr=0.2\n\
             1 of 1 run would run, for how long is not known: nothing like it has run yet\n"
        );
        assert_eq!(
            dry(&runs[..1], false, None),
            "nothing would run: 1 run, all cached\n"
        );
        assert_eq!(
            dry(&runs[..1], true, Some(1)),
            "cached   000000001c2d3e4f  base lr=0.1\n\
             1 of 1 run would run, for about 1 s with 2 jobs\n"
        );
    }
}

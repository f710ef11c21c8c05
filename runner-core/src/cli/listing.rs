//! The output of `--list`, `--dry-run` and `--prune`.

use std::{
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use super::verified::VerifiedState;
use crate::{
    api::State,
    base::{Style, human, printable},
    filter::BUILDS,
    report::Format,
    value::{
        Key, Tree,
        json::{Layout, Shown, json as text, object},
    },
};

#[derive(Clone, Debug)]
pub(crate) struct ListedRun {
    pub(crate) label: String,
    pub(crate) name: String,
    pub(crate) key: Key,
    pub(crate) state: State,
    pub(crate) out_dir: PathBuf,
    /// Whether another build of the program computed the result, if known.
    pub(crate) is_of_other_build: Option<bool>,
    /// Whether other code computed the result, if known.
    pub(crate) is_of_other_code: Option<bool>,
    /// Names some of what differs in the code.
    pub(crate) other_code: Option<String>,
    /// What came of verifying the result.
    pub(crate) verified: Option<VerifiedState>,
    pub(crate) is_kept: bool,
    /// Number of attempts, from its result or its last failure.
    pub(crate) attempts: u32,
    /// Whether its result was read through `Experiment::upgrades`. Only the formats that show it know.
    pub(crate) is_upgraded: bool,
    /// Only for the formats that show it.
    pub(crate) config: Option<Tree>,
}

/// Numbers about the runs of a `--dry-run`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outlook {
    /// Whether cached runs are done again.
    pub(crate) rerun: bool,
    pub(crate) jobs: usize,
    /// Time for all runs, if similar ones are recorded.
    pub(crate) estimate: Option<Duration>,
}

/// Writes every config and its state: a table, or JSON if that is the format.
///
/// # Errors
///
/// If `out` cannot be written.
pub(crate) fn list(
    out: &mut impl Write,
    runs: impl Iterator<Item = ListedRun>,
    format: Option<Format>,
    style: Style,
) -> io::Result<()> {
    if format == Some(Format::Json) {
        return json(out, runs);
    }
    let mut numbers = State::WORDS.map(|word| (0, word));
    for run in runs {
        row(out, &run, style)?;
        for (number, word) in &mut numbers {
            *number += usize::from(run.state.word() == *word);
        }
    }
    let total = numbers.iter().map(|(number, _)| number).sum();
    let counts = numbers.iter().filter(|(number, _)| *number > 0);
    let counts: Vec<String> = counts
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let separator = if counts.is_empty() { "" } else { ": " };
    let total = human::count(total, "run");
    writeln!(out, "{total}{separator}{}", counts.join(", "))
}

/// Writes what would run, and for how long.
///
/// # Errors
///
/// If `out` cannot be written.
pub(crate) fn dry_run(
    out: &mut impl Write,
    runs: impl Iterator<Item = ListedRun>,
    outlook: Outlook,
    format: Option<Format>,
    style: Style,
) -> io::Result<()> {
    let mut selected = 0;
    let runs = runs.inspect(|_| selected += 1);
    let mut would_run = runs.filter(|run| outlook.rerun || run.state != State::Cached);
    if format == Some(Format::Json) {
        return json(out, would_run);
    }
    let number = would_run.try_fold(0, |number, run| row(out, &run, style).map(|()| number + 1))?;
    drop(would_run);
    let selected = human::count(selected, "run");
    match number {
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
    let verified = run.verified.as_ref().map(VerifiedState::words);
    let notes = [
        // The same code may be built again, after a comment perhaps.
        (
            run.is_of_other_build == Some(true) && run.is_of_other_code.is_none(),
            "another build",
        ),
        (
            run.is_of_other_code == Some(true) && run.state == State::Cached,
            run.other_code.as_deref().unwrap_or("other code"),
        ),
        (run.attempts > 1, &attempts),
        (run.is_upgraded, "upgraded"),
        (verified.is_some(), verified.as_deref().unwrap_or_default()),
        (run.is_kept, "kept"),
    ];
    let notes = notes.iter().filter(|(is_so, _)| *is_so);
    let mut notes = notes.map(|(_, note)| *note).collect::<Vec<_>>().join(", ");
    if !notes.is_empty() {
        notes = format!("  ({notes})");
    }
    state_line(out, &run.state, run.key, &run.label, &notes, style)
}

/// Writes a run with its state, notes and reasons.
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

/// Indentation of the lines below a run.
pub(super) const INDENT: &str = "         ";

/// Width of the longest words: `corrupt`, `missing`, `running`.
const WORD_WIDTH: usize = 7;

fn json(out: &mut impl Write, runs: impl Iterator<Item = ListedRun>) -> io::Result<()> {
    let mut before = "[";
    for run in runs {
        let word = |is_other: Option<bool>| is_other.map(|is_other| BUILDS[usize::from(is_other)]);
        let row = object(|row| {
            row.put("key", Shown(run.key))
                .put("name", &run.name)
                .put("label", &run.label)
                .put("state", run.state.word())
                .put("reason", run.state.reason())
                .put("out_dir", Shown(run.out_dir.display()))
                .put("build", word(run.is_of_other_build))
                .put("code", word(run.is_of_other_code))
                .put_some("verified", run.verified.as_ref().map(VerifiedState::word))
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

fn pruned_row(out: &mut impl Write, found: &PrunedDirectory, style: Style) -> io::Result<()> {
    let took = found
        .took
        .map(|took| format!("took {}", human::duration(took)));
    let user = found.user.as_deref().map(|user| format!("  by {user}"));
    let mut about = found.why.clone();
    about.extend(found.stays.map(|stays| format!(", {stays}")));
    if !found.fields.is_empty() {
        about = format!("{about}: {}", found.fields);
    }
    writeln!(
        out,
        "{:>9}  {:>9} old  {:<12}  {}{}  {}",
        human::bytes(found.bytes),
        human::rough_duration(found.age),
        took.unwrap_or_default(),
        printable(&found.directory),
        printable(&user.unwrap_or_default()),
        style.faint(&*printable(&about))
    )
}

fn directories(count: usize) -> String {
    match count {
        1 => "1 directory".to_owned(),
        count => format!("{count} directories"),
    }
}

/// The directories that pruning found, or removed.
#[derive(Clone, Debug)]
pub(crate) struct Pruned {
    pub(crate) removes: bool,
    pub(crate) directories: Vec<PrunedDirectory>,
    /// Number of directories that other processes or users have.
    pub(crate) stay: usize,
    /// Whether a selection may have left others out.
    pub(crate) is_narrowed: bool,
    /// Directories that are never removed, and what they are.
    pub(crate) strays: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct PrunedDirectory {
    pub(crate) directory: String,
    pub(crate) why: String,
    pub(crate) bytes: u64,
    pub(crate) age: Duration,
    /// How long the run took, if it has a result.
    pub(crate) took: Option<Duration>,
    /// The name of the user who made it, unless it is this one.
    pub(crate) user: Option<String>,
    /// The fields that tell the run from the configs.
    pub(crate) fields: String,
    /// The reason why it stays unless `--older-than` says otherwise.
    pub(crate) stays: Option<&'static str>,
}

/// Writes what was found or removed.
///
/// # Errors
///
/// If `out` cannot be written.
pub(crate) fn prune(out: &mut impl Write, pruned: &Pruned, style: Style) -> io::Result<()> {
    let found = pruned.directories.iter();
    let (kept, gone): (Vec<_>, Vec<_>) = found.partition(|found| found.stays.is_some());
    for found in &pruned.directories {
        if found.stays.is_none() || !pruned.removes {
            pruned_row(out, found, style)?;
        }
    }
    let count = gone.len();
    let bytes = human::bytes(gone.iter().map(|found| found.bytes).sum());
    let found = format!("{}, {bytes}", directories(count));
    let total = match (count, pruned.removes) {
        (0, _) if pruned.is_narrowed => {
            "nothing to prune: nothing that no config reaches is selected".to_owned()
        }
        (0, _) => "nothing to prune: configs reach everything of this experiment".to_owned(),
        (_, false) => format!("{found}; --prune --yes removes them"),
        (_, true) => format!("removed {found}"),
    };
    if count > 0 || kept.is_empty() {
        writeln!(out, "{total}")?;
    }
    if !kept.is_empty() {
        let bytes = human::bytes(kept.iter().map(|found| found.bytes).sum());
        let kept = directories(kept.len());
        writeln!(out, "{kept}, {bytes}, too young; --older-than 0s takes all")?;
    }
    if pruned.stay > 0 {
        let stay = directories(pruned.stay);
        writeln!(out, "{stay} left alone: another process or user has it")?;
    }
    for (directory, what) in &pruned.strays {
        let directory = printable(directory);
        writeln!(out, "left alone: {directory}  {}", style.faint(what))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

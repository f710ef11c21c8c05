//! The output of `--why`: each config with its state, and the stored run that is nearest to it.

use std::{
    io::{self, Write},
    time::Duration,
};

use super::{listing, verified::VerifiedState};
use crate::base::Style;
use crate::{
    api::State,
    base::{human, printable},
    plan::{Difference, Kinship},
    value::Key,
};

/// A config and the reasons for its state.
#[derive(Clone, Debug)]
pub(crate) struct Explained {
    pub(crate) label: String,
    pub(crate) key: Key,
    pub(crate) state: State,
    pub(crate) made: Option<Made>,
    pub(crate) nearest: Option<NearestRun>,
    /// What differs in the code that computed the result.
    pub(crate) other_code: Option<String>,
    pub(crate) verified: Option<VerifiedState>,
}

/// Origin of a result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    pub(crate) age: Duration,
    pub(crate) duration: Duration,
    pub(crate) is_of_other_build: Option<bool>,
}

/// A stored run and how it differs.
#[derive(Clone, Debug)]
pub(crate) struct NearestRun {
    /// Whether it has the config's own key, and does not count for another reason.
    pub(crate) is_own: bool,
    pub(crate) directory: String,
    pub(crate) kinship: Kinship,
    pub(crate) experiment: String,
    pub(crate) version: u32,
    pub(crate) version_now: u32,
    pub(crate) made: Made,
    pub(crate) differences: Vec<Difference>,
}

const OTHER_EXPERIMENT: &str =
    "every field is the same: the experiment's name changed; `Experiment::name` can bring it back";
const OTHER_TYPE: &str = "every field is the same, but not its type";

/// Maximum number of fields that are named.
const FIELDS_MAX: usize = 12;

/// Writes the explanations, and the number of runs without one.
///
/// # Errors
///
/// If `out` cannot be written.
pub(crate) fn why(
    out: &mut impl Write,
    explained: &[Explained],
    more: usize,
    style: Style,
) -> io::Result<()> {
    let indent = listing::INDENT;
    for run in explained {
        listing::state_line(out, &run.state, run.key, &run.label, "", style)?;
        if let Some(made) = run.made {
            writeln!(
                out,
                "{indent}computed {} ago in {}{}",
                human::rough_duration(made.age),
                human::duration(made.duration),
                by_build(made)
            )?;
        }
        if let (Some(difference), State::Cached) = (&run.other_code, &run.state) {
            writeln!(out, "{indent}by other code: {}", printable(difference))?;
        }
        if let Some(verified) = &run.verified {
            let what = if verified.difference.is_some() {
                ""
            } else {
                ": the same"
            };
            writeln!(out, "{indent}{}{what}", verified.words())?;
            for line in verified.difference.iter().flat_map(|lines| lines.lines()) {
                writeln!(out, "{indent}  {}", printable(line))?;
            }
        }
        match (&run.nearest, &run.state) {
            (Some(nearest), _) => nearest_run(out, nearest)?,
            (None, State::Missing) => {
                writeln!(out, "{indent}nothing is stored that is like it")?;
            }
            _ => {}
        }
    }
    match (explained.len(), more) {
        (0, _) => writeln!(out, "nothing to explain: every config is cached"),
        (_, 0) => Ok(()),
        (_, more) => writeln!(
            out,
            "and {}; name one to have it explained",
            human::count(more, "more run")
        ),
    }
}

fn by_build(made: Made) -> &'static str {
    match made.is_of_other_build {
        Some(true) => ", by another build of the program",
        Some(false) => ", by this build of the program",
        None => "",
    }
}

fn nearest_run(out: &mut impl Write, nearest: &NearestRun) -> io::Result<()> {
    let indent = listing::INDENT;
    let (version, version_now) = (nearest.version, nearest.version_now);
    let (whose, note) = match nearest.kinship {
        Kinship::OtherVersion => (
            format!(" of version {version}"),
            format!("{indent}  VERSION: {version} → {version_now}\n"),
        ),
        Kinship::OtherExperiment => (
            format!(" of the experiment `{}`", printable(&nearest.experiment)),
            format!("{indent}  {OTHER_EXPERIMENT}\n"),
        ),
        Kinship::Same if nearest.differences.is_empty() && !nearest.is_own => {
            (String::new(), format!("{indent}  {OTHER_TYPE}\n"))
        }
        Kinship::Same => (String::new(), String::new()),
    };
    writeln!(
        out,
        "{indent}{}: {}{whose}, computed {} ago{}",
        if nearest.is_own { "stored" } else { "nearest" },
        printable(&nearest.directory),
        human::rough_duration(nearest.made.age),
        match nearest.made.is_of_other_build {
            Some(true) => " by another build",
            _ => "",
        }
    )?;
    write!(out, "{note}")?;
    for difference in nearest.differences.iter().take(FIELDS_MAX) {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "(none)".to_owned());
        let path = match difference.path.as_str() {
            "" => "(the config)",
            path => path,
        };
        writeln!(
            out,
            "{indent}  {}: {} → {}",
            printable(path),
            printable(&side(&difference.stored)),
            printable(&side(&difference.now))
        )?;
    }
    if nearest.differences.len() > FIELDS_MAX {
        let more = nearest.differences.len() - FIELDS_MAX;
        writeln!(out, "{indent}  and {}", human::count(more, "more field"))?;
    }
    Ok(())
}

//! [`Subject`]: the field that an expression is about.

use std::time::Duration;

use crate::{
    api::State,
    value::{Place, ProbeType, Takes, Tree, TreeError, Value, path, resolve, steps, text},
};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Subject {
    Config(String),
    Output(String),
    /// A [`Duration`] of the standard library inside the config, which has two leaves.
    ConfigDuration(String),
    OutputDuration(String),
    State,
    Duration,
    Name,
    Label,
    Build,
}

/// The fields of a run itself, beside its config and output.
const OF_RUN: [(&str, Subject); 5] = [
    ("state", Subject::State),
    ("duration", Subject::Duration),
    ("name", Subject::Name),
    ("label", Subject::Label),
    ("build", Subject::Build),
];

const OUTPUT: &str = "output";

/// Leads to a field of the run where the config has one of the same name.
const RUN: &str = "run.";

/// Type of the values that a subject is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Compared {
    Typed(Place),
    /// One of these words.
    Word(&'static [&'static str]),
    Duration,
    Text,
}

/// Words for the build that made a result, by whether it is another one.
pub(crate) const BUILDS: [&str; 2] = ["this", "other"];

/// Returns the names of the fields of a run itself.
pub(crate) fn fields_of_run() -> impl Iterator<Item = &'static str> {
    OF_RUN.iter().map(|(name, _)| *name)
}

/// Returns the words that a field of the run takes; none if it takes any text or number.
pub(crate) fn words_of_run(field: &str) -> &'static [&'static str] {
    match field.strip_prefix(RUN).unwrap_or(field) {
        "state" => &State::WORDS,
        "build" => &BUILDS,
        _ => &[],
    }
}

impl Subject {
    /// Finds what `field` names: a field of the config, else something of the run.
    ///
    /// # Errors
    ///
    /// If it names nothing.
    pub(super) fn find(
        config: ProbeType,
        output: ProbeType,
        field: &str,
    ) -> Result<(Self, Compared), TreeError> {
        let of_run = field.strip_prefix(RUN).unwrap_or(field);
        let known = OF_RUN.into_iter().find(|(name, _)| *name == of_run);
        let of_config = match resolve(config, steps(field)) {
            // Where a type does not say what it has, the names that are known come first.
            Ok((_, place)) if place.takes == Takes::Any && known.is_some() => None,
            Ok((path, place)) => {
                let path = path.join(".");
                return Ok(if is_duration(&place) {
                    (Self::ConfigDuration(path), Compared::Duration)
                } else {
                    (Self::Config(path), Compared::Typed(place))
                });
            }
            Err(error) => Some(error),
        };
        if let Some((_, subject)) = known {
            let compared = match subject {
                Self::State | Self::Build => Compared::Word(words_of_run(of_run)),
                Self::Duration => Compared::Duration,
                _ => Compared::Text,
            };
            return Ok((subject, compared));
        }
        let of_output = match of_run.strip_prefix(OUTPUT) {
            Some("") => Some(Vec::new()),
            Some(rest) => rest.strip_prefix('.').map(steps),
            None => None,
        };
        if let Some(path) = of_output {
            let (path, place) = resolve(output, path).map_err(|error| error.inside(OUTPUT))?;
            let path = path.join(".");
            return Ok(if is_duration(&place) {
                (Self::OutputDuration(path), Compared::Duration)
            } else {
                (Self::Output(path), Compared::Typed(place))
            });
        }
        Err(match of_config {
            Some(error) if !error.path().is_empty() => error,
            _ => unknown(config, field),
        })
    }

    /// Returns the value for one run. The outer `None` says that it is not known yet, the inner one that there is none.
    #[expect(
        clippy::option_option,
        reason = "what is unknown matches nothing, what is absent is not equal to anything"
    )]
    pub(super) fn value(&self, row: &RunView<'_>) -> Option<Option<Value>> {
        let text = |text: &str| Some(Some(Value::Text(text.to_owned())));
        match self {
            Self::Config(path) => Some(row.config.at(path)),
            Self::Output(path) => row.output.map(|output| output.at(path)),
            Self::ConfigDuration(path) => Some(duration_at(row.config, path)),
            Self::OutputDuration(path) => row.output.map(|output| duration_at(output, path)),
            Self::State => text(row.state),
            Self::Name => text(row.name),
            Self::Label => text(row.label),
            Self::Build => text(BUILDS[usize::from(row.build_is_other?)]),
            Self::Duration => Some(Some(nanos(row.duration?))),
        }
    }
}

fn is_duration(place: &Place) -> bool {
    matches!(place.takes, Takes::Struct(fields) if fields == text::DURATION)
}

fn duration_at(tree: &Tree, path: &str) -> Option<Value> {
    let part = |name: &str| {
        let path = path::join(path, name);
        match tree.at(&path)? {
            Value::Int(number) => u64::try_from(number).ok(),
            _ => None,
        }
    };
    let whole = Duration::from_secs(part("secs")?);
    let duration = whole.checked_add(Duration::from_nanos(part("nanos")?))?;
    Some(nanos(duration))
}

fn unknown(config: ProbeType, field: &str) -> TreeError {
    let fields = match config(&[]) {
        Ok(Place {
            takes: Takes::Struct(names) | Takes::Enum(names),
            ..
        }) => names,
        _ => &[],
    };
    let first = field.split('.').next().unwrap_or(field);
    let of_run = fields_of_run().filter(|name| !fields.contains(name));
    let mut names: Vec<&str> = fields.iter().copied().chain(of_run).collect();
    names.push("output.…");
    let name = if names.contains(&first) { field } else { first };
    TreeError::no_field(name, &names)
}

/// Returns a duration as it is compared.
pub(super) fn nanos(duration: Duration) -> Value {
    Value::Int(i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX))
}

/// One run, as far as it is known. What the filter does not need may be left out.
#[derive(Clone, Copy)]
pub(crate) struct RunView<'a> {
    pub(crate) config: &'a Tree,
    pub(crate) output: Option<&'a Tree>,
    /// The state in one word.
    pub(crate) state: &'a str,
    pub(crate) duration: Option<Duration>,
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    /// Whether its result is from another build of the program.
    pub(crate) build_is_other: Option<bool>,
}

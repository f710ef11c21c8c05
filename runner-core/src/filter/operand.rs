//! The two sides of an expression: [`Subject`], a field of the run, and [`Operand`], the written value, and how they compare.

use std::{cmp::Ordering, time::Duration};

use crate::{
    api::State,
    value::{
        Kind, Place, ProbeType, Takes, Tree, TreeError, Value, Whole, no_such, path, resolve,
        steps, text,
    },
};

/// One of the values on the right of `=`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Exactly(Value),
    /// The text begins with this.
    Beginning(String),
    Between {
        from: Option<Value>,
        to: Option<Value>,
        /// Whether `to` itself counts.
        is_inclusive: bool,
    },
}

impl Operand {
    /// Reads a value, or a range where values have an order.
    ///
    /// # Errors
    ///
    /// If it is not what the field takes.
    pub(super) fn read(written: &str, compared: &Compared) -> Result<Self, String> {
        match written.split_once("..") {
            Some((from, to)) if has_order(compared) => {
                let (is_inclusive, to) = match to.strip_prefix('=') {
                    Some(to) => (true, to),
                    None => (false, to),
                };
                let end = |end: &str| match end {
                    "" => Ok(None),
                    end => read(end, compared).map(Some),
                };
                match (end(from)?, end(to)?) {
                    (None, None) => Err(format!("the range `{written}` has no end at all")),
                    (from, to) => Ok(Self::Between {
                        from,
                        to,
                        is_inclusive,
                    }),
                }
            }
            _ if *compared == Compared::Key => beginning(written).map(Self::Beginning),
            _ => read(written, compared).map(Self::Exactly),
        }
    }

    pub(super) fn accepts(&self, value: &Value) -> bool {
        match self {
            Self::Exactly(operand) => is_same(value, operand),
            Self::Beginning(text) => {
                matches!(value, Value::Text(value) if value.starts_with(text))
            }
            Self::Between {
                from,
                to,
                is_inclusive,
            } => {
                let is_from = from
                    .as_ref()
                    .is_none_or(|from| order(value, from).is_some_and(Ordering::is_ge));
                let is_to = to.as_ref().is_none_or(|to| match order(value, to) {
                    Some(Ordering::Less) => true,
                    Some(Ordering::Equal) => *is_inclusive,
                    Some(Ordering::Greater) | None => false,
                });
                is_from && is_to
            }
        }
    }
}

/// Reads the beginning of a key.
fn beginning(written: &str) -> Result<String, String> {
    let is_key = !written.is_empty() && written.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_key {
        Ok(written.to_ascii_lowercase())
    } else {
        Err(format!(
            "write the beginning of a key as --list shows it, such as 4b42494c, not `{written}`"
        ))
    }
}

/// Returns whether `<` means anything.
pub(super) fn has_order(compared: &Compared) -> bool {
    match compared {
        Compared::Duration | Compared::Size => true,
        Compared::Typed(place) => place.takes.is_number() || place.takes == Takes::Any,
        Compared::Word(_) | Compared::Text | Compared::Key => false,
    }
}

/// Reads one value as the type of the field.
///
/// # Errors
///
/// If it is something else.
pub(super) fn read(written: &str, compared: &Compared) -> Result<Value, String> {
    match compared {
        Compared::Text | Compared::Key => text::read(written).map(Value::Text),
        Compared::Word(words) if words.contains(&written) => Ok(Value::Text(written.to_owned())),
        Compared::Word(words) => Err(no_such("word", written, words)),
        Compared::Duration => text::duration(written).map(nanos),
        Compared::Size => text::size(written).map(Value::F64),
        Compared::Typed(place) => typed(written, place),
    }
}

fn typed(written: &str, place: &Place) -> Result<Value, String> {
    if place.is_optional && text::is_none(written) {
        return Ok(Value::None);
    }
    match &place.takes {
        Takes::Enum(variants) => {
            let name = text::read(written)?;
            if variants.is_empty() || variants.contains(&name.as_str()) {
                Ok(Value::Variant(name))
            } else {
                Err(no_such("variant", &name, variants))
            }
        }
        Takes::Scalar(kind) => scalar(*kind, written),
        Takes::List | Takes::Any => text::read(written).map(Value::Text),
        Takes::Struct(fields) => Err(format!(
            "it has fields of its own; compare one of them ({})",
            fields.join(", ")
        )),
        Takes::Map => Err("it has entries of its own; compare one of them by its key".to_owned()),
    }
}

fn scalar(kind: Kind, written: &str) -> Result<Value, String> {
    match kind {
        Kind::Bool => text::boolean(written).map(Value::Bool),
        Kind::F32 => text::float32(written).map(Value::F32),
        Kind::F64 => text::float64(written).map(Value::F64),
        Kind::Char => text::character(written).map(Value::Char),
        Kind::Bytes => Ok(Value::Bytes(text::bytes(written))),
        whole if whole.is_whole() => text::whole(whole, written).map(Whole::value),
        _ => text::read(written).map(Value::Text),
    }
}

/// Returns whether a value is the written one.
fn is_same(value: &Value, operand: &Value) -> bool {
    match (value, operand) {
        (Value::F64(value), Value::F64(operand)) if operand.is_nan() => value.is_nan(),
        (Value::F32(value), Value::F32(operand)) if operand.is_nan() => value.is_nan(),
        (Value::List(values), Value::List(operands)) => {
            let mut pairs = values.iter().zip(operands);
            values.len() == operands.len() && pairs.all(|(value, operand)| is_same(value, operand))
        }
        (Value::List(_), Value::Text(operand)) => {
            let without_spaces = |text: &str| text.replace(", ", ",");
            without_spaces(&value.to_string()) == without_spaces(operand)
        }
        (
            Value::Text(value) | Value::Variant(value),
            Value::Text(operand) | Value::Variant(operand),
        ) => value == operand,
        _ if value == operand => true,
        _ => match order(value, operand) {
            Some(order) => order.is_eq(),
            // For types that do not say what they take, the text must do.
            None => matches!(operand, Value::Text(operand) if value.to_string() == *operand),
        },
    }
}

/// Compares a value with the written number; `None` if one of them is no number.
pub(super) fn order(value: &Value, operand: &Value) -> Option<Ordering> {
    match (value, operand) {
        (Value::Int(value), Value::Int(operand)) => Some(value.cmp(operand)),
        (Value::Uint(value), Value::Uint(operand)) => Some(value.cmp(operand)),
        (Value::Uint(_), Value::Int(_)) => Some(Ordering::Greater),
        (Value::Int(_), Value::Uint(_)) => Some(Ordering::Less),
        (Value::F32(value), Value::F32(operand)) => value.partial_cmp(operand),
        _ => float(value)?.partial_cmp(&float(operand)?),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "only values whose type is not known beforehand are compared as floats"
)]
fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Uint(number) => Some(*number as f64),
        Value::F32(number) => Some(f64::from(*number)),
        Value::F64(number) => Some(*number),
        Value::Text(number) => text::float64(number).ok(),
        _ => None,
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Subject {
    Config(String),
    Output(String),
    /// A [`Duration`] of the standard library inside the config, which has two leaves.
    ConfigDuration(String),
    OutputDuration(String),
    State,
    Duration,
    Age,
    Name,
    Label,
    Key,
    Build,
    Size,
    Code,
    Verified,
}

/// The fields of a run itself, beside its config and output.
const OF_RUN: [(&str, Subject); 10] = [
    ("state", Subject::State),
    ("duration", Subject::Duration),
    ("age", Subject::Age),
    ("name", Subject::Name),
    ("label", Subject::Label),
    ("key", Subject::Key),
    ("build", Subject::Build),
    ("size", Subject::Size),
    ("code", Subject::Code),
    ("verified", Subject::Verified),
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
    /// The beginning of a key.
    Key,
    /// A number of bytes.
    Size,
}

/// Words for the build or the code that made a result, by whether it is another one.
pub(crate) const BUILDS: [&str; 2] = ["this", "other"];

/// Words for what came of verifying a result with this code.
pub(crate) const VERIFIED: [&str; 3] = ["no", "same", "differs"];

/// Returns the names of the fields of a run itself.
pub(crate) fn fields_of_run() -> impl Iterator<Item = &'static str> {
    OF_RUN.iter().map(|(name, _)| *name)
}

/// Returns the words that a field of the run takes; none if it takes any text or number.
pub(crate) fn words_of_run(field: &str) -> &'static [&'static str] {
    match field.strip_prefix(RUN).unwrap_or(field) {
        "state" => &State::WORDS,
        "build" | "code" => &BUILDS,
        "verified" => &VERIFIED,
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
                let path = path::of_steps(&path);
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
                Self::State | Self::Build | Self::Code | Self::Verified => {
                    Compared::Word(words_of_run(of_run))
                }
                Self::Duration | Self::Age => Compared::Duration,
                Self::Key => Compared::Key,
                Self::Size => Compared::Size,
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
            let path = path::of_steps(&path);
            return Ok(if is_duration(&place) {
                (Self::OutputDuration(path), Compared::Duration)
            } else {
                (Self::Output(path), Compared::Typed(place))
            });
        }
        let in_output = resolve(output, steps(field));
        if matches!(&in_output, Ok((_, place)) if place.takes != Takes::Any) {
            let message = format!("no field `{field}` of the config; write `{OUTPUT}.{field}`");
            return Err(TreeError::of_name(message));
        }
        Err(match of_config {
            Some(error) if !error.path().is_empty() => error,
            _ => unknown(config, field),
        })
    }

    /// Returns whether it is about what is stored, which another program may change at any time.
    pub(super) fn is_stored(&self) -> bool {
        matches!(
            self,
            Self::Output(_)
                | Self::OutputDuration(_)
                | Self::State
                | Self::Duration
                | Self::Age
                | Self::Build
                | Self::Size
                | Self::Code
                | Self::Verified
        )
    }

    /// Returns the value for one run. The outer `None` says that it is not known yet, the inner one that there is none.
    #[expect(
        clippy::option_option,
        reason = "what is unknown matches nothing, what is absent is not equal to anything"
    )]
    pub(super) fn value(&self, row: &RunView<'_>) -> Option<Option<Value>> {
        let text = |text: &str| Some(Some(Value::Text(text.to_owned())));
        match self {
            Self::Config(path) => row.config.map(|config| config.at(path)),
            Self::Output(path) => row.output.map(|output| output.at(path)),
            Self::ConfigDuration(path) => row.config.map(|config| duration_at(config, path)),
            Self::OutputDuration(path) => row.output.map(|output| duration_at(output, path)),
            Self::State => text(row.state),
            Self::Name => text(row.name),
            Self::Label => text(row.label),
            Self::Build => text(BUILDS[usize::from(row.build_is_other?)]),
            Self::Key => text(row.key),
            Self::Size => Some(Some(Value::Int(row.size?.into()))),
            Self::Code => text(BUILDS[usize::from(row.code_is_other?)]),
            Self::Verified => text(row.verified?),
            Self::Duration => Some(Some(nanos(row.duration?))),
            Self::Age => Some(Some(nanos(row.age?))),
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
    /// `None` if it cannot be read as one of today.
    pub(crate) config: Option<&'a Tree>,
    pub(crate) output: Option<&'a Tree>,
    /// The state in one word.
    pub(crate) state: &'a str,
    pub(crate) duration: Option<Duration>,
    /// The time since it was computed.
    pub(crate) age: Option<Duration>,
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    pub(crate) key: &'a str,
    /// Whether its result is from another build of the program.
    pub(crate) build_is_other: Option<bool>,
    /// The bytes of its directory.
    pub(crate) size: Option<u64>,
    /// Whether its result is of other code.
    pub(crate) code_is_other: Option<bool>,
    /// What came of verifying its result.
    pub(crate) verified: Option<&'static str>,
}

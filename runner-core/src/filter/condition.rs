//! [`Filter`]: conditions that a run must meet.

use std::{borrow::Cow, cmp::Ordering};

use regex_lite::Regex;

use super::{
    expression::{self, Joined, Operator, Relation},
    operand::{self, Compared, Operand, RunView, Subject, has_order},
};
use crate::{
    base::Error,
    change::explain,
    value::{
        AnyValue, ConfigType, Kind, Lists, ProbeType, Takes, Tree, TreeError, Value, path, put,
        steps, text, without_aliases,
    },
};

/// The expressions of `--where`, all of which must hold. Without any, every run matches.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Filter {
    pub(super) expressions: Vec<Joined<Condition>>,
    /// The expressions as they were written.
    pub(super) written: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    /// The field as it was written.
    pub(super) field: String,
    pub(super) subject: Subject,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    /// Any of these.
    Equal(Vec<Operand>),
    /// None of these.
    NotEqual(Vec<Operand>),
    Ordered(Operator, Value),
    /// Any of these is a part of the text.
    Contains(Vec<String>),
    Matches(Pattern),
}

/// A regular expression that matches a part of a text.
#[derive(Clone, Debug)]
struct Pattern(Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Filter {
    /// Reads expressions about configs of a type, outputs of which `output` knows the fields, and the run itself.
    ///
    /// With a `sample`, what is compared with a field that takes text is read and written by the field's own type first,
    /// so that `90s` is found where it is shown as `1m 30s`.
    ///
    /// # Errors
    ///
    /// If an expression makes no sense, names no field or compares it with something of another type.
    pub(crate) fn parse(
        expressions: &[String],
        of: ConfigType,
        output: ProbeType,
        sample: Option<&dyn AnyValue>,
    ) -> Result<Self, Error> {
        let parsed = expressions.iter().map(|written| {
            let joined = expression::parse(written)?;
            joined.try_map(&mut |one| Condition::parse(&one, of, output, sample))
        });
        Ok(Self {
            expressions: parsed.collect::<Result<_, _>>()?,
            written: expressions.to_vec(),
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.expressions.is_empty()
    }

    pub(crate) fn matches(&self, row: &RunView<'_>) -> bool {
        let holds = |joined: &Joined<Condition>| joined.holds(&|one| one.is_met(row));
        self.expressions
            .iter()
            .all(|joined| holds(joined) == Some(true))
    }

    /// Returns whether a run could match in another state: with another result, or with one at all.
    pub(crate) fn could_match(&self, row: &RunView<'_>) -> bool {
        let is_met = |one: &Condition| {
            let is_lasting = !one.subject.is_stored();
            is_lasting.then(|| one.is_met(row)).flatten()
        };
        let mut expressions = self.expressions.iter();
        expressions.all(|joined| joined.holds(&is_met) != Some(false))
    }

    /// Returns whether configs must be read before rows are matched.
    pub(crate) fn needs_config(&self) -> bool {
        self.needs(|subject| matches!(subject, Subject::Config(_) | Subject::ConfigDuration(_)))
    }

    /// Returns whether outputs must be read before rows are matched.
    pub(crate) fn needs_output(&self) -> bool {
        self.needs(|subject| matches!(subject, Subject::Output(_) | Subject::OutputDuration(_)))
    }

    /// Returns whether the store must be asked before rows are matched.
    pub(crate) fn needs_store(&self) -> bool {
        self.needs(Subject::is_stored)
    }

    /// Returns whether the sizes of directories must be known before rows are matched.
    pub(crate) fn needs_size(&self) -> bool {
        self.needs(|subject| *subject == Subject::Size)
    }

    /// Returns whether the running program's build must be known before rows are matched.
    pub(crate) fn needs_build(&self) -> bool {
        self.needs(|subject| *subject == Subject::Build)
    }

    /// Returns whether the code of results must be known before rows are matched.
    pub(crate) fn needs_code(&self) -> bool {
        self.needs(|subject| *subject == Subject::Code)
    }

    /// Returns whether it must be known which results were verified before rows are matched.
    pub(crate) fn needs_verified(&self) -> bool {
        self.needs(|subject| *subject == Subject::Verified)
    }

    /// Returns whether labels must be known before rows are matched.
    pub(crate) fn needs_label(&self) -> bool {
        self.needs(|subject| *subject == Subject::Label)
    }

    fn needs(&self, is_needed: impl Fn(&Subject) -> bool) -> bool {
        self.conditions()
            .iter()
            .any(|condition| is_needed(&condition.subject))
    }

    pub(super) fn conditions(&self) -> Vec<&Condition> {
        let mut conditions = Vec::new();
        for joined in &self.expressions {
            joined.each(&mut |one| conditions.push(one));
        }
        conditions
    }
}

impl Condition {
    fn parse(
        expression: &Relation<'_>,
        of: ConfigType,
        output: ProbeType,
        sample: Option<&dyn AnyValue>,
    ) -> Result<Self, Error> {
        let shown = format!("--where {}", expression.written);
        let refuse = |error: &TreeError| Error::usage(explain(of, &shown, error));
        let (mut subject, compared) =
            Subject::find(of.probe, output, expression.field).map_err(|error| refuse(&error))?;
        if let (Subject::Config(path) | Subject::ConfigDuration(path), Some(sample)) =
            (&mut subject, sample)
            && !path.is_empty()
        {
            *path = path::of_steps(&without_aliases(of, sample, steps(path)));
        }
        let at_field = |message: String| match &subject {
            Subject::Config(path) | Subject::ConfigDuration(path) if !path.is_empty() => {
                let steps = steps(path);
                let error = TreeError::new(message);
                refuse(&steps.iter().rev().fold(error, TreeError::inside))
            }
            _ => Error::usage(format!("{shown}: {message}")),
        };
        let test = Test::parse(expression, &compared).map_err(at_field)?;
        let test = match (&subject, sample) {
            (Subject::Config(path), Some(sample)) => match as_typed(&compared) {
                Some(as_typed) => test.reshape(of, sample, path, as_typed).map_err(at_field)?,
                None => test,
            },
            _ => test,
        };
        Ok(Self {
            field: expression.field.to_owned(),
            subject,
            test,
        })
    }

    /// Decides whether a run meets the condition; `None` if that is not known of it.
    pub(super) fn is_met(&self, row: &RunView<'_>) -> Option<bool> {
        Some(match self.subject.value(row)? {
            Some(value) => self.test.accepts(&value),
            // A missing value is not equal to anything.
            None => matches!(self.test, Test::NotEqual(_)),
        })
    }
}

/// Returns how to write a value for a type that may show it in another way than people write it.
fn as_typed(compared: &Compared) -> Option<fn(&str) -> Tree> {
    match compared {
        Compared::Typed(place) if place.takes == Takes::Scalar(Kind::Text) => {
            Some(|text| Tree::Quoted(text.to_owned()))
        }
        Compared::Typed(place) if place.takes == Takes::List => Some(Tree::text),
        _ => None,
    }
}

impl Test {
    fn parse(expression: &Relation<'_>, compared: &Compared) -> Result<Self, String> {
        let Relation {
            operator, value, ..
        } = expression;
        let operands = || {
            let values = text::split(value);
            values
                .map(|value| Operand::read(&value, compared))
                .collect::<Result<Vec<_>, _>>()
        };
        match operator {
            Operator::Equal => operands().map(Self::Equal),
            Operator::NotEqual => operands().map(Self::NotEqual),
            Operator::Contains | Operator::Matches if has_no_text(compared) => Err(format!(
                "use = or < here: `{}` looks for a part of a text",
                operator.symbol()
            )),
            Operator::Matches => {
                let pattern = Regex::new(&text::read(value)?);
                let pattern = pattern
                    .map_err(|error| format!("`{value}` is not a regular expression: {error}"))?;
                Ok(Self::Matches(Pattern(pattern)))
            }
            Operator::Contains => {
                let parts = text::split(value).map(|part| text::read(&part));
                Ok(Self::Contains(parts.collect::<Result<_, _>>()?))
            }
            _ if !has_order(compared) => Err(format!(
                "use = or ~ here: `{}` compares numbers",
                operator.symbol()
            )),
            _ => Ok(Self::Ordered(*operator, operand::read(value, compared)?)),
        }
    }

    fn accepts(&self, value: &Value) -> bool {
        match self {
            Self::Equal(operands) => operands.iter().any(|operand| operand.accepts(value)),
            Self::NotEqual(operands) => !operands.iter().any(|operand| operand.accepts(value)),
            Self::Contains(parts) => {
                let text = shown(value);
                text.is_some_and(|text| parts.iter().any(|part| text.contains(part)))
            }
            Self::Matches(Pattern(pattern)) => {
                shown(value).is_some_and(|text| pattern.is_match(&text))
            }
            Self::Ordered(operator, operand) => {
                operand::order(value, operand).is_some_and(|order| match operator {
                    Operator::Less => order == Ordering::Less,
                    Operator::LessOrEqual => order != Ordering::Greater,
                    Operator::Greater => order == Ordering::Greater,
                    Operator::GreaterOrEqual => order != Ordering::Less,
                    _ => false,
                })
            }
        }
    }

    /// Lets the field's own type read what was written, and write it as it shows values.
    fn reshape(
        mut self,
        of: ConfigType,
        sample: &dyn AnyValue,
        path: &str,
        as_typed: fn(&str) -> Tree,
    ) -> Result<Self, String> {
        if let Self::Equal(operands) | Self::NotEqual(operands) = &mut self {
            for operand in operands {
                if let Operand::Exactly(Value::Text(text)) = operand
                    && let Some(shown) = shown_as(as_typed(text), of, sample, path)?
                {
                    *operand = Operand::Exactly(shown);
                }
            }
        }
        Ok(self)
    }
}

/// Returns the text in which a part is looked for.
fn shown(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) | Value::Variant(text) => Some(text.into()),
        Value::None => None,
        _ => Some(value.to_string().into()),
    }
}

fn has_no_text(compared: &Compared) -> bool {
    match compared {
        Compared::Duration | Compared::Size => true,
        Compared::Word(_) | Compared::Text | Compared::Key => false,
        Compared::Typed(place) => {
            place.takes.is_number() || place.takes == Takes::Scalar(Kind::Bool)
        }
    }
}

/// Returns the value that a field of the sample shows after it was given a written one.
fn shown_as(
    written: Tree,
    of: ConfigType,
    sample: &dyn AnyValue,
    path: &str,
) -> Result<Option<Value>, String> {
    let steps = steps(path);
    let changed = sample.tree().and_then(|mut tree| {
        put(&mut tree, &steps, written)?;
        of.read(tree)
    });
    match changed {
        Ok(changed) => Ok(changed
            .shown(Lists::Keep)
            .ok()
            .and_then(|tree| tree.at(path))),
        Err(error) if error.path() == steps => Err(error.message().to_owned()),
        // The sample does not fit around this field, as another variant does not; the text stays as it is.
        Err(_) => Ok(None),
    }
}

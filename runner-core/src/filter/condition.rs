//! [`Filter`]: conditions that a run must meet, all of them, and how they are written.

use std::cmp::Ordering;

use super::operand::{self, Compared, Operand, RunView, Subject, has_order};
use crate::{
    base::Error,
    change::explain,
    value::{
        AnyValue, ConfigType, Kind, Lists, ProbeType, Takes, Tree, TreeError, Value, put, steps,
        text, without_aliases,
    },
};

/// The conditions of `--where`. Without any, every run matches.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Filter {
    pub(super) conditions: Vec<Condition>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) written: String,
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
        let conditions = expressions
            .iter()
            .map(|written| Condition::parse(&Expression::parse(written)?, of, output, sample));
        Ok(Self {
            conditions: conditions.collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    pub(crate) fn matches(&self, row: &RunView<'_>) -> bool {
        self.conditions
            .iter()
            .all(|condition| condition.matches(row))
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
        self.needs(|subject| {
            matches!(
                subject,
                Subject::Output(_)
                    | Subject::OutputDuration(_)
                    | Subject::State
                    | Subject::Duration
                    | Subject::Build
                    | Subject::Code
            )
        })
    }

    /// Returns whether the running program's build must be known before rows are matched.
    pub(crate) fn needs_build(&self) -> bool {
        self.needs(|subject| *subject == Subject::Build)
    }

    /// Returns whether the code of results must be known before rows are matched.
    pub(crate) fn needs_code(&self) -> bool {
        self.needs(|subject| *subject == Subject::Code)
    }

    /// Returns whether labels must be known before rows are matched.
    pub(crate) fn needs_label(&self) -> bool {
        self.needs(|subject| *subject == Subject::Label)
    }

    fn needs(&self, is_needed: impl Fn(&Subject) -> bool) -> bool {
        self.conditions
            .iter()
            .any(|condition| is_needed(&condition.subject))
    }
}

impl Condition {
    fn parse(
        expression: &Expression<'_>,
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
            *path = without_aliases(of, sample, steps(path)).join(".");
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
            written: expression.written.to_owned(),
            field: expression.field.to_owned(),
            subject,
            test,
        })
    }

    pub(super) fn matches(&self, row: &RunView<'_>) -> bool {
        match self.subject.value(row) {
            Some(Some(value)) => self.test.accepts(&value),
            // A missing value is not equal to anything.
            Some(None) => matches!(self.test, Test::NotEqual(_)),
            None => false,
        }
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
    fn parse(expression: &Expression<'_>, compared: &Compared) -> Result<Self, String> {
        let Expression {
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
            Operator::Contains if has_no_text(compared) => {
                Err("use = or < here: `~` looks for a part of a text".to_owned())
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
            Self::Contains(parts) => match value {
                Value::Text(text) | Value::Variant(text) => {
                    parts.iter().any(|part| text.contains(part))
                }
                Value::None => false,
                _ => {
                    let text = value.to_string();
                    parts.iter().any(|part| text.contains(part))
                }
            },
            Self::Ordered(operator, operand) => {
                operand::order(value, operand).is_some_and(|order| match operator {
                    Operator::Less => order == Ordering::Less,
                    Operator::LessOrEqual => order != Ordering::Greater,
                    Operator::Greater => order == Ordering::Greater,
                    Operator::GreaterOrEqual => order != Ordering::Less,
                    Operator::Equal | Operator::NotEqual | Operator::Contains => false,
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

fn has_no_text(compared: &Compared) -> bool {
    match compared {
        Compared::Duration => true,
        Compared::Word(_) | Compared::Text => false,
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
        (of.from_tree)(tree)
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

impl Operator {
    /// Longer ones come before those that they begin with.
    const ALL: [(&'static str, Self); 8] = [
        ("!=", Self::NotEqual),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("==", Self::Equal),
        ("=", Self::Equal),
        ("<", Self::Less),
        (">", Self::Greater),
        ("~", Self::Contains),
    ];

    pub(super) const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Contains => "~",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expression<'a> {
    pub(super) written: &'a str,
    pub(super) field: &'a str,
    pub(super) operator: Operator,
    pub(super) value: &'a str,
}

impl<'a> Expression<'a> {
    /// Takes an expression apart at its first operator.
    ///
    /// # Errors
    ///
    /// If there is no operator, or no field before it.
    pub(super) fn parse(written: &'a str) -> Result<Self, Error> {
        let at_operator = |(at, _)| {
            let rest: &str = &written[at..];
            let found = Operator::ALL
                .into_iter()
                .find(|(symbol, _)| rest.starts_with(symbol));
            found.map(|(symbol, operator)| (at, symbol, operator))
        };
        let Some((at, symbol, operator)) = written.char_indices().find_map(at_operator) else {
            return Err(Error::usage(format!(
                "--where {written}: write FIELD=VALUE, or one of != < <= > >= ~ in place of =; there is no comparison"
            )));
        };
        let field = written[..at].trim();
        if field.is_empty() {
            return Err(Error::usage(format!(
                "--where {written}: write a field before `{symbol}`"
            )));
        }
        Ok(Self {
            written,
            field,
            operator,
            value: written[at + symbol.len()..].trim(),
        })
    }
}

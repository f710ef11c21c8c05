//! The reason why a filter selects nothing.

use super::{
    condition::Filter,
    expression::Joined,
    operand::{RunView, Subject},
};
use crate::{base::Error, value::Value};

/// Maximum number of values in an explanation.
const VALUES_MAX: usize = 8;

/// The reasons collected from runs of which a filter matches none.
pub(crate) struct NoMatch<'f> {
    filter: &'f Filter,
    count: usize,
    /// Whether one of them could match in another state.
    is_possible: bool,
    /// For each condition, whether a run meets it, and the values of the runs.
    met: Vec<bool>,
    values: Vec<Vec<String>>,
}

impl Filter {
    pub(crate) fn nothing(&self) -> NoMatch<'_> {
        NoMatch {
            filter: self,
            count: 0,
            is_possible: false,
            met: vec![false; self.conditions().len()],
            values: vec![Vec::new(); self.conditions().len()],
        }
    }
}

impl NoMatch<'_> {
    pub(crate) fn look(&mut self, row: &RunView<'_>) {
        self.count += 1;
        self.is_possible |= self.filter.could_match(row);
        let conditions = self.filter.conditions().into_iter();
        for ((condition, met), values) in conditions.zip(&mut self.met).zip(&mut self.values) {
            *met |= condition.is_met(row) == Some(true);
            if values.len() <= VALUES_MAX
                && let Some(Some(value)) = condition.subject.value(row)
            {
                let value = shown(&condition.subject, &value);
                if !values.contains(&value) {
                    values.push(value);
                }
            }
        }
    }

    /// Returns the condition that no run meets, and the values of the runs: as words if it is only the state of the runs, or
    /// what they have as results, that lets none match.
    ///
    /// # Errors
    ///
    /// If no run could match, whatever its state.
    pub(crate) fn explain(self) -> Result<String, Error> {
        let written = self.filter.written.join(" --where ");
        let count = self.count;
        let conditions = self.filter.conditions();
        let is_joined = self
            .filter
            .expressions
            .iter()
            .any(|joined| !matches!(joined, Joined::One(_)));
        let unmet = self.met.iter().position(|met| !met);
        let selects = format!("--where {written} selects none of {count} runs");
        let explained = match unmet {
            _ if count == 0 => format!("--where {written} selects nothing: there are no runs"),
            _ if is_joined => {
                let mut lists: Vec<String> = Vec::new();
                for (condition, values) in conditions.iter().zip(&self.values) {
                    let list = list(&condition.field, values);
                    if !lists.contains(&list) {
                        lists.push(list);
                    }
                }
                format!("{selects}: {}", lists.join("; "))
            }
            None => {
                format!("{selects}: each condition holds for some, but never all of them for one")
            }
            Some(unmet) => {
                let list = list(&conditions[unmet].field, &self.values[unmet]);
                format!("{selects}: {list}")
            }
        };
        if self.is_possible {
            Ok(explained)
        } else {
            Err(Error::usage(explained))
        }
    }
}

fn list(field: &str, values: &[String]) -> String {
    let mut listed: Vec<&str> = values.iter().take(VALUES_MAX).map(String::as_str).collect();
    if values.len() > VALUES_MAX {
        listed.push("…");
    }
    match listed.as_slice() {
        [] => format!("none has a value of `{field}`"),
        listed => format!("`{field}` is {}", listed.join(", ")),
    }
}

fn shown(subject: &Subject, value: &Value) -> String {
    match (subject, value) {
        (
            Subject::Duration
            | Subject::Age
            | Subject::ConfigDuration(_)
            | Subject::OutputDuration(_),
            Value::Int(nanos),
        ) => {
            let millis = u64::try_from(nanos / 1_000_000).unwrap_or(u64::MAX);
            humantime::format_duration(std::time::Duration::from_millis(millis)).to_string()
        }
        (_, value) => value.to_string(),
    }
}

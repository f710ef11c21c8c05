//! The reason why a filter selects nothing.

use super::{
    condition::Filter,
    operand::{RunView, Subject},
};
use crate::{base::Error, value::Value};

/// Maximum number of values in an explanation.
const VALUES_MAX: usize = 8;

/// The reasons collected from runs of which a filter matches none.
pub(crate) struct NoMatch<'f> {
    filter: &'f Filter,
    count: usize,
    /// For each condition, whether a run meets it, and the values of the runs.
    met: Vec<bool>,
    values: Vec<Vec<String>>,
}

impl Filter {
    pub(crate) fn nothing(&self) -> NoMatch<'_> {
        NoMatch {
            filter: self,
            count: 0,
            met: vec![false; self.conditions.len()],
            values: vec![Vec::new(); self.conditions.len()],
        }
    }
}

impl NoMatch<'_> {
    pub(crate) fn look(&mut self, row: &RunView<'_>) {
        self.count += 1;
        let conditions = self.filter.conditions.iter();
        for ((condition, met), values) in conditions.zip(&mut self.met).zip(&mut self.values) {
            *met |= condition.matches(row);
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

    /// Returns the condition that no run meets, and the values of the runs.
    pub(crate) fn error(self) -> Error {
        let Self {
            filter,
            count,
            met,
            values,
        } = self;
        let written: Vec<&str> = filter
            .conditions
            .iter()
            .map(|condition| condition.written.as_str())
            .collect();
        let written = written.join(" --where ");
        let unmet = met.iter().position(|met| !met);
        Error::usage(match unmet {
            _ if count == 0 => format!("--where {written} selects nothing: there are no runs"),
            None => format!(
                "--where {written} selects none of {count} runs: each condition holds for some, but never all of them for one"
            ),
            Some(unmet) => {
                let field = &filter.conditions[unmet].field;
                format!(
                    "--where {written} selects none of {count} runs: {}",
                    list(field, &values[unmet])
                )
            }
        })
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
            Subject::Duration | Subject::ConfigDuration(_) | Subject::OutputDuration(_),
            Value::Int(nanos),
        ) => {
            let millis = u64::try_from(nanos / 1_000_000).unwrap_or(u64::MAX);
            humantime::format_duration(std::time::Duration::from_millis(millis)).to_string()
        }
        (_, value) => value.to_string(),
    }
}

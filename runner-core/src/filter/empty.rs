//! Why a filter selects nothing.

use super::{condition::Filter, row::Row, subject::Subject};
use crate::{canonical::Value, error::Error};

/// The most values that an explanation lists.
const VALUES_MAX: usize = 8;

impl Filter {
    /// The error for a filter that matches none of `rows`: the condition that none of them meets, and what they have there.
    pub(crate) fn selects_nothing<'a>(&self, rows: impl Iterator<Item = Row<'a>>) -> Error {
        let mut count = 0_usize;
        let mut met = vec![false; self.conditions.len()];
        let mut values: Vec<Vec<String>> = vec![Vec::new(); self.conditions.len()];
        for row in rows {
            count += 1;
            for ((condition, met), values) in self.conditions.iter().zip(&mut met).zip(&mut values)
            {
                *met |= condition.matches(&row);
                if values.len() <= VALUES_MAX
                    && let Some(Some(value)) = condition.subject.value(&row)
                {
                    let value = shown(&condition.subject, &value);
                    if !values.contains(&value) {
                        values.push(value);
                    }
                }
            }
        }
        let written: Vec<&str> = self
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
                let field = &self.conditions[unmet].field;
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

//! [`order_by`] reads the field of `--sort`.

use super::operand::Subject;
use crate::{
    api::{OrderBy, OrderField},
    base::Error,
    change::explain,
    value::{AnyValue, ConfigType, ProbeType, path, steps, without_aliases},
};

/// Reads a field of the config, the output or the run, with a `-` before it for the largest first.
///
/// # Errors
///
/// If there is no such field, or it has no order.
pub(crate) fn order_by(
    written: &str,
    of: ConfigType,
    output: ProbeType,
    sample: Option<&dyn AnyValue>,
) -> Result<OrderBy, Error> {
    let (is_descending, field) = match written.strip_prefix('-') {
        Some(field) => (true, field),
        None => (false, written),
    };
    let shown = format!("--sort {written}");
    let (subject, _) = Subject::find(of.probe, output, field)
        .map_err(|error| Error::usage(explain(of, &shown, &error)))?;
    let field = match subject {
        Subject::Config(path) | Subject::ConfigDuration(path) => OrderField::Config(match sample {
            Some(sample) if !path.is_empty() => {
                path::of_steps(&without_aliases(of, sample, steps(&path)))
            }
            _ => path,
        }),
        Subject::Output(path) | Subject::OutputDuration(path) => OrderField::Output(path),
        Subject::Duration => OrderField::Duration,
        Subject::Name => OrderField::Name,
        Subject::Label => OrderField::Label,
        Subject::State
        | Subject::Build
        | Subject::Code
        | Subject::Verified
        | Subject::Age
        | Subject::Key
        | Subject::Size => {
            return Err(Error::usage(format!(
                "{shown}: `{field}` has no order; write a field of the config, `output.…`, `duration`, `name` or `label`"
            )));
        }
    };
    Ok(OrderBy {
        field,
        is_descending,
    })
}

//! [`check`]: what only the whole command line can tell.

use super::request::{Action, Request};
use crate::{base::Error, report::Format};

/// Refuses flags that contradict each other; `action_name` is the flag that chose the action.
///
/// # Errors
///
/// A usage error that says which flag to leave out.
pub(super) fn check(request: &Request, action_name: Option<&str>) -> Result<(), Error> {
    let name = action_name.unwrap_or_default();
    let refuse = |message: String| Err(Error::usage(message));
    match (request.action, request.rerun, request.format) {
        (Action::Report, true, _) => {
            return refuse(
                "`--report` runs nothing, but `--rerun` asks to run again; leave one of them out"
                    .to_owned(),
            );
        }
        (Action::List, true, _) => {
            return refuse(
                "`--list` runs nothing, but `--rerun` asks to run again; to see what it would run, give `--dry-run --rerun`"
                    .to_owned(),
            );
        }
        (Action::Why | Action::Prune(_) | Action::Keep { .. }, true, _) => {
            return refuse(format!(
                "`--{name}` runs nothing, but `--rerun` asks to run again; leave one of them out"
            ));
        }
        (Action::List | Action::DryRun, _, Some(form @ (Format::Csv | Format::Markdown))) => {
            return refuse(format!(
                "`--{name}` has no form `{}`; give `--format table` or `--format json`",
                form.name()
            ));
        }
        (Action::Why | Action::Prune(_) | Action::Keep { .. }, _, Some(_)) => {
            return refuse(format!("`--{name}` has one form; leave `--format` out"));
        }
        _ => {}
    }
    if request.action != Action::Run && request.events.is_some() {
        return refuse(format!(
            "`--{name}` runs nothing, so `--events` would have nothing to tell; leave one of them out"
        ));
    }
    if let Action::Prune(_) = request.action
        && let Some(other) = narrowing(request)
    {
        return refuse(format!(
            "`--prune` compares the store with the configs of the program itself; leave {other} out"
        ));
    }
    if request.all {
        check_all(request, name)?;
    }
    Ok(())
}

/// What makes the selected configs others than those of the program.
fn narrowing(request: &Request) -> Option<&'static str> {
    let overrides = &request.overrides;
    [
        (!request.patterns.is_empty(), "the pattern"),
        (!request.wheres.is_empty(), "`--where`"),
        (!overrides.sets.is_empty(), "`--set`"),
        (!overrides.sweeps.is_empty(), "`--sweep`"),
        (overrides.zip, "`--zip`"),
        (overrides.replicates.is_some(), "`--replicates`"),
        (request.configs.is_some(), "`--configs`"),
        (request.all, "`--all`"),
        (request.shard.is_some(), "`--shard`"),
    ]
    .into_iter()
    .find_map(|(is_given, what)| is_given.then_some(what))
}

fn check_all(request: &Request, name: &str) -> Result<(), Error> {
    let is_shown = matches!(
        request.action,
        Action::List | Action::Report | Action::Keep { .. }
    );
    if !is_shown {
        let instead = match name {
            "" => "; with `--report` it runs nothing and reports on all of it".to_owned(),
            name => format!(", not with `--{name}`"),
        };
        return Err(Error::usage(format!(
            "`--all` is for what is stored already: give it with `--list`, `--report` or `--keep`{instead}"
        )));
    }
    if !request.overrides.is_empty() {
        return Err(Error::usage(
            "`--all` shows what is stored as it is, but `--set` and `--sweep` change configs; leave one of them out",
        ));
    }
    Ok(())
}

//! Which configs there are: the program's own or those of a file, as the command line changes them, and with `--all`
//! those of stored runs.

use std::{collections::HashSet, panic::AssertUnwindSafe, path::Path};

use super::older::older;
use crate::{
    canonical::{Schema, Walker},
    config::Config,
    error::{Error, Kind},
    execute,
    experiment::Experiment,
    human::count,
    key::{Identity, Key, Origin},
    overrides::ConfigFile,
    plan::{Identified, identify},
    request::Request,
    store::{Store, Surveyed, read_text},
};

/// The configs in their final form; none only if there are none to begin with.
///
/// # Errors
///
/// If the configs cannot be made, read or changed.
pub(super) fn configs<E: Experiment>(
    own: impl FnOnce() -> Vec<E::Config>,
    request: &Request,
    short: &str,
) -> Result<Vec<E::Config>, Error> {
    let configs = match &request.configs {
        Some(path) => from_file(path)?,
        None => execute::catch(AssertUnwindSafe(own)).map_err(|panic| {
            Error::from(Kind::Experiment(anyhow::anyhow!(
                "`configs` of {short} panicked: {}",
                panic.message
            )))
        })?,
    };
    if request.overrides.is_empty() || configs.is_empty() {
        return Ok(configs);
    }
    request.overrides.apply(&configs)
}

fn from_file<C: Config>(path: &Path) -> Result<Vec<C>, Error> {
    let text = read_text("--configs", path)?;
    let name = path.to_string_lossy();
    let file = ConfigFile {
        name: &name,
        text: &text,
    };
    let configs = file.configs()?;
    if configs.is_empty() {
        return Err(Error::usage(format!(
            "--configs {name}: there are no configs in it"
        )));
    }
    Ok(configs)
}

/// Every stored run of this experiment and version that is not among `listed`, oldest first. A config counts only if it
/// has the key under which it was stored; a warning says how many cannot be read.
///
/// # Errors
///
/// If the store cannot be read.
pub(super) fn stored<C: Config>(
    store: &Store,
    origin: &Origin,
    schema: &Schema,
    short: &str,
    listed: &[Identity],
) -> Result<Identified<C>, Error> {
    let known: HashSet<Key> = listed.iter().map(|identity| identity.key).collect();
    let look = |walker: &mut Walker, found: Surveyed| {
        let run = &found.run;
        let is_own = run.experiment == origin.experiment && run.version == origin.version;
        (is_own && !known.contains(&run.key)).then(|| {
            (
                run.record.started,
                run.key,
                decode(&found, origin, schema, walker),
            )
        })
    };
    let mut found = store.survey(Walker::new, look)?;
    found.sort_by_key(|(started, key, _)| (*started, *key));
    let mut seen = HashSet::new();
    let mut unreadable = HashSet::new();
    let mut configs: Vec<C> = Vec::new();
    for (_, key, config) in found {
        match config {
            Some(config) if seen.insert(key) => configs.push(config),
            Some(_) => {}
            None => {
                unreadable.insert(key);
            }
        }
    }
    let unreadable = unreadable.difference(&seen).count();
    let unread = (unreadable > 0).then(|| {
        format!(
            "{} cannot be shown: the config has another type now",
            count(unreadable, "stored run")
        )
    });
    Ok(Identified {
        warnings: unread.into_iter().collect(),
        ..identify(configs, origin, short, schema)?
    })
}

/// The config of a stored run, if it is a config of today with the same key, perhaps from before some fields were added.
fn decode<C: Config>(
    found: &Surveyed,
    origin: &Origin,
    schema: &Schema,
    walker: &mut Walker,
) -> Option<C> {
    let decoded = execute::catch(AssertUnwindSafe(|| {
        let mut with_key = |config: C| {
            let name = found.run.name.clone();
            let identity = origin.identify(&config, name, schema, walker).ok()?;
            (identity.key == found.run.key).then_some(config)
        };
        let now = postcard::take_from_bytes::<C>(&found.config).ok();
        let now = now.filter(|(_, rest)| rest.is_empty());
        now.and_then(|(config, _)| with_key(config)).or_else(|| {
            let config = older(&found.config, schema, &found.run.leaves)?;
            with_key(config)
        })
    }));
    decoded.ok().flatten()
}

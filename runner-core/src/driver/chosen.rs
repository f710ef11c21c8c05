//! The configs: the program's own or those of a file, as the command line changes them, and with `--all` those of stored runs.

use std::{
    collections::HashSet,
    fs, io,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    api::{Outline, Study},
    base::{Error, ErrorKind, catch, count},
    change::ConfigFile,
    cli::{Action, Request},
    store::{Store, StoredRun},
    value::{AnyValue, BoxedConfig, ConfigType, Identity, Key, Origin, Schema, Walker},
};

/// Makes the experiment's own configs.
pub(crate) type OwnConfigs = Box<dyn FnOnce(Arc<Schema>) -> Box<dyn Study>>;

/// Returns the study of the configs in their final form. It has none only if there are none to begin with.
///
/// # Errors
///
/// If the configs cannot be made, read or changed.
pub(super) fn study(
    own: OwnConfigs,
    outline: &Outline,
    schema: &Arc<Schema>,
    request: &Request,
) -> Result<Box<dyn Study>, Error> {
    let schema = Arc::clone(schema);
    let mut study = match &request.configs {
        Some(path) => {
            let mut study = (outline.study)(schema);
            study.replace(0, from_file(path, outline.config)?);
            study
        }
        None => catch(AssertUnwindSafe(|| own(schema))).map_err(|panic| {
            Error::from(ErrorKind::Experiment(anyhow::anyhow!(
                "`configs` of {} panicked: {}",
                outline.short_name(),
                panic.message
            )))
        })?,
    };
    if !request.overrides.is_empty() && study.len() > 0 {
        let configs: Vec<&dyn AnyValue> = (0..study.len())
            .map(|run| study.whole_config(run))
            .collect();
        let changed = request.overrides.apply(outline.config, &configs)?;
        study.replace(0, changed);
    }
    Ok(study)
}

fn from_file(path: &Path, of: ConfigType) -> Result<Vec<BoxedConfig>, Error> {
    let text = read_text("--configs", path)?;
    let name = path.to_string_lossy();
    // Some editors begin a text with a mark that is no part of it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let file = ConfigFile { name: &name, text };
    let configs = file.configs(of)?;
    if configs.is_empty() {
        return Err(Error::usage(format!(
            "--configs {name}: there are no configs in it"
        )));
    }
    Ok(configs)
}

/// Configs of stored runs.
pub(super) struct Stored {
    pub(super) configs: Vec<BoxedConfig>,
    /// Names the number that cannot be read.
    pub(super) warning: Option<String>,
}

/// The config of every stored run of this experiment and version that is not among `listed`, oldest first. A config counts
/// only if it has the key under which it was stored.
///
/// # Errors
///
/// If the store cannot be read.
pub(super) fn stored(
    store: &Store,
    of: ConfigType,
    origin: &Origin,
    schema: &Schema,
    listed: &[Identity],
) -> Result<Stored, Error> {
    let known: HashSet<Key> = listed.iter().map(|identity| identity.key).collect();
    let look = |walker: &mut Walker, run: StoredRun| {
        let is_own = run.experiment == origin.experiment && run.version == origin.version;
        (is_own && !known.contains(&run.key)).then(|| {
            (
                run.record.started,
                run.key,
                decode(&run, of, origin, schema, walker),
            )
        })
    };
    let mut found = store.survey(Walker::new, look)?;
    found.sort_by_key(|(started, key, _)| (*started, *key));
    let mut seen = HashSet::new();
    let mut unreadable = HashSet::new();
    let mut configs = Vec::new();
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
    let warning = (unreadable > 0).then(|| {
        format!(
            "{} cannot be shown: the config has another type now",
            count(unreadable, "stored run")
        )
    });
    Ok(Stored { configs, warning })
}

/// The config of a stored run, if it is a config of today with the same key, perhaps from before some fields were added.
pub(super) fn decode(
    found: &StoredRun,
    of: ConfigType,
    origin: &Origin,
    schema: &Schema,
    walker: &mut Walker,
) -> Option<BoxedConfig> {
    let decoded = catch(AssertUnwindSafe(|| {
        let mut with_key = |config: BoxedConfig| {
            let key = origin.key(config.digest(schema, walker)?);
            (key == found.key).then_some(config)
        };
        let now = of.read_whole(&found.config).and_then(&mut with_key);
        now.or_else(|| (of.older)(&found.config, schema, &found.leaves).and_then(with_key))
    }));
    decoded.ok().flatten()
}

/// Warns of an output directory that is not there: it depends on the working directory, and the results may be elsewhere.
pub(super) fn warn_of_place(output_dir: &Path, action: Action) -> Option<String> {
    if output_dir.exists() {
        return None;
    }
    let here = std::env::current_dir().ok()?;
    let place = here.join(output_dir);
    let mut above = here.ancestors().skip(1).map(|above| above.join(output_dir));
    let is_store = |place: &PathBuf| Store::is_at(place);
    let other = above.find(is_store).filter(|_| output_dir.is_relative());
    let place = place.display();
    match (other, action) {
        (Some(other), _) => {
            let other = other.display();
            Some(format!(
                "there are no results in {place}, but in {other}: write --output-dir {other} if these are meant"
            ))
        }
        (None, Action::Report) => Some(format!("there are no results in {place}")),
        (None, _) => None,
    }
}

/// Reads the text of a file outside the store, which `flag` named; `-` is the standard input.
///
/// # Errors
///
/// A usage error if it cannot be read or is no text.
pub(crate) fn read_text(flag: &str, path: &Path) -> Result<String, Error> {
    let read = if path.as_os_str() == "-" {
        io::read_to_string(io::stdin())
    } else {
        fs::read_to_string(path)
    };
    read.map_err(|error| {
        Error::usage(format!(
            "{flag} {}: cannot read the file: {error}",
            path.display()
        ))
    })
}

//! `--why`: for each config its state and, where nothing is stored, what is most like it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::planned::Planned;
use crate::{
    api::State,
    base::Error,
    cli::{Explained, Made, NearestRun, Request},
    plan::{Kinship, Nearness, Sought, differences},
    store::{Record, StoredRun, as_stored},
    value::Names,
};

/// The most configs that are explained; each is compared with every stored run.
const EXPLAINED_MAX: usize = 20;

/// The nearest run so far.
type Best = Option<(Nearness, Arc<StoredRun>)>;

impl Planned {
    /// Explains the selected configs, all that are not cached if none was named; and how many more there would be.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(crate) fn explained(&self, request: &Request) -> Result<(Vec<Explained>, usize), Error> {
        let is_named = !request.patterns.is_empty() || !request.wheres.is_empty();
        let is_asked = |&index: &usize| is_named || self.loaded[index].state != State::Cached;
        let asked: Vec<usize> = self.selected.iter().copied().filter(is_asked).collect();
        let shown = &asked[..asked.len().min(EXPLAINED_MAX)];
        // Of what runs already, more will be known soon.
        let is_compared =
            |index: usize| !matches!(self.loaded[index].state, State::Cached | State::Running(_));
        let compared: Vec<usize> = shown
            .iter()
            .copied()
            .filter(|&index| is_compared(index))
            .collect();
        let mut nearest = self.nearest(&compared)?.into_iter();
        let explained = shown.iter().map(|&index| {
            let identity = &self.identities[index];
            let loaded = &self.loaded[index];
            Explained {
                label: self.labels.get(index).to_owned(),
                key: identity.key,
                state: loaded.state.clone(),
                made: loaded.hit.as_ref().map(|(_, record)| self.made(record)),
                nearest: is_compared(index)
                    .then(|| nearest.next().flatten())
                    .flatten(),
            }
        });
        Ok((explained.collect(), asked.len() - shown.len()))
    }

    fn made(&self, record: &Record) -> Made {
        Made {
            age: SystemTime::now()
                .duration_since(record.started)
                .unwrap_or_default(),
            duration: record.duration,
            is_of_other_build: self.is_of_other_build(record),
        }
    }

    /// The stored run that is nearest to each of the configs at these places.
    fn nearest(&self, compared: &[usize]) -> Result<Vec<Option<NearestRun>>, Error> {
        let sought: Vec<Sought> = compared.iter().map(|&index| self.sought(index)).collect();
        if sought.is_empty() {
            return Ok(Vec::new());
        }
        let nobody = || -> Vec<Option<Nearness>> { vec![None; sought.len()] };
        let seen = self.store.survey(nobody, |best, run| {
            let nearer = self.compare(&sought, best, &run);
            (!nearer.is_empty()).then(|| (nearer, Arc::new(run)))
        })?;
        let mut best: Vec<Best> = vec![None; sought.len()];
        for (nearer, run) in seen {
            for (place, nearness) in nearer {
                let is_nearer = best[place]
                    .as_ref()
                    .is_none_or(|(known, _)| nearness < *known);
                if is_nearer {
                    best[place] = Some((nearness, Arc::clone(&run)));
                }
            }
        }
        let wanted = sought.iter().zip(compared);
        let described = best
            .into_iter()
            .zip(wanted)
            .map(|(best, (sought, &index))| {
                let (nearness, run) = best?;
                Some(NearestRun {
                    is_own: run.key == self.identities[index].key,
                    directory: run.record.directory.clone(),
                    kinship: nearness.kinship,
                    experiment: run.experiment.clone(),
                    version: run.version,
                    version_now: self.origin.version,
                    made: self.made(&run.record),
                    differences: differences(sought, &run.leaves),
                })
            });
        Ok(described.collect())
    }

    fn sought(&self, index: usize) -> Sought {
        let mut leaves = self
            .study
            .config(index)
            .leaves(self.study.schema(), Names::Key);
        for leaf in &mut leaves {
            leaf.value = as_stored(leaf.value.clone());
        }
        Sought { leaves }
    }

    /// For which of the configs a stored run is nearer than all that this thread has seen.
    fn compare(
        &self,
        sought: &[Sought],
        best: &mut [Option<Nearness>],
        run: &StoredRun,
    ) -> Vec<(usize, Nearness)> {
        let kinship = if run.experiment != self.origin.experiment {
            Kinship::OtherExperiment
        } else if run.version != self.origin.version {
            Kinship::OtherVersion
        } else {
            Kinship::Same
        };
        let started = run.record.started.duration_since(SystemTime::UNIX_EPOCH);
        let started = started.unwrap_or(Duration::ZERO).as_nanos();
        let started_ns = u64::try_from(started).unwrap_or(u64::MAX);
        let mut nearer = Vec::new();
        for (place, (sought, best)) in sought.iter().zip(best).enumerate() {
            if let Some(nearness) = Nearness::of(sought, &run.leaves, kinship, started_ns, *best) {
                *best = Some(nearness);
                nearer.push((place, nearness));
            }
        }
        nearer
    }
}

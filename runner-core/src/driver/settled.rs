//! The configs as their stored form has them: a run is done on exactly what its key says, and a report shows that.

use std::{convert::Infallible, sync::Arc};

use super::planned::Planned;
use crate::{
    api::StoredConfig,
    base::{Error, count, parallel},
    value::{Loss, Walker, codec},
};

/// Number of configs whose copies are in memory at a time.
const BATCH: usize = 4096;
/// Number of configs with a result of which it is seen whether such configs lose anything.
const SAMPLES: usize = 16;

/// A field that loses a part of its value, and where that was seen first.
struct LossyField {
    loss: Loss,
    run: usize,
    others: usize,
}

impl Planned {
    /// Proves that every config about to run comes back from its stored form with the same key, and takes what comes back in
    /// its place; and that outputs of the type can be stored. What else is selected is looked at too if some of it loses anything.
    ///
    /// # Errors
    ///
    /// If a config cannot be stored, or an output that a run may have.
    pub(super) fn settle(&mut self, to_run: &[usize]) -> Result<(), Error> {
        let mut lossy = Vec::new();
        for batch in to_run.chunks(BATCH) {
            let stored = self.prove(batch)?;
            self.take(batch, stored, &mut lossy);
        }
        if !to_run.is_empty() {
            let proven = self.study.prove_output_type();
            proven.map_err(|error| Error::usage(format!("nothing was run: {error}")))?;
        }
        let mut is_to_run = vec![false; self.identities.len()];
        for &index in to_run {
            is_to_run[index] = true;
        }
        let others = self.selected.iter().copied();
        let others: Vec<usize> = others.filter(|&index| !is_to_run[index]).collect();
        let step = others.len().div_ceil(SAMPLES).max(1);
        let samples: Vec<usize> = others.iter().copied().step_by(step).collect();
        let loses = |stored: &Option<StoredConfig>| {
            stored
                .as_ref()
                .is_some_and(|stored| !stored.losses.is_empty())
        };
        if !lossy.is_empty() || self.read_back(&samples).iter().any(loses) {
            for batch in others.chunks(BATCH) {
                let stored = self.read_back(batch);
                self.take(batch, stored, &mut lossy);
            }
        }
        let warnings = lossy.iter().map(|lossy| self.warning(lossy));
        let warnings: Vec<String> = warnings.collect();
        self.warnings.extend(warnings);
        Ok(())
    }

    fn prove(&self, runs: &[usize]) -> Result<Vec<Option<StoredConfig>>, Error> {
        parallel::try_map(runs, Walker::new, |walker, _, &index| {
            let stored = self.stored_form(index, codec::ROUND_TRIPS, walker);
            stored.map(Some).map_err(|error| {
                Error::usage(format!(
                    "config {} (`{}`) cannot be stored: {error}",
                    index + 1,
                    self.labels.get(index)
                ))
            })
        })
    }

    /// Returns what comes back of these configs, if it does.
    fn read_back(&self, runs: &[usize]) -> Vec<Option<StoredConfig>> {
        let read = parallel::try_map(runs, Walker::new, |walker, _, &index| {
            Ok::<_, Infallible>(self.stored_form(index, 1, walker).ok())
        });
        read.unwrap_or_else(|never| match never {})
    }

    fn stored_form(
        &self,
        run: usize,
        trips: usize,
        walker: &mut Walker,
    ) -> Result<StoredConfig, String> {
        let key = self.identities[run].key;
        self.study
            .prove_config(run, key, &self.origin, trips, walker)
    }

    /// Puts what came back in the place of what was given.
    fn take(
        &mut self,
        runs: &[usize],
        stored: Vec<Option<StoredConfig>>,
        lossy: &mut Vec<LossyField>,
    ) {
        for (&run, stored) in runs.iter().zip(stored) {
            let Some(mut stored) = stored else {
                continue;
            };
            for loss in std::mem::take(&mut stored.losses) {
                match lossy.iter_mut().find(|known| known.loss.path == loss.path) {
                    Some(known) => known.others += 1,
                    None => lossy.push(LossyField {
                        loss,
                        run,
                        others: 0,
                    }),
                }
            }
            // Nothing else has the study before the first run.
            if let Some(study) = Arc::get_mut(&mut self.study) {
                study.put(run, stored);
            }
        }
    }

    fn warning(&self, lossy: &LossyField) -> String {
        let LossyField { loss, run, others } = lossy;
        let place = if loss.path.is_empty() {
            "the config".to_owned()
        } else {
            format!("field `{}`", loss.path)
        };
        let label = self.labels.get(*run);
        let example = match &loss.values {
            Some((given, stored)) => format!("{given} becomes {stored} in `{label}`"),
            None => format!("as in `{label}`"),
        };
        let more = match others {
            0 => String::new(),
            others => format!(
                ", and {} lose something too",
                count(*others, "other config")
            ),
        };
        format!(
            "{place} is stored as less than it was given, and runs get what is stored: {example}{more}; to keep all of it, \
             let serde write all of it"
        )
    }
}

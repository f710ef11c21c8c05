//! `--verify`: which results are chosen, and what is told of them; and of outputs that were computed again anyway.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use super::{
    planned::Planned,
    verifying::{Chosen, Recomputed},
};
use crate::{
    api::is_own_way,
    base::{Error, catch, count, human, locked, printable},
    cli::{Amount, VerifiedRow, VerifiedRuns, VerifiedState},
    execute::{Differing, Third, Verification, Verify, value_lines},
    filter::VERIFIED,
    plan::{hash, spread},
    store::{ResultReader, VerifiedNote, VerifyStore},
    value::{AnyValue, Key, Names, Walker},
};

/// The reasons for another result by another program.
const EITHER: &str = "the code or the machine gives another result now";

impl Planned {
    /// Chooses results to verify, and says what should be known before they are.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or no run fits into the time.
    pub(super) fn prepare_to_verify(&mut self, amount: Amount, jobs: usize) -> Result<(), Error> {
        // In their order: first what this code never verified, of that the shortest.
        let mut candidates: Vec<(bool, Duration, Key, usize)> = Vec::new();
        for &run in &self.selected {
            if let Some(hit) = &self.loaded[run].hit {
                let is_verified = self.verified(run)?.is_some();
                let key = self.identities[run].key;
                candidates.push((is_verified, hit.duration, key, run));
            }
        }
        candidates.sort_unstable();
        if candidates.is_empty() && !self.selected.is_empty() {
            let runs = count(self.selected.len(), "run");
            self.warnings
                .push(format!("nothing to verify: none of {runs} has a result"));
        }
        let runs =
            |chosen: &[(bool, Duration, Key, usize)]| chosen.iter().map(|one| one.3).collect();
        let (chosen, how): (Vec<usize>, _) = match amount {
            Amount::All => {
                let mut all: Vec<usize> = runs(&candidates);
                all.sort_unstable();
                (all, String::new())
            }
            Amount::Runs(number) => (
                runs(&candidates[..number.min(candidates.len())]),
                ": never verified by this code first, then the shortest".to_owned(),
            ),
            Amount::Share(per_million) => {
                let part = candidates.len() as u64 * u64::from(per_million);
                let number = usize::try_from(part.div_ceil(1_000_000)).unwrap_or(usize::MAX);
                let verified = candidates.partition_point(|one| !one.0);
                let (first, others) = candidates.split_at(verified);
                let mut chosen = self.spread(&runs(first), number);
                chosen.extend(self.spread(&runs(others), number - chosen.len()));
                (
                    chosen,
                    ": never verified by this code first, spread over the fields".to_owned(),
                )
            }
            Amount::Time(time) => {
                let jobs = u32::try_from(jobs).unwrap_or(u32::MAX);
                let all = time.saturating_mul(jobs);
                let mut left = all;
                let mut chosen = Vec::new();
                for (_, duration, _, run) in &candidates {
                    if let Some(after) = left.checked_sub(*duration) {
                        left = after;
                        chosen.push(*run);
                    }
                }
                if let (true, Some(shortest)) =
                    (chosen.is_empty(), candidates.iter().map(|one| one.1).min())
                {
                    return Err(Error::usage(format!(
                        "`--verify {}` is too short: no selected run took less than {}",
                        humantime::format_duration(time),
                        human::duration(shortest)
                    )));
                }
                let how = format!(
                    " for about {}: never verified by this code first, then the shortest",
                    human::rough_duration(all.saturating_sub(left) / jobs)
                );
                (chosen, how)
            }
        };
        self.settle(&chosen)?;
        self.warn_of_measured_times(&chosen)?;
        self.chosen = Chosen {
            runs: chosen,
            how,
            findings: Vec::new(),
        };
        Ok(())
    }

    /// Returns some of the runs in which all values of fields occur about equally often.
    fn spread(&self, runs: &[usize], number: usize) -> Vec<usize> {
        let fields = |&run: &usize| {
            let leaves = self
                .study
                .config(run)
                .leaves(self.study.schema(), Names::Key);
            let fields = leaves.iter().map(hash).collect();
            (self.identities[run].key, fields)
        };
        let fields: Vec<(Key, Vec<u64>)> = runs.iter().map(fields).collect();
        let chosen = spread(&fields, number).into_iter();
        chosen.map(|place| runs[place]).collect()
    }

    /// Warns of outputs that hold measured times, of which no two are the same, unless the experiment says which are.
    fn warn_of_measured_times(&mut self, chosen: &[usize]) -> Result<(), Error> {
        let Some(&first) = chosen.first().filter(|_| self.outline.is_exclusive) else {
            return Ok(());
        };
        let (mut reader, mut walker) = (ResultReader::default(), Walker::new());
        let loaded = self.load(first, &mut reader, &mut walker, false)?;
        let output = loaded.hit.and_then(|hit| hit.output);
        if output.is_some_and(|output| !self.is_own_way(&*output)) {
            self.warnings.push(format!(
                "{} is `EXCLUSIVE`, so that its outputs hold times, and they are compared bit for bit: write `fn reproduces` in its \
                 `impl Experiment` to say which are the same",
                self.outline.short_name()
            ));
        }
        Ok(())
    }

    fn is_own_way(&self, output: &dyn AnyValue) -> bool {
        let compare = || catch(AssertUnwindSafe(|| self.study.reproduces(output, output))).is_ok();
        is_own_way(compare)
    }

    /// Returns the note about a run's result, if this code verified it.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(super) fn verified(&self, run: usize) -> Result<Option<VerifiedNote>, Error> {
        let Some(hit) = &self.loaded[run].hit else {
            return Ok(None);
        };
        let note = self.store.verified.get(self.identities[run].key)?;
        let Some(note) = note.filter(|note| note.is_about(hit.started)) else {
            return Ok(None);
        };
        let code = self.outline.code.digest();
        let is_by_this = if code == 0 || note.code == 0 {
            note.build == self.build.get()
        } else {
            self.store.codes.is_same(note.code, code)?
        };
        Ok(is_by_this.then_some(note))
    }

    /// Returns what came of verifying a run in one word; `None` if it has no result.
    pub(super) fn verified_word(&self, run: usize) -> Option<&'static str> {
        self.loaded[run].hit.as_ref()?;
        Some(match self.verified(run).ok()? {
            None => VERIFIED[0],
            Some(note) if note.difference.is_none() => VERIFIED[1],
            Some(_) => VERIFIED[2],
        })
    }

    /// Returns what came of verifying a run, for people.
    ///
    /// # Errors
    ///
    /// As for [`verified`](Self::verified).
    pub(super) fn verified_state(&self, run: usize) -> Result<Option<VerifiedState>, Error> {
        let note = self.verified(run)?;
        Ok(note.map(|note| VerifiedState {
            age: SystemTime::now()
                .duration_since(note.at)
                .unwrap_or_default(),
            difference: note.difference,
        }))
    }

    /// Opens the store of the runs that are verified.
    ///
    /// # Errors
    ///
    /// If there is no place for it.
    pub(super) fn open_to_verify(&mut self) -> Result<(VerifyStore, Verify), Error> {
        let opened = self.store.open_to_verify()?;
        opened.store.try_locks()?;
        if opened.is_elsewhere {
            self.warnings.push(format!(
                "`{}` cannot be written to: it is not noted which results were verified, and runs that differ are kept in {}",
                self.store.root().display(),
                opened.store.root().display()
            ));
        }
        let verify = Verify {
            stored: Arc::clone(&self.store),
            is_writable: !opened.is_elsewhere,
            unnoted: Mutex::default(),
        };
        Ok((opened, verify))
    }

    /// Warns of notes that could not be written.
    pub(super) fn tell_unnoted(&mut self, verify: Option<&Verify>) {
        if let Some(error) = verify.and_then(|verify| locked(&verify.unnoted).take()) {
            let error = anyhow::Error::new(error);
            self.warnings.push(format!(
                "it is not noted which results were verified: {error:#}"
            ));
        }
    }

    /// Warns of outputs that were computed again, and are others than before.
    pub(super) fn tell_recomputed(&mut self, recomputed: &Recomputed) {
        let Recomputed { compared, differ } = recomputed;
        let Some((run, differences)) = differ.first() else {
            return;
        };
        let output = self.loaded[*run].hit.as_ref();
        let output = output.and_then(|hit| hit.output.as_deref());
        if self.outline.is_exclusive && output.is_some_and(|output| !self.is_own_way(output)) {
            // Times are never the same.
            return;
        }
        let line = value_lines(differences, ["before", "now"])
            .into_iter()
            .next();
        self.warnings.push(format!(
            "{} of {} gave another output than before: `{}`: {}{}",
            differ.len(),
            count(*compared, "run"),
            printable(self.labels.get(*run)),
            printable(&line.unwrap_or_default()),
            match differ.len() - 1 {
                0 => String::new(),
                more => format!(", and {more} more"),
            }
        ));
    }

    /// Returns what came of the runs that were verified, in the order of the configs.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(crate) fn verified_runs(&mut self) -> Result<VerifiedRuns, Error> {
        let chosen = std::mem::take(&mut self.chosen);
        let findings = chosen.findings.into_iter();
        let mut findings: Vec<_> = findings.map(|(run, finding)| (run, Ok(finding))).collect();
        let failed = std::mem::take(&mut self.failures).into_iter();
        findings.extend(failed.map(|(run, error)| (run, Err(error))));
        findings.sort_by_key(|(run, _)| *run);
        let row =
            |(run, finding): (usize, Result<Verification, String>)| -> Result<VerifiedRow, Error> {
                Ok(VerifiedRow {
                    label: self.labels.get(run).to_owned(),
                    key: self.identities[run].key,
                    why: match &finding {
                        Ok(Verification::Differs(differing)) => {
                            self.why_it_differs(run, differing)?
                        }
                        _ => Vec::new(),
                    },
                    finding,
                    is_of_other_code: self.is_of_other_code(run) == Some(true),
                })
            };
        Ok(VerifiedRuns {
            chosen: chosen.runs.len(),
            rows: findings.into_iter().map(row).collect::<Result<_, _>>()?,
        })
    }

    /// Says what is known of the reason why a run gives another result now.
    fn why_it_differs(&self, run: usize, differing: &Differing) -> Result<Vec<String>, Error> {
        let stored = &differing.stored;
        let other_build = self.is_of_other_build(stored.build);
        let mut why = vec![differing.third.to_string()];
        if differing.third == Third::Same {
            let code = self.other_code(run)?;
            let is_known = self.is_of_other_code(run).is_some();
            let (reason, more) = match (code, other_build) {
                (Some(code), _) => (EITHER, Some(format!("of the code, {code}"))),
                (None, Some(true)) if is_known => {
                    (EITHER, Some("the code is the same: compiler, flags or dependencies may differ".to_owned()))
                }
                (None, Some(true)) => (EITHER, None),
                (None, _) => (
                    "this very program gives another result now",
                    Some(
                        "so the machine has changed, or what the run reads besides its config, or the stored result"
                            .to_owned(),
                    ),
                ),
            };
            why[0] = format!("{}: {reason}", why[0]);
            why.extend(more.map(|more| format!("  {more}")));
        }
        let age = SystemTime::now().duration_since(stored.started);
        let build = match other_build {
            Some(true) => " by another build of the program",
            Some(false) => " by this build of the program",
            None => "",
        };
        let attempts = match stored.attempts {
            0 | 1 => String::new(),
            attempts => format!(", in {attempts} attempts, perhaps from a checkpoint"),
        };
        why.push(format!(
            "  stored {} ago{build}{attempts}",
            human::rough_duration(age.unwrap_or_default())
        ));
        Ok(why)
    }
}

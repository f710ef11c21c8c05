//! Programs of one experiment at different times, for tests of what happens to results when a config changes.
//!
//! `VERSIONS_PROGRAM` says which one. What a run was computed with is its output, and its line in the log. `VERSIONS_VALUE` and `VERSIONS_WAS` are the field's value and the claim of the programs
//! in `claims`.

use std::{marker::PhantomData, process::ExitCode};

use runner::{Config, Context, Experiment, Runs, Upgrades};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

#[path = "versions/claims.rs"]
mod claims;
#[path = "versions/history.rs"]
mod history;
#[path = "log.rs"]
mod log;

/// The experiment at the time at which it had this config.
struct Versions<C>(PhantomData<C>);

/// A config at some time.
trait Program: Config {
    type Output: Found;

    fn configs() -> Vec<Self>;

    /// What a run is computed with.
    fn computed_with(&self) -> String;

    fn upgrades() -> Upgrades<Versions<Self>> {
        Upgrades::none()
    }
}

/// An output at some time.
trait Found: Serialize + DeserializeOwned + Send + Sync + 'static {
    fn new(computed_with: String) -> Self;
    fn line(&self) -> String;
}

/// The first output.
#[derive(Debug, Serialize, Deserialize)]
struct Text {
    text: String,
}

impl Found for Text {
    fn new(text: String) -> Self {
        Self { text }
    }

    fn line(&self) -> String {
        self.text.clone()
    }
}

impl<C: Program> Experiment for Versions<C> {
    type Config = C;
    type Output = C::Output;

    fn name() -> &'static str {
        "versions"
    }

    fn configs() -> Vec<C> {
        C::configs()
    }

    fn run(config: &C, _: &Context) -> anyhow::Result<C::Output> {
        let computed_with = config.computed_with();
        log::note(&computed_with)?;
        Ok(C::Output::new(computed_with))
    }

    fn upgrades() -> Upgrades<Self> {
        C::upgrades()
    }

    fn report(runs: &Runs<Self>) -> anyhow::Result<()> {
        for run in runs {
            println!("{}", run.output.line());
        }
        Ok(())
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// The number in a variable; 0 if there is none.
fn number(name: &str) -> u32 {
    variable(name).parse().unwrap_or(0)
}

fn main() -> ExitCode {
    match variable("VERSIONS_PROGRAM").as_str() {
        "first" => runner::main::<Versions<history::First>>(),
        "renamed" => runner::main::<Versions<history::Renamed>>(),
        "added" => runner::main::<Versions<history::Added>>(),
        "removed" => runner::main::<Versions<history::Removed>>(),
        "skipped" => runner::main::<Versions<history::Skipped>>(),
        "nested" => runner::main::<Versions<history::Nested>>(),
        "claims absent" => runner::main::<Versions<claims::Absent>>(),
        "claims field" => runner::main::<Versions<claims::Field>>(),
        "claims added" => runner::main::<Versions<claims::Added>>(),
        "claims removed" => runner::main::<Versions<claims::Removed>>(),
        "claims removed added" => runner::main::<Versions<claims::RemovedAdded>>(),
        "claims skipped" => runner::main::<Versions<claims::Skipped>>(),
        other => {
            eprintln!("there is no program `{other}`");
            ExitCode::FAILURE
        }
    }
}

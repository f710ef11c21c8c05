//! An experiment with one long run that keeps a checkpoint of every step, for tests that interrupt it.
//!
//! `RESUME_STEPS` is the number of steps, `RESUME_SLEEP_MS` how long one takes, `RESUME_FAIL_AT` the step at which the run fails,
//! `RESUME_THREADS` goes into a field that is not in the key, `RESUME_STATE` is `renamed` or `lossy` for a state of another
//! type, and `RESUME_LOG` is a file to which every step that is really done appends its number.

use std::{fs::OpenOptions, io::Write, process::ExitCode, time::Duration};

use anyhow::{Context as _, ensure};
use runner::{Config, Context, Experiment, Runs};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Walk {
    name: String,
    steps: u32,
    #[config(skip)]
    threads: u32,
}

/// The state of a walk.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct State {
    step: u32,
    place: u64,
    trace: Vec<f64>,
}

/// The same bytes, with another meaning.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Renamed {
    step: u32,
    position: u64,
    trace: Vec<f64>,
}

/// A state that comes back as another one.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Lossy {
    step: u32,
    #[serde(deserialize_with = "next")]
    place: u64,
}

fn next<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    u64::deserialize(deserializer).map(|number| number.wrapping_add(1))
}

#[derive(Debug, Serialize, Deserialize)]
struct Path {
    place: u64,
    trace: Vec<f64>,
}

impl From<State> for Renamed {
    fn from(State { step, place, trace }: State) -> Self {
        Self {
            step,
            position: place,
            trace,
        }
    }
}

impl From<Renamed> for State {
    fn from(renamed: Renamed) -> Self {
        Self {
            step: renamed.step,
            place: renamed.position,
            trace: renamed.trace,
        }
    }
}

impl From<State> for Lossy {
    fn from(State { step, place, .. }: State) -> Self {
        Self { step, place }
    }
}

impl From<Lossy> for State {
    fn from(Lossy { step, place }: Lossy) -> Self {
        Self {
            step,
            place,
            trace: Vec::new(),
        }
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn number(name: &str) -> Option<u32> {
    variable(name).parse().ok()
}

fn note(step: u32) -> anyhow::Result<()> {
    let mut log = OpenOptions::new()
        .append(true)
        .create(true)
        .open(variable("RESUME_LOG"))
        .context("cannot open RESUME_LOG")?;
    log.write_all(format!("{step}\n").as_bytes())?;
    Ok(())
}

/// Walks on from the checkpoint, whose type is `S`.
fn walk<S>(config: &Walk, context: &Context) -> anyhow::Result<Path>
where
    S: Serialize + DeserializeOwned + From<State> + Into<State>,
{
    let mut state: State = context.restore::<S>()?.map(Into::into).unwrap_or_default();
    if state.step == 0 {
        state.place = context.seed();
    }
    while state.step < config.steps {
        ensure!(
            number("RESUME_FAIL_AT") != Some(state.step),
            "told to fail at step {}",
            state.step
        );
        note(state.step)?;
        let sleep_ms = number("RESUME_SLEEP_MS").unwrap_or(0);
        std::thread::sleep(Duration::from_millis(sleep_ms.into()));
        state.place = state
            .place
            .rotate_left(7)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(state.step.into());
        let high = u32::try_from(state.place >> 40)?;
        state.trace.push(1.0 / f64::from(high));
        state.step += 1;
        context.checkpoint(&S::from(state.clone()))?;
        context.progress(state.step.into(), config.steps.into());
    }
    Ok(Path {
        place: state.place,
        trace: state.trace,
    })
}

struct Resume;

impl Experiment for Resume {
    type Config = Walk;
    type Output = Path;

    fn name() -> &'static str {
        "resume"
    }

    fn configs() -> Vec<Walk> {
        vec![Walk {
            name: "walk".to_owned(),
            steps: number("RESUME_STEPS").unwrap_or(10),
            threads: number("RESUME_THREADS").unwrap_or(1),
        }]
    }

    fn run(config: &Walk, context: &Context) -> anyhow::Result<Path> {
        match variable("RESUME_STATE").as_str() {
            "renamed" => walk::<Renamed>(config, context),
            "lossy" => walk::<Lossy>(config, context),
            _ => walk::<State>(config, context),
        }
    }

    fn report(runs: &Runs<Self>) -> anyhow::Result<()> {
        for run in runs {
            println!("{} {:?}", run.output.place, run.output.trace);
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    runner::main::<Resume>()
}

//! Experiments that are run by a call, inside this very process.

use std::{
    collections::BTreeSet,
    fs,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use runner::{Config, Context, Experiment, Runner, Runs};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Config)]
struct Setting {
    name: String,
    index: u32,
}

fn configs(count: u32) -> Vec<Setting> {
    (0..count)
        .map(|index| Setting {
            name: "base".to_owned(),
            index,
        })
        .collect()
}

/// What a run knows of itself.
#[derive(Debug, Serialize, Deserialize)]
struct Known {
    name: String,
    key: String,
    seed: u64,
    slot: usize,
    attempt: u32,
}

struct Knowing<const VERSION: u32>;

impl<const VERSION: u32> Experiment for Knowing<VERSION> {
    type Config = Setting;
    type Output = Known;
    const VERSION: u32 = VERSION;

    fn name() -> &'static str {
        "knowing"
    }

    fn run(config: &Setting, context: &Context) -> anyhow::Result<Known> {
        anyhow::ensure!(
            config.index != 13 || context.attempt() >= 3,
            "attempt {} of an unlucky config",
            context.attempt()
        );
        fs::write(context.out_dir().join("index"), config.index.to_string())?;
        context.progress(1, 1);
        anyhow::ensure!(!context.is_cancelled(), "cancelled");
        Ok(Known {
            name: context.name().to_owned(),
            key: context.key().to_string(),
            seed: context.seed(),
            slot: context.slot(),
            attempt: context.attempt(),
        })
    }
}

fn run<E: Experiment<Config = Setting>>(directory: &TempDir, configs: Vec<Setting>) -> Runs<E> {
    Runner::<E>::new()
        .configs(configs)
        .output_dir(directory.path())
        .jobs(4)
        .durable(false)
        .run()
        .expect("the store can be used")
}

fn directory() -> TempDir {
    TempDir::new().expect("a directory can be made")
}

#[test]
fn runs_are_typed_and_in_the_order_of_the_configs() {
    let directory = directory();
    let fresh = run::<Knowing<1>>(&directory, configs(8));
    assert!(fresh.configs().eq(&configs(8)));
    let again = run::<Knowing<1>>(&directory, configs(8));
    for (run, cached) in fresh.iter().zip(&again) {
        assert!(!run.is_cached() && cached.is_cached());
        assert_eq!(run.output.key, run.key().to_string());
        assert_eq!((run.name(), run.output.name.as_str()), ("base", "base"));
        assert_eq!(run.label(), format!("base index={}", run.config.index));
        assert_eq!((run.key(), run.out_dir()), (cached.key(), cached.out_dir()));
        assert_eq!(run.duration(), cached.duration());
        let artifact = fs::read_to_string(run.out_dir().join("index"));
        assert_eq!(artifact.ok(), Some(run.config.index.to_string()));
    }
    assert_eq!(again.outputs().count(), 8);
    assert!(again.failed().is_empty() && again.missing().is_empty());
}

#[test]
fn a_failed_run_is_no_error_and_its_attempts_are_counted() {
    let directory = directory();
    for attempt in 1..=2 {
        let runs = run::<Knowing<1>>(&directory, configs(14));
        assert_eq!(runs.len(), 13);
        let failed = &runs.failed()[0];
        assert_eq!(failed.config.index, 13);
        assert_eq!(
            failed.error,
            format!("attempt {attempt} of an unlucky config")
        );
    }
    let runs = run::<Knowing<1>>(&directory, configs(14));
    let lucky = runs.iter().last().expect("all are done");
    assert_eq!((lucky.output.attempt, lucky.is_cached()), (3, false));
}

#[test]
fn seeds_never_change() {
    let directory = directory();
    let seeds: Vec<u64> = run::<Knowing<1>>(&directory, configs(2))
        .outputs()
        .map(|output| output.seed)
        .collect();
    assert_eq!(
        seeds,
        [4_100_927_302_886_101_019, 18_427_700_761_521_110_350]
    );
    let of_version_2 = run::<Knowing<2>>(&directory, configs(2));
    assert!(of_version_2.iter().all(|run| !run.is_cached()));
    assert!(of_version_2.outputs().map(|output| output.seed).eq(seeds));
}

#[test]
fn slots_are_below_the_number_of_jobs() {
    let directory = directory();
    let runs = run::<Knowing<1>>(&directory, configs(50));
    let slots: BTreeSet<usize> = runs.outputs().map(|output| output.slot).collect();
    assert!(slots.iter().all(|&slot| slot < 4), "{slots:?}");
}

#[test]
fn rerun_runs_again_what_has_a_result() {
    let directory = directory();
    run::<Knowing<1>>(&directory, configs(2));
    let runs = Runner::<Knowing<1>>::new()
        .configs(configs(2))
        .output_dir(directory.path())
        .rerun(true)
        .run()
        .expect("the store can be used");
    assert!(runs.iter().all(|run| !run.is_cached()));
}

#[test]
fn errors_say_whose_they_are() {
    let directory = directory();
    let error = Runner::<Knowing<1>>::new()
        .output_dir(directory.path())
        .run()
        .expect_err("there are no configs");
    assert!(error.is_usage() && !error.is_store());
    let file = directory.path().join("file");
    fs::write(&file, "").expect("files can be written");
    let error = Runner::<Knowing<1>>::new()
        .configs(configs(1))
        .output_dir(&file)
        .run()
        .expect_err("a file is no directory");
    assert!(error.is_store() && !error.is_usage());
    assert_eq!(
        error.to_string(),
        format!(
            "cannot open the output directory `{}` (choose another place with --output-dir)",
            file.display()
        )
    );
    let cause = std::error::Error::source(&error).expect("it has a cause");
    assert_eq!(cause.to_string(), "Not a directory (os error 20)");
}

#[test]
fn a_run_can_be_called_without_a_program() {
    let directory = directory();
    let context = Context::detached(directory.path());
    let known = Knowing::<1>::run(&configs(1)[0], &context).expect("it can run");
    assert_eq!((known.seed, known.slot, known.attempt), (0, 0, 1));
    assert!(directory.path().join("index").is_file());
}

/// How often the value was made, and how long it takes.
static MADE: AtomicUsize = AtomicUsize::new(0);
const MAKING: Duration = Duration::from_millis(500);

struct Sharing;

impl Experiment for Sharing {
    type Config = Setting;
    type Output = usize;

    fn run(config: &Setting, context: &Context) -> anyhow::Result<usize> {
        let numbers = context.shared(|| {
            MADE.fetch_add(1, Ordering::Relaxed);
            thread::sleep(MAKING);
            Ok(vec![10, 11, 12, 13, 14, 15, 16, 17])
        })?;
        Ok(numbers[usize::try_from(config.index)?])
    }
}

#[test]
fn a_shared_value_is_made_once_and_its_time_is_not_the_runs() {
    let directory = directory();
    let runs = run::<Sharing>(&directory, configs(8));
    assert!(runs.outputs().copied().eq(10..18));
    assert_eq!(MADE.load(Ordering::Relaxed), 1);
    for run in &runs {
        assert!(run.duration() < MAKING, "{:?}", run.duration());
    }
    run::<Sharing>(&directory, configs(8));
    assert_eq!(
        MADE.load(Ordering::Relaxed),
        1,
        "nothing runs, so nobody needs it"
    );
}

struct Starving;

impl Experiment for Starving {
    type Config = Setting;
    type Output = u32;

    fn run(config: &Setting, context: &Context) -> anyhow::Result<u32> {
        if config.index < 3 {
            context.shared(|| -> anyhow::Result<u8> {
                Err(anyhow::anyhow!("no such host").context("cannot download"))
            })?;
        }
        Ok(config.index)
    }
}

#[test]
fn an_error_in_a_shared_value_fails_those_who_asked() {
    let directory = directory();
    let runs = run::<Starving>(&directory, configs(5));
    assert!(runs.outputs().copied().eq([3, 4]));
    assert_eq!(runs.failed().len(), 3);
    for failed in runs.failed() {
        assert!(
            failed.error.starts_with("cannot make the shared value at "),
            "{}",
            failed.error
        );
        assert!(
            failed.error.ends_with(": cannot download: no such host"),
            "{}",
            failed.error
        );
    }
}

/// An experiment that runs another one.
struct Outer;

impl Experiment for Outer {
    type Config = Setting;
    type Output = Vec<u64>;

    fn run(config: &Setting, context: &Context) -> anyhow::Result<Vec<u64>> {
        let inner = Runner::<Knowing<1>>::new()
            .configs(configs(config.index + 1))
            .output_dir(context.out_dir().join("inner"))
            .run()?;
        Ok(inner.outputs().map(|output| output.seed).collect())
    }
}

#[test]
fn an_experiment_can_run_another_one() {
    let directory = directory();
    let runs = run::<Outer>(&directory, configs(3));
    let lengths: Vec<usize> = runs.outputs().map(Vec::len).collect();
    assert_eq!(lengths, [1, 2, 3]);
}

//! Shared values beside pools and runtimes, in a process in which nothing else goes on.

use std::time::Duration;

use rayon::prelude::*;
use runner::{Config, Context, Experiment, Runner, Runs};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Index {
    index: u32,
}

fn run<E: Experiment<Config = Index>>(configs: u32) -> Runs<E> {
    let directory = tempfile::TempDir::new().expect("a directory can be made");
    let runs = Runner::<E>::new()
        .configs((0..configs).map(|index| Index { index }))
        .output_dir(directory.path())
        .jobs(2)
        .durable(false)
        .run();
    runs.expect("the store can be used")
}

/// Asks for a value in every thread of a pool that the making needs too.
struct Pooled;

impl Experiment for Pooled {
    type Config = Index;
    type Output = u64;

    fn run(_: &Index, context: &Context) -> anyhow::Result<u64> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(64).build()?;
        let numbers = || {
            context.shared(|| {
                let number = |number: u64| {
                    std::thread::sleep(Duration::from_micros(100));
                    number
                };
                Ok((0..256_u64).into_par_iter().map(number).collect::<Vec<_>>())
            })
        };
        let sums = pool.install(|| {
            let sum = |_: u64| anyhow::Ok(numbers()?.iter().sum::<u64>());
            (0..256_u64)
                .into_par_iter()
                .map(sum)
                .collect::<Result<Vec<_>, _>>()
        })?;
        anyhow::ensure!(sums.iter().all(|sum| *sum == sums[0]), "{sums:?}");
        Ok(sums[0])
    }
}

/// Asks for a value from a scope of the global pool, in which another run makes it.
struct Scoped;

impl Experiment for Scoped {
    type Config = Index;
    type Output = usize;

    fn run(_: &Index, context: &Context) -> anyhow::Result<usize> {
        let length = || anyhow::Ok(context.shared(|| Ok(vec![1_u8; 9].par_iter().count()))?);
        let lengths = std::sync::Mutex::new(Vec::new());
        rayon::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|_| lengths.lock().expect("no panic").push(length()));
            }
        });
        let lengths = lengths.into_inner()?;
        let lengths = lengths
            .into_iter()
            .map(|length| length.map(|length| *length));
        Ok(lengths
            .collect::<anyhow::Result<Vec<usize>>>()?
            .into_iter()
            .sum())
    }
}

#[test]
fn a_pool_whose_threads_all_wait_for_a_value_still_makes_it() {
    for _ in 0..24 {
        let runs = run::<Pooled>(1);
        assert!(runs.failed().is_empty(), "{}", runs.failed()[0].error);
        assert!(runs.outputs().eq(&[32_640]));
        let runs = run::<Scoped>(4);
        assert!(runs.failed().is_empty(), "{}", runs.failed()[0].error);
        assert!(runs.outputs().eq(&[576; 4]));
    }
}

/// Shares a runtime, which panics where it is dropped inside of another one.
struct Asynchronous;

impl Experiment for Asynchronous {
    type Config = Index;
    type Output = u32;

    fn run(config: &Index, context: &Context) -> anyhow::Result<u32> {
        let runtime =
            context.shared(|| Ok(tokio::runtime::Builder::new_current_thread().build()?))?;
        Ok(runtime.block_on(async { config.index + 1 }))
    }
}

#[test]
fn a_shared_runtime_is_dropped_outside_of_the_callers_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runs = runtime
        .expect("a runtime can be made")
        .block_on(async { run::<Asynchronous>(3) });
    assert!(runs.outputs().eq(&[1, 2, 3]));
}

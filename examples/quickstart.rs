//! The smallest sensible program: π from random points. The command line, the cache and the report come with it.
//!
//! `cargo run --release --example quickstart` (twice!)

use runner::{Config, Context, Experiment};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Sampling {
    name: String,
    /// Random points in the unit square.
    points: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct Estimate {
    pi: f64,
    error: f64,
}

struct Pi;

impl Experiment for Pi {
    type Config = Sampling;
    type Output = Estimate;

    fn configs() -> Vec<Sampling> {
        [("rough", 1_000), ("fair", 1_000_000), ("fine", 100_000_000)]
            .map(|(name, points)| Sampling {
                name: name.into(),
                points,
            })
            .into()
    }

    fn run(config: &Sampling, context: &Context) -> anyhow::Result<Estimate> {
        let mut seed = context.seed();
        let mut inside = 0.0;
        for _ in 0..config.points {
            let (x, y) = (random(&mut seed), random(&mut seed));
            inside += f64::from(x * x + y * y < 1.0);
        }
        let pi = 4.0 * inside / f64::from(config.points);
        let error = (pi - std::f64::consts::PI).abs();
        Ok(Estimate { pi, error })
    }
}

/// The next number from 0 to 1, by the `SplitMix64` generator.
fn random(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    f64::from(((mixed ^ (mixed >> 31)) >> 32) as u32) / f64::from(u32::MAX)
}

fn main() -> std::process::ExitCode {
    runner::main::<Pi>()
}

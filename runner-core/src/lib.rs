//! The parts of `runner` that are not its derive macro; users depend on `runner`, which re-exports them.

mod config;
mod shaped;
mod sweep;

mod canonical;
mod key;
#[cfg_attr(
    not(test),
    expect(dead_code, unused_imports, reason = "the engine is written against it")
)]
mod store;

mod directory;
mod error;

pub use config::{Config, Field, Variant};
pub use error::Error;
pub use key::Key;
pub use sweep::Sweep;

/// What generated code uses; no part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::{
        canonical::{Added, added},
        config::{
            Config, Field, Members, PlainShape, Probe, Rules, Shape, Shaped, Variant, members,
        },
        sweep::Sweep,
    };
    pub use serde;
}

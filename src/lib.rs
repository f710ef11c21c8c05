//! One Rust type becomes a complete experiment program.

pub use runner_core::*;
#[doc(hidden)]
pub use runner_core::__private;
pub use runner_derive::Config;

//! One Rust type becomes a complete experiment program.

#[doc(hidden)]
pub use runner_core::__private;
pub use runner_core::*;
pub use runner_derive::Config;

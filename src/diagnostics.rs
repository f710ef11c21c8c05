//! Programs that the compiler must reject, beside the same program without the mistake.
//!
//! `tests/ui` compares the derive's own messages word for word. The messages here are rustc's and change with its
//! version.
//!
//! This one compiles:
//!
//! ```
//! use runner::{Config, Context, Experiment};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Serialize, Deserialize, Config)]
//! struct Optimizer { rate: f64 }
//!
//! #[derive(Clone, Serialize, Deserialize, Config)]
//! struct Train { name: String, optimizer: Vec<Optimizer>, #[config(added = 3)] layers: u8 }
//!
//! struct Training;
//!
//! impl Experiment for Training {
//!     type Config = Train;
//!     type Output = f64;
//!
//!     fn run(_: &Train, _: &Context) -> anyhow::Result<f64> { Ok(0.0) }
//! }
//!
//! fn main() { let _ = runner::Runner::<Training>::new(); }
//! ```
//!
//! A config without `derive(Config)`:
//!
//! ```compile_fail,E0277
//! use runner::{Context, Experiment};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Serialize, Deserialize)]
//! struct Train { name: String }
//!
//! struct Training;
//!
//! impl Experiment for Training {
//!     type Config = Train;
//!     type Output = f64;
//!
//!     fn run(_: &Train, _: &Context) -> anyhow::Result<f64> { Ok(0.0) }
//! }
//! # fn main() {}
//! ```
//!
//! A config without `Deserialize`:
//!
//! ```compile_fail,E0277
//! #[derive(Clone, serde::Serialize, runner::Config)]
//! struct Train { name: String }
//! # fn main() {}
//! ```
//!
//! An output without `Deserialize`:
//!
//! ```compile_fail,E0277
//! use runner::{Config, Context, Experiment};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Serialize, Deserialize, Config)]
//! struct Train { name: String }
//!
//! #[derive(Serialize)]
//! struct Metrics { loss: f64 }
//!
//! struct Training;
//!
//! impl Experiment for Training {
//!     type Config = Train;
//!     type Output = Metrics;
//!
//!     fn run(_: &Train, _: &Context) -> anyhow::Result<Metrics> { Ok(Metrics { loss: 0.0 }) }
//! }
//! # fn main() {}
//! ```
//!
//! A program of a type that does not implement `Experiment`:
//!
//! ```compile_fail,E0277
//! struct Training;
//!
//! fn main() -> std::process::ExitCode { runner::main::<Training>() }
//! ```
//!
//! A config inside a type of unknown shape:
//!
//! ```compile_fail,E0080
//! use runner::Config;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Serialize, Deserialize, Config)]
//! struct Optimizer { rate: f64 }
//!
//! #[derive(Clone, Serialize, Deserialize)]
//! struct Wrapper<T>(T);
//!
//! #[derive(Clone, Serialize, Deserialize, Config)]
//! struct Train { optimizer: Wrapper<Optimizer> }
//! # fn main() {}
//! ```
//!
//! A generic config with an argument that is neither a config nor a plain type of the standard library, at any depth:
//!
//! ```compile_fail,E0277
//! use runner::Config;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Serialize, Deserialize)]
//! struct Plain(u8);
//!
//! #[derive(Clone, Serialize, Deserialize, Config)]
//! struct Sweeped<T> { value: T, #[config(skip)] threads: u8 }
//!
//! #[derive(Clone, Serialize, Deserialize, Config)]
//! struct Train { sweeped: Sweeped<Plain> }
//! # fn main() {}
//! ```
//!
//! ```compile_fail,E0277
//! # use runner::Config;
//! # use serde::{Deserialize, Serialize};
//! # #[derive(Clone, Serialize, Deserialize)]
//! # struct Plain(u8);
//! # #[derive(Clone, Serialize, Deserialize, Config)]
//! # struct Sweeped<T> { value: T, #[config(skip)] threads: u8 }
//! #[derive(Clone, Serialize, Deserialize, Config)]
//! struct Train { sweeped: Vec<Option<Box<Sweeped<(u8, Plain)>>>> }
//! # fn main() {}
//! ```
//!
//! ```compile_fail,E0277
//! # use runner::Config;
//! # use serde::{Deserialize, Serialize};
//! # #[derive(Clone, Serialize, Deserialize)]
//! # struct Plain(u8);
//! # #[derive(Clone, Serialize, Deserialize, Config)]
//! # struct Sweeped<T> { value: T, #[config(skip)] threads: u8 }
//! #[derive(Clone, Serialize, Deserialize, Config)]
//! struct Train { sweeped: (u8, std::collections::BTreeMap<u8, Sweeped<Sweeped<Plain>>>) }
//! # fn main() {}
//! ```
//!
//! ```compile_fail,E0277
//! # use runner::Config;
//! # use serde::{Deserialize, Serialize};
//! # #[derive(Clone, Serialize, Deserialize)]
//! # struct Plain(u8);
//! # #[derive(Clone, Serialize, Deserialize, Config)]
//! # struct Sweeped<T> { value: T, #[config(skip)] threads: u8 }
//! type Alias = Vec<Option<Sweeped<Plain>>>;
//!
//! #[derive(Clone, Serialize, Deserialize, Config)]
//! struct Train<U> { other: U, sweeped: Alias }
//! # fn main() {}
//! ```
//!
//! ```compile_fail,E0277
//! # use runner::Config;
//! # use serde::{Deserialize, Serialize};
//! # #[derive(Clone, Serialize, Deserialize)]
//! # struct Plain(u8);
//! #[derive(Clone, Serialize, Deserialize, Config)]
//! enum Choice<T: Clone, const N: usize> { One(T), #[config(removed("old": u8, was = 1))] None {} }
//!
//! #[derive(Clone, Serialize, Deserialize, Config)]
//! enum Outer { Choice { choice: Choice<Plain, 3> } }
//! # fn main() {}
//! ```
//!
//! The same with the argument declared plain:
//!
//! ```
//! # use runner::Config;
//! # use serde::{Deserialize, Serialize};
//! # #[derive(Clone, Serialize, Deserialize)]
//! # struct Plain(u8);
//! #[derive(Clone, Serialize, Deserialize, Config)]
//! struct Sweeped<T> { #[config(plain)] value: T, #[config(skip)] threads: u8 }
//!
//! #[derive(Clone, Serialize, Deserialize, Config)]
//! struct Train { sweeped: Sweeped<Plain> }
//! # fn main() {}
//! ```
//!
//! An `added` value with another type than its field:
//!
//! ```compile_fail,E0308
//! #[derive(Clone, serde::Serialize, serde::Deserialize, runner::Config)]
//! struct Train { #[config(added = "three")] layers: u8 }
//! # fn main() {}
//! ```
//!
//! A name without `Display`:
//!
//! ```compile_fail,E0277
//! #[derive(Clone, serde::Serialize, serde::Deserialize, runner::Config)]
//! struct Train { name: Vec<u8> }
//! # fn main() {}
//! ```

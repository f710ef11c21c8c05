//! [`Build`]: which program made a result.

use std::{fs, sync::OnceLock};

use crate::canonical::Digest;

/// The fingerprint of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Build {
    /// XXH3-128 of the program's file; 0 if that cannot be read.
    pub(crate) fingerprint: u128,
}

impl Build {
    /// The running program: on Linux the very file that was started, even if another one has taken its place since.
    pub(crate) fn current() -> Self {
        let path = if cfg!(target_os = "linux") {
            Some("/proc/self/exe".into())
        } else {
            std::env::current_exe().ok()
        };
        let content = path.and_then(|path| fs::read(path).ok());
        Self {
            fingerprint: content.map_or(0, |content| Digest::of(&content).as_u128()),
        }
    }
}

/// A build whose fingerprint is taken when somebody first asks: that reads a whole program.
#[derive(Debug, Default)]
pub(crate) struct LazyBuild(OnceLock<Build>);

impl LazyBuild {
    pub(crate) fn known(build: Build) -> Self {
        Self(OnceLock::from(build))
    }

    /// The build; unless it is known, that of the running program.
    pub(crate) fn get(&self) -> Build {
        *self.0.get_or_init(Build::current)
    }
}

//! [`Build`]: which program made a result.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use twox_hash::XxHash3_128;

/// How much of a program is in memory at a time.
const PIECE_BYTES: usize = 1 << 17;

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
            Some(PathBuf::from("/proc/self/exe"))
        } else {
            std::env::current_exe().ok()
        };
        Self {
            fingerprint: path.and_then(|path| hash_file(&path).ok()).unwrap_or(0),
        }
    }
}

fn hash_file(path: &Path) -> io::Result<u128> {
    let mut file = File::open(path)?;
    let mut hasher = XxHash3_128::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hasher.finish_128()),
            Ok(length) => hasher.write(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::Digest;

    #[test]
    fn a_program_is_hashed_whole_piece_by_piece() {
        let content = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(content.len() > 2 * PIECE_BYTES);
        let hash = Digest::of(&content).as_u128();
        assert_eq!(Build::current().fingerprint, hash);
    }
}

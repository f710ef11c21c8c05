//! [`Build`]: which program made a result.

use std::{
    fs::File,
    io::{self, Read, Seek},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use twox_hash::XxHash3_128;

use super::build_id::build_id;

/// How much of a program is in memory at a time.
const PIECE_BYTES: usize = 1 << 17;

/// The fingerprint of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Build {
    /// XXH3-128 of the program's build id and length, or of its whole file if it has no id; 0 if that cannot be read.
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
            fingerprint: path.and_then(|path| fingerprint(&path).ok()).unwrap_or(0),
        }
    }
}

fn fingerprint(path: &Path) -> io::Result<u128> {
    let mut file = File::open(path)?;
    match build_id(&mut file).ok().flatten() {
        Some(mut id) => {
            // Tools that change a program after it was linked seldom leave its length.
            id.extend(file.metadata()?.len().to_le_bytes());
            Ok(XxHash3_128::oneshot(&id))
        }
        None => hash_file(&mut file),
    }
}

fn hash_file(file: &mut File) -> io::Result<u128> {
    file.rewind()?;
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

/// A build whose fingerprint is taken when somebody first asks: that may read a whole program.
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
    use crate::value::Digest;

    #[test]
    fn a_program_is_hashed_whole_piece_by_piece() {
        let path = std::env::current_exe().unwrap();
        let content = std::fs::read(&path).unwrap();
        assert!(content.len() > 2 * PIECE_BYTES);
        let hash = Digest::of(&content).as_u128();
        let mut file = File::open(path).unwrap();
        assert_eq!(hash_file(&mut file).unwrap(), hash);
    }

    #[test]
    fn a_copy_of_a_program_is_the_same_build_and_another_program_is_not() {
        let this = std::env::current_exe().unwrap();
        let copy = std::env::temp_dir().join(format!("runner-build-{}", std::process::id()));
        std::fs::copy(&this, &copy).unwrap();
        let of_copy = fingerprint(&copy).unwrap();
        std::fs::write(&copy, "#!/bin/sh").unwrap();
        let of_script = fingerprint(&copy).unwrap();
        std::fs::remove_file(&copy).unwrap();
        assert_eq!(of_copy, Build::current().fingerprint);
        assert_eq!(of_script, Digest::of(b"#!/bin/sh").as_u128());
    }
}

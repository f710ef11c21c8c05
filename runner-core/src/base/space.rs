//! [`when_full`]: what can be done about a file system that takes no more.

use std::path::Path;

use nix::sys::statvfs::statvfs;

/// Returns what to do when the file system of `path` takes no more.
pub(super) fn when_full(path: &Path) -> String {
    // What could not be made is not there, but the directory around it is.
    let mut known = path.ancestors().filter_map(|place| statvfs(place).ok());
    // Some file systems have no limit and say 0.
    let is_without_inodes = known
        .next()
        .is_some_and(|system| system.files() > 0 && system.files_available() == 0);
    let what = if is_without_inodes {
        "remove some files, as the file system has no inodes left (see `df -i`),"
    } else {
        "free some space"
    };
    format!("{what} and start again: what had finished is kept")
}

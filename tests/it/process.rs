//! Which processes there are: only on Linux, where `/proc` tells.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// The processes that work in `directory` and have the name of a program in their command line.
pub(crate) fn working_in(directory: &Path) -> Vec<i32> {
    let Ok(directory) = directory.canonicalize() else {
        return Vec::new();
    };
    let entries = fs::read_dir("/proc").expect("there is /proc");
    let mut found: Vec<i32> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let works_there = fs::read_link(entry.path().join("cwd")).ok()? == directory;
            works_there.then_some(pid)
        })
        .collect();
    found.sort_unstable();
    found
}

/// Fails if a process still works in `directory` after a moment.
pub(crate) fn none_is_left_in(directory: &Path) {
    let start = Instant::now();
    loop {
        let left = working_in(directory);
        if left.is_empty() {
            return;
        }
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "processes {left:?} are left"
        );
        thread::sleep(Duration::from_millis(10));
    }
}

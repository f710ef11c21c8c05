//! A run that prints far more than anybody reads fills neither the disk nor the memory.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::program::Session;

/// What a program that prints nothing takes, and then some.
const MEMORY_MAX_KB: u64 = 100_000;

/// The most memory that a process had until now, in kB; nothing where the system does not tell or the process is gone.
fn peak_memory_kb(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// All files below a directory, with their lengths.
fn files(directory: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("it can be listed") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let length = fs::metadata(&path).map_or(0, |file| file.len());
            found.push((path, length));
        }
    }
    found
}

/// `FAULT_PRINT_MB` is another number of megabytes.
#[test]
fn is_cut_in_the_middle() {
    let megabytes = std::env::var("FAULT_PRINT_MB").unwrap_or_else(|_| "256".to_owned());
    for args in [&["--isolate"][..], &["--isolate", "-v"]] {
        let session = Session::sample(1).with("SAMPLE_PRINT_MB", &megabytes);
        let mut command = session.command(args);
        let mut child = command
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("the program can be started");
        let mut peak_kb = 0;
        while child.try_wait().expect("it can be waited for").is_none() {
            peak_kb = peak_memory_kb(child.id()).unwrap_or(peak_kb);
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let ended = session.end(child);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "even 0 0\n"));
        let files = files(&session.path("out"));
        let all: u64 = files.iter().map(|(_, length)| length).sum();
        assert!((9_000_000..10_100_000).contains(&all), "{files:?}");
        let log = files.iter().find(|(path, _)| path.ends_with("run.log"));
        let log = fs::read_to_string(&log.expect("there is a log").0).expect("it can be read");
        assert!(log.ends_with(&format!("\nthe last of {megabytes} MB\n")));
        assert!(log.contains(" bytes are left out here]\n"));
        println!(
            "{args:?}: {megabytes} MB printed, {all} bytes kept, at most {peak_kb} kB in memory"
        );
        assert!(peak_kb < MEMORY_MAX_KB, "{peak_kb} kB");
    }
}

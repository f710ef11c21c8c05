//! [`Storm`]: programs on one directory that are killed at random moments and started again, until the work is done.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

use crate::{
    fault_random::Random,
    process::{end, program},
    program::Ended,
};

const CONFIGS: u32 = 16;
/// How often what is left may fail by itself: the kill of a child fails its run.
const LAST_STARTS: usize = 5;
/// How long a program may take to begin its first run, or to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is killed.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    /// How many programs work on the directory at a time.
    pub(crate) programs: usize,
    pub(crate) args: &'static [&'static str],
}

pub(crate) struct Storm {
    directory: TempDir,
    plan: Plan,
    pub(crate) kills: usize,
    /// The runs that had a result when this was last looked at, and how long the log was then or later.
    stored: BTreeSet<u32>,
    lines: usize,
}

impl Storm {
    pub(crate) fn new(plan: Plan) -> Self {
        let memory = Path::new("/dev/shm");
        let directory = if memory.is_dir() {
            TempDir::new_in(memory)
        } else {
            TempDir::new()
        };
        Self {
            directory: directory.expect("a directory can be made"),
            plan,
            kills: 0,
            stored: BTreeSet::new(),
            lines: 0,
        }
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.directory.path().join(inside)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = program(env!("CARGO_BIN_EXE_storm"), self.directory.path());
        command
            .args(args)
            .env("STORM_CONFIGS", CONFIGS.to_string())
            .env("STORM_STEP_MS", "2")
            // Also what its processes are known by.
            .env("STORM_LOG", self.path("log"));
        command
    }

    fn spawn(&self) -> Child {
        self.command(self.plan.args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program can be started")
    }

    /// Kills until everything is done, but at most `kills_max` times, and lets the rest be done in peace.
    pub(crate) fn rage(&mut self, kills_max: usize, random: &mut Random) {
        let mut programs = Vec::new();
        let mut is_done = false;
        while self.kills < kills_max && !is_done {
            while programs.len() < self.plan.programs {
                programs.push(self.spawn());
            }
            self.wait(&mut programs, random);
            self.strike(&mut programs, random);
            programs.retain_mut(|child| {
                let ended = child.try_wait().expect("it can be waited for");
                is_done |= ended.is_some_and(|status| status.success());
                ended.is_none()
            });
            self.look();
        }
        for mut child in programs {
            child.wait().expect("it can be waited for");
        }
        self.look();
    }

    /// Waits for a random moment: three of four are soon after something runs, the others at any time.
    fn wait(&self, programs: &mut [Child], random: &mut Random) {
        let is_in_runs = random.below(4) != 0;
        if is_in_runs {
            let start = Instant::now();
            let length = || fs::metadata(self.path("log")).map_or(0, |log| log.len());
            let before = length();
            while length() == before
                && programs
                    .iter_mut()
                    .all(|child| matches!(child.try_wait(), Ok(None)))
                && start.elapsed() < Duration::from_millis(300)
            {
                thread::sleep(Duration::from_micros(500));
            }
        }
        let range_us = if is_in_runs { 15_000 } else { 60_000 };
        thread::sleep(Duration::from_micros(random.below(range_us)));
    }

    fn strike(&mut self, programs: &mut [Child], random: &mut Random) {
        let victim = &mut programs[random.index(self.plan.programs)];
        let parent = i32::try_from(victim.id()).expect("it is small");
        let kind = random.below(8);
        let child = if kind < 4
            && self
                .plan
                .args
                .iter()
                .any(|arg| arg.starts_with("--isolate"))
        {
            self.child(programs, random)
        } else {
            None
        };
        let strikes = match (kind, child) {
            (0, Some(child)) => vec![(child, Signal::SIGTERM)],
            (1 | 2, Some(child)) => vec![(child, Signal::SIGKILL)],
            (3, Some(child)) => vec![(child, Signal::SIGKILL), (parent, Signal::SIGKILL)],
            (4, _) => vec![(parent, Signal::SIGTERM)],
            (5, _) => vec![(parent, Signal::SIGINT), (parent, Signal::SIGTERM)],
            _ => vec![(parent, Signal::SIGKILL)],
        };
        for (pid, signal) in strikes {
            // It may have ended by itself; one that has not been waited for keeps its number.
            self.kills += usize::from(kill(Pid::from_raw(pid), signal).is_ok());
            let victim = programs
                .iter_mut()
                .find(|child| i32::try_from(child.id()) == Ok(pid));
            if let Some(victim) = victim {
                wait_for(victim);
            }
        }
    }

    /// A process of a run, if there is one.
    fn child(&self, programs: &[Child], random: &mut Random) -> Option<i32> {
        let mut children = self.processes();
        children.retain(|pid| programs.iter().all(|child| child.id().to_string() != *pid));
        if children.is_empty() {
            return None;
        }
        children[random.index(children.len())].parse().ok()
    }

    /// The numbers of the living processes that were started here.
    fn processes(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        let mark = format!("STORM_LOG={}", self.path("log").display());
        let mut found = Vec::new();
        for entry in entries.flatten() {
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            if environment
                .split(|&byte| byte == 0)
                .any(|variable| variable == mark.as_bytes())
            {
                found.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        found
    }

    /// Checks that no result is gone, and that nothing was done again that had one or was in a checkpoint.
    fn look(&mut self) {
        // Results first: what the log has beyond the lines counted below came later than the results seen here.
        let stored: BTreeSet<u32> = self.results().into_keys().collect();
        assert!(self.stored.is_subset(&stored), "a result is gone");
        let log = fs::read_to_string(self.path("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        for line in &lines[self.lines..] {
            if let Some(("step", run, _)) = parse(line) {
                let had_result = self.stored.contains(&run);
                assert!(!had_result, "run {run} had a result and ran again");
            }
        }
        let mut saved = BTreeMap::new();
        for (what, run, step) in lines.iter().filter_map(|line| parse(line)) {
            if what == "saved" {
                saved.insert(run, step);
            } else {
                let is_new = saved.get(&run).is_none_or(|saved| *saved < step);
                assert!(is_new, "step {step} of run {run} was in a checkpoint");
            }
        }
        self.lines = lines.len();
        self.stored = stored;
    }

    /// The output and the artifact of each run that has a result, as they are on the disk.
    pub(crate) fn results(&self) -> BTreeMap<u32, (Vec<u8>, String)> {
        let entries = fs::read_dir(self.path("out")).into_iter().flatten();
        let mut results = BTreeMap::new();
        for entry in entries.flatten() {
            if let Ok(result) = fs::read(entry.path().join("result.postcard")) {
                let artifact = fs::read_to_string(entry.path().join("gusts.txt"));
                let artifact = artifact.expect("what has a result has its artifact");
                let index = artifact
                    .split(' ')
                    .next()
                    .and_then(|index| index.parse().ok());
                let index = index.expect("the artifact is whole");
                let twice = results.insert(index, (output_in(&result).to_vec(), artifact));
                assert!(twice.is_none(), "run {index} has two results");
            }
        }
        results
    }

    /// Starts the program until everything is done; then once more, when there is nothing to do.
    pub(crate) fn finish(&mut self) -> Ended {
        for _ in 0..LAST_STARTS {
            let ended = end(&mut self.command(self.plan.args));
            self.look();
            if ended.code == Some(0) {
                let lines = self.lines;
                let last = end(&mut self.command(self.plan.args));
                self.look();
                assert_eq!(self.lines, lines, "nothing is left to do");
                return last;
            }
        }
        panic!("the runs do not come to an end");
    }

    /// Checks that no process and no file is left but those that belong to results.
    pub(crate) fn check_leftovers(&self) {
        let start = Instant::now();
        while !self.processes().is_empty() {
            let left = self.processes();
            assert!(start.elapsed() < PATIENCE, "processes {left:?} are left");
            thread::sleep(Duration::from_millis(10));
        }
        let mut runs = 0;
        for name in names(&self.path("out")) {
            if [".runner", ".gitignore"].contains(&name.as_str()) {
                continue;
            }
            runs += 1;
            let files = names(&self.path("out").join(&name));
            let expected = ["gusts.txt", "result.postcard", "run.json", "run.log"];
            assert!(
                files.iter().all(|file| expected.contains(&file.as_str())),
                "{name} has {files:?}"
            );
        }
        assert_eq!(runs, CONFIGS, "{:?}", names(&self.path("out")));
        let checkpoints = names(&self.path("out/.runner/checkpoints"));
        assert_eq!(checkpoints, [""; 0], "checkpoints are left");
        // A whole note is outdated, no more: nobody reads it beside a result.
        let mut failures = names(&self.path("out/.runner/failed"));
        failures.retain(|name| name.len() != 32);
        assert_eq!(failures, [""; 0], "notes of failures are half-written");
    }
}

/// Waits for the end of a program that was asked to end.
fn wait_for(child: &mut Child) {
    let start = Instant::now();
    while let Ok(None) = child.try_wait() {
        assert!(start.elapsed() < PATIENCE, "it does not end");
        thread::sleep(Duration::from_millis(1));
    }
}

/// `step 3 1`, `saved 3 1`: what, which run, which step.
fn parse(line: &str) -> Option<(&str, u32, u32)> {
    let mut words = line.split(' ');
    let what = words.next()?;
    Some((
        what,
        words.next()?.parse().ok()?,
        words.next()?.parse().ok()?,
    ))
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.collect()
}

/// The bytes of the output in a result file, see `docs/format.md`.
fn output_in(result: &[u8]) -> &[u8] {
    let number = |range: std::ops::Range<usize>| {
        let bytes = result[range].iter().rev();
        bytes.fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    let start = 108 + number(96..100);
    &result[start..start + number(100..108)]
}

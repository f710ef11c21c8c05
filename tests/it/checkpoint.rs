//! Checkpoints: a long run goes on where it was, and only from a state that is its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

use crate::program::{Ended, copy_as_another_build, end};

/// A directory in which the program `resume` works.
struct Place {
    directory: TempDir,
    program: PathBuf,
}

impl Place {
    fn new() -> Self {
        Self {
            directory: TempDir::new().expect("the temporary directory is writable"),
            program: env!("CARGO_BIN_EXE_resume").into(),
        }
    }

    fn resume(&self, variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(self.path())
            .env("NO_COLOR", "1")
            .env("RESUME_LOG", self.log())
            .env_remove("RUST_BACKTRACE")
            .envs(variables.iter().copied())
            .stdin(Stdio::null());
        command
    }

    fn end(&self, variables: &[(&str, &str)], args: &[&str]) -> Ended {
        end(self.resume(variables).args(args))
    }

    /// Lets the run fail before this step, with a checkpoint of the one before.
    fn fail_at(&self, step: u32) -> Ended {
        let ended = self.end(&[("RESUME_FAIL_AT", &step.to_string())], &[]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        ended
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn log(&self) -> PathBuf {
        self.path().join("log")
    }

    /// The steps that were done since the last call.
    fn steps(&self) -> Vec<u32> {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let _ = fs::remove_file(self.log());
        log.lines()
            .map(|line| line.parse().expect("the log has numbers"))
            .collect()
    }

    /// What is in the directory of checkpoints.
    fn checkpoints(&self) -> Vec<PathBuf> {
        fs::read_dir(self.path().join("out/.runner/checkpoints"))
            .map(|entries| {
                entries
                    .map(|entry| entry.expect("entries can be read").path())
                    .collect()
            })
            .unwrap_or_default()
    }

    fn checkpoint(&self) -> PathBuf {
        let checkpoints = self.checkpoints();
        assert_eq!(checkpoints.len(), 1, "{checkpoints:?}");
        checkpoints[0].clone()
    }
}

#[test]
fn a_run_that_is_killed_again_and_again_comes_to_the_same_end() {
    const STEPS: u32 = 400;
    let (place, undisturbed) = (Place::new(), Place::new());
    let variables = [("RESUME_STEPS", "400"), ("RESUME_SLEEP_MS", "2")];
    let mut random = SystemTime::UNIX_EPOCH
        .elapsed()
        .expect("it is after 1970")
        .subsec_nanos();
    let mut kills = 0;
    while kills < 20 {
        let mut child = place
            .resume(&variables)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program can be started");
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        thread::sleep(Duration::from_millis((10 + (random >> 16) % 50).into()));
        if child.try_wait().expect("it can be waited for").is_some() {
            break;
        }
        child.kill().expect("it can be killed");
        child.wait().expect("it can be waited for");
        kills += 1;
    }
    let ended = place.end(&variables, &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.stderr.contains("note"), "{}", ended.stderr);
    let expected = undisturbed.end(&variables, &[]);
    assert_eq!(ended.stdout, expected.stdout);
    let steps = place.steps();
    assert!(steps.len() >= STEPS as usize);
    // A kill costs the step that was being done.
    assert!(
        steps.len() <= STEPS as usize + kills,
        "{} steps with {kills} kills",
        steps.len()
    );
    assert!(kills >= 10, "only {kills} kills: the run is too short");
    assert!(place.checkpoints().is_empty());
}

#[test]
fn a_failed_run_goes_on_where_it_was() {
    let place = Place::new();
    place.fail_at(4);
    assert_eq!(place.steps(), [0, 1, 2, 3]);
    let ended = place.end(&[], &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(place.steps(), [4, 5, 6, 7, 8, 9]);
    assert!(!ended.stderr.contains("note"), "{}", ended.stderr);
    assert!(place.checkpoints().is_empty());
}

#[test]
fn a_run_in_a_process_of_its_own_goes_on_where_it_was() {
    let place = Place::new();
    let failed = place.end(&[("RESUME_FAIL_AT", "4")], &["--isolate"]);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert_eq!(place.steps(), [0, 1, 2, 3]);
    // Whether it has a process of its own is nothing to the checkpoint.
    let failed = place.end(&[("RESUME_FAIL_AT", "6")], &[]);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert_eq!(place.steps(), [4, 5]);
    let ended = place.end(&[], &["--isolate"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(place.steps(), [6, 7, 8, 9]);
    assert!(!ended.stderr.contains("walk: "), "{}", ended.stderr);
    assert!(place.checkpoints().is_empty());

    // A rerun does not go on from what an earlier one left.
    let failed = place.end(&[("RESUME_FAIL_AT", "6")], &["--rerun", "--isolate"]);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    place.checkpoint();
    place.steps();
    let rerun = place.end(&[], &["--rerun", "--isolate"]);
    assert_eq!(place.steps(), (0..10).collect::<Vec<u32>>());
    assert_eq!(rerun.stdout, ended.stdout);
    assert!(place.checkpoints().is_empty());
}

#[test]
fn a_run_in_a_process_of_its_own_says_why_it_starts_again() {
    let place = Place::new();
    place.fail_at(4);
    place.steps();
    let ended = place.end(&[("RESUME_THREADS", "2")], &["--isolate"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(place.steps(), (0..10).collect::<Vec<u32>>());
    let expected = "walk: starts from the beginning, as its checkpoint is that of another config: ";
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
}

/// The run starts from the beginning, and says why.
fn check_ignored(place: &Place, variables: &[(&str, &str)], reason: &str) {
    place.steps();
    let ended = place.end(variables, &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(place.steps(), (0..10).collect::<Vec<u32>>());
    let expected = format!("walk: starts from the beginning, as its checkpoint {reason}");
    assert!(ended.stderr.contains(&expected), "{}", ended.stderr);
    assert!(place.checkpoints().is_empty());
}

#[test]
fn a_state_of_another_type_is_not_used() {
    let place = Place::new();
    place.fail_at(4);
    check_ignored(
        &place,
        &[("RESUME_STATE", "renamed")],
        "holds a state of another type (it comes back as another value)",
    );
}

#[test]
fn a_damaged_checkpoint_is_not_used() {
    for damage in [
        |bytes: &mut Vec<u8>| bytes.truncate(70),
        |bytes: &mut Vec<u8>| bytes[100] ^= 1,
        |bytes: &mut Vec<u8>| bytes.clear(),
    ] {
        let place = Place::new();
        place.fail_at(4);
        let path = place.checkpoint();
        let mut bytes = fs::read(&path).expect("it can be read");
        damage(&mut bytes);
        fs::write(&path, bytes).expect("it can be written");
        check_ignored(&place, &[], "is damaged (it");
    }
}

#[test]
fn another_value_outside_the_key_is_another_config() {
    let place = Place::new();
    place.fail_at(4);
    check_ignored(
        &place,
        &[("RESUME_THREADS", "2")],
        "is that of another config: a field that is left out of the key has another value",
    );
}

#[test]
fn another_build_goes_on_with_a_warning() {
    let mut place = Place::new();
    place.fail_at(4);
    place.steps();
    let rebuilt = place.path().join("rebuilt");
    copy_as_another_build(&place.program, &rebuilt);
    place.program = rebuilt;
    let ended = place.end(&[], &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(place.steps(), [4, 5, 6, 7, 8, 9]);
    let expected = "walk: goes on from a checkpoint that another build of the program saved at 2";
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
}

#[test]
fn a_rerun_starts_from_the_beginning() {
    let place = Place::new();
    place.fail_at(4);
    place.steps();
    // Nothing to replace, but asked for.
    let again = place.end(&[("RESUME_FAIL_AT", "2")], &["--rerun"]);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert_eq!(place.steps(), [0, 1]);
    let first = place.end(&[], &[]);
    assert_eq!(place.steps(), (2..10).collect::<Vec<u32>>());
    // A rerun that fails leaves a checkpoint, and the old result; the next one does not go on from it.
    let failed = place.end(&[("RESUME_FAIL_AT", "6")], &["--rerun"]);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    place.checkpoint();
    assert_eq!(place.end(&[], &["--report"]).stdout, first.stdout);
    place.steps();
    let rerun = place.end(&[], &["--rerun"]);
    assert_eq!(place.steps(), (0..10).collect::<Vec<u32>>());
    assert_eq!(rerun.stdout, first.stdout);
    assert!(place.checkpoints().is_empty());
}

#[test]
fn a_state_that_is_not_kept_whole_is_refused_at_once() {
    let place = Place::new();
    let ended = place.end(&[("RESUME_STATE", "lossy")], &[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(place.steps(), [0]);
    for expected in [
        "the checkpoint does not survive being stored",
        "field `place` comes back as another value",
    ] {
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    }
    assert!(place.checkpoints().is_empty());
}

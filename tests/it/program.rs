//! [`Session`]: a test program in a directory of its own, and what it prints there.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fmt, fs,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use expect_test::Expect;
use tempfile::TempDir;

pub(crate) const SAMPLE: &str = env!("CARGO_BIN_EXE_sample");

/// How long a program may take that is waited for, on a machine with other work to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// A user with few rights on most systems.
const NOBODY: u32 = 65_534;

/// A program, a directory to start it in, and the variables it is given.
pub(crate) struct Session {
    directory: TempDir,
    program: &'static str,
    variables: BTreeMap<String, String>,
    /// The user who starts the program, if it is another one.
    user: Option<u32>,
}

impl Session {
    pub(crate) fn new(program: &'static str) -> Self {
        // Where there is a file system in memory, nobody waits for a disk.
        let memory = Path::new("/dev/shm");
        let directory = if memory.is_dir() {
            TempDir::new_in(memory)
        } else {
            TempDir::new()
        };
        let directory = directory.expect("a directory can be made");
        let session = Self {
            directory,
            program,
            variables: BTreeMap::new(),
            user: None,
        };
        let log = session.path("log");
        session.with("SAMPLE_LOG", log.display())
    }

    /// A session of `sample` with so many configs.
    pub(crate) fn sample(configs: usize) -> Self {
        Self::new(SAMPLE).with("SAMPLE_CONFIGS", configs)
    }

    pub(crate) fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.set(name, value);
        self
    }

    pub(crate) fn set(&mut self, name: &str, value: impl fmt::Display) {
        self.variables.insert(name.to_owned(), value.to_string());
    }

    /// Goes on with another program in the same directory, given these variables alone.
    pub(crate) fn switch(&mut self, program: &'static str, variables: &[(&str, &str)]) {
        self.program = program;
        self.variables.clear();
        for log in ["SAMPLE_LOG", "RESUME_LOG"] {
            self.set(log, self.path("log").display());
        }
        for (name, value) in variables {
            self.set(name, value);
        }
    }

    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.directory.path().join(inside)
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = match self.user {
            None => Command::new(self.program),
            Some(user) => {
                let mut command = Command::new(self.path("program"));
                command.arg0(self.program).uid(user).gid(user);
                command
            }
        };
        command
            .args(args)
            .current_dir(self.directory.path())
            .env_remove("RUST_BACKTRACE")
            .env_remove("RUST_LIB_BACKTRACE")
            .env("NO_COLOR", "1")
            .envs(&self.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Lets another user than root start the program, whom permissions bind; `number` tells such users apart. False if this user
    /// is not root and cannot do that.
    pub(crate) fn become_user(&mut self, number: u32) -> bool {
        if !nix::unistd::geteuid().is_root() {
            return number == 0;
        }
        let program = self.path("program");
        if !program.exists() {
            // It may be where only root can go.
            // By another process: a program that is being written cannot be started, nor by a test that forks meanwhile.
            let copied = Command::new("cp").arg(self.program).arg(&program).status();
            assert!(copied.is_ok_and(|status| status.success()), "it is copied");
            let everyone = fs::Permissions::from_mode(0o777);
            let directory = self.directory.path();
            fs::set_permissions(directory, everyone).expect("the directory is ours");
        }
        self.user = Some(NOBODY - number);
        true
    }

    /// Starts the program and waits for its end.
    pub(crate) fn start(&self, args: &[&str]) -> Ended {
        self.end(self.spawn(args))
    }

    /// Starts the program once more and compares all that it prints.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "`expect!` is written where it is used"
    )]
    pub(crate) fn check(&self, args: &[&str], expected: Expect) {
        expected.assert_eq(&self.start(args).to_string());
    }

    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        self.command(args)
            .spawn()
            .expect("the program can be started")
    }

    /// Waits for the end of a program of this session.
    pub(crate) fn end(&self, child: Child) -> Ended {
        let output = child
            .wait_with_output()
            .expect("the program can be waited for");
        self.ended(&output)
    }

    pub(crate) fn ended(&self, output: &Output) -> Ended {
        let text = |bytes: &[u8]| {
            let directory = self.directory.path().to_string_lossy();
            let program_name = Path::new(self.program).file_name().and_then(OsStr::to_str);
            let text = String::from_utf8_lossy(bytes)
                .replace(self.program, program_name.unwrap_or_default())
                .replace(&*directory, "DIR");
            redacted(&text)
        };
        Ended {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// The runs that were really done since this was last asked, sorted.
    pub(crate) fn ran(&self) -> Vec<String> {
        let log = self.path("log");
        let text = fs::read_to_string(&log).unwrap_or_default();
        let _ = fs::remove_file(&log);
        let mut runs: Vec<String> = text.lines().map(str::to_owned).collect();
        runs.sort_by_key(|run| (run.parse::<u64>().ok(), run.clone()));
        runs
    }

    /// Waits until `is_so`.
    pub(crate) fn wait_until(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The names in `out/`, sorted, without what belongs to no run.
    pub(crate) fn directories(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path("out"))
            .expect("there is an output directory")
            .map(|entry| entry.expect("entries can be read").file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .filter(|name| name != ".runner" && name != ".gitignore")
            .collect();
        names.sort();
        names
    }

    /// The directories of the run whose label or key has this text, as `--list` knows it.
    pub(crate) fn out_dir(&self, label: &str) -> PathBuf {
        let listed = self.start(&["--list", "--format", "json"]);
        let runs: serde_json::Value = serde_json::from_str(&listed.stdout).expect("it is JSON");
        let run = runs.as_array().into_iter().flatten();
        let mut found = run.filter(|run| run["label"] == label);
        let run = found
            .next()
            .unwrap_or_else(|| panic!("no run is called {label}"));
        self.path(run["out_dir"].as_str().expect("it is text"))
    }

    /// Everything below the session's directory: paths with kind, length, time of change and content.
    pub(crate) fn tree(&self) -> BTreeMap<PathBuf, String> {
        let mut tree = BTreeMap::new();
        let mut pending = vec![self.directory.path().to_owned()];
        while let Some(path) = pending.pop() {
            let facts = fs::symlink_metadata(&path).expect("what is listed is there");
            let changed = facts.modified().expect("times of change are known");
            let content = if facts.is_dir() {
                let entries = fs::read_dir(&path).expect("directories can be listed");
                pending.extend(entries.map(|entry| entry.expect("entries can be read").path()));
                "directory".to_owned()
            } else {
                format!("{:?}", fs::read(&path).expect("files can be read"))
            };
            tree.insert(path, format!("{changed:?} {content}"));
        }
        tree
    }
}

/// What a program printed and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The number of runs that the totals, `3 runs: 1 cached, 2 done in TIME`, have of each outcome.
    pub(crate) fn totals(&self) -> &str {
        let line = self.stderr.lines().last().unwrap_or_default();
        let counts = line.split_once(": ").map_or(line, |(_, counts)| counts);
        counts.strip_suffix(" in TIME").unwrap_or(counts)
    }
}

/// All that a program printed, for comparing.
impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stdout)?;
        if !self.stderr.is_empty() {
            write!(f, "--- stderr\n{}", self.stderr)?;
        }
        match self.code {
            Some(0) => Ok(()),
            Some(code) => writeln!(f, "--- exit code {code}"),
            None => writeln!(f, "--- killed"),
        }
    }
}

/// The text with `TIME` in place of durations, however they were aligned, and without line numbers of sources.
fn redacted(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let (before, number_on) = rest.split_at(start);
        let length = number_on
            .find(|character: char| !character.is_ascii_digit() && character != '.')
            .unwrap_or(number_on.len());
        let (number, after) = number_on.split_at(length);
        let unit = [" µs", " ms", " s"].into_iter().find(|unit| {
            after
                .strip_prefix(unit)
                .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        });
        redacted.push_str(before);
        if let Some(unit) = unit {
            while redacted.ends_with("  ") {
                redacted.pop();
            }
            redacted.push_str("TIME");
            rest = &after[unit.len()..];
        } else if redacted.ends_with(".rs:") {
            redacted.push_str("LINE");
            rest = after.trim_start_matches(|character: char| {
                character == ':' || character.is_ascii_digit()
            });
        } else {
            redacted.push_str(number);
            rest = after;
        }
    }
    redacted + rest
}

/// Copies a program.
///
/// A process of its own writes the copy: if this one did, a child that another test starts meanwhile would inherit the open file,
/// and the copy could not be started until that child has closed it.
pub(crate) fn copy_program(from: &Path, to: &Path) {
    shell("cp \"$0\" \"$1\"", from, to);
}

/// Copies a program so that it passes for another build of it: loaders ignore what follows the last section.
pub(crate) fn copy_as_another_build(from: &Path, to: &Path) {
    shell("cp \"$0\" \"$1\" && printf '\\0' >> \"$1\"", from, to);
}

fn shell(script: &str, from: &Path, to: &Path) {
    let mut command = Command::new("sh");
    let status = command.args(["-c", script]).args([from, to]).status();
    assert!(status.expect("there is a shell").success());
}

/// The program `sample`, ready to be given arguments, working in `directory`; for tests with several directories.
pub(crate) fn sample(directory: &Path) -> Command {
    let mut command = Command::new(SAMPLE);
    command
        .current_dir(directory)
        .env_remove("RUST_BACKTRACE")
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn end(command: &mut Command) -> Ended {
    let output = command.output().expect("the program can be started");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

//! The time to build a program beside a hand-written cache loop: from scratch, and after an edit, in release mode.
//!
//! `cargo bench --bench building` prints a table; `-- --rounds 1` makes it quicker. The contestants take turns within
//! each round, and the numbers are medians. They are packages of their own, as a user's is, with the versions of this
//! workspace's lock file:
//!
//! - `hand-written`: postcard, XXH3, `serde_derive` and `std::fs` in 50 lines;
//! - `dependencies`: an empty `main` with the crates that this library needs and no code of its own: the lower limit of
//!   a build with these crates;
//! - `type check`: `cargo check` of the quickstart, which makes no code at all;
//! - `quickstart`: the example of that name.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};

const HAND_WRITTEN: &str = r#"
use std::{fs, path::Path, sync::atomic::{AtomicUsize, Ordering}, thread};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

#[derive(Serialize, Deserialize)]
struct Setting { name: String, seed: u64, samples: u32 }

#[derive(Serialize, Deserialize)]
struct Estimate { pi: f64, error: f64 }

fn work(setting: &Setting) -> Estimate {
    let pi = f64::from(setting.samples) / (setting.seed as f64 + 1.0);
    Estimate { pi, error: (pi - std::f64::consts::PI).abs() }
}

fn cached(setting: &Setting) -> anyhow::Result<Estimate> {
    let hash = XxHash3_128::oneshot(&postcard::to_stdvec(setting)?);
    let directory = Path::new("out").join(format!("{}-{hash:032x}", setting.name));
    let file = directory.join("result.postcard");
    if let Ok(bytes) = fs::read(&file) {
        return Ok(postcard::from_bytes(&bytes)?);
    }
    let estimate = work(setting);
    fs::create_dir_all(&directory)?;
    let temporary = directory.join("result.tmp");
    fs::write(&temporary, postcard::to_stdvec(&estimate)?)?;
    fs::rename(temporary, file)?;
    Ok(estimate)
}

fn main() {
    let settings: Vec<_> = (0..100).map(|seed| Setting { name: "pi".to_owned(), seed, samples: 1000 }).collect();
    let next = AtomicUsize::new(0);
    let work = || while let Some(setting) = settings.get(next.fetch_add(1, Ordering::Relaxed)) {
        match cached(setting) {
            Ok(estimate) => println!("{} {} {}", setting.seed, estimate.pi, estimate.error),
            Err(error) => eprintln!("{error:#}"),
        }
    };
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(work);
        }
    });
}
"#;

/// The dependencies of a package in its manifest, but for those on other packages of the workspace.
const HAND_WRITTEN_NEEDS: [&str; 4] = ["anyhow", "postcard", "serde", "twox-hash"];

/// A package to build, and how.
struct Contestant {
    name: &'static str,
    directory: PathBuf,
    /// The verb of cargo.
    verb: &'static str,
    whole: Vec<Duration>,
    after_an_edit: Vec<Duration>,
}

fn main() -> ExitCode {
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let rounds = match (args.next().as_deref(), args.next()) {
        (None, _) => 3,
        (Some("--rounds"), Some(rounds)) => rounds.parse()?,
        _ => anyhow::bail!("there is only `--rounds N`"),
    };
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = std::env::temp_dir().join(format!("runner-building-{}", std::process::id()));
    let mut contestants = contestants(project, &root)?;
    for contestant in &contestants {
        // Downloads are not part of a build.
        contestant.cargo(&["fetch"])?;
    }
    for _ in 0..rounds {
        for contestant in &mut contestants {
            contestant.take_turn()?;
        }
    }
    let base = median(&mut contestants[0].whole).as_secs_f64();
    println!("                from scratch             after an edit");
    for contestant in &mut contestants {
        let whole = median(&mut contestant.whole).as_secs_f64();
        let edit = median(&mut contestant.after_an_edit).as_secs_f64();
        let ratio = whole / base;
        println!(
            "{:14}  {whole:6.1} s  {ratio:5.2}  {edit:12.2} s",
            contestant.name
        );
    }
    fs::remove_dir_all(&root).context("cannot remove the packages")
}

fn contestants(project: &Path, root: &Path) -> anyhow::Result<Vec<Contestant>> {
    let workspace = fs::read_to_string(project.join("Cargo.toml"))?;
    let core = fs::read_to_string(project.join("runner-core/Cargo.toml"))?;
    let quickstart = fs::read_to_string(project.join("examples/quickstart.rs"))?;
    let versions = section(&workspace, "[workspace.dependencies]");
    let needs = |wanted: &dyn Fn(&str) -> bool| -> String {
        let lines = versions.iter().copied();
        let lines: Vec<&str> = lines.filter(|line| wanted(name_of(line))).collect();
        lines.join("\n") + "\n"
    };
    let of_core: Vec<&str> = section(&core, "[dependencies]")
        .into_iter()
        .map(name_of)
        .collect();
    let of_user = format!(
        "runner = {{ path = \"{}\" }}\n{}",
        project.display(),
        needs(&|name| ["anyhow", "serde"].contains(&name))
    );
    let packages = [
        (
            "hand-written",
            "build",
            needs(&|name| HAND_WRITTEN_NEEDS.contains(&name)),
            HAND_WRITTEN,
        ),
        (
            "dependencies",
            "build",
            needs(&|name| of_core.contains(&name)),
            "fn main() {}\n",
        ),
        ("type check", "check", of_user.clone(), &quickstart),
        ("quickstart", "build", of_user, &quickstart),
    ];
    let made = packages.into_iter().map(|(name, verb, needs, main)| {
        let directory = root.join(name.replace(' ', "-"));
        fs::create_dir_all(directory.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"contestant\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{needs}"
        );
        fs::write(directory.join("Cargo.toml"), manifest)?;
        fs::write(directory.join("src/main.rs"), main)?;
        fs::copy(project.join("Cargo.lock"), directory.join("Cargo.lock"))?;
        Ok(Contestant {
            name,
            directory,
            verb,
            whole: Vec::new(),
            after_an_edit: Vec::new(),
        })
    });
    made.collect()
}

impl Contestant {
    fn take_turn(&mut self) -> anyhow::Result<()> {
        let target = self.directory.join("target");
        if target.exists() {
            fs::remove_dir_all(&target)?;
        }
        let whole = self.build()?;
        self.whole.push(whole);
        let main = self.directory.join("src/main.rs");
        let text = fs::read_to_string(&main)?;
        fs::write(&main, text + "// An edit.\n")?;
        let after_an_edit = self.build()?;
        self.after_an_edit.push(after_an_edit);
        Ok(())
    }

    fn build(&self) -> anyhow::Result<Duration> {
        let start = Instant::now();
        self.cargo(&[self.verb, "--release"])?;
        Ok(start.elapsed())
    }

    fn cargo(&self, args: &[&str]) -> anyhow::Result<()> {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(args)
            .arg("--quiet")
            .current_dir(&self.directory)
            .env_remove("CARGO_TARGET_DIR")
            .stdout(Stdio::null());
        let status = command.status()?;
        ensure!(status.success(), "{} cannot be built: {status}", self.name);
        Ok(())
    }
}

/// The lines below a heading of a manifest.
fn section<'a>(manifest: &'a str, heading: &str) -> Vec<&'a str> {
    let lines = manifest.lines().skip_while(|line| *line != heading).skip(1);
    lines.take_while(|line| !line.is_empty()).collect()
}

/// The name of the dependency in a line of a manifest.
fn name_of(line: &str) -> &str {
    line.split([' ', '.', '=']).next().unwrap_or_default()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

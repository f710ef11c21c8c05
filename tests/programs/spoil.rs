//! An experiment of three runs, of which the second does what no run should; `SPOIL` says what. `SPOIL_SLEEP_MS` makes it
//! long, `SPOIL_OTHERS_MS` the others; `SPOIL_CONFIGS` is the number of runs, if there are more.

use std::{
    fmt, fs, io,
    os::unix::fs::{PermissionsExt, symlink},
    process::ExitCode,
    thread,
    time::Duration,
};

use nix::{
    sys::{
        resource::{Resource, getrlimit, setrlimit},
        signal::{Signal, kill},
    },
    unistd::Pid,
};
use runner::{Config, Context, Experiment};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Setting {
    number: u32,
}

struct Spoil;

/// An error that cannot be shown.
#[derive(Debug)]
struct Mute {
    panics: bool,
}

impl fmt::Display for Mute {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        assert!(!self.panics, "it does not say");
        Err(fmt::Error)
    }
}

impl std::error::Error for Mute {}

/// An error, or what a panic carries, that panics again when it is dropped.
#[derive(Debug)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bomb")
    }
}

impl std::error::Error for Bomb {}

fn number_in(variable: &str) -> u32 {
    let text = std::env::var(variable).unwrap_or_default();
    text.parse().unwrap_or_default()
}

fn spoil(context: &Context) -> anyhow::Result<()> {
    let directory = context.out_dir();
    match std::env::var("SPOIL").unwrap_or_default().as_str() {
        "removed" => fs::remove_dir_all(directory)?,
        "renamed" => fs::rename(directory, directory.with_file_name("elsewhere"))?,
        "file" => {
            fs::remove_dir_all(directory)?;
            fs::write(directory, "")?;
        }
        "result" => fs::create_dir_all(directory.join("result.postcard/inside"))?,
        "partial" => symlink("nowhere", directory.join(".result.postcard.partial"))?,
        "run_json" => fs::create_dir(directory.join("run.json"))?,
        "protected" => {
            let inside = directory.join("inside");
            fs::create_dir(&inside)?;
            fs::write(inside.join("weights"), "1")?;
            for directory in [&*inside, directory] {
                fs::set_permissions(directory, fs::Permissions::from_mode(0o555))?;
            }
        }
        "descriptors" => loop {
            std::mem::forget(fs::File::open("/dev/null")?);
        },
        "limits" => {
            let (_, limit_max) = getrlimit(Resource::RLIMIT_NOFILE)?;
            setrlimit(Resource::RLIMIT_NOFILE, 3, limit_max)?;
            fs::File::open("/dev/null")?;
        }
        "file-size" => {
            let (_, limit_max) = getrlimit(Resource::RLIMIT_FSIZE)?;
            setrlimit(Resource::RLIMIT_FSIZE, 0, limit_max)?;
            fs::write(directory.join("weights"), "1")?;
        }
        "exit-elsewhere" => drop(thread::spawn(|| std::process::exit(0)).join()),
        "abort" => std::process::abort(),
        "kill" => kill(Pid::this(), Signal::SIGKILL)?,
        "nothing" => {}
        "mute" => return Err(Mute { panics: false }.into()),
        "panicking" => return Err(Mute { panics: true }.into()),
        "bomb" => return Err(Bomb.into()),
        "payload" => std::panic::panic_any(Bomb),
        other => return Err(io::Error::other(format!("SPOIL={other} is not known")).into()),
    }
    Ok(())
}

impl Experiment for Spoil {
    type Config = Setting;
    type Output = u32;

    fn name() -> &'static str {
        "spoil"
    }

    fn configs() -> Vec<Setting> {
        let count = number_in("SPOIL_CONFIGS").max(3);
        (1..=count).map(|number| Setting { number }).collect()
    }

    fn run(config: &Setting, context: &Context) -> anyhow::Result<u32> {
        if config.number == 2 {
            thread::sleep(Duration::from_millis(number_in("SPOIL_SLEEP_MS").into()));
            spoil(context)?;
        } else {
            thread::sleep(Duration::from_millis(number_in("SPOIL_OTHERS_MS").into()));
        }
        Ok(config.number)
    }
}

fn main() -> ExitCode {
    runner::main::<Spoil>()
}

//! A process that a run leaves behind: out of reach, with what the run printed to kept open, or with the locks of a killed program.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    process::{none_is_left_in, working_in},
    program::Session,
};

#[test]
fn nobody_waits_for_what_keeps_the_output_open() {
    // Long enough to outlive the program on any machine.
    let session = Session::sample(4).with("SAMPLE_LEAVE", 600);
    let ended = session.start(&["--isolate"]);
    let left = working_in(&session.path("."));
    for pid in &left {
        kill(Pid::from_raw(*pid), Signal::SIGKILL).expect("it is this user's");
    }
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(ended.stdout, "even 0 0\nodd 1 1\neven 2 4\nodd 3 9\n");
    assert_eq!(left.len(), 4, "they outlive the program");
    none_is_left_in(&session.path("."));
}

#[cfg(target_os = "linux")]
mod left_locks {
    use std::{
        fs::{self, File},
        process::{Child, Command, Stdio},
    };

    use nix::{
        fcntl::{FcntlArg, fcntl},
        libc::{self, flock},
    };

    use twox_hash::XxHash3_128;

    use crate::program::Session;

    /// The bytes of the lock file from here on are for processes.
    const PROCESS_BYTES: u64 = 1 << 62;

    /// The number behind `"field":` in the only note of a process.
    fn noted(note: &str, field: &str) -> String {
        let (_, rest) = note
            .split_once(&format!("\"{field}\":"))
            .expect("it is noted");
        let end = rest.find([',', '}']).expect("it ends");
        rest[..end].to_owned()
    }

    fn names(session: &Session, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(session.path(directory)).expect("it is there");
        let entries = entries.map(|entry| entry.expect("it can be read").file_name());
        entries
            .map(|name| name.to_string_lossy().into_owned())
            .collect()
    }

    fn hex(text: &str) -> u64 {
        u64::from_str_radix(text, 16).expect("it is a number")
    }

    /// A program that is busy with its only run, killed, and a child that keeps its locks, with the number of the killed program.
    /// A run that is `short` is not noted.
    fn orphaned(session: &mut Session, is_short: bool, args: &[&str]) -> (Child, String) {
        session.set("SAMPLE_SLEEP_MS", 600_000);
        let mut killed = session.spawn(args);
        session.wait_until("it is known who runs it", |session| {
            session.start(&["--list"]).stdout.contains("process ")
        });
        session.set("SAMPLE_SLEEP_MS", 0);
        let runs = names(session, "out");
        let run = runs.iter().find_map(|name| Some(name.rsplit_once('-')?.1));
        let processes = names(session, "out/.runner/processes");
        let note = session.path("out/.runner/processes").join(&processes[0]);
        let text = fs::read_to_string(&note).expect("it is text");
        killed.kill().expect("it is ours");
        session.end(killed);
        if is_short {
            let (first, _) = text.split_once('\n').expect("the process is noted first");
            fs::write(&note, format!("{first}\n")).expect("it can be written");
        }
        let mut bytes = vec![
            hex(run.expect("it has a directory")) % PROCESS_BYTES,
            PROCESS_BYTES | (hex(&processes[0]) >> 2),
        ];
        if args.contains(&"--share-slots") {
            bytes.push(derived_byte(
                "slot 0",
                hex(noted(&text, "machine").trim_matches('"')),
            ));
        }
        // As a child has them that a run forked: they belong to the open file, which the killed program has no more.
        let locks = File::options()
            .write(true)
            .open(session.path("out/.runner/locks"));
        let locks = locks.expect("it can be opened");
        for byte in bytes {
            let short = |constant| libc::c_short::try_from(constant).expect("it is small");
            let region = flock {
                l_type: short(libc::F_WRLCK),
                l_whence: short(libc::SEEK_SET),
                l_start: byte.cast_signed(),
                l_len: 1,
                l_pid: 0,
            };
            fcntl(&locks, FcntlArg::F_OFD_SETLK(&region)).expect("it is free");
        }
        let mut child = Command::new("sleep");
        child.arg("600").stdin(Stdio::from(locks));
        child.stdout(Stdio::null()).stderr(Stdio::null());
        let child = child.spawn().expect("there is `sleep`");
        (child, noted(&text, "pid"))
    }

    /// As docs/format.md says.
    fn derived_byte(what: &str, number: u64) -> u64 {
        let digest = XxHash3_128::oneshot(format!("{what} {number:016x}").as_bytes());
        PROCESS_BYTES | (u64::try_from(digest & u128::from(u64::MAX)).expect("it is half") >> 2)
    }

    fn end(mut child: Child) {
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
    }

    #[test]
    fn the_next_start_goes_on_beside_a_child_that_keeps_the_locks() {
        for (isolated, is_short) in [(&[][..], false), (&["--isolate"], false), (&[], true)] {
            let mut session = Session::sample(1);
            let (mut child, _) = orphaned(&mut session, is_short, &[]);
            session.ran();
            let ended = session.start(isolated);
            assert!(child.try_wait().expect("it is ours").is_none(), "it lives");
            assert_eq!(ended.stdout, "even 0 0\n", "{ended}");
            assert_eq!(ended.totals(), "1 run: 1 done");
            let again = session.start(&[]);
            assert_eq!(again.totals(), "1 run: 1 cached");
            end(child);
            assert_eq!(session.ran(), ["0"]);
            assert_eq!(session.start(&[]).totals(), "1 run: 1 cached");
        }
    }

    #[test]
    fn programs_that_go_on_at_once_do_the_run_once() {
        let mut session = Session::sample(1);
        let (child, _) = orphaned(&mut session, false, &[]);
        session.ran();
        session.set("SAMPLE_SLEEP_MS", 300);
        let started = [(); 4].map(|()| session.spawn(&[]));
        for program in started {
            let ended = session.end(program);
            assert_eq!(ended.stdout, "even 0 0\n", "{ended}");
        }
        assert_eq!(session.ran(), ["0"]);
        end(child);
    }

    /// What waits for a child says so, with the number of the process that left it behind.
    #[test]
    fn what_waits_for_a_child_names_the_process_that_left_it() {
        // A short run, beside another program that may have it as well; and a slot.
        for (other, args) in [(true, &[][..]), (false, &["--share-slots"])] {
            let mut session = Session::sample(1);
            let (child, pid) = orphaned(&mut session, true, args);
            let busy = other.then(|| {
                session.set("SAMPLE_CONFIGS", 2);
                session.set("SAMPLE_SLEEP_MS", 600_000);
                let busy = session.spawn(&["--where", "index=1"]);
                session.wait_until("it is busy", |session| {
                    session
                        .start(&["--list", "--where", "index=1"])
                        .stdout
                        .contains("process ")
                });
                session.set("SAMPLE_SLEEP_MS", 0);
                busy
            });
            let args = [args, &["--events", "events", "--where", "index=0"]].concat();
            let waiting = session.spawn(&args);
            session.wait_until("it says for what it waits", |session| {
                let events = fs::read_to_string(session.path("events")).unwrap_or_default();
                events.contains(&format!("process {pid} left behind, which is gone"))
            });
            end(child);
            let ended = session.end(waiting);
            assert_eq!(ended.totals(), "1 run: 1 done", "{ended}");
            if let Some(mut busy) = busy {
                busy.kill().expect("it is ours");
                session.end(busy);
            }
        }
    }
}

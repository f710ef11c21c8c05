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

    use crate::program::Session;

    /// The bytes of the lock file from here on are for processes.
    const PROCESS_BYTES: u64 = 1 << 62;

    /// A program that is busy with its only run, killed once that is known, and a child that keeps its locks.
    fn orphaned(session: &mut Session) -> Child {
        session.set("SAMPLE_SLEEP_MS", 600_000);
        let mut killed = session.spawn(&[]);
        session.wait_until("it is known who runs it", |session| {
            session.start(&["--list"]).stdout.contains("process ")
        });
        session.set("SAMPLE_SLEEP_MS", 0);
        let names = |directory: &str| -> Vec<String> {
            let entries = fs::read_dir(session.path(directory)).expect("it is there");
            let entries = entries.map(|entry| entry.expect("it can be read").file_name());
            entries
                .map(|name| name.to_string_lossy().into_owned())
                .collect()
        };
        let hex = |text: &str| u64::from_str_radix(text, 16).expect("it is a number");
        let runs = names("out");
        let run = runs.iter().find_map(|name| Some(name.rsplit_once('-')?.1));
        let processes = names("out/.runner/processes");
        let bytes = [
            hex(run.expect("it has a directory")) % PROCESS_BYTES,
            PROCESS_BYTES | (hex(&processes[0]) >> 2),
        ];
        killed.kill().expect("it is ours");
        session.end(killed);
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
        child.spawn().expect("there is `sleep`")
    }

    #[test]
    fn the_next_start_goes_on_beside_a_child_that_keeps_the_locks() {
        for isolated in [&[][..], &["--isolate"]] {
            let mut session = Session::sample(1);
            let mut child = orphaned(&mut session);
            session.ran();
            let ended = session.start(isolated);
            assert!(child.try_wait().expect("it is ours").is_none(), "it lives");
            assert_eq!(ended.stdout, "even 0 0\n", "{ended}");
            assert_eq!(ended.totals(), "1 run: 1 done");
            let again = session.start(&[]);
            assert_eq!(again.totals(), "1 run: 1 cached");
            child.kill().expect("it is ours");
            child.wait().expect("it ends");
            assert_eq!(session.ran(), ["0"]);
            assert_eq!(session.start(&[]).totals(), "1 run: 1 cached");
        }
    }

    #[test]
    fn programs_that_go_on_at_once_do_the_run_once() {
        let mut session = Session::sample(1);
        let mut child = orphaned(&mut session);
        session.ran();
        session.set("SAMPLE_SLEEP_MS", 300);
        let started = [(); 4].map(|()| session.spawn(&[]));
        for program in started {
            let ended = session.end(program);
            assert_eq!(ended.stdout, "even 0 0\n", "{ended}");
        }
        assert_eq!(session.ran(), ["0"]);
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
    }
}

//! Ctrl-C on a terminal: once, twice, three times. Nothing is left behind, the cursor is there again, and the next start goes on.

use std::{
    fs::File,
    io::Read,
    process::{Child, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use nix::{
    pty::{Winsize, openpty},
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{process::none_is_left_in, program::Session};

const PATIENCE: Duration = Duration::from_secs(30);
const REPORT: &str = "even 0 0\nodd 1 1\neven 2 4\nodd 3 9\n";

/// A program on a terminal of its own, with two runs that do not end.
struct OnTerminal {
    session: Session,
    program: Child,
    shown: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl OnTerminal {
    fn start(args: &[&str]) -> Self {
        let session = Session::sample(4).with("SAMPLE_SLEEP_MS", 60_000);
        let size = Winsize {
            ws_row: 24,
            ws_col: 100,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let terminal = openpty(&size, None).expect("there are terminals");
        let program = session
            .command(&["-j2", "--progress", "bar"])
            .args(args)
            .env("TERM", "xterm")
            .stdout(Stdio::null())
            .stderr(terminal.slave)
            .spawn()
            .expect("the program can be started");
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (master, seen) = (File::from(terminal.master), Arc::clone(&shown));
        let reader = thread::spawn(move || read(master, &seen));
        let started = Self {
            session,
            program,
            shown,
            reader,
        };
        let log = started.session.path("log");
        started.session.wait_until("two runs have begun", |_| {
            std::fs::read_to_string(&log).is_ok_and(|log| log.lines().count() == 2)
        });
        started.wait_until_shown("sample [");
        started
    }

    fn shown(&self) -> String {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&shown).into_owned()
    }

    fn wait_until_shown(&self, text: &str) {
        self.session
            .wait_until("something is shown", |_| self.shown().contains(text));
    }

    fn interrupt(&self) {
        let pid = i32::try_from(self.program.id()).expect("it is small");
        // It may have ended.
        let _ = kill(Pid::from_raw(pid), Signal::SIGINT);
    }

    /// Waits for its end, while `meanwhile` is done again and again, and checks what is left.
    fn check_end(mut self, mut meanwhile: impl FnMut(&Self)) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.program.try_wait().expect("it can be waited for") {
                break status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not end");
            meanwhile(&self);
            thread::sleep(Duration::from_millis(20));
        };
        assert_eq!(status.code(), Some(130));
        none_is_left_in(&self.session.path("."));
        let shown = self.shown();
        self.reader.join().expect("the terminal can be read");
        let hidden = shown.rfind("\x1b[?25l");
        assert!(hidden <= shown.rfind("\x1b[?25h"), "the cursor is hidden");
        let mut session = self.session;
        let listed = session.start(&["--list"]).stdout;
        assert!(listed.ends_with("\n4 runs: 4 missing\n"), "{listed}");
        session.set("SAMPLE_SLEEP_MS", 0);
        let next = session.start(&["-j2"]);
        assert_eq!((next.code, next.stdout.as_str()), (Some(0), REPORT));
    }
}

/// Reads until nobody has the other end any more.
fn read(mut master: File, shown: &Mutex<Vec<u8>>) {
    let mut chunk = [0; 4096];
    while let Ok(count @ 1..) = master.read(&mut chunk) {
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.extend_from_slice(&chunk[..count]);
    }
}

/// The first lets runs finish, which these do not; the second ends them at once.
fn check_second(args: &[&str]) {
    let program = OnTerminal::start(args);
    program.interrupt();
    program.wait_until_shown("interrupted:");
    let start = Instant::now();
    program.interrupt();
    program.check_end(|_| ());
    // Not the ten seconds of grace, which would be over by themselves.
    assert!(start.elapsed() < Duration::from_secs(9), "it took too long");
}

#[test]
fn a_second_ends_runs_at_once() {
    check_second(&[]);
}

#[test]
fn a_second_ends_processes_of_runs_at_once() {
    check_second(&["--isolate"]);
}

#[test]
fn as_many_as_it_takes_end_the_program() {
    for args in [&[][..], &["--isolate"]] {
        let program = OnTerminal::start(args);
        program.check_end(OnTerminal::interrupt);
    }
}

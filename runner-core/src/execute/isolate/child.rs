//! [`Child`]: the parent's side of one process.

use std::{
    env,
    ffi::OsString,
    io::{self, PipeReader, Read, Write},
    os::{
        fd::{AsFd, OwnedFd},
        unix::{net::UnixStream, process::CommandExt},
    },
    path::Path,
    process::{self, Command, ExitStatus},
    thread,
    time::{Duration, Instant},
};

use nix::{
    poll::PollFlags,
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};

use super::message::{self, Badge, Hello, Order, VARIABLE, Word, poll_files, program_path};
use super::worker::is_at_work;
use crate::{base::Clock, execute::machine::Gauge, store::Usage};

/// Maximum time that a child may take to end on its own once it has nothing to do.
const FAREWELL: Duration = Duration::from_secs(1);
/// Maximum time that what it left behind may take to be gone once it is killed.
const LEFT_BEHIND_MAX: Duration = Duration::from_millis(50);
/// Interval at which it is looked at meanwhile.
const FAREWELL_TICK: Duration = Duration::from_millis(5);
/// The bytes that are read at a time from a child that is to end.
const CHUNK_BYTES: usize = 4 << 10;

/// A process that does runs, one after another. Dropped, it is ended with all that it started.
#[derive(Debug)]
pub(super) struct Child {
    process: process::Child,
    /// `None` once it is closed.
    control: Option<UnixStream>,
    output: Option<PipeReader>,
    outgoing: Vec<u8>,
    incoming: Vec<u8>,
    status: Option<ExitStatus>,
    clock: Clock,
    gauge: Option<Gauge>,
    /// Whether it has come to the code of a run.
    pub(super) is_ready: bool,
    /// The processor time that it had taken when it last told.
    pub(super) cpu: Duration,
    /// Whether it ends without being told to.
    pub(super) is_leaving: bool,
    /// Whether everything is read that was printed before the last word.
    pub(super) is_quiet: bool,
}

/// Returns the arguments with which this program, started again, comes to where the calling thread is: its own, as a `main` that
/// looks at them first expects. A test is called by its name, as the process would do all other tests too.
pub(crate) fn arguments() -> Vec<OsString> {
    let thread = thread::current();
    match thread.name() {
        Some(test) if test != "main" && !is_at_work() && is_test_program() => {
            let flags = ["--exact", "--include-ignored", "--nocapture"];
            [test]
                .into_iter()
                .chain(flags)
                .map(OsString::from)
                .collect()
        }
        _ => env::args_os().skip(1).collect(),
    }
}

/// Returns whether this is a program that `cargo test` has built: only these are kept in `deps`, besides benchmarks.
fn is_test_program() -> bool {
    let path = env::current_exe().unwrap_or_default();
    let directory = path.parent().and_then(Path::file_name);
    directory.is_some_and(|name| name == "deps")
}

/// What a look at a process waits for.
#[derive(Clone, Copy, Debug)]
enum WaitFor {
    Nothing,
    End,
}

impl Child {
    /// Starts this program again, in a process group of its own.
    ///
    /// # Errors
    ///
    /// If the system gives no more processes, files or memory.
    pub(super) fn spawn(hello: &Hello, args: &[OsString], clock: &Clock) -> io::Result<Self> {
        let (control, theirs) = UnixStream::pair()?;
        let (output, printed) = io::pipe()?;
        control.set_nonblocking(true)?;
        let mut command = Command::new(program_path()?);
        if let Some(name) = env::args_os().next() {
            command.arg0(name);
        }
        command
            .args(args)
            .env(
                VARIABLE,
                Badge::of_child(&hello.experiment, &theirs)?.text(),
            )
            .process_group(0)
            .stdin(OwnedFd::from(theirs))
            .stdout(printed.try_clone()?)
            .stderr(printed);
        let mut child = Self {
            process: clock.start(|| command.spawn())?,
            control: Some(control),
            output: Some(output),
            outgoing: Vec::new(),
            incoming: Vec::new(),
            status: None,
            clock: clock.clone(),
            gauge: None,
            is_ready: false,
            cpu: Duration::ZERO,
            is_leaving: false,
            is_quiet: false,
        };
        child.say(&Order::Hello(hello.clone()), &[])?;
        Ok(child)
    }

    /// Sends an order; what does not fit into the connection follows while this child is waited for.
    pub(super) fn say(&mut self, order: &Order, attached: &[u8]) -> io::Result<()> {
        self.outgoing.extend(message::frame(order, attached)?);
        self.send();
        Ok(())
    }

    fn send(&mut self) {
        while let Some(control) = &mut self.control
            && !self.outgoing.is_empty()
        {
            match control.write(&self.outgoing) {
                Ok(count) => drop(self.outgoing.drain(..count)),
                // Tried again once the connection is ready.
                Err(error) if is_for_now(&error) => return,
                Err(_) => self.control = None,
            }
        }
    }

    /// Waits until the child says or prints something, but no longer than `timeout`. Returns how much it printed into
    /// `buffer`.
    pub(super) fn wait(&mut self, timeout: Duration, buffer: &mut [u8]) -> io::Result<usize> {
        let mut flags = PollFlags::POLLIN;
        flags.set(PollFlags::POLLOUT, !self.outgoing.is_empty());
        let control = self.control.as_ref();
        let output = self.output.as_ref();
        let [control, output] = poll_files(
            [
                control.map(|control| (control.as_fd(), flags)),
                output.map(|output| (output.as_fd(), PollFlags::POLLIN)),
            ],
            timeout,
        )?;
        let is_heard = !(control - PollFlags::POLLOUT).is_empty();
        let is_printed = !output.is_empty();
        if control.contains(PollFlags::POLLOUT) {
            self.send();
        }
        if is_heard {
            self.hear(buffer);
            // Both were looked at in this order, so that nothing was printed before the first word that was heard.
            self.is_quiet = !is_printed;
        }
        if !is_heard && !is_printed {
            // A process that it left behind may hold the connection open.
            self.look()?;
        }
        if is_printed { self.read(buffer) } else { Ok(0) }
    }

    fn hear(&mut self, buffer: &mut [u8]) {
        let Some(control) = &mut self.control else {
            return;
        };
        match control.read(buffer) {
            Ok(count @ 1..) => self.incoming.extend_from_slice(&buffer[..count]),
            Err(error) if is_for_now(&error) => {}
            Ok(0) | Err(_) => self.control = None,
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(output) = &mut self.output else {
            return Ok(0);
        };
        match output.read(buffer) {
            Ok(0) => {
                self.output = None;
                Ok(0)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            result => result,
        }
    }

    /// Waits for output only.
    pub(super) fn drain(&mut self, timeout: Duration, buffer: &mut [u8]) -> io::Result<usize> {
        let output = self.output.as_ref();
        let [output] = poll_files(
            [output.map(|output| (output.as_fd(), PollFlags::POLLIN))],
            timeout,
        )?;
        if output.is_empty() {
            return Ok(0);
        }
        self.read(buffer)
    }

    /// Takes what it said, in order, and what is attached to it.
    pub(super) fn word(&mut self) -> io::Result<Option<(Word, Vec<u8>)>> {
        let word = message::take(&mut self.incoming)?;
        // Before a second word, something may have been printed after the wait.
        self.is_quiet &= self.incoming.is_empty();
        Ok(word)
    }

    /// Returns whether it will say nothing more.
    pub(super) fn is_gone(&self) -> bool {
        self.control.is_none() || self.status.is_some()
    }

    /// Returns whether a process may still print.
    pub(super) fn prints(&self) -> bool {
        self.output.is_some()
    }

    fn look(&mut self) -> io::Result<()> {
        if self.status.is_none() && self.is_over(WaitFor::Nothing) {
            self.take_leave();
            self.status = self.process.try_wait()?;
        }
        Ok(())
    }

    /// Returns whether the process is over, without taking its exit status.
    #[cfg(target_os = "linux")]
    fn is_over(&self, patience: WaitFor) -> bool {
        use nix::{
            errno::Errno,
            sys::wait::{Id, WaitPidFlag, WaitStatus, waitid},
        };

        let Ok(process) = i32::try_from(self.process.id()) else {
            return true;
        };
        let mut flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        flags.set(WaitPidFlag::WNOHANG, matches!(patience, WaitFor::Nothing));
        loop {
            match waitid(Id::Pid(Pid::from_raw(process)), flags) {
                Err(Errno::EINTR) => {}
                status => return status != Ok(WaitStatus::StillAlive),
            }
        }
    }

    /// Returns true: on other systems, only a wait for the process tells.
    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_self, reason = "it is used on Linux")]
    fn is_over(&self, _: WaitFor) -> bool {
        true
    }

    /// Returns whether it was stopped since the last call as it, or a process in its group, used the terminal.
    #[cfg(target_os = "linux")]
    pub(super) fn is_stopped_by_terminal(&self) -> bool {
        use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};

        let Ok(process) = i32::try_from(self.process.id()) else {
            return false;
        };
        if self.status.is_some() {
            return false;
        }
        let flags = WaitPidFlag::WSTOPPED | WaitPidFlag::WNOHANG;
        matches!(
            waitid(Id::Pid(Pid::from_raw(process)), flags),
            Ok(WaitStatus::Stopped(_, Signal::SIGTTIN | Signal::SIGTTOU))
        )
    }

    /// Returns false: on other systems, this cannot be told without taking the exit status from those who wait for it.
    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_self, reason = "it is used on Linux")]
    pub(super) fn is_stopped_by_terminal(&self) -> bool {
        false
    }

    /// Measures a process that is over for the last time, while its id is not reused.
    fn take_leave(&mut self) {
        if cfg!(target_os = "linux") {
            self.measure();
            self.clock.forget(&self.process);
        }
    }

    /// Measures from outside what a run takes that starts now, as it may not come to tell.
    pub(super) fn start_gauge(&mut self) {
        self.gauge = Some(Gauge::start(self.process.id(), self.cpu));
    }

    pub(super) fn measure(&mut self) {
        if let Some(gauge) = &mut self.gauge
            && self.status.is_none()
        {
            gauge.look();
        }
    }

    /// Sends a signal to it and to all that it started.
    pub(super) fn signal(&self, signal: Signal) {
        if let Ok(group) = i32::try_from(self.process.id()) {
            // All its processes may be gone.
            let _ = killpg(Pid::from_raw(group), signal);
        }
    }

    /// Asks its run to stop, but none of the processes that it started: the run may go on to finish with their help.
    pub(super) fn ask_to_stop(&self) {
        if let Ok(process) = i32::try_from(self.process.id())
            && self.status.is_none()
        {
            let _ = kill(Pid::from_raw(process), Signal::SIGTERM);
        }
    }

    /// Gives a process whose connection is closed a moment to end on its own. Returns whether it did.
    pub(super) fn ends_soon(&mut self) -> io::Result<bool> {
        let start = Instant::now();
        loop {
            self.look()?;
            if self.status.is_some() || start.elapsed() > FAREWELL {
                return Ok(self.status.is_some());
            }
            thread::sleep(FAREWELL_TICK.min(Duration::from_micros(100) + start.elapsed()));
        }
    }

    /// Ends what is left of it. Returns how the process ended, and what its run took as far as that was seen.
    pub(super) fn end(mut self) -> (Option<ExitStatus>, Option<Usage>) {
        let status = self.end_now().ok();
        (status, self.gauge.as_ref().and_then(Gauge::usage))
    }

    fn end_now(&mut self) -> io::Result<ExitStatus> {
        self.measure();
        self.signal(Signal::SIGKILL);
        self.control = None;
        if let Some(status) = self.status {
            return Ok(status);
        }
        if self.is_over(WaitFor::End) {
            self.take_leave();
        }
        let status = self.process.wait()?;
        self.status = Some(status);
        self.wait_for_group();
        Ok(status)
    }

    /// Waits until the processes that it left behind are gone too, which are not this process's to wait for: a signal takes a moment.
    fn wait_for_group(&self) {
        let Ok(group) = i32::try_from(self.process.id()) else {
            return;
        };
        let start = Instant::now();
        // A dead process that its new parent does not wait for stays in the group.
        while killpg(Pid::from_raw(group), None).is_ok() && start.elapsed() < LEFT_BEHIND_MAX {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets a child that has nothing to do end on its own, and waits for that.
    pub(super) fn retire(mut self) {
        if !self.is_leaving && self.say(&Order::Bye, &[]).is_err() {
            return;
        }
        let start = Instant::now();
        let mut nowhere = [0; CHUNK_BYTES];
        // It has told what its run took.
        self.gauge = None;
        while !self.is_gone() && start.elapsed() < FAREWELL {
            if self.wait(FAREWELL_TICK, &mut nowhere).is_err() {
                return;
            }
        }
        // Its exit status is settled by now, so that this changes nothing for the process itself.
        drop(self);
    }
}

/// Returns whether the same call may succeed later.
fn is_for_now(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
    )
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.end_now();
        if cfg!(not(target_os = "linux")) {
            self.clock.forget(&self.process);
        }
    }
}

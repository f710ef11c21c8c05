//! What the machine has for this program, and what a run takes of it: a [`Meter`] measures that in the run's own process, a
//! [`Gauge`] from outside, for a process that dies without telling. Where there is no `/proc`, less is known.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::Path,
    sync::LazyLock,
    time::Duration,
};

use nix::{
    sys::{
        resource::{RLIM_INFINITY, Resource, UsageWho, getrlimit, getrusage},
        time::TimeValLike,
    },
    unistd::{SysconfVar, sysconf},
};

use crate::store::Usage;

/// Where control groups are found; one directory for each controller in their first version.
const CGROUPS: &str = "/sys/fs/cgroup";
/// The smallest stack of a run: what other threads of Rust have.
const STACK_BYTES_MIN: usize = 2 << 20;
/// The largest one, unless it is asked for: all its addresses are reserved, and main threads may have no limit.
const STACK_BYTES_MAX: usize = 64 << 20;
/// The number of files that a run in a process of its own may have open in the parent: its process's, those of the process that is
/// started ahead of time, and those of the store.
const FILES_A_PROCESS: usize = 12;
/// The number of files that are open anyway.
const OTHER_FILES: usize = 40;
/// More than the status of a process takes.
const STATUS_BYTES: usize = 8 << 10;

/// Returns the memory in bytes that this program and its children may take: that of the machine, or what a container or a job of a
/// cluster is limited to. As much as there can be where nothing is known.
pub(super) fn memory_bytes() -> u64 {
    let cgroups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limit = limit_bytes(&cgroups, |path| {
        fs::read_to_string(Path::new(CGROUPS).join(path)).ok()
    });
    installed_bytes().min(limit.unwrap_or(u64::MAX))
}

/// Returns the size of the stack that runs have: as `RUST_MIN_STACK` says, or else as large as the main thread's may become.
pub(crate) fn stack_bytes() -> usize {
    let asked = std::env::var("RUST_MIN_STACK").ok();
    if let Some(asked) = asked.and_then(|bytes| bytes.parse().ok()) {
        return asked;
    }
    let limit = getrlimit(Resource::RLIMIT_STACK).map_or(RLIM_INFINITY, |(limit, _)| limit);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    limit.clamp(STACK_BYTES_MIN, STACK_BYTES_MAX)
}

/// Returns the number of runs at a time for whose processes this process may have enough files open.
pub(crate) fn processes_max() -> usize {
    let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(limit, _)| limit);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    (limit.saturating_sub(OTHER_FILES) / FILES_A_PROCESS).max(1)
}

fn installed_bytes() -> u64 {
    #[cfg(target_os = "linux")]
    if let Ok(info) = nix::sys::sysinfo::sysinfo() {
        return info.ram_total();
    }
    u64::MAX
}

/// Returns the lowest memory limit of the control groups that `/proc/self/cgroup` lists and of those around them, of both versions;
/// see cgroups(7). A container may not see its own group by the name that it has outside; the root is its own then.
fn limit_bytes(cgroups: &str, read: impl Fn(&Path) -> Option<String>) -> Option<u64> {
    let of_line = |line: &str| {
        let (_, controllers_and_path) = line.split_once(':')?;
        let (controllers, path) = controllers_and_path.split_once(':')?;
        let (root, file) = if controllers.is_empty() {
            ("", "memory.max")
        } else if controllers.split(',').any(|name| name == "memory") {
            ("memory", "memory.limit_in_bytes")
        } else {
            return None;
        };
        let groups = Path::new(path.trim_start_matches('/')).ancestors();
        // Without a limit it says `max`, or in the first version a number that no machine has.
        let limits = groups.filter_map(|group| {
            let text = read(&Path::new(root).join(group).join(file))?;
            text.trim().parse::<u64>().ok()
        });
        limits.min()
    };
    cgroups.lines().filter_map(of_line).min()
}

/// The meter of a process that does one run after another.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    start: Duration,
    /// The processor time of the process when it was last measured.
    pub(super) cpu: Duration,
    /// The processor time of the processes that it had waited for then.
    helpers: Duration,
    /// The memory that the process had when this was last read, and the page faults until then; nothing before the first run is over.
    known: Option<(u64, u64)>,
    /// Whether the peak may be that of a run before.
    is_outdated: bool,
}

impl Meter {
    /// Starts to measure a run. The first one's peak of memory is that of the process.
    pub(super) fn start(&mut self) {
        if std::mem::take(&mut self.is_outdated) {
            reset_peak();
        }
        // Between two runs, it waits for no process.
        self.cpu = self.helpers + Times::of(UsageWho::RUSAGE_SELF).cpu;
        self.start = self.cpu;
    }

    /// Returns what the run took that is over.
    pub(super) fn stop(&mut self) -> Usage {
        self.helpers = Times::of(UsageWho::RUSAGE_CHILDREN).cpu;
        let times = Times::of(UsageWho::RUSAGE_SELF);
        self.cpu = self.helpers + times.cpu;
        Usage {
            cpu: self.cpu.saturating_sub(self.start),
            peak_memory_bytes: self.peak_memory(times).unwrap_or(0),
        }
    }

    /// Returns the most memory since the start; on systems without `/proc`, since the process began.
    fn peak_memory(&mut self, times: Times) -> Option<u64> {
        if !cfg!(target_os = "linux") {
            let peak = getrusage(UsageWho::RUSAGE_SELF).ok()?.max_rss();
            // Apple counts bytes, all others kilobytes.
            let unit = if cfg!(target_vendor = "apple") {
                1
            } else {
                1024
            };
            return Some(u64::try_from(peak).ok()? * unit);
        }
        // `getrusage` would include the memory of the process that started this one.
        // Reading takes longer than a short run, and without page faults, memory does not grow.
        if let Some((memory, faults)) = self.known
            && faults == times.faults
        {
            return Some(memory);
        }
        let status = own_status()?;
        let memory = memory_in(&status, "VmRSS:")?;
        self.known = Some((memory, times.faults));
        self.is_outdated = true;
        memory_in(&status, "VmHWM:")
    }
}

/// What the system counts for this process, or for those that it waited for.
#[derive(Clone, Copy, Debug, Default)]
struct Times {
    cpu: Duration,
    /// The page faults.
    faults: u64,
}

impl Times {
    fn of(who: UsageWho) -> Self {
        let Ok(usage) = getrusage(who) else {
            return Self::default();
        };
        let times = [usage.user_time(), usage.system_time()];
        let micros = times.iter().map(TimeValLike::num_microseconds).sum::<i64>();
        let faults = usage.minor_page_faults() + usage.major_page_faults();
        Self {
            cpu: Duration::from_micros(micros.try_into().unwrap_or(0)),
            faults: faults.try_into().unwrap_or(0),
        }
    }
}

/// A look at another process now and then.
#[derive(Debug)]
pub(super) struct Gauge {
    process: u32,
    /// The processor time that earlier runs took.
    before: Duration,
    usage: Option<Usage>,
}

impl Gauge {
    /// Starts to measure a run in `process`, which has taken the processor time `before` so far.
    pub(super) fn start(process: u32, before: Duration) -> Self {
        Self {
            process,
            before,
            usage: None,
        }
    }

    /// Measures what the run has taken so far. To be called while the process lives, and once more when it is over but not
    /// yet waited for: its memory is known only while it lives, its processor time until then.
    pub(super) fn look(&mut self) {
        let Some(cpu) = cpu_of(self.process) else {
            return;
        };
        let known = self.usage.map(|usage| usage.peak_memory_bytes);
        let Some(peak_memory_bytes) = peak_memory_of(self.process).or(known) else {
            // It died before anybody looked.
            return;
        };
        self.usage = Some(Usage {
            cpu: cpu.saturating_sub(self.before),
            peak_memory_bytes,
        });
    }

    pub(super) fn usage(&self) -> Option<Usage> {
        self.usage
    }
}

/// The files in which a process sees and resets its own memory. They stay open, as every run uses them, short ones too.
static STATUS: LazyLock<Option<File>> = LazyLock::new(|| File::open("/proc/self/status").ok());
static CLEAR: LazyLock<Option<File>> = LazyLock::new(|| {
    let mut options = File::options();
    options.write(true).open("/proc/self/clear_refs").ok()
});

/// Lets the peak of memory count from now on, where that is possible.
fn reset_peak() {
    if let Some(clear) = &*CLEAR {
        let _ = clear.write_at(b"5", 0);
    }
}

fn own_status() -> Option<String> {
    let mut bytes = vec![0; STATUS_BYTES];
    let length = STATUS.as_ref()?.read_at(&mut bytes, 0).ok()?;
    bytes.truncate(length);
    String::from_utf8(bytes).ok()
}

/// Returns the memory that a line of `/proc/<id>/status` tells; none once the process is over.
fn memory_in(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn peak_memory_of(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    memory_in(&status, "VmHWM:")
}

/// Returns the processor time of a process and of those that it waited for.
fn cpu_of(process: u32) -> Option<Duration> {
    let ticks = cpu_ticks(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)?;
    let per_second = u32::try_from(sysconf(SysconfVar::CLK_TCK).ok()??).ok()?;
    Some(Duration::from_secs(ticks) / per_second)
}

/// See proc(5). The name of the program, which may hold anything, is in parentheses.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(4);
    ticks.map(|field| field.parse::<u64>().ok()).sum()
}

/// Returns the signals that `/proc` names in a line such as `SigIgn`, a bit each; none where it does not tell.
pub(super) fn signals(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines().filter_map(|text| text.split_once(':'));
    let found = lines.find(|(name, _)| *name == line);
    found.map_or(0, |(_, bits)| {
        u64::from_str_radix(bits.trim(), 16).unwrap_or(0)
    })
}

/// Returns the bit of a signal among those of [`signals`].
pub(super) fn signal_bit(signal: i32) -> u64 {
    u32::try_from(signal - 1).map_or(0, |place| 1_u64.checked_shl(place).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cgroups: &str, files: &[(&str, &str)], expected: Option<u64>) {
        let read = |path: &Path| {
            let file = files.iter().find(|(name, _)| Path::new(name) == path);
            file.map(|(_, text)| (*text).to_owned())
        };
        assert_eq!(limit_bytes(cgroups, read), expected);
    }

    #[test]
    fn the_lowest_limit_around_the_program_counts() {
        let files = [
            ("system.slice/slurmstepd.scope/job_7/memory.max", "1000\n"),
            (
                "system.slice/slurmstepd.scope/job_7/step_0/memory.max",
                "max\n",
            ),
            ("system.slice/memory.max", "5000\n"),
        ];
        let group = "0::/system.slice/slurmstepd.scope/job_7/step_0\n";
        check(group, &files, Some(1000));
        check("0::/system.slice\n", &files, Some(5000));
        check("0::/user.slice\n", &files, None);
    }

    #[test]
    fn both_versions_are_understood() {
        let cgroups = "5:devices:/job\n4:cpuset,memory:/job/step\n0::/\n";
        let files = [
            ("memory/job/memory.limit_in_bytes", "2000\n"),
            ("memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("memory.max", "3000\n"),
        ];
        check(cgroups, &files, Some(2000));
        check(
            "4:memory:/elsewhere\n",
            &files,
            Some(9_223_372_036_854_771_712),
        );
    }

    #[test]
    fn without_control_groups_there_is_no_limit() {
        check("", &[], None);
        check("nonsense\n0:\n:::\n", &[], None);
    }

    #[test]
    fn this_machine_has_memory() {
        assert!(memory_bytes() > 1 << 20);
    }

    #[test]
    fn work_is_measured() {
        let mut meter = Meter::default();
        meter.start();
        let mut bytes = vec![1_u8; 64 << 20];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte ^= index.to_le_bytes()[0];
        }
        let usage = meter.stop();
        assert!(usage.cpu > Duration::from_millis(1), "{usage:?}");
        assert!(usage.peak_memory_bytes > 64 << 20, "{usage:?}");
        assert!(std::hint::black_box(bytes)[1] == 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn any_name_can_be_read_past() {
        let stat = "7 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 100 20 3 4 20 0 1 0 9";
        assert_eq!(cpu_ticks(stat), Some(127));
        assert_eq!(cpu_ticks("7 (a"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_can_be_looked_at() {
        let mut gauge = Gauge::start(std::process::id(), Duration::ZERO);
        gauge.look();
        let usage = gauge.usage().expect("it lives");
        assert!(usage.peak_memory_bytes > 1 << 20, "{usage:?}");
    }
}

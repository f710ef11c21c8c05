//! What a run takes of the machine: a [`Meter`] measures it in the run's own process, a [`Gauge`] from outside, for a process that
//! dies without telling.

use std::time::Duration;

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};

use crate::store::Usage;

/// The meter of a process that does one run after another.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    start: Duration,
    /// The processor time of the process when it was last measured.
    pub(super) cpu: Duration,
    /// The memory that the process had when this was last read, and the page faults until then.
    #[cfg(target_os = "linux")]
    known: Option<(u64, u64)>,
}

impl Meter {
    /// A run starts.
    pub(super) fn start(&mut self) {
        #[cfg(target_os = "linux")]
        own::set_peak_back();
        self.cpu = Times::now().cpu;
        self.start = self.cpu;
    }

    /// The run is over. Returns what it took.
    pub(in crate::execute) fn stop(&mut self) -> Usage {
        let times = Times::now();
        self.cpu = times.cpu;
        Usage {
            cpu: times.cpu.saturating_sub(self.start),
            peak_memory_bytes: self.peak_memory(times).unwrap_or(0),
        }
    }

    /// Returns the most memory since the start. What `getrusage` says here would include the memory of the process that
    /// started this one.
    #[cfg(target_os = "linux")]
    fn peak_memory(&mut self, times: Times) -> Option<u64> {
        // Reading takes longer than a short run, and without page faults, memory does not grow.
        if let Some((memory, faults)) = self.known
            && faults == times.faults
        {
            return Some(memory);
        }
        let status = own::status()?;
        let memory = memory_in(&status, "VmRSS:")?;
        self.known = Some((memory, times.faults));
        memory_in(&status, "VmHWM:")
    }

    /// Returns the most memory since the process began.
    #[cfg(not(target_os = "linux"))]
    fn peak_memory(&mut self, _: Times) -> Option<u64> {
        let peak = u64::try_from(getrusage(UsageWho::RUSAGE_SELF).ok()?.max_rss()).ok()?;
        // Apple counts bytes, all others kilobytes.
        Some(if cfg!(target_vendor = "apple") {
            peak
        } else {
            peak * 1024
        })
    }
}

/// What the system counts for this process and for those that it waited for.
#[derive(Clone, Copy, Debug, Default)]
struct Times {
    cpu: Duration,
    /// The page faults of this process.
    faults: u64,
}

impl Times {
    fn now() -> Self {
        let mut times = Self::default();
        for who in [UsageWho::RUSAGE_CHILDREN, UsageWho::RUSAGE_SELF] {
            let Ok(usage) = getrusage(who) else { continue };
            for time in [usage.user_time(), usage.system_time()] {
                times.cpu += Duration::from_micros(time.num_microseconds().try_into().unwrap_or(0));
            }
            let faults = usage.minor_page_faults() + usage.major_page_faults();
            times.faults = faults.try_into().unwrap_or(0);
        }
        times
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
    /// A run starts in `process`, which has taken the processor time `before` so far.
    pub(super) fn start(process: u32, before: Duration) -> Self {
        Self {
            process,
            before,
            usage: None,
        }
    }

    /// To be called while it goes on, and once more when it is over but not yet waited for: its memory is known only while
    /// it lives, its processor time until then.
    pub(super) fn look(&mut self) {
        let Some(cpu) = proc::cpu(self.process) else {
            return;
        };
        let known = self.usage.map(|usage| usage.peak_memory_bytes);
        let Some(peak_memory_bytes) = proc::peak_memory(self.process).or(known) else {
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

/// The files in which a process sees its own memory. They stay open, as they are used by every run, short ones too.
#[cfg(target_os = "linux")]
mod own {
    use std::{fs::File, os::unix::fs::FileExt, sync::LazyLock};

    /// More than a status takes.
    const STATUS_BYTES: usize = 8 << 10;

    static STATUS: LazyLock<Option<File>> = LazyLock::new(|| File::open("/proc/self/status").ok());
    static CLEAR: LazyLock<Option<File>> = LazyLock::new(|| {
        let mut options = File::options();
        options.write(true).open("/proc/self/clear_refs").ok()
    });

    /// So that each run of a process has a peak of its own.
    pub(super) fn set_peak_back() {
        if let Some(clear) = &*CLEAR {
            // Without, the peak is that of the process.
            let _ = clear.write_at(b"5", 0);
        }
    }

    pub(super) fn status() -> Option<String> {
        let mut bytes = vec![0; STATUS_BYTES];
        let length = STATUS.as_ref()?.read_at(&mut bytes, 0).ok()?;
        bytes.truncate(length);
        String::from_utf8(bytes).ok()
    }
}

/// Returns the memory that a line of `/proc/<id>/status` tells; none once the process is over.
#[cfg(target_os = "linux")]
fn memory_in(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(target_os = "linux")]
mod proc {
    use std::{fs, time::Duration};

    use nix::unistd::{SysconfVar, sysconf};

    /// The processor time of a process and of those that it waited for.
    pub(super) fn cpu(process: u32) -> Option<Duration> {
        let ticks = cpu_ticks(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)?;
        let per_second = u32::try_from(sysconf(SysconfVar::CLK_TCK).ok()??).ok()?;
        Some(Duration::from_secs(ticks) / per_second)
    }

    /// See proc(5). The name of the program, which may hold anything, is in parentheses.
    pub(super) fn cpu_ticks(stat: &str) -> Option<u64> {
        let (_, fields) = stat.rsplit_once(')')?;
        let ticks = fields.split_whitespace().skip(11).take(4);
        ticks.map(|field| field.parse::<u64>().ok()).sum()
    }

    pub(super) fn peak_memory(process: u32) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        super::memory_in(&status, "VmHWM:")
    }
}

/// Elsewhere nothing is known from outside.
#[cfg(not(target_os = "linux"))]
mod proc {
    use std::time::Duration;

    pub(super) fn cpu(_: u32) -> Option<Duration> {
        None
    }

    pub(super) fn peak_memory(_: u32) -> Option<u64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(proc::cpu_ticks(stat), Some(127));
        assert_eq!(proc::cpu_ticks("7 (a"), None);
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

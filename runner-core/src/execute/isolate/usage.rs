//! What a run takes of the machine: a [`Meter`] measures it in the run's own process, a [`Gauge`] from outside, for a process that
//! dies without telling.

use std::time::Duration;

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};

use crate::store::Usage;

/// A measurement under way.
#[derive(Debug)]
pub(crate) struct Meter {
    start: Duration,
}

impl Meter {
    pub(crate) fn start() -> Self {
        #[cfg(target_os = "linux")]
        own::set_peak_back();
        Self { start: cpu() }
    }

    pub(crate) fn stop(&self) -> Usage {
        Usage {
            cpu: cpu().saturating_sub(self.start),
            peak_memory_bytes: peak_memory().unwrap_or(0),
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

/// The processor time of this process and of those that it waited for.
pub(super) fn cpu() -> Duration {
    [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN]
        .into_iter()
        .filter_map(|who| getrusage(who).ok())
        .flat_map(|usage| [usage.user_time(), usage.system_time()])
        .filter_map(|time| u64::try_from(time.num_microseconds()).ok())
        .map(Duration::from_micros)
        .sum()
}

/// What `getrusage` says here would include the memory of the process that started this one.
#[cfg(target_os = "linux")]
fn peak_memory() -> Option<u64> {
    peak_memory_in(&own::status()?)
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

/// The most that a process has had at a time since it was last set back; nothing once it is over.
#[cfg(target_os = "linux")]
pub(super) fn peak_memory_in(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// The most since the process began.
#[cfg(not(target_os = "linux"))]
fn peak_memory() -> Option<u64> {
    let peak = u64::try_from(getrusage(UsageWho::RUSAGE_SELF).ok()?.max_rss()).ok()?;
    // Apple counts bytes, all others kilobytes.
    Some(if cfg!(target_vendor = "apple") {
        peak
    } else {
        peak * 1024
    })
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
        super::peak_memory_in(&status)
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
        let meter = Meter::start();
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

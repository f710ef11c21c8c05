//! [`Meter`]: what a run takes of the machine, measured around it in its own process.

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
}

//! [`Gauge`]: what a run takes of the machine, looked at from outside, for a process that will not tell.

use std::time::Duration;

use crate::store::Usage;

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
        crate::execute::isolate::meter::peak_memory_in(&status)
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn any_name_can_be_read_past() {
        let stat = "7 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 100 20 3 4 20 0 1 0 9";
        assert_eq!(proc::cpu_ticks(stat), Some(127));
        assert_eq!(proc::cpu_ticks("7 (a"), None);
    }

    #[test]
    fn this_process_can_be_looked_at() {
        let mut gauge = Gauge::start(std::process::id(), Duration::ZERO);
        gauge.look();
        let usage = gauge.usage().expect("it lives");
        assert!(usage.peak_memory_bytes > 1 << 20, "{usage:?}");
    }
}

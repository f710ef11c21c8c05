//! This process and this machine, as notes and names tell them apart.

use std::sync::OnceLock;

use crate::value::Digest;

/// The name of this machine.
pub(super) fn host() -> &'static str {
    static HOST: OnceLock<String> = OnceLock::new();
    HOST.get_or_init(|| {
        nix::unistd::gethostname().map_or_else(
            |_| "unknown".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
    })
}

/// The number of this process, without a system call each time.
pub(super) fn pid() -> u32 {
    static PID: OnceLock<u32> = OnceLock::new();
    *PID.get_or_init(std::process::id)
}

/// A number for this machine, or the part of it in which process numbers mean the same processes; `None` if it is unknown.
#[cfg(target_os = "linux")]
pub(super) fn machine() -> Option<u64> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let processes = std::fs::read_link("/proc/self/ns/pid").ok()?;
    let machine = Digest::of(format!("{boot} {}", processes.display()).as_bytes());
    Some(machine.low()).filter(|&machine| machine != 0)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn machine() -> Option<u64> {
    None
}

//! What the machine has.

/// The machine's memory in bytes, as far as it can be known; otherwise as much as there can be.
pub(super) fn memory_bytes() -> u64 {
    #[cfg(target_os = "linux")]
    if let Ok(info) = nix::sys::sysinfo::sysinfo() {
        return info.ram_total();
    }
    u64::MAX
}

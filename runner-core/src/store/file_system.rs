//! The properties of file systems on which results of other machines depend.

use std::os::fd::OwnedFd;

/// Returns whether only this machine changes what is on a file system, so that its names are what this machine knows.
#[cfg(target_os = "linux")]
pub(super) fn is_local(directory: &OwnedFd) -> bool {
    use nix::sys::statfs::{
        BTRFS_SUPER_MAGIC, EXT4_SUPER_MAGIC, F2FS_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC, TMPFS_MAGIC,
        XFS_SUPER_MAGIC, fstatfs,
    };
    let local = [
        BTRFS_SUPER_MAGIC,
        EXT4_SUPER_MAGIC,
        F2FS_SUPER_MAGIC,
        OVERLAYFS_SUPER_MAGIC,
        TMPFS_MAGIC,
        XFS_SUPER_MAGIC,
    ];
    fstatfs(directory).is_ok_and(|found| local.contains(&found.filesystem_type()))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_local(_: &OwnedFd) -> bool {
    false
}

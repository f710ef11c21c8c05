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

/// Returns why locks are known to be seen by this machine or this mount alone; what is not known is left to be found out.
#[cfg(target_os = "linux")]
pub(super) fn near_locks(directory: &OwnedFd) -> Option<String> {
    use std::os::fd::AsRawFd as _;

    let about = format!("/proc/self/fdinfo/{}", directory.as_raw_fd());
    let about = std::fs::read_to_string(about).ok()?;
    let mount = about
        .lines()
        .find_map(|line| line.strip_prefix("mnt_id:"))?;
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    let is_mount = |line: &&str| line.split(' ').next() == Some(mount.trim());
    let (kind, option) = near(mounts.lines().find(is_mount)?, |path| {
        std::fs::read_to_string(path).ok()
    })?;
    Some(format!(
        "its file system, {kind}, is mounted with {option}, so that other machines or mounts do not see its locks"
    ))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn near_locks(_: &OwnedFd) -> Option<String> {
    None
}

/// FUSE file systems that leave locks to the kernel, which has those of each mount apart.
#[cfg(any(target_os = "linux", test))]
const NEAR_FUSE: [&str; 7] = [
    "fuse.sshfs",
    "fuse.bindfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.gcsfuse",
    "fuse.goofys",
    "fuse.encfs",
];

/// Returns the kind of a file system in `/proc/self/mountinfo`, and what makes its locks near ones. `read` reads a file.
#[cfg(any(target_os = "linux", test))]
fn near(line: &str, read: impl Fn(&str) -> Option<String>) -> Option<(&str, String)> {
    let (before, after) = line.split_once(" - ")?;
    let (kind, after) = after.split_once(' ')?;
    let (_, of_file_system) = after.rsplit_once(' ')?;
    let of_mount = before.split(' ').nth(5)?;
    let mut options = of_mount.split(',').chain(of_file_system.split(','));
    let mut first = |names: &[&str]| {
        options
            .find(|option| names.contains(option))
            .map(str::to_owned)
    };
    let option = match kind {
        "nfs" | "nfs4" => first(&["nolock", "local_lock=all", "local_lock=posix"])?,
        "lustre" => first(&["localflock"])?,
        "ocfs2" | "gfs2" => first(&["localflocks"])?,
        "cifs" | "smb3" => first(&["nobrl"])?,
        "beegfs" => {
            let path = options.find_map(|option| option.strip_prefix("cfgFile="));
            let config = read(path.unwrap_or("/etc/beegfs/beegfs-client.conf")).unwrap_or_default();
            let is_global = config.lines().any(|line| {
                let setting = line
                    .split_once('=')
                    .map(|(name, value)| (name.trim(), value.trim()));
                setting == Some(("tuneUseGlobalFileLocks", "true"))
            });
            (!is_global).then(|| "tuneUseGlobalFileLocks = false".to_owned())?
        }
        kind if NEAR_FUSE.contains(&kind) => "no locks of its own".to_owned(),
        _ => return None,
    };
    Some((kind, option))
}

#[cfg(test)]
mod tests {
    use super::near;

    fn check(mount: &str, expected: Option<&str>) {
        let line = format!("83 27 0:52 / /data rw,relatime shared:40 - {mount}");
        let global = |path: &str| {
            (path == "/etc/global.conf")
                .then(|| "# all\ntuneUseGlobalFileLocks  = true\n".to_owned())
        };
        let found = near(&line, global).map(|(_, option)| option);
        assert_eq!(found.as_deref(), expected, "{mount}");
    }

    #[test]
    fn mount_options_tell_how_far_locks_reach() {
        check("ext4 /dev/sda1 rw", None);
        check(
            "nfs server:/data rw,vers=3,nolock,proto=tcp,local_lock=all",
            Some("nolock"),
        );
        check("nfs4 server:/data rw,vers=4.2,local_lock=none", None);
        check(
            "nfs server:/data rw,vers=3,local_lock=posix",
            Some("local_lock=posix"),
        );
        check("nfs server:/data rw,vers=3,local_lock=flock", None);
        check("lustre mgs@tcp:/fs rw,flock,lazystatfs", None);
        check("lustre mgs@tcp:/fs rw,localflock", Some("localflock"));
        let beegfs = Some("tuneUseGlobalFileLocks = false");
        check(
            "beegfs beegfs_nodev rw,cfgFile=/etc/beegfs/beegfs-client.conf",
            beegfs,
        );
        check("beegfs beegfs_nodev rw,cfgFile=/etc/global.conf", None);
        check("cifs //server/data rw,nobrl", Some("nobrl"));
        check(
            "fuse.sshfs host:/data rw,user_id=1000",
            Some("no locks of its own"),
        );
        check("fuse.glusterfs host:/data rw", None);
        check("fuse host rw", None);
    }
}

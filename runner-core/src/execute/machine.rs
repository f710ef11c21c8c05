//! What the machine has for this program.

use std::{fs, path::Path};

/// Where control groups are found; one directory for each controller in their first version.
const CGROUPS: &str = "/sys/fs/cgroup";

/// The memory in bytes that this program and its children may take: that of the machine, or what a container or a job of a
/// cluster is limited to. As much as there can be where nothing is known.
pub(super) fn memory_bytes() -> u64 {
    let cgroups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limit = limit_bytes(&cgroups, |path| {
        fs::read_to_string(Path::new(CGROUPS).join(path)).ok()
    });
    installed_bytes().min(limit.unwrap_or(u64::MAX))
}

fn installed_bytes() -> u64 {
    #[cfg(target_os = "linux")]
    if let Ok(info) = nix::sys::sysinfo::sysinfo() {
        return info.ram_total();
    }
    u64::MAX
}

/// The lowest memory limit of the control groups that `/proc/self/cgroup` lists and of those around them, of both versions;
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
}

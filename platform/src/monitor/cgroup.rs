//! The control group of this process (Linux, cgroup v2), which is what a container is to the
//! system: how much it may use, and how much it does.

use std::fs;
use std::path::{Path, PathBuf};

/// A control group; one that was not found has nothing to say.
#[derive(Debug, Default)]
pub(super) struct ControlGroup {
    /// Its folder and those around it, whose limits hold too.
    folders: Vec<PathBuf>,
}

impl ControlGroup {
    /// The group that `membership` names (proc(5), `/proc/[pid]/cgroup`) below `root`. Inside a
    /// container the name can be one that only the outside knows; the root is the group then.
    pub(super) fn find(root: &Path, membership: &Path) -> Self {
        let text = fs::read_to_string(membership).unwrap_or_default();
        let Some(name) = text.lines().find_map(|line| line.strip_prefix("0::/")) else {
            return Self::default();
        };
        // A name may have `..` in it, for a group that lies outside of what can be seen.
        let own = if name.contains("..") { root.to_owned() } else { root.join(name) };
        let around = own.ancestors().take_while(|folder| folder.starts_with(root));
        let is_group = |folder: &&Path| folder.join("cgroup.controllers").exists();
        Self { folders: around.filter(is_group).map(Path::to_owned).collect() }
    }

    /// Processors that it may use, by the tightest quota; `None` without one.
    pub(super) fn cpu_quota(&self) -> Option<f64> {
        let quota = |folder: &PathBuf| {
            let text = fs::read_to_string(folder.join("cpu.max")).ok()?;
            let (quota, period) = text.trim().split_once(' ')?;
            Some(quota.parse::<f64>().ok()? / period.parse::<f64>().ok()?)
        };
        self.folders.iter().filter_map(quota).reduce(f64::min)
    }

    /// What it uses.
    pub(super) fn samples(&self) -> Vec<(&'static str, f64)> {
        let Some(own) = self.folders.first() else { return Vec::new() };
        let cpu = fs::read_to_string(own.join("cpu.stat")).unwrap_or_default();
        let seconds = |key: &str| Some(value(&cpu, key)? / 1e6);
        let bytes = |name: &str| fs::read_to_string(own.join(name)).ok()?.trim().parse().ok();
        let samples = [
            ("cgroup_cpu_seconds_total", seconds("usage_usec")),
            ("cgroup_cpu_throttled_seconds_total", seconds("throttled_usec")),
            ("cgroup_memory_bytes", bytes("memory.current")),
            ("cgroup_memory_limit_bytes", self.memory_limit()),
        ];
        samples.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    fn memory_limit(&self) -> Option<f64> {
        let limit = |folder: &PathBuf| {
            fs::read_to_string(folder.join("memory.max")).ok()?.trim().parse::<f64>().ok()
        };
        self.folders.iter().filter_map(limit).reduce(f64::min)
    }
}

fn value(text: &str, key: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, files: &[(&str, &str)]) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("cgroup.controllers"), "cpu memory\n").unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
    }

    #[test]
    fn the_tightest_limit_around_a_group_holds_and_use_is_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("cgroup");
        let membership = folder.path().join("membership");
        fs::write(&membership, "1:cpu:/elsewhere\n0::/slice/unit\n").unwrap();
        write(&root, &[]);
        write(&root.join("slice"), &[("cpu.max", "150000 100000\n"), ("memory.max", "max\n")]);
        write(
            &root.join("slice/unit"),
            &[
                ("cpu.max", "max 100000\n"),
                ("memory.max", "1073741824\n"),
                ("memory.current", "4096\n"),
                ("cpu.stat", "usage_usec 2500000\nnr_throttled 3\nthrottled_usec 500000\n"),
            ],
        );
        let group = ControlGroup::find(&root, &membership);
        assert_eq!(group.cpu_quota(), Some(1.5));
        assert_eq!(
            group.samples(),
            [
                ("cgroup_cpu_seconds_total", 2.5),
                ("cgroup_cpu_throttled_seconds_total", 0.5),
                ("cgroup_memory_bytes", 4096.0),
                ("cgroup_memory_limit_bytes", 1_073_741_824.0),
            ]
        );
    }

    #[test]
    fn inside_a_container_the_root_is_the_group() {
        let folder = tempfile::tempdir().unwrap();
        let membership = folder.path().join("membership");
        write(folder.path(), &[("cpu.max", "50000 100000\n")]);
        for name in ["0::/", "0::/../unseen", "0::/not/mounted/here"] {
            fs::write(&membership, name).unwrap();
            let group = ControlGroup::find(folder.path(), &membership);
            assert_eq!(group.cpu_quota(), Some(0.5), "{name}");
        }
    }

    #[test]
    fn without_a_group_nothing_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let membership = folder.path().join("membership");
        for text in ["", "1:cpu:/\n", "0::/x\n"] {
            fs::write(&membership, text).unwrap();
            let group = ControlGroup::find(&folder.path().join("none"), &membership);
            assert_eq!((group.cpu_quota(), group.samples()), (None, Vec::new()));
        }
    }
}

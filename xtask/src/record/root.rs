//! The victim's file system: this machine's programs below, memory above, nothing of this machine in sight.

use super::lab::Lab;
use super::program::here;

/// Top-level folders that a Debian system has; everything else on this machine stays out of the victim.
const KEPT: [&str; 18] = [
    "bin", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt", "opt", "proc", "root",
    "run", "sbin", "srv", "sys", "usr",
];

/// This machine's programs under a layer in memory; all that a service or an attacker changes lives in memory only.
pub fn mount_root(lab: &Lab) -> Result<(), String> {
    let space = lab.folder.join("web").display().to_string();
    let (upper, work, root) = (format!("{space}/upper"), format!("{space}/work"), format!("{space}/root"));
    lab.on_web(&["mkdir", "-p", &space])?;
    lab.on_web(&["mount", "-t", "tmpfs", "-o", "mode=755,size=1g", "tmpfs", &space])?;
    lab.on_web(&["mkdir", &upper, &work, &root])?;
    hide_foreign_folders(lab, &upper)?;
    let layers = format!("lowerdir=/,upperdir={upper},workdir={work}");
    lab.on_web(&["mount", "-t", "overlay", "overlay", "-o", &layers, &root])?;
    for (folder, mode) in [
        ("dev", "755"),
        ("etc", "755"),
        ("home", "755"),
        ("media", "755"),
        ("opt", "755"),
        ("root", "700"),
        ("run", "755"),
        ("srv", "755"),
        ("tmp", "1777"),
        ("var/backups", "755"),
        ("var/log", "755"),
        ("var/mail", "2775"),
        ("var/spool", "755"),
        ("var/tmp", "1777"),
    ] {
        let target = format!("{root}/{folder}");
        lab.on_web(&["mkdir", "-p", &target])?;
        lab.on_web(&["mount", "-t", "tmpfs", "-o", &format!("mode={mode},size=256m"), "tmpfs", &target])?;
    }
    lab.on_web(&["cp", "-a", "/etc/.", &format!("{root}/etc")])?;
    lab.on_web(&["cp", "-a", "/var/spool/.", &format!("{root}/var/spool")])?;
    mount_devices(lab, &root)?;
    lab.on_web(&["mount", "-t", "proc", "proc", &format!("{root}/proc")])?;
    lab.on_web(&["pivot_root", &root, &format!("{root}/mnt")])?;
    lab.on_web(&["umount", "--lazy", "/mnt"]).map(drop)
}

/// A character device 0:0 in the upper layer is how overlayfs writes that a name is gone.
fn hide_foreign_folders(lab: &Lab, upper: &str) -> Result<(), String> {
    for name in here(&["ls", "-A", "/"])?
        .lines()
        .filter(|name| !KEPT.contains(name) && !["tmp", "var"].contains(name))
    {
        lab.on_web(&["mknod", &format!("{upper}/{name}"), "c", "0", "0"])?;
    }
    Ok(())
}

fn mount_devices(lab: &Lab, root: &str) -> Result<(), String> {
    for (name, minor) in [("null", "3"), ("zero", "5"), ("full", "7"), ("random", "8"), ("urandom", "9")] {
        lab.on_web(&["mknod", "-m", "666", &format!("{root}/dev/{name}"), "c", "1", minor])?;
    }
    lab.on_web(&["mknod", "-m", "666", &format!("{root}/dev/tty"), "c", "5", "0"])?;
    lab.on_web(&["mkdir", &format!("{root}/dev/pts"), &format!("{root}/dev/shm")])?;
    let options = "newinstance,gid=5,mode=620,ptmxmode=666";
    lab.on_web(&["mount", "-t", "devpts", "-o", options, "devpts", &format!("{root}/dev/pts")])?;
    for (link, target) in [
        ("ptmx", "pts/ptmx"),
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
    ] {
        lab.on_web(&["ln", "-s", target, &format!("{root}/dev/{link}")])?;
    }
    Ok(())
}

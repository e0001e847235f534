//! What the machine must have before anything is touched: root, the programs, an audit system that nobody uses.

use super::program::{here, run};
use std::path::Path;
use std::process::Command;

/// Programs and the Debian package that brings each.
const PROGRAMS: &[(&str, &str)] = &[
    ("auditctl", "auditd"),
    ("auditd", "auditd"),
    ("cron", "cron"),
    ("curl", "curl"),
    ("hydra", "hydra"),
    ("ip", "iproute2"),
    ("nginx", "nginx-light"),
    ("nsenter", "util-linux"),
    ("rsync", "rsync"),
    ("rsyslogd", "rsyslog"),
    ("ss", "iproute2"),
    ("ssh", "openssh-client"),
    ("ssh-keygen", "openssh-client"),
    ("sshd", "openssh-server"),
    ("sshpass", "sshpass"),
    ("sudo", "sudo"),
    ("useradd", "passwd"),
];

const FOLDERS: &[&str] = &["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Checks the machine, and installs what is missing when `install` says that it may.
///
/// # Errors
///
/// What is missing and the command that brings it.
pub fn check(install: bool) -> Result<(), String> {
    if here(&["id", "-u"])?.trim() != "0" {
        return Err("recording needs root: namespaces, mounts and audit rules are made; try `sudo -E cargo xtask record`".into());
    }
    let packages = missing();
    if !packages.is_empty() && install {
        let apt = ["install", "-y", "--no-install-recommends"];
        run(Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(apt).args(&packages))?;
    }
    match missing() {
        left if left.is_empty() => audit_is_free(),
        left => Err(format!(
            "recording needs programs of Debian packages that are not installed; `--install` does it, or\n  \
             apt-get install -y --no-install-recommends {}",
            left.join(" ")
        )),
    }
}

fn missing() -> Vec<&'static str> {
    let is_there = |program: &str| FOLDERS.iter().any(|folder| Path::new(folder).join(program).exists());
    let mut packages: Vec<_> =
        PROGRAMS.iter().filter(|(program, _)| !is_there(program)).map(|&(_, package)| package).collect();
    packages.dedup();
    packages
}

/// The kernel has one audit system for all namespaces, so a machine that uses its own must not lose it to us.
fn audit_is_free() -> Result<(), String> {
    let status = here(&["auditctl", "-s"])?;
    let reader = status.lines().find_map(|line| line.strip_prefix("pid ")).unwrap_or("0");
    // The kernel goes on naming an auditd that was killed, until its next record finds nobody.
    let command_line = std::fs::read(Path::new("/proc").join(reader).join("cmdline")).unwrap_or_default();
    let reader = reader != "0" && !command_line.is_empty();
    let rules = here(&["auditctl", "-l"])?.trim() != "No rules";
    match reader || rules {
        true => Err(
            "this machine's audit is in use (see `auditctl -s` and `auditctl -l`); record on another machine"
                .into(),
        ),
        false => Ok(()),
    }
}

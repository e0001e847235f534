//! The victim's auditd and its rules, and the way back to a kernel that audits nothing.
//!
//! The kernel has one audit system for all namespaces. Watches are therefore set from inside the victim's mounts,
//! where they mean its files alone, and the other rules ask for a login uid, which on a machine without logins
//! only the victim's sessions have. What slips through is dropped in `keep`.

use super::lab::{Lab, Place};
use super::program::{attempt, here, run, wait_until};
use std::process::{Child, Command};
use std::time::Duration;

/// Rules as a hardened Debian server has them.
const RULES: &[&str] = &[
    "-a always,exit -F arch=b64 -S execve,execveat -F auid!=-1 -k exec",
    "-a always,exit -F arch=b64 -S execve,execveat -F euid=33 -F auid=-1 -k web_exec",
    "-a always,exit -F arch=b64 -S connect -F a2=16 -F auid!=-1 -k outbound",
    "-w /etc/passwd -p wa -k identity",
    "-w /etc/group -p wa -k identity",
    "-w /etc/shadow -p wa -k identity",
    "-w /etc/sudoers -p wa -k sudoers",
    "-w /etc/sudoers.d -p wa -k sudoers",
    "-w /etc/crontab -p wa -k cron",
    "-w /etc/cron.d -p wa -k cron",
    "-w /var/spool/cron -p wa -k cron",
    "-w /etc/ssh/sshd_config -p wa -k sshd",
    "-w /root/.ssh -p wa -k ssh_keys",
    "-w /home/dev1/.ssh -p wa -k ssh_keys",
    "-w /home/deploy/.ssh -p wa -k ssh_keys",
    "-w /home/ops1/.ssh -p wa -k ssh_keys",
    "-w /srv/www -p wa -k webroot",
    "-w /srv/customers -p r -k customer_data",
    "-w /var/log/nginx/error.log -p wa -k logs",
];

/// The keys of our rules, by which their events are known.
pub fn keys() -> impl Iterator<Item = &'static str> {
    RULES.iter().filter_map(|rule| rule.rsplit(' ').next())
}

/// A running auditd; dropped, it leaves the kernel without rules and auditing off, as `needs` found it.
pub struct Audit {
    child: Child,
    /// Records that the kernel had lost before we began.
    lost_before: u64,
}

impl Audit {
    /// Starts auditd on the victim and loads the rules.
    pub fn start(lab: &Lab) -> Result<Audit, String> {
        let audit = Audit { lost_before: lost()?, child: lab.start(Place::Web, &["auditd", "-n"])? };
        let pid_file = lab.web_path("/run/auditd.pid");
        wait_until("the victim's auditd", Duration::from_secs(10), || pid_file.exists())?;
        run(lab.command(Place::Web, "auditctl").args(["-b", "8192"]))?;
        for rule in RULES {
            run(lab.command(Place::Web, "auditctl").args(rule.split(' ')))?;
        }
        Ok(audit)
    }

    /// Ends the audit.
    ///
    /// # Errors
    ///
    /// When the kernel lost records meanwhile, since the recording would then have holes.
    pub fn finish(self) -> Result<(), String> {
        match lost()?.saturating_sub(self.lost_before) {
            0 => Ok(()),
            count => Err(format!(
                "the kernel lost {count} audit records; record again when the machine is less busy"
            )),
        }
    }
}

fn lost() -> Result<u64, String> {
    let status = here(&["auditctl", "-s"])?;
    let count = status.lines().find_map(|line| line.strip_prefix("lost ")?.parse().ok());
    count.ok_or_else(|| format!("`auditctl -s` does not tell how many records were lost: {status}"))
}

impl Drop for Audit {
    fn drop(&mut self) {
        restore();
        attempt(Command::new("kill").arg(self.child.id().to_string()));
        if let Err(cause) = self.child.wait() {
            eprintln!("warning: auditd did not end: {cause}");
        }
    }
}

/// Deletes the rules and switches auditing off.
pub fn restore() {
    attempt(Command::new("auditctl").arg("-D"));
    attempt(Command::new("auditctl").args(["-e", "0"]));
    attempt(Command::new("auditctl").args(["-b", "64"]));
}

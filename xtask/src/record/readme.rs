//! `README.md` of the recording.

use super::keep::Recording;
use super::share;

/// What a reader must know who finds the folder.
pub fn readme(recording: &Recording) -> String {
    let seconds = recording.diary.end.duration_since(recording.diary.start).as_secs();
    let minutes = seconds / 60;
    let share = share::total(&recording.logs) * 100.0;
    let logs: String = recording
        .logs
        .iter()
        .map(|log| format!("| `{}` | {} | {:.0} % |\n", log.name, log.lines.len(), share::of(log) * 100.0))
        .collect();
    format!(
        "# An intrusion over SSH

What the web server `web-01` (192.0.2.10) logged while 203.0.113.66 scanned it, guessed the password of `deploy`,
became root through a careless sudo rule, made itself at home and took the customer file away: {minutes} minutes, with
the ordinary work of a small office around it. `manifest.json` says step by step what was done, when, with which ATT&CK
v18 technique, and which literal text in which log proves it; also which steps no log shows.

| log | lines | benign |
| --- | --- | --- |
{logs}
{share:.0} % of all lines are benign; how that was counted stands in the manifest.

## How it was made

`cargo xtask record` really performs the attack between network namespaces of one machine, against Debian 12's own sshd,
sudo, cron, rsyslog, nginx and auditd, and checks every claim of the manifest before it writes this folder. Recording anew
replaces the folder and changes every time, process id and key in it.

- `auth.log`: rsyslog's high-precision format. `cron.*` goes into this file as well, a site setting that Debian does not
  have, and PAM goes without `pam_motd` and `pam_limits`. There are no lines of systemd-logind: no systemd ran.
- `audit.log`: auditd's file as Debian configures it, `log_format = ENRICHED`: after a byte 0x1D a record repeats its
  ids as names. The kernel has one audit system for all namespaces, so events of other processes of the machine and
  auditd's own start were taken out, whole events only; process ids agree with those in `auth.log`. Where root lacks a
  capability on the recording machine, the kernel adds a record `BPRM_FCAPS` to what root executes.
- `access.log`: nginx' combined format. The site has no PHP: the web shell is an inert text that is answered with 200.

The customer file, all accounts and all keys were made for the recording and are gone. Addresses are from
RFC 5737, names from example.org. The data is our own, under Apache-2.0 like the rest of the repository.
"
    )
}

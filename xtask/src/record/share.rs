//! Which lines the attack caused. In doubt a line counts as attack, so that the benign share is never flattered.

use super::lab::ATTACKER;
use super::logs::{Line, Log, audit_field};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The cron table by which the daemon names the attacker's job.
const ARTIFACT: &str = "sysupdate";
const UNSET: &str = "4294967295";

/// How the share is computed, for the manifest.
pub const METHOD: &str = "lines not caused by the attack, divided by all lines. A line counts as attack when it names the \
attacker's address, belongs to an audit session or a process of which a record does, or, for programs that log no \
process id (sudo), when the audit record of the same program nearest in time is the attack's; in doubt it counts as attack.";

/// The benign share of all lines, from 0 to 1.
pub fn total(logs: &[Log]) -> f64 {
    let all: usize = logs.iter().map(|log| log.lines.len()).sum();
    let benign: usize = logs.iter().map(Log::benign).sum();
    ratio(benign, all)
}

/// The benign share of one log, from 0 to 1.
pub fn of(log: &Log) -> f64 {
    ratio(log.benign(), log.lines.len())
}

/// Marks the lines that the attack caused.
pub fn mark(logs: &mut [Log]) {
    let audit = logs.iter().find(|log| log.name == "audit.log");
    let traces = Traces::find(audit.map(|log| log.lines.as_slice()).unwrap_or_default(), logs);
    for log in logs {
        for line in &mut log.lines {
            line.is_attack = match log.name {
                "audit.log" => traces.has_audit(&line.text),
                "auth.log" => traces.has_syslog(line),
                _ => line.text.starts_with(ATTACKER),
            };
        }
    }
}

/// What the attack is known by in the logs.
struct Traces {
    serials: BTreeSet<String>,
    pids: BTreeSet<String>,
    /// When sudo was audited, and whether for the attack.
    sudo: Vec<(Timestamp, bool)>,
}

impl Traces {
    fn find(audit: &[Line], logs: &[Log]) -> Traces {
        let names_attacker = |line: &&Line| line.text.contains(ATTACKER) || line.text.contains(ARTIFACT);
        let sessions: BTreeSet<_> = of_field(audit.iter().filter(names_attacker), "ses", audit);
        let in_session =
            |line: &&Line| audit_field(&line.text, "ses").is_some_and(|ses| sessions.contains(ses));
        let mut pids = of_field(audit.iter().filter(names_attacker), "pid", audit);
        pids.extend(of_field(audit.iter().filter(in_session), "pid", audit));
        let auth = logs.iter().filter(|log| log.name == "auth.log").flat_map(|log| &log.lines);
        let daemon = |line: &&Line| line.text.contains(" cron[");
        pids.extend(
            auth.filter(names_attacker)
                .filter(|line| !daemon(line))
                .filter_map(|line| syslog_pid(&line.text)),
        );
        let is_attack = |line: &Line| audit_field(&line.text, "pid").is_some_and(|pid| pids.contains(pid));
        let serials = audit.iter().filter(|line| is_attack(line)).map(|line| serial(&line.text)).collect();
        let is_sudo = |line: &&Line| audit_field(&line.text, "exe") == Some("/usr/bin/sudo");
        let sudo = audit.iter().filter(is_sudo).map(|line| (line.at, is_attack(line))).collect();
        Traces { serials, pids, sudo }
    }

    fn has_audit(&self, line: &str) -> bool {
        line.contains(ATTACKER) || self.serials.contains(&serial(line))
    }

    fn has_syslog(&self, line: &Line) -> bool {
        if line.text.contains(ATTACKER) || line.text.contains(ARTIFACT) {
            return true;
        }
        if let Some(pid) = syslog_pid(&line.text) {
            return self.pids.contains(&pid);
        }
        let distance = |at: Timestamp| at.duration_since(line.at).abs();
        self.sudo.iter().min_by_key(|(at, _)| distance(*at)).is_none_or(|(_, is_attack)| *is_attack)
    }
}

/// The values of `name` in the events of which `lines` are records.
fn of_field<'log>(
    lines: impl Iterator<Item = &'log Line>,
    name: &str,
    audit: &'log [Line],
) -> BTreeSet<String> {
    let serials: BTreeSet<String> = lines.map(|line| serial(&line.text)).collect();
    let records = audit.iter().filter(|line| serials.contains(&serial(&line.text)));
    records
        .filter_map(|line| audit_field(&line.text, name))
        .filter(|value| *value != UNSET)
        .map(str::to_owned)
        .collect()
}

fn serial(line: &str) -> String {
    super::logs::audit_serial(line).unwrap_or_default().to_owned()
}

/// The process id in `sshd[123]:`.
fn syslog_pid(line: &str) -> Option<String> {
    let tag = line.split(' ').nth(2)?;
    Some(tag.strip_suffix("]:")?.split_once('[')?.1.to_owned())
}

#[expect(clippy::cast_precision_loss, reason = "counts of lines are far below 2^52")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

//! What is kept of the victim's logs: the recording's time, and of the audit only what is the victim's.

use super::accounts::ACCOUNTS;
use super::audit;
use super::lab::Lab;
use super::logs::{self, Log, audit_field, audit_serial};
use super::share;
use super::story::Diary;

use std::collections::{BTreeMap, BTreeSet};

/// A finished recording.
pub struct Recording {
    /// What was done, and when.
    pub diary: Diary,
    /// The kept logs.
    pub logs: Vec<Log>,
}

impl Recording {
    /// The log called `name`.
    pub fn log(&self, name: &str) -> Option<&Log> {
        self.logs.iter().find(|log| log.name == name)
    }

    /// A few lines for the person who recorded.
    pub fn summary(&self) -> String {
        let seconds = self.diary.end.duration_since(self.diary.start).as_secs();
        let logs = self.logs.iter().map(|log| {
            format!(
                "  {}: {} lines, {} benign, {} bytes\n",
                log.name,
                log.lines.len(),
                log.benign(),
                log.text().len()
            )
        });
        format!("{seconds} s, {:.0} % benign\n{}", share::total(&self.logs) * 100.0, logs.collect::<String>())
    }
}

/// Takes the logs from the victim.
pub fn collect(lab: &Lab, diary: Diary) -> Result<Recording, String> {
    let auth = Log::read("auth.log", &lab.read_web("/var/log/auth.log")?, logs::syslog_time)?;
    let audit = Log::read("audit.log", &lab.read_web("/var/log/audit/audit.log")?, logs::audit_time)?;
    let access = Log::read("access.log", &lab.read_web("/var/log/nginx/access.log")?, logs::access_time)?;
    let mut logs = vec![auth, victims_audit(audit), access];
    for log in &mut logs {
        log.lines.retain(|line| line.at >= diary.start && line.at <= diary.end);
    }
    share::mark(&mut logs);
    Ok(Recording { diary, logs })
}

/// Keeps the audit events of the victim, whole events only.
fn victims_audit(mut log: Log) -> Log {
    let mut events: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for line in &log.lines {
        events.entry(serial(&line.text)).or_default().push(&line.text);
    }
    let kept: BTreeSet<String> =
        events.into_iter().filter(|(_, event)| is_victims(event)).map(|(serial, _)| serial).collect();
    log.lines.retain(|line| kept.contains(&serial(&line.text)));
    log
}

fn serial(line: &str) -> String {
    audit_serial(line).unwrap_or_default().to_owned()
}

/// Whether an event is the victim's: it has a login uid of an account of the victim, comes from a watch or rule of
/// ours, or from sshd or cron before they have set the login uid. auditd's own start and rules are not kept.
fn is_victims(event: &[&str]) -> bool {
    let Some(head) = event.iter().find(|line| audit_field(line, "auid").is_some()) else { return false };
    let kind = audit_field(head, "type")
        .or_else(|| head.strip_prefix("type=")?.split(' ').next())
        .unwrap_or_default();
    if kind.starts_with("DAEMON_") || kind.starts_with("CONFIG_") {
        return false;
    }
    let is_own = |uid: u32| uid == 0 || uid == 33 || ACCOUNTS.iter().any(|account| account.uid == uid);
    match audit_field(head, "auid").and_then(|auid| auid.parse().ok()) {
        Some(u32::MAX) | None => {
            let exe = audit_field(head, "exe").unwrap_or_default();
            let key = audit_field(head, "key").unwrap_or_default();
            ["/usr/sbin/sshd", "/usr/sbin/cron"].contains(&exe) || audit::keys().any(|ours| ours == key)
        }
        Some(auid) => is_own(auid),
    }
}

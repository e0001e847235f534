//! One file per format: a record's bytes in, an [`Event`] out.

pub mod access_log;
mod account;
pub mod auditd;
mod cron;
#[cfg(test)]
mod fixtures;
pub mod json;
pub(crate) mod linux;
mod pam;
mod sshd;
mod su;
mod sudo;
pub mod syslog;
mod systemd;
pub mod text;
mod windows;

use crate::event::{Event, EventClass};
use crate::time::TimeRules;

/// Which parser took the last line of a source: the next one is most likely alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hint {
    /// Nothing is known yet.
    #[default]
    None,
    /// An access log.
    AccessLog,
    /// Syslog.
    Syslog,
}

/// Reads one line of whatever format it is. A line that no parser claims is kept as text.
///
/// # Errors
///
/// [`json::JsonError`] for a line that starts like a JSON object and is none.
pub fn parse_line<'a>(
    line: &'a str,
    rules: &TimeRules,
    hint: &mut Hint,
) -> Result<Event<'a>, json::JsonError> {
    let trimmed = line.trim_start();
    if trimmed.starts_with('{') {
        return json::parse(trimmed.trim_end());
    }
    if auditd::is_audit(trimmed)
        && let Some(event) = auditd::parse(trimmed)
    {
        return Ok(event);
    }
    let order = if *hint == Hint::AccessLog {
        [Hint::AccessLog, Hint::Syslog]
    } else {
        [Hint::Syslog, Hint::AccessLog]
    };
    for candidate in order {
        let event = match candidate {
            Hint::AccessLog => access_log::parse(line, rules),
            _ => syslog::parse(line, rules),
        };
        if let Some(event) = event {
            *hint = candidate;
            return Ok(event);
        }
    }
    Ok(text::parse(line, rules))
}

/// Every class that a parser gives an event.
pub fn classes() -> Vec<EventClass> {
    let mut classes = windows::classes();
    classes.extend(linux::classes());
    classes.extend(auditd::classes());
    classes.extend([access_log::ACCESS, EventClass::UNKNOWN]);
    classes
}

/// Whether no parser claimed the record.
pub fn is_plain_text(event: &Event<'_>) -> bool {
    event.class == EventClass::UNKNOWN && !event.text.starts_with('{')
}

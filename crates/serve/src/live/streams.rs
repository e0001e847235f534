//! What each log has said so far that later lines of it need: columns, and records of an audit event that are still
//! to come.

use crate::intake::Origin;
use cofferdam_detect::parser::Heading;
use cofferdam_detect::parser::auditd::{self, Joined, Joiner};
use cofferdam_spool::Read;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;

/// Logs remembered; beyond, those go that were silent for longest.
const LOGS: usize = 10_000;
/// An audit event gets no more records when none came for so long.
const AUDIT_PATIENCE: SignedDuration = SignedDuration::from_secs(3);

/// One log of one source.
#[derive(Default)]
pub struct Log {
    /// Which.
    pub origin: Arc<Origin>,
    /// What it said of its columns.
    pub heading: Heading,
    /// Audit records whose event is not complete.
    joiner: Joiner,
    /// The first of them.
    open_from: Option<u64>,
    last: Option<Timestamp>,
}

/// All logs, by what the spool calls them.
#[derive(Default)]
pub struct Logs {
    logs: HashMap<Arc<str>, Log>,
}

impl Logs {
    /// The log that a record is of which is read now. When it arrived says nothing: after a restart all that follows may
    /// have arrived long ago.
    pub fn of(&mut self, name: &Arc<str>, now: Timestamp) -> &mut Log {
        if self.logs.len() >= LOGS && !self.logs.contains_key(name) {
            let silent =
                self.logs.iter().filter(|(_, log)| log.open_from.is_none()).min_by_key(|(_, log)| log.last);
            let silent = silent.map(|(name, _)| Arc::clone(name));
            silent.and_then(|name| self.logs.remove(&name));
        }
        let log = self
            .logs
            .entry(Arc::clone(name))
            .or_insert_with(|| Log { origin: Arc::new(Origin::read(name)), ..Log::default() });
        log.last = log.last.max(Some(now));
        log
    }

    /// Audit events that nothing was added to for some time, with their logs.
    pub fn overdue(&mut self, now: Timestamp) -> Vec<(Arc<str>, Vec<Joined>)> {
        let is_over = |log: &Log| {
            log.open_from.is_some() && log.last.is_none_or(|last| now.duration_since(last) > AUDIT_PATIENCE)
        };
        let over = self.logs.iter_mut().filter(|(_, log)| is_over(log));
        over.map(|(name, log)| (Arc::clone(name), log.complete())).collect()
    }

    /// The first record that has to be read again after a restart, since its event was not complete.
    pub fn open_from(&self) -> Option<u64> {
        self.logs.values().filter_map(|log| log.open_from).min()
    }
}

impl Log {
    /// Takes a record in if it is one of the kernel's audit log; events that are complete with it go to `out`.
    pub fn audit(&mut self, read: &Read, out: &mut Vec<Joined>) -> bool {
        if !starts_as_audit(&read.bytes) {
            return false;
        }
        let text = String::from_utf8_lossy(&read.bytes);
        let text = text.trim();
        if !auditd::is_audit(text) {
            return false;
        }
        self.joiner.push(text, read.seq.0, out);
        self.open_from = self.joiner.first_open();
        true
    }

    fn complete(&mut self) -> Vec<Joined> {
        let mut out = Vec::new();
        self.joiner.finish(&mut out);
        self.open_from = None;
        out
    }
}

/// Nearly no record is one of an audit log: this says so at its first bytes.
fn starts_as_audit(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_start();
    text.starts_with(b"type=") || text.starts_with(b"node=")
}

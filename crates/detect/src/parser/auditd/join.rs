//! Brings the lines of one audit event together.

use super::record::{Record, Stamp};
use std::collections::VecDeque;

/// Joins record lines to events. Records of different events may interleave; an event is complete
/// with its last record (`EOE`, `PROCTITLE`), when a record two seconds younger arrives, or when too
/// much else is open.
#[derive(Default)]
pub struct Joiner {
    open: VecDeque<Open>,
}

/// The lines of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The record number of its first line.
    pub record: u64,
    /// Its lines as they were read, joined by line breaks.
    pub text: String,
}

/// An event that may get more records.
struct Open {
    node: String,
    serial: u64,
    milliseconds: i64,
    joined: Joined,
}

impl Joiner {
    /// How many events are open at most; the oldest is completed first.
    const MAX_OPEN: usize = 512;
    /// How much text an event holds at most, so that one serial repeated for ever needs no more.
    const MAX_TEXT_BYTES: usize = 1 << 20;
    /// No record comes later than this after the first of its event.
    const LATEST_MS: i64 = 2000;

    /// Takes one line and its record number, and adds the events that are complete with it to
    /// `out`. A line that is no audit record is an event of its own; `EOE` itself says nothing and
    /// is not kept.
    pub fn push(&mut self, line: &str, record: u64, out: &mut Vec<Joined>) {
        let alone = |text: &str| Joined { record, text: text.to_owned() };
        let Some(Record { kind, stamp, .. }) = Record::read(line) else {
            out.push(alone(line));
            return;
        };
        self.complete_older(stamp.milliseconds, out);
        let at = self.open.iter().rposition(|open| open.is(&stamp));
        match (kind, at) {
            ("EOE", _) => self.complete(at, out),
            (_, Some(at)) => {
                let text = &mut self.open[at].joined.text;
                text.push('\n');
                text.push_str(line);
                if kind == "PROCTITLE" || text.len() > Self::MAX_TEXT_BYTES {
                    self.complete(Some(at), out);
                }
            }
            ("PROCTITLE", None) => out.push(alone(line)),
            (_, None) if is_single(kind) => out.push(alone(line)),
            (_, None) => {
                if self.open.len() >= Self::MAX_OPEN {
                    self.complete(Some(0), out);
                }
                self.open.push_back(Open {
                    node: stamp.node.to_owned(),
                    serial: stamp.serial,
                    milliseconds: stamp.milliseconds,
                    joined: alone(line),
                });
            }
        }
    }

    /// The record number of the first line that waits for others.
    pub fn first_open(&self) -> Option<u64> {
        self.open.iter().map(|open| open.joined.record).min()
    }

    /// Completes what is still open.
    pub fn finish(&mut self, out: &mut Vec<Joined>) {
        out.extend(self.open.drain(..).map(|open| open.joined));
    }

    fn complete(&mut self, at: Option<usize>, out: &mut Vec<Joined>) {
        out.extend(at.and_then(|at| self.open.remove(at)).map(|open| open.joined));
    }

    fn complete_older(&mut self, now_ms: i64, out: &mut Vec<Joined>) {
        while self.open.front().is_some_and(|open| open.milliseconds.saturating_add(Self::LATEST_MS) < now_ms)
        {
            self.complete(Some(0), out);
        }
    }
}

impl Open {
    fn is(&self, stamp: &Stamp<'_>) -> bool {
        self.serial == stamp.serial && self.milliseconds == stamp.milliseconds && self.node == stamp.node
    }
}

/// Whether programs, not the kernel, write this type: such events have one record.
fn is_single(kind: &str) -> bool {
    const FAMILIES: [&str; 18] = [
        "USER_",
        "CRED_",
        "SERVICE_",
        "DAEMON_",
        "ADD_",
        "DEL_",
        "GRP_",
        "ACCT_",
        "SYSTEM_",
        "CRYPTO_",
        "VIRT_",
        "RESP_",
        "ROLE_",
        "CHGRP_",
        "CHUSER_",
        "LABEL_",
        "SOFTWARE_",
        "USYS_",
    ];
    FAMILIES.iter().any(|family| kind.starts_with(family)) || matches!(kind, "USER" | "TRUSTED_APP" | "TEST")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The one door to the code: the lines that were joined, events parted by `|`.
    fn check(lines: &[String], want: &str) {
        let (mut joiner, mut out) = (Joiner::default(), Vec::new());
        for (line, record) in lines.iter().zip(1..) {
            joiner.push(line, record, &mut out);
        }
        joiner.finish(&mut out);
        let shown: Vec<String> = out
            .iter()
            .map(|event| {
                let kinds = event.text.lines().filter_map(|line| Some(Record::read(line)?.kind));
                format!("{}:{}", event.record, kinds.collect::<Vec<_>>().join("+"))
            })
            .collect();
        assert_eq!(shown.join(" | "), want);
    }

    fn line(kind: &str, time: &str, serial: u64) -> String {
        format!("type={kind} msg=audit({time}:{serial}): a=b")
    }

    #[test]
    fn interleaved_events_part_by_serial() {
        let lines = [
            line("SYSCALL", "100.001", 1),
            line("SYSCALL", "100.001", 2),
            line("PATH", "100.001", 1),
            line("PROCTITLE", "100.001", 2),
            line("PROCTITLE", "100.001", 1),
        ];
        check(&lines, "2:SYSCALL+PROCTITLE | 1:SYSCALL+PATH+PROCTITLE");
    }

    #[test]
    fn the_same_serial_of_another_host_or_boot_is_another_event() {
        let lines = [
            format!("node=web-01 {}", line("SYSCALL", "100.001", 1)),
            format!("node=web-02 {}", line("SYSCALL", "100.001", 1)),
            line("SYSCALL", "100.002", 1),
        ];
        check(&lines, "1:SYSCALL | 2:SYSCALL | 3:SYSCALL");
    }

    #[test]
    fn an_event_ends_with_eoe_with_time_or_with_the_log() {
        let lines = [
            line("SYSCALL", "100.001", 1),
            line("EOE", "100.001", 1),
            line("EOE", "100.001", 9),
            line("SYSCALL", "100.001", 2),
            line("USER_LOGIN", "102.001", 3),
            line("LOGIN", "102.002", 4),
            line("SYSCALL", "102.002", 4),
        ];
        check(&lines, "1:SYSCALL | 5:USER_LOGIN | 4:SYSCALL | 6:LOGIN+SYSCALL");
        let late = [line("SYSCALL", "100.001", 2), line("USER_LOGIN", "102.002", 3)];
        check(&late, "1:SYSCALL | 2:USER_LOGIN");
    }

    #[test]
    fn what_is_open_stays_bounded() {
        let (mut joiner, mut out) = (Joiner::default(), Vec::new());
        for serial in 0..2000 {
            joiner.push(&line("SYSCALL", "100.001", serial), serial, &mut out);
            assert!(joiner.open.len() <= Joiner::MAX_OPEN);
        }
        assert_eq!(out.first().map(|event| event.record), Some(0));
        let long = line("PATH", "100.001", 7) + &"x".repeat(1 << 19);
        for record in 0..100 {
            joiner.push(&long, record, &mut out);
            assert!(joiner.open.iter().map(|open| open.joined.text.len()).sum::<usize>() < 1 << 22);
        }
    }

    #[test]
    fn a_line_that_is_no_record_stands_alone() {
        let (mut joiner, mut out) = (Joiner::default(), Vec::new());
        joiner.push("type=SYSCALL msg=audit(99999999999999999999.1:1):", 5, &mut out);
        let text = "type=SYSCALL msg=audit(99999999999999999999.1:1):".to_owned();
        assert_eq!(out, [Joined { record: 5, text }]);
    }
}

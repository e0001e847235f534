//! Severity, TLP and PAP as the interface counts them.

use super::form::Form;
use cofferdam_journal::incident::{Marking, Pap, Tlp};
use cofferdam_vocabulary::Level;
use serde_json::{Value, json};

/// TLP as v1 counts it, the laxest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlpMark(pub i64);

/// PAP, the laxest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PapMark(pub i64);

/// As TheHive has it where nobody said.
const USUAL: i64 = 2;

/// The mark of a number; the usual one of none.
pub fn tlp(number: Option<i64>) -> TlpMark {
    TlpMark(number.filter(|tlp| (0..=4).contains(tlp)).unwrap_or(USUAL))
}

/// The mark of a number; the usual one of none.
pub fn pap(number: Option<i64>) -> PapMark {
    PapMark(number.filter(|pap| (0..=3).contains(pap)).unwrap_or(USUAL))
}

impl TlpMark {
    /// Its number. v0 has no AMBER+STRICT: the mark is never shown laxer than it is.
    pub fn number(self, form: Form) -> Value {
        match form {
            Form::V1 => json!(self.0),
            Form::V0 => json!(self.0.min(3)),
        }
    }

    /// What it is called.
    pub fn label(self) -> &'static str {
        match self.0 {
            0 => "CLEAR",
            1 => "GREEN",
            2 => "AMBER",
            3 => "AMBER+STRICT",
            _ => "RED",
        }
    }

    /// That of an incident.
    pub fn of(tlp: Tlp) -> TlpMark {
        TlpMark(match tlp {
            Tlp::Clear => 0,
            Tlp::Green => 1,
            Tlp::Amber => 2,
            Tlp::AmberStrict => 3,
            Tlp::Red => 4,
        })
    }
}

impl PapMark {
    /// What it is called.
    pub fn label(self) -> &'static str {
        match self.0 {
            0 => "CLEAR",
            1 => "GREEN",
            2 => "AMBER",
            _ => "RED",
        }
    }

    /// That of an incident.
    pub fn of(pap: Pap) -> PapMark {
        PapMark(match pap {
            Pap::Clear => 0,
            Pap::Green => 1,
            Pap::Amber => 2,
            Pap::Red => 3,
        })
    }
}

/// How an incident is marked of an alert with these marks: as strictly as one that nobody marked yet, or stricter.
pub fn marking(tlp: TlpMark, pap: PapMark) -> Marking {
    let usual = Marking::default();
    Marking {
        tlp: if tlp.0 == 4 { Tlp::Red } else { usual.tlp },
        pap: if pap.0 == 3 { Pap::Red } else { usual.pap },
    }
}

/// The level of a severity.
pub fn level(severity: Option<i64>) -> Level {
    match severity {
        Some(1) => Level::Low,
        Some(3) => Level::High,
        Some(4) => Level::Critical,
        _ => Level::Medium,
    }
}

/// The severity of a level, and what it is called.
pub fn severity(level: Level) -> (i64, &'static str) {
    match level {
        Level::Critical => (4, "CRITICAL"),
        Level::High => (3, "HIGH"),
        Level::Medium => (2, "MEDIUM"),
        Level::Low | Level::Informational => (1, "LOW"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_mark_becomes_laxer() {
        for number in 0..=4 {
            let mark = tlp(Some(number));
            assert!(mark.number(Form::V0).as_i64().unwrap() >= number.min(3));
        }
        let usual = Marking::default();
        assert_eq!(marking(tlp(Some(0)), pap(Some(0))), usual);
        assert_eq!(marking(tlp(Some(4)), pap(Some(3))), Marking { tlp: Tlp::Red, pap: Pap::Red });
        for mark in Tlp::ALL {
            assert_eq!(tlp(Some(TlpMark::of(*mark).0)), TlpMark::of(*mark));
        }
    }
}

//! MITRE ATT&CK: tactics in matrix order and techniques by id.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::LazyLock;

/// A tactic of the Enterprise matrix, in its order.
///
/// Source: ATT&CK v18. The two tactics into which v19 splits `defense-evasion`
/// (`stealth`, `defense-impairment`) are read as the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are ATT&CK's own")]
pub enum Tactic {
    Reconnaissance,
    ResourceDevelopment,
    InitialAccess,
    Execution,
    Persistence,
    PrivilegeEscalation,
    DefenseEvasion,
    CredentialAccess,
    Discovery,
    LateralMovement,
    Collection,
    CommandAndControl,
    Exfiltration,
    Impact,
}

impl Tactic {
    /// All tactics in matrix order.
    pub const ALL: [Tactic; 14] = [
        Tactic::Reconnaissance,
        Tactic::ResourceDevelopment,
        Tactic::InitialAccess,
        Tactic::Execution,
        Tactic::Persistence,
        Tactic::PrivilegeEscalation,
        Tactic::DefenseEvasion,
        Tactic::CredentialAccess,
        Tactic::Discovery,
        Tactic::LateralMovement,
        Tactic::Collection,
        Tactic::CommandAndControl,
        Tactic::Exfiltration,
        Tactic::Impact,
    ];

    /// ATT&CK's short name (`credential-access`).
    pub fn as_str(self) -> &'static str {
        match self {
            Tactic::Reconnaissance => "reconnaissance",
            Tactic::ResourceDevelopment => "resource-development",
            Tactic::InitialAccess => "initial-access",
            Tactic::Execution => "execution",
            Tactic::Persistence => "persistence",
            Tactic::PrivilegeEscalation => "privilege-escalation",
            Tactic::DefenseEvasion => "defense-evasion",
            Tactic::CredentialAccess => "credential-access",
            Tactic::Discovery => "discovery",
            Tactic::LateralMovement => "lateral-movement",
            Tactic::Collection => "collection",
            Tactic::CommandAndControl => "command-and-control",
            Tactic::Exfiltration => "exfiltration",
            Tactic::Impact => "impact",
        }
    }

    /// Reads a short name with `-`, `_` or blanks between words, as rules' tags have it, or ATT&CK's id.
    pub fn parse(text: &str) -> Option<Tactic> {
        // Nothing that is longer names one.
        let text = text.trim();
        if text.len() > 40 {
            return None;
        }
        let name = text.to_ascii_lowercase().replace(['_', ' '], "-");
        if let Some(number) = name.strip_prefix("ta") {
            return Tactic::by_number(number);
        }
        match name.as_str() {
            "stealth" | "defense-impairment" => Some(Tactic::DefenseEvasion),
            _ => Tactic::ALL.into_iter().find(|tactic| tactic.as_str() == name),
        }
    }

    /// By the four digits of ATT&CK's id. v19 gave `TA0112` to one half of `defense-evasion`.
    fn by_number(digits: &str) -> Option<Tactic> {
        Some(match digits {
            "0043" => Tactic::Reconnaissance,
            "0042" => Tactic::ResourceDevelopment,
            "0001" => Tactic::InitialAccess,
            "0002" => Tactic::Execution,
            "0003" => Tactic::Persistence,
            "0004" => Tactic::PrivilegeEscalation,
            "0005" | "0112" => Tactic::DefenseEvasion,
            "0006" => Tactic::CredentialAccess,
            "0007" => Tactic::Discovery,
            "0008" => Tactic::LateralMovement,
            "0009" => Tactic::Collection,
            "0011" => Tactic::CommandAndControl,
            "0010" => Tactic::Exfiltration,
            "0040" => Tactic::Impact,
            _ => return None,
        })
    }
}

impl fmt::Display for Tactic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A technique or sub-technique id in canonical form (`T1059.001`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TechniqueId(String);

/// The text is not a technique id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an ATT&CK technique id; one looks like T1059 or T1059.001")]
pub struct TechniqueIdError {
    /// What was given.
    pub text: String,
}

impl TechniqueId {
    /// Reads an id in either case.
    ///
    /// # Errors
    ///
    /// [`TechniqueIdError`] unless the text is `T` and four digits, then perhaps `.` and three.
    pub fn parse(text: &str) -> Result<TechniqueId, TechniqueIdError> {
        let id = text.trim().to_ascii_uppercase();
        let digits = |part: &str, len: usize| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
        let valid = match id.strip_prefix('T').map(|rest| rest.split_once('.')) {
            Some(Some((main, sub))) => digits(main, 4) && digits(sub, 3),
            Some(None) => digits(&id[1..], 4),
            None => false,
        };
        if valid { Ok(TechniqueId(id)) } else { Err(TechniqueIdError { text: text.to_owned() }) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The technique as v18 has it, or `None` for ids that are newer, retired or invented.
    pub fn technique(&self) -> Option<&'static Technique> {
        TECHNIQUES.binary_search_by(|technique| technique.id.cmp(&self.0)).ok().map(|at| &TECHNIQUES[at])
    }
}

impl TryFrom<String> for TechniqueId {
    type Error = TechniqueIdError;
    fn try_from(text: String) -> Result<TechniqueId, TechniqueIdError> {
        TechniqueId::parse(&text)
    }
}

impl From<TechniqueId> for String {
    fn from(id: TechniqueId) -> String {
        id.0
    }
}

impl fmt::Display for TechniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A technique as ATT&CK v18 lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Technique {
    /// Canonical id.
    pub id: &'static str,
    /// ATT&CK's name.
    pub name: &'static str,
    /// Tactics it serves, in ATT&CK's order.
    pub tactics: Vec<Tactic>,
}

static TECHNIQUES: LazyLock<Vec<Technique>> = LazyLock::new(|| {
    include_str!("../data/attack-techniques.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut columns = line.split('\t');
            let (id, tactics, name) = (columns.next()?, columns.next()?, columns.next()?);
            Some(Technique { id, name, tactics: tactics.split(',').filter_map(Tactic::parse).collect() })
        })
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_row_reads() {
        let rows =
            include_str!("../data/attack-techniques.tsv").lines().filter(|l| !l.starts_with('#')).count();
        assert_eq!(TECHNIQUES.len(), rows);
        assert!(TECHNIQUES.is_sorted_by_key(|technique| technique.id));
        assert!(TECHNIQUES.iter().all(|technique| !technique.tactics.is_empty()));
    }

    #[test]
    fn ids_read_in_either_case_and_nothing_else_does() {
        let id = TechniqueId::parse("t1110.001").unwrap();
        assert_eq!(id.technique().map(|t| t.name), Some("Password Guessing"));
        for bad in ["", "T1", "T11100", "T1110.1", "G0001", "T1110.0011", "Tabcd"] {
            assert!(TechniqueId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tactics_read_as_sigma_tags_write_them() {
        assert_eq!(Tactic::parse("credential_access"), Some(Tactic::CredentialAccess));
        assert_eq!(Tactic::parse("stealth"), Some(Tactic::DefenseEvasion));
        assert_eq!(Tactic::parse("TA0006"), Some(Tactic::CredentialAccess));
        assert_eq!(Tactic::parse("ta0112"), Some(Tactic::DefenseEvasion));
        assert_eq!(Tactic::parse("t1110"), None);
    }
}

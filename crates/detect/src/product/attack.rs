//! ATT&CK as products name it: ids inside other text, tactics by name or id.

use super::alert::ProductAlert;
use cofferdam_vocabulary::{Tactic, TechniqueId};

/// Techniques and tactics kept with an alert.
const KEPT: usize = 50;

impl ProductAlert {
    /// Adds the techniques that the text names (`T1059.001`, `Spearphishing Link (T1566.002)`), each under
    /// the id that it has in v18.
    pub(super) fn techniques_in(&mut self, text: &str) {
        for word in text.split(|ch: char| !ch.is_ascii_alphanumeric() && ch != '.') {
            let id =
                word.trim_matches('.').rsplit_once("attack.").map_or(word.trim_matches('.'), |(_, id)| id);
            if let Ok(id) = TechniqueId::parse(id) {
                let id = id.in_v18();
                if self.techniques.len() < KEPT && !self.techniques.contains(&id) {
                    self.techniques.push(id);
                }
            }
        }
    }

    /// Adds the tactic that the text names (`Credential Access`, `CredentialAccess`, `TA0006`), if it does.
    pub(super) fn tactic(&mut self, text: &str) {
        if let Some(tactic) = Tactic::parse(text).or_else(|| Tactic::parse(&words(text)))
            && !self.tactics.contains(&tactic)
        {
            self.tactics.push(tactic);
        }
    }

    /// Puts tactics in matrix order; where none was named, those are meant that the techniques serve first.
    pub(super) fn settle_tactics(&mut self) {
        if self.tactics.is_empty() {
            let served = self.techniques.iter().filter_map(|id| id.technique()?.tactics.first().copied());
            self.tactics = served.collect();
        }
        self.tactics.sort_unstable();
        self.tactics.dedup();
    }
}

/// `CredentialAccess` as `Credential-Access`; no name of a tactic is longer than 40 letters.
fn words(text: &str) -> String {
    let mut out = String::new();
    for ch in text.trim().chars().take(40) {
        if ch.is_ascii_uppercase() && out.ends_with(|last: char| last.is_ascii_lowercase()) {
            out.push('-');
        }
        out.push(ch);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_are_found_wherever_they_stand() {
        let mut alert = ProductAlert::new("x");
        for text in ["t1059.001", "Spearphishing Link (T1566.002), T1566", "attack.t1003", "T1685.005", "T12"]
        {
            alert.techniques_in(text);
        }
        let ids: Vec<&str> = alert.techniques.iter().map(TechniqueId::as_str).collect();
        assert_eq!(ids, ["T1059.001", "T1566.002", "T1566", "T1003", "T1070.001"]);
    }

    #[test]
    fn tactics_are_known_by_any_of_their_names() {
        let mut alert = ProductAlert::new("x");
        for text in ["CredentialAccess", "TA0003", "Command and Control", "stealth", "nonsense"] {
            alert.tactic(text);
        }
        alert.settle_tactics();
        use Tactic::{CommandAndControl, CredentialAccess, DefenseEvasion, Persistence};
        assert_eq!(alert.tactics, [Persistence, DefenseEvasion, CredentialAccess, CommandAndControl]);
    }
}

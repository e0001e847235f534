//! Which rows are wanted.

use super::Row;
use cofferdam_detect::correlation::{Alert, short_account, short_host};
use cofferdam_vocabulary::{EntityKind, Level, Tactic, TechniqueId};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What a row must be like. Of several values of one kind, one must hold; of the kinds, all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The incident.
    pub incident: Option<String>,
    /// Hosts, accounts, addresses, or parts of what the record says.
    pub entities: Vec<String>,
    /// Tactics.
    pub tactics: Vec<Tactic>,
    /// Techniques; one without a point means its sub-techniques too.
    pub techniques: Vec<TechniqueId>,
    /// The least level.
    pub level: Option<Level>,
    /// Not before; a row without a time is out.
    pub from: Option<Timestamp>,
    /// Not after; a row without a time is out.
    pub to: Option<Timestamp>,
}

impl Filter {
    /// Whether the row is wanted. `named` are alerts that name one of the entities (see
    /// [`Filter::alerts`]): their rows count as well.
    pub fn holds(&self, row: &Row, named: &BTreeSet<&str>) -> bool {
        self.incident.as_ref().is_none_or(|incident| *incident == row.incident)
            && self.is_about(row, named)
            && self.is_of(row)
            && self.level.is_none_or(|least| Level::parse(&row.level).is_ok_and(|level| level >= least))
            && self.from.is_none_or(|from| row.time.is_some_and(|time| time >= from))
            && self.to.is_none_or(|to| row.time.is_some_and(|time| time <= to))
    }

    fn is_of(&self, row: &Row) -> bool {
        let tactic = self.tactics.iter().any(|tactic| row.tactics.iter().any(|name| name == tactic.as_str()));
        let technique = self.techniques.iter().any(|asked| {
            let is = |id: &String| {
                id.strip_prefix(asked.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            row.techniques.iter().any(is)
        });
        (self.tactics.is_empty() || tactic) && (self.techniques.is_empty() || technique)
    }

    fn is_about(&self, row: &Row, named: &BTreeSet<&str>) -> bool {
        let hosts = row.hosts.iter().map(|host| (EntityKind::Host, host.as_str()));
        let accounts = row.accounts.iter().map(|account| (EntityKind::Account, account.as_str()));
        let addresses = row.addresses.iter().map(|address| (EntityKind::Address, address.as_str()));
        self.names(hosts.chain(accounts).chain(addresses), &row.what) || named.contains(row.alert.as_str())
    }

    /// Whether one of these things is asked for, or the text holds what is asked for. Without a
    /// question everything is.
    pub fn names<'e>(&self, things: impl Iterator<Item = (EntityKind, &'e str)>, text: &str) -> bool {
        if self.entities.is_empty() {
            return true;
        }
        let things: Vec<(EntityKind, &str)> = things.collect();
        let text = text.to_lowercase();
        self.entities.iter().any(|asked| {
            let asked = asked.to_lowercase();
            things.iter().any(|(kind, value)| is_same(*kind, value, &asked)) || text.contains(&asked)
        })
    }

    /// Ids of alerts that name one of the entities as something that rows have no column for:
    /// programs, files, hashes, domains and so on.
    pub fn alerts<'a>(&self, alerts: &'a [Alert]) -> BTreeSet<&'a str> {
        const COLUMNS: [EntityKind; 3] = [EntityKind::Host, EntityKind::Account, EntityKind::Address];
        let asked: Vec<String> = self.entities.iter().map(|entity| entity.to_lowercase()).collect();
        let names = |alert: &&Alert| {
            alert
                .entities
                .iter()
                .any(|entity| !COLUMNS.contains(&entity.kind) && asked.contains(&entity.value.to_lowercase()))
        };
        alerts.iter().filter(names).map(|alert| alert.id.as_str()).collect()
    }
}

/// Hosts are the same with and without domain, accounts too; `asked` is in lower case.
fn is_same(kind: EntityKind, value: &str, asked: &str) -> bool {
    let value = value.to_lowercase();
    value == asked
        || match kind {
            EntityKind::Host => !asked.contains('.') && short_host(&value) == asked,
            EntityKind::Account => !asked.contains(['\\', '@']) && short_account(&value) == asked,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row {
            time: Some("2026-03-02T09:00:00Z".parse().unwrap()),
            level: "high".to_owned(),
            tactics: vec!["credential-access".to_owned()],
            techniques: vec!["T1110.001".to_owned()],
            hosts: vec!["web-01.example.org".to_owned()],
            accounts: vec!["example\\deploy".to_owned()],
            addresses: vec!["203.0.113.66".to_owned()],
            what: "sshd: Failed password for deploy".to_owned(),
            incident: "INC-0001".to_owned(),
            alert: "ALR-000001".to_owned(),
            ..Row::default()
        }
    }

    fn check(want: bool, set: impl FnOnce(&mut Filter)) {
        let mut filter = Filter::default();
        set(&mut filter);
        assert_eq!(filter.holds(&row(), &BTreeSet::new()), want, "{filter:?}");
    }

    #[test]
    fn things_are_known_by_their_short_and_their_full_names() {
        for (entity, want) in [
            ("web-01", true),
            ("WEB-01.example.org", true),
            ("web-0", false),
            ("web-02", false),
            ("deploy", true),
            ("EXAMPLE\\deploy", true),
            ("other\\deploy", false),
            ("203.0.113.66", true),
            ("failed password", true),
        ] {
            check(want, |filter| filter.entities = vec![entity.to_owned()]);
        }
        check(true, |filter| filter.entities = vec!["web-02".to_owned(), "deploy".to_owned()]);
    }

    #[test]
    fn a_technique_means_its_parts() {
        for (id, want) in [("T1110", true), ("T1110.001", true), ("T1110.002", false), ("T1111", false)] {
            check(want, |filter| filter.techniques = vec![TechniqueId::parse(id).unwrap()]);
        }
        check(true, |filter| filter.tactics = vec![Tactic::Impact, Tactic::CredentialAccess]);
        check(false, |filter| filter.tactics = vec![Tactic::Impact]);
    }

    #[test]
    fn bounds_belong_to_what_they_bound() {
        let at = |text: &str| Some(text.parse().unwrap());
        check(true, |filter| filter.from = at("2026-03-02T09:00:00Z"));
        check(true, |filter| filter.to = at("2026-03-02T09:00:00Z"));
        check(false, |filter| filter.from = at("2026-03-02T09:00:01Z"));
        check(true, |filter| filter.level = Some(Level::High));
        check(false, |filter| filter.level = Some(Level::Critical));
        check(false, |filter| filter.incident = Some("INC-0002".to_owned()));
    }
}

//! Who somebody is to the provider, and who they are here by that.

use cofferdam_journal::TeamRole;
use cofferdam_journal::user::AccountName;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of an account's name; room is left in it for a number.
const ACCOUNT: usize = 56;
/// The account of somebody whose provider gives no name that could be one.
const NAMELESS: &str = "oidc-user";
/// Numbers that are tried behind a name that is taken.
const NUMBERS: u32 = 1000;

/// Somebody of whom the provider's token tells, after everything about the token was found to fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// What the provider calls them for ever.
    pub subject: String,
    /// What they are called for logging in there, if it says so; it may change, and may be anybody's.
    pub login: Option<String>,
    /// What others call them.
    pub name: Option<String>,
    /// Their groups.
    pub groups: BTreeSet<String>,
    /// When they proved to the provider who they are, if it says so.
    pub proven: Option<Timestamp>,
}

impl Person {
    /// What part they have here by their groups.
    pub fn roles(&self, of_groups: &BTreeMap<String, BTreeSet<TeamRole>>) -> BTreeSet<TeamRole> {
        self.groups.iter().filter_map(|group| of_groups.get(group)).flatten().copied().collect()
    }

    /// The first account for them that is free. It is made of what they are called there; whoever has that name
    /// here already keeps it.
    pub fn free_account(&self, is_taken: impl Fn(&str) -> bool) -> Option<AccountName> {
        let base = self.login.as_deref().and_then(account).unwrap_or_else(|| NAMELESS.to_owned());
        let numbered = (2..NUMBERS).map(|number| format!("{base}-{number}"));
        let free = std::iter::once(base.clone()).chain(numbered).find(|name| !is_taken(name))?;
        AccountName::parse(&free).ok()
    }
}

/// A name that an account can have: what it cannot have becomes a dash.
fn account(login: &str) -> Option<String> {
    let fits = |ch: char| ch.is_ascii_alphanumeric() || "._-@+".contains(ch);
    let name: String = login
        .trim()
        .chars()
        .take(ACCOUNT)
        .map(|ch| if fits(ch) { ch.to_ascii_lowercase() } else { '-' })
        .collect();
    let name = name.trim_matches('-').to_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn person(login: Option<&str>, groups: &[&str]) -> Person {
        Person {
            subject: "248289761001".to_owned(),
            login: login.map(ToOwned::to_owned),
            name: None,
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            proven: None,
        }
    }

    #[test]
    fn groups_give_parts_and_unknown_groups_give_none() {
        let roles = BTreeMap::from([
            ("ir-lead".to_owned(), BTreeSet::from([TeamRole::IncidentCommander, TeamRole::Responder])),
            ("ir-audit".to_owned(), BTreeSet::from([TeamRole::Auditor])),
        ]);
        let of = |groups: &[&str]| person(None, groups).roles(&roles);
        assert_eq!(of(&["ir-lead", "staff"]), [TeamRole::IncidentCommander, TeamRole::Responder].into());
        assert_eq!(of(&["ir-lead", "ir-audit"]).len(), 3);
        for none in [&[][..], &["staff"], &["IR-LEAD"], &["ir-lead "], &["administrator"]] {
            assert_eq!(of(none), BTreeSet::new(), "{none:?}");
        }
    }

    #[test]
    fn an_account_is_made_of_the_name_there_and_takes_nobody_elses() {
        let cases = [
            (Some("Ops1"), "ops1"),
            (Some("dev1@example.org"), "dev1@example.org"),
            (Some("EXAMPLE\\ops1"), "example-ops1"),
            (Some("\u{430}dmin1"), "dmin1"),
            (Some("admin1"), "admin1-3"),
            (Some(" "), "oidc-user"),
            (Some("\u{202e}\n"), "oidc-user"),
            (None, "oidc-user"),
        ];
        for (login, want) in cases {
            let taken = |name: &str| matches!(name, "admin1" | "admin1-2");
            assert_eq!(person(login, &[]).free_account(taken).unwrap().as_str(), want, "{login:?}");
        }
        assert_eq!(person(Some("admin1"), &[]).free_account(|_| true), None);
    }

    proptest! {
        #[test]
        fn any_name_becomes_an_account(login in ".{0,100}", first_free in 0_u32..100) {
            let tried = std::cell::Cell::new(0);
            let account = person(Some(&login), &[]).free_account(|_| {
                tried.set(tried.get() + 1);
                tried.get() <= first_free
            });
            prop_assert!(account.is_some());
        }
    }
}

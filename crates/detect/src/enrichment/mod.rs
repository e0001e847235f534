//! What is known of addresses beside what the logs say: whose network they are in, and where.
//!
//! Pure: databases are bytes that somebody else has read.

mod mmdb;
#[cfg(test)]
mod writer;

pub use mmdb::{Database, DatabaseError};

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Whose network an address is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkNote {
    /// The autonomous system's number.
    pub asn: Option<u32>,
    /// Who runs it.
    pub organisation: Option<String>,
    /// The country, by its two letters.
    pub country: Option<String>,
}

/// Databases to ask.
#[derive(Debug, Default)]
pub struct Enrichment {
    /// Tells autonomous systems.
    pub systems: Option<Database>,
    /// Tells countries.
    pub countries: Option<Database>,
}

impl Enrichment {
    /// What the databases say of an address; `None` when they say nothing.
    pub fn network(&self, address: IpAddr) -> Option<NetworkNote> {
        let mut note = NetworkNote::default();
        if let Some(record) = self.systems.as_ref().and_then(|database| database.find(address)) {
            let named = |name: &str| record.text(&[name]);
            note.asn = record
                .number(&["autonomous_system_number"])
                .and_then(|number| u32::try_from(number).ok())
                .or_else(|| named("asn")?.trim_start_matches("AS").parse().ok());
            let organisation = named("autonomous_system_organization").or_else(|| named("as_name"));
            note.organisation = organisation.map(short);
        }
        if let Some(record) = self.countries.as_ref().and_then(|database| database.find(address)) {
            let paths: [&[&str]; 4] = [
                &["country", "iso_code"],
                &["registered_country", "iso_code"],
                &["country_code"],
                &["country"],
            ];
            note.country =
                paths.iter().find_map(|path| record.text(path)).filter(|text| text.len() == 2).map(short);
        }
        (note != NetworkNote::default()).then_some(note)
    }
}

fn short(text: &str) -> String {
    text.chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::writer::{Node, database, map, text};
    use super::*;
    use proptest::prelude::*;

    fn asn() -> Vec<u8> {
        let record = |number: u32, name: &str| {
            map(&[
                ("autonomous_system_number", Node::Number(number)),
                ("autonomous_system_organization", text(name)),
            ])
        };
        database(
            &[("203.0.113.0/24", record(64_500, "Example Net")), ("2001:db8::/32", record(64_501, "Six"))],
            24,
        )
    }

    fn country(width: u8) -> Vec<u8> {
        let record =
            map(&[("country", map(&[("iso_code", text("DE")), ("names", map(&[("en", text("Germany"))]))]))]);
        database(&[("203.0.113.64/26", record)], width)
    }

    #[test]
    fn addresses_are_told_by_the_databases() {
        for width in [24, 28, 32] {
            let enrichment = Enrichment {
                systems: Some(Database::open(asn()).unwrap()),
                countries: Some(Database::open(country(width)).unwrap()),
            };
            let told = |address: &str| enrichment.network(address.parse().unwrap());
            let note = |asn, organisation: &str, country: Option<&str>| {
                let organisation = Some(organisation.to_owned());
                Some(NetworkNote { asn: Some(asn), organisation, country: country.map(str::to_owned) })
            };
            assert_eq!(told("203.0.113.66"), note(64_500, "Example Net", Some("DE")));
            assert_eq!(told("::ffff:203.0.113.66"), note(64_500, "Example Net", Some("DE")));
            assert_eq!(told("203.0.113.1"), note(64_500, "Example Net", None));
            assert_eq!(told("2001:db8::1"), note(64_501, "Six", None));
            assert_eq!(told("192.0.2.1"), None);
            assert_eq!(told("2001:db9::1"), None);
        }
    }

    #[test]
    fn what_is_no_database_is_refused() {
        for bytes in [Vec::new(), b"evil".to_vec(), vec![0; 100_000], b"\xab\xcd\xefMaxMind.com".to_vec()] {
            assert!(Database::open(bytes).is_err());
        }
        // Cut anywhere: the end holds what says how to read the rest.
        let whole = asn();
        for len in 0..whole.len() - 1 {
            assert!(Database::open(whole[..len].to_vec()).is_err() || len > whole.len() - 60, "{len}");
        }
    }

    proptest! {
        /// However broken, a database is refused or answers; it never panics.
        #[test]
        fn a_broken_database_harms_nothing(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
            cut in prop::option::of(any::<prop::sample::Index>()),
            addresses in prop::collection::vec(any::<u32>(), 4),
        ) {
            let mut bytes = asn();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Some(cut) = cut {
                bytes.drain(..cut.index(bytes.len()));
            }
            if let Ok(database) = Database::open(bytes) {
                let enrichment = Enrichment { systems: Some(database.clone()), countries: Some(database) };
                for address in addresses {
                    enrichment.network(std::net::Ipv4Addr::from(address).into());
                }
                enrichment.network("203.0.113.66".parse().unwrap());
                enrichment.network("2001:db8::1".parse().unwrap());
            }
        }
    }
}

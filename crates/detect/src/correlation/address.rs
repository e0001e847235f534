//! Whose address is whose, so that what a sensor of the network saw of an address is known to be about
//! the host that wrote its own log.
//!
//! Records say it themselves: a host's own connections name its address, DHCP gives it out, machine
//! accounts log on from it. An address that several hosts had is nobody's: it joins nothing.

use super::alert::{Alert, Tie};
use super::entity::{address, short_host};
use crate::event::AddressOf;
use cofferdam_vocabulary::{EntityKind, Role};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// Addresses remembered; a network that has more is told apart by others.
const ADDRESSES_KEPT: usize = 20_000;

/// The hosts that had an address, as far as records say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressBook {
    owners: BTreeMap<IpAddr, Owner>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Owner {
    /// By the first label of its name.
    One(String),
    Several,
}

impl AddressBook {
    /// Notes a record's word. Loopback and the like are everybody's, and an address is no host's name.
    pub fn note(&mut self, known: &AddressOf<'_>) {
        let host = known.host.trim().trim_start_matches('\\').trim_end_matches('$');
        let is_name = !host.is_empty()
            && host.len() <= 253
            && host.parse::<IpAddr>().is_err()
            && !matches!(host, "-" | "localhost");
        if let Some(address) = address(known.address.trim()).filter(|_| is_name) {
            self.claim(address, Owner::One(short_host(host).to_ascii_lowercase()));
        }
    }

    /// Adds what another book knows.
    pub fn add(&mut self, other: AddressBook) {
        for (address, owner) in other.owners {
            self.claim(address, owner);
        }
    }

    fn claim(&mut self, address: IpAddr, owner: Owner) {
        let has_room = self.owners.len() < ADDRESSES_KEPT;
        match self.owners.get_mut(&address) {
            Some(known) if *known == owner => {}
            Some(known) => *known = Owner::Several,
            None if has_room => {
                self.owners.insert(address, owner);
            }
            None => {}
        }
    }

    /// Whether it knows nothing.
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// The host of the address, if just one had it.
    pub fn host_of(&self, address: &str) -> Option<&str> {
        match self.owners.get(&address.parse().ok()?)? {
            Owner::One(host) => Some(host),
            Owner::Several => None,
        }
    }

    /// Ties alerts of sensors to those of the hosts whose addresses they name. Alerts between which
    /// nothing but hosts' own logs stands stay as they are.
    pub fn tie(&self, alerts: &mut [Alert]) {
        self.tie_in(alerts, |alert| alert);
    }

    /// [`AddressBook::tie`] for alerts that others hold as well.
    pub fn tie_shared(&self, alerts: &mut [Arc<Alert>]) {
        self.tie_in(alerts, Arc::make_mut);
    }

    fn tie_in<A: Borrow<Alert>>(&self, alerts: &mut [A], change: impl Fn(&mut A) -> &mut Alert) {
        let mut seen: BTreeMap<String, BTreeSet<Tie>> = BTreeMap::new();
        for shared in alerts.iter_mut() {
            let alert: &Alert = (*shared).borrow();
            if alert.is_of_host() {
                continue;
            }
            let addresses = alert.entities.iter().filter(|entity| entity.kind == EntityKind::Address);
            let mut own = Vec::new();
            for entity in addresses {
                let Some(host) = self.host_of(&entity.value) else { continue };
                let tie = Tie::HostAddress(format!("{host} at {}", entity.value));
                seen.entry(host.to_owned()).or_default().insert(tie.clone());
                if !alert.ties.contains(&tie) && !own.contains(&tie) {
                    own.push(tie);
                }
            }
            if !own.is_empty() {
                change(shared).ties.extend(own);
            }
        }
        if seen.is_empty() {
            return;
        }
        for shared in alerts.iter_mut() {
            let alert: &Alert = (*shared).borrow();
            if !alert.is_of_host() {
                continue;
            }
            let hosts =
                alert.entities.iter().filter(|e| e.kind == EntityKind::Host && e.role == Role::Observer);
            let own: Vec<Tie> = { hosts }
                .filter_map(|host| seen.get(short_host(&host.value)))
                .flatten()
                .filter(|tie| !alert.ties.contains(tie))
                .cloned()
                .collect();
            if !own.is_empty() {
                change(shared).ties.extend(own);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn book(claims: &[(&str, &str)]) -> AddressBook {
        let mut book = AddressBook::default();
        for (host, address) in claims {
            book.note(&AddressOf { host: Cow::Borrowed(host), address: Cow::Borrowed(address) });
        }
        book
    }

    #[test]
    fn an_address_is_the_one_hosts_that_had_it() {
        let book = book(&[
            ("WS-01.example.org", "192.0.2.41"),
            ("ws-01", "::ffff:192.0.2.41"),
            ("WS-02$", "192.0.2.42"),
            ("ws-03", "192.0.2.43"),
            ("ws-04", "192.0.2.43"),
            ("localhost", "192.0.2.44"),
            ("192.0.2.45", "192.0.2.45"),
            ("ws-05", "127.0.0.1"),
            ("ws-06", "fe80::1"),
        ]);
        let cases = [
            ("192.0.2.41", Some("ws-01")),
            ("192.0.2.42", Some("ws-02")),
            ("192.0.2.43", None),
            ("192.0.2.44", None),
            ("192.0.2.45", None),
            ("127.0.0.1", None),
            ("fe80::1", None),
            ("192.0.2.99", None),
            ("nonsense", None),
        ];
        for (address, want) in cases {
            assert_eq!(book.host_of(address), want, "{address}");
        }
    }

    #[test]
    fn books_add_up_in_any_order() {
        let (a, b) =
            (book(&[("ws-01", "192.0.2.41"), ("ws-02", "192.0.2.42")]), book(&[("ws-03", "192.0.2.42")]));
        let sum = |mut first: AddressBook, second: &AddressBook| {
            first.add(second.clone());
            first
        };
        assert_eq!(sum(a.clone(), &b), sum(b.clone(), &a));
        assert_eq!(sum(a, &b).host_of("192.0.2.42"), None);
    }
}

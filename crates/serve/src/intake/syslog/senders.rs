//! Who sends: the host of messages that name none.

use crate::intake::Origin;
use crate::settings::ConfiguredSource;
use cofferdam_vocabulary::SourceName;
use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Senders of a source that are told apart. The spool remembers each, and over UDP anybody can be anybody.
const MOST: usize = 256;

/// Senders of one source.
pub struct Senders {
    source: SourceName,
    /// What the configuration says instead.
    host: Option<String>,
    known: Mutex<HashSet<IpAddr>>,
}

impl Senders {
    /// Those of this source.
    pub fn of(settings: &ConfiguredSource) -> Senders {
        Senders { source: settings.name, host: settings.host.clone(), known: Mutex::default() }
    }

    /// The sender, if it is told apart from others: the first 256 are, as long as nothing else is said.
    pub fn known(&self, sender: IpAddr) -> Option<IpAddr> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = sender.to_canonical();
        let is_known = known.contains(&sender) || (known.len() < MOST && known.insert(sender));
        (self.host.is_none() && is_known).then_some(sender)
    }

    /// Of which host messages are that name none: the one that the configuration names, else the sender.
    pub fn origin(&self, sender: Option<IpAddr>) -> Origin {
        let host = self.host.clone().or_else(|| sender.map(|sender| sender.to_string()));
        Origin { host, ..Origin::of(self.source) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Inlet, Trust};

    fn senders(host: Option<&str>) -> Senders {
        Senders::of(&ConfiguredSource {
            name: SourceName::parse("edge").unwrap(),
            inlet: Inlet::Udp { address: ([127, 0, 0, 1], 0).into() },
            parser: None,
            trust: Trust::Unproven,
            expected: None,
            zone: None,
            host: host.map(ToOwned::to_owned),
            from: Vec::new(),
        })
    }

    #[test]
    fn a_sender_is_the_host_of_what_names_none() {
        let origin =
            |senders: &Senders, sender: &str| senders.origin(senders.known(sender.parse().unwrap())).host;
        let some = senders(None);
        assert_eq!(origin(&some, "192.0.2.7").as_deref(), Some("192.0.2.7"));
        assert_eq!(origin(&some, "::ffff:192.0.2.7").as_deref(), Some("192.0.2.7"));
        assert_eq!(origin(&senders(Some("gateway")), "192.0.2.7").as_deref(), Some("gateway"));
    }

    #[test]
    fn forged_senders_do_not_grow_without_end() {
        let senders = senders(None);
        let origin = |number: u32| senders.origin(senders.known(IpAddr::from(number.to_be_bytes())));
        let origins: HashSet<String> = (0..10_000).map(|number| origin(number).name()).collect();
        assert_eq!(origins.len(), MOST + 1);
        // Who was known before still is.
        assert!(origin(1).host.is_some());
    }
}

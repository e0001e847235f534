//! What is known to be good ties nothing together and is marked where it is shown.

use super::hash::Digest;
use super::network::Network;
use super::set::IndicatorSet;
use super::value::Value;
use crate::correlation::{Alert, Tie};
use cofferdam_vocabulary::EntityKind;

impl IndicatorSet {
    /// Takes the ties away that are listed.
    pub fn untie(&self, alerts: &mut [Alert]) {
        if self.is_empty() {
            return;
        }
        for alert in alerts {
            alert.ties.retain(|tie| match tie {
                Tie::Address(value) => !self.lists(EntityKind::Address, value),
                Tie::Hash(value) => !self.lists(EntityKind::Hash, value),
                Tie::Link(_) | Tie::Host(_) | Tie::HostAddress(_) | Tie::Account(_) | Tie::Domain(_) => true,
            });
        }
    }

    /// Whether an entity is listed, or part of what is. Hosts and accounts never are.
    pub fn lists(&self, kind: EntityKind, value: &str) -> bool {
        let value = match kind {
            EntityKind::Address => value.parse().ok().map(|address| Value::Address(Network::single(address))),
            EntityKind::Hash => value
                .split_once(':')
                .and_then(|(algorithm, hex)| Digest::parse(Some(algorithm), hex))
                .map(Value::Hash),
            EntityKind::Domain => Some(Value::Domain(value.to_ascii_lowercase())),
            EntityKind::Url => {
                let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
                super::url::canonical(rest).map(Value::Url)
            }
            EntityKind::File | EntityKind::Process => Some(Value::Path(value.to_lowercase())),
            EntityKind::Host | EntityKind::Account | EntityKind::Registry | EntityKind::Service => None,
        };
        !self.is_empty() && value.is_some_and(|value| self.holds(&value))
    }
}

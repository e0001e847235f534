//! Addresses in a row: one, a network, or a range.

use ipnet::IpNet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses from the first to the last, both of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    first: IpAddr,
    last: IpAddr,
}

/// Why a text is no network that we look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NetworkError {
    /// It is something else.
    NotOne,
    /// It is one that would be seen everywhere.
    TooCommon(&'static str),
}

impl Network {
    /// Reads an address with or without port, a network (`203.0.113.0/24`, host bits are dropped) or a
    /// range (`203.0.113.5-203.0.113.9`).
    ///
    /// # Errors
    ///
    /// [`NetworkError::TooCommon`] when it holds more than a /8 (IPv6: a /16) or is loopback, unspecified
    /// or broadcast.
    pub(super) fn parse(text: &str) -> Result<Network, NetworkError> {
        let network = read(text).ok_or(NetworkError::NotOne)?;
        match network.too_common() {
            Some(reason) => Err(NetworkError::TooCommon(reason)),
            None => Ok(network),
        }
    }

    /// One address.
    pub fn single(address: IpAddr) -> Network {
        let address = address.to_canonical();
        Network { first: address, last: address }
    }

    /// The addresses from one to another of the same family.
    pub(super) fn between(first: IpAddr, last: IpAddr) -> Network {
        Network { first, last }
    }

    /// The first and the last address.
    pub fn ends(&self) -> (IpAddr, IpAddr) {
        (self.first, self.last)
    }

    /// Whether it is one address.
    pub fn is_single(&self) -> bool {
        self.first == self.last
    }

    fn too_common(&self) -> Option<&'static str> {
        let everywhere = |address: IpAddr| {
            address.is_loopback()
                || address.is_unspecified()
                || address == IpAddr::V4(Ipv4Addr::BROADCAST)
                || address == IpAddr::V6(Ipv6Addr::LOCALHOST)
        };
        match (self.first, self.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) if u32::from(last) - u32::from(first) >= 1 << 24 => {
                Some("it is wider than a /8")
            }
            (IpAddr::V6(first), IpAddr::V6(last)) if u128::from(last) - u128::from(first) >= 1 << 112 => {
                Some("it is wider than a /16")
            }
            _ if everywhere(self.first) || everywhere(self.last) => Some("every machine has this address"),
            _ => None,
        }
    }
}

fn read(text: &str) -> Option<Network> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(Network::single(address));
    }
    if let Ok(network) = text.parse::<IpNet>() {
        return Some(Network { first: network.network(), last: network.broadcast() });
    }
    if let Some((first, last)) = text.split_once('-') {
        let (first, last) = (first.trim().parse::<IpAddr>().ok()?, last.trim().parse::<IpAddr>().ok()?);
        let alike = first.is_ipv4() == last.is_ipv4();
        return (alike && first <= last).then_some(Network { first, last });
    }
    with_port(text).map(Network::single)
}

fn with_port(text: &str) -> Option<IpAddr> {
    if let Some(inner) = text.strip_prefix('[') {
        let (address, rest) = inner.split_once(']')?;
        let is_port =
            rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
        return address.parse::<Ipv6Addr>().ok().filter(|_| is_port).map(IpAddr::V6);
    }
    let (address, port) = text.split_once(':')?;
    port.parse::<u16>().ok()?;
    address.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_single() {
            return write!(f, "{}", self.first);
        }
        let widths = 0..=if self.first.is_ipv4() { 32 } else { 128 };
        let network = widths
            .filter_map(|width| IpNet::new(self.first, width).ok())
            .find(|network| network.network() == self.first && network.broadcast() == self.last);
        match network {
            Some(network) => write!(f, "{network}"),
            None => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

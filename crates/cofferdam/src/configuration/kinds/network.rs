//! Addresses to listen on, and networks that are trusted.

use super::super::given::{Given, Misread};
use super::Kind;
use ipnet::IpNet;
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

/// An address with its port: `127.0.0.1:8484`, `[::1]:8484`.
pub struct Address;

/// Networks, or single addresses: `192.0.2.0/24`, `2001:db8::7`.
pub struct Networks;

const WANTED: &str = "an address with its port, such as 127.0.0.1:8484 or [::]:8484";

impl Kind for Address {
    type Value = SocketAddr;

    fn name(&self) -> String {
        "address with port".to_owned()
    }

    fn read(&self, given: &Given, _: &Path) -> Result<SocketAddr, Misread> {
        let text = given.text(WANTED)?.trim();
        text.parse().map_err(|_| {
            let is_alone = text.parse::<IpAddr>().is_ok();
            Misread::new(if is_alone { "has no port" } else { "is no address with a port" })
                .help("write it as `127.0.0.1:8484` or `[::1]:8484`; names are not looked up")
        })
    }

    fn show(&self, value: &SocketAddr) -> Value {
        json!(value.to_string())
    }
}

impl Kind for Networks {
    type Value = Vec<IpNet>;

    fn name(&self) -> String {
        "list of networks".to_owned()
    }

    fn read(&self, given: &Given, _: &Path) -> Result<Vec<IpNet>, Misread> {
        match given {
            Given::Typed(text) => {
                text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(trusted).collect()
            }
            Given::List(spots) => spots
                .iter()
                .map(|spot| {
                    let read = spot.given.text("a network such as 192.0.2.0/24").and_then(trusted);
                    read.map_err(|misread| misread.at(&spot.span))
                })
                .collect(),
            _ => Err(given.other("a list of networks, such as [\"192.0.2.0/24\"]")),
        }
    }

    fn show(&self, value: &Vec<IpNet>) -> Value {
        json!(value.iter().map(ToString::to_string).collect::<Vec<_>>())
    }
}

/// A network that is trusted, which is never everybody.
fn trusted(text: &str) -> Result<IpNet, Misread> {
    let network = network(text)?;
    if network.prefix_len() == 0 {
        return Err(Misread::new(format!("`{}` is everybody", text.trim()))
            .help("name your proxies alone: whoever is in it says which address others come from"));
    }
    Ok(network)
}

/// A network, or a single address.
pub(super) fn network(text: &str) -> Result<IpNet, Misread> {
    let text = text.trim();
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let network = network.map_err(|_| {
        Misread::new(format!("`{text}` is no network"))
            .help("write it as `192.0.2.0/24`, `2001:db8::/32`, or a single address")
    })?;
    if network.addr() != network.network() {
        return Err(Misread::new(format!("`{text}` is no network, but an address in one"))
            .help(format!("write `{}`, or the address alone", network.trunc())));
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read() {
        for (text, want) in [
            ("192.0.2.0/24", "192.0.2.0/24"),
            ("192.0.2.7", "192.0.2.7/32"),
            ("2001:db8::7", "2001:db8::7/128"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("0.0.0.0/0", "`0.0.0.0/0` is everybody"),
            ("::/0", "`::/0` is everybody"),
            ("192.0.2.7/24", "`192.0.2.7/24` is no network, but an address in one"),
            ("192.0.2.0/33", "`192.0.2.0/33` is no network"),
            ("proxy.example.org", "`proxy.example.org` is no network"),
        ] {
            let read = trusted(text).map_or_else(|misread| misread.message, |net| net.to_string());
            assert_eq!(read, want);
        }
    }
}

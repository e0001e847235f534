//! Who is at the other end: the address, and whether the way to it is encrypted.
//!
//! Headers that say so are believed from proxies that the configuration names, and from nobody else.

use crate::settings::Settings;
use axum::http::HeaderMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The other end of the connection; an extension of each request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Whether this connection speaks TLS; an extension of each request.
#[derive(Clone, Copy, Debug)]
pub struct Encrypted(pub bool);

/// Where a request comes from, behind proxies that are believed; an extension of each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source(pub IpAddr);

impl Source {
    /// The address behind the proxies: from the right, the first that is none of them (RFC 7239, section 7.4 says
    /// why not from the left).
    pub fn of(settings: &Settings, peer: IpAddr, headers: &HeaderMap) -> Source {
        let peer = peer.to_canonical();
        if !settings.is_proxy(peer) {
            return Source(peer);
        }
        let mut source = peer;
        let lists = headers.get_all("x-forwarded-for").iter().rev();
        for hop in lists.filter_map(|list| list.to_str().ok()).flat_map(|list| list.rsplit(',')) {
            // What no proxy of ours writes ends the chain: the last hop that could be read is where it comes from.
            let Some(address) = address(hop.trim()) else { break };
            source = address.to_canonical();
            if !settings.is_proxy(source) {
                break;
            }
        }
        Source(source)
    }

    /// What counts as one place: an address, or the /64 that one customer of an IPv6 network has.
    pub fn place(self) -> IpAddr {
        match self.0 {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            v4 @ IpAddr::V4(_) => v4,
        }
    }
}

/// An address as proxies write it: alone, in brackets, or with a port.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    bare.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// Whether the client's way is encrypted: here, or up to a proxy that is believed.
pub fn is_encrypted(settings: &Settings, peer: IpAddr, here: bool, headers: &HeaderMap) -> bool {
    let said = || headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    here || settings.is_proxy(peer.to_canonical()) && said()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(peer: &str, forwarded: &[&str], want: &str) {
        let proxies = ["10.0.0.0/8", "2001:db8:1::/48"].map(|net| net.parse().unwrap()).to_vec();
        let settings = Settings { proxies, ..Settings::default() };
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let got = Source::of(&settings, peer.parse().unwrap(), &headers);
        assert_eq!(got.0.to_string(), want, "{peer} {forwarded:?}");
    }

    #[test]
    fn only_a_known_proxy_says_where_a_request_comes_from() {
        check("203.0.113.9", &[], "203.0.113.9");
        check("203.0.113.9", &["127.0.0.1"], "203.0.113.9");
        check("10.0.0.1", &[], "10.0.0.1");
        check("10.0.0.1", &["198.51.100.7"], "198.51.100.7");
        check("10.0.0.1", &["127.0.0.1, 198.51.100.7"], "198.51.100.7");
        check("10.0.0.1", &["127.0.0.1", "198.51.100.7, 10.0.0.2"], "198.51.100.7");
        check("10.0.0.1", &["nonsense"], "10.0.0.1");
        check("10.0.0.1", &["198.51.100.7:5555"], "198.51.100.7");
        check("10.0.0.1", &["[2001:db8:2::9]:443"], "2001:db8:2::9");
        check("10.0.0.1", &["[2001:db8:2::9]"], "2001:db8:2::9");
        check("10.0.0.1", &["198.51.100.7, nonsense"], "10.0.0.1");
        check("::ffff:10.0.0.1", &["::ffff:198.51.100.7"], "198.51.100.7");
        check("2001:db8:1::1", &["2001:db8:2::9"], "2001:db8:2::9");
    }

    #[test]
    fn one_customer_of_an_ipv6_network_is_one_place() {
        let place = |text: &str| Source(text.parse().unwrap()).place();
        assert_eq!(place("2001:db8:0:1::1"), place("2001:db8:0:1:ffff::2"));
        assert_ne!(place("2001:db8:0:1::1"), place("2001:db8:0:2::1"));
        assert_ne!(place("192.0.2.1"), place("192.0.2.2"));
    }
}

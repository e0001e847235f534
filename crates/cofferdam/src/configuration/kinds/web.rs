//! Addresses on the web.

use super::super::given::{Given, Misread};
use super::Kind;
use serde_json::{Value, json};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

/// An address on the web; whether it may have a path.
pub struct Web {
    /// Whether something may follow the host.
    pub with_path: bool,
}

/// An address by which people or programs reach a service: `https`, a host, perhaps a port and a path. `http` is
/// allowed for this machine alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAddress {
    text: String,
}

impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl WebAddress {
    /// Reads an address as people write it. Scheme and host become lower case, and a `/` at the end is left out.
    ///
    /// # Errors
    ///
    /// [`Misread`] for another scheme, for `http` to another machine, and for what is no address: one with an
    /// account, a query or a fragment, or with characters that do not belong there.
    ///
    /// Source: RFC 3986, section 3, without what a service's own address never has.
    pub fn parse(text: &str, with_path: bool) -> Result<WebAddress, Misread> {
        let bad = |why: &str| Err(Misread::new(why).help("write it as `https://cofferdam.example.org`"));
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else { return bad("is no address on the web") };
        let scheme = scheme.to_ascii_lowercase();
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = path.trim_end_matches('/');
        let is_path = |b: u8| b.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@%".contains(&b);
        if authority.contains('@') {
            return bad("names an account, which belongs elsewhere");
        }
        if !path.bytes().all(is_path) || text.contains(['?', '#']) {
            return bad("has a query, a fragment, or characters that do not belong there");
        }
        if !path.is_empty() && !with_path {
            return bad("has a path, and the server answers at the top of its host");
        }
        let authority = authority.to_ascii_lowercase();
        let Some(is_own) = host(&authority) else { return bad("has no host, or one that is none") };
        match scheme.as_str() {
            "https" => {}
            "http" if is_own => {}
            "http" => return bad("is not encrypted; only this machine may be reached by http"),
            _ => return bad("is no address on the web"),
        }
        Ok(WebAddress { text: format!("{scheme}://{authority}{path}") })
    }
}

/// Whether a host with its port is this machine; none if it is no host.
fn host(authority: &str) -> Option<bool> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let address: Ipv6Addr = address.parse().ok()?;
        is_port(port).then(|| address.is_loopback())
    } else {
        let (name, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
        let is_label = |label: &str| {
            matches!(label.len(), 1..=63)
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if name.len() > 253 || !name.split('.').all(is_label) || !is_port(port) {
            return None;
        }
        match name.parse::<Ipv4Addr>() {
            Ok(address) => Some(IpAddr::V4(address).is_loopback()),
            // A last label of digits alone is an address that was miswritten.
            Err(_) if name.rsplit('.').next()?.bytes().all(|b| b.is_ascii_digit()) => None,
            Err(_) => Some(name == "localhost"),
        }
    }
}

/// Nothing, or a colon and a port.
fn is_port(text: &str) -> bool {
    let port = |text: &str| {
        text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
    };
    text.is_empty() || text.strip_prefix(':').is_some_and(port)
}

impl Kind for Web {
    type Value = WebAddress;

    fn name(&self) -> String {
        "https address".to_owned()
    }

    fn read(&self, given: &Given, _: &Path) -> Result<WebAddress, Misread> {
        WebAddress::parse(given.text("an address that begins with https://")?, self.with_path)
    }

    fn show(&self, value: &WebAddress) -> Value {
        json!(value.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_read() {
        for (text, want) in [
            ("https://Cofferdam.example.org/", Some("https://cofferdam.example.org")),
            ("HTTPS://192.0.2.1:8443", Some("https://192.0.2.1:8443")),
            ("https://[2001:db8::1]:8443", Some("https://[2001:db8::1]:8443")),
            ("https://idp.example.org/realms/Staff", Some("https://idp.example.org/realms/Staff")),
            ("http://localhost:8484", Some("http://localhost:8484")),
            ("http://127.0.0.1:8484", Some("http://127.0.0.1:8484")),
            ("http://[::1]:8484", Some("http://[::1]:8484")),
            ("http://cofferdam.example.org", None),
            ("http://localhost.example.org", None),
            ("http://127.0.0.1.example.org", None),
            ("http://127.0.0.1@example.org", None),
            ("ftp://example.org", None),
            ("javascript:alert(1)", None),
            ("https://", None),
            ("https:///path", None),
            ("https://user@example.org", None),
            ("https://example.org?x", None),
            ("https://example.org/a#b", None),
            ("https://example.org\\@example.com", None),
            ("https://exa mple.org", None),
            ("https://example.org:0", None),
            ("https://example.org:+80", None),
            ("https://example.org:99999", None),
            ("https://192.0.2", None),
            ("https://[192.0.2.1]", None),
            ("cofferdam.example.org", None),
        ] {
            let read = WebAddress::parse(text, true).ok().map(|address| address.to_string());
            assert_eq!(read.as_deref(), want, "{text}");
        }
        assert!(WebAddress::parse("https://example.org/path", false).is_err());
        assert!(WebAddress::parse("https://example.org/", false).is_ok());
    }

    proptest! {
        #[test]
        fn what_was_read_is_read_again(text in "https?://[a-zA-Z0-9.:@/\\[\\]?#-]{0,40}|\\PC*") {
            if let Ok(address) = WebAddress::parse(&text, true) {
                prop_assert_eq!(WebAddress::parse(&address.to_string(), true), Ok(address));
            }
        }
    }
}

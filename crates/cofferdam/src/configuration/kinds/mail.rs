//! Where e-mail goes, and from whom it is.

use super::super::given::{Given, Misread};
use super::Kind;
use cofferdam_connect::{Security, mailbox};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::path::Path;

/// A server that takes e-mail.
pub struct MailAddress;

/// An address of somebody, with or without a name.
pub struct Mailbox;

/// A server that takes e-mail: a host, a port, and how the way to it is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailHost {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is protected.
    pub security: Security,
}

const EXAMPLE: &str = "write it as `smtps://mail.example.org`, or `smtp://mail.example.org:587` for STARTTLS";

impl MailHost {
    /// Reads an address: `smtps` for TLS from the start (port 465), `smtp` for STARTTLS (port 587), which is insisted
    /// upon, but on this machine.
    ///
    /// Source: RFC 8314, sections 3.3 and 7.3.
    fn parse(text: &str) -> Option<MailHost> {
        let (scheme, rest) = text.trim().trim_end_matches('/').split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let (host, port) = match rest.strip_prefix('[').map(|rest| rest.split_once(']')) {
            Some(Some((host, ""))) => (host, None),
            Some(Some((host, behind))) => (host, Some(behind.strip_prefix(':')?)),
            Some(None) => return None,
            None => rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port))),
        };
        if rest.starts_with('[') && host.parse::<IpAddr>().is_err() {
            return None;
        }
        let is_host = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':');
        if host.is_empty() || !host.bytes().all(is_host) {
            return None;
        }
        let port = port
            .map(|port| port.parse().ok().filter(|port| *port > 0))
            .map_or(Some(None), |port| port.map(Some))?;
        let is_own = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        let (security, usual) = match scheme.as_str() {
            "smtps" => (Security::Tls, 465),
            "smtp" if is_own => (Security::Plain, 25),
            "smtp" => (Security::StartTls, 587),
            _ => return None,
        };
        Some(MailHost { host: host.to_ascii_lowercase(), port: port.unwrap_or(usual), security })
    }
}

impl Kind for MailAddress {
    type Value = MailHost;

    fn name(&self) -> String {
        "smtps or smtp address".to_owned()
    }

    fn read(&self, given: &Given, _: &Path) -> Result<MailHost, Misread> {
        let text = given.text("an address that begins with smtps:// or smtp://")?;
        MailHost::parse(text)
            .ok_or_else(|| Misread::new("is no address of a server for e-mail").help(EXAMPLE))
    }

    fn show(&self, value: &MailHost) -> Value {
        let scheme = if value.security == Security::Tls { "smtps" } else { "smtp" };
        let host = if value.host.contains(':') { format!("[{}]", value.host) } else { value.host.clone() };
        json!(format!("{scheme}://{host}:{}", value.port))
    }
}

impl Kind for Mailbox {
    type Value = String;

    fn name(&self) -> String {
        "e-mail address".to_owned()
    }

    fn read(&self, given: &Given, _: &Path) -> Result<String, Misread> {
        let text = given.text("an e-mail address")?.trim();
        mailbox(text).map(|()| text.to_owned()).map_err(|what| {
            Misread::new(format!("is no e-mail address: {what}"))
                .help("write it as `ada@example.org`, or `Ada <ada@example.org>`")
        })
    }

    fn show(&self, value: &String) -> Value {
        json!(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_for_mail_are_read() {
        for (text, want) in [
            ("smtps://mail.example.org", Some(("mail.example.org", 465, Security::Tls))),
            ("smtp://Mail.Example.org/", Some(("mail.example.org", 587, Security::StartTls))),
            ("smtp://mail.example.org:2525", Some(("mail.example.org", 2525, Security::StartTls))),
            ("smtp://localhost", Some(("localhost", 25, Security::Plain))),
            ("smtp://[::1]:1025", Some(("::1", 1025, Security::Plain))),
            ("smtps://[2001:db8::1]", Some(("2001:db8::1", 465, Security::Tls))),
            ("mail.example.org", None),
            ("https://mail.example.org", None),
            ("smtp://", None),
            ("smtp://user@mail.example.org", None),
            ("smtp://mail.example.org:0", None),
            ("smtp://mail.example.org:x", None),
            ("smtp://[::1]x", None),
        ] {
            let read = MailHost::parse(text);
            let read = read.as_ref().map(|found| (found.host.as_str(), found.port, found.security));
            assert_eq!(read, want, "{text}");
        }
    }

    #[test]
    fn addresses_of_people_are_read() {
        let read = |text: &str| Mailbox.read(&Given::Text(text.to_owned()), Path::new("")).is_ok();
        for good in ["ada@example.org", "Ada Lovelace <ada@example.org>"] {
            assert!(read(good), "{good}");
        }
        for bad in [
            "ada",
            "ada@",
            "@example.org",
            "a@example.org\r\nBcc: b@example.org",
            "a@example.org, b@example.org",
        ] {
            assert!(!read(bad), "{bad}");
        }
    }
}

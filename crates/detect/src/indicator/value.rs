//! One value of an indicator, read from the many ways in which people write it.

use super::defang::refang;
use super::hash::Digest;
use super::network::{Network, NetworkError};
use super::url;
use std::fmt;
use std::net::IpAddr;

/// The kind of thing that an indicator tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One address, or a network or range of them.
    Address,
    /// A domain with all its subdomains.
    Domain,
    /// A URL.
    Url,
    /// The hash of a file.
    Hash,
    /// An e-mail address.
    Email,
    /// The path of a file; lists of what is known to be good may name some.
    Path,
}

/// What an indicator looks for, in the form in which it is compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// An address or several in a row.
    Address(Network),
    /// Lower case, no trailing dot.
    Domain(String),
    /// Without scheme, as [`url::canonical`] writes it.
    Url(String),
    /// A hash.
    Hash(Digest),
    /// Lower case.
    Email(String),
    /// Lower case.
    Path(String),
}

/// Why a text is no indicator that we look for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody can tell what it is.
    #[error("`{text}` is no address, network, domain, URL, hash or e-mail address")]
    NotUnderstood {
        /// What was given, shortened.
        text: String,
    },
    /// It would be seen on every machine, or everywhere in the world.
    #[error("`{text}` was refused: {reason}")]
    TooCommon {
        /// What was given, shortened.
        text: String,
        /// Why it tells nothing.
        reason: &'static str,
    },
}

impl Value {
    /// Reads a value as lists write it: plain or defanged, in quotes or brackets, with a port or a
    /// leading `*.`.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotUnderstood`] for what is none of the kinds; [`Refusal::TooCommon`] for loopback and
    /// unspecified addresses, networks wider than /8 (IPv6: /16), public suffixes, and hashes of nothing.
    pub fn parse(text: &str) -> Result<Value, Refusal> {
        let whole = refang(text);
        let text = unwrapped(&whole);
        if text.is_empty() || text.len() > 4_096 {
            return Err(not_understood(text));
        }
        if let Some(network) = network_of(text)? {
            return Ok(Value::Address(network));
        }
        if let Some(digest) = digest_of(text) {
            return if digest.is_of_nothing() {
                Err(too_common(text, "it is the hash of an empty file"))
            } else {
                Ok(Value::Hash(digest))
            };
        }
        if let Some(email) = email_of(text) {
            return Ok(Value::Email(email));
        }
        if text.contains("://") || text.contains('/') {
            return url_of(text);
        }
        let name = text.trim_start_matches("*.").trim_start_matches('.');
        let name = name.rsplit_once(':').map_or(name, |(name, port)| if is_port(port) { name } else { text });
        match domain(name) {
            Some(name) if is_suffix(&name) => Err(too_common(text, "everybody can register names below it")),
            Some(name) => Ok(Value::Domain(name)),
            None => Err(not_understood(text)),
        }
    }

    /// Reads a value, or the path of a file.
    ///
    /// # Errors
    ///
    /// As [`Value::parse`].
    pub fn parse_with_paths(text: &str) -> Result<Value, Refusal> {
        let bare = text.trim().trim_matches('"');
        let drive = bare.as_bytes().get(1) == Some(&b':') && bare.contains('\\');
        if (bare.starts_with('/') || bare.starts_with("\\\\") || drive) && bare.len() <= 4_096 {
            return Ok(Value::Path(bare.to_lowercase()));
        }
        Value::parse(text)
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Address(_) => Kind::Address,
            Value::Domain(_) => Kind::Domain,
            Value::Url(_) => Kind::Url,
            Value::Hash(_) => Kind::Hash,
            Value::Email(_) => Kind::Email,
            Value::Path(_) => Kind::Path,
        }
    }

    /// The kind as people say it: `network`, `sha256`, `domain`.
    pub fn word(&self) -> &'static str {
        match self {
            Value::Address(network) if network.is_single() => "address",
            Value::Address(_) => "network",
            Value::Domain(_) => "domain",
            Value::Url(_) => "URL",
            Value::Hash(digest) => digest.algorithm(),
            Value::Email(_) => "e-mail address",
            Value::Path(_) => "file",
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Address(network) => network.fmt(f),
            Value::Hash(digest) => digest.fmt(f),
            Value::Domain(text) | Value::Url(text) | Value::Email(text) | Value::Path(text) => f.pad(text),
        }
    }
}

/// Without what people put around a value.
fn unwrapped(text: &str) -> &str {
    let text = text.trim().trim_matches(['"', '\'', '`']).trim();
    // Rules of advertisement blockers: `||evil.example^`.
    let text = text.strip_prefix("||").map_or(text, |rest| rest.trim_end_matches('^'));
    text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(text)
}

fn network_of(text: &str) -> Result<Option<Network>, Refusal> {
    match Network::parse(text) {
        Ok(network) => Ok(Some(network)),
        Err(NetworkError::NotOne) => Ok(None),
        Err(NetworkError::TooCommon(reason)) => Err(too_common(text, reason)),
    }
}

/// `algorithm:hex`, `algorithm=hex` or the digits alone.
pub(super) fn digest_of(text: &str) -> Option<Digest> {
    let (algorithm, hex) = text.split_once([':', '=']).map_or((None, text), |(name, hex)| (Some(name), hex));
    Digest::parse(algorithm, hex.trim())
}

fn email_of(text: &str) -> Option<String> {
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let (local, host) = text.rsplit_once('@')?;
    let is_local = matches!(local.len(), 1..=64) && local.bytes().all(is_local_part);
    let host = domain(host).filter(|host| host.contains('.'))?;
    is_local.then(|| format!("{}@{host}", local.to_ascii_lowercase()))
}

/// The bytes of which the part before `@` is made, as far as we look for them in text.
pub(super) fn is_local_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-')
}

fn url_of(text: &str) -> Result<Value, Refusal> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let url = url::canonical(rest).ok_or_else(|| not_understood(text))?;
    let host = url::host_of(&url);
    if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
        // `203.0.113.0/33` was meant to be a network.
        let path = url.rsplit_once('/').map_or("", |(_, path)| path);
        if !text.contains("://") && !path.is_empty() && path.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(not_understood(text));
        }
        let own = address.is_loopback() || address.is_unspecified();
        return if own {
            Err(too_common(text, "its host is every machine itself"))
        } else {
            Ok(Value::Url(url))
        };
    }
    match domain(host) {
        Some(name) if name.contains('.') => Ok(Value::Url(url)),
        Some(_) => Err(too_common(text, "its host has no domain")),
        None => Err(not_understood(text)),
    }
}

/// A DNS name in lower case, without a trailing dot.
///
/// Source: RFC 1035, section 2.3.4; `_` as services use it.
pub(super) fn domain(text: &str) -> Option<String> {
    let name = text.trim_end_matches('.').to_ascii_lowercase();
    let is_label = |label: &str| {
        matches!(label.len(), 1..=63)
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    let valid = matches!(name.len(), 1..=253)
        && name.split('.').all(is_label)
        && last.starts_with(|ch: char| ch.is_ascii_alphabetic());
    valid.then_some(name)
}

/// A name directly under which anybody can register one: `com`, `co.uk`, `github.io`.
///
/// Source: the Public Suffix List, as of the version of the crate `psl`.
fn is_suffix(name: &str) -> bool {
    !name.contains('.') || psl::suffix_str(name) == Some(name)
}

fn is_port(text: &str) -> bool {
    matches!(text.len(), 1..=5) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn not_understood(text: &str) -> Refusal {
    Refusal::NotUnderstood { text: short(text) }
}

fn too_common(text: &str, reason: &'static str) -> Refusal {
    Refusal::TooCommon { text: short(text), reason }
}

/// Values from outside are as long as an attacker likes.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(120) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_however_they_are_written() {
        for (text, want) in [
            ("203.0.113.66", "address 203.0.113.66"),
            ("203[.]0.113(.)66", "address 203.0.113.66"),
            ("203.0.113.66:8080", "address 203.0.113.66"),
            ("[2001:db8::66]:443", "address 2001:db8::66"),
            ("2001:DB8:0:0:0:0:0:66", "address 2001:db8::66"),
            ("::ffff:203.0.113.66", "address 203.0.113.66"),
            ("203.0.113.66/32", "address 203.0.113.66"),
            ("203.0.113.77/24", "network 203.0.113.0/24"),
            ("203.0.113.5-203.0.113.9", "network 203.0.113.5-203.0.113.9"),
            ("203.0.113.0 - 203.0.113.255", "network 203.0.113.0/24"),
            ("2001:db8::/32", "network 2001:db8::/32"),
            ("Evil.Example.", "domain evil.example"),
            ("*.evil[.]example", "domain evil.example"),
            ("evil[dot]example", "domain evil.example"),
            ("||evil.example^", "domain evil.example"),
            ("evil.example:8443", "domain evil.example"),
            ("hxxps://Evil.example/Pay?x=1#top", "URL evil.example/Pay?x=1"),
            ("hXXp[://]evil[.]example:80", "URL evil.example/"),
            ("evil.example/gate.php", "URL evil.example/gate.php"),
            ("http://203.0.113.66:8080/a", "URL 203.0.113.66:8080/a"),
            ("ops1[at]evil.example", "e-mail address ops1@evil.example"),
            ("mailto:Ops1@Evil.example", "e-mail address ops1@evil.example"),
            ("0123456789abcdef0123456789ABCDEF", "md5 0123456789abcdef0123456789abcdef"),
            ("imphash:0123456789abcdef0123456789abcdef", "imphash 0123456789abcdef0123456789abcdef"),
            (
                "SHA1=0123456789abcdef0123456789abcdef01234567",
                "sha1 0123456789abcdef0123456789abcdef01234567",
            ),
        ] {
            let value = Value::parse(text).unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
            assert_eq!(format!("{} {value}", value.word()), want, "{text}");
        }
    }

    #[test]
    fn what_tells_nothing_is_refused() {
        for text in [
            "127.0.0.1",
            "0.0.0.0",
            "::1",
            "::",
            "255.255.255.255",
            "127.0.0.0/8",
            "0.0.0.0/0",
            "8.0.0.0/7",
            "2000::/3",
            "::/0",
            "1.0.0.0-200.0.0.0",
            "com",
            "co.uk",
            "github.io",
            "localhost",
            "http://localhost/x",
            "http://127.0.0.1/x",
            "d41d8cd98f00b204e9800998ecf8427e",
            "00000000000000000000000000000000",
        ] {
            assert!(
                matches!(Value::parse(text), Err(Refusal::TooCommon { .. })),
                "{text}: {:?}",
                Value::parse(text)
            );
        }
    }

    #[test]
    fn what_is_nothing_is_not_understood() {
        for text in [
            "",
            " ",
            "evil",
            "evil..example",
            "-",
            "203.0.113",
            "203.0.113.666",
            "0123456789abcdef",
            "a b.example",
            "http://",
            "http:///x",
            "@evil.example",
            "x@",
            "203.0.113.9-203.0.113.5",
            "203.0.113.0/33",
            "\u{0}",
            "日本.example/x",
        ] {
            let outcome = Value::parse(text);
            let nothing = matches!(outcome, Err(Refusal::NotUnderstood { .. }));
            assert!(nothing || text == "evil", "{text}: {outcome:?}");
        }
    }
}

//! What the products call observables, indicators and assets, as entities.

use cofferdam_detect::correlation::value_of;
use cofferdam_vocabulary::{Entity, EntityKind, Role};

/// The entity that an observable is; none of what is no entity here, such as the subject of a mail.
///
/// Sources: the types of observables of TheHive (`ip`, `domain`, `fqdn`, `hostname`, `url`, `hash`, `filename`, `mail` …),
/// and of DFIR-IRIS those of MISP (`ip-dst`, `sha256`, `filename|md5` …).
pub fn observable(kind: &str, value: &str, role: Role) -> Vec<Entity> {
    let kind = kind.trim().to_ascii_lowercase();
    // MISP has types of two values: a file and its hash, an address and its port.
    if let (Some((first, second)), Some((left, right))) = (kind.split_once('|'), value.split_once('|')) {
        return [observable(first, left, role), observable(second, right, role)].concat();
    }
    let (entity, text) = match kind.as_str() {
        "ip" | "ip-src" | "ip-dst" | "ip-any" => (EntityKind::Address, value.to_owned()),
        "domain" | "fqdn" => (EntityKind::Domain, value.to_owned()),
        "hostname" | "host" | "computer" => (EntityKind::Host, value.to_owned()),
        "url" | "uri" | "uri_path" | "link" => (EntityKind::Url, value.to_owned()),
        "hash" => (EntityKind::Hash, hash(None, value)),
        "md5" | "sha1" | "sha256" | "sha512" => (EntityKind::Hash, hash(Some(&kind), value)),
        "filename" | "file" | "file-path" => (EntityKind::File, value.to_owned()),
        "mail" | "mail_account" | "account" | "username" | "target-user" | "email" | "email-src"
        | "email-dst" => (EntityKind::Account, value.to_owned()),
        "registry" | "regkey" => (EntityKind::Registry, value.to_owned()),
        _ => return Vec::new(),
    };
    value_of(entity, &text).map(|value| Entity { kind: entity, value, role }).into_iter().collect()
}

/// The entities that an asset of DFIR-IRIS is: what it is called, by its type, and its address.
///
/// Source: the types of assets that DFIR-IRIS makes at first, `source/app/post_init.py`.
pub fn asset(kind: &str, name: &str) -> Option<Entity> {
    let kind = kind.to_ascii_lowercase();
    let entity = match kind.as_str() {
        kind if kind.contains("account") => EntityKind::Account,
        kind if kind.contains("domain") && !kind.contains("controller") => EntityKind::Domain,
        _ => EntityKind::Host,
    };
    value_of(entity, name).map(|value| Entity { kind: entity, value, role: Role::Target })
}

/// `algorithm:digits`, the algorithm by how many digits there are.
fn hash(algorithm: Option<&str>, digits: &str) -> String {
    let digits = digits.trim();
    let by_length = match digits.len() {
        32 => "md5",
        40 => "sha1",
        64 => "sha256",
        128 => "sha512",
        _ => "hash",
    };
    format!("{}:{digits}", algorithm.unwrap_or(by_length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: &str, value: &str, want: &str) {
        let found = observable(kind, value, Role::Target);
        let found: Vec<String> =
            found.iter().map(|one| format!("{} {}", one.kind.as_str(), one.value)).collect();
        assert_eq!(found.join(", "), want, "{kind} {value}");
    }

    #[test]
    fn observables_are_entities_in_the_form_of_their_kind() {
        check("ip", " 203.0.113.7 ", "address 203.0.113.7");
        check("ip", "localhost", "");
        check("hash", &"AB".repeat(16), &format!("hash md5:{}", "ab".repeat(16)));
        check(
            "filename|sha256",
            &format!("a.exe|{}", "0a".repeat(32)),
            &format!("file a.exe, hash sha256:{}", "0a".repeat(32)),
        );
        check("ip-dst|port", "203.0.113.7|443", "address 203.0.113.7");
        check("mail", "Kim@example.org", "account kim@example.org");
        check("mail-subject", "Your invoice", "");
        check("other", "x", "");
    }
}

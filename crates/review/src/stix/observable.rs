//! Entities as STIX observables.

use super::id::{observable, own};
use super::{Bundle, text};
use cofferdam_vocabulary::{Entity, EntityKind};
use serde_json::json;
use std::net::IpAddr;

/// Adds what the entity is as an observable, and what that refers to; returns its id. Entities for
/// which STIX has no observable have none: hosts are identities, services and web paths are told in
/// words.
pub(super) fn observe(bundle: &mut Bundle, entity: &Entity) -> Option<String> {
    let value = text(&entity.value);
    match entity.kind {
        EntityKind::Address => address(bundle, &entity.value),
        EntityKind::Domain => is_domain(&entity.value).then(|| simple(bundle, "domain-name", &entity.value)),
        EntityKind::Account => Some(account(bundle, &value)),
        EntityKind::File => Some(file(bundle, &value)),
        EntityKind::Process => Some(process(bundle, &value)),
        EntityKind::Hash => hash(bundle, &entity.value),
        EntityKind::Registry => registry(bundle, &value),
        EntityKind::Url if is_url(&entity.value) => Some(simple(bundle, "url", &entity.value)),
        EntityKind::Host | EntityKind::Url | EntityKind::Service => None,
    }
}

/// An observable whose value is all there is to it.
fn simple(bundle: &mut Bundle, kind: &'static str, value: &str) -> String {
    let id = observable(kind, &[("value", json!(value))]);
    bundle.push(json!({"type": kind, "spec_version": "2.1", "id": id, "value": value}))
}

fn address(bundle: &mut Bundle, value: &str) -> Option<String> {
    let kind = match value.parse().ok()? {
        IpAddr::V4(_) => "ipv4-addr",
        IpAddr::V6(_) => "ipv6-addr",
    };
    Some(simple(bundle, kind, value))
}

fn account(bundle: &mut Bundle, login: &str) -> String {
    let mut contributing = vec![("account_login", json!(login))];
    if login.contains('\\') {
        contributing.push(("account_type", json!("windows-domain")));
    }
    let mut object = json!({
        "type": "user-account",
        "spec_version": "2.1",
        "id": observable("user-account", &contributing),
    });
    for (name, value) in contributing {
        object[name] = value;
    }
    bundle.push(object)
}

fn file(bundle: &mut Bundle, path: &str) -> String {
    let (folder, name) = match path.rsplit_once(['/', '\\']) {
        Some((folder, name)) if !name.is_empty() => (Some(folder), name),
        _ => (None, path),
    };
    let mut object = json!({"type": "file", "spec_version": "2.1", "id": "", "name": name});
    let mut contributing = vec![("name", json!(name))];
    if let Some(folder) = folder {
        let folder = directory(bundle, if folder.is_empty() { "/" } else { folder });
        contributing.push(("parent_directory_ref", json!(folder)));
        object["parent_directory_ref"] = json!(folder);
    }
    object["id"] = json!(observable("file", &contributing));
    bundle.push(object)
}

fn directory(bundle: &mut Bundle, path: &str) -> String {
    let id = observable("directory", &[("path", json!(path))]);
    bundle.push(json!({"type": "directory", "spec_version": "2.1", "id": id, "path": path}))
}

fn process(bundle: &mut Bundle, path: &str) -> String {
    let image = file(bundle, path);
    // The standard names nothing that makes a process what it is.
    let id = own("process", &[path]);
    bundle.push(json!({"type": "process", "spec_version": "2.1", "id": id, "image_ref": image}))
}

fn hash(bundle: &mut Bundle, value: &str) -> Option<String> {
    let (name, hex) = named_hash(value)?;
    let hashes = json!({name: hex});
    let id = observable("file", &[("hashes", hashes.clone())]);
    Some(bundle.push(json!({"type": "file", "spec_version": "2.1", "id": id, "hashes": hashes})))
}

/// The standard wants the hive's full name; what begins with no hive is no key.
fn registry(bundle: &mut Bundle, key: &str) -> Option<String> {
    const HIVES: [(&str, &str); 5] = [
        ("HKLM", "HKEY_LOCAL_MACHINE"),
        ("HKCU", "HKEY_CURRENT_USER"),
        ("HKCR", "HKEY_CLASSES_ROOT"),
        ("HKU", "HKEY_USERS"),
        ("HKCC", "HKEY_CURRENT_CONFIG"),
    ];
    let (hive, rest) = key.split_once('\\').unwrap_or((key, ""));
    let is_hive =
        |(short, full): &&(&str, &str)| hive.eq_ignore_ascii_case(short) || hive.eq_ignore_ascii_case(full);
    let (_, hive) = HIVES.iter().find(is_hive)?;
    let key = if rest.is_empty() { (*hive).to_owned() } else { format!("{hive}\\{rest}") };
    let id = observable("windows-registry-key", &[("key", json!(key))]);
    Some(bundle.push(json!({"type": "windows-registry-key", "spec_version": "2.1", "id": id, "key": key})))
}

/// `sha256:hex` as STIX names it, if the hex has the length that the algorithm gives.
pub(super) fn named_hash(value: &str) -> Option<(&'static str, &str)> {
    let (algorithm, hex) = value.split_once(':')?;
    let (name, length) = match algorithm {
        "md5" => ("MD5", 32),
        "sha1" => ("SHA-1", 40),
        "sha256" => ("SHA-256", 64),
        "sha512" => ("SHA-512", 128),
        _ => return None,
    };
    (hex.len() == length && hex.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some((name, hex))
}

/// Labels of letters, digits, `-` and `_` between dots: what else stands there is no name.
pub(super) fn is_domain(value: &str) -> bool {
    let label = |label: &str| {
        matches!(label.len(), 1..=63)
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    value.len() <= 253 && value.contains('.') && value.split('.').all(label)
}

/// A whole address of a resource; log lines of web servers hold only its path.
pub(super) fn is_url(value: &str) -> bool {
    let rest = value.strip_prefix("http://").or_else(|| value.strip_prefix("https://"));
    let printable = |byte: u8| {
        byte.is_ascii_graphic()
            && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
    };
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or("");
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        (is_domain(host) || host.parse::<IpAddr>().is_ok()) && rest.bytes().all(printable)
    })
}

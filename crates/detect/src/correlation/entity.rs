//! Which hosts, accounts, addresses and so on an event is about, and what ties it to other events.

use crate::event::{Event, Value};
use cofferdam_vocabulary::{Entity, EntityKind, Role};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::LazyLock;

/// What an event tells of the world around it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sightings {
    /// Entities with the part each plays; no value twice in one role.
    pub entities: Vec<Entity>,
    /// Identities of processes and logon sessions, unique where they occur: the closest tie there is
    /// between two events, though nothing that a person would name.
    pub links: Vec<String>,
    /// The login session on a Linux host, by auditd's number.
    pub session: Option<String>,
    /// The host is one that everybody talks to: it wrote what only a domain controller writes.
    pub is_domain_controller: bool,
}

/// What a field holds.
#[derive(Clone, Copy)]
enum Reading {
    Host,
    Account,
    /// `*UserName`, with the field that holds its domain.
    AccountOf(&'static str),
    Address,
    /// One or more `ALGORITHM=hex`.
    Hashes,
    /// The hexadecimal digits of that algorithm.
    Hash(&'static str),
    Process,
    File,
    Domain,
    Url,
    Registry,
    Service,
}

impl Reading {
    /// Whether it is a host, an account, an address, a domain or a hash.
    fn is_party(self) -> bool {
        !matches!(
            self,
            Reading::Process | Reading::File | Reading::Url | Reading::Registry | Reading::Service
        )
    }
}

/// Fields, what they hold and the part it plays. The same names mean the same in every format.
const FIELDS: [(&str, Reading, Role); 66] = [
    ("Computer", Reading::Host, Role::Observer),
    ("host.name", Reading::Host, Role::Observer),
    ("WorkstationName", Reading::Host, Role::Actor),
    ("Workstation", Reading::Host, Role::Actor),
    ("SourceHostname", Reading::Host, Role::Actor),
    ("DestinationHostname", Reading::Domain, Role::Target),
    ("User", Reading::Account, Role::Actor),
    ("SourceUser", Reading::Account, Role::Actor),
    ("TargetUser", Reading::Account, Role::Target),
    ("ParentUser", Reading::Account, Role::Actor),
    ("SubjectUserName", Reading::AccountOf("SubjectDomainName"), Role::Actor),
    ("TargetUserName", Reading::AccountOf("TargetDomainName"), Role::Target),
    ("AccountName", Reading::AccountOf("Domain"), Role::Actor),
    ("user.name", Reading::Account, Role::Actor),
    ("user.target.name", Reading::Account, Role::Target),
    ("cs-username", Reading::Account, Role::Actor),
    ("acct", Reading::Account, Role::Target),
    ("AUID", Reading::Account, Role::Actor),
    ("IpAddress", Reading::Address, Role::Actor),
    ("ClientAddress", Reading::Address, Role::Actor),
    ("SourceIp", Reading::Address, Role::Actor),
    ("SourceAddress", Reading::Address, Role::Actor),
    ("source.ip", Reading::Address, Role::Actor),
    ("c-ip", Reading::Address, Role::Actor),
    ("addr", Reading::Address, Role::Actor),
    ("DestinationIp", Reading::Address, Role::Target),
    ("DestAddress", Reading::Address, Role::Target),
    ("destination.ip", Reading::Address, Role::Target),
    ("Image", Reading::Process, Role::Actor),
    ("ParentImage", Reading::Process, Role::Actor),
    ("SourceImage", Reading::Process, Role::Actor),
    ("TargetImage", Reading::Process, Role::Target),
    ("ProcessName", Reading::Process, Role::Actor),
    ("exe", Reading::Process, Role::Actor),
    ("TargetFilename", Reading::File, Role::Target),
    ("ImageLoaded", Reading::File, Role::Target),
    ("ImagePath", Reading::File, Role::Target),
    ("RelativeTargetName", Reading::File, Role::Target),
    ("Hashes", Reading::Hashes, Role::Target),
    ("Hash", Reading::Hashes, Role::Target),
    ("QueryName", Reading::Domain, Role::Target),
    ("TargetObject", Reading::Registry, Role::Target),
    ("ServiceName", Reading::Service, Role::Target),
    ("TaskName", Reading::Service, Role::Target),
    ("service.name", Reading::Service, Role::Target),
    ("cs-uri-stem", Reading::Url, Role::Target),
    ("source.domain", Reading::Domain, Role::Actor),
    ("ObjectName", Reading::File, Role::Target),
    ("user.effective.name", Reading::Account, Role::Target),
    ("Hostname", Reading::Host, Role::Observer),
    ("DetectionUser", Reading::Account, Role::Actor),
    ("RemoteName", Reading::Domain, Role::Target),
    ("NewProcessName", Reading::Process, Role::Actor),
    ("ParentProcessName", Reading::Process, Role::Actor),
    ("MemberName", Reading::Account, Role::Target),
    ("group.name", Reading::Account, Role::Target),
    ("PipeName", Reading::File, Role::Target),
    ("TargetServerName", Reading::Host, Role::Target),
    ("url", Reading::Url, Role::Target),
    ("ClientName", Reading::Host, Role::Actor),
    ("destination.domain", Reading::Domain, Role::Target),
    ("dns.question.name", Reading::Domain, Role::Target),
    ("file.path", Reading::File, Role::Target),
    ("file.hash.sha256", Reading::Hash("sha256"), Role::Target),
    ("file.hash.sha1", Reading::Hash("sha1"), Role::Target),
    ("file.hash.md5", Reading::Hash("md5"), Role::Target),
];

/// Fields that name a process or a logon session. They mean something on their host only: machines
/// made from one image, or a recording played twice, may well have the same ones.
const LINKS: [&str; 11] = [
    "ProcessGuid",
    "ParentProcessGuid",
    "SourceProcessGUID",
    "SourceProcessGuid",
    "TargetProcessGUID",
    "TargetProcessGuid",
    "LogonGuid",
    "LogonId",
    "SubjectLogonId",
    "TargetLogonId",
    "ses",
];

/// The field that names a session at a service, or the key that stands for it: unique everywhere.
const SESSION: &str = "session.id";

/// Logon sessions that every machine has: SYSTEM, network service, local service, none.
const SHARED_SESSIONS: [&str; 7] = ["0x3e7", "0x3e4", "0x3e5", "0x0", "0", "4294967295", "unset"];

/// Reads what the event is about.
pub fn sightings(event: &Event<'_>) -> Sightings {
    let mut out = Sightings::default();
    for field in &event.fields {
        if let Some((name, reading, role)) = known(&field.name) {
            for text in texts(&field.value) {
                read(event, name, reading, role, &text, &mut out.entities);
            }
        }
    }
    let host = out.entities.iter().find(|e| e.kind == EntityKind::Host && e.role == Role::Observer);
    let host = host.map_or("", |entity| short_host(&entity.value)).to_owned();
    for name in LINKS {
        if let Some(text) = event.text_of(name)
            && is_telling_link(&text)
        {
            out.links.push(format!("{host}/{}", text.to_ascii_lowercase()));
        }
    }
    for text in event.get(SESSION).map(texts).into_iter().flatten().filter(|text| is_telling_link(text)) {
        out.links.push(text.to_ascii_lowercase());
    }
    out.links.sort_unstable();
    out.links.dedup();
    out.session = session(event);
    out.is_domain_controller = is_domain_controllers(event);
    out
}

/// The part that a field's value plays in its event, for fields that hold something that plays one.
pub(crate) fn role_of(field: &str) -> Option<Role> {
    known(field).map(|(.., role)| role)
}

/// What a field of this name holds, if it is one of ours.
fn known(name: &str) -> Option<(&'static str, Reading, Role)> {
    static KNOWN: LazyLock<HashMap<&str, (&str, Reading, Role)>> =
        LazyLock::new(|| FIELDS.iter().map(|&field| (field.0, field)).collect());
    KNOWN.get(name).copied()
}

/// Hosts, accounts, addresses, domains and hashes that an event names.
pub(super) fn named(event: &Event<'_>) -> Vec<Entity> {
    let mut out = Vec::new();
    for field in &event.fields {
        if let Some((name, reading, role)) = known(&field.name)
            && reading.is_party()
        {
            for text in texts(&field.value) {
                read(event, name, reading, role, &text, &mut out);
            }
        }
    }
    out
}

/// The login session of an event, by auditd's number.
pub(super) fn session(event: &Event<'_>) -> Option<String> {
    event.text_of("ses").filter(|text| is_telling_link(text)).map(Cow::into_owned)
}

fn is_telling_link(text: &str) -> bool {
    let text = text.trim();
    let text = text.to_ascii_lowercase();
    let zero = text.bytes().all(|b| matches!(b, b'0' | b'{' | b'}' | b'-'));
    // Sysmon's GUID of SYSTEM's session ends in its number, 0x3e7.
    let of_system = text.ends_with("-e703-000000000000}");
    !text.is_empty() && !zero && !of_system && !SHARED_SESSIONS.contains(&text.as_str())
}

/// Events that only a domain controller writes: Kerberos tickets and changes of directory objects.
fn is_domain_controllers(event: &Event<'_>) -> bool {
    event.class.services.contains(&"security")
        && event.text_of("EventID").is_some_and(|id| {
            matches!(&*id, "4768" | "4769" | "4770" | "4771" | "4662" | "5136" | "5137" | "5141")
        })
}

fn texts<'v>(value: &'v Value<'_>) -> Vec<Cow<'v, str>> {
    match value {
        Value::List(members) => members.iter().filter_map(Value::as_text).take(8).collect(),
        other => other.as_text().into_iter().collect(),
    }
}

fn read(event: &Event<'_>, name: &str, reading: Reading, role: Role, text: &str, out: &mut Vec<Entity>) {
    let text = text.trim();
    if matches!(text, "" | "-" | "?" | "(null)" | "unset" | "N/A" | "n/a") {
        return;
    }
    let mut add = |kind, value: String| {
        let entity = Entity { kind, value, role };
        if !entity.value.is_empty() && !out.contains(&entity) {
            out.push(entity);
        }
    };
    let mut add_as = |kind, text: &str| {
        if let Some(value) = value_of(kind, text) {
            add(kind, value);
        }
    };
    match reading {
        // A Hostname beside a Computer is the same machine by another name.
        Reading::Host if name == "Hostname" && event.get("Computer").is_some() => {}
        Reading::Host => add_as(EntityKind::Host, text),
        Reading::Account => add_as(EntityKind::Account, text),
        Reading::AccountOf(domain) => {
            let domain = event.text_of(domain);
            add(EntityKind::Account, account(domain.as_deref(), text));
        }
        Reading::Address => add_as(EntityKind::Address, text),
        Reading::Hashes => {
            for (algorithm, hex) in text.split([',', ';']).filter_map(|part| part.split_once('=')) {
                if let Some(hash) = hash(algorithm, hex) {
                    add(EntityKind::Hash, hash);
                }
            }
        }
        Reading::Hash(algorithm) => {
            if let Some(hash) = hash(algorithm, text) {
                add(EntityKind::Hash, hash);
            }
        }
        Reading::Process => add_as(EntityKind::Process, text),
        Reading::File => add_as(EntityKind::File, text),
        Reading::Domain => add_as(EntityKind::Domain, text),
        Reading::Url => add_as(EntityKind::Url, text),
        Reading::Registry => add_as(EntityKind::Registry, text),
        Reading::Service => add_as(EntityKind::Service, text),
    }
}

/// A value in the form in which those of its kind are compared; `None` for what tells nothing apart, such as
/// loopback addresses. A hash is `algorithm:digits`.
pub fn value_of(kind: EntityKind, text: &str) -> Option<String> {
    let text = text.trim();
    let value = match kind {
        EntityKind::Host => {
            let host = text.trim_start_matches('\\').trim_end_matches('.').to_ascii_lowercase();
            let is_name = host.parse::<IpAddr>().is_err()
                && !matches!(host.as_str(), "localhost" | "localhost.localdomain");
            cut(&is_name.then_some(host)?)
        }
        EntityKind::Account => account(None, text),
        EntityKind::Address => address(text)?.to_string(),
        EntityKind::Hash => {
            let (algorithm, digits) = text.split_once(':')?;
            hash(algorithm, digits)?
        }
        EntityKind::Domain if text.parse::<IpAddr>().is_ok() => return None,
        EntityKind::Domain => cut(&text.trim_end_matches('.').to_ascii_lowercase()),
        _ => cut(text),
    };
    (!value.is_empty()).then_some(value)
}

/// `sha256:` and the digits, unless they are none or all zero.
fn hash(algorithm: &str, hex: &str) -> Option<String> {
    let told =
        hex.len() >= 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()) && hex.bytes().any(|b| b != b'0');
    told.then(|| format!("{}:{}", algorithm.trim().to_ascii_lowercase(), hex.to_ascii_lowercase()))
}

/// Values from outside are as long as an attacker likes.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(300) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// `domain\name` or `name`, lower case; a domain that is empty says nothing.
fn account(domain: Option<&str>, name: &str) -> String {
    let name = name.to_lowercase();
    match domain.map(str::trim).filter(|domain| !matches!(*domain, "" | "-")) {
        Some(domain) if !name.contains('\\') => cut(&format!("{}\\{name}", domain.to_lowercase())),
        _ => cut(&name),
    }
}

/// An address that tells one machine from another: not loopback, unspecified, link-local or multicast.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.parse().ok()?;
    let address = address.to_canonical();
    let useless = address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || match address {
            IpAddr::V4(v4) => v4.is_link_local() || v4.is_broadcast() || v4.octets()[3] == 255,
            IpAddr::V6(v6) => v6.is_unicast_link_local(),
        };
    (!useless).then_some(address)
}

/// A host's first label: the name under which it also appears without its domain.
pub fn short_host(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// An account's name without its domain or realm.
pub fn short_account(name: &str) -> &str {
    let name = name.rsplit_once('\\').map_or(name, |(_, name)| name);
    name.split('@').next().unwrap_or(name)
}

/// Accounts that stand for the machine itself, not for anybody.
pub fn is_machine_account(name: &str) -> bool {
    let short = short_account(name);
    short.ends_with('$')
        || matches!(
            short,
            "system"
                | "localsystem"
                | "local service"
                | "localservice"
                | "networkservice"
                | "network service"
                | "lokaler dienst"
                | "netzwerkdienst"
                | "anonymous logon"
                | "anonymous"
                | "iusr"
                | "window manager"
                | "unset"
                | "nobody"
                | "everyone"
        )
        || short.starts_with("dwm-")
        || short.starts_with("umfd-")
        || short.starts_with("s-1-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parser::json;

    fn check(line: &str, want: &[&str]) {
        let event = json::parse(line).unwrap();
        let mut got: Vec<String> = sightings(&event)
            .entities
            .iter()
            .map(|e| format!("{} {} {}", e.role.as_str(), e.kind.as_str(), e.value))
            .collect();
        got.sort_unstable();
        assert_eq!(got, want);
    }

    #[test]
    fn a_logon_names_who_whom_and_from_where() {
        check(
            r#"{"Channel":"Security","EventID":4624,"Computer":"DC01.example.org","SubjectUserName":"-","TargetUserName":"User1","TargetDomainName":"EXAMPLE","IpAddress":"::ffff:192.0.2.7","WorkstationName":"WS-01"}"#,
            &[
                "actor address 192.0.2.7",
                "actor host ws-01",
                "observer host dc01.example.org",
                "target account example\\user1",
            ],
        );
    }

    #[test]
    fn what_is_the_same_everywhere_is_no_address() {
        check(r#"{"Channel":"x","SourceIp":"127.0.0.1","DestinationIp":"fe80::1","IpAddress":"-"}"#, &[]);
    }

    #[test]
    fn machine_accounts_are_nobody() {
        for name in ["nt authority\\system", "ws-01$", "example\\ws-01$", "network service", "dwm-1"] {
            assert!(is_machine_account(name), "{name}");
        }
        assert!(!is_machine_account("example\\user1"));
    }
}

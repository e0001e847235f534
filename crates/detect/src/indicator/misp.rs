//! MISP's JSON: events with attributes and objects, or attributes alone.
//!
//! Source: the MISP core format (`misp-rfc`), types of attributes.

use super::json::Raw;
use super::read::{Place, Sink};
use super::set::Detail;
use super::value::{digest_of, short};
use cofferdam_vocabulary::TechniqueId;
use serde::Deserialize;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::sync::Arc;

#[derive(Deserialize)]
struct Attribute<'t> {
    #[serde(borrow)]
    uuid: Option<Cow<'t, str>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'t, str>>,
    #[serde(borrow)]
    value: Option<Cow<'t, str>>,
    #[serde(borrow)]
    comment: Option<Cow<'t, str>>,
    to_ids: Option<Json>,
    deleted: Option<Json>,
    #[serde(default, rename = "Tag")]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
struct Tag {
    name: Option<String>,
}

/// What is said of a whole event.
struct About {
    info: Option<String>,
    techniques: Vec<TechniqueId>,
}

/// Whether it is an event, a list of them, or an answer of MISP's.
pub(super) fn is_misp(document: Raw<'_>) -> bool {
    let one =
        |value: Raw<'_>| ["Event", "response", "Attribute"].iter().any(|name| value.get(name).is_some());
    if document.is_array() { document.members().first().copied().is_some_and(one) } else { one(document) }
}

pub(super) fn read(document: Raw<'_>, sink: &mut Sink<'_>) {
    let mut number = 0;
    let inner = document.get("response").unwrap_or(document);
    for member in inner.members() {
        event(member.get("Event").unwrap_or(member), &mut number, sink);
    }
}

fn event(event: Raw<'_>, number: &mut u64, sink: &mut Sink<'_>) {
    let info = event.get("info").and_then(|info| info.read::<String>().ok());
    let tags = event.get("Tag").and_then(|tags| tags.read::<Vec<Tag>>().ok()).unwrap_or_default();
    let about = About { info, techniques: techniques(&tags) };
    attributes(event, &about, number, sink);
    for object in event.get("Object").into_iter().flat_map(Raw::members) {
        attributes(object, &about, number, sink);
    }
}

fn attributes(of: Raw<'_>, about: &About, number: &mut u64, sink: &mut Sink<'_>) {
    for member in of.get("Attribute").into_iter().flat_map(Raw::members) {
        *number += 1;
        let place = Place::Attribute(*number);
        match member.read::<Attribute<'_>>() {
            Ok(found) => attribute(&found, about, place, sink),
            Err(reason) => sink.not_understood(place, &reason),
        }
    }
}

fn attribute(found: &Attribute<'_>, about: &About, place: Place, sink: &mut Sink<'_>) {
    let is = |flag: &Option<Json>, absent: bool| match flag {
        None => absent,
        Some(Json::Bool(flag)) => *flag,
        Some(Json::Number(number)) => number.as_u64() != Some(0),
        Some(Json::String(text)) => !matches!(text.as_str(), "0" | "false" | ""),
        Some(_) => false,
    };
    let (Some(kind), Some(value)) = (found.kind.as_deref(), found.value.as_deref()) else {
        return sink.not_understood(place, "the attribute has no type or no value");
    };
    if !is(&found.to_ids, true) || is(&found.deleted, false) || !is_looked_for(kind) {
        return sink.left_out();
    }
    let mut techniques = techniques(&found.tags);
    techniques.extend(about.techniques.iter().cloned());
    let name = found.comment.as_deref().filter(|text| !text.is_empty()).or(about.info.as_deref());
    let detail = Arc::new(Detail {
        id: found.uuid.as_deref().map(short),
        name: name.map(short),
        ..super::techniques::detail(std::iter::empty(), techniques.into_iter())
    });
    values(kind, value, place, Some(&detail), sink);
}

/// Whether a value of this type is looked for; a type that nobody has heard of is tried.
pub(super) fn is_looked_for(kind: &str) -> bool {
    const OTHERS: [&str; 50] = [
        "filename",
        "file",
        "filepath",
        "path",
        "name",
        "regkey",
        "regkey|value",
        "registry",
        "mutex",
        "pattern-in-file",
        "pattern-in-memory",
        "pattern-in-traffic",
        "yara",
        "sigma",
        "snort",
        "user-agent",
        "useragent",
        "comment",
        "text",
        "other",
        "link",
        "attachment",
        "malware-sample",
        "vulnerability",
        "cve",
        "as",
        "asn",
        "mac-address",
        "ssdeep",
        "sha224",
        "sha384",
        "sha512",
        "sha512/224",
        "sha512/256",
        "tlsh",
        "authentihash",
        "pehash",
        "cdhash",
        "vhash",
        "btc",
        "iban",
        "port",
        "size-in-bytes",
        "datetime",
        "named pipe",
        "windows-service-name",
        "target-user",
        "target-machine",
        "email-subject",
        "email-attachment",
    ];
    !OTHERS.contains(&kind) && !kind.starts_with("x509-") && !kind.starts_with("ja3")
}

/// The values of an attribute; a composite one (`domain|ip`) has several.
pub(super) fn values(
    kind: &str,
    value: &str,
    place: Place,
    detail: Option<&Arc<Detail>>,
    sink: &mut Sink<'_>,
) {
    let parts: Vec<(&str, &str)> = kind.split('|').zip(value.split('|')).collect();
    let looked_for = |(kind, _): &&(&str, &str)| is_looked_for(kind) && *kind != "port";
    let mut any = false;
    for (kind, part) in parts.iter().filter(looked_for) {
        any = true;
        one_value(kind, part, place, detail, sink);
    }
    if !any {
        sink.left_out();
    }
}

/// A value of one type. What is said to be a hash is taken as nothing else: a name could look so.
pub(super) fn one_value(
    kind: &str,
    value: &str,
    place: Place,
    detail: Option<&Arc<Detail>>,
    sink: &mut Sink<'_>,
) {
    let algorithm = kind.trim_end_matches("_hash");
    let digits = match algorithm {
        "md5" | "imphash" => 32,
        "sha1" => 40,
        "sha256" => 64,
        _ => return sink.value(place, value, detail),
    };
    let bare = value.trim().trim_matches(['"', '\'']);
    let hash = if algorithm == "imphash" { format!("imphash:{bare}") } else { bare.to_owned() };
    if digest_of(&hash).is_some() {
        sink.value(place, &hash, detail);
    } else {
        let message = format!("`{}` is no {algorithm} of {digits} hexadecimal digits", short(bare));
        sink.not_understood(place, &message);
    }
}

/// `misp-galaxy:mitre-attack-pattern="Application Layer Protocol - T1071"` ends in the technique.
fn techniques(tags: &[Tag]) -> Vec<TechniqueId> {
    let names = tags
        .iter()
        .filter_map(|tag| tag.name.as_deref())
        .filter(|name| name.contains("mitre-attack-pattern"));
    names.filter_map(|name| TechniqueId::parse(name.trim_end_matches('"').rsplit(' ').next()?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use crate::indicator::{IndicatorSet, read};

    #[test]
    fn what_is_said_to_be_a_hash_and_is_none_is_told_at_its_place() {
        let md5 = "00112233445566778899aabbccddeeff";
        for (kind, value, want) in [
            ("sha256", "zz", "attribute 1: `zz` is no sha256 of 64 hexadecimal digits"),
            ("sha1", "evil.example", "attribute 1: `evil.example` is no sha1 of 40 hexadecimal digits"),
            ("filename|md5", "a.exe|cafe", "attribute 1: `cafe` is no md5 of 32 hexadecimal digits"),
            ("imphash", "", "attribute 1: `` is no imphash of 32 hexadecimal digits"),
            ("md5", md5, ""),
            ("md5", &md5.to_uppercase(), ""),
            ("imphash", md5, ""),
            ("filename|md5", &format!("a.exe|{md5}"), ""),
        ] {
            let list = serde_json::json!({"Attribute": [{"type": kind, "value": value}]}).to_string();
            let report = read(list.as_bytes(), "list", false, &mut IndicatorSet::default());
            let told: Vec<String> =
                report.problems.iter().map(|one| format!("{}: {}", one.place, one.message)).collect();
            assert_eq!(told.join("\n"), want, "{kind} {value}");
            assert_eq!(report.taken, u64::from(want.is_empty()), "{kind} {value}");
        }
    }
}

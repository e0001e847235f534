//! Observables of an alert (artifacts in v0): what they are here, and how both forms show them.

use super::document::tlp;
use super::form::Form;
use crate::http::Problem;
use cofferdam_journal::Personal;
use cofferdam_journal::alert::EntityRecord;
use cofferdam_vocabulary::{EntityKind, Role};
use serde_json::{Map, Value, json};
use std::net::IpAddr;

/// Characters of a type of data.
const TYPE_CHARS: usize = 100;

/// Reads a list of them. One with several values becomes several.
///
/// # Errors
///
/// 422 for what is no observable, and for one that is a file.
pub fn read(value: Value, form: Form) -> Result<Vec<Value>, Problem> {
    let Value::Array(given) = value else {
        return Err(Problem::invalid().detail("`observables` is a list"));
    };
    let mut read = Vec::with_capacity(given.len());
    for (at, observable) in given.into_iter().enumerate() {
        let Value::Object(observable) = observable else {
            return Err(wrong(at, "is an object"));
        };
        read.extend(one(at, observable, form)?);
    }
    Ok(read)
}

fn wrong(at: usize, what: &str) -> Problem {
    Problem::invalid().detail(format!("observable {at} {what}"))
}

fn one(at: usize, mut given: Map<String, Value>, form: Form) -> Result<Vec<Value>, Problem> {
    given.retain(|name, value| !value.is_null() && !name.starts_with('_'));
    let kind = given.get("dataType").and_then(Value::as_str).unwrap_or_default();
    if !(1..=TYPE_CHARS).contains(&kind.chars().count()) {
        return Err(wrong(at, "names its `dataType`"));
    }
    let has_file = given.get("attachment").is_some_and(|file| file != &json!([]) && file != &json!({}));
    if kind == "file" || has_file {
        let help = "send the file to the evidence, and its hash as an observable";
        return Err(wrong(at, "is a file, and files are not taken here").help(help));
    }
    if let Some(given_tlp) = given.get("tlp") {
        let tlp = tlp(given_tlp, form).ok_or_else(|| wrong(at, "has a `tlp` that is none"))?;
        given.insert("tlp".to_owned(), tlp);
    }
    let values = match given.remove("data") {
        Some(Value::Array(values)) => values,
        Some(value) => vec![value],
        None => Vec::new(),
    };
    let with = |value: Value| {
        let text = match value {
            Value::String(text) if !text.trim().is_empty() => text,
            Value::Number(number) => number.to_string(),
            _ => return Err(wrong(at, "has no `data`")),
        };
        let mut observable = given.clone();
        observable.insert("data".to_owned(), json!(text));
        Ok(Value::Object(observable))
    };
    match values.is_empty() {
        true => Err(wrong(at, "has no `data`")),
        false => values.into_iter().map(with).collect(),
    }
}

fn text<'o>(observable: &'o Value, name: &str) -> &'o str {
    observable.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Whether two tell of the same.
pub fn is_same(a: &Value, b: &Value) -> bool {
    (text(a, "dataType"), text(a, "data")) == (text(b, "dataType"), text(b, "data"))
}

/// What an observable is here; nothing for what is a text of another kind (`user-agent`, `regexp`, `other`). TheHive does
/// not say which part it played: a host and an account are taken for what it was done to, all else for what did it.
pub fn entity(observable: &Value) -> Option<EntityRecord> {
    let data = text(observable, "data").trim();
    let lower = || data.to_lowercase();
    let (kind, value, role) = match text(observable, "dataType").to_ascii_lowercase().as_str() {
        "ip" => (EntityKind::Address, data.parse::<IpAddr>().ok()?.to_string(), Role::Actor),
        "domain" | "fqdn" => (EntityKind::Domain, lower().trim_end_matches('.').to_owned(), Role::Actor),
        "url" | "uri_path" => (EntityKind::Url, data.to_owned(), Role::Actor),
        "hash" => (EntityKind::Hash, hash(data)?, Role::Actor),
        "filename" => (EntityKind::File, data.to_owned(), Role::Actor),
        "registry" => (EntityKind::Registry, data.to_owned(), Role::Actor),
        "hostname" => (EntityKind::Host, lower(), Role::Target),
        "mail" | "mail-address" | "username" | "user" | "account" => {
            (EntityKind::Account, lower(), Role::Target)
        }
        _ => return None,
    };
    (!value.is_empty()).then(|| EntityRecord { kind, value: Personal::of(&value), role })
}

/// A hash with its algorithm, which its length tells.
fn hash(data: &str) -> Option<String> {
    let algorithm = match data.len() {
        32 => "md5",
        40 => "sha1",
        64 => "sha256",
        128 => "sha512",
        _ => return None,
    };
    data.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| format!("{algorithm}:{}", data.to_lowercase()))
}

/// As a form shows one: what was sent of it, with what it says of every observable. `created` is when, in milliseconds,
/// and by whom.
pub fn shown(observable: &Value, id: &str, created: (i64, &str), form: Form) -> Value {
    let mut shown = observable.as_object().cloned().unwrap_or_default();
    let (at, by) = created;
    let usual = [
        ("tags", json!([])),
        ("ioc", json!(false)),
        ("sighted", json!(false)),
        ("ignoreSimilarity", json!(false)),
        ("reports", json!({})),
        ("startDate", json!(at)),
        ("tlp", json!(2)),
        ("message", json!("")),
    ];
    for (name, value) in usual {
        shown.entry(name).or_insert(value);
    }
    let tlp = super::marks::tlp(shown.get("tlp").and_then(Value::as_i64));
    shown.insert("tlp".to_owned(), tlp.number(form));
    shown.insert("_id".to_owned(), json!(id));
    let rest = match form {
        Form::V1 => {
            let pap = super::marks::pap(shown.get("pap").and_then(Value::as_i64));
            json!({
                "_type": "Observable", "_createdAt": at, "_createdBy": by, "tlpLabel": tlp.label(),
                "pap": pap.0, "papLabel": pap.label(), "extraData": {},
            })
        }
        Form::V0 => json!({
            "id": id, "_type": "case_artifact", "createdAt": at, "createdBy": by, "stats": {},
        }),
    };
    shown.extend(rest.as_object().cloned().unwrap_or_default());
    Value::Object(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: &str, data: &str, want: &str) {
        let entity = entity(&json!({"dataType": kind, "data": data}));
        let got = entity.map(|e| format!("{} {} {}", e.role.as_str(), e.kind.as_str(), e.value));
        assert_eq!(got.unwrap_or_default(), want, "{kind} {data}");
    }

    #[test]
    fn observables_are_entities_where_we_have_a_word_for_them() {
        check("ip", " 192.0.2.7 ", "actor address 192.0.2.7");
        check("ip", "2001:DB8:0::1", "actor address 2001:db8::1");
        check("ip", "192.0.2.0/24", "");
        check("domain", "Evil.Example.ORG.", "actor domain evil.example.org");
        check("fqdn", "c2.example.org", "actor domain c2.example.org");
        check("url", "https://evil.example.org/A", "actor url https://evil.example.org/A");
        check("hash", &"AB".repeat(16), &format!("actor hash md5:{}", "ab".repeat(16)));
        check("hash", &"0".repeat(64), &format!("actor hash sha256:{}", "0".repeat(64)));
        check("hash", "not a hash", "");
        check("mail", "Kim@Example.org", "target account kim@example.org");
        check("filename", "invoice.exe", "actor file invoice.exe");
        check("hostname", "WEB-01", "target host web-01");
        check("other", "anything", "");
        check("user-agent", "curl", "");
        check("", "x", "");
    }

    #[test]
    fn observables_are_read_one_by_one() {
        let given = json!([
            {"dataType": "ip", "data": ["192.0.2.1", "192.0.2.2"], "tlp": 3, "_id": "~1", "sighted": null},
            {"dataType": "autonomous-system", "data": 64500, "mine": {"a": 1}},
        ]);
        let want = json!([
            {"dataType": "ip", "data": "192.0.2.1", "tlp": 4},
            {"dataType": "ip", "data": "192.0.2.2", "tlp": 4},
            {"dataType": "autonomous-system", "data": "64500", "mine": {"a": 1}},
        ]);
        assert_eq!(json!(read(given, Form::V0).unwrap()), want);
        for bad in [
            json!({}),
            json!(["x"]),
            json!([{"data": "x"}]),
            json!([{"dataType": "ip"}]),
            json!([{"dataType": "ip", "data": []}]),
            json!([{"dataType": "ip", "data": " "}]),
            json!([{"dataType": "ip", "data": "192.0.2.1", "tlp": 9}]),
            json!([{"dataType": "file", "data": "a.txt;text/plain;aGk="}]),
            json!([{"dataType": "other", "data": "x", "attachment": "attachment0"}]),
        ] {
            assert!(read(bad.clone(), Form::V1).is_err(), "{bad}");
        }
    }
}

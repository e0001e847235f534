//! A record of OTLP as one event: its line, when it wrote one, with what is said of it beside; or all of it as JSON.

use super::proto::{AnyValue, KeyValue, Kind, LogRecord, Resource, Scope};
use crate::intake::Carried;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Attributes that tell the host, the most telling first. Source: OpenTelemetry semantic conventions 1.37, `host`.
const HOSTS: [&str; 3] = ["host.name", "host.id", "k8s.node.name"];

/// The bytes of an event. A body that is text is a line that parsers read; when nobody says when it was written, it is of
/// now.
pub fn event(
    record: &LogRecord,
    resource: Option<&Resource>,
    scope: Option<&Scope>,
    now: Timestamp,
) -> Vec<u8> {
    let time = time(record.time_unix_nano).or_else(|| time(record.observed_time_unix_nano));
    let attributes = resource.map_or(&[][..], |resource| &resource.attributes);
    let host = HOSTS.iter().find_map(|name| {
        let pair = attributes.iter().chain(&record.attributes).find(|pair| pair.key == *name)?;
        match pair.value.as_ref()?.value.as_ref()? {
            Kind::String(host) => Some(host.clone()),
            _ => None,
        }
    });
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        let is_empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        };
        if !is_empty {
            fields.insert(name.to_owned(), value);
        }
    };
    put("severity", json!(record.severity_text));
    put(
        "severity_number",
        if record.severity_number == 0 { Value::Null } else { json!(record.severity_number) },
    );
    put("event_name", json!(record.event_name));
    put("scope", json!(scope.map(|scope| &scope.name)));
    put("trace_id", json!(hex(&record.trace_id)));
    put("span_id", json!(hex(&record.span_id)));
    put("attributes", pairs(&record.attributes));
    put("resource", pairs(attributes));
    match record.body.as_ref().and_then(|body| body.value.as_ref()) {
        Some(Kind::String(line)) if !line.trim().is_empty() => {
            Carried { line: line.clone(), time, host, fields }.bytes(now)
        }
        body => {
            let mut whole = Map::new();
            whole.insert("@timestamp".to_owned(), json!(time.unwrap_or(now)));
            whole.extend(host.map(|host| ("host.name".to_owned(), json!(host))));
            whole.insert("body".to_owned(), body.map_or(Value::Null, value));
            whole.extend(fields);
            Value::Object(whole).to_string().into_bytes()
        }
    }
}

fn time(nanoseconds: u64) -> Option<Timestamp> {
    Timestamp::from_nanosecond(i128::from(nanoseconds)).ok().filter(|_| nanoseconds > 0)
}

fn pairs(pairs: &[KeyValue]) -> Value {
    let pair = |pair: &KeyValue| (pair.key.clone(), any(pair.value.as_ref()));
    Value::Object(pairs.iter().map(pair).collect())
}

fn any(any: Option<&AnyValue>) -> Value {
    any.and_then(|any| any.value.as_ref()).map_or(Value::Null, value)
}

/// The value as JSON. How deep it may be, whoever read it has bounded.
fn value(kind: &Kind) -> Value {
    match kind {
        Kind::String(text) => json!(text),
        Kind::Bool(bool) => json!(bool),
        Kind::Int(number) => json!(number),
        Kind::Double(number) => json!(number),
        Kind::Bytes(bytes) => json!(STANDARD.encode(bytes)),
        Kind::Array(list) => list.values.iter().map(|one| any(Some(one))).collect(),
        Kind::Map(map) => pairs(&map.values),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

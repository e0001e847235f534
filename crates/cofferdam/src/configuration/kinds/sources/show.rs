//! A source as it would be written.

use cofferdam_serve::settings::{ConfiguredSource, Inlet};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

/// The table of a source, with what was not written left out, but for its trust.
pub fn table(source: &ConfiguredSource) -> Value {
    let mut table = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            table.insert(name.to_owned(), value);
        }
    };
    match &source.inlet {
        Inlet::File { pattern, from_start } => {
            put("file", json!(pattern.display().to_string()));
            put("from_start", if *from_start { json!(true) } else { Value::Null });
        }
        Inlet::Udp { address } => put("udp", json!(address.to_string())),
        Inlet::Tcp { address } => put("tcp", json!(address.to_string())),
        Inlet::Tls { address, files, clients } => {
            put("tls", json!(address.to_string()));
            put("certificate", json!(files.as_ref().map(|files| files.certificate.display().to_string())));
            put("key", json!(files.as_ref().map(|files| files.key.display().to_string())));
            put("clients", json!(clients.as_ref().map(|path| path.display().to_string())));
        }
    }
    put("parser", json!(source.parser));
    put("trust", json!(source.trust.as_str()));
    put("expected", json!(source.expected));
    put("zone", json!(source.zone.as_ref().map(zone)));
    put("host", json!(source.host));
    if !source.from.is_empty() {
        put("from", source.from.iter().map(|network| json!(network.to_string())).collect());
    }
    Value::Object(table)
}

/// A zone by its name, or by its offset.
fn zone(zone: &TimeZone) -> String {
    match zone.iana_name() {
        Some(name) => name.to_owned(),
        None => zone.to_offset(Timestamp::UNIX_EPOCH).to_string(),
    }
}

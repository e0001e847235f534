//! The same messages as JSON.
//! Source: OTLP 1.7, "JSON Protobuf Encoding": names in lower camel case, ids in hexadecimal, 64-bit numbers as text or
//! numbers, and names that nobody knows are skipped.

use super::proto::{
    AnyValue, ArrayValue, ExportLogsServiceRequest, KeyValue, KeyValueList, Kind, LogRecord, Resource,
    ResourceLogs, Scope, ScopeLogs,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Values within each other.
const DEPTH: usize = 64;

/// Reads a request; nothing when it is none.
pub fn read(bytes: &[u8]) -> Option<ExportLogsServiceRequest> {
    let request: Value = serde_json::from_slice(bytes).ok()?;
    let request = request.as_object()?;
    let resource_logs = list(request, "resourceLogs").map(resource_logs).collect::<Option<_>>()?;
    Some(ExportLogsServiceRequest { resource_logs })
}

fn list<'v>(of: &'v Map<String, Value>, name: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    of.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text(of: &Map<String, Value>, name: &str) -> String {
    of.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn resource_logs(value: &Value) -> Option<ResourceLogs> {
    let of = value.as_object()?;
    let resource = of.get("resource").and_then(Value::as_object);
    let resource = resource.map(|of| Some(Resource { attributes: pairs(of, 0)? }));
    let resource = match resource {
        Some(resource) => Some(resource?),
        None => None,
    };
    let scope_logs = list(of, "scopeLogs").map(scope_logs).collect::<Option<_>>()?;
    Some(ResourceLogs { resource, scope_logs })
}

fn scope_logs(value: &Value) -> Option<ScopeLogs> {
    let of = value.as_object()?;
    let scope = of.get("scope").and_then(Value::as_object).map(|of| Scope { name: text(of, "name") });
    let log_records = list(of, "logRecords").map(record).collect::<Option<_>>()?;
    Some(ScopeLogs { scope, log_records })
}

fn record(value: &Value) -> Option<LogRecord> {
    let of = value.as_object()?;
    let body = match of.get("body") {
        None | Some(Value::Null) => None,
        Some(body) => Some(any(body, 0)?),
    };
    Some(LogRecord {
        time_unix_nano: number(of.get("timeUnixNano")).and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
        observed_time_unix_nano: number(of.get("observedTimeUnixNano"))
            .and_then(|n| u64::try_from(n).ok())
            .unwrap_or(0),
        severity_number: number(of.get("severityNumber")).and_then(|n| i32::try_from(n).ok()).unwrap_or(0),
        severity_text: text(of, "severityText"),
        body,
        attributes: pairs(of, 0)?,
        trace_id: hex(&text(of, "traceId")),
        span_id: hex(&text(of, "spanId")),
        event_name: text(of, "eventName"),
    })
}

fn pairs(of: &Map<String, Value>, depth: usize) -> Option<Vec<KeyValue>> {
    list(of, "attributes").map(|pair| key_value(pair, depth)).collect()
}

fn key_value(value: &Value, depth: usize) -> Option<KeyValue> {
    let of = value.as_object()?;
    let value = match of.get("value") {
        None | Some(Value::Null) => None,
        Some(value) => Some(any(value, depth)?),
    };
    Some(KeyValue { key: text(of, "key"), value })
}

fn any(value: &Value, depth: usize) -> Option<AnyValue> {
    let of = value.as_object()?;
    if depth == DEPTH {
        return None;
    }
    let Some((name, value)) = of.iter().next() else { return Some(AnyValue { value: None }) };
    let values = || value.get("values").and_then(Value::as_array).into_iter().flatten();
    let kind = match name.as_str() {
        "stringValue" => Kind::String(value.as_str()?.to_owned()),
        "boolValue" => Kind::Bool(value.as_bool()?),
        "intValue" => Kind::Int(number(Some(value))?),
        "doubleValue" => Kind::Double(value.as_f64().or_else(|| value.as_str()?.parse().ok())?),
        "bytesValue" => Kind::Bytes(STANDARD.decode(value.as_str()?).ok()?),
        "arrayValue" => Kind::Array(ArrayValue {
            values: values().map(|one| any(one, depth + 1)).collect::<Option<_>>()?,
        }),
        "kvlistValue" => {
            let values = values().map(|one| key_value(one, depth + 1)).collect::<Option<_>>()?;
            Kind::Map(KeyValueList { values })
        }
        _ => return Some(AnyValue { value: None }),
    };
    Some(AnyValue { value: Some(kind) })
}

fn number(value: Option<&Value>) -> Option<i64> {
    let value = value?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| Some(digit(*pair.first()?)? << 4 | digit(*pair.last()?)?);
    text.as_bytes().chunks_exact(2).map(pair).collect::<Option<_>>().unwrap_or_default()
}

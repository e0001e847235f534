//! Both encodings say the same, and hostile bodies say nothing.

use super::proto::{
    AnyValue, ArrayValue, KeyValue, Kind, LogRecord, Resource, ResourceLogs, Scope, ScopeLogs,
};
use super::*;
use proptest::prelude::*;

fn text(text: &str) -> Option<AnyValue> {
    Some(AnyValue { value: Some(Kind::String(text.to_owned())) })
}

fn pair(key: &str, value: Option<AnyValue>) -> KeyValue {
    KeyValue { key: key.to_owned(), value }
}

fn request() -> ExportLogsServiceRequest {
    let line = LogRecord {
        time_unix_nano: 1_800_000_000_250_000_000,
        severity_number: 17,
        severity_text: "ERROR".to_owned(),
        body: text("Failed password for ops1"),
        attributes: vec![pair("log.file.name", text("auth.log"))],
        trace_id: vec![0xab; 16],
        ..LogRecord::default()
    };
    let list = ArrayValue { values: vec![AnyValue { value: Some(Kind::Int(-1)) }, AnyValue { value: None }] };
    let map = proto::KeyValueList {
        values: vec![
            pair("ok", Some(AnyValue { value: Some(Kind::Bool(true)) })),
            pair("bytes", Some(AnyValue { value: Some(Kind::Bytes(vec![1, 2])) })),
            pair("list", Some(AnyValue { value: Some(Kind::Array(list)) })),
            pair("half", Some(AnyValue { value: Some(Kind::Double(0.5)) })),
            pair("none", None),
        ],
    };
    let map = LogRecord { body: Some(AnyValue { value: Some(Kind::Map(map)) }), ..LogRecord::default() };
    let resource =
        Resource { attributes: vec![pair("host.name", text("web-01")), pair("service.name", text("shop"))] };
    let scope_logs =
        vec![ScopeLogs { scope: Some(Scope { name: "app".to_owned() }), log_records: vec![line, map] }];
    let resource_logs = vec![ResourceLogs { resource: Some(resource), scope_logs }];
    ExportLogsServiceRequest { resource_logs }
}

const JSON: &str = r#"{"resourceLogs":[{"resource":{"attributes":[
    {"key":"host.name","value":{"stringValue":"web-01"}},{"key":"service.name","value":{"stringValue":"shop"}}]},
  "scopeLogs":[{"scope":{"name":"app","version":"1"},"logRecords":[
    {"timeUnixNano":"1800000000250000000","severityNumber":17,"severityText":"ERROR",
     "body":{"stringValue":"Failed password for ops1"},
     "attributes":[{"key":"log.file.name","value":{"stringValue":"auth.log"}}],
     "traceId":"abababababababababababababababab","unknown":[1]},
    {"body":{"kvlistValue":{"values":[{"key":"ok","value":{"boolValue":true}},
      {"key":"bytes","value":{"bytesValue":"AQI="}},
      {"key":"list","value":{"arrayValue":{"values":[{"intValue":"-1"},{}]}}},
      {"key":"half","value":{"doubleValue":0.5}},{"key":"none"}]}}}]}]}]}"#;

fn events(request: &ExportLogsServiceRequest) -> Vec<String> {
    let of = &request.resource_logs[0];
    let scope = &of.scope_logs[0];
    let now = Timestamp::from_second(1_800_000_001).unwrap();
    let bytes = scope
        .log_records
        .iter()
        .map(|record| event::event(record, of.resource.as_ref(), scope.scope.as_ref(), now));
    bytes.map(|bytes| String::from_utf8(bytes).unwrap()).collect()
}

#[test]
fn both_encodings_say_the_same() {
    let request = request();
    assert_eq!(json::read(JSON.as_bytes()).unwrap(), request);
    assert_eq!(ExportLogsServiceRequest::decode(&request.encode_to_vec()[..]).unwrap(), request);
    let events = events(&request);
    assert_eq!(
        events[0],
        concat!(
            r#"{"carried":"Failed password for ops1","time":"2027-01-15T08:00:00.25Z","host":"web-01","#,
            r#""fields":{"severity":"ERROR","severity_number":17,"scope":"app","#,
            r#""trace_id":"abababababababababababababababab","attributes":{"log.file.name":"auth.log"},"#,
            r#""resource":{"host.name":"web-01","service.name":"shop"}}}"#
        )
    );
    assert_eq!(
        events[1],
        concat!(
            r#"{"@timestamp":"2027-01-15T08:00:01Z","host.name":"web-01","#,
            r#""body":{"ok":true,"bytes":"AQI=","list":[-1,null],"half":0.5,"none":null},"scope":"app","#,
            r#""resource":{"host.name":"web-01","service.name":"shop"}}"#
        )
    );
}

#[test]
fn values_within_values_have_an_end() {
    let json = |depth: usize| {
        let (open, close) = (r#"{"arrayValue":{"values":["#.repeat(depth), "]}}".repeat(depth));
        let body = format!(r#"{open}{{"stringValue":"x"}}{close}"#);
        format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{body}}}]}}]}}]}}"#)
    };
    assert!(json::read(json(10).as_bytes()).is_some());
    assert!(json::read(json(200).as_bytes()).is_none());
    let mut value = AnyValue { value: Some(Kind::Bool(true)) };
    let mut bytes = value.encode_to_vec();
    for _ in 0..500 {
        value = AnyValue { value: Some(Kind::Array(ArrayValue { values: vec![AnyValue::default()] })) };
        // By hand: one in the other, deeper than could be built of values.
        let inner = [&[0x0a][..], &length(bytes.len()), &bytes].concat();
        bytes = [&[0x2a][..], &length(inner.len()), &inner].concat();
    }
    let _ = value;
    assert!(AnyValue::decode(&bytes[..]).is_err());
}

fn length(mut length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while length > 127 {
        bytes.push(u8::try_from(length & 127).unwrap() | 128);
        length >>= 7;
    }
    bytes.push(u8::try_from(length).unwrap());
    bytes
}

proptest! {
    #[test]
    fn no_body_makes_it_fail(bytes in proptest::collection::vec(any::<u8>(), 0..400), at in 0_usize..300, with: u8) {
        let mut changed = request().encode_to_vec();
        let place = at % changed.len();
        changed[place] = with;
        for bytes in [&bytes, &changed] {
            if let Ok(request) = ExportLogsServiceRequest::decode(&bytes[..]) {
                for of in &request.resource_logs {
                    for record in of.scope_logs.iter().flat_map(|scope| &scope.log_records) {
                        event::event(record, of.resource.as_ref(), None, Timestamp::UNIX_EPOCH);
                    }
                }
            }
            let _ = json::read(bytes);
        }
    }
}

//! OTLP logs, as the OpenTelemetry collector sends them.

use super::{events, gzip, post, sending};
use serde_json::{Value, json};

const LOGS: &str = "/v1/logs";
const PROTOBUF: &str = "application/x-protobuf";

/// A field of a protobuf message that holds bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let (mut length, mut head) = (bytes.len(), vec![number << 3 | 2]);
    while length > 127 {
        head.push(u8::try_from(length & 127).unwrap() | 128);
        length >>= 7;
    }
    head.push(u8::try_from(length).unwrap());
    [head, bytes.to_vec()].concat()
}

fn text(text: &str) -> Vec<u8> {
    field(1, text.as_bytes())
}

/// A request with records of these lines, on this host.
fn request(lines: &[&str], host: &str) -> Vec<u8> {
    let attribute = [field(1, b"host.name"), field(2, &text(host))].concat();
    let resource = field(1, &field(1, &attribute));
    let records = lines.iter().flat_map(|line| {
        // `time_unix_nano` is a number of 64 bits, the first field.
        let time = [&[9][..], &1_800_000_000_000_000_000_u64.to_le_bytes()].concat();
        field(2, &[time, field(5, &text(line))].concat())
    });
    let scope = field(2, &records.collect::<Vec<u8>>());
    field(1, &[resource, scope].concat())
}

#[test]
fn records_come_as_protobuf_or_json_packed_or_not() {
    let (site, web) = sending();
    let body = request(&["Failed password for ops1", "another line"], "web-01");
    let answer = post(&web, LOGS, PROTOBUF, &body).expect(200);
    assert_eq!((answer.header("content-type"), answer.text.as_str()), (Some(PROTOBUF), ""));
    let packed = web.with("content-encoding", "gzip");
    post(&packed, LOGS, PROTOBUF, &gzip(&body)).expect(200);
    let found = events(&site);
    assert_eq!(found.len(), 2, "the same records count once");
    let first: Value = serde_json::from_str(&found[0]).unwrap();
    let want = json!({
        "carried": "Failed password for ops1", "time": "2027-01-15T08:00:00Z", "host": "web-01",
        "fields": {"resource": {"host.name": "web-01"}},
    });
    assert_eq!(first, want);
    let body = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [
        {"body": {"stringValue": "a line"}},
        {"body": {"kvlistValue": {"values": [{"key": "action", "value": {"stringValue": "login"}}]}}},
    ]}]}]});
    let answer = post(&web, LOGS, "application/json", body.to_string().as_bytes()).expect(200);
    assert_eq!(answer.json(), json!({}));
    let found = events(&site);
    assert_eq!(found[2], "a line");
    assert_eq!(serde_json::from_str::<Value>(&found[3]).unwrap()["body"], json!({"action": "login"}));
    site.pass(60);
    post(&web, LOGS, "application/json", body.to_string().as_bytes()).expect(200);
    assert_eq!(events(&site).len(), 4, "a record without a time is the same at any time");
}

#[test]
fn what_is_no_request_is_refused_and_what_is_too_long_is_told() {
    let (site, web) = sending();
    for (kind, body) in [
        (PROTOBUF, &b"\xff\xff\xff\xff"[..]),
        ("application/json", b"[]"),
        ("application/json", b"{\"resourceLogs\":[{\"scopeLogs\":[1]}]}"),
    ] {
        let answer = post(&web, LOGS, kind, body).expect(400);
        assert_eq!(answer.header("content-type"), Some(kind));
    }
    assert_eq!(post(&web, LOGS, "text/plain", b"x").status, 415);
    let long = "x".repeat(1 << 20);
    let body = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [
        {"body": {"stringValue": long}, "severityText": "x"}, {"body": {"stringValue": "short"}},
    ]}]}]});
    let answer = post(&web, LOGS, "application/json", body.to_string().as_bytes()).expect(200).json();
    assert_eq!(answer["partialSuccess"]["rejectedLogRecords"], "1");
    let body = request(&[&long, "short too"], "web-01");
    let answer = post(&web, LOGS, PROTOBUF, &body).expect(200);
    assert!(answer.text.contains("longer than"), "{answer:?}");
    assert_eq!(events(&site).len(), 2);
    let mut held = site.server().intake.room.hold(1).unwrap();
    while held.grow_to(site.server().intake.room.held() + 1024) {}
    let busy = post(&web, LOGS, PROTOBUF, &request(&["a"], "b")).expect(429);
    assert_eq!((busy.header("content-type"), busy.header("retry-after")), (Some(PROTOBUF), Some("1")));
}

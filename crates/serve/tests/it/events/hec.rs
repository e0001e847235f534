//! The HTTP Event Collector of Splunk.

use super::{events, gzip, post, sending};
use crate::site::Client;
use serde_json::{Value, json};

const JSON: &str = "application/json";

fn splunk(client: &Client) -> Client {
    let value = format!("Splunk {}", client.token.clone().unwrap());
    Client { token: None, ..client.clone() }.with("authorization", &value)
}

#[test]
fn events_come_one_after_the_other() {
    let (site, web) = sending();
    let web = splunk(&web);
    let body = br#"{"event":{"action":"login","user":"ops1"}}{"event":"a line"}
        {"event":"Failed password","time":1800000000.25,"host":"web-01","sourcetype":"syslog","fields":{"dc":"eu"}}"#;
    let answer = post(&web, "/services/collector/event", JSON, body).expect(200);
    assert_eq!(answer.json(), json!({"text": "Success", "code": 0}));
    let found = events(&site);
    assert_eq!(found[..2], [r#"{"action":"login","user":"ops1"}"#, "a line"]);
    let carried: Value = serde_json::from_str(&found[2]).unwrap();
    let want = json!({
        "carried": "Failed password", "time": "2027-01-15T08:00:00.25Z", "host": "web-01",
        "fields": {"dc": "eu", "sourcetype": "syslog"},
    });
    assert_eq!(carried, want);
    assert!(found[2].starts_with("{\"carried\":"));
    // Fluent Bit and Vector pack what they send, and name the path without its end.
    let packed = web.with("content-encoding", "gzip");
    let body = gzip(br#"[{"event":"one"},{"event":"two"}]"#);
    assert_eq!(post(&packed, "/services/collector", JSON, &body).expect(200).json()["code"], 0);
    assert_eq!(
        post(&web, "/services/collector/raw?sourcetype=x", "text/plain", b"three\nfour\n").expect(200).json()
            ["code"],
        0
    );
    assert_eq!(events(&site)[3..], ["one", "two", "three", "four"]);
}

#[test]
fn what_is_wrong_is_told_with_its_number() {
    let (site, web) = sending();
    let web = splunk(&web);
    let cases = [
        ("", 5, None),
        ("[]", 5, None),
        (r#"{"event":"x"}{"host":"y"}"#, 12, Some(1)),
        (r#"{"event":" "}"#, 13, Some(0)),
        (r#"{"event":"a"} nonsense"#, 6, Some(1)),
        ("[{\"event\":\"a\"}", 6, Some(0)),
    ];
    for (body, code, number) in cases {
        let told = post(&web, "/services/collector", JSON, body.as_bytes()).expect(400).json();
        assert_eq!(
            (told["code"].as_u64(), told["invalid-event-number"].as_u64()),
            (Some(code), number),
            "{body}"
        );
    }
    assert_eq!(events(&site), ["x", "a"], "events before the one that is wrong are taken, as there");
    assert_eq!(post(&web, "/services/collector/raw", "text/plain", b"\n").expect(400).json()["code"], 5);
    assert_eq!(post(&site.nobody(), "/services/collector", JSON, b"{}").status, 401);
    assert_eq!(site.nobody().get("/services/collector/health").expect(200).json()["code"], 17);
}

#[test]
fn what_is_acknowledged_is_stored() {
    let (site, web) = sending();
    let web = splunk(&web).with("x-splunk-request-channel", "6e0d3a9c-0000-4000-8000-000000000001");
    let acks = |ids: &[u64]| {
        post(&web, "/services/collector/ack", JSON, json!({"acks": ids}).to_string().as_bytes()).json()
    };
    assert_eq!(acks(&[0]), json!({"acks": {"0": false}}));
    let told = post(&web, "/services/collector", JSON, br#"{"event":"a"}"#).expect(200).json();
    assert_eq!(told, json!({"text": "Success", "code": 0, "ackId": 0}));
    assert_eq!(acks(&[0, 1]), json!({"acks": {"0": true, "1": false}}));
    assert_eq!(events(&site), ["a"]);
}

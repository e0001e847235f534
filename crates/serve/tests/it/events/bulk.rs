//! The bulk interface of Elasticsearch, with requests as rsyslog, Fluent Bit, Vector and Filebeat send them.

use super::{events, gzip, post, sending};
use crate::site::Client;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;

/// As programs do that know a name and a password.
fn basic(client: &Client, name: &str) -> Client {
    let token = client.token.clone().unwrap();
    let value = format!("Basic {}", STANDARD.encode(format!("{name}:{token}")));
    Client { token: None, ..client.clone() }.with("authorization", &value)
}

#[test]
fn documents_are_taken_and_each_is_answered() {
    let (site, web) = sending();
    let rsyslog = basic(&web, "rsyslog");
    let body = "{\"index\":{\"_index\": \"system\",\"_type\":\"events\"}}\n\
                {\"message\":\" Failed password for ops1\",\"host\":\"web-01\"}\n\
                {\"create\":{\"_index\":\"logs\",\"_id\":\"17\"}}\n{\"a\":1}\n";
    let answer =
        post(&rsyslog, "/_bulk?timeout=1m&refresh=true", "application/json; charset=utf-8", body.as_bytes());
    let answer = answer.expect(200);
    assert_eq!(answer.header("x-elastic-product"), Some("Elasticsearch"));
    let told = answer.json();
    assert_eq!(told["errors"], false);
    assert_eq!(told["items"][0]["index"]["status"], 201);
    assert_eq!(told["items"][0]["index"]["_index"], "system");
    assert_eq!(told["items"][1]["create"]["_id"], "17");
    assert_eq!(told["items"][1]["create"]["result"], "created");
    assert_eq!(events(&site), [r#"{"message":" Failed password for ops1","host":"web-01"}"#, r#"{"a":1}"#]);
}

#[test]
fn a_document_is_what_its_id_says() {
    let (site, web) = sending();
    let send = |path: &str, id: &str, text: &str| {
        let body = format!("{{\"create\":{{\"_id\":\"{id}\"}}}}\n{{\"text\":\"{text}\"}}\n");
        web.raw("PUT", path, Some("application/x-ndjson"), body.as_bytes()).expect(200).json()["errors"]
            .clone()
    };
    assert_eq!(send("/logs-web/_bulk", "1", "first"), false);
    assert_eq!(send("/logs-web/_bulk", "1", "again"), false);
    assert_eq!(send("/logs-mail/_bulk", "1", "elsewhere"), false);
    assert_eq!(events(&site), [r#"{"text":"first"}"#, r#"{"text":"elsewhere"}"#]);
}

#[test]
fn what_cannot_be_done_is_told_of_each() {
    let (site, web) = sending();
    let body = "{\"delete\":{\"_index\":\"logs\",\"_id\":\"1\"}}\n\
                {\"update\":{\"_index\":\"logs\",\"_id\":\"2\"}}\n{\"doc\":{\"a\":1}}\n\
                {\"index\":{\"_index\":\"logs\"}}\nnot json\n\
                {\"index\":{\"_index\":\"logs\"}}\n{\"a\":1}\n";
    let told = post(&web, "/_bulk", "application/x-ndjson", body.as_bytes()).expect(200).json();
    assert_eq!(told["errors"], true);
    let statuses: Vec<_> = told["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let (name, item) = item.as_object().unwrap().iter().next().unwrap();
            (name.as_str(), item["status"].as_u64().unwrap(), item["error"]["type"].as_str())
        })
        .collect();
    let error = Some("illegal_argument_exception");
    assert_eq!(
        statuses,
        [("delete", 400, error), ("update", 400, error), ("index", 400, error), ("index", 201, None)]
    );
    assert_eq!(events(&site), [r#"{"a":1}"#]);
    for bad in ["{\"index\":{}}\n", "nonsense\n{}\n", "{}\n{}\n", "{\"a\":{}}\n{}\n"] {
        let told = post(&web, "/_bulk", "application/x-ndjson", bad.as_bytes()).expect(400).json();
        assert_eq!(
            (&told["status"], &told["error"]["type"]),
            (&json!(400), &json!("illegal_argument_exception")),
            "{bad}"
        );
    }
    assert_eq!(events(&site).len(), 1);
}

#[test]
fn what_its_clients_ask_is_answered() {
    let (site, web) = sending();
    let key = STANDARD.encode(format!("filebeat:{}", web.token.clone().unwrap()));
    let beats = Client { token: None, ..web.clone() }.with("authorization", &format!("ApiKey {key}"));
    for client in [&beats, &basic(&web, "elastic")] {
        let root = client.get("/").expect(200);
        assert_eq!(root.header("x-elastic-product"), Some("Elasticsearch"));
        assert!(root.json()["version"]["number"].as_str().unwrap().starts_with("8."));
        assert_eq!(client.get("/_cluster/health").expect(200).json()["status"], "green");
        assert_eq!(client.get("/_license").expect(200).json()["license"]["status"], "active");
        assert_eq!(client.send("HEAD", "/_cat/health?v", None).status, 200);
        assert_eq!(client.send("HEAD", "/", None).status, 200);
    }
    for (client, path) in [(site.nobody(), "/_cluster/health"), (site.nobody(), "/_license")] {
        assert_eq!(client.get(path).status, 401);
    }
    let page = site.nobody().get("/").expect(200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"), "{page:?}");
    let unknown = site.nobody().with("authorization", "Basic eDp5").get("/").expect(200);
    assert!(unknown.header("content-type").unwrap().starts_with("text/html"));
    let packed = gzip(b"{\"create\":{\"_index\":\"vector\"}}\n{\"a\":1}\n");
    let vector = basic(&web, "vector").with("content-encoding", "gzip");
    assert_eq!(post(&vector, "/_bulk", "application/x-ndjson", &packed).expect(200).json()["errors"], false);
}

#[test]
fn when_there_is_no_room_its_clients_are_told_to_wait() {
    let (site, web) = sending();
    let room = site.server().intake.room.clone();
    let mut held = room.hold(1).unwrap();
    while held.grow_to(room.held() + 1024) {}
    let body = b"{\"index\":{}}\n{\"a\":1}\n";
    let busy = post(&web, "/_bulk", "application/x-ndjson", body).expect(429);
    assert_eq!(busy.json()["error"]["type"], "es_rejected_execution_exception");
    assert_eq!(busy.header("retry-after"), Some("1"));
    // rsyslog, which names itself nothing, would drop it: its answer breaks off.
    let head = format!(
        "POST /_bulk HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n",
        site.address(),
        web.token.clone().unwrap(),
        body.len()
    );
    let mut stream = TcpStream::connect(site.address()).unwrap();
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(!answer.contains("error") && !answer.ends_with("0\r\n\r\n"), "{answer}");
    drop(held);
    assert_eq!(post(&web, "/_bulk", "application/x-ndjson", body).expect(200).json()["errors"], false);
}

//! Our own form.

use super::{events, gzip, post, sending};
use crate::site::{Client, Site};
use cofferdam_journal::source::SourceKind;
use cofferdam_serve::Settings;
use cofferdam_serve::settings::Limits;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const EVENTS: &str = "/api/v1/events";
const NDJSON: &str = "application/x-ndjson";

fn counts(taken: u32, doubled: u32) -> Value {
    json!({"taken": taken, "doubled": doubled, "refused": 0, "lines": []})
}

#[test]
fn lines_are_taken_as_they_are() {
    let (site, web) = sending();
    let body = b"{\"a\":1}\r\n\n{\"a\": 2}";
    assert_eq!(post(&web, EVENTS, NDJSON, body).expect(200).json(), counts(2, 0));
    let body = b"Nov 22 03:48:13 web-01 sshd[1]: Failed password for ops1\n\xff\x00\n";
    assert_eq!(post(&web, EVENTS, "text/plain; charset=utf-8", body).expect(200).json(), counts(2, 0));
    let want =
        ["{\"a\":1}", "{\"a\": 2}", "Nov 22 03:48:13 web-01 sshd[1]: Failed password for ops1", "\u{fffd}\0"];
    assert_eq!(events(&site), want);
    assert_eq!(post(&web, EVENTS, NDJSON, b"\n\n").expect(200).json(), counts(0, 0));
    assert_eq!(site.spooled()[0].0, "web");
}

#[test]
fn the_same_request_counts_once_and_equal_lines_stay() {
    let (mut site, web) = sending();
    let body = b"{\"a\":1}\n{\"a\":1}\n{\"a\":2}\n";
    assert_eq!(post(&web, EVENTS, NDJSON, body).json(), counts(3, 0));
    assert_eq!(post(&web, EVENTS, NDJSON, body).json(), counts(0, 3));
    assert_eq!(post(&web, EVENTS, NDJSON, b"{\"a\":2}\n{\"a\":3}\n").json(), counts(1, 1));
    let keyed = web.with("idempotency-key", "k-1");
    assert_eq!(post(&keyed, EVENTS, NDJSON, body).json(), counts(3, 0), "a key says that these are others");
    assert_eq!(post(&keyed, EVENTS, NDJSON, body).json(), counts(0, 3));
    assert_eq!(post(&web.with("idempotency-key", "k-2"), EVENTS, NDJSON, body).json(), counts(3, 0));
    assert_eq!(post(&web.with("idempotency-key", "a b"), EVENTS, NDJSON, body).status, 400);
    site.stop();
    site.start();
    let web = site.again(&web);
    assert_eq!(post(&web, EVENTS, NDJSON, body).json(), counts(0, 3), "also after a start");
    assert_eq!(events(&site).len(), 10);
}

#[test]
fn one_wrong_line_does_not_refuse_the_rest() {
    let (site, web) = sending();
    let body = b"{\"a\":1}\nnonsense\n[1]\n{\"a\":2}\n";
    let answer = post(&web, EVENTS, NDJSON, body).expect(200).json();
    let lines = json!([{"line": 2, "why": "no JSON object"}, {"line": 3, "why": "no JSON object"}]);
    assert_eq!(answer, json!({"taken": 2, "doubled": 0, "refused": 2, "lines": lines}));
    let long = format!("{}\nshort\n", "x".repeat((1 << 20) + 1));
    let answer = post(&web, EVENTS, "text/plain", long.as_bytes()).expect(200).json();
    assert_eq!((&answer["taken"], &answer["lines"][0]["why"]), (&json!(1), &json!("too long")));
    let nothing = post(&web, EVENTS, NDJSON, b"nonsense\nmore of it\n").expect(422);
    assert_eq!(nothing.problem(), "invalid");
    assert_eq!(events(&site).len(), 3);
}

#[test]
fn packed_bodies_are_unpacked_within_bounds() {
    let (site, web) = sending();
    let lines: String =
        (0..5000).map(|n| format!("{{\"n\":{n},\"text\":\"sshd[1]: Failed password\"}}\n")).collect();
    let gz = web.with("content-encoding", "gzip");
    assert_eq!(post(&gz, EVENTS, NDJSON, &gzip(lines.as_bytes())).expect(200).json(), counts(5000, 0));
    let zst = web.with("content-encoding", "zstd");
    let packed = zstd::encode_all(lines.as_bytes(), 3).unwrap();
    assert_eq!(post(&zst, EVENTS, NDJSON, &packed).expect(200).json(), counts(0, 5000));
    for coding in ["deflate", "br", "gzip, gzip"] {
        assert_eq!(
            post(&web.with("content-encoding", coding), EVENTS, NDJSON, b"{}").status,
            415,
            "{coding}"
        );
    }
    let bomb = gzip(&vec![b'\n'; 100 << 20]);
    let bomb_zst = zstd::encode_all(&vec![b' '; 100 << 20][..], 3).unwrap();
    assert_eq!(post(&gz, EVENTS, NDJSON, &bomb).expect(413).problem(), "too-large");
    assert_eq!(post(&zst, EVENTS, NDJSON, &bomb_zst).expect(413).problem(), "too-large");
    let twice = gzip(&gzip(lines.as_bytes()));
    assert_eq!(post(&gz, EVENTS, NDJSON, &twice).status, 422, "it is unpacked once");
    let half = gzip(lines.as_bytes());
    assert_eq!(post(&gz, EVENTS, NDJSON, &half[..half.len() / 2]).status, 400);
    assert_eq!(post(&gz, EVENTS, NDJSON, lines.as_bytes()).status, 400);
    assert_eq!(post(&zst, EVENTS, NDJSON, &packed[..packed.len() / 2]).status, 400);
    assert_eq!(events(&site).len(), 5000, "and nothing of those was taken");
    assert_eq!(site.server().intake.room.held(), 0, "room is given back");
}

#[test]
fn only_the_types_that_are_named_are_read() {
    let (_site, web) = sending();
    for kind in ["application/json", "application/x-www-form-urlencoded", "", "text/html", "text/plain, a/b"]
    {
        assert_eq!(post(&web, EVENTS, kind, b"{}").expect(415).problem(), "unsupported-media-type", "{kind}");
    }
    assert_eq!(web.raw("POST", EVENTS, None, b"{}").status, 415);
    assert_eq!(web.raw("POST", "/api/v1/events?x=1", Some(NDJSON), b"{}").status, 400);
}

#[test]
fn too_much_is_refused_and_nothing_of_it_taken() {
    let limits =
        Limits { intake: 100_000, unpacked: 200_000, in_flight: 1 << 20, ..Settings::default().limits };
    let mut site = Site::with(Settings { limits, ..Settings::default() });
    let web = site.source("web", SourceKind::Events);
    let large = "x".repeat(100_001);
    assert_eq!(post(&web, EVENTS, "text/plain", large.as_bytes()).expect(413).problem(), "too-large");
    let gz = web.with("content-encoding", "gzip");
    let packed: String = (0..40_000).map(|n| format!("{n}\n")).collect();
    assert_eq!(post(&gz, EVENTS, "text/plain", &gzip(packed.as_bytes())).status, 413);
    // All room is taken by somebody else.
    let held = site.server().intake.room.hold(1 << 20).unwrap();
    let busy = post(&web, EVENTS, "text/plain", b"a line\n").expect(429);
    assert_eq!((busy.problem().as_str(), busy.header("retry-after")), ("throttled", Some("1")));
    drop(held);
    assert_eq!(post(&web, EVENTS, "text/plain", b"a line\n").expect(200).json(), counts(1, 0));
    // Short lines take more room than their bytes.
    let short = "a\n".repeat(49_000);
    assert_eq!(post(&web, EVENTS, "text/plain", short.as_bytes()).status, 429);
    assert_eq!(events(&site), ["a line"]);
}

#[test]
fn half_a_body_is_no_request() {
    let (site, web) = sending();
    let token = web.token.clone().unwrap();
    let head = format!(
        "POST {EVENTS} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\ncontent-type: {NDJSON}\r\n",
        site.address()
    );
    for rest in
        ["content-length: 100\r\n\r\n{\"a\":1}\n", "transfer-encoding: chunked\r\n\r\n8\r\n{\"a\":1}\n\r\n"]
    {
        let mut stream = TcpStream::connect(site.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(format!("{head}{rest}").as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    assert_eq!(events(&site), Vec::<String>::new());
    assert_eq!(site.server().intake.room.held(), 0);
}

#[test]
fn nothing_that_was_acknowledged_is_missing() {
    let (mut site, web) = sending();
    let mut told = 0;
    std::thread::scope(|scope| {
        let sends = |thread: usize| {
            let web = web.clone();
            move || {
                let mut told = 0;
                for request in 0..20 {
                    let body: String = (0..50).map(|n| format!("{thread}-{request}-{n}\n")).collect();
                    let answer = post(&web, EVENTS, "text/plain", body.as_bytes()).expect(200).json();
                    told += answer["taken"].as_u64().unwrap();
                }
                told
            }
        };
        let threads: Vec<_> = (0..4).map(|thread| scope.spawn(sends(thread))).collect();
        told = threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>();
    });
    assert_eq!(told, 4000);
    let mut found = events(&site);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 4000);
    let view = |site: &Site| -> Client { site.nobody() };
    let _ = view(&site);
    let counted = site.server().intake.sources.all()[0].counters.now();
    assert_eq!((counted.taken, counted.doubled, counted.refused), (4000, 0, 0));
    site.stop();
    site.start();
    assert_eq!(events(&site).len(), 4000);
}

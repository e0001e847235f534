//! HTTP as it is sent on the wire: headers of every answer, methods, names, and requests of which two readers would
//! make two different things.

use super::site::{Answer, Client, Site};
use cofferdam_journal::TeamRole;
use cofferdam_serve::Settings;
use cofferdam_serve::settings::Pace;
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Sends bytes, and reads until the server closes or says nothing more for a moment.
fn exchange(site: &Site, bytes: &[u8]) -> (String, bool) {
    let mut stream = TcpStream::connect(site.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(700))).unwrap();
    // The server may have closed before all was sent.
    let _ = stream.write_all(bytes);
    let (mut text, mut buffer) = (Vec::new(), [0; 8192]);
    let is_closed = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break true,
            Ok(count) => text.extend_from_slice(&buffer[..count]),
            Err(error) => break error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    };
    (String::from_utf8_lossy(&text).into_owned(), is_closed)
}

/// Statuses of the answers in it.
fn statuses(text: &str) -> Vec<u16> {
    text.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.get(..3)?.parse().ok()).collect()
}

/// One answer of each kind that everybody can bring about.
fn answers(site: &mut Site) -> Vec<Answer> {
    let person = site.person("responder1", &[TeamRole::Responder]);
    let nobody = site.nobody();
    let big = vec![b' '; 70_000];
    let login = "/api/v1/session";
    let all = vec![
        (200, nobody.get("/healthz")),
        (200, nobody.get("/api/v1/openapi.json")),
        (401, nobody.get(login)),
        (403, person.get("/metrics")),
        (404, nobody.get("/nothing")),
        (404, nobody.get("/.git/config")),
        (405, nobody.raw("PUT", "/healthz", None, b"")),
        (405, nobody.raw("TRACE", "/healthz", None, b"")),
        (400, nobody.raw("POST", login, Some("application/json"), b"{")),
        (413, nobody.raw("POST", login, Some("application/json"), &big)),
        (415, nobody.raw("POST", login, Some("text/plain"), b"{}")),
        (421, nobody.with("host", "evil.example.net").get("/healthz")),
        (422, nobody.post(login, &json!({"account": 1}))),
    ];
    let (wanted, got): (Vec<u16>, Vec<Answer>) = all.into_iter().unzip();
    assert_eq!(got.iter().map(|answer| answer.status).collect::<Vec<_>>(), wanted);
    got
}

#[track_caller]
fn every(name: &str, is_right: impl Fn(&str) -> bool) {
    for answer in answers(&mut Site::new()) {
        assert!(answer.header(name).is_some_and(&is_right), "{name}: {answer:?}");
    }
}

#[test]
fn v3_4_1_strict_transport_is_said_over_tls_alone() {
    for answer in answers(&mut Site::new()) {
        assert_eq!(answer.header("strict-transport-security"), None);
    }
    let proxies = vec!["127.0.0.1/32".parse().unwrap()];
    let mut site = Site::with(Settings { proxies, ..Settings::default() });
    let person = site.person("responder1", &[TeamRole::Responder]);
    for path in ["/healthz", "/nothing", "/api/v1/session"] {
        let answer = person.with("x-forwarded-proto", "https").get(path);
        let header = answer.header("strict-transport-security").unwrap();
        let age = header.split(';').next().unwrap().trim_start_matches("max-age=");
        assert!(
            age.parse::<u64>().unwrap() >= 31_536_000 && header.contains("includeSubDomains"),
            "{header}"
        );
    }
}

#[test]
fn v3_4_3_every_answer_has_a_policy_of_what_a_page_loads() {
    every("content-security-policy", |policy| {
        let has = |part: &str| policy.split("; ").any(|known| known.trim() == part);
        has("default-src 'none'")
            && has("object-src 'none'")
            && has("base-uri 'none'")
            && !policy.contains("unsafe")
    });
}

#[test]
fn v3_4_4_no_browser_guesses_types() {
    every("x-content-type-options", |value| value == "nosniff");
}

#[test]
fn v3_4_5_addresses_are_told_to_no_other_site() {
    every("referrer-policy", |value| value == "no-referrer");
}

#[test]
fn v3_4_6_no_answer_is_framed() {
    every("content-security-policy", |policy| policy.contains("frame-ancestors 'none'"));
}

#[test]
fn v3_4_8_pages_are_alone_in_their_group_of_windows() {
    every("cross-origin-opener-policy", |value| value == "same-origin");
    every("cross-origin-resource-policy", |value| value == "same-origin");
}

#[test]
fn v4_1_1_every_body_says_its_type() {
    for answer in answers(&mut Site::new()) {
        let kind = answer.header("content-type").unwrap_or_default();
        assert!(["application/json", "application/problem+json"].contains(&kind), "{answer:?}");
    }
}

#[test]
fn v4_1_3_what_only_a_proxy_may_say_counts_from_nobody_else() {
    let site = Site::new();
    let login = json!({"account": "nobody1", "password": "wrong wrong wrong"});
    // Each claims to come from somewhere else; they count as one place all the same.
    let statuses: Vec<u16> = (0..12)
        .map(|number| {
            let client = site.nobody().with("x-forwarded-for", &format!("198.51.100.{number}"));
            client.with("forwarded", "for=198.51.100.9").post("/api/v1/session", &login).status
        })
        .collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 10, "{statuses:?}");
    assert_eq!(statuses.last(), Some(&429));
    let answer = site.nobody().with("x-forwarded-proto", "https").get("/healthz");
    assert_eq!(answer.header("strict-transport-security"), None);
    let answer = site.nobody().with("x-forwarded-host", "evil.example.net").get("/healthz").expect(200);
    assert!(!answer.text.contains("evil"));
}

#[test]
fn v4_1_4_only_methods_that_are_there_are_answered() {
    let site = Site::new();
    let nobody = site.nobody();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "BREW", "get"] {
        let answer = nobody.raw(method, "/healthz", None, b"");
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("GET,HEAD"), "{method}");
    }
    let head = nobody.raw("HEAD", "/healthz", None, b"").expect(200);
    let get = nobody.get("/healthz").expect(200);
    assert_eq!((head.text.as_str(), head.header("content-type")), ("", get.header("content-type")));
    assert_eq!(head.header("content-length"), get.header("content-length"));
    let (text, _) =
        exchange(&site, b"CONNECT evil.example.net:443 HTTP/1.1\r\nHost: evil.example.net\r\n\r\n");
    assert!(statuses(&text).iter().all(|status| *status >= 400), "{text}");
}

#[test]
fn v4_2_1_what_two_readers_could_read_differently_is_refused() {
    let site = Site::new();
    let host = site.address();
    let smuggled = format!("GET /smuggled HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let chunked = format!("0\r\n\r\n{smuggled}");
    let post = |headers: &str, body: &str| {
        format!(
            "POST /api/v1/session HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{headers}\r\n{body}"
        )
    };
    let cases = [
        post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", &chunked),
        post("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", &chunked),
        post("Content-Length: 2\r\nContent-Length: 60\r\n", &format!("{{}}{smuggled}")),
        post("Content-Length: +2\r\n", &format!("{{}}{smuggled}")),
        post("Content-Length: 2, 60\r\n", &format!("{{}}{smuggled}")),
        post("Transfer-Encoding: xchunked\r\n", &chunked),
        post("Transfer-Encoding: chunked, identity\r\n", &chunked),
        post("Transfer-Encoding : chunked\r\n", &chunked),
        post("Transfer-Encoding:\u{b}chunked\r\n", &chunked),
        post("X: y\r\n Content-Length: 60\r\n", &format!("{{}}{smuggled}")),
        post("Transfer-Encoding: chunked\r\n", &format!("g\r\n{smuggled}")),
        post("Transfer-Encoding: chunked\r\n", &format!("fffffffffffffffff\r\n{smuggled}")),
        format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nHost: evil.example.net\r\n\r\n"),
        format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nX: a\0b\r\n\r\n"),
        "GET /healthz HTTP/1.1\r\n\r\n".to_owned(),
        format!("GET http://evil.example.net/healthz HTTP/1.1\r\nHost: {host}\r\n\r\n"),
    ];
    for case in cases {
        let (text, is_closed) = exchange(&site, case.as_bytes());
        let statuses = statuses(&text);
        assert!(statuses.iter().all(|status| *status >= 400), "{case:?}: {text}");
        assert!(statuses.len() <= 1 && (is_closed || statuses.len() == 1), "{case:?}: {text}");
    }
}

#[test]
fn v4_2_5_what_is_too_long_is_refused() {
    let site = Site::new();
    let host = site.address();
    let long = "a".repeat(60_000);
    let many: String = (0..200).map(|number| format!("X-{number}: y\r\n")).collect();
    for head in [
        format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nX-Long: {long}\r\n\r\n"),
        format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n{many}\r\n"),
        format!("GET /{long} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET /{} HTTP/1.1\r\nHost: {host}\r\n\r\n", &long[..3000]),
    ] {
        let (text, _) = exchange(&site, head.as_bytes());
        assert!(matches!(statuses(&text)[..], [404 | 414 | 431]), "{:.40} {}: {text}", head, head.len());
    }
}

#[test]
fn whoever_sends_headers_slowly_is_cut_off() {
    let pace = Pace { headers: Duration::from_millis(600), ..Pace::default() };
    let site = Site::with(Settings { pace, ..Settings::default() });
    let began = Instant::now();
    let mut stream = TcpStream::connect(site.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\n").unwrap();
    let mut buffer = [0; 1024];
    loop {
        // A byte at a time, as slowly as is taken.
        let _ = stream.write_all(b"X");
        match stream.read(&mut buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            _ => break,
        }
        assert!(began.elapsed() < Duration::from_secs(5));
    }
    assert!(began.elapsed() >= Duration::from_millis(500), "{:?}", began.elapsed());
}

#[test]
fn v13_4_4_trace_gives_nothing_back() {
    let site = Site::new();
    let ask = format!("TRACE / HTTP/1.1\r\nHost: {}\r\nX-Canary: mirrored\r\n\r\n", site.address());
    let (text, _) = exchange(&site, ask.as_bytes());
    assert!(statuses(&text).iter().all(|status| *status >= 400) && !text.contains("mirrored"), "{text}");
}

#[test]
fn v13_4_6_no_answer_names_what_it_was_made_with() {
    for answer in answers(&mut Site::new()) {
        let is_description = answer.text.contains("\"openapi\"");
        for header in ["server", "x-powered-by", "via"] {
            assert_eq!(answer.header(header), None);
        }
        for word in ["axum", "hyper", "serde", "rustc", "sqlite"] {
            assert!(is_description || !answer.text.to_lowercase().contains(word), "{word}: {answer:?}");
        }
    }
}

#[test]
fn v16_5_1_errors_tell_nothing_of_the_inside() {
    let mut site = Site::new();
    let data = site.data().to_string_lossy().into_owned();
    for answer in answers(&mut site).into_iter().filter(|answer| answer.status >= 400) {
        let problem = answer.json();
        assert_eq!(problem["status"], answer.status);
        for word in [data.as_str(), "src/", ".rs", "panicked", "stack", "/rustc/"] {
            assert!(!answer.text.contains(word), "{word}: {answer:?}");
        }
    }
}

#[test]
fn a_foreign_name_that_leads_here_is_not_answered_to() {
    let site = Site::new();
    let ask = |client: Client, host: &str| client.with("host", host).get("/healthz").status;
    for foreign in
        ["evil.example.net", "evil.example.net:8484", "localhost.evil.example", "127.0.0.1.evil.example"]
    {
        assert_eq!(ask(site.nobody(), foreign), 421, "{foreign}");
    }
    assert_eq!(ask(site.nobody(), &site.address().to_string()), 200);
}

//! Sources: added, changed and removed by administrators; let in where they send, and nowhere else.

use super::site::{Client, Site};
use cofferdam_journal::TeamRole;
use cofferdam_journal::source::SourceKind;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::{Duration, Instant};

const SOURCES: &str = "/api/v1/sources";

/// A source as an administrator adds it, and its token.
fn added(admin: &Client, name: &str, kind: &str) -> String {
    admin.post(SOURCES, &json!({"name": name, "kind": kind})).expect(201);
    issued(admin, name)
}

fn issued(admin: &Client, name: &str) -> String {
    let path = format!("{SOURCES}/{name}/tokens");
    let answer = admin.post(&path, &json!({"expires_days": 30})).expect(201).json();
    answer["secret"].as_str().unwrap().to_owned()
}

fn sends(site: &Site, token: &str) -> u16 {
    let source = Client { token: Some(token.to_owned()), ..site.nobody() };
    source.raw("POST", "/api/v1/events", Some("text/plain"), b"a line\n").status
}

#[test]
fn a_source_is_added_changed_and_removed() {
    let site = Site::new();
    let admin = site.administrator();
    let new = json!({"name": "web-proxy", "kind": "events", "parser": "squid", "expected": 60});
    let made = admin.post(SOURCES, &new).expect(201);
    assert_eq!(made.header("location"), Some("/api/v1/sources/web-proxy"));
    let view = made.json();
    let want = json!({
        "name": "web-proxy", "kind": "events", "origin": "journal", "added": view["added"], "parser": "squid",
        "expected": 60, "trust": "proven", "zone": null, "mapping": {}, "tokens": [], "signs": false,
        "counts": {"taken": 0, "doubled": 0, "bytes": 0, "refused": 0, "dead_letters": 0, "dropped": 0},
        "per_minute": 0, "last_arrival": null,
    });
    assert_eq!(view, want);
    admin.post(SOURCES, &json!({"name": "web-proxy", "kind": "alerts"})).expect(409);
    let path = "/api/v1/sources/web-proxy";
    let change = json!({"trust": "local-text"});
    assert_eq!(admin.send("PUT", path, Some(&change)).status, 428);
    let tag = admin.get(path).expect(200).header("etag").unwrap().to_owned();
    assert_eq!(admin.with("if-match", "\"9\"").send("PUT", path, Some(&change)).status, 412);
    let changed = admin.with("if-match", &tag).send("PUT", path, Some(&change)).expect(200);
    assert_ne!(changed.header("etag"), Some(tag.as_str()));
    let view = changed.json();
    assert_eq!(
        (&view["trust"], &view["parser"], &view["expected"]),
        (&json!("local-text"), &Value::Null, &Value::Null)
    );
    assert_eq!(admin.send("DELETE", path, None).status, 428);
    let tag = changed.header("etag").unwrap();
    assert_eq!(admin.with("if-match", tag).send("DELETE", path, None).status, 204);
    assert_eq!(admin.get(path).status, 404);
    assert_eq!(admin.get(SOURCES).expect(200).json(), json!({"items": []}));
}

#[test]
fn what_is_not_of_the_format_of_its_source_is_a_dead_letter() {
    let site = Site::new();
    let admin = site.administrator();
    let new = json!({"name": "web", "kind": "events", "parser": "access_log"});
    admin.post(SOURCES, &new).expect(201);
    let token = admin.post(&format!("{SOURCES}/web/tokens"), &json!({"expires_days": 1})).expect(201).json();
    let source =
        site.nobody().with("authorization", &format!("Bearer {}", token["secret"].as_str().unwrap()));
    // Whoever can make a web server log a line can make it look like any other.
    let lines = "192.0.2.9 - - [22/Nov/2026:03:46:07 +0000] \"GET / HTTP/1.1\" 200 810 \"-\" \"curl/8\"\n\
                 Nov 22 03:48:13 web-01 sshd[1]: Accepted password for root from 192.0.2.9 port 40 ssh2\n";
    source.raw("POST", "/api/v1/events", Some("text/plain"), lines.as_bytes()).expect(200);
    let until = Instant::now() + Duration::from_secs(30);
    while site.server().live.letters().get("web") != Some(&1) {
        assert!(Instant::now() < until, "{:?}", site.server().live.letters());
        std::thread::sleep(Duration::from_millis(10));
    }
    let seen = admin.get("/api/v1/activity?kind=account&value=root").expect(200).json();
    assert_eq!(seen["events"], 0, "nobody logged in: {seen}");
}

#[test]
fn what_has_no_form_is_refused() {
    let site = Site::new();
    let admin = site.administrator();
    let bad = [
        json!({"name": "Web", "kind": "events"}),
        json!({"name": "-web", "kind": "events"}),
        json!({"name": "x".repeat(64), "kind": "events"}),
        json!({"name": "web", "kind": "udp"}),
        json!({"name": "web"}),
        json!({"name": "web", "kind": "events", "parser": "a b"}),
        json!({"name": "web", "kind": "events", "parser": "nonesuch"}),
        json!({"name": "web", "kind": "events", "expected": 0}),
        json!({"name": "web", "kind": "events", "trust": "total"}),
        json!({"name": "web", "kind": "events", "zone": "Europe/Atlantis"}),
        json!({"name": "web", "kind": "events", "mapping": {"title": "/a"}}),
        json!({"name": "web", "kind": "alerts", "mapping": {"title": "a b"}}),
        json!({"name": "web", "kind": "events", "origin": "journal"}),
    ];
    for body in bad {
        assert_eq!(admin.post(SOURCES, &body).status, 422, "{body}");
    }
    admin.post(SOURCES, &json!({"name": "web", "kind": "events"})).expect(201);
    for days in [0, 367] {
        admin.post("/api/v1/sources/web/tokens", &json!({"expires_days": days})).expect(422);
    }
    let refused = admin.post("/api/v1/sources/web/secret", &json!({})).expect(409);
    assert!(refused.text.contains("only a source of alerts signs"), "{refused:?}");
    for secret in ["short", "with a space in it, and long"] {
        admin.post("/api/v1/sources/web/secret", &json!({"secret": secret})).expect(422);
    }
    for path in ["/api/v1/sources/none/tokens", "/api/v1/sources/NONE/tokens"] {
        admin.post(path, &json!({"expires_days": 1})).expect(404);
    }
}

#[test]
fn a_token_counts_until_it_is_revoked_expired_or_its_source_removed() {
    let mut site = Site::new();
    let admin = site.administrator();
    let (one, two) = (added(&admin, "web", "events"), issued(&admin, "web"));
    assert!(one.starts_with("cfs_") && one != two);
    assert_eq!((sends(&site, &one), sends(&site, &two)), (200, 200));
    let tokens = admin.get("/api/v1/sources/web").expect(200).json();
    assert_eq!(tokens["tokens"].as_array().unwrap().len(), 2);
    assert!(!tokens.to_string().contains(&one) && !tokens.to_string().contains(&two));
    let id = tokens["tokens"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.send("DELETE", &format!("/api/v1/sources/web/tokens/{id}"), None).status, 204);
    assert_eq!(admin.send("DELETE", &format!("/api/v1/sources/web/tokens/{id}"), None).status, 404);
    let left = if sends(&site, &one) == 200 { &one } else { &two };
    assert_eq!([sends(&site, &one), sends(&site, &two)].iter().filter(|status| **status == 401).count(), 1);
    // The registry is what the journal says, also after a start.
    site.stop();
    site.start();
    let admin = site.again(&admin);
    assert_eq!(sends(&site, left), 200);
    let admin = site.sign_in("admin1").with_cookie(site.sign_in("admin1").cookie.or(admin.cookie));
    let three = added(&admin, "mail", "events");
    assert_eq!(sends(&site, &three), 200);
    let tag = admin.get("/api/v1/sources/mail").header("etag").unwrap().to_owned();
    assert_eq!(admin.with("if-match", &tag).send("DELETE", "/api/v1/sources/mail", None).status, 204);
    assert_eq!(sends(&site, &three), 401);
    admin.post(SOURCES, &json!({"name": "mail", "kind": "events"})).expect(201);
    assert_eq!(sends(&site, &three), 401, "a token of a source that was removed counts no more");
    site.pass(31 * 24 * 3600);
    assert_eq!(sends(&site, left), 401);
}

#[test]
fn a_source_is_nobody_elsewhere_and_nobody_else_is_one() {
    let mut site = Site::new();
    let person = site.person("admin1", &[TeamRole::Administrator, TeamRole::IncidentCommander]);
    let events = site.source("web", SourceKind::Events);
    let alerts = site.source("edr", SourceKind::Alerts);
    let (person, events) = (site.again(&person), site.again(&events));
    for path in ["/api/v1/alerts", SOURCES, "/api/v1/session", "/metrics"] {
        assert_eq!((events.get(path).status, alerts.get(path).status), (401, 401), "{path}");
    }
    let send = |client: &Client, path: &str| client.raw("POST", path, Some("text/plain"), b"{}\n").status;
    assert_eq!((send(&events, "/api/v1/events"), send(&alerts, "/api/v1/events")), (200, 403));
    assert_eq!(send(&person, "/api/v1/events"), 401);
    assert_eq!(
        (send(&alerts, "/api/v1/sources/edr/alerts"), send(&events, "/api/v1/sources/web/alerts")),
        (200, 403)
    );
    for path in ["/api/v1/sources/web/alerts", "/api/v1/sources/none/alerts", "/api/v1/sources/NO/alerts"] {
        assert_eq!((send(&alerts, path), send(&site.nobody(), path)), (403, 401), "{path}");
    }
    let cookie = Client { cookie: Some("__Host-cofferdam=x".to_owned()), ..site.nobody() };
    assert_eq!(send(&cookie, "/api/v1/events"), 401);
}

fn hex_mac(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn alerts_come_with_a_token_or_signed_with_the_secret() {
    let mut site = Site::new();
    let admin = site.administrator();
    let token = added(&admin, "edr", "alerts");
    let path = "/api/v1/sources/edr/alerts";
    let body = "{\"id\":\"A-17\",\"title\":\"Ransomware\"}";
    let send =
        |client: Client, body: &str| client.raw("POST", path, Some("application/json"), body.as_bytes());
    let hub = |secret: &str, body: &str| ("x-hub-signature-256", format!("sha256={}", hex_mac(secret, body)));
    let nobody = site.nobody();
    let (name, value) = hub("anything at all!", body);
    assert_eq!(send(nobody.with(name, &value), body).status, 401, "there is no secret yet");
    let made = admin.post("/api/v1/sources/edr/secret", &json!({})).expect(201).json();
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(secret.len() >= 43);
    assert_eq!(admin.get("/api/v1/sources/edr").json()["signs"], true);
    let (name, value) = hub(&secret, body);
    let signed = nobody.with(name, &value);
    assert_eq!(send(signed.clone(), body).expect(200).json(), json!({"taken": 1, "doubled": 0}));
    assert_eq!(send(signed.clone(), body).expect(200).json(), json!({"taken": 0, "doubled": 1}));
    assert_eq!(send(signed.clone(), "{\"id\":\"A-18\"}").status, 401);
    let with_token = Client { token: Some(token), ..site.nobody() };
    assert_eq!(send(with_token.clone(), body).expect(200).json(), json!({"taken": 0, "doubled": 1}));
    // A token that does not count is not made up for by a signature beside it.
    let other = Client { token: Some("cfs_none".to_owned()), ..site.nobody() };
    assert_eq!(send(other.with(name, &value), body).status, 401);
    let now = site.now().as_second();
    for (second, want) in [(now, 200), (now - 301, 401), (now + 301, 401)] {
        let timed = hex_mac(&secret, &format!("{second}.{body}"));
        let client = nobody.with("x-signature", &timed).with("x-signature-timestamp", &second.to_string());
        assert_eq!(send(client, body).status, want);
    }
    // Another secret takes its place at once, and outlives a start.
    let given = "a secret the product made".replace(' ', "-");
    admin.post("/api/v1/sources/edr/secret", &json!({"secret": given})).expect(201);
    assert_eq!(send(signed, body).status, 401);
    site.stop();
    site.start();
    let (name, value) = hub(&given, "[]");
    let answer = site.nobody().with(name, &value).raw("POST", path, Some("application/json"), b"[]");
    assert_eq!(answer.expect(200).json(), json!({"taken": 1, "doubled": 0}));
    assert_eq!(site.spooled().len(), 2);
    let kept = std::fs::read_to_string(site.data().join("credentials")).unwrap();
    assert!(kept.contains(&given) && !kept.contains(&secret), "what counts no more is swept");
    let entries = format!("{:?}", site.entries());
    assert!(!entries.contains(&given) && !entries.contains(&secret) && !entries.contains("cfs_"));
}

#[test]
fn alerts_are_taken_as_they_come_or_not_at_all() {
    let mut site = Site::new();
    let edr = site.source("edr", SourceKind::Alerts);
    let path = "/api/v1/sources/edr/alerts";
    let send = |kind: Option<&str>, body: &[u8]| edr.raw("POST", path, kind, body).status;
    let json = Some("application/json");
    let body = b"  {\"a\": 1,\n \"b\":\"\xc3\xa9\"}\n";
    assert_eq!(send(json, body), 200);
    assert_eq!(send(Some("application/sarif+json"), b"[1]"), 200);
    assert_eq!(send(Some("text/plain; charset=UTF-8"), b"{\"Type\":\"Notification\"}"), 200);
    for (kind, body, want) in [
        (Some("application/x-www-form-urlencoded"), &b"payload={}"[..], 415),
        (None, b"{}", 415),
        (json, b"", 400),
        (json, b"hello", 400),
        (json, b"\"text\"", 400),
    ] {
        assert_eq!(send(kind, body), want, "{kind:?} {}", String::from_utf8_lossy(body));
    }
    let spooled = site.spooled();
    assert_eq!(spooled[0], ("edr".to_owned(), String::from_utf8(body.to_vec()).unwrap()));
    assert_eq!(spooled.len(), 3);
}

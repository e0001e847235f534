//! Requests that a page of somebody else makes a browser send.

use super::site::{Client, Site};
use serde_json::json;

/// Routes that change something, each with a body that is taken.
fn changes(site: &Site, admin: &Client) -> Vec<(&'static str, String, Option<serde_json::Value>)> {
    let (id, _) = site.member(admin, "ops1", &["responder"]);
    vec![
        ("POST", "/api/v1/users".to_owned(), Some(json!({"account": "mallory", "roles": ["administrator"]}))),
        ("PATCH", format!("/api/v1/users/{id}"), Some(json!({"roles": ["administrator"]}))),
        ("POST", format!("/api/v1/users/{id}/enrolment"), None),
        ("DELETE", format!("/api/v1/users/{id}/sessions"), None),
        ("POST", "/api/v1/tokens".to_owned(), Some(json!({"name": "a", "expires_days": 1}))),
        ("POST", "/api/v1/account/second-factor".to_owned(), None),
        ("DELETE", "/api/v1/sessions".to_owned(), None),
        ("DELETE", "/api/v1/session".to_owned(), None),
    ]
}

/// Sends each change with these headers in the place of the browser's own `Origin`.
#[track_caller]
fn check(headers: &[(&str, &str)]) {
    let site = Site::new();
    let admin = site.administrator();
    let all = changes(&site, &admin);
    let before = site.entries().len();
    let cookie = admin.cookie.clone().unwrap();
    // Not as the client of these tests sends it: a cookie, and no origin of its own.
    let bare = site.nobody().with("cookie", &cookie).with("if-match", "\"3\"");
    let forged = headers.iter().fold(bare, |client, (name, value)| {
        client.with(name, &value.replace("HOST", &site.address().to_string()))
    });
    for (method, path, body) in all {
        let answer = forged.send(method, &path, body.as_ref()).expect(403);
        assert_eq!(answer.problem(), "foreign-origin", "{method} {path}");
    }
    assert_eq!(site.entries().len(), before, "nothing was recorded");
    assert!(admin.is_in());
}

#[test]
fn v3_5_1_a_request_from_a_foreign_page_changes_nothing() {
    for origin in
        ["https://evil.example.net", "null", "http://HOST.evil.example.net", "http://evil.example.net#HOST"]
    {
        check(&[("origin", origin)]);
    }
    check(&[("origin", "http://HOST"), ("sec-fetch-site", "cross-site")]);
    check(&[("origin", "http://HOST"), ("sec-fetch-site", "same-site")]);
}

#[test]
fn v3_5_1_a_request_that_does_not_say_where_it_comes_from_changes_nothing() {
    check(&[]);
    check(&[("referer", "http://HOST/")]);
}

#[test]
fn v3_5_2_what_a_form_can_send_is_not_read() {
    let site = Site::new();
    let admin = site.administrator();
    let body = br#"{"account":"mallory","roles":["administrator"]}"#;
    for simple in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let answer = admin.raw("POST", "/api/v1/users", Some(simple), body).expect(415);
        assert_eq!(answer.problem(), "unsupported-media-type", "{simple}");
    }
    for path in ["/api/v1/session", "/api/v1/enrolment", "/api/v1/setup"] {
        let answer =
            site.nobody().raw("POST", path, Some("text/plain"), br#"{"account":"a","password":"b"}"#);
        assert_eq!(
            answer.expect(415).problem(),
            "unsupported-media-type",
            "signing in is no exception: {path}"
        );
    }
    let preflight = site
        .nobody()
        .with("origin", "https://evil.example.net")
        .with("access-control-request-method", "POST");
    let preflight = preflight.send("OPTIONS", "/api/v1/users", None);
    assert!(
        preflight.status >= 400 && preflight.header("access-control-allow-origin").is_none(),
        "{preflight:?}"
    );
}

#[test]
fn v3_5_3_what_only_reads_changes_nothing() {
    let site = Site::new();
    let admin = site.administrator();
    let all = changes(&site, &admin);
    let before = site.entries().len();
    for (_, path, _) in all {
        for method in ["GET", "HEAD", "OPTIONS"] {
            let status = admin.send(method, &path, None).status;
            assert!(matches!(status, 200 | 405), "{method} {path}: {status}");
        }
        for header in ["x-http-method-override", "x-method-override", "x-http-method"] {
            admin.with(header, "DELETE").get(&path);
        }
    }
    assert_eq!(site.entries().len(), before);
    assert!(admin.is_in());
}

#[test]
fn v3_4_2_no_other_origin_is_let_read_anything() {
    let site = Site::new();
    let admin = site.administrator().with("origin", "https://evil.example.net");
    for path in ["/api/v1/session", "/api/v1/users", "/", "/assets/page.js"] {
        let answer = admin.get(path);
        assert!(answer.headers.iter().all(|(name, _)| !name.starts_with("access-control-")), "{answer:?}");
    }
}

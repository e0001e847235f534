//! How sessions begin, are renewed and end.

use super::site::{Client, PASSWORD, Site};
use serde_json::json;
use std::collections::BTreeSet;

fn value(client: &Client) -> String {
    client.cookie.as_deref().unwrap().split_once('=').unwrap().1.to_owned()
}

fn password() -> serde_json::Value {
    json!({"password": PASSWORD})
}

#[test]
fn v7_2_1_a_session_that_the_server_did_not_begin_is_none() {
    let site = Site::new();
    let admin = site.administrator();
    let real = value(&admin);
    let mut forged =
        vec![String::new(), "x".to_owned(), "A".repeat(43), format!("{real}A"), real.to_uppercase()];
    forged.push(real.chars().rev().collect());
    for value in forged {
        let cookie = Some(format!("__Host-cofferdam={value}"));
        assert!(!Client { cookie, ..admin.clone() }.is_in(), "{value}");
    }
    let twice =
        Client { cookie: Some(format!("__Host-cofferdam={real}; __Host-cofferdam={real}")), ..admin.clone() };
    assert!(!twice.is_in(), "one of two may have been slipped in");
    assert!(admin.is_in());
}

#[test]
fn v7_2_2_a_session_is_a_reference_that_tells_nothing() {
    let site = Site::new();
    let admin = site.administrator();
    let value = value(&admin);
    assert!(value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{value}");
    let shown = admin.get("/api/v1/session").text + &admin.get("/api/v1/sessions").text;
    assert!(!shown.contains(&value), "nor is it ever told again");
}

#[test]
fn v7_2_3_a_session_is_256_random_bits() {
    let site = Site::new();
    site.administrator();
    let values: BTreeSet<String> = (0..9).map(|_| value(&site.sign_in("admin1"))).collect();
    assert_eq!(values.len(), 9);
    for position in 0..42 {
        let letters: BTreeSet<u8> = values.iter().map(|value| value.as_bytes()[position]).collect();
        assert!(letters.len() > 2, "position {position} is nearly always the same");
    }
    assert!(values.iter().all(|value| value.len() == 43), "base64 of 32 bytes");
}

#[test]
fn v7_2_4_a_session_is_new_at_login_and_at_step_up() {
    let site = Site::new();
    let first = site.administrator();
    let given = json!({"account": "admin1", "password": PASSWORD});
    let again = first.post("/api/v1/session", &given).expect(200);
    assert_ne!(again.cookie(), first.cookie, "whatever cookie was there before");
    let planted = Client { cookie: Some("__Host-cofferdam=planted-by-somebody".to_owned()), ..site.nobody() };
    let planted = planted.post("/api/v1/session", &given).expect(200).cookie();
    assert!(!planted.unwrap().contains("planted"));
    let id = |client: &Client| client.get("/api/v1/session").expect(200).json()["session"].clone();
    let before = id(&first);
    let raised = first.proving(&password());
    assert_ne!(id(&raised), before);
    assert!(!first.is_in(), "the one before counts no more");
}

#[test]
fn a_session_is_renewed_as_often_as_its_user_proves_who_they_are_and_all_of_it_is_recorded() {
    let mut site = Site::new();
    let mut admin = site.administrator();
    for _ in 0..3 {
        admin = admin.proving(&password());
    }
    admin.send("DELETE", "/api/v1/session", None).expect(204);
    site.stop();
    let kinds = |kind: &str| site.entries().iter().filter(|entry| entry.fact.kind() == kind).count();
    assert_eq!((kinds("session-started/1"), kinds("session-raised/1"), kinds("session-ended/1")), (4, 3, 4));
}

#[test]
fn v7_3_1_a_session_that_is_not_used_ends() {
    let site = Site::new();
    let admin = site.administrator();
    for _ in 0..3 {
        site.pass(30 * 60 - 1);
        assert!(admin.is_in(), "use keeps it");
    }
    site.pass(30 * 60);
    assert!(!admin.is_in());
    site.pass(-60);
    assert!(!admin.is_in(), "nor does a clock that is put back bring it back");
}

#[test]
fn v7_3_2_a_session_ends_after_a_time_whatever_happens_in_it() {
    let site = Site::new();
    let mut admin = site.administrator();
    for _ in 0..12 * 3 - 1 {
        site.pass(20 * 60);
        admin = admin.proving(&password());
    }
    site.pass(20 * 60 - 1);
    assert!(admin.is_in());
    site.pass(1);
    assert!(!admin.is_in(), "twelve hours after it began, renewed or not");
}

#[test]
fn v7_4_1_after_leaving_a_session_counts_no_more() {
    let site = Site::new();
    let admin = site.administrator();
    let other = site.sign_in("admin1");
    let left = admin.send("DELETE", "/api/v1/session", None).expect(204);
    let cookie = left.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-cofferdam=;") && cookie.contains("Max-Age=0"), "{cookie}");
    assert!(!admin.is_in());
    assert!(other.is_in(), "only the one that left");
}

#[test]
fn v7_4_2_sessions_and_tokens_of_a_disabled_user_count_no_more_at_once() {
    let site = Site::new();
    let admin = site.administrator();
    let (id, member) = site.member(&admin, "ops1", &["responder"]);
    let issued = member.post("/api/v1/tokens", &json!({"name": "a", "expires_days": 9})).expect(201).json();
    let token = Client { token: issued["secret"].as_str().map(ToOwned::to_owned), ..site.nobody() };
    assert!(member.is_in() && token.is_in());
    patch(&admin, &id, &json!({"disabled": true}));
    assert!(!member.is_in() && !token.is_in());
    patch(&admin, &id, &json!({"disabled": false}));
    assert!(!member.is_in(), "the session does not come back");
    assert!(token.is_in(), "the token counts again with its user");
}

/// Changes a user as they are now.
#[track_caller]
pub fn patch(admin: &Client, id: &str, changes: &serde_json::Value) {
    let path = format!("/api/v1/users/{id}");
    let version = admin.get(&path).expect(200).header("etag").unwrap().to_owned();
    admin.with("if-match", &version).send("PATCH", &path, Some(changes)).expect(200);
}

#[test]
fn v7_4_3_a_change_of_password_ends_all_other_sessions() {
    let site = Site::new();
    let admin = site.administrator();
    let (_, member) = site.member(&admin, "ops1", &["responder"]);
    let others: Vec<Client> = (0..3).map(|_| site.sign_in("ops1")).collect();
    let change = json!({"current": PASSWORD, "new": "seven grey geese over water"});
    let changed = member.send("PUT", "/api/v1/account/password", Some(&change)).expect(204);
    assert!(others.iter().all(|other| !other.is_in()));
    assert!(!member.is_in(), "the session itself has another cookie now");
    assert!(Client { cookie: changed.cookie(), ..member }.is_in());
    assert!(admin.is_in(), "nobody else is concerned");
}

#[test]
fn v7_4_5_administrators_end_sessions_of_one_and_of_all() {
    let site = Site::new();
    let admin = site.administrator();
    let (id, one) = site.member(&admin, "ops1", &["responder"]);
    let (_, two) = site.member(&admin, "ops2", &["responder"]);
    let path = format!("/api/v1/users/{id}/sessions");
    assert_eq!(one.send("DELETE", &path, None).expect(403).problem(), "forbidden");
    assert_eq!(admin.get(&path).expect(200).json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(admin.send("DELETE", &path, None).expect(200).json()["ended"], 1);
    assert!(!one.is_in() && two.is_in() && admin.is_in());
    assert_eq!(two.send("DELETE", "/api/v1/users/sessions", None).expect(403).problem(), "forbidden");
    assert_eq!(admin.send("DELETE", "/api/v1/users/sessions", None).expect(200).json()["ended"], 2);
    assert!(!two.is_in() && !admin.is_in());
    assert_eq!(site.sign_in("admin1").send("DELETE", "/api/v1/users/USR-9999/sessions", None).status, 404);
}

#[test]
fn v7_5_1_ones_own_proofs_of_identity_are_changed_after_proving_it_again() {
    let site = Site::new();
    let admin = site.administrator();
    site.pass(10 * 60);
    let change = json!({"current": PASSWORD, "new": "seven grey geese over water"});
    let routes = [
        ("PUT", "/api/v1/account/password", Some(&change)),
        ("POST", "/api/v1/account/second-factor", None),
        ("GET", "/api/v1/account/second-factor/qr", None),
        ("DELETE", "/api/v1/account/second-factor", None),
        ("POST", "/api/v1/account/recovery-codes", None),
    ];
    for (method, path, body) in routes {
        let answer = admin.send(method, path, body).expect(403);
        assert_eq!(answer.problem(), "step-up-required", "{method} {path}");
    }
    let wrong = json!({"password": "a wrong one, I fear"});
    assert_eq!(admin.post("/api/v1/session/step-up", &wrong).expect(401).problem(), "login-failed");
    let fresh = admin.proving(&password());
    fresh.send("PUT", "/api/v1/account/password", Some(&change)).expect(204);
}

#[test]
fn v7_5_2_somebody_sees_their_sessions_and_ends_them() {
    let site = Site::new();
    let admin = site.administrator();
    let others: Vec<Client> = (0..3).map(|_| site.sign_in("admin1")).collect();
    let list = admin.get("/api/v1/sessions").expect(200).json()["items"].clone();
    let ids: Vec<&str> = list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 4);
    let this = list.as_array().unwrap().iter().filter(|one| one["is_this"] == true).count();
    assert_eq!(this, 1);
    let of = |client: &Client| client.get("/api/v1/session").json()["session"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/sessions/{}", of(&others[0]));
    site.pass(10 * 60);
    assert_eq!(admin.send("DELETE", &path, None).expect(403).problem(), "step-up-required");
    let admin = admin.proving(&password());
    admin.send("DELETE", &path, None).expect(204);
    assert!(!others[0].is_in() && others[1].is_in());
    admin.send("DELETE", &path, None).expect(404);
    assert_eq!(admin.send("DELETE", "/api/v1/sessions", None).expect(200).json()["ended"], 2);
    assert!(others.iter().all(|other| !other.is_in()) && admin.is_in());
}

#[test]
fn v7_5_3_sensitive_acts_ask_for_a_proof_of_the_last_minutes() {
    let site = Site::new();
    let admin = site.administrator();
    site.pass(10 * 60);
    let user = json!({"account": "ops9", "roles": []});
    let token = json!({"name": "a", "expires_days": 1});
    let link = "/api/v1/users/USR-0001/enrolment";
    let routes = [
        ("POST", "/api/v1/users", Some(&user)),
        ("PATCH", "/api/v1/users/USR-0001", Some(&user)),
        ("POST", link, None),
        ("DELETE", "/api/v1/users/USR-0001/second-factor", None),
        ("POST", "/api/v1/tokens", Some(&token)),
    ];
    for (method, path, body) in routes {
        let answer = admin.with("if-match", "\"2\"").send(method, path, body).expect(403);
        assert_eq!(answer.problem(), "step-up-required", "{method} {path}");
    }
    admin.proving(&password()).send("POST", link, None).expect(201);
}

#[test]
fn v7_1_2_somebody_has_twenty_sessions_and_the_one_used_longest_ago_makes_room() {
    let site = Site::new();
    let mut all = vec![site.administrator()];
    for _ in 1..20 {
        site.pass(1);
        all.push(site.sign_in("admin1"));
    }
    assert!(all.iter().skip(1).all(Client::is_in));
    site.pass(1);
    assert!(all[0].is_in(), "used again: the second one is the oldest now");
    all.push(site.sign_in("admin1"));
    let alive: Vec<bool> = all.iter().map(Client::is_in).collect();
    assert_eq!(alive.iter().filter(|alive| **alive).count(), 20);
    let replaced = alive.iter().position(|alive| !alive);
    assert!(replaced.is_some_and(|place| place != 0 && place != 20), "{replaced:?}");
}

#[test]
fn v7_6_2_only_signing_in_begins_a_session() {
    let site = Site::new();
    let admin = site.administrator();
    for path in
        ["/", "/login", "/setup", "/enrol", "/api/v1/session", "/api/v1/setup", "/healthz", "/api/v1/users"]
    {
        for client in [site.nobody(), admin.clone()] {
            assert_eq!(client.get(path).header("set-cookie"), None, "{path}");
        }
    }
}

/// Cases of 3.3: what the cookie of a session is like.
fn cookie() -> String {
    let site = Site::new();
    site.administrator();
    let given = json!({"account": "admin1", "password": PASSWORD});
    site.nobody().post("/api/v1/session", &given).expect(200).header("set-cookie").unwrap().to_owned()
}

#[track_caller]
fn has(attribute: &str) {
    let cookie = cookie();
    assert!(cookie.split("; ").any(|part| part == attribute), "{cookie}");
}

#[test]
fn v3_3_1_the_cookie_is_sent_over_tls_alone() {
    has("Secure");
}

#[test]
fn v3_3_2_the_cookie_is_not_sent_for_other_sites() {
    has("SameSite=Strict");
}

#[test]
fn v3_3_3_the_cookie_belongs_to_this_host_alone() {
    let cookie = cookie();
    assert!(cookie.starts_with("__Host-"), "{cookie}");
    assert!(cookie.contains("; Path=/;") && !cookie.to_ascii_lowercase().contains("domain="), "{cookie}");
}

#[test]
fn v3_3_4_no_script_reads_the_cookie() {
    has("HttpOnly");
}

#[test]
fn v3_3_5_the_cookie_is_short() {
    assert!(cookie().len() < 200);
}

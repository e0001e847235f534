//! Requests with an `Idempotency-Key`: carried out once, however often they are sent.

use super::site::{Answer, Client, PASSWORD, Site};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::thread;

const USERS: &str = "/api/v1/users";

fn new(account: &str) -> Value {
    json!({"account": account, "roles": ["observer"]})
}

/// Users whose accounts begin so.
fn count(client: &Client, start: &str) -> usize {
    let users = client.get(USERS).expect(200).json();
    let accounts = users["items"].as_array().unwrap().iter().filter_map(|user| user["account"].as_str());
    accounts.filter(|account| account.starts_with(start)).count()
}

fn is_replay(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == Some("true")
}

#[test]
fn the_same_request_again_is_answered_as_before_and_does_nothing() {
    let site = Site::new();
    let admin = site.administrator();
    let keyed = admin.with("idempotency-key", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"");
    let first = keyed.post(USERS, &new("ops1")).expect(201);
    let again = keyed.post(USERS, &new("ops1")).expect(201);
    assert_eq!((is_replay(&first), is_replay(&again)), (false, true));
    for header in ["content-type", "etag", "location", "x-content-type-options", "cache-control"] {
        assert_eq!(first.header(header), again.header(header), "{header}");
    }
    assert_eq!(first.text, again.text);
    assert_eq!(admin.post(USERS, &new("ops1")).status, 409, "without the key it is another request");
    assert_eq!(count(&admin, "ops"), 1);
}

#[test]
fn a_key_stands_for_one_request() {
    let site = Site::new();
    let admin = site.administrator();
    let keyed = admin.with("idempotency-key", "k");
    let id = keyed.post(USERS, &new("ops1")).expect(201).json()["id"].as_str().unwrap().to_owned();
    assert_eq!(keyed.post(USERS, &new("ops2")).expect(422).problem(), "invalid");
    let other = format!("{USERS}/{id}/enrolment");
    assert_eq!(keyed.send("POST", &other, None).expect(422).problem(), "invalid");
    assert_eq!(count(&admin, "ops"), 1);
    for bad in [String::new(), "x".repeat(256), "a b".to_owned(), "\u{7f}".to_owned()] {
        if bad != "\u{7f}" {
            assert_eq!(admin.with("idempotency-key", &bad).post(USERS, &new("ops3")).status, 400, "{bad:?}");
        }
    }
    let two = keyed.with("idempotency-key", "l");
    assert_eq!(two.post(USERS, &new("ops3")).status, 400, "two keys are none");
    admin.with("idempotency-key", &"x".repeat(255)).post(USERS, &new("ops3")).expect(201);
}

#[test]
fn a_refusal_is_an_answer_and_somebody_else_has_keys_of_their_own() {
    let site = Site::new();
    let admin = site.administrator();
    let keyed = admin.with("idempotency-key", "k");
    keyed.post(USERS, &json!({"account": "ops1", "roles": ["nonsense"]})).expect(422);
    assert!(is_replay(&keyed.post(USERS, &json!({"account": "ops1", "roles": ["nonsense"]})).expect(422)));
    let nobody = site.nobody().with("idempotency-key", "k");
    nobody.post(USERS, &json!({"account": "ops1", "roles": ["nonsense"]})).expect(401);
}

#[test]
fn fifty_at_once_have_one_effect() {
    let site = Site::new();
    let admin = site.administrator();
    let keyed = admin.with("idempotency-key", "k");
    let answers: Vec<Answer> = thread::scope(|scope| {
        let sent: Vec<_> = (0..50).map(|_| scope.spawn(|| keyed.post(USERS, &new("ops1")))).collect();
        sent.into_iter().map(|answer| answer.join().unwrap()).collect()
    });
    let statuses: BTreeSet<u16> = answers.iter().map(|answer| answer.status).collect();
    assert!(statuses.is_subset(&[201, 409].into()), "{statuses:?}");
    let made = answers.iter().filter(|answer| answer.status == 201 && !is_replay(answer)).count();
    assert_eq!(made, 1);
    let ids: BTreeSet<String> =
        answers.iter().filter(|answer| answer.status == 201).map(|answer| answer.text.clone()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert!(is_replay(&keyed.post(USERS, &new("ops1")).expect(201)));
    assert_eq!(count(&admin, "ops"), 1);
}

#[test]
fn a_secret_is_told_again_for_minutes_only_and_never_to_a_token() {
    let site = Site::new();
    let admin = site.administrator();
    let keyed = admin.with("idempotency-key", "k");
    let wanted = json!({"name": "backup", "expires_days": 3});
    let first = keyed.post("/api/v1/tokens", &wanted).expect(201).json();
    let again = keyed.post("/api/v1/tokens", &wanted).expect(201);
    assert!(is_replay(&again));
    assert_eq!(again.json()["secret"], first["secret"]);
    let token = first["secret"].as_str().unwrap().to_owned();
    let program = Client { cookie: None, token: Some(token), ..keyed.clone() };
    assert!([403, 422].contains(&program.post("/api/v1/tokens", &wanted).status));
    site.pass(10 * 60 - 1);
    assert!(is_replay(&keyed.post("/api/v1/tokens", &wanted).expect(201)));
    site.pass(2);
    let late = keyed.post("/api/v1/tokens", &wanted);
    assert!([403, 409].contains(&late.status), "{late:?}");
    let proven = admin.post("/api/v1/session/step-up", &json!({"password": PASSWORD})).expect(200);
    let proven = Client { cookie: proven.cookie(), ..keyed };
    assert_eq!(proven.post("/api/v1/tokens", &wanted).expect(409).problem(), "conflict");
    assert_eq!(proven.get("/api/v1/tokens").expect(200).json()["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_cookie_is_set_for_nobody_a_second_time() {
    let site = Site::new();
    let admin = site.administrator();
    let keyed = admin.with("idempotency-key", "k");
    let proof = json!({"password": PASSWORD});
    let first = keyed.post("/api/v1/session/step-up", &proof).expect(200);
    let next = Client { cookie: first.cookie(), ..keyed };
    let second = next.post("/api/v1/session/step-up", &proof).expect(200);
    assert!(!is_replay(&second));
    assert_ne!(first.cookie(), second.cookie());
}

#[test]
fn every_writing_route_says_that_it_takes_a_key() {
    let site = Site::new();
    let document = site.nobody().get("/api/v1/openapi.json").expect(200).json();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let takes = operation["parameters"].as_array().is_some_and(|parameters| {
                parameters.iter().any(|parameter| parameter["name"] == "idempotency-key")
            });
            let is_public = operation["security"].as_array().is_none_or(Vec::is_empty);
            assert_eq!(takes, method == "post" && !is_public, "{method} {path}");
        }
    }
}

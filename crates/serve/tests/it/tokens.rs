//! Tokens with which programs work for somebody.

use super::sessions::patch;
use super::site::{Client, Site};
use serde_json::{Value, json};

/// A token of whoever this is, and its id.
fn issue(client: &Client, more: &Value) -> (Client, String) {
    let mut new = json!({"name": "nightly export", "expires_days": 30});
    new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let issued = client.post("/api/v1/tokens", &new).expect(201).json();
    let token = issued["secret"].as_str().unwrap().to_owned();
    let id = issued["token"]["id"].as_str().unwrap().to_owned();
    (Client { token: Some(token), cookie: None, ..client.clone() }, id)
}

#[test]
fn a_token_is_shown_once_and_only_its_hash_is_kept() {
    let site = Site::new();
    let admin = site.administrator();
    let (token, id) = issue(&admin, &json!({}));
    let secret = token.token.clone().unwrap();
    assert!(secret.starts_with("cfd_") && secret.len() == 47, "{secret}");
    let list = admin.get("/api/v1/tokens").expect(200);
    assert_eq!(list.json()["items"][0]["id"], id.as_str());
    assert!(!list.text.contains(&secret) && !list.text.contains("hash"));
    let journal = std::fs::read(site.data().join("journal.db")).unwrap();
    assert!(!journal.windows(secret.len()).any(|part| part == secret.as_bytes()));
    assert!(token.is_in());
}

#[test]
fn without_a_scope_a_token_reads_what_its_user_may_read() {
    let site = Site::new();
    let admin = site.administrator();
    let (token, _) = issue(&admin, &json!({}));
    let permissions = token.get("/api/v1/session").expect(200).json()["permissions"].clone();
    let permissions: Vec<&str> =
        permissions.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    assert!(permissions.contains(&"users:read") && permissions.iter().all(|one| one.ends_with(":read")));
    let new = json!({"account": "ops9", "roles": []});
    assert_eq!(token.post("/api/v1/users", &new).expect(403).problem(), "forbidden");
}

#[test]
fn v8_3_1_a_token_does_what_both_its_scope_and_the_roles_of_now_permit() {
    let site = Site::new();
    let admin = site.administrator();
    let (id, member) = site.member(&admin, "ops1", &["auditor", "scribe"]);
    let beyond = json!({"name": "a", "expires_days": 1, "scope": ["users:read", "users:write"]});
    let refused = member.post("/api/v1/tokens", &beyond).expect(403);
    assert_eq!(refused.json()["detail"], "the user's roles do not permit users:write");
    let (narrow, _) = issue(&member, &json!({"scope": ["alerts:read"]}));
    let (wide, _) = issue(&member, &json!({"scope": ["alerts:read", "users:read"]}));
    assert_eq!(narrow.get("/api/v1/users").expect(403).problem(), "forbidden");
    wide.get("/api/v1/users").expect(200);
    patch(&admin, &id, &json!({"roles": ["scribe"]}));
    assert_eq!(
        wide.get("/api/v1/users").expect(403).problem(),
        "forbidden",
        "at once, although the token goes on"
    );
    let permits = admin.get(&format!("/api/v1/users/{id}/tokens")).expect(200).json();
    assert!(
        permits["items"].as_array().unwrap().iter().all(|token| token["permits"] == json!(["alerts:read"]))
    );
    patch(&admin, &id, &json!({"roles": ["auditor", "scribe"]}));
    wide.get("/api/v1/users").expect(200);
}

#[test]
fn a_token_counts_until_it_expires_or_is_revoked() {
    let site = Site::new();
    let admin = site.administrator();
    let (token, id) = issue(&admin, &json!({"expires_days": 1}));
    let (other, other_id) = issue(&admin, &json!({"expires_days": 366}));
    admin.send("DELETE", &format!("/api/v1/tokens/{other_id}"), None).expect(204);
    assert!(token.is_in() && !other.is_in());
    admin.send("DELETE", &format!("/api/v1/tokens/{other_id}"), None).expect(404);
    site.pass(86_399);
    assert!(token.is_in());
    site.pass(1);
    assert!(!token.is_in());
    let admin = site.sign_in("admin1");
    let list = admin.get("/api/v1/tokens").expect(200).json();
    assert_eq!((&list["items"][0]["id"], &list["items"][0]["expired"]), (&json!(id), &json!(true)));
    for days in [json!(0), json!(367), json!(-1), json!("9"), json!(9.5), Value::Null] {
        let new = json!({"name": "a", "expires_days": days});
        assert_eq!(admin.post("/api/v1/tokens", &new).expect(422).problem(), "invalid", "{days}");
    }
}

#[test]
fn a_token_issues_and_ends_nothing_but_itself() {
    let site = Site::new();
    let admin = site.administrator();
    let all = admin.get("/api/v1/session").json()["permissions"].clone();
    let (token, id) = issue(&admin, &json!({"scope": all}));
    let (_, other) = issue(&admin, &json!({}));
    let new = json!({"name": "a", "expires_days": 1});
    assert_eq!(token.post("/api/v1/tokens", &new).expect(403).problem(), "forbidden");
    assert_eq!(
        token.send("DELETE", &format!("/api/v1/tokens/{other}"), None).expect(403).problem(),
        "forbidden"
    );
    let password = json!({"current": super::site::PASSWORD, "new": "seven grey geese over water"});
    let own = token.send("PUT", "/api/v1/account/password", Some(&password)).expect(403);
    assert_eq!(own.problem(), "forbidden");
    assert_eq!(token.send("DELETE", "/api/v1/sessions", None).expect(403).problem(), "forbidden");
    token.send("DELETE", &format!("/api/v1/tokens/{id}"), None).expect(204);
    assert!(!token.is_in());
}

#[test]
fn v8_2_2_tokens_and_sessions_of_others_are_not_there() {
    let site = Site::new();
    let admin = site.administrator();
    let (id, one) = site.member(&admin, "ops1", &["responder"]);
    let (_, two) = site.member(&admin, "ops2", &["responder"]);
    let (token, token_id) = issue(&one, &json!({}));
    let session = one.get("/api/v1/session").json()["session"].as_str().unwrap().to_owned();
    assert_eq!(
        two.send("DELETE", &format!("/api/v1/tokens/{token_id}"), None).expect(404).problem(),
        "not-found"
    );
    assert_eq!(
        two.send("DELETE", &format!("/api/v1/sessions/{session}"), None).expect(404).problem(),
        "not-found"
    );
    assert_eq!(two.get("/api/v1/tokens").expect(200).json()["items"], json!([]));
    for path in [format!("/api/v1/users/{id}/tokens"), format!("/api/v1/users/{id}/sessions")] {
        assert_eq!(two.get(&path).expect(403).problem(), "forbidden");
    }
    assert!(token.is_in() && one.is_in());
    let of_user = format!("/api/v1/users/{id}/tokens/{token_id}");
    assert_eq!(two.send("DELETE", &of_user, None).expect(403).problem(), "forbidden");
    admin.send("DELETE", &of_user, None).expect(204);
    assert!(!token.is_in());
}

#[test]
fn a_wrong_token_is_not_made_up_for_by_a_cookie() {
    let site = Site::new();
    let admin = site.administrator();
    for wrong in ["Bearer cfd_x", "Bearer", "Basic YWRtaW4xOng=", "", "bearer  cfd_"] {
        assert!(!admin.with("authorization", wrong).is_in(), "{wrong}");
    }
    assert!(admin.is_in());
}

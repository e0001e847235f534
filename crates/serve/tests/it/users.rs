//! Users as administrators see and change them.

use super::sessions::patch;
use super::site::Site;
use cofferdam_journal::{Actor, Fact, Personal};
use serde_json::{Value, json};

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap()).collect()
}

#[test]
fn users_are_listed_page_by_page_and_filtered() {
    let site = Site::new();
    let admin = site.administrator();
    for n in 1..=5 {
        let new =
            json!({"account": format!("ops{n}"), "roles": [if n < 3 { "responder" } else { "scribe" }]});
        let made = admin.post("/api/v1/users", &new).expect(201);
        assert_eq!(made.header("location").unwrap(), format!("/api/v1/users/USR-{:04}", n + 1));
        assert_eq!(made.header("etag"), Some("\"1\""));
    }
    let all = admin.get("/api/v1/users").expect(200).json();
    assert_eq!(ids(&all), ["USR-0006", "USR-0005", "USR-0004", "USR-0003", "USR-0002", "USR-0001"]);
    let first = admin.get("/api/v1/users?order=oldest&limit=4&count=true").expect(200).json();
    assert_eq!(ids(&first), ["USR-0001", "USR-0002", "USR-0003", "USR-0004"]);
    assert_eq!(first["count"], 6);
    let next = format!("/api/v1/users?order=oldest&limit=4&cursor={}", first["next"].as_str().unwrap());
    let second = admin.get(&next).expect(200).json();
    assert_eq!((ids(&second), &second["next"]), (vec!["USR-0005", "USR-0006"], &Value::Null));
    let scribes =
        admin.get("/api/v1/users?filter=role%3Ascribe%20and%20not%20account%3Aops5").expect(200).json();
    assert_eq!(ids(&scribes), ["USR-0005", "USR-0004"]);
    assert_eq!(admin.get("/api/v1/users?filter=colour%3Ared").expect(400).problem(), "bad-request");
    assert_eq!(admin.get("/api/v1/users?cursor=x").expect(400).problem(), "bad-request");
    assert_eq!(admin.get("/api/v1/users?role=scribe").expect(400).problem(), "bad-request");
}

#[test]
fn an_account_belongs_to_one_and_is_of_plain_letters() {
    let site = Site::new();
    let admin = site.administrator();
    let make = |account: &str| {
        let answer = admin.post("/api/v1/users", &json!({"account": account, "roles": []}));
        (answer.status, answer.json()["type"].as_str().unwrap_or_default().replace("urn:cofferdam:", ""))
    };
    assert_eq!(make("Ops1"), (201, String::new()));
    assert_eq!(make("ops1"), (409, "conflict".to_owned()));
    let long = "a".repeat(65);
    for bad in ["", " ops2", "ops2 ", "ops 2", "öps", "\u{430}dmin1", "../x", "ops2\n", &long] {
        assert_eq!(make(bad), (422, "invalid".to_owned()), "{bad}");
    }
    let new = json!({"account": "ops3", "name": "x".repeat(201), "roles": []});
    assert_eq!(admin.post("/api/v1/users", &new).expect(422).problem(), "invalid");
    let role = json!({"account": "ops3", "roles": ["root"]});
    assert_eq!(admin.post("/api/v1/users", &role).expect(422).problem(), "invalid");
}

#[test]
fn only_the_version_that_was_read_is_changed() {
    let site = Site::new();
    let admin = site.administrator();
    let (id, _) = site.member(&admin, "ops1", &["responder"]);
    let path = format!("/api/v1/users/{id}");
    let read = admin.get(&path).expect(200);
    let version = read.header("etag").unwrap().to_owned();
    let change = json!({"name": "Operations"});
    assert_eq!(admin.send("PATCH", &path, Some(&change)).expect(428).problem(), "precondition-required");
    let changed = admin.with("if-match", &version).send("PATCH", &path, Some(&change)).expect(200);
    assert_ne!(changed.header("etag"), Some(version.as_str()));
    assert_eq!(changed.json()["name"], "Operations");
    let late = admin.with("if-match", &version).send("PATCH", &path, Some(&json!({"disabled": true})));
    assert_eq!(late.expect(412).problem(), "changed");
    assert_eq!(admin.get("/api/v1/users/USR-0099").expect(404).problem(), "not-found");
    assert_eq!(admin.get("/api/v1/users/nonsense").expect(404).problem(), "not-found");
}

#[test]
fn v2_3_3_a_change_is_made_whole_or_not_at_all() {
    let site = Site::new();
    let admin = site.administrator();
    let before = admin.get("/api/v1/users/USR-0001").expect(200);
    let version = before.header("etag").unwrap().to_owned();
    let both = json!({"name": "Somebody else", "disabled": true});
    let refused = admin.with("if-match", &version).send("PATCH", "/api/v1/users/USR-0001", Some(&both));
    assert_eq!(refused.expect(409).problem(), "conflict");
    assert_eq!(admin.get("/api/v1/users/USR-0001").expect(200).text, before.text);
}

#[test]
fn the_last_administrator_stays_however_many_ask_at_once() {
    let site = Site::new();
    let admin = site.administrator();
    let (id, other) = site.member(&admin, "ops1", &["administrator"]);
    let first = admin.get("/api/v1/users/USR-0001").header("etag").unwrap().to_owned();
    let second = admin.get(&format!("/api/v1/users/{id}")).header("etag").unwrap().to_owned();
    let disable = json!({"disabled": true});
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let path = format!("/api/v1/users/{id}");
        let (admin, other, disable) = (&admin, &other, &disable);
        let one =
            scope.spawn(move || admin.with("if-match", &second).send("PATCH", &path, Some(disable)).status);
        let two = scope.spawn(move || {
            other.with("if-match", &first).send("PATCH", "/api/v1/users/USR-0001", Some(disable)).status
        });
        vec![one.join().unwrap(), two.join().unwrap()]
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    let left = [admin, other].into_iter().filter(super::site::Client::is_in);
    assert_eq!(left.count(), 1, "one of them can still administer");
}

#[test]
fn v8_2_3_nobody_changes_their_own_roles_or_what_belongs_to_the_server() {
    let site = Site::new();
    let admin = site.administrator();
    let read = admin.get("/api/v1/users/USR-0001").expect(200);
    let version = read.header("etag").unwrap().to_owned();
    let own = |changes: Value| {
        admin.with("if-match", &version).send("PATCH", "/api/v1/users/USR-0001", Some(&changes))
    };
    let more = json!({"roles": ["administrator", "incident-commander", "legal"]});
    assert_eq!(own(more).expect(403).problem(), "forbidden");
    for (field, value) in read.json().as_object().unwrap() {
        if !["name", "roles", "disabled"].contains(&field.as_str()) {
            assert_eq!(own(json!({field: value})).expect(422).problem(), "invalid", "{field}");
        }
    }
    assert_eq!(admin.get("/api/v1/users/USR-0001").expect(200).text, read.text);
}

#[test]
fn v8_3_2_a_change_of_roles_counts_at_once() {
    let site = Site::new();
    let admin = site.administrator();
    let (id, auditor) = site.member(&admin, "ops1", &["auditor"]);
    auditor.get("/api/v1/users").expect(200);
    patch(&admin, &id, &json!({"roles": ["responder"]}));
    assert!(!auditor.is_in(), "the session ends, so that nobody works on with what they had");
    let now = site.sign_in("ops1");
    assert_eq!(now.get("/api/v1/users").expect(403).problem(), "forbidden");
    patch(&admin, &id, &json!({"roles": ["auditor"]}));
    site.sign_in("ops1").get("/api/v1/users").expect(200);
}

#[test]
fn v16_3_3_each_change_of_a_user_tells_who_made_it() {
    let mut site = Site::new();
    let admin = site.administrator();
    let (id, member) = site.member(&admin, "ops1", &["responder"]);
    patch(&admin, &id, &json!({"roles": ["scribe"], "name": "Scribe"}));
    assert!(!member.is_in());
    site.stop();
    let by = |wanted: &dyn Fn(&Fact) -> bool| {
        site.entries()
            .into_iter()
            .filter(|entry| wanted(&entry.fact))
            .map(|entry| entry.actor)
            .collect::<Vec<_>>()
    };
    let (admin1, ops1) = (Actor::Person(Personal::of("admin1")), Actor::Person(Personal::of("ops1")));
    assert_eq!(by(&|fact| matches!(fact, Fact::RolesChanged { .. })), std::slice::from_ref(&admin1));
    assert_eq!(by(&|fact| matches!(fact, Fact::UserRenamed { .. })), std::slice::from_ref(&admin1));
    assert_eq!(by(&|fact| matches!(fact, Fact::EnrolmentIssued(_))), std::slice::from_ref(&admin1));
    assert_eq!(by(&|fact| matches!(fact, Fact::PasswordSet { .. })), [admin1.clone(), ops1]);
    let ended = by(&|fact| matches!(fact, Fact::SessionEnded { .. }));
    assert!(ended.contains(&admin1), "a session that ended by a change says whose change: {ended:?}");
}

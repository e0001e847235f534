//! What is recorded of what happens at the door, and what never is.

use super::second_factor;
use super::site::{PASSWORD, Site};
use cofferdam_journal::access::LoginFailure;
use cofferdam_journal::session::{LoginMethod, SessionEnd};
use cofferdam_journal::{Fact, Permission};
use serde_json::json;

#[test]
fn v16_3_1_logins_and_attempts_are_recorded_with_who_where_and_how() {
    let mut site = Site::new();
    let admin = site.administrator();
    let (_, _, admin) = second_factor::set(&site, &admin);
    let given = json!({"account": "admin1", "password": "a wrong one, I fear"});
    site.nobody().post("/api/v1/session", &given).expect(401);
    let given = json!({"account": "admin1", "password": PASSWORD, "code": "000000"});
    site.nobody().post("/api/v1/session", &given).expect(401);
    let given = json!({"account": "nobody-of-this-name", "password": PASSWORD});
    site.nobody().post("/api/v1/session", &given).expect(401);
    admin.send("DELETE", "/api/v1/session", None).expect(204);
    site.stop();
    let (mut failed, mut started, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for entry in site.entries() {
        match entry.fact {
            Fact::LoginFailed(one) => {
                assert_eq!(one.address.known(), Some("127.0.0.1"));
                failed.push((one.account.known().unwrap().to_owned(), one.user.map(|user| user.0), one.why));
            }
            Fact::SessionStarted(one) => started.push((one.user.0, one.method)),
            Fact::SessionEnded { why } => ended.push(why),
            _ => {}
        }
    }
    let admin1 = || "admin1".to_owned();
    let nobody = ("nobody-of-this-name".to_owned(), None, LoginFailure::Unknown);
    let failures = [
        (admin1(), Some(1), LoginFailure::Password),
        (admin1(), Some(1), LoginFailure::SecondFactor),
        nobody,
    ];
    assert_eq!(failed, failures);
    assert_eq!(started, [(1, LoginMethod::Password), (1, LoginMethod::SecondFactor)]);
    assert_eq!(ended, [SessionEnd::CredentialChanged, SessionEnd::Logout]);
}

#[test]
fn v16_3_2_refused_requests_are_recorded_once_with_how_often() {
    let mut site = Site::new();
    let admin = site.administrator();
    let (_, member) = site.member(&admin, "ops1", &["observer"]);
    for _ in 0..5 {
        member.get("/api/v1/users").expect(403);
    }
    site.stop();
    let refused: Vec<_> = site
        .entries()
        .into_iter()
        .filter_map(|entry| if let Fact::RequestRefused(refused) = entry.fact { Some(refused) } else { None })
        .collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    let one = &refused[0];
    assert_eq!((one.user.map(|user| user.0), one.permission), (Some(2), Some(Permission::UsersRead)));
    assert_eq!((one.method.as_str(), one.route.as_str(), one.count), ("GET", "/api/v1/users", 5));
}

#[test]
fn v16_2_5_no_secret_is_in_the_journal() {
    let mut site = Site::new();
    let admin = site.administrator();
    let (id, _) = site.member(&admin, "ops1", &["responder"]);
    let link = site.link(&admin, &id);
    let token = admin.post("/api/v1/tokens", &json!({"name": "a", "expires_days": 1})).expect(201).json();
    let (_, codes, admin) = second_factor::set(&site, &admin);
    let cookie = admin.cookie.unwrap().split_once('=').unwrap().1.to_owned();
    let begun = site.setup();
    site.stop();
    let mut bytes = Vec::new();
    for name in ["journal.db", "journal.db-wal"] {
        bytes.extend(std::fs::read(site.data().join(name)).unwrap_or_default());
    }
    assert!(!bytes.is_empty());
    let mut secrets = vec![PASSWORD.to_owned(), link, cookie, begun, "argon2id".to_owned()];
    secrets.push(token["secret"].as_str().unwrap().to_owned());
    secrets.extend(codes);
    for secret in secrets {
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
    }
}

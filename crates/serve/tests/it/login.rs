//! Signing in: who is let in, and what others learn from being refused.

use super::site::{PASSWORD, Site};
use cofferdam_journal::TeamRole;
use serde_json::json;

#[test]
fn v6_3_2_no_account_is_there_before_somebody_makes_one() {
    let site = Site::new();
    for account in ["admin", "administrator", "root", "cofferdam", "sa", ""] {
        for password in ["", "admin", "password", "cofferdam", account] {
            let given = json!({"account": account, "password": password});
            let status = site.nobody().post("/api/v1/session", &given).status;
            assert!(matches!(status, 401 | 429), "{account}: {status}");
        }
    }
}

#[test]
fn v6_3_8_whoever_is_refused_does_not_learn_whether_the_account_is_there() {
    let mut site = Site::new();
    // Somebody without a password, who is there all the same.
    site.person("ops2", &[TeamRole::Responder]);
    let admin = site.administrator();
    let (id, _) = site.member(&admin, "ops1", &["responder"]);
    let version = admin.get(&format!("/api/v1/users/{id}")).header("etag").unwrap().to_owned();
    let disable = json!({"disabled": true});
    admin
        .with("if-match", &version)
        .send("PATCH", &format!("/api/v1/users/{id}"), Some(&disable))
        .expect(200);
    let refused = |account: &str, password: &str| {
        let answer =
            site.nobody().post("/api/v1/session", &json!({"account": account, "password": password}));
        let headers: Vec<_> = answer.headers.iter().filter(|(name, _)| name != "date").cloned().collect();
        (answer.expect(401).text, headers)
    };
    let unknown = refused("nobody-of-this-name", PASSWORD);
    assert_eq!(refused("admin1", "a wrong one, I fear"), unknown);
    assert_eq!(refused("ops2", PASSWORD), unknown, "has no password yet");
    assert_eq!(refused("ops1", PASSWORD), unknown, "disabled, with the right password");
    assert_eq!(refused(&"x".repeat(500), PASSWORD), unknown);
}

#[test]
fn an_account_is_read_in_either_case() {
    let site = Site::new();
    site.administrator();
    assert!(site.sign_in(" Admin1 ").is_in());
}

#[test]
fn nothing_but_account_and_proof_is_taken() {
    let site = Site::new();
    site.administrator();
    let given = json!({"account": "admin1", "password": PASSWORD, "roles": ["administrator"]});
    assert_eq!(site.nobody().post("/api/v1/session", &given).expect(422).problem(), "invalid");
}

//! Who may do what, route by route, of those that concern people.

use super::site::Site;
use serde_json::json;

/// What each route asks for, by somebody who may nothing.
#[test]
fn v8_2_1_each_act_on_others_asks_for_its_permission() {
    let site = Site::new();
    let admin = site.administrator();
    let (_, observer) = site.member(&admin, "ops1", &["observer"]);
    let new = json!({"account": "mallory", "roles": ["administrator"]});
    let cases = [
        ("GET", "/api/v1/users", None, "users:read"),
        ("GET", "/api/v1/users/USR-0001", None, "users:read"),
        ("POST", "/api/v1/users", Some(&new), "users:write"),
        ("PATCH", "/api/v1/users/USR-0002", Some(&new), "users:write"),
        ("POST", "/api/v1/users/USR-0001/enrolment", None, "users:write"),
        ("DELETE", "/api/v1/users/USR-0001/second-factor", None, "users:write"),
        ("GET", "/api/v1/users/USR-0001/sessions", None, "sessions:end"),
        ("DELETE", "/api/v1/users/USR-0001/sessions", None, "sessions:end"),
        ("DELETE", "/api/v1/users/sessions", None, "sessions:end"),
        ("POST", "/api/v1/tokens", Some(&new), "tokens:own"),
        ("GET", "/api/v1/users/USR-0001/tokens", None, "tokens:revoke"),
        ("DELETE", "/api/v1/users/USR-0001/tokens/0123456789abcdef", None, "tokens:revoke"),
    ];
    for (method, path, body, needs) in cases {
        let refused = observer.send(method, path, body).expect(403);
        assert_eq!(refused.problem(), "forbidden", "{method} {path}");
        assert_eq!(refused.json()["detail"], format!("it needs `{needs}`"), "{method} {path}");
        let nobody = site.nobody().send(method, path, body).expect(401);
        assert_eq!(nobody.problem(), "unauthenticated", "{method} {path}");
    }
    assert!(admin.is_in());
}

#[test]
fn v8_4_2_an_administrator_reads_no_incidents_by_that() {
    let site = Site::new();
    let admin = site.administrator();
    let (_, other) = site.member(&admin, "ops1", &["administrator"]);
    let permissions = other.get("/api/v1/session").expect(200).json()["permissions"].clone();
    for permission in permissions.as_array().unwrap() {
        let about = permission.as_str().unwrap().split(':').next().unwrap();
        assert!(!["alerts", "incidents", "evidence", "journal"].contains(&about), "{permission}");
    }
}

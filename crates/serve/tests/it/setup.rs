//! The first start: one link, one administrator, one login.

use super::site::{PASSWORD, Site};
use serde_json::json;

#[test]
fn the_link_of_the_first_start_makes_one_administrator_and_no_other() {
    let mut site = Site::new();
    let nobody = site.nobody();
    assert_eq!(nobody.get("/api/v1/setup").expect(200).json()["waiting"], true);
    let wrong = json!({"secret": "guess", "account": "mallory", "password": PASSWORD});
    assert_eq!(nobody.post("/api/v1/setup", &wrong).expect(403).problem(), "forbidden");
    let weak = json!({"secret": site.setup(), "account": "admin1", "password": "password1234"});
    assert_eq!(nobody.post("/api/v1/setup", &weak).expect(422).problem(), "invalid");
    let right = json!({"secret": site.setup(), "account": "admin1", "password": PASSWORD});
    let made = nobody.post("/api/v1/setup", &right).expect(201).json();
    assert_eq!(made["id"], "USR-0001");
    assert_eq!(nobody.post("/api/v1/setup", &right).expect(403).problem(), "forbidden");

    let admin = site.sign_in("admin1");
    let who = admin.get("/api/v1/session").expect(200).json();
    assert_eq!(who["account"], "admin1");
    site.stop();
    site.start();
    assert_eq!(site.nobody().get("/api/v1/setup").json()["waiting"], false);
    assert_eq!(site.again(&admin).get("/api/v1/session").status, 401, "sessions end with the server");
}

//! Links with which people set their passwords, so that nobody else ever knows one.

use super::second_factor;
use super::site::{Answer, PASSWORD, Site};
use cofferdam_serve::Settings;
use serde_json::json;

const NEW: &str = "seven grey geese over water";

fn enrol(site: &Site, secret: &str, password: &str) -> Answer {
    site.nobody().post("/api/v1/enrolment", &json!({"secret": secret, "password": password}))
}

#[test]
fn v6_4_1_a_link_is_random_good_once_and_for_a_day() {
    let site = Site::new();
    let admin = site.administrator();
    let new = json!({"account": "ops1", "roles": ["responder"]});
    let id = admin.post("/api/v1/users", &new).expect(201).json()["id"].as_str().unwrap().to_owned();
    let first = site.link(&admin, &id);
    assert_eq!(first.len(), 43, "256 random bits");
    assert_eq!(
        enrol(&site, &first, "password1234").expect(422).problem(),
        "invalid",
        "the rules hold here too"
    );
    let second = site.link(&admin, &id);
    assert_ne!(first, second);
    assert_eq!(enrol(&site, &first, PASSWORD).expect(403).problem(), "forbidden", "it was replaced");
    assert_eq!(enrol(&site, &second, PASSWORD).expect(200).json()["account"], "ops1");
    assert_eq!(enrol(&site, &second, NEW).expect(403).problem(), "forbidden", "it was used");
    assert!(site.sign_in("ops1").is_in());
    let third = site.link(&admin, &id);
    site.pass(24 * 3600);
    assert_eq!(enrol(&site, &third, NEW).expect(403).problem(), "forbidden", "it is too old");
}

#[test]
fn v6_4_1_of_two_who_use_a_link_at_once_one_sets_the_password() {
    let site = Site::new();
    let admin = site.administrator();
    let (id, _) = site.member(&admin, "ops1", &[]);
    let secret = site.link(&admin, &id);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..6).map(|_| scope.spawn(|| enrol(&site, &secret, NEW).status)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
}

#[test]
fn v6_4_3_a_link_does_not_get_around_the_second_factor() {
    let site = Site::new();
    let admin = site.administrator();
    let (id, member) = site.member(&admin, "ops1", &["responder"]);
    second_factor::set(&site, &member);
    let secret = site.link(&admin, &id);
    let enrolled = enrol(&site, &secret, NEW).expect(200);
    assert_eq!(enrolled.cookie(), None, "nobody is signed in by a link");
    let given = json!({"account": "ops1", "password": NEW});
    assert_eq!(site.nobody().post("/api/v1/session", &given).expect(401).problem(), "second-factor-required");
}

#[test]
fn v6_4_6_an_administrator_begins_a_reset_and_never_sets_or_learns_a_password() {
    let site = Site::new();
    let admin = site.administrator();
    let with = json!({"account": "ops1", "roles": [], "password": PASSWORD});
    assert_eq!(admin.post("/api/v1/users", &with).expect(422).problem(), "invalid");
    let (id, member) = site.member(&admin, "ops1", &[]);
    let path = format!("/api/v1/users/{id}");
    let change = json!({"password": NEW});
    assert_eq!(
        admin.with("if-match", "\"3\"").send("PATCH", &path, Some(&change)).expect(422).problem(),
        "invalid"
    );
    site.link(&admin, &id);
    assert!(
        member.is_in() && site.sign_in("ops1").is_in(),
        "the password until now counts until another one is set"
    );
    let seen = admin.get(&path).expect(200).text + &admin.get("/api/v1/users").expect(200).text;
    assert!(!seen.contains("argon2") && !seen.contains("hash"), "{seen}");
}

#[test]
fn a_link_of_somebody_who_was_disabled_is_good_no_more() {
    let site = Site::new();
    let admin = site.administrator();
    let (id, _) = site.member(&admin, "ops1", &[]);
    let secret = site.link(&admin, &id);
    super::sessions::patch(&admin, &id, &json!({"disabled": true}));
    assert_eq!(enrol(&site, &secret, NEW).expect(403).problem(), "forbidden");
    let refused = admin.send("POST", &format!("/api/v1/users/{id}/enrolment"), None);
    assert_eq!(refused.expect(409).problem(), "conflict");
    super::sessions::patch(&admin, &id, &json!({"disabled": false}));
    assert_eq!(enrol(&site, &secret, NEW).expect(403).problem(), "forbidden");
}

#[test]
fn v14_2_1_the_secret_of_a_link_stands_where_no_browser_sends_it() {
    let public_url = Some("https://ir.example.org".to_owned());
    let site = Site::with(Settings { public_url, ..Settings::default() });
    let admin = site.administrator();
    let issued = admin.send("POST", "/api/v1/users/USR-0001/enrolment", None).expect(201).json();
    let link = issued["link"].as_str().unwrap();
    assert!(link.starts_with("https://ir.example.org/enrol#"), "{link}");
    for path in ["/api/v1/session?password=x", "/api/v1/enrolment?secret=x", "/login?password=x"] {
        assert!(matches!(site.nobody().get(path).status, 400 | 401 | 405), "{path}");
    }
}

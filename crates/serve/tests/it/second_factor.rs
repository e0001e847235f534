//! Codes of a device, and codes on paper.

use super::site::{Answer, Client, PASSWORD, Site};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use totp_rs::{Builder, Secret};

/// Somebody's device.
pub struct Device(String);

impl Device {
    /// The code that it shows now, so many seconds off.
    pub fn code(&self, site: &Site, off: i64) -> String {
        let key = Secret::try_from_base32(&self.0).unwrap();
        let totp = Builder::new().with_secret(key).build().unwrap();
        totp.generate(u64::try_from(site.now().as_second() + off).unwrap()).to_string()
    }
}

fn begin(client: &Client) -> Device {
    let begun = client.send("POST", "/api/v1/account/second-factor", None).expect(201).json();
    Device(begun["secret"].as_str().unwrap().to_owned())
}

fn confirm(client: &Client, code: &str) -> Answer {
    client.send("PUT", "/api/v1/account/second-factor", Some(&json!({"code": code})))
}

/// Sets a second factor for whoever this is: their device, their recovery codes, and they as they are signed in now.
pub fn set(site: &Site, client: &Client) -> (Device, Vec<String>, Client) {
    let device = begin(client);
    let set = confirm(client, &device.code(site, 0)).expect(200);
    let codes = set.json()["codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code.as_str().unwrap().to_owned())
        .collect();
    // The code was used; the next one comes.
    site.pass(30);
    (device, codes, Client { cookie: set.cookie(), ..client.clone() })
}

fn sign_in(site: &Site, with: &Value) -> Answer {
    let mut given = json!({"account": "admin1", "password": PASSWORD});
    given.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    site.nobody().post("/api/v1/session", &given)
}

#[test]
fn v6_3_3_with_a_second_factor_a_password_alone_signs_nobody_in() {
    let site = Site::new();
    let (device, _, admin) = set(&site, &site.administrator());
    assert!(admin.is_in());
    let without = sign_in(&site, &json!({})).expect(401);
    assert_eq!((without.problem().as_str(), without.cookie()), ("second-factor-required", None));
    assert_eq!(sign_in(&site, &json!({"code": "000000"})).expect(401).problem(), "login-failed");
    sign_in(&site, &json!({"code": device.code(&site, 0)})).expect(200);
    let wrong =
        json!({"account": "admin1", "password": "a wrong one, I fear", "code": device.code(&site, 30)});
    assert_eq!(site.nobody().post("/api/v1/session", &wrong).expect(401).problem(), "login-failed");
}

#[test]
fn a_second_factor_counts_when_its_first_code_was_right_and_not_before() {
    let site = Site::new();
    let admin = site.administrator();
    assert_eq!(confirm(&admin, "123456").expect(409).problem(), "conflict");
    let device = begin(&admin);
    assert_eq!(confirm(&admin, "000000").expect(422).problem(), "invalid");
    sign_in(&site, &json!({})).expect(200);
    site.pass(10 * 60 - 60);
    let late = begin(&admin);
    assert_eq!(confirm(&admin, &device.code(&site, 0)).expect(422).problem(), "invalid", "it was begun anew");
    let admin = admin.proving(&json!({"password": PASSWORD}));
    site.pass(10 * 60 - 1);
    confirm(&admin, &late.code(&site, 0)).expect(200);
    assert_eq!(sign_in(&site, &json!({})).expect(401).problem(), "second-factor-required");
}

#[test]
fn a_second_factor_that_waits_is_drawn_for_its_user_alone() {
    let site = Site::new();
    let admin = site.administrator();
    let (_, member) = site.member(&admin, "ops1", &[]);
    let qr = "/api/v1/account/second-factor/qr";
    admin.get(qr).expect(404);
    begin(&admin);
    let drawn = admin.get(qr).expect(200);
    assert_eq!(drawn.header("content-type"), Some("image/svg+xml"));
    assert_eq!(drawn.header("cache-control"), Some("no-store"));
    assert!(drawn.text.starts_with("<svg ") && !drawn.text.contains("<script"));
    member.get(qr).expect(404);
}

#[test]
fn v6_5_1_a_code_is_good_once_for_signing_in_and_for_proving_it_again() {
    let site = Site::new();
    let admin = site.administrator();
    let device = begin(&admin);
    let first = device.code(&site, 0);
    confirm(&admin, &first).expect(200);
    assert_eq!(
        sign_in(&site, &json!({"code": first})).expect(401).problem(),
        "login-failed",
        "it set the factor"
    );
    site.pass(30);
    let code = device.code(&site, 0);
    let signed_in = sign_in(&site, &json!({"code": code})).expect(200);
    assert_eq!(sign_in(&site, &json!({"code": code})).expect(401).problem(), "login-failed");
    let admin = Client { cookie: signed_in.cookie(), ..site.nobody() };
    let again = admin.post("/api/v1/session/step-up", &json!({"code": code}));
    assert_eq!(again.expect(401).problem(), "login-failed");
    assert_eq!(
        sign_in(&site, &json!({"code": first})).expect(401).problem(),
        "login-failed",
        "nor one before it"
    );
}

#[test]
fn v6_5_1_of_two_logins_at_once_with_one_code_one_is_let_in() {
    let site = Site::new();
    let (device, codes, _) = set(&site, &site.administrator());
    for with in [json!({"code": device.code(&site, 0)}), json!({"recovery_code": codes[0]})] {
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(|| sign_in(&site, &with).status)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{with} {statuses:?}");
    }
}

#[test]
fn v6_5_1_a_recovery_code_is_good_once() {
    let site = Site::new();
    let (_, codes, _) = set(&site, &site.administrator());
    let with = |code: &str| sign_in(&site, &json!({"recovery_code": code}));
    let typed = codes[0].to_uppercase().replace('-', " ");
    let signed_in = with(&typed).expect(200);
    let who = Client { cookie: signed_in.cookie(), ..site.nobody() }.get("/api/v1/session").json();
    assert_eq!(who["recovery_codes"], 9);
    assert_eq!(with(&codes[0]).expect(401).problem(), "login-failed");
    with(&codes[1]).expect(200);
}

#[test]
fn new_recovery_codes_make_those_before_worthless() {
    let site = Site::new();
    let (_, before, admin) = set(&site, &site.administrator());
    let made = admin.send("POST", "/api/v1/account/recovery-codes", None).expect(201);
    assert!(!admin.is_in(), "a change of proofs ends sessions");
    assert!(Client { cookie: made.cookie(), ..admin }.is_in());
    let with = |code: &str| sign_in(&site, &json!({"recovery_code": code})).status;
    assert_eq!((with(&before[0]), with(made.json()["codes"][0].as_str().unwrap())), (401, 200));
}

#[test]
fn v6_5_2_recovery_codes_have_as_many_bits_as_a_plain_hash_asks_for() {
    let site = Site::new();
    let (_, codes, _) = set(&site, &site.administrator());
    for code in &codes {
        let letters = code.chars().filter(char::is_ascii_alphanumeric).count();
        assert_eq!(letters, 24, "24 of 32 letters and digits are 120 bits; 112 are asked for: {code}");
    }
}

#[test]
fn v6_5_3_recovery_codes_are_random() {
    let site = Site::new();
    let (_, first, admin) = set(&site, &site.administrator());
    let made = admin.send("POST", "/api/v1/account/recovery-codes", None).expect(201).json();
    let second = made["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned());
    let parts: BTreeSet<String> = first
        .into_iter()
        .chain(second)
        .flat_map(|code| code.split('-').map(ToOwned::to_owned).collect::<Vec<_>>())
        .collect();
    assert!(parts.len() >= 118, "of 120 groups of four, hardly two are the same: {}", parts.len());
}

#[test]
fn v6_5_5_a_code_of_a_device_is_good_for_its_thirty_seconds_and_a_step_beside_them() {
    let site = Site::new();
    let (device, _, _) = set(&site, &site.administrator());
    for off in [-120, -60, 60, 120] {
        let late = sign_in(&site, &json!({"code": device.code(&site, off)}));
        assert_eq!(late.expect(401).problem(), "login-failed", "{off}");
    }
    sign_in(&site, &json!({"code": device.code(&site, 30)})).expect(200);
}

#[test]
fn v6_5_6_a_second_factor_that_was_removed_or_replaced_counts_no_more() {
    let site = Site::new();
    let (first, codes, admin) = set(&site, &site.administrator());
    let (second, _, admin) = set(&site, &admin);
    let with = |with: Value| sign_in(&site, &with).status;
    assert_eq!(with(json!({"code": first.code(&site, 0)})), 401);
    assert_eq!(with(json!({"recovery_code": codes[0]})), 401);
    assert_eq!(with(json!({"code": second.code(&site, 0)})), 200);
    let removed = admin.send("DELETE", "/api/v1/account/second-factor", None).expect(204);
    assert!(!admin.is_in());
    let admin = Client { cookie: removed.cookie(), ..admin };
    assert_eq!(admin.send("DELETE", "/api/v1/account/second-factor", None).expect(409).problem(), "conflict");
    assert_eq!(with(json!({})), 200);
}

#[test]
fn v6_5_8_codes_are_compared_with_the_servers_clock() {
    let site = Site::new();
    let (device, _, _) = set(&site, &site.administrator());
    let yesterday = device.code(&site, -86_400);
    let client = site.nobody().with("date", "Tue, 14 Jan 2027 08:00:00 GMT");
    let given = json!({"account": "admin1", "password": PASSWORD, "code": yesterday});
    assert_eq!(client.post("/api/v1/session", &given).expect(401).problem(), "login-failed");
}

#[test]
fn with_a_second_factor_step_up_asks_for_its_code() {
    let site = Site::new();
    let (device, _, admin) = set(&site, &site.administrator());
    site.pass(11 * 60);
    let password = json!({"password": PASSWORD});
    assert_eq!(
        admin.post("/api/v1/session/step-up", &password).expect(401).problem(),
        "second-factor-required"
    );
    let fresh = admin.proving(&json!({"code": device.code(&site, 0)}));
    fresh.send("POST", "/api/v1/account/recovery-codes", None).expect(201);
}

#[test]
fn v6_4_4_a_lost_second_factor_is_removed_by_another_administrator_who_proves_who_they_are() {
    let site = Site::new();
    let admin = site.administrator();
    let (id, member) = site.member(&admin, "ops1", &["responder"]);
    set(&site, &member);
    let given = json!({"account": "ops1", "password": PASSWORD});
    assert_eq!(site.nobody().post("/api/v1/session", &given).expect(401).problem(), "second-factor-required");
    let path = format!("/api/v1/users/{id}/second-factor");
    assert_eq!(member.send("DELETE", &path, None).status, 401, "their sessions had ended");
    site.pass(11 * 60);
    assert_eq!(admin.send("DELETE", &path, None).expect(403).problem(), "step-up-required");
    admin.proving(&json!({"password": PASSWORD})).send("DELETE", &path, None).expect(204);
    site.nobody().post("/api/v1/session", &given).expect(200);
}

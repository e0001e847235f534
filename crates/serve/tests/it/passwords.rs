//! Which passwords are taken, and how they are compared and changed.

use super::site::{Client, PASSWORD, Site};
use serde_json::json;

/// What making the first administrator with this password is answered with, without using up the link.
#[track_caller]
fn check(site: &Site, password: &str, want: &str) {
    let first =
        json!({"secret": site.setup(), "account": "ops1", "name": "Harbour watch", "password": password});
    let answer = site.nobody().post("/api/v1/setup", &first);
    let got = match answer.status {
        201 => "taken".to_owned(),
        _ => answer.expect(422).json()["detail"].as_str().unwrap().to_owned(),
    };
    assert!(got.starts_with(want), "{password}: {got}");
}

#[test]
fn v6_2_1_a_password_has_at_least_twelve_characters() {
    let site = Site::new();
    check(&site, "", "a password has at least 12 characters");
    check(&site, "q7!Kx2#Vw9p", "a password has at least 12 characters");
    check(&site, "q7!Kx2#Vw9pZ", "taken");
}

#[test]
fn v6_2_4_common_passwords_are_not_taken() {
    let site = Site::new();
    for common in ["passwordpassword", "123456789012", "qwertyuiop123", "letmeinletmein", "iloveyou1234"] {
        check(&site, common, "this password is guessed too soon");
    }
}

#[test]
fn v6_2_5_any_characters_make_a_password() {
    for password in [
        "tin cloth ladder moss",
        "мокрый снег идёт с утра",
        "七転び八起きの精神で行こう",
        "🦀🦊🐢🦉🐝🦔🐙🦋🐌🦕🐳🦜 sea",
    ] {
        check(&Site::new(), password, "taken");
    }
}

#[test]
fn v6_2_9_a_long_password_is_taken_and_compared_to_its_end() {
    let site = Site::new();
    let long = "tin cloth ladder moss ".repeat(10);
    check(&site, &long, "taken");
    let sign_in = |password: &str| {
        site.nobody().post("/api/v1/session", &json!({"account": "ops1", "password": password})).status
    };
    assert_eq!(sign_in(&long), 200);
    assert_eq!(sign_in(&long[..long.len() - 1]), 401);
    assert_eq!(sign_in(&long[..72]), 401);
}

#[test]
fn v6_2_11_words_of_the_user_and_the_product_make_no_password() {
    let site = Site::new();
    for own in ["ops1 ops1 ops1", "Harbour watch 1", "cofferdam2026!"] {
        check(&site, own, "this password is guessed too soon");
    }
}

#[test]
fn v6_2_8_a_password_is_compared_exactly_as_it_was_sent() {
    let site = Site::new();
    site.administrator();
    let variants = [
        PASSWORD.to_uppercase(),
        format!("{PASSWORD} "),
        format!(" {PASSWORD}"),
        format!("{PASSWORD}\0"),
        PASSWORD[..PASSWORD.len() - 1].to_owned(),
    ];
    for variant in variants {
        let given = json!({"account": "admin1", "password": variant});
        assert_eq!(site.nobody().post("/api/v1/session", &given).expect(401).problem(), "login-failed");
    }
}

#[test]
fn v6_2_10_a_password_does_not_expire() {
    let site = Site::new();
    site.administrator();
    site.pass(5 * 365 * 86_400);
    assert!(site.sign_in("admin1").is_in());
}

const NEW: &str = "seven grey geese over water";

fn change(client: &Client, current: &str, new: &str) -> super::site::Answer {
    client.send("PUT", "/api/v1/account/password", Some(&json!({"current": current, "new": new})))
}

#[test]
fn v6_2_2_somebody_can_change_their_own_password() {
    let site = Site::new();
    let admin = site.administrator();
    let changed = change(&admin, PASSWORD, NEW).expect(204);
    assert!(Client { cookie: changed.cookie(), ..admin.clone() }.is_in(), "whoever changed it stays");
    let sign_in = |password: &str| {
        site.nobody().post("/api/v1/session", &json!({"account": "admin1", "password": password})).status
    };
    assert_eq!((sign_in(PASSWORD), sign_in(NEW)), (401, 200));
}

#[test]
fn v6_2_3_a_change_of_password_needs_the_one_until_now() {
    let site = Site::new();
    let admin = site.administrator();
    assert_eq!(change(&admin, "a guess of somebody", NEW).expect(401).problem(), "login-failed");
    assert_eq!(change(&admin, PASSWORD, "password1234").expect(422).problem(), "invalid");
    let without = admin.send("PUT", "/api/v1/account/password", Some(&json!({"new": NEW})));
    assert_eq!(without.expect(422).problem(), "invalid");
    assert!(admin.is_in(), "nothing was changed");
}

#[test]
fn guesses_at_the_password_until_now_are_counted_as_logins_are() {
    let site = Site::new();
    let admin = site.administrator();
    let statuses: Vec<u16> = (0..12).map(|_| change(&admin, "a guess of somebody", NEW).status).collect();
    assert_eq!(statuses[..10], [401; 10]);
    assert_eq!(statuses[10..], [429; 2]);
}

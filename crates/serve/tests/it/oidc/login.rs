//! Logins as they should be, and who somebody is here by them.

use super::provider::Provider;
use super::{Trial, assert_recorded, assert_refused, begin, oidc, token};
use crate::site::{Client, Site};
use cofferdam_journal::access::LoginFailure;
use cofferdam_serve::Settings;
use cofferdam_serve::settings::OidcSettings;
use cofferdam_vocabulary::UserId;
use serde_json::{Value, json};
use std::path::PathBuf;

impl Trial {
    /// Somebody signs in with these claims besides those that fit.
    #[track_caller]
    fn sign_in(&self, with: &Value) -> Client {
        let login = self.begin();
        let mut claims = self.claims(&login);
        for (name, value) in with.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let answer = self.come_back(&login, &claims).expect(200);
        self.site.nobody().with_cookie(answer.cookie())
    }
}

#[test]
fn somebody_signs_in_and_is_who_the_provider_says_they_are() {
    let trial = Trial::new();
    let state = trial.site.nobody().get("/api/v1/oidc").expect(200).json();
    assert_eq!(state, json!({"configured": true, "label": "Sign in with Example"}));

    let login = begin(&trial.site, "/api/v1/oidc/start?return_to=/alerts?filter=a%2526b");
    assert_eq!(login.asked["response_type"], "code");
    assert_eq!(login.asked["code_challenge_method"], "S256");
    assert_eq!(login.asked["scope"], "openid profile email groups");
    assert_eq!(login.asked["redirect_uri"], format!("http://{}/api/v1/oidc/callback", trial.site.address()));
    assert!(login.cookie.as_deref().unwrap().starts_with("__Host-cofferdam-oidc="));

    let answer = trial.come_back(&login, &trial.claims(&login)).expect(200);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(answer.text.contains("content=\"0;url=/alerts?filter=a%26b\""), "{}", answer.text);
    let cookies: Vec<&str> =
        answer.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, v)| &**v).collect();
    assert!(
        cookies[0].starts_with("__Host-cofferdam=") && cookies[0].contains("SameSite=Strict"),
        "{cookies:?}"
    );
    assert!(
        cookies[1].starts_with("__Host-cofferdam-oidc=;") && cookies[1].contains("Max-Age=0"),
        "{cookies:?}"
    );

    let client = trial.site.nobody().with_cookie(answer.cookie());
    let who = client.get("/api/v1/session").expect(200).json();
    assert_eq!((&who["account"], &who["roles"]), (&json!("dev1"), &json!(["responder"])));
    assert_eq!(trial.provider.asked("/jwks"), 1, "what the provider said is kept");
}

#[test]
fn both_kinds_of_keys_sign() {
    let trial = Trial::new();
    let login = trial.begin();
    let token = token::es256(&trial.claims(&login));
    trial.come_back_with(&login, &token).expect(200);
}

#[test]
fn roles_are_those_of_the_groups_at_each_login_and_older_sessions_end() {
    let trial = Trial::new();
    let first = trial.sign_in(&json!({}));
    let second = trial.sign_in(&json!({"groups": "ir-lead", "name": "Developer"}));
    let who = second.get("/api/v1/session").expect(200).json();
    assert_eq!((&who["user"], &who["roles"]), (&json!("USR-0001"), &json!(["incident-commander", "scribe"])));
    assert_eq!(first.get("/api/v1/session").status, 401, "it had other roles");

    let login = trial.begin();
    let mut claims = trial.claims(&login);
    claims["groups"] = json!(["staff"]);
    let answer = trial.come_back(&login, &claims);
    assert_eq!((answer.status, answer.problem().as_str()), (403, "forbidden"));
    assert_eq!(second.get("/api/v1/session").status, 401, "their groups give them no part any more");
    let third = trial.sign_in(&json!({}));
    assert_eq!(third.get("/api/v1/session").json()["roles"], json!(["responder"]));
}

#[test]
fn nobody_gets_in_without_a_group_that_has_a_part() {
    let trial = Trial::new();
    for groups in
        [json!([]), json!(["staff"]), json!(null), json!(7), json!([["ir-team"]]), json!({"ir-team": true})]
    {
        let login = trial.begin();
        let mut claims = trial.claims(&login);
        claims["groups"] = groups.clone();
        let answer = trial.come_back(&login, &claims);
        assert_eq!(answer.status, 403, "{groups}");
        assert!(answer.cookie().is_none());
    }
    let refused = trial.refused();
    assert_recorded(&refused, 6);
    assert!(refused.iter().all(|failed| failed.account.known() == Some("dev1") && failed.user.is_none()));
}

#[test]
fn a_local_account_of_the_same_name_stays_whose_it_is() {
    let trial = Trial::new();
    let admin = trial.site.administrator();
    for claims in [
        json!({"preferred_username": "admin1", "groups": ["ir-team"]}),
        json!({"sub": "2", "preferred_username": " ADMIN1 ", "groups": ["ir-team"]}),
        json!({"sub": "USR-0001", "preferred_username": "USR-0001", "email": "admin1", "groups": ["ir-team"]}),
    ] {
        let client = trial.sign_in(&claims);
        let who = client.get("/api/v1/session").expect(200).json();
        assert_ne!(who["account"], "admin1");
        assert_ne!(who["user"], "USR-0001");
        assert_eq!(who["roles"], json!(["responder"]));
    }
    let again = trial.sign_in(&json!({"preferred_username": "other", "groups": ["ir-team"]}));
    assert_eq!(again.get("/api/v1/session").json()["account"], "admin1-2", "who they are is their subject");
    admin.get("/api/v1/session").expect(200);
}

#[test]
fn who_signs_in_elsewhere_has_no_password_here() {
    let trial = Trial::new();
    trial.sign_in(&json!({}));
    for password in ["", "dev1", "null"] {
        let given = json!({"account": "dev1", "password": password});
        assert_eq!(trial.site.nobody().post("/api/v1/session", &given).expect(401).problem(), "login-failed");
    }
}

#[test]
fn who_was_disabled_here_stays_out_whatever_the_provider_says() {
    let trial = Trial::new();
    let admin = trial.site.administrator();
    let client = trial.sign_in(&json!({}));
    let user = admin.get("/api/v1/users/USR-0002").expect(200);
    assert_eq!(user.json()["provider"], trial.provider.url());
    let etag = user.header("etag").unwrap();
    admin
        .with("if-match", etag)
        .send("PATCH", "/api/v1/users/USR-0002", Some(&json!({"disabled": true})))
        .expect(200);
    assert_eq!(client.get("/api/v1/session").status, 401);
    let login = trial.begin();
    let mut claims = trial.claims(&login);
    claims["groups"] = json!(["ir-admin"]);
    assert_refused(&trial.come_back(&login, &claims), "disabled");
    assert_eq!(admin.get("/api/v1/users/USR-0002").json()["roles"], json!(["responder"]));
    let refused = trial.refused();
    assert_eq!((refused.len(), refused[0].why), (1, LoginFailure::Disabled));
    assert_eq!(refused[0].user, Some(UserId(2)));
}

#[test]
fn a_provider_proves_itself_by_the_authority_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (provider, certificate) = Provider::over_tls();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, certificate).unwrap();
    let site = |ca: Option<PathBuf>| {
        let oidc = OidcSettings { ca, ..oidc(provider.url()) };
        Site::with(Settings { oidc: Some(oidc), ..Settings::default() })
    };
    site(None).nobody().get("/api/v1/oidc/start").expect(503);
    assert_eq!(
        provider.asked("/.well-known/openid-configuration"),
        0,
        "nothing is asked of whoever proves nothing"
    );
    site(Some(ca)).nobody().get("/api/v1/oidc/start").expect(303);
    let (_, other) = Provider::over_tls();
    let ca = folder.path().join("other.pem");
    std::fs::write(&ca, other).unwrap();
    site(Some(ca)).nobody().get("/api/v1/oidc/start").expect(503);
}

#[test]
fn the_last_administrator_whose_groups_changed_is_let_in_as_neither() {
    let trial = Trial::new();
    let admin = trial.sign_in(&json!({"groups": ["ir-admin"]}));
    let login = trial.begin();
    assert_refused(&trial.come_back(&login, &trial.claims(&login)), "the last administrator");
    assert_eq!(admin.get("/api/v1/session").status, 401, "their groups give them no more what they had");
}

#[test]
fn a_proof_counts_as_fresh_only_when_the_provider_says_when_it_was_given() {
    let trial = Trial::new();
    let now = trial.site.now();
    let fresh = |with: Value| {
        let until = trial.sign_in(&with).get("/api/v1/session").expect(200).json()["fresh_until"].clone();
        until.as_str().unwrap().parse::<jiff::Timestamp>().unwrap() > now
    };
    assert!(!fresh(json!({})));
    assert!(fresh(json!({"auth_time": now.as_second()})));
    assert!(fresh(json!({"auth_time": now.as_second() - 60})));
    assert!(!fresh(json!({"auth_time": now.as_second() - 3600})));

    let login = begin(&trial.site, "/api/v1/oidc/start?again=true");
    assert_eq!((login.asked["prompt"].as_str(), login.asked["max_age"].as_str()), ("login", "0"));
    let client = trial.sign_in(&json!({}));
    let proof = json!({"password": "tin cloth ladder moss"});
    assert_eq!(client.post("/api/v1/session/step-up", &proof).expect(409).problem(), "conflict");
}

#[test]
fn a_new_key_of_the_provider_is_asked_for_once_a_minute() {
    let trial = Trial::new();
    trial.sign_in(&json!({}));
    trial.provider.change(|state| state.keys = json!({"keys": [token::foreign_key("rsa-2")]}));
    let header = json!({"alg": "RS256", "kid": "rsa-2"});
    let come = || {
        let login = trial.begin();
        trial.come_back_with(&login, &token::by_foreign_key(&header, &trial.claims(&login)))
    };
    assert_refused(&come(), "its keys were asked for just now");
    assert_eq!(trial.provider.asked("/jwks"), 1);
    trial.site.pass(61);
    come().expect(200);
    assert_eq!(trial.provider.asked("/jwks"), 2);
    let login = trial.begin();
    let unknown = token::by_foreign_key(&json!({"alg": "RS256", "kid": "rsa-3"}), &trial.claims(&login));
    for _ in 0..5 {
        let login = trial.begin();
        assert_refused(&trial.come_back_with(&login, &unknown), "unknown key");
    }
    assert_eq!(trial.provider.asked("/jwks"), 2);
}

#[test]
fn the_server_starts_without_its_provider_and_says_that_it_cannot_be_reached() {
    let mut trial = Trial::new();
    trial.provider.change(|state| state.broken = Some(500));
    let answer = trial.site.nobody().get("/api/v1/oidc/start").expect(503);
    assert_eq!(answer.problem(), "unavailable");
    assert_eq!(answer.header("retry-after"), Some("10"));
    let page = trial.site.nobody().with("accept", "text/html").get("/api/v1/oidc/start").expect(503);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(
        trial.provider.asked("/.well-known/openid-configuration"),
        1,
        "it is not asked at every click"
    );
    trial.provider.change(|state| state.broken = None);
    trial.site.pass(6);
    let login = trial.begin();
    trial.provider.change(|state| state.broken = Some(502));
    trial.come_back(&login, &trial.claims(&login)).expect(503);
    trial.site.stop();
    let nobody = Settings { oidc: Some(oidc("http://127.0.0.1:9")), ..Settings::default() };
    Site::with(nobody).nobody().get("/api/v1/oidc/start").expect(503);
}

#[test]
fn without_a_provider_there_is_nothing_to_sign_in_by() {
    let site = Site::new();
    assert_eq!(
        site.nobody().get("/api/v1/oidc").expect(200).json(),
        json!({"configured": false, "label": null})
    );
    for path in ["/api/v1/oidc/start", "/api/v1/oidc/callback?state=a&code=b"] {
        assert_eq!(site.nobody().get(path).expect(404).problem(), "not-found");
    }
}

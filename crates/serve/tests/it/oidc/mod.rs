//! Signing in by an OpenID provider: one that does as it should, and many that do not.

mod browser;
mod hostile;
mod login;
mod mock;
mod provider;
mod token;

use super::site::{Answer, Site};
use cofferdam_journal::access::{LoginFailed, LoginFailure};
use cofferdam_journal::{Fact, TeamRole};
use cofferdam_serve::Settings;
use cofferdam_serve::settings::{LoginLimits, OidcSettings};
use cofferdam_store::{ReadOnly, entry};
use provider::Provider;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::time::Duration;

/// What the provider calls the server, and what proves it.
const CLIENT: &str = "cofferdam";
const SECRET: &str = "only the provider and the server know this";

/// A provider, a server that believes it, and a browser.
struct Trial {
    provider: Provider,
    site: Site,
}

/// A login as the browser took it to the provider.
#[derive(Clone)]
struct Login {
    /// Parameters with which the provider was asked.
    asked: HashMap<String, String>,
    /// The cookie that the browser keeps meanwhile.
    cookie: Option<String>,
}

impl Trial {
    fn new() -> Trial {
        Trial::of(Provider::start())
    }

    fn of(provider: Provider) -> Trial {
        let settings = Settings { oidc: Some(oidc(provider.url())), login: often(), ..Settings::default() };
        Trial { site: Site::with(settings), provider }
    }

    /// The browser is sent to the provider.
    fn begin(&self) -> Login {
        begin(&self.site, "/api/v1/oidc/start")
    }

    /// Claims that fit.
    fn claims(&self, login: &Login) -> Value {
        let now = self.site.now().as_second();
        json!({
            "iss": self.provider.url(), "sub": "248289761001", "aud": CLIENT, "iat": now, "exp": now + 300,
            "nonce": login.asked["nonce"], "preferred_username": "dev1", "name": "Developer, first shift",
            "groups": ["staff", "ir-team"],
        })
    }

    /// Somebody comes back with these claims, signed as it should be.
    fn come_back(&self, login: &Login, claims: &Value) -> Answer {
        let token = token::rs256(claims);
        self.come_back_with(login, &token)
    }

    fn come_back_with(&self, login: &Login, token: &str) -> Answer {
        let code = self.provider.grant(&login.asked["code_challenge"], token);
        self.back(login, &format!("code={code}&state={}", login.asked["state"]))
    }

    fn back(&self, login: &Login, query: &str) -> Answer {
        let browser = self.site.nobody().with_cookie(login.cookie.clone());
        browser.get(&format!("/api/v1/oidc/callback?{query}"))
    }

    /// Refused logins as they were recorded. The server ends.
    fn refused(mut self) -> Vec<LoginFailed> {
        self.site.stop();
        let data = ReadOnly::open(self.site.data()).unwrap();
        let mut refused = Vec::new();
        let read = data.reader.entries(0..u64::MAX, &mut |stored| {
            if let Fact::LoginFailed(failed) = entry(&stored).unwrap().fact {
                refused.push(failed);
            }
            ControlFlow::Continue(())
        });
        read.unwrap();
        refused
    }
}

fn begin(site: &Site, path: &str) -> Login {
    let answer = site.nobody().get(path).expect(303);
    let address = answer.header("location").unwrap().to_owned();
    let query = address.split_once('?').unwrap().1;
    Login { asked: form(query), cookie: answer.cookie() }
}

fn oidc(issuer: &str) -> OidcSettings {
    let roles = BTreeMap::from([
        ("ir-team".to_owned(), BTreeSet::from([TeamRole::Responder])),
        ("ir-lead".to_owned(), BTreeSet::from([TeamRole::IncidentCommander, TeamRole::Scribe])),
        ("ir-admin".to_owned(), BTreeSet::from([TeamRole::Administrator])),
    ]);
    OidcSettings {
        issuer: issuer.to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: SECRET.to_owned(),
        groups_claim: "groups".to_owned(),
        roles,
        label: "Sign in with Example".to_owned(),
        ca: None,
    }
}

/// More attempts than any test makes.
fn often() -> LoginLimits {
    LoginLimits { attempts: 1000, account_attempts: 1000, window: Duration::from_secs(900) }
}

/// Parameters of a query or a form.
fn form(text: &str) -> HashMap<String, String> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            }
            b'+' => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// It was not let in, by a text that says nothing of why.
#[track_caller]
fn assert_refused(answer: &Answer, name: &str) {
    assert_eq!(answer.status, 401, "{name}: {answer:?}");
    assert_eq!(answer.problem(), "login-failed", "{name}");
    assert_eq!(answer.json()["detail"], "the sign-in by the provider was refused", "{name}");
    assert!(answer.headers.iter().all(|(header, _)| header != "set-cookie"), "{name}: {answer:?}");
}

#[track_caller]
fn assert_recorded(refused: &[LoginFailed], count: usize) {
    assert_eq!(refused.len(), count);
    assert!(refused.iter().all(|failed| failed.why == LoginFailure::Oidc), "{refused:?}");
    assert!(refused.iter().all(|failed| failed.address.known() == Some("127.0.0.1")), "{refused:?}");
}

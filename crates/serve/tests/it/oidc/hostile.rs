//! Logins that somebody tampered with: each is refused, recorded, and answered as all others.

use super::{Login, Trial, assert_recorded, assert_refused, begin, form, token};
use cofferdam_serve::oidc::LocalPath;
use serde_json::{Value, json};

/// What is wrong with claims that fit otherwise.
type Spoil = fn(&mut Value, i64);

#[test]
fn claims_that_do_not_fit_are_refused() {
    let trial = Trial::new();
    let mut cases: Vec<(String, Spoil)> = vec![
        ("wrong nonce".to_owned(), |claims, _| claims["nonce"] = json!("another")),
        ("nonce of another kind".to_owned(), |claims, _| claims["nonce"] = json!(7)),
        ("wrong issuer".to_owned(), |claims, _| claims["iss"] = json!("https://id.example.net")),
        ("issuer with a slash more".to_owned(), |claims, _| {
            claims["iss"] = json!(format!("{}/", claims["iss"].as_str().unwrap()));
        }),
        ("wrong audience".to_owned(), |claims, _| claims["aud"] = json!("another client")),
        ("no audience".to_owned(), |claims, _| claims["aud"] = json!([])),
        ("audience beside ours".to_owned(), |claims, _| {
            claims["aud"] = json!(["cofferdam", "another client"]);
        }),
        ("made out to another".to_owned(), |claims, _| claims["azp"] = json!("another client")),
        ("expired".to_owned(), |claims, now| claims["exp"] = json!(now - 61)),
        ("expired at the edge".to_owned(), |claims, now| claims["exp"] = json!(now - 60)),
        ("expiry as text".to_owned(), |claims, _| claims["exp"] = json!("tomorrow")),
        ("not valid yet".to_owned(), |claims, now| claims["nbf"] = json!(now + 61)),
        ("validity as text".to_owned(), |claims, _| claims["nbf"] = json!("now")),
        ("issued in the future".to_owned(), |claims, now| claims["iat"] = json!(now + 61)),
        ("proven in the future".to_owned(), |claims, now| claims["auth_time"] = json!(now + 3600)),
        ("hash of another access token".to_owned(), |claims, _| {
            claims["at_hash"] = json!("77QmUPtjPfzWtF2AnpK9RQ");
        }),
        ("empty subject".to_owned(), |claims, _| claims["sub"] = json!("")),
        ("subject as a list".to_owned(), |claims, _| claims["sub"] = json!(["248289761001"])),
        ("subject without end".to_owned(), |claims, _| claims["sub"] = json!("a".repeat(256))),
        ("no object".to_owned(), |claims, _| *claims = json!("claims")),
        ("deep".to_owned(), |claims, _| {
            claims["groups"] = (0..200).fold(json!("ir-team"), |inner, _| json!([inner]));
        }),
    ];
    for missing in ["iss", "sub", "aud", "exp", "iat", "nonce"] {
        let spoil: Spoil = match missing {
            "iss" => |claims, _| drop(claims.as_object_mut().unwrap().remove("iss")),
            "sub" => |claims, _| drop(claims.as_object_mut().unwrap().remove("sub")),
            "aud" => |claims, _| drop(claims.as_object_mut().unwrap().remove("aud")),
            "exp" => |claims, _| drop(claims.as_object_mut().unwrap().remove("exp")),
            "iat" => |claims, _| drop(claims.as_object_mut().unwrap().remove("iat")),
            _ => |claims, _| drop(claims.as_object_mut().unwrap().remove("nonce")),
        };
        cases.push((format!("without {missing}"), spoil));
    }
    for (name, spoil) in &cases {
        let login = trial.begin();
        let mut claims = trial.claims(&login);
        spoil(&mut claims, trial.site.now().as_second());
        assert_refused(&trial.come_back(&login, &claims), name);
    }
    let login = trial.begin();
    trial.come_back(&login, &trial.claims(&login)).expect(200);
    assert_recorded(&trial.refused(), cases.len());
}

#[test]
fn claims_at_the_edge_of_what_fits_are_taken() {
    let trial = Trial::new();
    let now = trial.site.now().as_second();
    for (name, value) in [
        ("exp", json!(now - 59)),
        ("iat", json!(now + 60)),
        ("nbf", json!(now + 60)),
        ("aud", json!(["cofferdam"])),
        ("azp", json!("cofferdam")),
        ("at_hash", json!("Ut-iT9cQWUFdzdVMpVyX2Q")),
        ("groups", json!(["a".repeat(100_000), "ir-team"])),
        ("sub", json!("a".repeat(255))),
        ("name", json!("\u{202e}\n<script>")),
    ] {
        let login = trial.begin();
        let mut claims = trial.claims(&login);
        claims[name] = if name == "at_hash" { json!(at_hash()) } else { value };
        trial.come_back(&login, &claims).expect(200);
    }
}

/// Source: OpenID Connect Core 1.0, section 3.1.3.6.
fn at_hash() -> String {
    use sha2::{Digest, Sha256};
    token::encoded(&Sha256::digest(super::provider::ACCESS)[..16])
}

#[test]
fn tokens_that_the_provider_did_not_sign_are_refused() {
    let trial = Trial::new();
    let tokens = |claims: &Value| {
        let own = token::rs256(claims);
        let parts: Vec<&str> = own.split('.').collect();
        let mut other = claims.clone();
        other["groups"] = json!(["ir-admin"]);
        let mut tokens = vec![
            token::unsigned(&json!({"alg": "none"}), claims),
            token::unsigned(&json!({"alg": "none", "kid": "rsa-1"}), claims),
            token::unsigned(&json!({"alg": "None"}), claims),
            token::unsigned(&json!({"alg": "RS256", "kid": "rsa-1"}), claims),
            token::rs256_as(&json!({"alg": "none"}), claims),
            token::rs256_as(&json!({"alg": "RS384", "kid": "rsa-1"}), claims),
            token::rs256_as(&json!({"alg": "ES256", "kid": "ec-1"}), claims),
            token::rs256_as(&json!({"alg": "ES256", "kid": "rsa-1"}), claims),
            token::rs256_as(&json!({"alg": "RS256", "kid": "ec-1"}), claims),
            token::rs256_as(&json!({"alg": "RS256", "kid": "rsa-1", "crit": ["exp"]}), claims),
            token::rs256_as(&json!({"alg": "RS256", "kid": "rsa-1", "cty": "JWT"}), claims),
            token::rs256_as(&json!({"alg": "RS256", "kid": "rsa-1", "typ": "at+jwt"}), claims),
            token::rs256_as(&json!({"alg": "A128KW", "enc": "A128GCM", "kid": "rsa-1"}), claims),
            token::rs256_as(&json!({"kid": "rsa-1"}), claims),
            token::by_foreign_key(&json!({"alg": "RS256", "kid": "rsa-1"}), claims),
            token::by_foreign_key(&json!({"alg": "RS256"}), claims),
            token::by_foreign_key(&json!({"alg": "RS256", "kid": "unknown"}), claims),
            token::by_foreign_key(&json!({"alg": "RS256", "kid": "../../../../etc/passwd"}), claims),
            token::by_foreign_key(&json!({"alg": "RS256", "kid": "rsa-1\0"}), claims),
            token::by_foreign_key(&json!({"alg": "RS256", "kid": "' or 1=1 --"}), claims),
            token::by_foreign_key(
                &json!({"alg": "RS256", "kid": "own", "jwk": token::foreign_key("own")}),
                claims,
            ),
            token::by_foreign_key(
                &json!({"alg": "RS256", "kid": "rsa-1", "jku": "http://127.0.0.1:9/"}),
                claims,
            ),
            format!("{}.{}.{}", parts[0], token::encoded(other.to_string()), parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{own}.{}", parts[2]),
            "x".repeat(900_000),
            format!("{}.{}.{}", parts[0], token::encoded(" ".repeat(600_000)), parts[2]),
            "..".to_owned(),
            String::new(),
        ];
        for secret in token::public_texts() {
            for header in [json!({"alg": "HS256", "kid": "rsa-1"}), json!({"alg": "HS256"})] {
                tokens.push(token::hs256(&header, claims, &secret));
            }
        }
        // Shared secrets are no proof here, even the right one.
        tokens.push(token::hs256(&json!({"alg": "HS256"}), claims, super::SECRET.as_bytes()));
        tokens
    };
    let count = tokens(&json!({})).len();
    for number in 0..count {
        let login = trial.begin();
        let token = tokens(&trial.claims(&login)).swap_remove(number);
        assert_refused(&trial.come_back_with(&login, &token), &token.chars().take(120).collect::<String>());
    }
    assert_recorded(&trial.refused(), count);
}

#[test]
fn a_login_comes_back_once_in_the_browser_in_which_it_began() {
    let trial = Trial::new();
    let code = |login: &Login| {
        let token = token::rs256(&trial.claims(login));
        trial.provider.grant(&login.asked["code_challenge"], &token)
    };
    let (mine, theirs) = (trial.begin(), trial.begin());
    let query = |code: &str, state: &str| format!("code={code}&state={state}");

    assert_refused(&trial.back(&mine, &query(&code(&mine), "guessed")), "wrong state");
    assert_refused(&trial.back(&mine, &format!("code={}", code(&mine))), "no state");
    assert_refused(&trial.back(&mine, &query(&code(&mine), "")), "empty state");
    let other_browser = Login { cookie: mine.cookie.clone(), ..theirs.clone() };
    assert_refused(
        &trial.back(&other_browser, &query(&code(&theirs), &theirs.asked["state"])),
        "another browser",
    );
    assert_refused(&trial.back(&theirs, &query(&code(&theirs), &theirs.asked["state"])), "it was tried");
    let bare = Login { cookie: None, ..trial.begin() };
    assert_refused(&trial.back(&bare, &query(&code(&bare), &bare.asked["state"])), "no cookie");
    let two = trial.begin();
    let cookie = format!("{0}; {0}", two.cookie.clone().unwrap());
    let two = Login { cookie: Some(cookie), ..two };
    assert_refused(&trial.back(&two, &query(&code(&two), &two.asked["state"])), "two cookies");

    let good = code(&mine);
    trial.back(&mine, &query(&good, &mine.asked["state"])).expect(200);
    assert_refused(&trial.back(&mine, &query(&good, &mine.asked["state"])), "replayed");
    let later = trial.begin();
    assert_refused(&trial.back(&later, &query(&good, &later.asked["state"])), "the code twice");
    let (one, other) = (trial.begin(), trial.begin());
    assert_refused(
        &trial.back(&other, &query(&code(&one), &other.asked["state"])),
        "a code of another login",
    );
    let late = trial.begin();
    trial.site.pass(601);
    assert_refused(&trial.back(&late, &query(&code(&late), &late.asked["state"])), "too late");
    assert_recorded(&trial.refused(), 11);
}

#[test]
fn what_the_provider_or_somebody_in_its_place_sends_back_must_fit() {
    let trial = Trial::new();
    let good = |login: &Login| {
        let code = trial.provider.grant(&login.asked["code_challenge"], &token::rs256(&trial.claims(login)));
        format!("state={}&code={code}", login.asked["state"])
    };
    let back = |more: &str| {
        let login = trial.begin();
        trial.back(&login, &format!("{}{more}", good(&login)))
    };
    let own = trial.provider.url();
    assert_refused(&back("&iss=https://id.example.net"), "another provider");
    assert_refused(&back("&iss="), "a provider without a name");
    assert_refused(&back(&format!("&iss={own}/")), "nearly the provider");
    assert_refused(&back("&error=access_denied"), "an error beside a code");
    assert_refused(&back("&code=another"), "two codes");
    assert_refused(&back("&state=another"), "two states");
    let login = trial.begin();
    assert_refused(&trial.back(&login, &format!("state={}", login.asked["state"])), "no code");
    let login = trial.begin();
    assert_refused(&trial.back(&login, &format!("state={}&code=", login.asked["state"])), "an empty code");
    let login = trial.begin();
    let long = format!("state={}&code={}", login.asked["state"], "a".repeat(9000));
    assert_refused(&trial.back(&login, &long), "a code without end");
    back(&format!("&iss={own}&session_state=abc&scope=openid")).expect(200);

    for (answer, name) in [
        (json!({"access_token": "a", "token_type": "Bearer"}), "no ID token"),
        (json!({"token_type": "Bearer", "id_token": "a.b.c"}), "no access token"),
        (json!([]), "no object"),
        (json!("a".repeat(2 << 20)), "an answer without end"),
    ] {
        let login = trial.begin();
        let query = good(&login);
        trial.provider.change(|state| state.answer = Some(answer));
        let answer = trial.back(&login, &query);
        assert!(matches!(answer.status, 401 | 503), "{name}: {answer:?}");
        assert!(answer.cookie().is_none(), "{name}");
    }
    assert_recorded(&trial.refused(), 13);
}

#[test]
fn a_provider_that_names_itself_must_do_so_every_time() {
    let trial = Trial::new();
    trial.provider.change(|state| {
        state.metadata.insert("authorization_response_iss_parameter_supported".to_owned(), json!(true));
    });
    let login = trial.begin();
    assert_refused(&trial.come_back(&login, &trial.claims(&login)), "it does not name itself");
    let login = trial.begin();
    let code = trial.provider.grant(&login.asked["code_challenge"], &token::rs256(&trial.claims(&login)));
    let query = format!("state={}&code={code}&iss={}", login.asked["state"], trial.provider.url());
    trial.back(&login, &query).expect(200);
}

#[test]
fn a_provider_that_leads_astray_is_not_followed() {
    for (member, value) in [
        ("issuer", json!("https://id.example.net")),
        ("issuer", json!(null)),
        ("token_endpoint", json!("http://id.example.net/token")),
        ("token_endpoint", json!("file:///etc/passwd")),
        ("token_endpoint", json!(null)),
        ("authorization_endpoint", json!("http://id.example.net/authorize")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("jwks_uri", json!("http://id.example.net/jwks")),
        ("jwks_uri", json!("https://user:word@127.0.0.1/jwks")),
        ("id_token_signing_alg_values_supported", json!("RS256")),
    ] {
        let trial = Trial::new();
        trial.provider.change(|state| drop(state.metadata.insert(member.to_owned(), value.clone())));
        let answer = trial.site.nobody().get("/api/v1/oidc/start");
        assert_eq!(answer.status, 503, "{member} {value}");
        assert!(!answer.text.contains("example"), "{}", answer.text);
    }
}

#[test]
fn a_browser_is_led_back_to_this_server_and_nowhere_else() {
    let trial = Trial::new();
    for evil in [
        "https://evil.example.net",
        "//evil.example.net",
        "///evil.example.net",
        "/\\evil.example.net",
        "\\\\evil.example.net",
        "/%09/evil.example.net%0d%0aset-cookie:a=b\r\n",
        "/\t/evil.example.net",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.example.net",
        "http:evil.example.net",
        "",
        " /",
        "/ /evil",
        "/a//evil.example.net",
        "/\u{2044}evil",
        "/\"><script>",
        "/'",
        "/\0",
        "?x",
        "#x",
        "/\u{ff0f}evil",
        "/.//evil",
    ] {
        let escaped: String = evil.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let answer = trial.site.nobody().get(&format!("/api/v1/oidc/start?return_to={escaped}"));
        assert_eq!(answer.status, 400, "{evil:?}");
        assert!(answer.header("location").is_none() && answer.cookie().is_none());
    }
    // What comes back says nothing of where to go.
    let login = trial.begin();
    let code = trial.provider.grant(&login.asked["code_challenge"], &token::rs256(&trial.claims(&login)));
    let query = format!("state={}&code={code}&return_to=https://evil.example.net", login.asked["state"]);
    let answer = trial.back(&login, &query).expect(200);
    assert!(answer.text.contains("url=/\"") && !answer.text.contains("evil"), "{}", answer.text);
    assert_eq!(trial.site.nobody().get("/api/v1/oidc/start?next=/").status, 400, "no such parameter");
}

#[test]
fn what_is_documented_of_the_way_back_is_what_is_taken() {
    let document = crate::site::Site::new().nobody().get("/api/v1/openapi.json").expect(200).json();
    let parameters = document["paths"]["/api/v1/oidc/start"]["get"]["parameters"].as_array().unwrap().clone();
    let way_back = parameters.iter().find(|parameter| parameter["name"] == "return_to").unwrap();
    assert_eq!(way_back["schema"]["pattern"], LocalPath::PATTERN);
}

#[test]
fn every_login_is_another_secret() {
    let trial = Trial::new();
    let logins: Vec<Login> = (0..20).map(|_| begin(&trial.site, "/api/v1/oidc/start")).collect();
    for name in ["state", "nonce", "code_challenge"] {
        let values: std::collections::BTreeSet<&String> =
            logins.iter().map(|login| &login.asked[name]).collect();
        assert_eq!(values.len(), logins.len());
        assert!(values.iter().all(|value| value.len() == 43), "256 bits in base64url");
    }
    assert!(form("a=b%20c+d")["a"] == "b c d");
}

#[test]
fn refused_logins_do_not_fill_the_journal() {
    let trial = {
        let provider = super::Provider::start();
        let settings = cofferdam_serve::Settings {
            oidc: Some(super::oidc(provider.url())),
            ..cofferdam_serve::Settings::default()
        };
        Trial { site: crate::site::Site::with(settings), provider }
    };
    let nobody = trial.site.nobody();
    let statuses: Vec<u16> =
        (0..40).map(|n| nobody.get(&format!("/api/v1/oidc/callback?state=s{n}&code=c")).status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 10);
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 30);
    // Whoever comes back from the provider is not kept out by that.
    let login = trial.begin();
    trial.come_back(&login, &trial.claims(&login)).expect(200);
    assert_recorded(&trial.refused(), 10);
}

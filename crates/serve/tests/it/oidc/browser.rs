//! A login in a real browser, with a provider on another site: cookies are sent as browsers send them.

use super::Trial;
use super::provider::Provider;
use crate::site::Site;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

#[test]
fn a_browser_comes_back_from_another_site_and_is_signed_in() {
    let Some(chromium) = chromium() else {
        println!("skipped: chromium is missing");
        return;
    };
    let trial = Trial::of(Provider::called("localhost"));
    let now = trial.site.now().as_second();
    trial.provider.change(|state| {
        state.person = json!({
            "iss": trial.provider.url(), "sub": "1", "aud": "cofferdam", "iat": now, "exp": now + 300,
            "preferred_username": "dev1", "groups": ["ir-team"],
        });
    });
    let profile = tempfile::tempdir().unwrap();
    let open = |path: &str| {
        let url = format!("{}{path}", trial.site.nobody().url());
        let ran = Command::new(&chromium)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--virtual-time-budget=20000",
                "--dump-dom",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(url)
            .output()
            .unwrap();
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    let page = open("/api/v1/oidc/start?return_to=/api/v1/session");
    let who = shown(&page);
    assert_eq!((&who["account"], &who["roles"]), (&json!("dev1"), &json!(["responder"])), "{page}");
}

#[test]
fn a_browser_is_told_by_a_page_what_is_wrong() {
    let Some(chromium) = chromium() else {
        println!("skipped: chromium is missing");
        return;
    };
    let site = Site::with(cofferdam_serve::Settings {
        oidc: Some(super::oidc("http://127.0.0.1:9")),
        ..cofferdam_serve::Settings::default()
    });
    let profile = tempfile::tempdir().unwrap();
    let ran = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("{}/api/v1/oidc/start", site.nobody().url()))
        .output()
        .unwrap();
    let page = String::from_utf8_lossy(&ran.stdout);
    assert!(page.contains("the provider by which you sign in cannot be reached"), "{page}");
    assert!(page.contains("<a href=\"/api/v1/oidc/start\">"), "{page}");
}

/// JSON as the browser shows it.
fn shown(page: &str) -> Value {
    let text =
        page.split_once("<pre").and_then(|(_, rest)| rest.split_once('>')).map_or("", |(_, rest)| rest);
    serde_json::from_str(text.split_once("</pre>").map_or("", |(text, _)| text)).unwrap_or(Value::Null)
}

fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("COFFERDAM_CHROMIUM").map(PathBuf::from);
    named.or_else(|| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let programs = std::env::split_paths(&path).map(|folder| folder.join("chromium"));
        programs.into_iter().find(|program| program.is_file())
    })
}

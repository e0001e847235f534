//! Reports in a real browser. Needs Chromium, node and `npm ci` in `checks/report`; says so when they
//! are missing.

use super::{hostile, report};
use crate::{Desk, recording, repository, strings, text};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The first program of these names on the path.
fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
}

/// Chromium and node, or nothing and a word on what is missing.
fn browser() -> Option<(PathBuf, PathBuf)> {
    let chromium = std::env::var_os("COFFERDAM_CHROMIUM").map(PathBuf::from);
    let chromium = chromium.or_else(|| on_path(&["chromium", "chromium-browser", "google-chrome"]));
    let node = on_path(&["node"]);
    let packages = repository().join("checks/report/node_modules/axe-core").is_dir();
    if let (Some(chromium), Some(node), true) = (&chromium, &node, packages) {
        return Some((chromium.clone(), node.clone()));
    }
    println!(
        "skipped: reports are not opened in a browser; missing: {}{}{}",
        if chromium.is_none() { "chromium " } else { "" },
        if node.is_none() { "node " } else { "" },
        if packages { "" } else { "`npm ci` in checks/report" },
    );
    None
}

/// Runs `check.mjs` over pages and fails with everything that is wrong.
#[track_caller]
fn check(desk: &Desk, (chromium, node): (PathBuf, PathBuf), pages: &[Value]) {
    let job = desk.path("job.json");
    std::fs::write(&job, json!({"pages": pages}).to_string()).unwrap();
    let script = repository().join("checks/report/check.mjs");
    let ran = Command::new(node).arg(script).arg(chromium).arg(&job).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "check.mjs: {said}");
    let answer: Value = serde_json::from_slice(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let answers = answer["pages"].as_array().unwrap();
    assert_eq!(answers.len(), pages.len(), "every page was looked at");
    let wrong: Vec<String> = answers
        .iter()
        .flat_map(|page| strings(&page["wrong"]).map(|wrong| format!("{}: {wrong}", text(page, "html"))))
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(30)].join("\n"));
}

/// A page to look at; `whole` asks for the HTML checker, axe-core and the Markdown too, which take
/// longer.
fn page(folder: &Path, seen: &str, whole: bool) -> Value {
    let file = folder.join("report.html");
    std::fs::write(&file, report(folder, "html", &[])).unwrap();
    let mut page = json!({"html": file, "text": seen, "markdown": null, "valid": whole, "accessible": false});
    if whole {
        let file = folder.join("report.md");
        std::fs::write(&file, report(folder, "md", &[])).unwrap();
        page["markdown"] = json!(file);
    }
    page
}

/// With axe-core and at several widths.
fn accessible(mut page: Value) -> Value {
    page["accessible"] = json!(true);
    page
}

#[test]
fn reports_are_valid_accessible_and_fit() {
    let Some(browser) = browser() else { return };
    let desk = super::two_incidents();
    let quiet = Desk::with(&[("quiet.log", "all is well\n")]);
    quiet.investigate(&[]).expect(0);
    let results = desk.path("out");
    let one = desk.path("recording");
    std::fs::create_dir(&one).unwrap();
    for name in ["incidents.json", "alerts.ndjson", "summary.json"] {
        std::fs::copy(recording::investigated().1.join(name), one.join(name)).unwrap();
    }
    let pages = [(one, "203.0.113.66"), (results, "INC-0002"), (quiet.path("out"), "No incident")];
    let pages = pages.map(|(folder, seen)| accessible(page(&folder, seen, true)));
    check(&desk, browser, &pages);
}

#[test]
fn whatever_logs_hold_nothing_runs_and_nothing_is_fetched() {
    let Some(browser) = browser() else { return };
    let desk = Desk::new();
    let pages: Vec<Value> = hostile::folders(&desk)
        .iter()
        .enumerate()
        .map(|(number, (text, folder))| page(folder, &hostile::shown(text), number % 9 == 0))
        .collect();
    check(&desk, browser, &pages);
}

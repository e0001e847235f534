//! What stands around the report: head, contents, foot.

use super::writer::Page;
use super::{TOLD, View};
use crate::Report;
use crate::figures::{count, group, size};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

/// The one style sheet.
const STYLE: &str = include_str!("style.css");

/// A whole page around the inside.
pub(super) fn page(page: &mut Page, report: &Report<'_>, views: &[View<'_>], inside: impl FnOnce(&mut Page)) {
    page.doctype();
    page.el("html", &[("lang", "en")], |page| {
        page.el("head", &[], |page| head(page, report));
        page.newline();
        page.el("body", &[], |page| {
            page.el("a", &[("class", "skip"), ("href", "#report")], |page| page.text("Skip to the report"));
            page.el("header", &[("class", "top")], |page| top(page, report));
            page.el("div", &[("class", "frame")], |page| {
                contents(page, report, views);
                page.el("main", &[("id", "report")], inside);
            });
            page.el("footer", &[], |page| {
                page.text(&format!(
                    "Made by Cofferdam {} from results in a folder. This file holds no script and loads nothing. \
                     Text from logs is shown as text; invisible characters are shown by number.",
                    report.summary.version
                ));
            });
        });
    });
    page.newline();
}

fn head(page: &mut Page, report: &Report<'_>) {
    // Nothing may run or be loaded, and only this very style sheet applies.
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'");
    page.open("meta", &[("charset", "utf-8")]);
    page.open("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy)]);
    page.open("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
    page.open("meta", &[("name", "referrer"), ("content", "no-referrer")]);
    page.open("meta", &[("name", "color-scheme"), ("content", "light dark")]);
    page.el("title", &[], |page| page.label(&title(report)));
    page.style(STYLE);
}

fn title(report: &Report<'_>) -> String {
    match report.incidents.as_slice() {
        [] => "Incident report: no incident".to_owned(),
        [one] => format!("{} {}", one.id, one.title),
        many => format!("Incident report: {} incidents", group(many.len() as u64)),
    }
}

fn top(page: &mut Page, report: &Report<'_>) {
    let bytes = report.summary.files.iter().fold(0u64, |sum, file| sum.saturating_add(file.bytes));
    page.el("p", &[("class", "brand")], |page| {
        page.line("strong", "", "Cofferdam");
        page.text(" Incident report");
    });
    page.line(
        "p",
        "read",
        &format!(
            "{} read ({}), {}",
            count(report.summary.files.len() as u64, "file", "files"),
            size(bytes),
            count(report.summary.read, "record", "records")
        ),
    );
}

fn contents(page: &mut Page, report: &Report<'_>, views: &[View<'_>]) {
    const SECTIONS: [(&str, &str); 11] = [
        ("short", "In short"),
        ("now", "What to do now"),
        ("went", "How it went"),
        ("limits", "What is not known"),
        ("time", "Timeline"),
        ("attack", "ATT&CK path"),
        ("graph", "Who and what"),
        ("scope", "Scope"),
        ("strongest", "Strongest evidence"),
        ("evidence", "Evidence"),
        ("alerts", "Alerts"),
    ];
    page.newline();
    page.el("nav", &[("aria-label", "Contents")], |page| {
        page.el("ol", &[], |page| {
            match views {
                [view] if report.incidents.len() == 1 => {
                    for (name, title) in SECTIONS {
                        entry(page, &format!("{}-{name}", view.key), title);
                    }
                }
                [] => {}
                _ => {
                    entry(page, "overview", "Overview");
                    for view in views.iter().take(TOLD) {
                        entry(page, &view.key, &view.incident.id);
                    }
                }
            }
            entry(page, "read", "What was read");
            entry(page, "method", "How this was made");
        });
    });
}

fn entry(page: &mut Page, name: &str, title: &str) {
    page.el("li", &[], |page| {
        page.el("a", &[("href", &format!("#{name}"))], |page| page.text(title));
    });
}

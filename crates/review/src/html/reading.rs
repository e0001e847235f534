//! What was read and what was not, alerts outside of incidents, and how the figures were made.

use super::writer::Page;
use super::{cell, left_out, level, section, table};
use crate::Report;
use crate::figures::{count, group, size};
use crate::words::METHOD;
use cofferdam_vocabulary::Level;
use std::collections::BTreeMap;

/// Rows of each list.
const FILES: usize = 200;
const SOURCES: usize = 200;
const PROBLEMS: usize = 60;
const ALONE: usize = 60;

/// The last sections of the report.
pub(super) fn sections(page: &mut Page, report: &Report<'_>) {
    section(page, 2, "read", "What was read, and what was not", |page| {
        figures(page, report);
        files(page, report);
        sources(page, report);
        problems(page, report);
        rules(page, report);
        alone(page, report);
    });
    section(page, 2, "method", "How this was made", |page| {
        page.el("ul", &[], |page| METHOD.iter().for_each(|line| page.line("li", "", line)));
    });
}

fn figures(page: &mut Page, report: &Report<'_>) {
    let summary = report.summary;
    let rows = [
        ("records read", summary.read),
        ("understood", summary.parsed),
        ("of these kept as plain text", summary.as_text),
        ("of these outside the period asked for", summary.outside),
        ("of these with year or zone inferred", summary.inferred_times),
        ("broken and left out", summary.rejected),
        ("matches", summary.matches),
        ("alerts", summary.alerts as u64),
        ("incidents", summary.incidents as u64),
        ("detection rules", summary.rules.detections as u64),
        ("correlation rules", summary.rules.correlations as u64),
    ];
    page.el("dl", &[("class", "figures")], |page| {
        for (name, figure) in rows {
            page.el("div", &[], |page| {
                page.line("dt", "", name);
                page.line("dd", "", &group(figure));
            });
        }
    });
}

fn files(page: &mut Page, report: &Report<'_>) {
    let files = &report.summary.files;
    table(
        page,
        "files",
        "Files, in the order in which they were read",
        &["No.", "File", "Size", "SHA-256"],
        |page| {
            for (file, number) in files.iter().zip(1..).take(FILES) {
                page.el("tr", &[], |page| {
                    cell(page, "id", &format!("F{number}"));
                    page.el("th", &[("scope", "row"), ("class", "value")], |page| page.text(&file.path));
                    cell(page, "number", &size(file.bytes));
                    cell(page, "hash", file.sha256.as_deref().unwrap_or("none: not read to the end"));
                });
                page.newline();
            }
        },
    );
    left_out(page, FILES.min(files.len()), files.len(), "files", "summary.json");
}

fn sources(page: &mut Page, report: &Report<'_>) {
    let mut sources: Vec<_> = report.summary.sources.iter().collect();
    // What was lost matters most when not all is shown.
    sources.sort_by_key(|source| std::cmp::Reverse(source.rejected));
    let columns = ["Log", "Kind", "Records", "Understood", "As text", "Outside", "Broken", "Host inferred"];
    table(page, "sources", "Logs found in the files", &columns, |page| {
        for source in sources.iter().take(SOURCES) {
            page.el("tr", &[], |page| {
                page.el("th", &[("scope", "row"), ("class", "value")], |page| page.text(&source.path));
                cell(page, "", &source.kind);
                for number in [source.read, source.parsed, source.as_text, source.outside, source.rejected] {
                    cell(page, "number", &group(number));
                }
                cell(page, "", source.inferred_host.as_deref().unwrap_or(""));
            });
            page.newline();
        }
    });
    left_out(page, SOURCES.min(sources.len()), sources.len(), "logs", "summary.json");
}

fn problems(page: &mut Page, report: &Report<'_>) {
    let problems = &report.summary.problems;
    if problems.is_empty() {
        page.line("p", "note", "No problem was met while reading.");
        return;
    }
    let caption = "Problems: what was not understood, the first of each kind in each log";
    table(page, "problems", caption, &["Where", "Place", "What", "Code"], |page| {
        for problem in problems.iter().take(PROBLEMS) {
            page.el("tr", &[], |page| {
                page.el("th", &[("scope", "row"), ("class", "value")], |page| page.text(&problem.path));
                cell(page, "", problem.place.as_deref().unwrap_or(""));
                cell(page, "", &problem.message);
                cell(page, "mono", &problem.code);
            });
            page.newline();
        }
    });
    left_out(page, PROBLEMS.min(problems.len()), problems.len(), "problems", "summary.json");
}

fn rules(page: &mut Page, report: &Report<'_>) {
    let unloaded = report.summary.rules.left_out as u64;
    if unloaded > 0 {
        let rules = count(unloaded, "rule was", "rules were");
        page.line("p", "note", &format!("{rules} not loaded; summary.json says which and why."));
    }
}

fn alone(page: &mut Page, report: &Report<'_>) {
    let alerts = report.alone();
    if alerts.is_empty() {
        return;
    }
    let mut counts: BTreeMap<(Level, &str), (u64, u64)> = BTreeMap::new();
    for alert in &alerts {
        let (of_rule, matches) = counts.entry((alert.level, &alert.rule.title)).or_default();
        *of_rule += 1;
        *matches = matches.saturating_add(alert.count);
    }
    let mut by_rule: Vec<_> = counts.into_iter().collect();
    by_rule.sort_by(|((a, _), (_, less)), ((b, _), (_, more))| (b, more).cmp(&(a, less)));
    let caption = format!("{} in no incident, by rule", count(alerts.len() as u64, "alert", "alerts"));
    table(page, "alone", &caption, &["Rule", "Level", "Alerts", "Matches"], |page| {
        for ((grave, title), (alerts, matches)) in by_rule.iter().take(ALONE) {
            page.el("tr", &[], |page| {
                page.el("th", &[("scope", "row")], |page| page.text(title));
                page.el("td", &[], |page| level(page, *grave));
                cell(page, "number", &group(*alerts));
                cell(page, "number", &group(*matches));
            });
            page.newline();
        }
    });
    left_out(page, ALONE.min(by_rule.len()), by_rule.len(), "rules", "alerts.ndjson");
}

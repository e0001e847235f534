//! The alerts of an incident, and why they belong together.

use super::writer::Page;
use super::{Days, View, cell, left_out, level, table};
use crate::figures::{clock, group, list};
use cofferdam_detect::correlation::Alert;
use cofferdam_vocabulary::TechniqueId;

/// Alerts in the table.
const SHOWN: usize = 150;

/// The section.
pub(super) fn section(page: &mut Page, view: &View<'_>) {
    super::section(page, view.depth, &format!("{}-alerts", view.key), "Alerts", |page| {
        let mut shown = view.alerts.clone();
        shown.sort_by(|a, b| (b.level, a.first_seen, &a.id).cmp(&(a.level, b.first_seen, &b.id)));
        shown.truncate(SHOWN);
        shown.sort_by(|a, b| (a.first_seen, &a.id).cmp(&(b.first_seen, &b.id)));
        let columns =
            ["Alert", "Level", "Rule", "Matches", "Seen (UTC)", "Techniques", "Why it belongs here"];
        table(page, "alerts", "Alerts, in the order of time", &columns, |page| {
            let mut days = Days::default();
            for alert in &shown {
                days.row(page, alert.first_seen, columns.len());
                row(page, view, alert);
            }
        });
        left_out(page, shown.len(), view.alerts.len(), "alerts, the gravest,", "alerts.ndjson");
    });
}

fn row(page: &mut Page, view: &View<'_>, alert: &Alert) {
    let techniques: Vec<&str> = alert.techniques.iter().map(TechniqueId::as_str).collect();
    let join = view.incident.joins.iter().find(|join| join.alert == alert.id);
    page.el("tr", &[], |page| {
        page.el("th", &[("scope", "row"), ("class", "id")], |page| page.text(&alert.id));
        page.el("td", &[], |page| level(page, alert.level));
        cell(page, "", &alert.rule.title);
        cell(page, "number", &group(alert.count));
        cell(page, "time", &clock(alert.first_seen, alert.last_seen));
        cell(page, "mono", &list(&techniques, 3));
        let because = join.map(|join| format!("with {}: {}", join.with, join.because));
        cell(page, "", because.as_deref().unwrap_or(""));
    });
    page.newline();
}

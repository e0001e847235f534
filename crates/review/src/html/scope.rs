//! What the incident touches: each entity with when it was seen and why it is in.

use super::writer::Page;
use super::{View, cell, left_out, table};
use crate::figures::{group, stamp};
use crate::words::{KINDS, kinds, parts};
use cofferdam_detect::correlation::ScopeEntry;

/// Entities of one kind.
const SHOWN: usize = 25;

/// The section.
pub(super) fn section(page: &mut Page, view: &View<'_>) {
    super::section(page, view.depth, &format!("{}-scope", view.key), "Scope", |page| {
        if view.incident.scope.is_empty() {
            page.line("p", "note", "The records name nobody and nothing.");
        }
        for kind in KINDS {
            let entries: Vec<&ScopeEntry> =
                view.incident.scope.iter().filter(|entry| entry.kind == kind).collect();
            if entries.is_empty() {
                continue;
            }
            let (one, many) = kinds(kind);
            let name = if entries.len() == 1 { one } else { many };
            let caption = format!("{} {name}", group(entries.len() as u64));
            let columns = ["Which", "First seen (UTC)", "Last seen (UTC)", "Alerts", "Part", "Why it is in"];
            table(page, "scope", &caption, &columns, |page| {
                for entry in entries.iter().take(SHOWN) {
                    row(page, entry);
                }
            });
            left_out(page, SHOWN.min(entries.len()), entries.len(), many, "incidents.json");
        }
    });
}

fn row(page: &mut Page, entry: &ScopeEntry) {
    page.el("tr", &[], |page| {
        page.el("th", &[("scope", "row"), ("class", "value")], |page| page.text(&entry.value));
        cell(page, "time", &stamp(entry.first_seen));
        cell(page, "time", &stamp(entry.last_seen));
        cell(page, "number", &group(entry.alerts));
        cell(page, "", &parts(entry));
        cell(page, "", &entry.because);
    });
    page.newline();
}

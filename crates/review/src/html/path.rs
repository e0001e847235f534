//! The way through ATT&CK: which tactics were seen, in the order of the matrix, with their techniques.

use super::writer::Page;
use super::{View, cell, table};
use crate::figures::{count, group, stamp};
use crate::techniques::by_technique;
use crate::words;
use cofferdam_detect::correlation::Alert;
use cofferdam_vocabulary::Tactic;

/// Techniques named for one tactic.
const SHOWN: usize = 30;

/// The section.
pub(super) fn section(page: &mut Page, view: &View<'_>) {
    super::section(page, view.depth, &format!("{}-attack", view.key), "ATT&CK path", |page| {
        matrix(page, view);
        let columns = ["Tactic", "First seen (UTC)", "Alerts", "Techniques, with how many alerts name each"];
        table(page, "path", "Tactics in the order of the matrix", &columns, |page| {
            for step in &view.incident.tactics {
                page.el("tr", &[], |page| {
                    page.el("th", &[("scope", "row")], |page| page.text(words::tactic(step.tactic)));
                    cell(page, "time", &stamp(step.first_seen));
                    cell(page, "number", &group(step.alerts));
                    page.el("td", &[], |page| techniques(page, step.tactic, &view.alerts));
                });
                page.newline();
            }
        });
    });
}

/// All tactics side by side, those that were seen marked.
fn matrix(page: &mut Page, view: &View<'_>) {
    page.el("ol", &[("class", "matrix")], |page| {
        for tactic in Tactic::ALL {
            let step = view.incident.tactics.iter().find(|step| step.tactic == tactic);
            page.el("li", &[("class", if step.is_some() { "seen" } else { "unseen" })], |page| {
                page.line("span", "name", words::tactic(tactic));
                let alerts = step.map_or("not seen".to_owned(), |step| count(step.alerts, "alert", "alerts"));
                page.line("span", "count", &alerts);
            });
        }
    });
}

fn techniques(page: &mut Page, tactic: Tactic, alerts: &[&Alert]) {
    let counts = by_technique(tactic, alerts);
    page.el("ul", &[("class", "techniques")], |page| {
        for (id, alerts) in counts.iter().take(SHOWN) {
            page.el("li", &[], |page| {
                page.line("code", "", id.as_str());
                page.text(" ");
                page.text(id.technique().map_or("", |technique| technique.name));
                page.line("span", "count", &format!(" {}", group(*alerts)));
            });
        }
        if counts.is_empty() {
            page.line("li", "faint", "The rules name no technique.");
        }
        if counts.len() > SHOWN {
            page.line("li", "faint", &format!("and {} more", group((counts.len() - SHOWN) as u64)));
        }
    });
}

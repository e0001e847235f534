//! `report.html`: one file that needs nothing else, for readers who are no engineers, with the
//! technical part behind it.
//!
//! No script, no picture from elsewhere, no link out; what logs hold is text and stays text.

mod alerts;
mod chart;
mod drawing;
mod evidence;
mod frame;
mod path;
mod plainly;
mod reading;
mod scope;
mod writer;

use crate::report::Files;
use crate::{Report, figures};
use cofferdam_detect::correlation::{Alert, Incident};
use cofferdam_vocabulary::Level;
use jiff::Timestamp;
use writer::Page;

/// Incidents told in full; the others stand in the overview.
const TOLD: usize = 12;

/// One incident as it is told.
struct View<'v> {
    report: &'v Report<'v>,
    incident: &'v Incident,
    alerts: Vec<&'v Alert>,
    files: &'v Files<'v>,
    /// Begins the names to which the contents lead.
    key: String,
    /// The level of its sections' headings.
    depth: usize,
}

/// The report as a page.
pub fn html(report: &Report<'_>) -> String {
    let files = report.files();
    let told = report.incidents.len().min(TOLD);
    let depth = if report.incidents.len() == 1 { 2 } else { 3 };
    let views: Vec<View<'_>> = report.incidents[..told]
        .iter()
        .zip(1..)
        .map(|(incident, number)| View {
            report,
            incident,
            alerts: report.alerts_of(incident),
            files: &files,
            key: format!("i{number}"),
            depth,
        })
        .collect();
    let mut page = Page::default();
    frame::page(&mut page, report, &views, |page| {
        match views.as_slice() {
            [] => plainly::nothing(page, report),
            [view] if report.incidents.len() == 1 => incident(page, view),
            _ => {
                plainly::overview(page, report, &views);
                for view in &views {
                    page.el("article", &[("class", "incident"), ("id", &view.key)], |page| {
                        incident(page, view);
                    });
                }
            }
        }
        reading::sections(page, report);
    });
    page.finish()
}

fn incident(page: &mut Page, view: &View<'_>) {
    plainly::head(page, view);
    plainly::sections(page, view);
    page.el("p", &[("class", "part")], |page| {
        page.line("strong", "", "Technical part");
        page.text(" What follows is for those who check, contain and clean up.");
    });
    chart::section(page, view);
    path::section(page, view);
    drawing::section(page, view);
    scope::section(page, view);
    evidence::sections(page, view);
    alerts::section(page, view);
}

/// A section with its heading; `name` is where the contents lead to.
fn section(page: &mut Page, depth: usize, name: &str, title: &str, inside: impl FnOnce(&mut Page)) {
    const HEADINGS: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];
    page.newline();
    page.el("section", &[("id", name)], |page| {
        page.line(HEADINGS[depth.clamp(1, 6) - 1], "", title);
        inside(page);
    });
}

/// A table that may be wider than the window, which then scrolls by itself.
fn table(
    page: &mut Page,
    class: &'static str,
    caption: &str,
    columns: &[&str],
    rows: impl FnOnce(&mut Page),
) {
    page.el(
        "div",
        &[("class", "wide"), ("role", "group"), ("aria-label", caption), ("tabindex", "0")],
        |page| {
            page.el("table", &[("class", class)], |page| {
                page.line("caption", "", caption);
                page.el("thead", &[], |page| {
                    page.el("tr", &[], |page| {
                        for column in columns {
                            page.el("th", &[("scope", "col")], |page| page.text(column));
                        }
                    });
                });
                page.newline();
                page.el("tbody", &[], rows);
            });
        },
    );
}

/// Tells each day once, in a row of its own above the rows of that day.
#[derive(Default)]
struct Days {
    open: Option<String>,
}

impl Days {
    fn row(&mut self, page: &mut Page, time: Option<Timestamp>, columns: usize) {
        let day = figures::day(time);
        if self.open.as_ref() != Some(&day) {
            page.el("tr", &[("class", "day")], |page| {
                page.el("td", &[("colspan", &columns.to_string())], |page| page.text(&day));
            });
            self.open = Some(day);
        }
    }
}

/// A cell.
fn cell(page: &mut Page, class: &'static str, text: &str) {
    page.line("td", class, text);
}

/// A level with its word.
fn level(page: &mut Page, level: Level) {
    page.el("span", &[("class", level_class(level))], |page| page.text(level.as_str()));
}

fn level_class(level: Level) -> &'static str {
    match level {
        Level::Critical => "level critical",
        Level::High => "level high",
        Level::Medium => "level medium",
        Level::Low => "level low",
        Level::Informational => "level informational",
    }
}

/// Says what was left out and where it is; nothing when all is shown.
fn left_out(page: &mut Page, shown: usize, all: usize, what: &str, where_it_is: &str) {
    if all > shown {
        let (shown, all) = (figures::group(shown as u64), figures::group(all as u64));
        page.line("p", "more", &format!("{shown} of {all} {what} are shown here; all are in {where_it_is}."));
    }
}

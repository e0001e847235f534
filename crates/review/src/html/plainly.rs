//! The part for everybody: what happened, how bad, how far, what to do now.

use super::writer::Page;
use super::{View, cell, left_out, level, section, table};
use crate::Report;
use crate::figures::{clock, count, day, group, span};
use crate::words::{self, deed, meaning};

/// Incidents in the overview's table.
const LISTED: usize = 500;

/// When nothing grave enough was found.
pub(super) fn nothing(page: &mut Page, report: &Report<'_>) {
    section(page, 1, "overview", "No incident", |page| {
        let alerts = report.alerts.len() as u64;
        page.line(
            "p",
            "lead",
            &match alerts {
                0 => "No rule fired.".to_owned(),
                n => format!("{} below medium, too little for an incident.", count(n, "alert", "alerts")),
            },
        );
        page.line(
            "p",
            "",
            "That is no proof that nothing happened: it says what these logs and these rules show.",
        );
    });
}

/// All incidents on one page, worst first.
pub(super) fn overview(page: &mut Page, report: &Report<'_>, views: &[View<'_>]) {
    let all = report.incidents.len();
    let title = format!("{} incidents", group(all as u64));
    section(page, 1, "overview", &title, |page| {
        page.line(
            "p",
            "lead",
            "Worst first. Each begins with a part for everybody; its technical part follows.",
        );
        table(
            page,
            "incidents",
            "Incidents",
            &["Incident", "Severity", "What", "When (UTC)", "Alerts"],
            |page| {
                for (number, incident) in report.incidents.iter().take(LISTED).enumerate() {
                    page.el("tr", &[], |page| {
                        page.el("th", &[("scope", "row"), ("class", "id")], |page| match views.get(number) {
                            Some(view) => {
                                page.el("a", &[("href", &format!("#{}", view.key))], |page| {
                                    page.text(&incident.id);
                                });
                            }
                            None => page.text(&incident.id),
                        });
                        page.el("td", &[], |page| level(page, incident.severity));
                        cell(page, "", &incident.title);
                        cell(page, "time", &span(incident.first_seen, incident.last_seen));
                        cell(page, "number", &group(incident.alerts.len() as u64));
                    });
                    page.newline();
                }
            },
        );
        left_out(page, LISTED.min(all), all, "incidents", "incidents.json");
        if all > views.len() {
            page.line(
                "p",
                "more",
                &format!(
                    "The first {} are told in full below. For one of the others: cofferdam report DIR --incident ID.",
                    views.len()
                ),
            );
        }
    });
}

/// The incident's name and how bad it is.
pub(super) fn head(page: &mut Page, view: &View<'_>) {
    let incident = view.incident;
    page.el("div", &[("class", "head")], |page| {
        page.el("p", &[("class", "eyebrow")], |page| {
            page.line("span", "id", &incident.id);
            level(page, incident.severity);
            page.line("span", "meaning", meaning(incident.severity));
        });
        page.line(if view.depth == 2 { "h1" } else { "h2" }, "", &incident.title);
    });
}

/// In short, what to do, how it went, and what is not known.
pub(super) fn sections(page: &mut Page, view: &View<'_>) {
    let incident = view.incident;
    let name = |name: &str| format!("{}-{name}", view.key);
    section(page, view.depth, &name("short"), "In short", |page| {
        page.el("div", &[("class", "short")], |page| {
            page.el("div", &[("class", "telling")], |page| {
                for sentence in words::summary(incident) {
                    page.line("p", "", &sentence);
                }
                page.line("p", "why", &format!("Why the severity is {}:", incident.severity));
                page.el("ul", &[], |page| {
                    for reason in &incident.severity_reasons {
                        page.line("li", "", reason);
                    }
                });
            });
            page.el("dl", &[("class", "facts")], |page| {
                for (name, text) in words::facts(incident, &view.alerts) {
                    page.el("div", &[], |page| {
                        page.line("dt", "", name);
                        page.line("dd", "", &text);
                    });
                }
            });
        });
    });
    section(page, view.depth, &name("now"), "What to do now", |page| {
        page.el("ol", &[("class", "steps")], |page| {
            for step in &incident.first_steps {
                page.line("li", "", step);
            }
        });
        page.line("p", "note", "In this order. Nothing of it was done by the program that wrote this.");
    });
    went(page, view);
    section(page, view.depth, &name("limits"), "What is not known", |page| {
        page.el("ul", &[], |page| {
            for limit in words::limits(view.report.summary, view.incident) {
                page.line("li", "", &limit);
            }
        });
    });
}

fn went(page: &mut Page, view: &View<'_>) {
    section(page, view.depth, &format!("{}-went", view.key), "How it went", |page| {
        page.el("ol", &[("class", "went")], |page| {
            let mut open = String::new();
            for step in words::in_time(view.incident) {
                page.newline();
                page.el("li", &[], |page| {
                    page.el("span", &[("class", "time")], |page| {
                        let day = day(step.first_seen);
                        if day != open {
                            page.line("span", "date", &day);
                            page.text(" ");
                            open = day;
                        }
                        page.text(&clock(step.first_seen, None));
                    });
                    page.el("div", &[], |page| {
                        page.el("p", &[("class", "deed")], |page| {
                            page.text("Somebody ");
                            page.text(deed(step));
                            page.text(".");
                        });
                        let shown: Vec<&str> = step.rules.iter().take(4).map(|title| &**title).collect();
                        let more = step.rules.len() - shown.len();
                        let more = if more > 0 {
                            format!("; and {} more", group(more as u64))
                        } else {
                            String::new()
                        };
                        page.line("p", "signs", &format!("Signs: {}{more}", shown.join("; ")));
                    });
                });
            }
        });
    });
}

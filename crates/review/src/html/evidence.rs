//! The records behind it: the strongest first, then all that are kept, each with its place.

use super::writer::Page;
use super::{Days, View, cell, left_out, level, table};
use crate::evidence::{Record, records};
use crate::figures::{clock, count, group, list, stamp};
use crate::show::middle;

/// Records in the list.
const SHOWN: usize = 150;

/// Both sections.
pub(super) fn sections(page: &mut Page, view: &View<'_>) {
    super::section(page, view.depth, &format!("{}-strongest", view.key), "Strongest evidence", |page| {
        strongest(page, view);
    });
    super::section(page, view.depth, &format!("{}-evidence", view.key), "Evidence", |page| all(page, view));
}

fn strongest(page: &mut Page, view: &View<'_>) {
    for strong in &view.incident.strongest {
        page.newline();
        page.el("div", &[("class", "strong")], |page| {
            page.el("p", &[("class", "title")], |page| {
                level(page, strong.level);
                page.line("strong", "", &strong.title);
                if strong.count > 1 {
                    page.line("span", "count", &format!(" {}", count(strong.count, "match", "matches")));
                }
            });
            page.line("blockquote", "", &strong.evidence.what);
            page.el("p", &[("class", "place")], |page| {
                page.text(&format!("{} UTC · ", stamp(strong.evidence.time)));
                page.line("code", "", &strong.evidence.file);
                page.text(&format!(" · record {}", strong.evidence.record));
                if let Some((_, file)) = view.files.holding(&strong.evidence.file) {
                    page.el("span", &[("class", "hash")], |page| {
                        page.text("SHA-256 ");
                        page.line(
                            "code",
                            "",
                            file.sha256.as_deref().unwrap_or("not known: not read to the end"),
                        );
                    });
                }
            });
        });
    }
}

fn all(page: &mut Page, view: &View<'_>) {
    let records = records(view.incident, &view.alerts);
    let mut shown: Vec<&Record<'_>> = records.iter().collect();
    shown.sort_by(|a, b| (b.level, a.time).cmp(&(a.level, b.time)));
    shown.truncate(SHOWN);
    shown.sort_by_key(|record| (record.time, record.file, record.record));
    page.line(
        "p",
        "note",
        "Each record with the place where it can be found again. F1, F2, … are the files under “What was read”, \
         with their SHA-256. Below high, repeats of one rule on one host within five minutes are one row, with \
         the places of the first and the last.",
    );
    let columns = ["Time (UTC)", "Level", "What the record says", "Found by", "Place"];
    table(page, "evidence", "Records, in the order of time", &columns, |page| {
        let mut days = Days::default();
        for record in &shown {
            days.row(page, record.time, columns.len());
            page.el("tr", &[], |page| {
                cell(page, "time", &clock(record.time, record.last()));
                page.el("td", &[], |page| level(page, record.level));
                page.el("td", &[("class", "said")], |page| {
                    page.text(record.what);
                    if let Some(repeats) = &record.repeats {
                        page.line("span", "count", &format!(" and {} more", group(repeats.count)));
                    }
                });
                cell(page, "", &list(&record.titles, 3));
                page.el("td", &[("class", "place")], |page| place(page, view, record));
            });
            page.newline();
        }
    });
    left_out(
        page,
        held(shown.iter().copied()),
        held(&records),
        "records, the gravest,",
        "incidents.json, and every match in timeline.csv",
    );
}

/// Records in these rows.
fn held<'r>(rows: impl IntoIterator<Item = &'r Record<'r>>) -> usize {
    rows.into_iter().map(Record::count).sum::<u64>() as usize
}

/// Characters of a file's name beside its number, by which it is known.
const NAME: usize = 32;

fn place(page: &mut Page, view: &View<'_>, record: &Record<'_>) {
    if let Some((number, _)) = view.files.holding(record.file) {
        page.line("span", "file", &format!("F{number} "));
    }
    let place = record.place(|name| middle(name, NAME));
    page.el("code", &[], |page| {
        for piece in place.split_inclusive(['.', ':', '-', '_', '…']) {
            page.text(piece);
            page.open("wbr", &[]);
        }
    });
}

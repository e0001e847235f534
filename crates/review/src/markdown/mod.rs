//! `report.md`: the report as Markdown, for wikis and tickets.

pub(crate) mod escape;

use crate::Report;
use crate::evidence::{Record, records};
use crate::figures::{count, group, size, span, stamp};
use crate::fold::{Burst, bursts};
use crate::techniques::by_technique;
use crate::words::{self, KINDS, METHOD};
use cofferdam_detect::correlation::{Alert, Incident, ScopeEntry};
use cofferdam_vocabulary::TechniqueId;
use escape::{code, prose};
use std::fmt::Write;

/// Incidents told in full, and rows of each table.
const TOLD: usize = 12;
const BURSTS: usize = 60;
const ENTITIES: usize = 25;
const RECORDS: usize = 100;
const ALERTS: usize = 100;
const FILES: usize = 200;
const PROBLEMS: usize = 60;

/// The report as Markdown.
pub fn markdown(report: &Report<'_>) -> String {
    let mut out = Out::default();
    match report.incidents.as_slice() {
        [] => nothing(&mut out, report),
        [one] => incident(&mut out, report, one, 1),
        many => {
            overview(&mut out, many);
            for one in many.iter().take(TOLD) {
                incident(&mut out, report, one, 2);
            }
        }
    }
    reading(&mut out, report);
    out.text
}

/// The text as it grows.
#[derive(Default)]
struct Out {
    text: String,
}

impl Out {
    /// A heading; its text is escaped.
    fn heading(&mut self, level: usize, title: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let _ = writeln!(self.text, "{} {}\n", "#".repeat(level), prose(title, false));
    }

    /// A paragraph of sentences.
    fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.text, "{}\n", prose(text, false));
    }

    fn item(&mut self, text: &str) {
        let _ = writeln!(self.text, "- {}", prose(text, false));
    }

    /// A table's head; cells of rows come ready made from [`code`] and [`prose`].
    fn head(&mut self, columns: &[&'static str]) {
        self.row(&columns.iter().map(|&column| column.to_owned()).collect::<Vec<_>>());
        self.row(&columns.iter().map(|_| "---".to_owned()).collect::<Vec<_>>());
    }

    fn row(&mut self, cells: &[String]) {
        let _ = writeln!(self.text, "| {} |", cells.join(" | "));
    }

    /// Ends a table, and says what was left out.
    fn left_out(&mut self, shown: usize, all: usize, what: &str, where_it_is: &str) {
        self.text.push('\n');
        if all > shown {
            let (shown, all) = (group(shown as u64), group(all as u64));
            self.paragraph(&format!("{shown} of {all} {what} are shown here; all are in {where_it_is}."));
        }
    }
}

fn nothing(out: &mut Out, report: &Report<'_>) {
    out.heading(1, "No incident");
    let alerts = report.alerts.len() as u64;
    out.paragraph(&match alerts {
        0 => "No rule fired.".to_owned(),
        n => format!("{} below medium, too little for an incident.", count(n, "alert", "alerts")),
    });
    out.paragraph("That is no proof that nothing happened: it says what these logs and these rules show.");
}

fn overview(out: &mut Out, incidents: &[&Incident]) {
    out.heading(1, &format!("{} incidents", group(incidents.len() as u64)));
    out.head(&["Incident", "Severity", "What", "When (UTC)", "Alerts"]);
    for incident in incidents.iter().take(500) {
        out.row(&[
            prose(&incident.id, true),
            incident.severity.to_string(),
            prose(&incident.title, true),
            span(incident.first_seen, incident.last_seen),
            group(incident.alerts.len() as u64),
        ]);
    }
    out.left_out(incidents.len().min(500), incidents.len(), "incidents", "incidents.json");
    if incidents.len() > TOLD {
        out.paragraph(&format!(
            "The first {TOLD} are told in full below. For one of the others, use cofferdam report DIR --incident ID."
        ));
    }
}

fn incident(out: &mut Out, report: &Report<'_>, incident: &Incident, level: usize) {
    let alerts = report.alerts_of(incident);
    out.heading(level, &format!("{} {}", incident.id, incident.title));
    out.paragraph(&format!("Severity {}. {}", incident.severity, words::meaning(incident.severity)));
    for sentence in words::summary(incident) {
        out.paragraph(&sentence);
    }
    facts(out, incident, &alerts);
    out.heading(level + 1, "What to do now");
    for (number, step) in incident.first_steps.iter().enumerate() {
        let _ = writeln!(out.text, "{}. {}", number + 1, prose(step, false));
    }
    out.heading(level + 1, "How it went");
    for step in words::in_time(incident) {
        let titles: Vec<&str> = step.rules.iter().take(4).map(|title| &**title).collect();
        let more = step.rules.len() - titles.len();
        let more = if more > 0 { format!("; and {} more", group(more as u64)) } else { String::new() };
        let deed = words::deed(step);
        out.item(&format!("{}: somebody {deed}. Signs: {}{more}", stamp(step.first_seen), titles.join("; ")));
    }
    out.heading(level + 1, "What is not known");
    words::limits(report.summary, incident).iter().for_each(|limit| out.item(limit));
    timeline(out, &bursts(&alerts), level + 1);
    path(out, incident, &alerts, level + 1);
    scope(out, incident, level + 1);
    strongest(out, incident, level + 1);
    evidence(out, report, &records(incident, &alerts), level + 1);
    alert_table(out, &alerts, level + 1);
}

fn facts(out: &mut Out, incident: &Incident, alerts: &[&Alert]) {
    out.head(&["", ""]);
    for (name, text) in words::facts(incident, alerts) {
        out.row(&[name.to_owned(), prose(&text, true)]);
    }
    let why: Vec<String> = incident.severity_reasons.iter().map(|reason| prose(reason, true)).collect();
    out.row(&["Why this severity".to_owned(), why.join("; ")]);
}

fn timeline(out: &mut Out, bursts: &[Burst<'_>], level: usize) {
    out.heading(level, "Timeline");
    let mut shown: Vec<&Burst<'_>> = bursts.iter().collect();
    shown.sort_by(|a, b| (b.level, a.first).cmp(&(a.level, b.first)));
    shown.truncate(BURSTS);
    shown.sort_by_key(|burst| burst.first);
    out.head(&["Time (UTC)", "Level", "What", "Times", "First record"]);
    for burst in &shown {
        out.row(&[
            span(burst.first, burst.last),
            burst.level.to_string(),
            prose(burst.title, true),
            group(burst.matches),
            code(burst.evidence().map_or("", |evidence| &evidence.what), true),
        ]);
    }
    out.left_out(shown.len(), bursts.len(), "lines, the gravest,", "timeline.csv");
}

fn path(out: &mut Out, incident: &Incident, alerts: &[&Alert], level: usize) {
    out.heading(level, "ATT&CK path");
    out.head(&["Tactic", "First seen (UTC)", "Alerts", "Techniques"]);
    for step in &incident.tactics {
        let techniques = by_technique(step.tactic, alerts);
        let told = techniques.iter().take(30).map(|(id, alerts)| {
            let name = id.technique().map_or("", |technique| technique.name);
            format!("{} {} ({alerts})", id.as_str(), prose(name, true))
        });
        out.row(&[
            words::tactic(step.tactic).to_owned(),
            stamp(step.first_seen),
            group(step.alerts),
            told.collect::<Vec<_>>().join(", "),
        ]);
    }
    out.text.push('\n');
}

fn scope(out: &mut Out, incident: &Incident, level: usize) {
    out.heading(level, "Scope");
    for kind in KINDS {
        let entries: Vec<&ScopeEntry> = incident.scope.iter().filter(|entry| entry.kind == kind).collect();
        if entries.is_empty() {
            continue;
        }
        let (one, many) = words::kinds(kind);
        out.paragraph(&count(entries.len() as u64, one, many));
        out.head(&["Which", "First seen (UTC)", "Last seen (UTC)", "Alerts", "Part", "Why it is in"]);
        for entry in entries.iter().take(ENTITIES) {
            out.row(&[
                code(&entry.value, true),
                stamp(entry.first_seen),
                stamp(entry.last_seen),
                group(entry.alerts),
                words::parts(entry),
                prose(&entry.because, true),
            ]);
        }
        out.left_out(entries.len().min(ENTITIES), entries.len(), many, "incidents.json");
    }
}

fn strongest(out: &mut Out, incident: &Incident, level: usize) {
    out.heading(level, "Strongest evidence");
    for strong in &incident.strongest {
        let _ = writeln!(
            out.text,
            "- {}: {}  \n  {}  \n  {} UTC, {} record {}",
            strong.level,
            prose(&strong.title, false),
            code(&strong.evidence.what, false),
            stamp(strong.evidence.time),
            code(&strong.evidence.file, false),
            strong.evidence.record,
        );
    }
}

fn evidence(out: &mut Out, report: &Report<'_>, records: &[Record<'_>], level: usize) {
    out.heading(level, "Evidence");
    out.paragraph(
        "F1, F2 and so on are the files under What was read, with their SHA-256. Below high, repeats of one \
         rule on one host within five minutes are one row, with the places of the first and the last.",
    );
    let files = report.files();
    let mut shown: Vec<&Record<'_>> = records.iter().collect();
    shown.sort_by(|a, b| (b.level, a.time).cmp(&(a.level, b.time)));
    shown.truncate(RECORDS);
    shown.sort_by_key(|record| (record.time, record.file, record.record));
    out.head(&["Time (UTC)", "Level", "What the record says", "Found by", "Place"]);
    for record in &shown {
        let number = files.holding(record.file).map_or(String::new(), |(number, _)| format!("F{number} "));
        let more = match &record.repeats {
            Some(repeats) => format!(" and {} more", group(repeats.count)),
            None => String::new(),
        };
        out.row(&[
            span(record.time, record.last()),
            record.level.to_string(),
            code(record.what, true) + &more,
            prose(&crate::figures::list(&record.titles, 3), true),
            format!("{number}{}", code(&record.place(str::to_owned), true)),
        ]);
    }
    let held = |rows: &mut dyn Iterator<Item = u64>| rows.sum::<u64>() as usize;
    let shown = held(&mut shown.iter().map(|row| row.count()));
    let all = held(&mut records.iter().map(Record::count));
    out.left_out(shown, all, "records, the gravest,", "incidents.json");
}

fn alert_table(out: &mut Out, alerts: &[&Alert], level: usize) {
    out.heading(level, "Alerts");
    let mut shown = alerts.to_vec();
    shown.sort_by(|a, b| (b.level, a.first_seen, &a.id).cmp(&(a.level, b.first_seen, &b.id)));
    shown.truncate(ALERTS);
    shown.sort_by(|a, b| (a.first_seen, &a.id).cmp(&(b.first_seen, &b.id)));
    out.head(&["Alert", "Level", "Rule", "Matches", "Seen (UTC)", "Techniques"]);
    for alert in &shown {
        let techniques: Vec<&str> = alert.techniques.iter().map(TechniqueId::as_str).collect();
        out.row(&[
            prose(&alert.id, true),
            alert.level.to_string(),
            prose(&alert.rule.title, true),
            group(alert.count),
            span(alert.first_seen, alert.last_seen),
            crate::figures::list(&techniques, 3),
        ]);
    }
    out.left_out(shown.len(), alerts.len(), "alerts, the gravest,", "alerts.ndjson");
}

fn reading(out: &mut Out, report: &Report<'_>) {
    let summary = report.summary;
    out.heading(2, "What was read, and what was not");
    out.paragraph(&format!(
        "{} read: {} understood, of these {} as plain text and {} outside the period; {} broken and left out. \
         {} detection and {} correlation rules were used, {} were not loaded.",
        count(summary.read, "record", "records"),
        group(summary.parsed),
        group(summary.as_text),
        group(summary.outside),
        group(summary.rejected),
        group(summary.rules.detections as u64),
        group(summary.rules.correlations as u64),
        group(summary.rules.left_out as u64),
    ));
    out.head(&["No.", "File", "Size", "SHA-256"]);
    for (file, number) in summary.files.iter().zip(1..).take(FILES) {
        let hash =
            file.sha256.as_deref().map_or("none, not read to the end".to_owned(), |hash| code(hash, true));
        out.row(&[format!("F{number}"), code(&file.path, true), size(file.bytes), hash]);
    }
    out.left_out(summary.files.len().min(FILES), summary.files.len(), "files", "summary.json");
    if !summary.problems.is_empty() {
        out.paragraph("Problems, the first of each kind in each log.");
        out.head(&["Where", "Place", "What"]);
        for problem in summary.problems.iter().take(PROBLEMS) {
            out.row(&[
                code(&problem.path, true),
                prose(problem.place.as_deref().unwrap_or(""), true),
                prose(&problem.message, true),
            ]);
        }
        let all = summary.problems.len();
        out.left_out(all.min(PROBLEMS), all, "problems", "summary.json");
    }
    let alone = report.alone();
    if !alone.is_empty() {
        out.paragraph(&format!(
            "{} in no incident; they are in alerts.ndjson.",
            count(alone.len() as u64, "alert is", "alerts are")
        ));
    }
    out.heading(2, "How this was made");
    METHOD.iter().for_each(|line| out.item(line));
}

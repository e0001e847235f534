//! An incident as a responder reads it on a terminal: how bad and why, whom it touches, its alerts, what is to be done.

use super::args::One;
use super::ask::{json, percent};
use super::error::ClientError;
use super::print::{self, Column, cell};
use super::task;
use crate::text::{count, cut, group, plain, wrap};
use cofferdam_connect::{Api, With};
use cofferdam_journal::incident::EntityStatus;
use serde_json::{Value, json as value};
use std::collections::BTreeMap;
use std::io;
use unicode_width::UnicodeWidthStr;

/// Columns of a terminal.
const WIDTH: usize = 80;
/// Columns of what a line is about.
const NAME: usize = 12;
/// Alerts that are listed; all are counted.
const ALERTS: usize = 20;
/// Things of one kind that are named; all are counted.
const NAMED: usize = 20;

const ALERT_COLUMNS: [Column; 4] =
    [("ID", "id"), ("LEVEL", "level"), ("LAST SEEN", "last_seen"), ("TITLE", "title")];

/// Prints an incident, with its alerts and tasks.
pub fn show(args: &One) -> Result<(), ClientError> {
    let api = args.asking.server.api()?;
    let path = format!("/api/v1/incidents/{}", percent(&args.id));
    let incident = json(&api, "GET", &path, With::default())?;
    heading(&incident);
    reasons(&incident);
    scope(&incident);
    alerts(&api, &incident)?;
    suggestions(&incident);
    tasks(&api, &path)?;
    decisions(&incident);
    notes(&api, &path)
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What a line is about, and what there is to say, in as many lines as it takes.
fn about(name: &str, text: &str) {
    for (at, line) in wrap(&plain(text), WIDTH - NAME).into_iter().enumerate() {
        say!("{:<NAME$}{line}", if at == 0 { name } else { "" });
    }
}

fn heading(incident: &Value) {
    say!("{}  {}", cell(&incident["id"]), cell(&incident["severity"]));
    let title = incident["title"].as_str().unwrap_or("(erased)");
    wrap(&plain(title), WIDTH).iter().for_each(|line| say!("{line}"));
    say!();
    match (incident["first_seen"].as_str(), incident["last_seen"].as_str()) {
        (None, None) => about("seen", "no record says when"),
        _ => about("seen", &format!("{} to {}", cell(&incident["first_seen"]), cell(&incident["last_seen"]))),
    }
    about("opened", &cell(&incident["opened"]));
    if let Some(product) = incident["imported"]["product"].as_str() {
        about("imported", &format!("{} of {product}", cell(&incident["imported"]["case"])));
    }
    about("phase", &phase(incident));
    if let Some(category) = incident["category"].as_str() {
        about("category", category);
    }
    about("marked", &format!("{}, {}", cell(&incident["tlp"]), cell(&incident["pap"])));
    match (incident["commander"].as_str(), incident["led"] == true) {
        (Some(commander), _) => about("commander", commander),
        (None, true) => about("commander", "nobody for now; what belongs to it is for people to say"),
        (None, false) => about("commander", "nobody yet; alerts join it by themselves"),
    }
    for (part, users) in incident["parts"].as_object().into_iter().flatten() {
        about(part, &cell(users));
    }
    if !incident["restricted"].is_null() {
        about("seen by", &cell(&incident["restricted"]));
    }
    if let Some(into) = incident["merged_into"].as_str() {
        about("part of", into);
    }
}

/// Where the response stands, and whether somebody said that the incident is real.
fn phase(incident: &Value) -> String {
    let phase = cell(&incident["phase"]);
    match (incident["closed"].as_str(), incident["declared"] == true) {
        (Some(how), _) => format!("closed as {how}, from {phase}"),
        (None, true) => phase,
        (None, false) => format!("{phase}; nobody said yet that it is real"),
    }
}

fn reasons(incident: &Value) {
    let reasons = list(incident, "reasons");
    if reasons.is_empty() {
        return;
    }
    say!("\nWhy {}", cell(&incident["severity"]));
    for reason in reasons {
        let reason = reason.as_str().unwrap_or("(erased)");
        for (at, line) in wrap(&plain(reason), WIDTH - 2).into_iter().enumerate() {
            say!("{} {line}", if at == 0 { "-" } else { " " });
        }
    }
}

/// How many things it touches, and how many of them stand how.
fn standing(incident: &Value) -> String {
    let of = |status: &EntityStatus| Some((incident["standing"][status.as_str()].as_u64()?, *status));
    let counts: Vec<(u64, EntityStatus)> = EntityStatus::ALL.iter().filter_map(of).collect();
    let all = counts.iter().map(|(count, _)| count).sum();
    let told: Vec<String> =
        counts.iter().map(|(count, status)| format!("{} {status}", group(*count))).collect();
    format!("{}: {}", count(all, "thing", "things"), told.join(", "))
}

/// Whom it touches, by kind and by the part that they played.
fn scope(incident: &Value) {
    let mut parts: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for entity in list(incident, "scope") {
        let value =
            entity["value"].as_str().map_or_else(|| "(erased)".to_owned(), |text| plain(text).into_owned());
        parts.entry((cell(&entity["kind"]), cell(&entity["role"]))).or_default().push(value);
    }
    if parts.is_empty() {
        return;
    }
    say!("\nTouches {}", standing(incident));
    for ((kind, role), values) in parts {
        let more = values.len().saturating_sub(NAMED);
        let mut items = values[..values.len().min(NAMED)].to_vec();
        items.extend((more > 0).then(|| format!("and {} more", group(more as u64))));
        things(&kind, &items, &role);
    }
}

/// Things in as many lines as they take; none is broken apart, unless it has no room in a line of its own.
fn things(kind: &str, items: &[String], role: &str) {
    let (mut line, mut name) = (String::new(), kind);
    for (at, item) in items.iter().enumerate() {
        let end = if at + 1 == items.len() { format!(" ({role})") } else { ",".to_owned() };
        let item = cut(item, WIDTH - NAME - end.len()) + &end;
        if !line.is_empty() && line.width() + 1 + item.width() > WIDTH - NAME {
            say!("{name:<NAME$}{line}");
            (line, name) = (String::new(), "");
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&item);
    }
    say!("{name:<NAME$}{line}");
}

fn alerts(api: &Api, incident: &Value) -> Result<(), ClientError> {
    let of_it = format!("incident = {}", cell(&incident["id"]));
    let filter = format!("{of_it} not state = dismissed merged = none");
    let asked = |filter: &str, limit: usize| {
        let path = format!("/api/v1/alerts?order=oldest&count=true&limit={limit}&filter={}", percent(filter));
        json(api, "GET", &path, With::default())
    };
    let page = match asked(&filter, ALERTS) {
        // Some see incidents and no alerts: lawyers, and whoever tells the press.
        Err(ClientError::Refused { refused }) if refused.status == 403 => {
            say!("\n{}", count(incident["alert_count"].as_u64().unwrap_or(0), "alert", "alerts"));
            return Ok(());
        }
        page => page?,
    };
    let counted = page["count"].as_u64().unwrap_or(0);
    let aside = asked(&of_it, 1)?["count"].as_u64().unwrap_or(0).saturating_sub(counted);
    match aside {
        0 => say!("\n{}", count(counted, "alert", "alerts")),
        _ => say!(
            "\n{}; {} more dismissed, or part of others",
            count(counted, "alert", "alerts"),
            group(aside)
        ),
    }
    let rows = list(&page, "items");
    if rows.is_empty() {
        return Ok(());
    }
    let _ = print::table(&mut io::stdout().lock(), &ALERT_COLUMNS, rows);
    if counted > rows.len() as u64 {
        say!("all: cofferdam alert list --oldest --limit {counted} \\\n       --filter '{filter}'");
    }
    Ok(())
}

fn suggestions(incident: &Value) {
    let open: Vec<Value> =
        list(incident, "suggestions").iter().filter(|one| one["verdict"] == "open").cloned().collect();
    if open.is_empty() {
        return;
    }
    say!("\nThought to belong to it (cofferdam incident accept, or dismiss)");
    let columns = [("WHAT", "what"), ("LIKE", "with"), ("THEY SHARE", "because")];
    let _ = print::table(&mut io::stdout().lock(), &columns, &open);
}

fn tasks(api: &Api, path: &str) -> Result<(), ClientError> {
    let tasks = json(api, "GET", &format!("{path}/tasks"), With::default())?;
    let (open, ended): (Vec<Value>, Vec<Value>) =
        list(&tasks, "items").iter().cloned().partition(|task| task["state"] == "open");
    if !open.is_empty() || !ended.is_empty() {
        say!(
            "\n{} to do, {} done or dropped",
            count(open.len() as u64, "task", "tasks"),
            group(ended.len() as u64)
        );
    }
    if !open.is_empty() {
        task::table(open);
    }
    Ok(())
}

fn decisions(incident: &Value) {
    let open = incident["open_decisions"].as_u64().unwrap_or(0);
    if open > 0 {
        say!("\n{} (cofferdam decision list)", count(open, "decision waits", "decisions wait"));
    }
}

fn notes(api: &Api, path: &str) -> Result<(), ClientError> {
    let page = json(api, "GET", &format!("{path}/notes?limit=200"), With::default())?;
    let notes = list(&page, "items");
    if notes.is_empty() {
        return Ok(());
    }
    let row = |note: &Value| {
        let text = note["text"].as_str().unwrap_or("(erased)");
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let by = note["by"]["name"].as_str().unwrap_or("(erased)");
        value!({"note": note["note"], "by": by, "revised": note["revised"], "text": first.trim()})
    };
    let more = if page["next"].is_null() { "" } else { ", and more" };
    say!("\n{}{more}", count(notes.len() as u64, "note", "notes"));
    let columns = [("NOTE", "note"), ("BY", "by"), ("WRITTEN", "revised"), ("BEGINS", "text")];
    let _ = print::table(&mut io::stdout().lock(), &columns, &notes.iter().map(row).collect::<Vec<_>>());
    Ok(())
}

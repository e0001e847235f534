//! Tells the case on a terminal: what was read, then each incident as a short story.

use super::case::Case;
use super::engine::Prepared;
use super::output::alerts_by_id;
use super::reading::Reading;
use super::record::Recorded;
use crate::text::{count, cut, group, plain, wrap};
use anstyle::{AnsiColor, Style};
use cofferdam_detect::correlation::{
    Alert, Incident, ScopeEntry, TacticStep, is_machine_account, short_account,
};
use cofferdam_vocabulary::{EntityKind, Level, Role};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

/// Incidents told in full; the rest are listed.
const TOLD: usize = 10;
const WIDTH: usize = 80;

/// Prints the whole story to standard output, in colour where it can be seen.
pub fn print(
    reading: &Reading,
    case: &Case,
    prepared: &Prepared,
    out_folder: Option<&Path>,
    recorded: Option<&Recorded>,
) {
    let mut out = anstream::stdout().lock();
    // Whoever reads may have enough of it; that is no failure of ours.
    let _ = tell(&mut out, reading, case, prepared, out_folder);
    if let Some(recorded) = recorded {
        let entries = count(recorded.entries, "entry", "entries");
        let _ = writeln!(out, "Journal: {}, {entries} signed", plain(&recorded.path.display().to_string()));
    }
}

fn tell(
    out: &mut impl Write,
    reading: &Reading,
    case: &Case,
    prepared: &Prepared,
    folder: Option<&Path>,
) -> io::Result<()> {
    what_was_read(out, reading, prepared)?;
    let alerts = alerts_by_id(case);
    match case.incidents.len() {
        0 => nothing(out, case)?,
        n => {
            let alerts = count(case.alerts.len() as u64, "alert", "alerts");
            let order = if n > 1 { ", worst first" } else { "" };
            writeln!(out, "{alerts}, {}{order}.\n", count(n as u64, "incident", "incidents"))?;
        }
    }
    for incident in case.incidents.iter().take(TOLD) {
        tell_incident(out, incident, &alerts)?;
    }
    if case.incidents.len() > TOLD {
        rest(out, &case.incidents[TOLD..], folder)?;
    }
    if let Some(folder) = folder {
        writeln!(out, "Results: {}", plain(&folder.display().to_string()))?;
    }
    Ok(())
}

fn what_was_read(out: &mut impl Write, reading: &Reading, prepared: &Prepared) -> io::Result<()> {
    let bytes: u64 = reading.files.iter().map(|file| file.bytes).sum();
    let read = reading.total(|source| source.read);
    let rejected = reading.total(|source| source.rejected);
    let as_text = reading.total(|source| source.as_text);
    let outside = reading.total(|source| source.outside);
    let rules = prepared.rules();
    let files = reading.files.len();
    let indicators = prepared.lists().indicators.set.len() as u64;
    let mut against = vec![count(rules.rules.len() as u64, "rule", "rules")];
    against.push(count(rules.correlations.len() as u64, "correlation", "correlations"));
    against.extend((indicators > 0).then(|| count(indicators, "indicator", "indicators")));
    writeln!(
        out,
        "Read {} ({}), {}, against {}.",
        count(files as u64, "file", "files"),
        size(bytes),
        count(read, "record", "records"),
        against.join(", "),
    )?;
    let mut remarks = Vec::new();
    for (list, understood, all) in prepared.lists().partly_understood() {
        let (understood, all) = (group(understood), count(all, "value", "values"));
        remarks.push(format!("{list}: {understood} of {all} understood; notes and summary.json say why not"));
    }
    if rejected > 0 {
        remarks.push(format!("{} broken and left out", count(rejected, "record", "records")));
    }
    if as_text > 0 {
        let (lines, files) = (count(as_text, "line", "lines"), mostly_text(reading));
        remarks.push(format!("{lines} in no known format, kept as text ({files})"));
    }
    if outside > 0 {
        remarks.push(format!("{} outside --from and --to", group(outside)));
    }
    if reading.known_good > 0 {
        remarks.push(format!(
            "{} known to be good, not told",
            count(reading.known_good, "indicator seen is", "indicators seen are")
        ));
    }
    if reading.expired > 0 {
        remarks.push(format!(
            "{} no longer valid, not told",
            count(reading.expired, "indicator seen is", "indicators seen are")
        ));
    }
    let inferred = reading.total(|source| source.inferred_times);
    if inferred > 0 {
        let records = count(inferred, "record", "records");
        remarks.push(format!("{records} without year or zone: inferred, see docs/formats.md"));
    }
    if !reading.problems.is_empty() {
        let problems = count(reading.problems.len() as u64, "problem", "problems");
        remarks.push(format!("{problems} while reading (in the notes and summary.json)"));
    }
    for remark in remarks {
        writeln!(out, "  {remark}")?;
    }
    Ok(())
}

/// The two files with the most lines that are of no known format.
fn mostly_text(reading: &Reading) -> String {
    let mut files: Vec<(u64, &str)> = reading
        .new_sources()
        .filter(|source| source.as_text > 0)
        .map(|source| (source.as_text, short_path(&source.path)))
        .collect();
    files.sort_by_key(|(lines, _)| std::cmp::Reverse(*lines));
    let names = files.iter().map(|(_, name)| cut(&plain(name), 24)).take(2).collect::<Vec<_>>().join(", ");
    if files.len() > 2 { format!("{names}, …") } else { names }
}

fn nothing(out: &mut impl Write, case: &Case) -> io::Result<()> {
    match case.alerts.len() {
        0 => writeln!(
            out,
            "No rule fired. That is no proof that nothing happened: it says what these logs show.\n"
        ),
        n => writeln!(out, "{} below medium, no incident.\n", count(n as u64, "alert", "alerts")),
    }
}

fn tell_incident(
    out: &mut impl Write,
    incident: &Incident,
    alerts: &BTreeMap<&str, &Alert>,
) -> io::Result<()> {
    let colour = colour(incident.severity);
    let level = incident.severity.as_str().to_uppercase();
    let bold = Style::new().bold();
    writeln!(out, "{colour}{} {level}{colour:#}", incident.id)?;
    for part in wrap(&plain(&incident.title), WIDTH) {
        writeln!(out, "{bold}{part}{bold:#}")?;
    }
    writeln!(out)?;
    row(out, "When", &when(incident))?;
    row(out, "Where", &names(incident, EntityKind::Host, 4))?;
    row(out, "Who", &who(incident))?;
    row(out, "How far", &how_far(incident, alerts))?;
    row(out, "Why so bad", &incident.severity_reasons.join("; "))?;
    // What products report names no tactics: then the evidence below tells it alone.
    if !incident.tactics.is_empty() {
        writeln!(out, "\n  How it went")?;
    }
    let mut steps: Vec<&TacticStep> = incident.tactics.iter().collect();
    steps.sort_by_key(|step| step.first_seen);
    let date = |time: Option<Timestamp>| time.map(|time| time.strftime("%Y-%m-%d").to_string());
    let days = date(incident.first_seen) != date(incident.last_seen);
    for step in steps {
        let rules: Vec<&str> = step.rules.iter().take(2).map(|title| &**title).collect();
        let more = step.rules.len().saturating_sub(2);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let tried = if step.tried { "tried only: " } else { "" };
        let text = format!("{tried}{}{more}", plain(&rules.join("; ")));
        let head = format!("    {}  {:<21}", clock(step.first_seen, days), step.tactic.as_str());
        for (number, part) in wrap(&text, WIDTH - head.len() - 1).into_iter().enumerate() {
            let head = if number == 0 { head.clone() } else { " ".repeat(head.len()) };
            writeln!(out, "{head} {part}")?;
        }
    }
    writeln!(out, "\n  Strongest evidence")?;
    for strong in &incident.strongest {
        let colour = self::colour(strong.level);
        let times = if strong.count > 1 { format!(" (×{})", strong.count) } else { String::new() };
        writeln!(out, "    {colour}{}{colour:#} {}{times}", strong.level, cut(&plain(&strong.title), 62))?;
        let file = cut(&plain(short_path(&strong.evidence.file)), 38);
        writeln!(out, "      {} {file}:{}", stamp(strong.evidence.time), strong.evidence.record)?;
        for part in wrap(&cut(&plain(&strong.evidence.what), 210), WIDTH - 6) {
            writeln!(out, "      {part}")?;
        }
    }
    writeln!(out, "\n  Do first")?;
    for (number, step) in incident.first_steps.iter().enumerate() {
        for (line, part) in wrap(&plain(step), WIDTH - 8).into_iter().enumerate() {
            let head = if line == 0 { format!("    {}. ", number + 1) } else { " ".repeat(7) };
            writeln!(out, "{head}{part}")?;
        }
    }
    writeln!(out)
}

fn row(out: &mut impl Write, name: &str, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    for (number, part) in wrap(&plain(text), WIDTH - 15).into_iter().enumerate() {
        writeln!(out, "  {:<12} {part}", if number == 0 { name } else { "" })?;
    }
    Ok(())
}

fn rest(out: &mut impl Write, incidents: &[Incident], folder: Option<&Path>) -> io::Result<()> {
    writeln!(out, "{}:", count(incidents.len() as u64, "more incident", "more incidents"))?;
    for incident in incidents.iter().take(30) {
        let colour = colour(incident.severity);
        let title = cut(&plain(&incident.title), WIDTH - 26);
        writeln!(out, "  {} {colour}{:<13}{colour:#} {title}", incident.id, incident.severity.as_str())?;
    }
    if incidents.len() > 30 {
        let place = if folder.is_some() { "in incidents.json" } else { "with --out DIR" };
        writeln!(out, "  … and {} more, {place}", incidents.len() - 30)?;
    }
    writeln!(out)
}

fn when(incident: &Incident) -> String {
    let (Some(first), Some(last)) = (incident.first_seen, incident.last_seen) else {
        return "the records do not say".to_owned();
    };
    let (start, end) = (stamp(Some(first)), stamp(Some(last)));
    let end = if start.get(..10) == end.get(..10) { end.get(11..).unwrap_or(&end).to_owned() } else { end };
    if start == stamp(Some(last)) {
        format!("{start} UTC")
    } else {
        format!("{start} to {end} UTC, {}", length(first, last))
    }
}

fn length(first: Timestamp, last: Timestamp) -> String {
    let seconds = last.duration_since(first).as_secs();
    match seconds {
        0 => "within one second".to_owned(),
        1 => "1 second".to_owned(),
        2..120 => format!("{seconds} seconds"),
        120..7_200 => format!("{} minutes", (seconds + 30) / 60),
        7_200..172_800 => format!("{} hours", (seconds + 1_800) / 3_600),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    }
}

fn names(incident: &Incident, kind: EntityKind, most: usize) -> String {
    let hosts = |entry: &&ScopeEntry| {
        entry.kind == kind
            && entry.alerts_of_note > 0
            && (kind != EntityKind::Host || entry.roles.contains(&Role::Observer))
    };
    list(incident.scope.iter().filter(hosts).map(|entry| entry.value.as_str()).collect(), most)
}

fn list(values: Vec<&str>, most: usize) -> String {
    let more = values.len().saturating_sub(most);
    let shown = values.into_iter().take(most).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

fn who(incident: &Incident) -> String {
    let accounts = |inside: bool| {
        let of_note = |entry: &&ScopeEntry| entry.kind == EntityKind::Account && entry.alerts_of_note > 0;
        let accounts =
            incident.scope.iter().filter(of_note).filter(|entry| !inside || entry.alerts_inside > 0);
        let mut names: Vec<&str> =
            accounts.map(|entry| entry.value.as_str()).filter(|name| !is_machine_account(name)).collect();
        let mut seen = std::collections::BTreeSet::new();
        names.retain(|name| seen.insert(short_account(name)));
        names
    };
    let used = accounts(true);
    let (names, verb) = if used.is_empty() { (accounts(false), "tried") } else { (used, "as") };
    let actors = |entry: &&ScopeEntry| {
        entry.kind == EntityKind::Address && entry.roles.contains(&Role::Actor) && entry.alerts_of_note > 0
    };
    let addresses: Vec<String> = incident.scope.iter().filter(actors).map(with_network).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    match (names.is_empty(), addresses.is_empty()) {
        (true, true) => "no account or address is named".to_owned(),
        (false, true) => format!("{verb} {}", list(names, 5)),
        (true, false) => format!("from {}", list(addresses, 4)),
        (false, false) => format!("from {}; {verb} {}", list(addresses, 4), list(names, 5)),
    }
}

/// An address with whose it is, as far as that is known.
fn with_network(entry: &ScopeEntry) -> String {
    let mut said = Vec::new();
    said.extend(entry.known_good.then(|| "known good".to_owned()));
    said.extend(entry.note.clone());
    if let Some(network) = &entry.network {
        let system = network.asn.map(|asn| format!("AS{asn}"));
        let organisation = network.organisation.as_deref().map(|name| cut(&plain(name), 30));
        let parts: Vec<String> = [system, organisation].into_iter().flatten().collect();
        said.extend((!parts.is_empty()).then(|| parts.join(" ")));
        said.extend(network.country.clone());
    }
    if said.is_empty() { entry.value.clone() } else { format!("{} ({})", entry.value, said.join(", ")) }
}

fn how_far(incident: &Incident, alerts: &BTreeMap<&str, &Alert>) -> String {
    const KINDS: [(EntityKind, &str, &str); 6] = [
        (EntityKind::Host, "host", "hosts"),
        (EntityKind::Account, "account", "accounts"),
        (EntityKind::Address, "address", "addresses"),
        (EntityKind::File, "file", "files"),
        (EntityKind::Process, "program", "programs"),
        (EntityKind::Domain, "domain", "domains"),
    ];
    let own = incident.alerts.iter().filter_map(|id| alerts.get(id.as_str()));
    let matches: u64 = own.map(|alert| alert.count).sum();
    let of = |kind| incident.scope.iter().filter(|entry| entry.kind == kind).count() as u64;
    let counts = KINDS.iter().map(|&(kind, one, many)| (of(kind), one, many)).filter(|(n, _, _)| *n > 0);
    let counts: Vec<String> = counts.map(|(n, one, many)| count(n, one, many)).collect();
    let alerts = count(incident.alerts.len() as u64, "alert", "alerts");
    let told = format!("{alerts} of {}", count(matches, "match", "matches"));
    // An alert may name nobody and nothing.
    if counts.is_empty() { told } else { format!("{}; {told}", counts.join(", ")) }
}

fn colour(level: Level) -> Style {
    match level {
        Level::Critical => AnsiColor::BrightRed.on_default().bold(),
        Level::High => AnsiColor::Red.on_default(),
        Level::Medium => AnsiColor::Yellow.on_default(),
        Level::Low => AnsiColor::Cyan.on_default(),
        Level::Informational => Style::new().dimmed(),
    }
}

fn stamp(time: Option<Timestamp>) -> String {
    time.map_or_else(
        || "time unknown       ".to_owned(),
        |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

/// The time of day, with the day where an incident is longer than one.
fn clock(time: Option<Timestamp>, days: bool) -> String {
    let format = if days { "%m-%d %H:%M:%S" } else { "%H:%M:%S" };
    let unknown = || if days { "-----" } else { "--" }.to_owned() + " --:--";
    time.map_or_else(unknown, |time| time.strftime(format).to_string())
}

fn short_path(path: &str) -> &str {
    path.rsplit(['/', '!']).next().unwrap_or(path)
}

/// A count with its noun.
fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

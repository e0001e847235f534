//! Writes results as files: `incidents.json`, `alerts.ndjson`, `matches.ndjson`, `timeline.csv` and
//! `summary.json`, then the reports that are made from them. Shapes are in `docs/formats.md` and
//! `docs/schemas/`.

use super::case::Case;
use super::earlier::Earlier;
use super::engine::Prepared;
use super::reading::Reading;
use crate::failure::Failure;
use crate::report;
use cofferdam_detect::correlation::{Alert, Incident};
use cofferdam_detect::rule::{Meta, RuleProblem};
use cofferdam_review::timeline::{COLUMNS, cell};
use cofferdam_review::{IndicatorCounts, Report, RuleCounts, RuleProblemEntry, SourceEntry, Summary};
use cofferdam_vocabulary::{EntityKind, Level, TechniqueId};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The files that hold results; the reports are made from them.
const FILES: [&str; 5] =
    ["incidents.json", "alerts.ndjson", "matches.ndjson", "timeline.csv", "summary.json"];

/// All files that are written.
pub fn files() -> impl Iterator<Item = &'static str> {
    FILES.into_iter().chain(report::FILES.map(|(name, _)| name))
}

#[derive(Serialize)]
struct Incidents<'c> {
    incidents: &'c [Incident],
}

#[derive(Serialize)]
struct MatchLine<'c> {
    rule_id: &'c str,
    title: &'c str,
    level: Level,
    file: &'c str,
    record: u64,
    time: Option<Timestamp>,
    alert: &'c str,
}

/// Writes all files. Each is written aside and then put in place, so that no half file is ever seen.
///
/// # Errors
///
/// [`Failure::Unwritable`] with the path.
pub fn write(
    folder: &Path,
    reading: &Reading,
    case: &Case,
    prepared: &Prepared,
    earlier: Option<&Earlier>,
) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|cause| Failure::unwritable(folder, cause))?;
    let put = |name: &str, write: &dyn Fn(&mut dyn Write) -> io::Result<()>| -> Result<(), Failure> {
        let path = folder.join(name);
        in_place(&path, write).map_err(|cause| Failure::unwritable(&path, cause))
    };
    put("incidents.json", &|out| {
        serde_json::to_writer_pretty(&mut *out, &Incidents { incidents: &case.incidents })?;
        out.write_all(b"\n")
    })?;
    put("alerts.ndjson", &|out| case.alerts.iter().try_for_each(|alert| line(out, alert)))?;
    put("matches.ndjson", &|out| {
        keep(out, &folder.join("matches.ndjson"), earlier)?;
        matches(reading, case).try_for_each(|found| line(out, &found))
    })?;
    put("timeline.csv", &|out| timeline(out, &folder.join("timeline.csv"), reading, case, earlier))?;
    let summary = summary(reading, case, prepared, earlier);
    put("summary.json", &|out| {
        serde_json::to_writer_pretty(&mut *out, &summary)?;
        out.write_all(b"\n")
    })?;
    let report = Report::of(&summary, &case.incidents, &case.alerts);
    report::FILES.into_iter().try_for_each(|(name, format)| {
        put(name, &|out| out.write_all(report::text(&report, format).as_bytes()))
    })
}

/// One JSON document with summary, incidents and alerts.
pub fn print_json(reading: &Reading, case: &Case, prepared: &Prepared, earlier: Option<&Earlier>) {
    let summary = summary(reading, case, prepared, earlier);
    let document = Report::of(&summary, &case.incidents, &case.alerts);
    let mut out = BufWriter::new(io::stdout().lock());
    // Whoever reads may have enough of it; that is no failure of ours.
    let _ = serde_json::to_writer_pretty(&mut out, &document)
        .map_err(io::Error::from)
        .and_then(|()| writeln!(out));
}

fn in_place(path: &Path, write: &dyn Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let aside = path.with_extension("partial");
    let mut out = BufWriter::new(File::create(&aside)?);
    write(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    std::fs::rename(aside, path)
}

fn line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

fn keep(out: &mut dyn Write, path: &Path, earlier: Option<&Earlier>) -> io::Result<()> {
    if earlier.is_some() && path.exists() {
        io::copy(&mut File::open(path)?, out)?;
    }
    Ok(())
}

fn matches<'c>(reading: &'c Reading, case: &'c Case) -> impl Iterator<Item = MatchLine<'c>> {
    case.matches.iter().map(|counted| {
        let (source, found) = &reading.matches[counted.found];
        let meta: &Meta = &counted.meta;
        MatchLine {
            rule_id: &meta.id,
            title: &meta.title,
            level: meta.level,
            file: &reading.sources[*source].path,
            record: found.record,
            time: found.event.time.map(|time| time.at),
            alert: &counted.alert,
        }
    })
}

fn timeline(
    out: &mut dyn Write,
    path: &Path,
    reading: &Reading,
    case: &Case,
    earlier: Option<&Earlier>,
) -> io::Result<()> {
    let incident_of: HashMap<&str, &str> = case
        .alerts
        .iter()
        .filter_map(|alert| Some((alert.id.as_str(), alert.incident.as_deref()?)))
        .collect();
    let alerts = alerts_by_id(case);
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS)?;
    if earlier.is_some() && path.exists() {
        // Earlier rows stay, but their alerts may belong to another incident now.
        let mut rows = csv::Reader::from_path(path)?;
        for row in rows.records() {
            let row = row?;
            let incident = row.get(13).and_then(|alert| incident_of.get(alert)).copied().unwrap_or("");
            csv.write_record(row.iter().take(14).chain([incident]).map(cell))?;
        }
    }
    for counted in &case.matches {
        let (source, found) = &reading.matches[counted.found];
        let meta: &Meta = &counted.meta;
        let of = |kind: EntityKind| {
            let of_kind = found.event.sightings.entities.iter().filter(|entity| entity.kind == kind);
            of_kind.map(|entity| entity.value.as_str()).collect::<Vec<_>>().join("; ")
        };
        let joined = |parts: Vec<&str>| parts.join("; ");
        let mut hosts = of(EntityKind::Host);
        if hosts.is_empty() {
            hosts = reading.sources[*source].inferred_host.clone().unwrap_or_default();
        }
        // What another product raised is called by that product's name of it.
        let title = alerts.get(counted.alert.as_str()).map_or(&meta.title, |alert| &alert.rule.title);
        let inferred = found.event.time.is_some_and(|time| time.year_inferred || time.zone_inferred);
        let row = [
            found.event.time.map_or(String::new(), |time| time.at.to_string()),
            if inferred { "yes" } else { "no" }.to_owned(),
            meta.level.to_string(),
            title.to_string(),
            joined(meta.tactics.iter().map(|tactic| tactic.as_str()).collect()),
            joined(meta.techniques.iter().map(TechniqueId::as_str).collect()),
            hosts,
            of(EntityKind::Account),
            of(EntityKind::Address),
            found.event.what.clone(),
            reading.sources[*source].path.to_string(),
            found.record.to_string(),
            meta.id.to_string(),
            counted.alert.clone(),
            incident_of.get(counted.alert.as_str()).copied().unwrap_or("").to_owned(),
        ];
        csv.write_record(row.iter().map(|text| cell(text)))?;
    }
    csv.flush()
}

fn summary(reading: &Reading, case: &Case, prepared: &Prepared, earlier: Option<&Earlier>) -> Summary {
    let before = earlier.map(|earlier| &earlier.summary);
    let files = before.into_iter().flat_map(|summary| &summary.files).chain(&reading.files);
    let sources: Vec<SourceEntry> = before
        .into_iter()
        .flat_map(|summary| &summary.sources)
        .chain(reading.new_sources())
        .cloned()
        .collect();
    let problems = before.into_iter().flat_map(|summary| &summary.problems).chain(&reading.problems);
    let total = |count: fn(&SourceEntry) -> u64| sources.iter().map(count).sum();
    let rules = prepared.rules();
    Summary {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        read: total(|source| source.read),
        parsed: total(|source| source.parsed),
        rejected: total(|source| source.rejected),
        as_text: total(|source| source.as_text),
        outside: total(|source| source.outside),
        inferred_times: total(|source| source.inferred_times),
        rules: RuleCounts {
            detections: rules.rules.len(),
            correlations: rules.correlations.len(),
            left_out: rules.problems.len(),
        },
        indicators: IndicatorCounts {
            values: prepared.lists().indicators.set.len(),
            known_good_values: prepared.lists().indicators.known_good.len(),
            known_good: reading.known_good,
            expired: reading.expired,
            lists: prepared.lists().entries.clone(),
        },
        matches: case.matches.len() as u64 + before.map_or(0, |summary| summary.matches),
        alerts: case.alerts.len(),
        incidents: case.incidents.len(),
        dropped_groups: case.dropped_groups,
        files: files.cloned().collect(),
        problems: problems.cloned().collect(),
        sources,
        rule_problems: rules.problems.iter().map(rule_problem).collect(),
    }
}

fn rule_problem(problem: &RuleProblem) -> RuleProblemEntry {
    RuleProblemEntry {
        code: problem.code.to_owned(),
        file: problem.file.to_string(),
        rule: problem.rule.as_ref().map(ToString::to_string),
        line: problem.line,
        message: problem.message.to_string(),
        help: problem.help.map(str::to_owned),
    }
}

/// Alerts by incident, for readers of the story.
pub fn alerts_by_id(case: &Case) -> BTreeMap<&str, &Alert> {
    case.alerts.iter().map(|alert| (alert.id.as_str(), alert)).collect()
}

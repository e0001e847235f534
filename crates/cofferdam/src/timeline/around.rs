//! The super-timeline: every event around an incident, from the evidence read again.

use super::args::Args;
use super::nearest::Nearest;
use crate::failure::Failure;
use crate::investigate::engine;
use crate::notes;
use crate::pipeline::{self, Engine, Evidence, Told};
use crate::results::Results;
use crate::text::{count, plain};
use cofferdam_detect::correlation::Incident;
use cofferdam_detect::indicator::Indicators;
use cofferdam_detect::intake::{MatchedEvent, Processed, Span};
use cofferdam_detect::rule::{Matcher, RuleSet};
use cofferdam_review::timeline::{Filter, Row, cell};
use cofferdam_vocabulary::{EntityKind, Level};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

/// An event and where it lies.
struct Found {
    source: usize,
    record: u64,
    event: Arc<MatchedEvent>,
}

/// What comes out of the evidence.
struct Again<'f> {
    filter: &'f Filter,
    kept: Nearest<Found>,
    /// Paths of sources, by their number.
    sources: Vec<Arc<str>>,
    /// By path: the file's SHA-256.
    files: BTreeMap<String, Option<String>>,
    without_time: u64,
    /// Something could not be read, and was told of.
    problems: bool,
}

/// All events from some minutes before the incident's first record to some after its last; what rules
/// said of them comes from the results.
///
/// # Errors
///
/// [`Failure::NoTime`] when the incident has no time, [`Failure::NothingRead`] when the evidence gives
/// nothing.
pub fn rows(
    args: &Args,
    results: &Results,
    incident: &Incident,
    filter: &Filter,
) -> Result<Vec<Row>, Failure> {
    let no_time = || Failure::NoTime { id: incident.id.clone() };
    let first = incident.first_seen.ok_or_else(no_time)?;
    let last = incident.last_seen.ok_or_else(no_time)?;
    let margin = SignedDuration::from_mins(i64::from(args.minutes));
    let span = Span {
        from: Some(first.checked_sub(margin).unwrap_or(Timestamp::MIN)),
        to: Some(last.checked_add(margin).unwrap_or(Timestamp::MAX)),
    };
    let crew = engine::crew(None)?;
    let zone = args.timezone.clone().unwrap_or(TimeZone::UTC);
    let evidence = Evidence::open(&args.evidence, zone, crew.current_num_threads());
    // Rules and indicators have said already what they had to say.
    let indicators = Indicators::default();
    let matcher = Matcher::new(Arc::new(RuleSet::assemble(Vec::new())));
    let engine = Engine {
        matcher: &matcher,
        indicators: &indicators,
        shown: Vec::new().into(),
        wanted: Vec::new().into(),
        span,
        crew: &crew,
        everything: true,
    };
    let mut again = Again {
        filter,
        kept: Nearest::new(first, last, args.limit.max(1)),
        sources: Vec::new(),
        files: BTreeMap::new(),
        without_time: 0,
        problems: false,
    };
    pipeline::run(evidence, &engine, &mut |told| {
        again.take(told);
        ControlFlow::Continue(())
    });
    if again.sources.is_empty() {
        let told = again.problems || !again.files.is_empty();
        return Err(if told {
            Failure::NothingRead
        } else {
            Failure::NoFiles { paths: args.evidence.clone() }
        });
    }
    again.tell();
    again.rows(args, results)
}

impl Again<'_> {
    fn take(&mut self, told: Told) {
        match told {
            Told::Opened(source) => self.sources.push(source.path.as_str().into()),
            Told::Processed { source, processed } => self.processed(source as usize, processed),
            Told::File(file) => {
                self.files.insert(file.path, file.sha256.map(|hash| hash.to_string()));
            }
            Told::Problem(problem) => {
                self.problems = true;
                notes::evidence_problem(&problem);
            }
            Told::Closed(_) => {}
        }
    }

    fn processed(&mut self, source: usize, processed: Processed) {
        for (record, event) in processed.events {
            let entities = event.sightings.entities.iter();
            if !self.filter.names(entities.map(|entity| (entity.kind, entity.value.as_str())), &event.what) {
                continue;
            }
            match event.time {
                Some(time) => self.kept.push(time.at, Found { source, record, event }),
                None => self.without_time += 1,
            }
        }
    }

    fn tell(&self) {
        if self.kept.forgotten() > 0 {
            eprintln!(
                "note[cofferdam::too-many]: {} farther from the incident left out; ask for fewer --minutes, name an --entity, or raise --limit",
                count(self.kept.forgotten(), "event is", "events are")
            );
        }
        if self.without_time > 0 {
            eprintln!(
                "note[cofferdam::no-time]: {} no time and left out",
                count(self.without_time, "record names", "records name")
            );
        }
    }

    fn rows(self, args: &Args, results: &Results) -> Result<Vec<Row>, Failure> {
        let former = self.former_paths(results);
        let mut said: HashMap<(String, u64), Vec<Row>> = HashMap::new();
        for row in super::every_row(&args.folder)? {
            let row = row?;
            said.entry((cell(&row.file), row.record)).or_default().push(row);
        }
        let hosts: BTreeMap<&str, &str> = results
            .summary
            .sources
            .iter()
            .filter_map(|source| Some((&*source.path, source.inferred_host.as_deref()?)))
            .collect();
        let alone = BTreeSet::new();
        let Again { filter, kept, .. } = self;
        // Which entities are asked for was judged by the whole event.
        let rest = Filter { entities: Vec::new(), ..filter.clone() };
        let rows = kept.in_order().into_iter().map(|found| {
            let path = &former[found.source];
            let said = said.get(&(cell(path), found.record)).map(Vec::as_slice).unwrap_or_default();
            row(&found, path, said, hosts.get(path.as_str()).copied())
        });
        Ok(rows.filter(|row| rest.holds(row, &alone)).collect())
    }

    /// For each source, the path under which the results know it: the same bytes may lie elsewhere now.
    fn former_paths(&self, results: &Results) -> Vec<String> {
        let by_hash: BTreeMap<&str, &str> = results
            .summary
            .files
            .iter()
            .filter_map(|file| Some((file.sha256.as_deref()?, file.path.as_str())))
            .collect();
        let mut moved: BTreeMap<&str, &str> = BTreeMap::new();
        for (path, hash) in &self.files {
            match hash.as_deref().and_then(|hash| by_hash.get(hash)) {
                Some(former) => drop(moved.insert(path, former)),
                None => eprintln!(
                    "note[cofferdam::unknown-file]: `{}` is not what the results were made from",
                    plain(path)
                ),
            }
        }
        let former = |path: &Arc<str>| {
            let ends = path.match_indices('!').map(|(at, _)| at).chain([path.len()]);
            let found =
                ends.into_iter().find_map(|end| Some((moved.get(path.get(..end)?)?, path.get(end..)?)));
            found.map_or_else(|| path.to_string(), |(former, rest)| format!("{former}{rest}"))
        };
        self.sources.iter().map(former).collect()
    }
}

/// One row for an event, with all that rules said of it.
fn row(found: &Found, path: &str, said: &[Row], inferred_host: Option<&str>) -> Row {
    let of = |kind: EntityKind| -> Vec<String> {
        let of_kind = found.event.sightings.entities.iter().filter(|entity| entity.kind == kind);
        of_kind.map(|entity| entity.value.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let joined = |of: fn(&Row) -> &str| -> String {
        let values: BTreeSet<&str> = said.iter().map(of).filter(|value| !value.is_empty()).collect();
        values.into_iter().collect::<Vec<_>>().join("; ")
    };
    let union = |of: fn(&Row) -> &Vec<String>| -> Vec<String> {
        said.iter().flat_map(of).cloned().collect::<BTreeSet<_>>().into_iter().collect()
    };
    let mut hosts = of(EntityKind::Host);
    if hosts.is_empty() {
        hosts.extend(inferred_host.map(str::to_owned));
    }
    let gravest = said.iter().filter_map(|row| Level::parse(&row.level).ok()).max();
    Row {
        time: found.event.time.map(|time| time.at),
        time_inferred: found.event.time.is_some_and(|time| time.year_inferred || time.zone_inferred),
        level: gravest.map_or(String::new(), |level| level.to_string()),
        title: joined(|row| &row.title),
        tactics: union(|row| &row.tactics),
        techniques: union(|row| &row.techniques),
        hosts,
        accounts: of(EntityKind::Account),
        addresses: of(EntityKind::Address),
        what: found.event.what.clone(),
        file: path.to_owned(),
        record: found.record,
        rule_id: joined(|row| &row.rule_id),
        alert: joined(|row| &row.alert),
        incident: joined(|row| &row.incident),
    }
}

//! From matches to alerts and incidents.

use super::earlier::Earlier;
use super::engine::Prepared;
use super::reading::Reading;
use cofferdam_detect::correlation::sigma::{Correlator, FiringId, Limits, Outcome, Seen};
use cofferdam_detect::correlation::{Alert, AlertBook, Context, Found, Incident, incidents_with, join};
use cofferdam_detect::enrichment::Enrichment;
use cofferdam_detect::intake::{Cause, Match};
use cofferdam_detect::rule::Meta;
use cofferdam_vocabulary::EntityKind;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What the evidence comes to.
pub struct Case {
    /// In the order of time.
    pub alerts: Vec<Alert>,
    /// Worst first.
    pub incidents: Vec<Incident>,
    /// Every match, correlations' firings included, in the order of time.
    pub matches: Vec<Counted>,
    /// Groups that correlations had to forget because there were too many.
    pub dropped_groups: u64,
}

/// A match and the alert that counts it.
pub struct Counted {
    /// The rule or correlation.
    pub meta: Arc<Meta>,
    /// Place in [`Reading::matches`]; of a firing, the match that completed it.
    pub found: usize,
    /// Id of the alert.
    pub alert: String,
}

impl Case {
    /// Builds alerts and incidents, together with those of earlier results if there are any.
    pub fn build(
        reading: &Reading,
        prepared: &Prepared,
        enrichment: &Enrichment,
        earlier: Option<&Earlier>,
    ) -> Case {
        let mut builder = Builder::new(reading, prepared);
        builder.run();
        let dropped_groups = builder.correlator.dropped();
        let first = earlier.map_or(1, Earlier::next_alert);
        let Builder { book, counted, .. } = builder;
        let (mut new, order) = book.finish(first);
        let known_good = &prepared.lists().indicators.known_good;
        known_good.untie(&mut new);
        let matches = counted
            .into_iter()
            .map(|(meta, found, place)| Counted { meta, found, alert: new[order[place]].id.clone() })
            .collect();
        let mut alerts = new;
        let mut known = BTreeMap::new();
        if let Some(earlier) = earlier {
            known = earlier.incident_of_alert();
            alerts.extend(earlier.alerts.iter().cloned());
            alerts.sort_by(|a, b| (a.first_seen, &a.id).cmp(&(b.first_seen, &b.id)));
        }
        reading.addresses.tie(&mut alerts);
        let joined = join(&alerts);
        let context = |kind, value: &str| {
            let address = (kind == EntityKind::Address).then(|| value.parse().ok()).flatten();
            let network = address.and_then(|address| enrichment.network(address));
            Context { known_good: known_good.lists(kind, value), network }
        };
        let incidents = incidents_with(&mut alerts, &joined, &known, &context);
        Case { alerts, incidents, matches, dropped_groups }
    }
}

struct Builder<'r> {
    reading: &'r Reading,
    prepared: &'r Prepared,
    book: AlertBook,
    correlator: Correlator,
    counted: Vec<(Arc<Meta>, usize, usize)>,
    /// By firing: its alert, and whether the alert is about all that was counted.
    firings: HashMap<FiringId, (usize, bool)>,
}

impl<'r> Builder<'r> {
    fn new(reading: &'r Reading, prepared: &'r Prepared) -> Builder<'r> {
        let rules = prepared.rules();
        Builder {
            reading,
            prepared,
            book: AlertBook::default(),
            correlator: Correlator::new(rules, Limits::default()),
            counted: Vec::new(),
            firings: HashMap::new(),
        }
    }

    fn run(&mut self) {
        let reading = self.reading;
        let mut order: Vec<usize> = (0..reading.matches.len()).collect();
        let key = |at: usize| {
            let (source, found) = &reading.matches[at];
            (found.event.time.map(|time| time.at), *source, found.record, found.rule().unwrap_or(u32::MAX))
        };
        order.sort_by_key(|&at| key(at));
        let mut outcomes = Vec::new();
        for at in order {
            let (_, found) = &reading.matches[at];
            let meta = match &found.cause {
                Cause::Rule(rule) => {
                    let rule = &self.prepared.rules().rules[*rule as usize];
                    rule.reported.then(|| Arc::clone(&rule.meta))
                }
                Cause::Indicator(meta) => Some(Arc::clone(meta)),
            };
            if let Some(meta) = meta {
                let place = self.book.add(&meta, &self.found(at));
                self.counted.push((meta, at, place));
            }
            let rule = found.rule().filter(|rule| self.correlator.takes(*rule));
            if let (Some(rule), Some(time)) = (rule, found.event.time) {
                self.correlate(at, rule, found, time.at, &mut outcomes);
            }
        }
        self.correlator.finish(&mut outcomes);
        self.take(&mut outcomes);
    }

    fn correlate(
        &mut self,
        at: usize,
        rule: u32,
        found: &Match,
        time: Timestamp,
        outcomes: &mut Vec<Outcome>,
    ) {
        let values: Vec<Option<&str>> = found.values.iter().map(Option::as_deref).collect();
        let handle = at as u64;
        let seen = Seen { rule, at: time, count: found.event.repeated, handle, values: &values };
        self.correlator.push(&seen, outcomes);
        self.take(outcomes);
    }

    fn take(&mut self, outcomes: &mut Vec<Outcome>) {
        for outcome in outcomes.drain(..) {
            match outcome {
                Outcome::Fired(firing)
                    if !self.prepared.rules().correlations[firing.correlation as usize].reported => {}
                Outcome::Fired(firing) => {
                    let meta =
                        Arc::clone(&self.prepared.rules().correlations[firing.correlation as usize].meta);
                    let completed = usize::try_from(firing.completed_by).unwrap_or(usize::MAX);
                    let place = self.book.add_firing(
                        &meta,
                        &firing.group,
                        firing.at,
                        firing.events,
                        self.found(completed).event.failed,
                    );
                    self.counted.push((meta, completed, place));
                    // The record that completed it comes first: it says most.
                    self.book.support(place, &self.found(completed), true);
                    let counts = self.counts(firing.correlation);
                    for member in firing.members.into_iter().filter(|member| *member != firing.completed_by) {
                        let member = usize::try_from(member).unwrap_or(usize::MAX);
                        self.book.support(place, &self.found(member), counts);
                    }
                    self.firings.insert(firing.id, (place, counts));
                }
                Outcome::Extended { firing, count, handle, .. } => {
                    if let Some(&(place, counts)) = self.firings.get(&firing) {
                        let member = usize::try_from(handle).unwrap_or(usize::MAX);
                        self.book.extend(place, u64::from(count));
                        self.book.support(place, &self.found(member), counts);
                    }
                }
            }
        }
    }

    /// Whether the correlation counts like things, rather than awaiting one after the other.
    fn counts(&self, correlation: u32) -> bool {
        !self.prepared.rules().correlations[correlation as usize].kind.awaits()
    }

    fn found(&self, at: usize) -> Found<'r> {
        let (source, found) = &self.reading.matches[at];
        let source = &self.reading.sources[*source];
        Found {
            file: &source.path,
            record: found.record,
            event: &found.event,
            fields: &found.fields,
            host: source.inferred_host.as_deref(),
        }
    }
}

//! From matches to alerts and incidents.

use super::earlier::Earlier;
use super::engine::Prepared;
use super::reading::Reading;
use cofferdam_detect::correlation::{
    Alert, Casework, Context, Found, Incident, Matches, Noted, Order, incidents_with, join,
};
use cofferdam_detect::enrichment::Enrichment;
use cofferdam_detect::rule::{Meta, RuleSet};
use cofferdam_vocabulary::EntityKind;
use std::collections::BTreeMap;
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
        let (casework, taken) = judge(reading, prepared.rules());
        let dropped_groups = casework.dropped_groups();
        let first = earlier.map_or(1, Earlier::next_alert);
        let (mut new, order) = casework.into_book().finish(first);
        let known_good = &prepared.lists().indicators.known_good;
        known_good.untie(&mut new);
        let alert = |place: usize| new[order[place]].id.clone();
        let matches = { taken.into_iter() }
            .map(|Taken { meta, found, place }| Counted { meta, found, alert: alert(place) })
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

/// The matches in the order of time, each judged after those before it.
fn judge(reading: &Reading, rules: &RuleSet) -> (Casework, Vec<Taken>) {
    let mut order: Vec<usize> = (0..reading.matches.len()).collect();
    let key = |at: usize| {
        let (source, found) = &reading.matches[at];
        (found.event.time.map(|time| time.at), *source, found.record, found.rule().unwrap_or(u32::MAX))
    };
    order.sort_by_key(|&at| key(at));
    let mut casework = Casework::new(rules);
    let mut taken = Vec::new();
    let mut note = |noted: Noted<'_>| {
        if let Noted::Counted { meta, handle, place } = noted {
            taken.push(Taken { meta: Arc::clone(meta), found: index(handle), place: index(place) });
        }
    };
    for at in order {
        let found = &reading.matches[at].1;
        let order = Order { handle: at as u64, at: found.event.time.map(|time| time.at), found };
        casework.take(rules, order, reading, &mut note);
    }
    casework.finish(rules, reading, &mut note);
    (casework, taken)
}

/// A match and the place of the alert that counts it.
struct Taken {
    meta: Arc<Meta>,
    found: usize,
    place: usize,
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Matches for Reading {
    fn found(&self, handle: u64) -> Option<Found<'_>> {
        let (source, found) = self.matches.get(index(handle))?;
        let source = self.sources.get(*source)?;
        Some(Found {
            file: &source.path,
            record: found.record,
            event: &found.event,
            fields: &found.fields,
            host: source.inferred_host.as_deref(),
        })
    }
}

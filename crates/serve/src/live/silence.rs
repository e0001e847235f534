//! Sources that send less than they should: what nobody sees is a finding.

use crate::intake::Source;
use crate::server::Server;
use cofferdam_journal::Personal;
use cofferdam_journal::alert::{AlertReport, AlertSource, AlertStatus, Count, Rule};
use cofferdam_vocabulary::{Level, SourceName, Tactic};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The rule that fires.
pub const SOURCE_SILENT: &str = "cofferdam-source-silent";
/// Whole minutes over which events are counted.
const MINUTES: u8 = 5;

/// Who was silent when it was last looked.
#[derive(Default)]
pub struct Silence {
    known: BTreeMap<SourceName, State>,
}

#[derive(Clone, Copy)]
struct State {
    /// Since when it is counted.
    since: Timestamp,
    is_silent: bool,
}

/// A source fell silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fell {
    /// Which.
    pub source: SourceName,
    /// Events in the last minutes.
    pub came: u64,
    /// How many there should have been.
    pub expected: u64,
}

impl Silence {
    /// Sources that fell silent since it was last looked. Each has a few minutes after it is first seen.
    pub fn look(&mut self, sources: &[Arc<Source>], now: Timestamp) -> Vec<Fell> {
        self.known.retain(|name, _| sources.iter().any(|source| source.name == *name));
        let mut fell = Vec::new();
        for source in sources {
            let state = self.known.entry(source.name).or_insert(State { since: now, is_silent: false });
            let watched = now.duration_since(state.since) > SignedDuration::from_mins(i64::from(MINUTES) + 1);
            let Some(expected) = source.terms.expected.filter(|_| watched) else { continue };
            let expected = u64::from(expected) * u64::from(MINUTES);
            let came = source.counters.in_last(MINUTES, now);
            let was_silent = std::mem::replace(&mut state.is_silent, came < expected);
            if state.is_silent && !was_silent {
                fell.push(Fell { source: source.name, came, expected });
            }
        }
        fell
    }
}

/// Tells everybody who sees alerts.
pub async fn raise(server: &Arc<Server>, fell: &Fell, now: Timestamp) {
    let Fell { source, came, expected } = fell;
    tracing::warn!(%source, came, expected, "a source fell silent");
    let title =
        format!("Source {source} fell silent: {came} of at least {expected} events in {MINUTES} minutes");
    let report = AlertReport {
        rule: Rule { id: SOURCE_SILENT.to_owned(), title: Personal::of(&title) },
        level: Level::Medium,
        tactics: vec![Tactic::DefenseEvasion],
        techniques: Vec::new(),
        entities: [].into(),
        records: Vec::new(),
        count: Count {
            matches: 1,
            occurrences: 1,
            first_seen: Some(now),
            last_seen: Some(now),
            attempt: false,
        },
        source: AlertSource::Rule,
        status: AlertStatus::Open,
        dedup: None,
    };
    // That it failed is logged.
    let _ = server.raise_alert(server.program(), report).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::{Kind, Terms};

    #[test]
    fn silence_is_told_once_until_it_ends() {
        let terms = Terms { expected: Some(10), ..Terms::default() };
        let name = SourceName::parse("web").unwrap();
        let source = Arc::new(Source::configured(name, Kind::Events, terms));
        let sources = [Arc::clone(&source)];
        let mut silence = Silence::default();
        let mut told = Vec::new();
        for minute in 0..40_i64 {
            let now = Timestamp::from_second(1_700_000_000 - 1_700_000_000 % 60 + minute * 60).unwrap();
            // It sends enough in the beginning, nothing for a while, and little too long ago to be seen.
            let count = if (10..20).contains(&minute) || minute > 30 { 0 } else { 12 };
            source.counters.accepted(count, 0, 0, now);
            told.extend(
                silence.look(&sources, now).into_iter().map(|fell| (minute, fell.came, fell.expected)),
            );
        }
        assert_eq!(told, [(11, 48, 50), (32, 48, 50)]);
        let quiet = Arc::new(Source::configured(name, Kind::Events, Terms::default()));
        let later = Timestamp::from_second(1_800_000_000).unwrap();
        assert!(Silence::default().look(&[quiet], later).is_empty(), "nothing is expected of it");
    }
}

//! The answer as it is sent.

use cofferdam_detect::activity::{Answer, Covered, Example, Gap, HourSeen, Seen};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Who was seen with something, and what was looked at.
#[derive(Serialize, ToSchema)]
pub struct ActivityView {
    /// What it is.
    #[schema(example = "account")]
    kind: &'static str,
    /// Which one, in the form in which it is kept.
    #[schema(example = "svc-backup")]
    value: String,
    /// From then on, by whole hours.
    from: Timestamp,
    /// Until then.
    to: Timestamp,
    /// Events that name it.
    events: u64,
    /// Hosts that were seen with it.
    hosts: SeenView,
    /// Accounts.
    accounts: SeenView,
    /// Login sessions, each as its host and its number there.
    sessions: SeenView,
    /// Hours with such events, the first first.
    hours: Vec<HourView>,
    /// Since when anything is known, of the last seven days; none when nothing is.
    since: Option<Timestamp>,
    /// What was looked at: where a source said nothing, nobody knows.
    sources: Vec<CoveredView>,
    /// There was too much to remember, and something that was seen in this time may have been forgotten.
    forgotten: bool,
    /// Events that were taken in and not looked at yet.
    unread: u64,
}

/// Different values.
#[derive(Serialize, ToSchema)]
pub struct SeenView {
    /// How many.
    count: u64,
    /// The number is exact, and no estimate with an error of some 6.5 per cent.
    exact: bool,
    /// The first of them, at most sixteen.
    #[schema(value_type = Vec<String>)]
    names: Vec<Arc<str>>,
}

/// One hour.
#[derive(Serialize, ToSchema)]
pub struct HourView {
    /// When it begins.
    hour: Timestamp,
    /// Events that name it.
    events: u64,
    /// Hosts that were seen with it.
    hosts: SeenView,
    /// Accounts.
    accounts: SeenView,
    /// Login sessions.
    sessions: SeenView,
    /// Up to three records.
    examples: Vec<ExampleView>,
}

/// A record.
#[derive(Serialize, ToSchema)]
pub struct ExampleView {
    /// When it happened.
    at: Timestamp,
    /// The source.
    #[schema(value_type = String, example = "web-logs")]
    source: Arc<str>,
    /// Its number in the spool.
    record: u64,
}

/// What a source covered.
#[derive(Serialize, ToSchema)]
pub struct CoveredView {
    /// Its name; empty for all beyond the thousandth.
    #[schema(value_type = String, example = "web-logs")]
    source: Arc<str>,
    /// The first hour with an event of it, of the last seven days.
    since: Timestamp,
    /// The end of the last hour with an event of it.
    until: Timestamp,
    /// Its events in the asked time.
    events: u64,
    /// Hours of the asked time, after its first, in which it said nothing.
    gaps: Vec<GapView>,
}

/// A time in which a source said nothing.
#[derive(Serialize, ToSchema)]
pub struct GapView {
    /// From then.
    from: Timestamp,
    /// Until then.
    to: Timestamp,
}

impl ActivityView {
    /// Of this answer about this time.
    pub fn of(answer: Answer, (from, to): (Timestamp, Timestamp), unread: u64) -> ActivityView {
        ActivityView {
            kind: answer.kind.as_str(),
            value: answer.value,
            from,
            to,
            events: answer.events,
            hosts: answer.hosts.into(),
            accounts: answer.accounts.into(),
            sessions: answer.sessions.into(),
            hours: answer.hours.into_iter().map(HourView::from).collect(),
            since: answer.since,
            sources: answer.covered.into_iter().map(CoveredView::from).collect(),
            forgotten: answer.forgotten,
            unread,
        }
    }
}

impl From<Seen> for SeenView {
    fn from(Seen { count, exact, names }: Seen) -> SeenView {
        SeenView { count, exact, names }
    }
}

impl From<HourSeen> for HourView {
    fn from(HourSeen { hour, events, hosts, accounts, sessions, examples }: HourSeen) -> HourView {
        let examples = examples.into_iter().map(ExampleView::from).collect();
        HourView {
            hour,
            events,
            hosts: hosts.into(),
            accounts: accounts.into(),
            sessions: sessions.into(),
            examples,
        }
    }
}

impl From<Example> for ExampleView {
    fn from(Example { at, source, record }: Example) -> ExampleView {
        ExampleView { at, source, record }
    }
}

impl From<Covered> for CoveredView {
    fn from(Covered { source, since, until, events, gaps }: Covered) -> CoveredView {
        CoveredView { source, since, until, events, gaps: gaps.into_iter().map(GapView::from).collect() }
    }
}

impl From<Gap> for GapView {
    fn from(Gap { from, to }: Gap) -> GapView {
        GapView { from, to }
    }
}

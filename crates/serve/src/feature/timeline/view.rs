//! Timelines as clients read them.

use crate::ledger::{ActorView, plain_text};
use cofferdam_journal::incident::{Incident, MomentNumber};
use cofferdam_journal::view::AlertRow;
use cofferdam_journal::{Aggregate, Entry, Fact, Personal};
use cofferdam_vocabulary::{AlertId, TechniqueId};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The timeline of an incident.
#[derive(Serialize, ToSchema)]
pub struct Timeline {
    /// What happened, the first first.
    items: Vec<TimelineItem>,
}

/// Something that happened.
#[derive(Clone, Serialize, ToSchema)]
pub struct TimelineItem {
    /// When it happened.
    at: Timestamp,
    /// When it was recorded.
    recorded: Timestamp,
    /// `moment` when people put it there, `alert` when detection saw it, `response` when it is a step of the response.
    #[schema(example = "moment")]
    kind: &'static str,
    /// What happened; `null` when it was erased.
    what: Option<String>,
    /// Who recorded it; none of alerts.
    by: Option<ActorView>,
    /// The number of a moment.
    moment: Option<u64>,
    /// How often the moment was recorded; to be sent back as `base` by whoever changes it.
    revision: Option<u64>,
    /// The technique that it shows.
    #[schema(value_type = Option<String>, example = "T1110.001")]
    technique: Option<TechniqueId>,
    /// It belongs in every short account of the incident.
    pinned: bool,
    /// The moment of which it is a part.
    parent: Option<u64>,
    /// The alert.
    #[schema(value_type = Option<String>, example = "ALR-000017")]
    alert: Option<AlertId>,
}

impl Timeline {
    /// Out of the entries of an incident and the rows of its alerts.
    pub fn of(entries: &[Entry], alerts: &[AlertRow]) -> Timeline {
        let mut items = moments(entries);
        items.extend(alerts.iter().map(alert));
        items.extend(entries.iter().filter_map(step));
        items.sort_by_key(|item| (item.at, item.recorded));
        Timeline { items }
    }

    /// One moment of it.
    pub fn moment(entries: &[Entry], number: MomentNumber) -> Option<TimelineItem> {
        moments(entries).into_iter().find(|item| item.moment == Some(number.0))
    }
}

fn moments(entries: &[Entry]) -> Vec<TimelineItem> {
    let incident = Incident::replay(entries.iter().map(|entry| &entry.fact));
    let mut first: BTreeMap<MomentNumber, &Entry> = BTreeMap::new();
    for entry in entries {
        if let Fact::MomentAdded { moment, .. } = &entry.fact {
            first.entry(*moment).or_insert(entry);
        }
    }
    let item = |(number, entry): (&MomentNumber, &&Entry)| {
        let moment = incident.moments.get(number)?;
        Some(TimelineItem {
            at: moment.spec.at,
            recorded: entry.head.time,
            kind: "moment",
            what: plain_text(&moment.spec.what),
            by: Some(ActorView::of(&entry.actor)),
            moment: Some(number.0),
            revision: Some(moment.revision),
            technique: moment.spec.technique.clone(),
            pinned: moment.spec.pinned,
            parent: moment.spec.parent.map(|parent| parent.0),
            alert: None,
        })
    };
    first.iter().filter_map(item).collect()
}

fn alert(row: &AlertRow) -> TimelineItem {
    TimelineItem {
        at: row.count.first_seen.unwrap_or(row.raised),
        recorded: row.raised,
        kind: "alert",
        what: plain_text(&row.title),
        by: None,
        moment: None,
        revision: None,
        technique: None,
        pinned: false,
        parent: None,
        alert: Some(row.id),
    }
}

/// A step of the response that whoever reads the timeline wants to see.
fn step(entry: &Entry) -> Option<TimelineItem> {
    let text = |reason: &Personal| plain_text(reason).map(|reason| format!(": {reason}")).unwrap_or_default();
    let what = match &entry.fact {
        Fact::IncidentOpened { .. } => "the incident was opened".to_owned(),
        Fact::IncidentDeclared { reason } => format!("declared{}", text(reason)),
        Fact::SeverityDecided(assessment) => {
            format!("severity {}{}", assessment.level, text(&assessment.reason))
        }
        Fact::CommanderNamed { user } => format!("{user} leads"),
        Fact::CommanderRelieved => "nobody leads".to_owned(),
        Fact::DecisionMade { decision, ruling, reason } => {
            format!("decision {decision} {ruling}{}", text(reason))
        }
        Fact::PhaseEntered { phase, .. } => format!("the response entered {phase}"),
        Fact::IncidentClosed { resolution, .. } => format!("closed as {resolution}"),
        Fact::IncidentReopened { reason } => format!("opened again{}", text(reason)),
        _ => return None,
    };
    Some(TimelineItem {
        at: entry.head.time,
        recorded: entry.head.time,
        kind: "response",
        what: Some(what),
        by: Some(ActorView::of(&entry.actor)),
        moment: None,
        revision: None,
        technique: None,
        pinned: false,
        parent: None,
        alert: None,
    })
}

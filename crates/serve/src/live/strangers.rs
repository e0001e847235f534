//! Alerts that are in the journal and came of no event: people's reports, what the server says itself, and what
//! products tell of in their own words. They are joined with the others by what they name.

use crate::ledger::is_quoted;
use crate::server::{BREAK_GLASS_USED, Server};
use cofferdam_detect::correlation::RuleHead;
use cofferdam_detect::live::{ForeignAlert, Live};
use cofferdam_journal::StreamId;
use cofferdam_journal::alert::{Alert, AlertReport, AlertSource, AlertStatus};
use cofferdam_journal::view::AlertRow;
use cofferdam_vocabulary::{AlertId, Entity};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;

/// How the key of such an alert begins; its id follows.
const KEY: &str = "journal\u{1f}";
/// What is older than this is joined with nothing.
const HORIZON: SignedDuration = SignedDuration::from_hours(26);

/// Finds such alerts.
#[derive(Default)]
pub struct Strangers {
    /// All alerts up to this one were looked at.
    seen: Option<AlertId>,
}

/// The id of an alert of the journal's own, by its key in the engine.
pub fn id(dedup: &str) -> Option<AlertId> {
    AlertId::parse(dedup.strip_prefix(KEY)?).ok()
}

impl Strangers {
    /// Hands the engine what is new and not of these. An alert that cannot be read is told and left alone.
    pub fn look(&mut self, server: &Server, live: &mut Live, own: &HashSet<AlertId>, now: Timestamp) {
        let last = server.lists.last_alert();
        if last == self.seen {
            return;
        }
        let since = now.checked_sub(HORIZON).unwrap_or(Timestamp::MIN);
        for row in server.lists.alerts_after(self.seen) {
            let is_recent = row.count.last_seen.unwrap_or(row.raised) >= since;
            // What `investigate` found is in incidents already, or in none for good reason.
            let is_one = matches!(row.source, AlertSource::Report(_))
                || row.rule == BREAK_GLASS_USED
                || is_quoted(&row) && row.hidden.is_none() && !row.dismissed;
            if !is_one || own.contains(&row.id) || row.merged_into.is_some() || !is_recent {
                continue;
            }
            match server.ledger.store().journal.state::<Alert>(StreamId::Alert(row.id)) {
                Ok((alert, _)) => {
                    if let Some(known) = alert.known.filter(|known| known.status == AlertStatus::Open) {
                        live.put(foreign(&row, &known));
                    }
                }
                Err(error) => tracing::warn!(alert = %row.id, failure = %error, "an alert cannot be read"),
            }
        }
        self.seen = last;
    }
}

fn foreign(row: &AlertRow, known: &AlertReport) -> ForeignAlert {
    let entities = known.entities.iter().filter_map(|entity| {
        Some(Entity { kind: entity.kind, value: entity.value.known()?.to_owned(), role: entity.role })
    });
    let title = known.rule.title.known().unwrap_or(&known.rule.id);
    let first = known.count.first_seen.unwrap_or(row.raised);
    ForeignAlert {
        dedup: format!("{KEY}{}", row.id),
        rule: RuleHead { id: known.rule.id.as_str().into(), title: title.into(), level: known.level },
        level: known.level,
        first_seen: first,
        last_seen: known.count.last_seen.unwrap_or(first),
        count: known.count.matches,
        tactics: known.tactics.clone(),
        techniques: known.techniques.clone(),
        entities: entities.collect(),
        source: known.source.as_str().into(),
        record: 0,
        what: title.to_owned(),
        attempt: known.count.attempt,
        product: None,
        closed: false,
    }
}

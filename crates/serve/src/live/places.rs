//! Tells the engine where people say that alerts belong.

use crate::ledger::Lists;
use cofferdam_detect::live::Live;
use cofferdam_vocabulary::{AlertId, IncidentId};
use std::collections::HashMap;

/// What the engine was told.
#[derive(Default)]
pub struct Places {
    /// How often something had been recorded that says where alerts belong.
    looked_at: Option<u64>,
    /// By the engine's number, for each alert that it was told of.
    told: HashMap<u64, Option<Option<IncidentId>>>,
}

impl Places {
    /// Whether there is something to tell, when the engine has so many alerts.
    pub fn are_behind(&self, lists: &Lists, alerts: usize) -> bool {
        self.looked_at != Some(lists.placings()) || self.told.len() != alerts
    }

    /// Tells what is new of these alerts, by their numbers: all of them when people said something since, and else
    /// those that the engine found since.
    pub fn tell(&mut self, lists: &Lists, live: &mut Live, alerts: impl Iterator<Item = (u64, AlertId)>) {
        let placings = lists.placings();
        let is_anew = self.looked_at.replace(placings) != Some(placings);
        for (number, alert) in alerts {
            let known = self.told.get(&number).copied();
            if known.is_some() && !is_anew {
                continue;
            }
            let placed = lists.placed(alert);
            self.told.insert(number, placed);
            match (known.flatten(), placed) {
                (before, now) if before == now => {}
                (_, Some(incident)) => live.pin(number, incident.map(|id| id.to_string()).as_deref()),
                (_, None) if lists.hidden(alert).is_some() => live.pin(number, None),
                (_, None) => live.unpin(number),
            }
        }
    }

    /// The alert is there no more.
    pub fn forget(&mut self, live: &mut Live, number: u64) {
        if self.told.remove(&number).flatten().is_some() {
            live.unpin(number);
        }
    }
}

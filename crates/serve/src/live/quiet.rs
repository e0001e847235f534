//! Alerts that exceptions hide are joined with no others, as long as they are hidden.

use crate::ledger::Lists;
use crate::server::Server;
use cofferdam_detect::live::Live;
use cofferdam_journal::alert::AlertReport;
use cofferdam_vocabulary::AlertId;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashSet};

/// Alerts of the engine, by its numbers.
#[derive(Default)]
pub struct Quiet {
    /// What was looked at when it was new, and is not recorded yet.
    judged: HashSet<u64>,
    /// What was kept out of incidents, with what the journal calls it once it does.
    kept_out: BTreeMap<u64, Option<AlertId>>,
}

impl Quiet {
    /// Whether an alert was looked at.
    pub fn has_judged(&self, number: u64) -> bool {
        self.judged.contains(&number)
    }

    /// Looks at an alert that is new to the engine, and keeps it out of all incidents when it is hidden: as the journal
    /// says, where that has it from before, and else as exceptions do now. Whether it is.
    pub fn judge(
        &mut self,
        server: &Server,
        live: &mut Live,
        (number, known): (u64, Option<AlertId>),
        report: &AlertReport,
        now: Timestamp,
    ) -> bool {
        self.judged.insert(number);
        let is_hidden = match known {
            Some(id) => server.lists.hidden(id).is_some(),
            None => server.exceptions.hiding(report, now).is_some(),
        };
        if is_hidden {
            live.pin(number, None);
            self.kept_out.insert(number, known);
        }
        is_hidden
    }

    /// Alerts were recorded under these ids.
    pub fn recorded(&mut self, id: impl Fn(u64) -> Option<AlertId>) {
        self.judged.retain(|number| id(*number).is_none());
        for (number, known) in &mut self.kept_out {
            *known = known.or_else(|| id(*number));
        }
    }

    /// The engine has an alert no more.
    pub fn forget(&mut self, number: u64) {
        self.judged.remove(&number);
        self.kept_out.remove(&number);
    }

    /// What came back is joined as others are.
    pub fn release(&mut self, lists: &Lists, live: &mut Live) {
        self.kept_out.retain(|number, known| {
            if live.alert(*number).is_none() {
                return false;
            }
            let Some(shown) = known.filter(|id| lists.hidden(*id).is_none()) else { return true };
            // Where people put it meanwhile, it stays.
            if lists.placed(shown).is_none() {
                live.unpin(*number);
            }
            false
        });
    }
}

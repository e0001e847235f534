//! Incidents that are like another one, and why.

use super::Server;
use super::look::Rarity;
use crate::access::Caller;
use crate::http::Problem;
use cofferdam_journal::incident::Incident;
use cofferdam_journal::view::{AlertRow, IncidentRow};
use cofferdam_journal::{Aggregate, Permission};
use cofferdam_vocabulary::{EntityKind, IncidentId};
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Incidents that are looked at, the last first.
const LOOKED_AT: usize = 500;
/// Incidents that are told.
const TOLD: usize = 20;

/// Something that two incidents have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Common {
    /// Both touch it.
    Thing(EntityKind, String),
    /// It raised alerts of both.
    Rule(String),
}

/// Incidents that are like another one.
#[derive(Debug, Default)]
pub struct SimilarIncidents {
    /// Incidents that were looked at.
    pub looked_at: u64,
    /// There were no more.
    pub complete: bool,
    /// Those that are most like it, at most 20, each with what it has in common with it, the rarest first.
    pub incidents: Vec<(IncidentRow, Vec<Common>)>,
}

type Rules = HashMap<IncidentId, BTreeSet<String>>;

impl Server {
    /// Incidents that are like one, of those that the caller sees: that touch the same, or have alerts of the same rules.
    /// What few have says more than what many have.
    ///
    /// # Errors
    ///
    /// 404 when there is no such incident for the caller, 500 when incidents cannot be read.
    pub async fn similar_incidents(
        self: &Arc<Self>,
        caller: &Caller,
        id: IncidentId,
    ) -> Result<SimilarIncidents, Problem> {
        let (_, entries) = self.sight(caller).object::<IncidentRow>(id).await?;
        let incident = Incident::replay(entries.iter().map(|entry| &entry.fact));
        let (mut rows, mut complete) = (Vec::new(), true);
        self.sight(caller).each::<IncidentRow>(|row| {
            if row.id == id || row.merged_into.is_some() {
                return ControlFlow::Continue(());
            }
            complete = rows.len() < LOOKED_AT;
            if !complete {
                return ControlFlow::Break(());
            }
            rows.push(row.clone());
            ControlFlow::Continue(())
        });
        let rules = self.rules_of(caller, rows.iter().map(|row| row.id).chain([id]));
        let own = has(id, &incident, &rules);
        let looked_at = rows.len() as u64;
        let likes = self.look_at(rows, move |row: IncidentRow, incident: &Incident| {
            let common: Vec<Common> = has(row.id, incident, &rules).intersection(&own).cloned().collect();
            (!common.is_empty()).then_some((row, common))
        });
        Ok(SimilarIncidents { looked_at, complete, incidents: ranked(likes.await?) })
    }

    /// Rules of the alerts that these incidents count and the caller sees; none for who may see no alerts.
    fn rules_of(&self, caller: &Caller, incidents: impl Iterator<Item = IncidentId>) -> Rules {
        let mut rules: Rules = incidents.map(|id| (id, BTreeSet::new())).collect();
        if caller.may(Permission::AlertsRead) {
            self.sight(caller).each::<AlertRow>(|row| {
                let counts = row.merged_into.is_none() && !row.dismissed && row.hidden.is_none();
                let of = row.incident.filter(|_| counts).and_then(|incident| rules.get_mut(&incident));
                if let Some(of) = of.filter(|of| !of.contains(&row.rule)) {
                    of.insert(row.rule.clone());
                }
                ControlFlow::Continue(())
            });
        }
        rules
    }
}

/// What an incident touches and which rules raised its alerts, as far as it is known.
fn has(id: IncidentId, incident: &Incident, rules: &Rules) -> BTreeSet<Common> {
    let scope = incident.known.iter().flat_map(|known| &known.scope);
    let things =
        scope.filter_map(|entity| Some(Common::Thing(entity.kind, entity.value.known()?.to_owned())));
    let rules = rules.get(&id).into_iter().flatten().cloned().map(Common::Rule);
    things.chain(rules).collect()
}

fn ranked(mut likes: Vec<(IncidentRow, Vec<Common>)>) -> Vec<(IncidentRow, Vec<Common>)> {
    let rarity = Rarity::of(likes.iter().flat_map(|(_, common)| common));
    let mut weighed: Vec<(f64, _)> =
        likes.drain(..).map(|(row, mut common)| (rarity.rank(&mut common), (row, common))).collect();
    weighed.sort_by(|(a_weight, (a, _)), (b_weight, (b, _))| {
        b_weight.total_cmp(a_weight).then_with(|| b.id.cmp(&a.id))
    });
    weighed.into_iter().take(TOLD).map(|(_, like)| like).collect()
}

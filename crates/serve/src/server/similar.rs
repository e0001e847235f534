//! Alerts that are like another one, and why.

use super::Server;
use super::look::Rarity;
use crate::access::Caller;
use crate::http::Problem;
use cofferdam_journal::alert::{Alert, Verdict};
use cofferdam_journal::view::AlertRow;
use cofferdam_journal::{Aggregate, Personal};
use cofferdam_vocabulary::{AlertId, EntityKind};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Alerts of the same rule or key that are looked at, the last first.
const OF_THE_RULE: usize = 1000;
/// Other alerts that are looked at, the last first.
const OTHERS: usize = 1000;
/// Alerts that are told.
const TOLD: usize = 20;

/// Something that two alerts are about.
pub type Shared = (EntityKind, String);

/// Alerts that are like another one.
#[derive(Debug, Default)]
pub struct Similar {
    /// Alerts that were looked at.
    pub looked_at: u64,
    /// There were no more.
    pub complete: bool,
    /// Those that are most like it, at most 20.
    pub alerts: Vec<Like>,
    /// How many of all that are like it people found to be what.
    pub verdicts: BTreeMap<Verdict, u64>,
}

/// An alert that is like another one.
#[derive(Debug)]
pub struct Like {
    /// Its row.
    pub row: AlertRow,
    /// The same rule raised it.
    pub same_rule: bool,
    /// It tells of the same, by its key.
    pub same_key: bool,
    /// What both are about, the rarest first.
    pub shared: Vec<Shared>,
}

impl Server {
    /// Alerts that are like one, of those that the caller sees: raised by the same rule, telling of the same, or about
    /// the same. What few are about says more than what many are.
    ///
    /// # Errors
    ///
    /// 404 when there is no such alert for the caller, 500 when alerts cannot be read.
    pub async fn similar(self: &Arc<Self>, caller: &Caller, id: AlertId) -> Result<Similar, Problem> {
        let (row, entries) = self.sight(caller).object::<AlertRow>(id).await?;
        let own = things(&Alert::replay(entries.iter().map(|entry| &entry.fact)));
        let (rows, complete) = self.candidates(caller, &row);
        let looked_at = rows.len() as u64;
        let likes = self.look_at(rows, move |other: AlertRow, alert: &Alert| {
            let shared: Vec<Shared> = things(alert).intersection(&own).cloned().collect();
            let same_rule = other.rule == row.rule;
            let same_key = other.dedup.is_some() && other.dedup == row.dedup;
            let is_like = same_rule || same_key || !shared.is_empty();
            is_like.then_some(Like { row: other, same_rule, same_key, shared })
        });
        Ok(Similar { looked_at, complete, ..Similar::of(likes.await?) })
    }

    /// Alerts that may be like one, and whether these are all.
    fn candidates(&self, caller: &Caller, row: &AlertRow) -> (Vec<AlertRow>, bool) {
        let (mut of_the_rule, mut others, mut complete) = (Vec::new(), Vec::new(), true);
        self.sight(caller).each::<AlertRow>(|other| {
            if other.id == row.id || other.merged_into.is_some() {
                return ControlFlow::Continue(());
            }
            let is_same = other.rule == row.rule || other.dedup.is_some() && other.dedup == row.dedup;
            let (list, most) = if is_same { (&mut of_the_rule, OF_THE_RULE) } else { (&mut others, OTHERS) };
            if list.len() < most {
                list.push(other.clone());
            } else {
                complete = false;
            }
            match of_the_rule.len() == OF_THE_RULE && others.len() == OTHERS && !complete {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        of_the_rule.append(&mut others);
        (of_the_rule, complete)
    }
}

impl Similar {
    fn of(likes: Vec<Like>) -> Similar {
        let rarity = Rarity::of(likes.iter().flat_map(|like| &like.shared));
        let mut verdicts = BTreeMap::new();
        for verdict in likes.iter().filter_map(|like| like.row.verdict) {
            *verdicts.entry(verdict).or_default() += 1;
        }
        let weighed = |mut like: Like| (rarity.rank(&mut like.shared), like);
        let mut ranked: Vec<(f64, Like)> = likes.into_iter().map(weighed).collect();
        ranked.sort_by(|(a_weight, a), (b_weight, b)| {
            let key = b.same_key.cmp(&a.same_key);
            let shared = key.then_with(|| b_weight.total_cmp(a_weight));
            let rule = shared.then_with(|| b.same_rule.cmp(&a.same_rule));
            rule.then_with(|| b.row.id.cmp(&a.row.id))
        });
        let alerts = ranked.into_iter().take(TOLD).map(|(_, like)| like).collect();
        Similar { alerts, verdicts, ..Similar::default() }
    }
}

/// What an alert is about, as far as it is known.
fn things(alert: &Alert) -> BTreeSet<Shared> {
    let entities = alert.known.iter().flat_map(|known| &known.entities);
    let thing = |value: &Personal, kind| value.known().map(|value| (kind, value.to_owned()));
    entities.filter_map(|entity| thing(&entity.value, entity.kind)).collect()
}

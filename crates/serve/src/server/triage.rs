//! What people make of alerts, many in one commit, and how it is taken back.

use super::Server;
use crate::access::Caller;
use crate::http::Problem;
use crate::ledger::{Draft, Order, Wanted};
use cofferdam_journal::alert::{Alert, AlertIntent, Judgement, Triage};
use cofferdam_journal::filter::Filter;
use cofferdam_journal::view::AlertRow;
use cofferdam_journal::{Entry, Personal, StreamId};
use cofferdam_store::{StorageError, entries};
use cofferdam_vocabulary::{AlertId, UserId};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Alerts that are changed at once.
const AT_ONCE: usize = 20_000;

/// What is done with an alert.
#[derive(Clone, Debug)]
pub enum Act {
    /// Somebody works on it.
    Assign {
        /// Who.
        to: UserId,
    },
    /// Nobody does for now.
    Release,
    /// It was found to be this.
    Judge(Judgement),
    /// What was found is taken back.
    Reopen {
        /// Why.
        reason: Personal,
    },
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Triaged {
    /// Alerts that were meant.
    pub matched: u64,
    /// Of those, how many are otherwise now.
    pub changed: u64,
    /// Those that could not be changed.
    pub refused: Vec<Refused>,
    /// The entries that say so; none when nothing was recorded.
    pub entries: Option<Range<u64>>,
}

/// An alert that could not be changed.
#[derive(Debug)]
pub struct Refused {
    /// Which.
    pub alert: AlertId,
    /// Why.
    pub why: String,
}

impl Act {
    fn intent(&self) -> AlertIntent {
        match self {
            Act::Assign { to } => AlertIntent::Assign { to: *to },
            Act::Release => AlertIntent::Release,
            Act::Judge(judgement) => AlertIntent::Judge(judgement.clone()),
            Act::Reopen { reason } => AlertIntent::Reopen { reason: reason.clone() },
        }
    }
}

impl Server {
    /// Does something with all alerts that the filter takes and the caller sees, in one commit. With `dry_run` it is
    /// only said what would come of it.
    ///
    /// # Errors
    ///
    /// 409 when there are too many, 500 when it cannot be recorded.
    pub async fn triage(
        self: &Arc<Self>,
        caller: &Caller,
        filter: Filter<AlertRow>,
        act: Act,
        dry_run: bool,
    ) -> Result<Triaged, Problem> {
        let (server, caller) = (Arc::clone(self), caller.clone());
        Server::whole(async move {
            // Nobody restricts any of them between the look at them and the change.
            let _changing = server.ledger.changing.lock().await;
            let alerts = server.meant(&caller, &filter)?;
            let is_there = |alert: &AlertId| match act {
                Act::Assign { to } => server.need.allows(to, StreamId::Alert(*alert)),
                _ => true,
            };
            let (seen, unseen): (Vec<AlertId>, Vec<AlertId>) = alerts.into_iter().partition(is_there);
            let unseen = unseen
                .into_iter()
                .map(|alert| Refused { alert, why: "whoever is named does not see the alert".to_owned() });
            let unseen: Vec<Refused> = unseen.collect();
            let intents = seen.into_iter().map(|alert| (alert, act.intent())).collect();
            let mut triaged = server.carry_out(&caller, intents, dry_run).await?;
            triaged.matched += unseen.len() as u64;
            triaged.refused.extend(unseen);
            Ok(triaged)
        })
        .await
    }

    /// Takes back what these entries say was done with alerts, as far as the caller sees them.
    ///
    /// # Errors
    ///
    /// 404 when none of them does, 409 when there are too many, 500 when it cannot be recorded.
    pub async fn undo_triage(
        self: &Arc<Self>,
        caller: &Caller,
        range: Range<u64>,
    ) -> Result<Triaged, Problem> {
        let look = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        if look > AT_ONCE {
            let detail = format!("at most {AT_ONCE} entries are taken back at once");
            return Err(Problem::conflict().detail(detail));
        }
        let (server, caller) = (Arc::clone(self), caller.clone());
        Server::whole(async move {
            let _changing = server.ledger.changing.lock().await;
            let is_triage = |entry: &Entry| Triage::default().after(&entry.fact).is_some();
            let sight = server.sight(&caller);
            let (found, _) = sight.entries(range.start, look, look, is_triage).await?;
            // The first and the last version that each alert got there.
            let mut done: BTreeMap<AlertId, (u64, u64)> = BTreeMap::new();
            for head in found.iter().map(|entry| &entry.head) {
                if let StreamId::Alert(alert) = head.stream {
                    done.entry(alert).or_insert((head.version, head.version)).1 = head.version;
                }
            }
            if done.is_empty() {
                return Err(Problem::not_found());
            }
            let intents = server.taken_back(done).await?;
            server.carry_out(&caller, intents, false).await
        })
        .await
    }

    /// The alerts that a filter takes and somebody sees.
    fn meant(self: &Arc<Self>, caller: &Caller, filter: &Filter<AlertRow>) -> Result<Vec<AlertId>, Problem> {
        let wanted = Wanted { filter, order: Order::Oldest, after: None, limit: AT_ONCE };
        let (rows, more) = self.sight(caller).page::<AlertRow>(&wanted);
        if more {
            let detail = format!("the filter takes more than {AT_ONCE} alerts");
            return Err(Problem::conflict().detail(detail).help("narrow it, or do it in several steps"));
        }
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// What takes back what was done from the first to the last of these versions of each alert.
    async fn taken_back(
        self: &Arc<Self>,
        done: BTreeMap<AlertId, (u64, u64)>,
    ) -> Result<Vec<(AlertId, AlertIntent)>, Problem> {
        let read = self.ledger.run(move |ledger| {
            ledger.store().journal.read(|reader| {
                let intents = done.into_iter().map(|(alert, (first, last))| {
                    let (mut from, mut to) = (Triage::default(), Triage::default());
                    for entry in entries(reader, StreamId::Alert(alert))? {
                        if entry.head.version <= last {
                            from = from.after(&entry.fact).unwrap_or(from);
                        }
                        if entry.head.version < first {
                            to = to.after(&entry.fact).unwrap_or(to);
                        }
                    }
                    Ok((alert, AlertIntent::Restore { from, to }))
                });
                intents.collect::<Result<Vec<_>, StorageError>>()
            })
        });
        let failed = |error: &dyn std::error::Error| Problem::from_failure("alerts cannot be read", &error);
        match read.await {
            Ok(intents) => intents.map_err(|error| failed(&error)),
            Err(what) => Err(failed(&StorageError::Io { what })),
        }
    }

    /// Carries an intent of each alert through, all in one commit.
    async fn carry_out(
        self: &Arc<Self>,
        caller: &Caller,
        intents: Vec<(AlertId, AlertIntent)>,
        dry_run: bool,
    ) -> Result<Triaged, Problem> {
        let actor = caller.actor();
        let write = move |draft: &mut Draft<'_>| {
            let mut triaged = Triaged { matched: intents.len() as u64, ..Triaged::default() };
            for (alert, intent) in &intents {
                let intent = || vec![intent.clone()];
                let changes = draft.ask::<Alert>(StreamId::Alert(*alert), &actor, |_| intent())?;
                triaged.changed += u64::from(changes);
            }
            triaged.refused = draft.refused.drain(..).filter_map(refused).collect();
            if dry_run {
                draft.discard();
            }
            Ok(triaged)
        };
        let done = self.ledger.run(move |ledger| ledger.together(write)).await.and_then(|done| done);
        let failed = |what| Problem::from_failure("alerts cannot be changed", &StorageError::Io { what });
        let (triaged, entries) = done.map_err(failed)?;
        Ok(Triaged { entries, ..triaged })
    }
}

fn refused((stream, why): (StreamId, String)) -> Option<Refused> {
    match stream {
        StreamId::Alert(alert) => Some(Refused { alert, why }),
        _ => None,
    }
}

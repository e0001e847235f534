//! Alerts that another product raised and tells of in its own words, one at a time: raised under an id that the product
//! is told at once, and changed as it says.

use super::Server;
use crate::access::Caller;
use crate::http::Problem;
use crate::ledger::Draft;
use cofferdam_journal::StreamId;
use cofferdam_journal::alert::{Alert, AlertIntent, AlertReport};
use cofferdam_journal::view::AlertRow;
use cofferdam_store::StorageError;
use cofferdam_vocabulary::AlertId;
use std::sync::Arc;

/// What became of an alert that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    /// It is new.
    New(AlertId),
    /// It was told before, and is this one; nothing was recorded.
    Known(AlertId),
}

/// What is said of an alert that is there.
#[derive(Clone, Debug, Default)]
pub struct Revised {
    /// What is known of it now, when that is otherwise.
    pub report: Option<AlertReport>,
    /// What else is asked of it.
    pub others: Vec<AlertIntent>,
}

impl Server {
    /// Raises an alert under the next free number, unless one of this key was: `key` is what tells it from others in
    /// the product's own terms. `others` is asked of it in the same commit.
    ///
    /// # Errors
    ///
    /// 409 when something of it is refused, 500 when it cannot be recorded.
    pub async fn raise_quoted(
        self: &Arc<Self>,
        caller: &Caller,
        key: &str,
        report: AlertReport,
        others: Vec<AlertIntent>,
    ) -> Result<Raised, Problem> {
        let (server, caller, key) = (Arc::clone(self), caller.clone(), self.keys.of(key));
        Server::whole(async move {
            // Nobody else takes this number, or raises the same, until the alert is in the list.
            let _numbering = server.numbering.lock().await;
            if let Some(known) = server.lists.quoted(key) {
                return Ok(Raised::Known(known));
            }
            let id = AlertId(server.lists.last_alert().map_or(0, |last| last.0) + 1);
            let report = AlertReport { dedup: Some(key), ..report };
            let revised = Revised { report: Some(report), others };
            server.ask_quoted(&caller, id, move |_| Ok(revised.clone())).await?;
            Ok(Raised::New(id))
        })
        .await
    }

    /// Changes an alert for a caller who sees it, in one commit or not at all. `revise` says what of it is otherwise;
    /// it is asked again when somebody else was first.
    ///
    /// # Errors
    ///
    /// 404 when it is not there for them, what `revise` says, 409 when something is refused, 500 when it cannot be
    /// recorded.
    pub async fn revise_quoted(
        self: &Arc<Self>,
        caller: &Caller,
        id: AlertId,
        revise: impl Fn(&Alert) -> Result<Revised, Problem> + Send + 'static,
    ) -> Result<(), Problem> {
        let (server, caller) = (Arc::clone(self), caller.clone());
        Server::whole(async move {
            // Nobody restricts it between the look at it and the change.
            let _changing = server.ledger.changing.lock().await;
            server.sight(&caller).row::<AlertRow>(id)?;
            server.ask_quoted(&caller, id, revise).await
        })
        .await
    }

    async fn ask_quoted(
        self: &Arc<Self>,
        caller: &Caller,
        id: AlertId,
        revise: impl Fn(&Alert) -> Result<Revised, Problem> + Send + 'static,
    ) -> Result<(), Problem> {
        let (server, actor) = (Arc::clone(self), caller.actor());
        let write = move |draft: &mut Draft<'_>| {
            let mut wrong = None;
            draft.ask::<Alert>(StreamId::Alert(id), &actor, |known| {
                let revised = revise(known).unwrap_or_else(|problem| {
                    wrong = Some(problem);
                    Revised::default()
                });
                server.intents(known, revised)
            })?;
            let refused = draft.refused.first().map(|(_, why)| Problem::conflict().detail(why.clone()));
            let wrong = wrong.or(refused);
            if wrong.is_some() {
                draft.refused.clear();
                draft.discard();
            }
            Ok(wrong)
        };
        let done = self.ledger.run(move |ledger| ledger.together(write)).await.and_then(|done| done);
        let failed = |what| Problem::from_failure("an alert cannot be recorded", &StorageError::Io { what });
        match done.map_err(failed)? {
            (Some(wrong), _) => Err(wrong),
            (None, _) => Ok(()),
        }
    }

    /// Exceptions hide such an alert as they hide others.
    fn intents(&self, known: &Alert, revised: Revised) -> Vec<AlertIntent> {
        let hiding = |alert: &AlertReport| self.exceptions.hiding(alert, (self.clock)());
        let mut intents = match revised.report {
            Some(report) if self.exceptions.is_empty() => vec![AlertIntent::Report(Box::new(report))],
            Some(report) => known.told(report, hiding),
            None => Vec::new(),
        };
        intents.extend(revised.others);
        intents
    }
}

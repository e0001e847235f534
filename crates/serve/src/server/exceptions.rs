//! Exceptions tried with the alerts of the last days, added, changed and ended.

use super::Server;
use crate::access::Caller;
use crate::exceptions::KnownException;
use crate::http::{Problem, check_version};
use crate::ledger::RecordError;
use axum::http::HeaderMap;
use cofferdam_journal::alert::{Alert, Verdict};
use cofferdam_journal::exception::{Exception, ExceptionIntent, ExceptionRefusal, ExceptionSpec, Hiding};
use cofferdam_journal::view::AlertRow;
use cofferdam_journal::{Permission, StreamId};
use cofferdam_vocabulary::{AlertId, ExceptionId};
use jiff::SignedDuration;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Days of which alerts are tried.
pub const WINDOW_DAYS: u64 = 30;
/// Alerts that are read at most in one trial.
const LOOKED_AT: usize = 20_000;
/// Exceptions that hide alerts at the same time: each is asked about each alert.
const ACTIVE: usize = 1000;
/// Alerts that are named of those that would have been hidden.
const EXAMPLES: usize = 20;

/// What an exception would have hidden, of what the caller sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// Alerts that had to be looked at.
    pub looked_at: u64,
    /// No more had to be.
    pub complete: bool,
    /// Of these, how many it would have hidden.
    pub would_hide: u64,
    /// Of those, how many people found to be true.
    pub of_them_true: u64,
    /// Of those, how many belong to an incident.
    pub of_them_in_incidents: u64,
    /// Some of those, the last first; true ones before others.
    pub examples: Vec<AlertId>,
}

impl Server {
    /// Says what an exception would have hidden of the alerts of the last days, the last first.
    ///
    /// # Errors
    ///
    /// 422 when it has not the form that it must have, 500 when alerts cannot be read.
    pub async fn try_exception(
        self: &Arc<Self>,
        caller: &Caller,
        spec: &ExceptionSpec,
    ) -> Result<Trial, Problem> {
        let now = (self.clock)();
        spec.check(now).map_err(|refusal| refused(&refusal))?;
        let hiding = Hiding::of(spec).ok_or_else(Problem::invalid)?;
        let days = SignedDuration::from_hours(24 * WINDOW_DAYS as i64);
        let since = now.checked_sub(days).unwrap_or(jiff::Timestamp::MIN);
        let (mut rows, mut complete) = (Vec::new(), true);
        self.sight(caller).each::<AlertRow>(|row| {
            // What comes later has a later number, but for a clock that was set back.
            if row.raised < since || row.dedup.is_none() || row.merged_into.is_some() {
                return ControlFlow::Continue(());
            }
            if hiding.may_hide(&row.rule, &row.source, row.level) {
                complete = rows.len() < LOOKED_AT;
                if !complete {
                    return ControlFlow::Break(());
                }
                rows.push(row.clone());
            }
            ControlFlow::Continue(())
        });
        let looked_at = rows.len() as u64;
        let hides = move |row: AlertRow, alert: &Alert| {
            alert.known.as_ref().is_some_and(|known| hiding.hides(known)).then_some(row)
        };
        let hidden = self.look_at(rows, hides).await?;
        Ok(Trial { looked_at, complete, ..Trial::of(hidden) })
    }

    /// Adds an exception, and says what it would have hidden.
    ///
    /// # Errors
    ///
    /// As [`Server::try_exception`]; 409 when it would have hidden what people found to be true and nobody said that it
    /// may, when its owner can answer for none, and when there are too many.
    pub async fn add_exception(
        self: &Arc<Self>,
        caller: &Caller,
        spec: ExceptionSpec,
        despite_true: bool,
    ) -> Result<(ExceptionId, Trial), Problem> {
        let (server, caller) = (Arc::clone(self), caller.clone());
        Server::whole(async move {
            // Nobody else takes its number, or judges what it would hide.
            let _changing = server.ledger.changing.lock().await;
            let now = (server.clock)();
            if server.exceptions.active(now) >= ACTIVE {
                let detail = format!("{ACTIVE} exceptions hide alerts already");
                return Err(Problem::conflict()
                    .detail(detail)
                    .help("end those that are not needed any more"));
            }
            let trial = server.tried(&caller, &spec, despite_true).await?;
            let id = server.exceptions.next();
            let intent = ExceptionIntent::Add { spec: Box::new(spec), now };
            server.ask_exception(&caller, id, intent).await?;
            Ok((id, trial))
        })
        .await
    }

    /// Says anew what an exception hides, for who says which version they change; and what it would have hidden.
    ///
    /// # Errors
    ///
    /// As [`Server::add_exception`]; 404 when there is none, 428 and 412 as [`check_version`].
    pub async fn change_exception(
        self: &Arc<Self>,
        caller: &Caller,
        headers: &HeaderMap,
        id: ExceptionId,
        spec: ExceptionSpec,
        despite_true: bool,
    ) -> Result<Trial, Problem> {
        let (server, caller, headers) = (Arc::clone(self), caller.clone(), headers.clone());
        Server::whole(async move {
            let _changing = server.ledger.changing.lock().await;
            check_version(&headers, server.exception(id)?.version)?;
            let trial = server.tried(&caller, &spec, despite_true).await?;
            let now = (server.clock)();
            let intent = ExceptionIntent::Change { spec: Box::new(spec), now };
            server.ask_exception(&caller, id, intent).await?;
            Ok(trial)
        })
        .await
    }

    /// One exception.
    ///
    /// # Errors
    ///
    /// 404 when there is none of this number.
    pub fn exception(&self, id: ExceptionId) -> Result<Arc<KnownException>, Problem> {
        self.exceptions.get(id).ok_or_else(Problem::not_found)
    }

    /// Carries an intent of an exception through.
    ///
    /// # Errors
    ///
    /// 404 when there is none, 409 when something stands in the way, 422 when it has not the form that it must have, 500
    /// when it cannot be recorded.
    pub async fn ask_exception(
        self: &Arc<Self>,
        caller: &Caller,
        id: ExceptionId,
        intent: ExceptionIntent,
    ) -> Result<(), Problem> {
        let asked = self.ledger.ask::<Exception>(StreamId::Exception(id), caller.actor(), intent).await;
        asked.map(|_| ()).map_err(|error| match error {
            RecordError::Refused(refusal) => refused(&refusal),
            error @ RecordError::Failed { .. } => {
                Problem::from_failure("an exception cannot be changed", &error)
            }
        })
    }

    /// An exception is saved by who knows what it hides.
    async fn tried(
        self: &Arc<Self>,
        caller: &Caller,
        spec: &ExceptionSpec,
        despite_true: bool,
    ) -> Result<Trial, Problem> {
        self.check_able(spec.owner, Permission::ExceptionsWrite, "answers for exceptions", None)?;
        let trial = self.try_exception(caller, spec).await?;
        if trial.of_them_true > 0 && !despite_true {
            let examples =
                trial.examples.iter().take(3).map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let detail = format!(
                "it would have hidden {} alerts of the last {WINDOW_DAYS} days, {} of them true: {examples}",
                trial.would_hide, trial.of_them_true
            );
            return Err(Problem::conflict().detail(detail).help("narrow it, or say `despite_true`"));
        }
        Ok(trial)
    }
}

impl Trial {
    /// What is to be said of alerts that would have been hidden.
    fn of(mut hidden: Vec<AlertRow>) -> Trial {
        let is_true = |row: &AlertRow| row.verdict == Some(Verdict::TruePositive);
        let count = |is: &dyn Fn(&AlertRow) -> bool| hidden.iter().filter(|row| is(row)).count() as u64;
        let (of_them_true, of_them_in_incidents) = (count(&is_true), count(&|row| row.incident.is_some()));
        let would_hide = hidden.len() as u64;
        hidden.sort_by_key(|row| !is_true(row));
        let examples = hidden.iter().take(EXAMPLES).map(|row| row.id).collect();
        Trial { would_hide, of_them_true, of_them_in_incidents, examples, ..Trial::default() }
    }
}

fn refused(refusal: &ExceptionRefusal) -> Problem {
    use ExceptionRefusal as R;
    let problem = match refusal {
        R::NotAdded => return Problem::not_found(),
        R::Added | R::Ended => Problem::conflict(),
        R::NamesNothing
        | R::Rule
        | R::TooManyConditions
        | R::Value
        | R::Network
        | R::Source
        | R::Reason
        | R::Expired
        | R::TooLong => Problem::invalid(),
    };
    problem.detail(refusal.to_string())
}

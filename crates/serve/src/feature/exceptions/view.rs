//! Exceptions as clients read them.

use super::order::{ConditionTerms, LevelName};
use crate::access::Caller;
use crate::exceptions::KnownException;
use crate::http::etag;
use crate::ledger::plain_text;
use crate::server::{Server, Trial, WINDOW_DAYS};
use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use cofferdam_journal::view::AlertRow;
use cofferdam_vocabulary::{AlertId, ExceptionId, UserId};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;
use std::ops::ControlFlow;
use utoipa::ToSchema;

/// All exceptions.
#[derive(Serialize, ToSchema)]
pub struct ExceptionList {
    /// By number.
    pub items: Vec<ExceptionView>,
}

/// An exception.
#[derive(Serialize, ToSchema)]
pub struct ExceptionView {
    /// Its number.
    #[schema(value_type = String, example = "EXC-0001")]
    id: ExceptionId,
    /// `active`, `expired`, `ended`, or `void` when a value of it was erased.
    #[schema(example = "active")]
    state: &'static str,
    /// The rule whose alerts it hides, by its id; any where none is named.
    rule: Option<String>,
    /// What these alerts are about; all of it must apply.
    conditions: Vec<ConditionTerms>,
    /// What raised them: `rule`, or the name of a product; either where none is named.
    source: Option<String>,
    /// They are no worse than this.
    level_at_most: Option<LevelName>,
    /// Who answers for it.
    #[schema(value_type = String, example = "USR-0001")]
    owner: UserId,
    /// Why; `null` when it was erased.
    reason: Option<String>,
    /// From when on it hides nothing more.
    expires: Timestamp,
    /// When it was added.
    added: Timestamp,
    /// When it was changed or ended last.
    changed: Timestamp,
    /// Why it was ended; `null` when it was not, or the reason was erased.
    ended_because: Option<String>,
    /// Alerts that it hides, of those that the caller sees.
    hidden: u64,
    /// When the last of these was recorded.
    last_hidden: Option<Timestamp>,
}

/// An exception that was saved, and what it would have hidden.
#[derive(Serialize, ToSchema)]
pub struct SavedException {
    /// The exception.
    exception: ExceptionView,
    /// What it would have hidden.
    trial: TrialView,
}

/// What an exception would have hidden, of the alerts that the caller sees.
#[derive(Serialize, ToSchema)]
pub struct TrialView {
    /// Days back from now of which alerts were looked at.
    window_days: u64,
    /// Alerts of these days that had to be looked at.
    looked_at: u64,
    /// Whether no more had to be: 20,000 are, the last first.
    complete: bool,
    /// Of these, how many it would have hidden.
    would_hide: u64,
    /// Of those, how many people found to be true.
    of_them_true: u64,
    /// Of those, how many belong to an incident.
    of_them_in_incidents: u64,
    /// Up to 20 of those, true ones first.
    #[schema(value_type = Vec<String>, example = json!(["ALR-000017"]))]
    examples: Vec<AlertId>,
}

/// How many alerts are hidden, and when the last was recorded.
#[derive(Clone, Copy, Default)]
pub struct Hidden {
    alerts: u64,
    last: Option<Timestamp>,
}

/// What each exception hides of what the caller sees.
pub fn hidden(server: &Server, caller: &Caller) -> HashMap<ExceptionId, Hidden> {
    let mut hidden: HashMap<ExceptionId, Hidden> = HashMap::new();
    server.sight(caller).each::<AlertRow>(|row| {
        if let Some(exception) = row.hidden {
            let of_it = hidden.entry(exception).or_default();
            of_it.alerts += 1;
            of_it.last = of_it.last.max(Some(row.raised));
        }
        ControlFlow::Continue(())
    });
    hidden
}

impl ExceptionView {
    /// As it is now; nothing when it was never added.
    pub fn of(
        id: ExceptionId,
        known: &KnownException,
        hidden: Hidden,
        now: Timestamp,
    ) -> Option<ExceptionView> {
        let (spec, state) = (known.exception.spec.as_ref()?, known.exception.state(now)?);
        Some(ExceptionView {
            id,
            state: state.as_str(),
            rule: spec.rule.clone(),
            conditions: spec.conditions.iter().map(ConditionTerms::of).collect(),
            source: spec.source.clone(),
            level_at_most: spec.level_at_most.map(LevelName::from),
            owner: spec.owner,
            reason: plain_text(&spec.reason),
            expires: spec.expires,
            added: known.added,
            changed: known.changed,
            ended_because: known.exception.ended.as_ref().and_then(plain_text),
            hidden: hidden.alerts,
            last_hidden: hidden.last,
        })
    }

    /// The answer with an exception, and the version that a change must name.
    pub fn answer(self, version: u64) -> Response {
        with_version(Json(self).into_response(), version)
    }

    /// The answer with one that was saved.
    pub fn saved(self, trial: Trial, version: u64) -> Response {
        let saved = SavedException { exception: self, trial: TrialView::of(trial) };
        with_version(Json(saved).into_response(), version)
    }
}

fn with_version(mut response: Response, version: u64) -> Response {
    response.headers_mut().insert(header::ETAG, etag(version));
    response
}

impl TrialView {
    /// As clients read it.
    pub fn of(trial: Trial) -> TrialView {
        TrialView {
            window_days: WINDOW_DAYS,
            looked_at: trial.looked_at,
            complete: trial.complete,
            would_hide: trial.would_hide,
            of_them_true: trial.of_them_true,
            of_them_in_incidents: trial.of_them_in_incidents,
            examples: trial.examples,
        }
    }
}

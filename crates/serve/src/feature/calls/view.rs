//! Calls as clients read them.

use crate::calls::{CallState, KnownCall};
use crate::ledger::{Sight, plain_text};
use cofferdam_journal::call::{Matter, Outcome};
use cofferdam_journal::view::{AlertRow, IncidentRow};
use cofferdam_vocabulary::{AlertId, CallId, DeliveryId, IncidentId, UserId};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A page of calls.
#[derive(Serialize, ToSchema)]
pub struct CallList {
    /// The last first.
    pub items: Vec<CallView>,
    /// What to ask for as `cursor` to see more; `null` when there are none.
    #[schema(value_type = Option<String>, example = "CAL-000001")]
    pub next: Option<CallId>,
}

/// Of what somebody is told.
#[derive(Serialize, ToSchema)]
pub struct CallView {
    /// Its number.
    #[schema(value_type = String, example = "CAL-000001")]
    id: CallId,
    /// `open`, `acknowledged`, or `settled` when what waited waits no more.
    #[schema(example = "open")]
    state: &'static str,
    /// What waits: `incident` (nobody leads it), `decision`, `task`, `lead` (somebody was named to), `part` or `alert`.
    #[schema(example = "incident")]
    about: &'static str,
    /// The incident.
    #[schema(value_type = Option<String>, example = "INC-0003")]
    incident: Option<IncidentId>,
    /// The alert.
    #[schema(value_type = Option<String>, example = "ALR-000017")]
    alert: Option<AlertId>,
    /// The number of the decision or task in its incident.
    number: Option<u64>,
    /// What the incident or alert is called; `null` when it was erased.
    title: Option<String>,
    /// When it was begun.
    begun: Timestamp,
    /// The journal's entry since which it waits.
    cause: u64,
    /// Who is told, one after the other.
    #[schema(value_type = Vec<String>, example = json!(["USR-0001"]))]
    to: Vec<UserId>,
    /// How often all of them are told.
    rounds: u32,
    /// Seconds for an answer, until the next one is told.
    wait_seconds: u32,
    /// What was sent.
    told: Vec<ToldView>,
    /// Why people could not be told.
    failures: Vec<FailureView>,
    /// When the next one is told; `null` when nobody is.
    next_at: Option<Timestamp>,
    /// Who acknowledged it.
    #[schema(value_type = Option<String>, example = "USR-0001")]
    acknowledged_by: Option<UserId>,
}

/// Something that was sent to somebody.
#[derive(Serialize, ToSchema)]
struct ToldView {
    /// Which time it is that somebody is told, from 1.
    step: u32,
    /// Whom.
    #[schema(value_type = Option<String>, example = "USR-0001")]
    user: Option<UserId>,
    /// `mail` or `webhook`.
    #[schema(example = "mail")]
    channel: &'static str,
    /// By what it is named at the other end.
    #[schema(value_type = String, example = "0123456789abcdef0123456789abcdef")]
    delivery: DeliveryId,
    /// `sending`, `told` or `failed`.
    #[schema(example = "told")]
    outcome: &'static str,
}

/// Why somebody could not be told.
#[derive(Serialize, ToSchema)]
struct FailureView {
    /// Which time it was that somebody was to be told, from 1.
    step: u32,
    /// Whom.
    #[schema(value_type = Option<String>, example = "USR-0001")]
    user: Option<UserId>,
    /// Why; `null` when it was erased.
    what: Option<String>,
}

impl CallView {
    /// As somebody sees it who may see what it is about.
    pub fn of(sight: &Sight<'_>, id: CallId, known: &KnownCall) -> Option<CallView> {
        let call = &known.call;
        let spec = call.spec.as_ref()?;
        let (incident, alert, number) = match spec.about {
            Matter::Decision { incident, decision } => (Some(incident), None, Some(decision.0)),
            Matter::Task { incident, task, .. } => (Some(incident), None, Some(task.0)),
            Matter::Incident { incident } | Matter::Lead { incident, .. } | Matter::Part { incident, .. } => {
                (Some(incident), None, None)
            }
            Matter::Alert { alert, .. } => (None, Some(alert), None),
        };
        let row = incident.and_then(|id| sight.row::<IncidentRow>(id).ok());
        // Nobody is told of what is part of another incident, as long as it is.
        let is_merged = row.as_ref().is_some_and(|row| row.merged_into.is_some());
        let of_alert = || alert.and_then(|id| sight.row::<AlertRow>(id).ok()).map(|row| row.title);
        let title = row.map(|row| row.title).or_else(of_alert);
        let state =
            if is_merged && known.state() == CallState::Open { CallState::Settled } else { known.state() };
        let mut told: Vec<ToldView> = call
            .deliveries
            .iter()
            .map(|(delivery, sent)| ToldView {
                step: sent.step + 1,
                user: spec.told_by(sent.step),
                channel: sent.channel.as_str(),
                delivery: *delivery,
                outcome: match sent.outcome {
                    None => "sending",
                    Some(Outcome::Told) => "told",
                    Some(Outcome::Failed) => "failed",
                },
            })
            .collect();
        told.sort_by_key(|told| (told.step, told.channel));
        let failure = |(step, what): (&u32, &_)| FailureView {
            step: step + 1,
            user: spec.told_by(*step),
            what: plain_text(what),
        };
        Some(CallView {
            id,
            state: state.as_str(),
            about: spec.about.as_str(),
            incident,
            alert,
            number,
            title: title.as_ref().and_then(plain_text),
            begun: known.begun,
            cause: spec.cause,
            to: spec.to.clone(),
            rounds: spec.rounds,
            wait_seconds: spec.wait,
            told,
            failures: call.failures.iter().map(failure).collect(),
            next_at: known.next().filter(|_| !is_merged),
            acknowledged_by: call.acknowledged,
        })
    }

    /// Its number.
    pub fn id(&self) -> CallId {
        self.id
    }

    /// Whether somebody is still to answer.
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }

    /// Whether it tells somebody.
    pub fn tells(&self, user: UserId) -> bool {
        self.to.contains(&user)
    }
}

//! What would have joined an incident that is led: people say whether it belongs to it.

use crate::access::Caller;
use crate::http::{Ids, Input, NoQuery, Problem, check_version, etag, has_version};
use crate::ledger::RecordError;
use crate::server::Server;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use cofferdam_journal::alert::Alert;
use cofferdam_journal::incident::{
    Acceptance, Incident, IncidentIntent, IncidentRefusal, Join, Joined, Span, Suggested, Suggestion,
};
use cofferdam_journal::view::{AlertRow, IncidentRow};
use cofferdam_journal::{Aggregate, StreamId};
use cofferdam_vocabulary::IncidentId;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// No more is said than which version is there now.
type Changed = (StatusCode, [(HeaderName, HeaderValue); 1]);

/// What people make of a suggestion.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// It belongs to the incident, or it does not.
    verdict: Decided,
}

/// What people say of it.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decided {
    /// It belongs to the incident.
    Accepted,
    /// It does not.
    Dismissed,
}

/// Say whether what was suggested belongs to the incident. An alert that is accepted joins it; an incident becomes
/// part of it, with all its alerts. What was dismissed can still be accepted.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/suggestions/{what}",
    params(
        ("id" = String, Path, description = "the incident's id", example = "INC-0003"),
        ("what" = String, Path, description = "the alert or incident that was suggested", example = "ALR-000017"),
        ("If-Match" = String, Header, description = "the ETag of the incident as you read it")
    ),
    request_body = Decision,
    responses(
        (status = 204, description = "decided", headers(("ETag" = String, description = "its version"))),
        (status = 412, description = "it changed", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn decide(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Ids(id, what): Ids<IncidentId, Suggested>,
    _: NoQuery,
    headers: HeaderMap,
    Input(decision): Input<Decision>,
) -> Result<Changed, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    has_version(&headers)?;
    let decided = decision.verdict;
    let tag = Server::whole(async move {
        // Nobody changes either of them between the look at its version and the change.
        let _changing = server.ledger.changing.lock().await;
        let (_, entries) = server.sight(&caller).object::<IncidentRow>(id).await?;
        let version = entries.len() as u64;
        check_version(&headers, version)?;
        let incident = Incident::replay(entries.iter().map(|entry| &entry.fact));
        let (suggestion, _) = incident.suggestions.get(&what).ok_or_else(Problem::not_found)?;
        let intent = match decided {
            Decided::Dismissed => IncidentIntent::Dismiss { what },
            Decided::Accepted => {
                let acceptance = acceptance(&server, &caller, suggestion).await?;
                IncidentIntent::Accept(Box::new(acceptance))
            }
        };
        // Whether it is refused is known before the other one is changed.
        incident.decide(intent.clone()).map_err(|refusal| refused(&refusal))?;
        if let (Decided::Accepted, Suggested::Incident(other)) = (decided, what) {
            ask(&server, &caller, other, IncidentIntent::MergeByPeople { into: id }).await?;
        }
        Ok(etag(version + ask(&server, &caller, id, intent).await?))
    });
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, tag.await?)]))
}

fn refused(refusal: &IncidentRefusal) -> Problem {
    Problem::conflict().detail(refusal.to_string())
}

/// Carries an intent through; how many facts came of it.
async fn ask(
    server: &Arc<Server>,
    caller: &Caller,
    id: IncidentId,
    intent: IncidentIntent,
) -> Result<u64, Problem> {
    let asked = server.ledger.ask::<Incident>(StreamId::Incident(id), caller.actor(), intent).await;
    asked.map(|facts| facts.len() as u64).map_err(|error| match error {
        RecordError::Refused(refusal) => refused(&refusal),
        RecordError::Failed { .. } => Problem::from_failure("an incident cannot be changed", &error),
    })
}

/// What comes with that which was suggested, as the caller sees it.
async fn acceptance(
    server: &Server,
    caller: &Caller,
    suggestion: &Suggestion,
) -> Result<Acceptance, Problem> {
    let sight = server.sight(caller);
    let what = suggestion.what;
    match what {
        Suggested::Alert(alert) => {
            let (_, entries) = sight.object::<AlertRow>(alert).await?;
            let known = Alert::replay(entries.iter().map(|entry| &entry.fact)).known;
            let known = known.ok_or_else(Problem::not_found)?;
            let because = suggestion.because.clone();
            let alerts = vec![Joined { alert, join: suggestion.with.map(|with| Join { with, because }) }];
            let span = Span { first_seen: known.count.first_seen, last_seen: known.count.last_seen };
            Ok(Acceptance { what, alerts, scope: known.entities, span })
        }
        Suggested::Incident(other) => {
            let (_, entries) = sight.object::<IncidentRow>(other).await?;
            let known = Incident::replay(entries.iter().map(|entry| &entry.fact)).known;
            let known = known.ok_or_else(Problem::not_found)?;
            let alerts = known.alerts.into_iter().map(|(alert, join)| Joined { alert, join }).collect();
            Ok(Acceptance { what, alerts, scope: known.scope, span: known.span })
        }
    }
}

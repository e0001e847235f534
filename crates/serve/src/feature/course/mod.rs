//! In which phase the response to an incident is, what each gate asks, and how it ends.

use crate::access::{Access, Caller};
use crate::http::{CriterionName, Id, Input, NoQuery, PhaseName, Problem, ResolutionName, said};
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cofferdam_journal::incident::{Criterion, Incident, IncidentIntent, Met, Move, Phase};
use cofferdam_journal::view::IncidentRow;
use cofferdam_journal::{Aggregate, Permission};
use cofferdam_vocabulary::IncidentId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// Characters of a reason.
const REASON_CHARS: usize = 500;

/// What the gates of an incident ask.
#[derive(Serialize, ToSchema)]
pub struct Gates {
    /// Where the response is; while it is closed, from where it was.
    phase: PhaseName,
    /// How it ended; none while it goes on.
    closed: Option<ResolutionName>,
    /// One gate for each phase, in their order.
    gates: Vec<Gate>,
}

/// What is asked before a phase is left.
#[derive(Serialize, ToSchema)]
pub struct Gate {
    /// The phase.
    leaving: PhaseName,
    /// What is asked.
    criteria: Vec<CriterionView>,
}

/// Something that is asked.
#[derive(Serialize, ToSchema)]
pub struct CriterionView {
    /// What.
    criterion: CriterionName,
    /// Whether it is so.
    state: CriterionState,
    /// What is missing; none when nothing is, or this version cannot tell.
    missing: Option<String>,
}

/// Whether a criterion is met.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CriterionState {
    /// It is.
    Met,
    /// It is not.
    Unmet,
    /// This version cannot tell.
    NotChecked,
}

/// The phase that the response enters.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseOrder {
    /// The next one, or any before.
    phase: PhaseName,
    /// Why: needed to go back, and where not all that the gate asks is known to be met.
    #[schema(max_length = 500, example = "the firewall shows that the address is blocked")]
    reason: Option<String>,
    /// Pass over what is not met.
    #[serde(default)]
    over: bool,
}

/// How the response ends.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseOrder {
    /// How it ended. What is real is closed from review, anything else from any phase.
    resolution: ResolutionName,
    /// Why, for whoever comes later.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "lessons are in the plan")]
    reason: String,
    /// Pass over what is not met.
    #[serde(default)]
    over: bool,
}

/// Why the response goes on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenOrder {
    /// Why.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "the same key was used again")]
    reason: String,
}

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let command = Access::Needs(Permission::IncidentsCommand);
    routes
        .add(Access::Needs(Permission::IncidentsRead), routes!(gates))
        .add(command, routes!(enter))
        .add(command, routes!(close))
        .add(command, routes!(reopen));
}

/// What is asked before each phase of the response is left, and whether it is so.
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{id}/gates",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    responses((status = 200, description = "all gates", body = Gates))
)]
async fn gates(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
) -> Result<Json<Gates>, Problem> {
    let (_, entries) = server.sight(&caller).object::<IncidentRow>(id).await?;
    let incident = Incident::replay(entries.iter().map(|entry| &entry.fact));
    let gate = |phase: Phase| Gate {
        leaving: phase.into(),
        criteria: incident.gate(phase).into_iter().map(criterion).collect(),
    };
    Ok(Json(Gates {
        phase: incident.course.phase.into(),
        closed: incident.course.closed.map(Into::into),
        gates: Phase::ALL.iter().copied().map(gate).collect(),
    }))
}

/// Let the response enter a phase: the next one, if the gate lets it, or any before.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/phase",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = PhaseOrder,
    responses(
        (status = 204, description = "it is in that phase"),
        (status = 409, description = "the gate does not let it", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn enter(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(order): Input<PhaseOrder>,
) -> Result<StatusCode, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    let reason = order.reason.as_deref().filter(|reason| !reason.trim().is_empty());
    let reason = reason.map(|reason| said("reason", reason, REASON_CHARS)).transpose()?;
    let go = Move::Enter { phase: order.phase.0, reason, over: order.over };
    server.ask_incident(&caller, id, IncidentIntent::Move(go)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Close an incident.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{id}/close",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = CloseOrder,
    responses(
        (status = 204, description = "it is closed"),
        (status = 409, description = "the gate does not let it", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn close(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(order): Input<CloseOrder>,
) -> Result<StatusCode, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    let reason = said("reason", &order.reason, REASON_CHARS)?;
    let go = Move::Close { resolution: order.resolution.0, reason, over: order.over };
    server.ask_incident(&caller, id, IncidentIntent::Move(go)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Open a closed incident again, in the phase from which it was closed.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{id}/reopen",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = ReopenOrder,
    responses(
        (status = 204, description = "it is open"),
        (status = 409, description = "it is part of another", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn reopen(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(order): Input<ReopenOrder>,
) -> Result<StatusCode, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    let reason = said("reason", &order.reason, REASON_CHARS)?;
    server.ask_incident(&caller, id, IncidentIntent::Move(Move::Reopen { reason })).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn criterion((criterion, met): (Criterion, Met)) -> CriterionView {
    let (state, missing) = match met {
        Met::Yes => (CriterionState::Met, None),
        Met::No(why) => (CriterionState::Unmet, Some(why)),
        Met::NotChecked => (CriterionState::NotChecked, None),
    };
    CriterionView { criterion: criterion.into(), state, missing }
}

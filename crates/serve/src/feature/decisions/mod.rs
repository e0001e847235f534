//! Decisions of an incident: what is proposed, what else there is, and what whoever leads says to it.

mod view;

use crate::access::{Access, Caller};
use crate::http::{Id, Ids, Input, NoQuery, Problem, RulingName, said};
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cofferdam_journal::incident::{ALTERNATIVES, DecisionNumber, IncidentIntent, Proposal};
use cofferdam_journal::view::IncidentRow;
use cofferdam_journal::{Fact, Permission};
use cofferdam_vocabulary::IncidentId;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;
use view::{DecisionList, DecisionView};

/// Characters of what is proposed, and of a reason.
const TEXT_CHARS: usize = 500;

/// What is proposed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDecision {
    /// What shall be done, in a sentence.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "take web-01 off the network")]
    what: String,
    /// Why.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "it still sends data out")]
    reason: String,
    /// What else could be done, and why not; at most 10.
    #[serde(default)]
    #[schema(max_items = 10, example = json!(["watch it, which costs more data"]))]
    alternatives: Vec<String>,
}

/// What is said to it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulingOrder {
    /// Whether it shall be done.
    ruling: RulingName,
    /// Why.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"\S",
        example = "the shop can do without it tonight"
    )]
    reason: String,
}

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes
        .add(Access::Needs(Permission::IncidentsRead), routes!(list))
        .add(Access::Needs(Permission::IncidentsWork), routes!(propose))
        .add(Access::Needs(Permission::IncidentsCommand), routes!(rule));
}

/// All decisions of an incident, at most 1,000, in the order in which they were proposed.
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{id}/decisions",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    responses((status = 200, description = "all of them", body = DecisionList))
)]
async fn list(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
) -> Result<Json<DecisionList>, Problem> {
    let (_, entries) = server.sight(&caller).object::<IncidentRow>(id).await?;
    Ok(Json(DecisionList::of(&entries)))
}

/// Propose something for whoever leads to decide.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{id}/decisions",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = NewDecision,
    responses(
        (status = 201, description = "the decision", body = DecisionView),
        (status = 409, description = "it is closed, or part of another", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn propose(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(new): Input<NewDecision>,
) -> Result<(StatusCode, Json<DecisionView>), Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    if new.alternatives.len() > ALTERNATIVES {
        return Err(Problem::invalid().detail(format!("a decision has at most {ALTERNATIVES} alternatives")));
    }
    let alternatives = new.alternatives.iter().map(|text| said("alternatives", text, TEXT_CHARS));
    let proposal = Proposal {
        what: said("what", &new.what, TEXT_CHARS)?,
        reason: said("reason", &new.reason, TEXT_CHARS)?,
        alternatives: alternatives.collect::<Result<_, _>>()?,
    };
    let facts = server.ask_incident(&caller, id, IncidentIntent::Propose(Box::new(proposal))).await?;
    let number = facts.iter().find_map(|fact| match fact {
        Fact::DecisionProposed { decision, .. } => Some(*decision),
        _ => None,
    });
    let view = now(&server, &caller, id, number.ok_or_else(Problem::internal)?).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Say whether what was proposed shall be done. What was decided stays so.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/decisions/{decision}/ruling",
    params(
        ("id" = String, Path, description = "the incident's id", example = "INC-0003"),
        ("decision" = u64, Path, description = "the decision's number", example = 1)
    ),
    request_body = RulingOrder,
    responses(
        (status = 200, description = "the decision", body = DecisionView),
        (status = 409, description = "it was decided otherwise", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn rule(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Ids(id, decision): Ids<IncidentId, DecisionNumber>,
    _: NoQuery,
    Input(order): Input<RulingOrder>,
) -> Result<Json<DecisionView>, Problem> {
    now(&server, &caller, id, decision).await?;
    let reason = said("reason", &order.reason, TEXT_CHARS)?;
    let intent = IncidentIntent::Rule { decision, ruling: order.ruling.0, reason };
    server.ask_incident(&caller, id, intent).await?;
    now(&server, &caller, id, decision).await.map(Json)
}

async fn now(
    server: &Arc<Server>,
    caller: &Caller,
    id: IncidentId,
    decision: DecisionNumber,
) -> Result<DecisionView, Problem> {
    let (_, entries) = server.sight(caller).object::<IncidentRow>(id).await?;
    DecisionList::of(&entries).one(decision).ok_or_else(Problem::not_found)
}

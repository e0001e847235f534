//! What whoever leads says of an incident: that it is one, what it is called, how bad it is, with whom it may be shared, of
//! which kind it is, and who has which part in the response.

use crate::access::{Access, Caller};
use crate::http::{
    CategoryName, FunctionalName, Id, Ids, InformationName, Input, LevelName, NoQuery, PapName, Problem,
    RecoverabilityName, ReputationName, TlpName, said,
};
use crate::routes::Routes;
use crate::server::Server;
use axum::extract::State;
use axum::http::StatusCode;
use cofferdam_journal::incident::{Assessment, Impact, Incident, IncidentIntent, Marking, Part, Steering};
use cofferdam_journal::view::IncidentRow;
use cofferdam_journal::{Aggregate, Permission, StreamId};
use cofferdam_vocabulary::{IncidentId, Level, UserId};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// Characters of a title.
const TITLE_CHARS: usize = 200;
/// Characters of a reason.
const REASON_CHARS: usize = 500;
/// People who have one part.
const HOLDERS: usize = 50;

/// It is real.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Why you think so.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"\S",
        example = "somebody logged in who should not"
    )]
    reason: String,
}

/// What it is called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTitle {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", example = "Break-in at web-01")]
    title: String,
}

/// How bad it is, with the reasons for it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeverityOrder {
    /// How bad.
    #[schema(value_type = LevelName)]
    severity: Level,
    /// What does not work any more.
    functional: FunctionalName,
    /// What became of information.
    information: InformationName,
    /// What it takes to recover.
    recoverability: RecoverabilityName,
    /// What others think of it.
    reputation: ReputationName,
    /// Why, for whoever comes later.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "one host without customer data")]
    reason: String,
}

/// With whom it may be shared, and what may be done with what is known of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkingOrder {
    /// With whom, by the Traffic Light Protocol 2.0.
    tlp: TlpName,
    /// What may be done, by the Permissible Actions Protocol.
    pap: PapName,
}

/// What kind of incident it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryOrder {
    /// By the Reference Security Incident Taxonomy.
    category: CategoryName,
}

/// Who has a part in the response.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartOrder {
    /// All who have it from now on, at most 50; nobody where it is empty. They must be let in and see the incident.
    #[schema(value_type = Vec<String>, max_items = 50, example = json!(["USR-0001"]))]
    users: BTreeSet<UserId>,
}

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let command = Access::Needs(Permission::IncidentsCommand);
    routes
        .add(command, routes!(declare))
        .add(command, routes!(title))
        .add(command, routes!(severity))
        .add(command, routes!(mark))
        .add(command, routes!(categorise))
        .add(command, routes!(part));
}

/// Say that an incident is real.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{id}/declare",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = Declaration,
    responses(
        (status = 204, description = "it is declared"),
        (status = 409, description = "it is closed, or part of another", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn declare(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(order): Input<Declaration>,
) -> Result<StatusCode, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    let reason = said("reason", &order.reason, REASON_CHARS)?;
    steer(&server, &caller, id, Steering::Declare { reason }).await
}

/// Call an incident something else. The machine does not rename it any more.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/title",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = NewTitle,
    responses(
        (status = 204, description = "it is called so"),
        (status = 409, description = "it is closed, or part of another", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn title(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(order): Input<NewTitle>,
) -> Result<StatusCode, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    let title = said("title", &order.title, TITLE_CHARS)?;
    steer(&server, &caller, id, Steering::Title { title }).await
}

/// Say how bad an incident is, and why. The machine does not assess it any more; what was said before is kept.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/severity",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = SeverityOrder,
    responses(
        (status = 204, description = "it is as bad as that"),
        (status = 409, description = "it is closed, or part of another", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn severity(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(order): Input<SeverityOrder>,
) -> Result<StatusCode, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    let impact = Impact {
        functional: order.functional.0,
        information: order.information.0,
        recoverability: order.recoverability.0,
        reputation: order.reputation.0,
    };
    let reason = said("reason", &order.reason, REASON_CHARS)?;
    let assessment = Assessment { level: order.severity, impact, reason };
    steer(&server, &caller, id, Steering::Assess(assessment)).await
}

/// Say with whom an incident may be shared, and what may be done with what is known of it.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/marking",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = MarkingOrder,
    responses(
        (status = 204, description = "it is marked so"),
        (status = 409, description = "it is closed, or part of another", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn mark(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(order): Input<MarkingOrder>,
) -> Result<StatusCode, Problem> {
    let marking = Marking { tlp: order.tlp.0, pap: order.pap.0 };
    steer(&server, &caller, id, Steering::Mark(marking)).await
}

/// Say what kind of incident it is.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/category",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = CategoryOrder,
    responses(
        (status = 204, description = "it is of that kind"),
        (status = 409, description = "it is closed, or part of another", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn categorise(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(order): Input<CategoryOrder>,
) -> Result<StatusCode, Problem> {
    steer(&server, &caller, id, Steering::Categorise(order.category.0)).await
}

/// Say who has a part in the response; the commander is named otherwise, since there is only one.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/parts/{part}",
    params(
        ("id" = String, Path, description = "the incident's id", example = "INC-0003"),
        ("part" = String, Path, description = "deputy, scribe, communications, legal, responder or observer", example = "scribe")
    ),
    request_body = PartOrder,
    responses(
        (status = 204, description = "they have it"),
        (status = 409, description = "somebody cannot have it", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn part(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Ids(id, part): Ids<IncidentId, Part>,
    _: NoQuery,
    Input(order): Input<PartOrder>,
) -> Result<StatusCode, Problem> {
    let (_, entries) = server.sight(&caller).object::<IncidentRow>(id).await?;
    if order.users.len() > HOLDERS {
        return Err(Problem::invalid().detail(format!("at most {HOLDERS} people have one part")));
    }
    let incident = Incident::replay(entries.iter().map(|entry| &entry.fact));
    let before = incident.steered.parts.get(&part).cloned().unwrap_or_default();
    for user in order.users.difference(&before) {
        let sees = Some(StreamId::Incident(id));
        server.check_able(*user, Permission::IncidentsRead, "sees incidents", sees)?;
    }
    let given = order.users.difference(&before).map(|user| Steering::GivePart { part, user: *user });
    let taken = before.difference(&order.users).map(|user| Steering::TakePart { part, user: *user });
    for steering in given.chain(taken) {
        steer(&server, &caller, id, steering).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn steer(
    server: &Arc<Server>,
    caller: &Caller,
    id: IncidentId,
    steering: Steering,
) -> Result<StatusCode, Problem> {
    server.ask_incident(caller, id, IncidentIntent::Steer(Box::new(steering))).await?;
    Ok(StatusCode::NO_CONTENT)
}

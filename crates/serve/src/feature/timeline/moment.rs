//! Moments that people put on the timeline, change and remove. Whoever changes one says which revision they read.

use super::view::{Timeline, TimelineItem};
use crate::access::Caller;
use crate::http::{BaseRevision, Id, Ids, Input, NoQuery, Problem, said};
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cofferdam_journal::Fact;
use cofferdam_journal::incident::{IncidentIntent, MomentNumber, MomentSpec, Telling};
use cofferdam_journal::view::IncidentRow;
use cofferdam_vocabulary::{IncidentId, TechniqueId};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Characters of what happened.
const WHAT_CHARS: usize = 500;

/// Something that happened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMoment {
    /// When it happened.
    at: Timestamp,
    /// What, in a sentence or two.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "kim opened the attachment")]
    what: String,
    /// The technique of ATT&CK that it shows.
    #[schema(value_type = Option<String>, pattern = r"^T[0-9]{4}(\.[0-9]{3})?$")]
    technique: Option<TechniqueId>,
    /// It belongs in every short account of the incident.
    #[serde(default)]
    pinned: bool,
    /// The number of the moment of which it is a part.
    parent: Option<u64>,
}

/// What happened, all of it, not only what is other than before.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MomentChange {
    /// The revision that you read.
    #[schema(value_type = u64, minimum = 1, maximum = 1000000, example = 1)]
    base: BaseRevision,
    /// When it happened.
    at: Timestamp,
    /// What, in a sentence or two.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "kim opened the attachment")]
    what: String,
    /// The technique of ATT&CK that it shows.
    #[schema(value_type = Option<String>, pattern = r"^T[0-9]{4}(\.[0-9]{3})?$")]
    technique: Option<TechniqueId>,
    /// It belongs in every short account of the incident.
    pinned: bool,
    /// The number of the moment of which it is a part.
    parent: Option<u64>,
}

/// Why something is on the timeline no more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveOrder {
    /// Why.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "the clock of the host was wrong")]
    reason: String,
}

/// Put something on the timeline.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{id}/timeline",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = NewMoment,
    responses(
        (status = 201, description = "the moment", body = TimelineItem),
        (status = 409, description = "it cannot be so", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn add(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(new): Input<NewMoment>,
) -> Result<(StatusCode, Json<TimelineItem>), Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    let NewMoment { at, what, technique, pinned, parent } = new;
    let what = said("what", &what, WHAT_CHARS)?;
    let spec = MomentSpec { at, what, technique, pinned, parent: parent.map(MomentNumber) };
    let tell = IncidentIntent::Tell(Box::new(Telling::Add(spec)));
    let facts = server.ask_incident(&caller, id, tell).await?;
    let number = facts.iter().find_map(|fact| match fact {
        Fact::MomentAdded { moment, .. } => Some(*moment),
        _ => None,
    });
    let item = now(&server, &caller, id, number.ok_or_else(Problem::internal)?).await?;
    Ok((StatusCode::CREATED, Json(item)))
}

/// Change a moment of the timeline.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/timeline/{moment}",
    params(
        ("id" = String, Path, description = "the incident's id", example = "INC-0003"),
        ("moment" = u64, Path, description = "the moment's number", example = 1)
    ),
    request_body = MomentChange,
    responses(
        (status = 200, description = "the moment", body = TimelineItem),
        (status = 409, description = "somebody changed it meanwhile, or it cannot be so", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn change(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Ids(id, moment): Ids<IncidentId, MomentNumber>,
    _: NoQuery,
    Input(change): Input<MomentChange>,
) -> Result<Json<TimelineItem>, Problem> {
    now(&server, &caller, id, moment).await?;
    let MomentChange { base, at, what, technique, pinned, parent } = change;
    let what = said("what", &what, WHAT_CHARS)?;
    let spec = MomentSpec { at, what, technique, pinned, parent: parent.map(MomentNumber) };
    let tell = Telling::Change { moment, base: base.0, spec };
    server.ask_incident(&caller, id, IncidentIntent::Tell(Box::new(tell))).await?;
    now(&server, &caller, id, moment).await.map(Json)
}

/// Remove a moment from the timeline. What it said stays in the log.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{id}/timeline/{moment}/remove",
    params(
        ("id" = String, Path, description = "the incident's id", example = "INC-0003"),
        ("moment" = u64, Path, description = "the moment's number", example = 1)
    ),
    request_body = RemoveOrder,
    responses(
        (status = 204, description = "it is not there any more"),
        (status = 409, description = "others are part of it", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn remove(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Ids(id, moment): Ids<IncidentId, MomentNumber>,
    _: NoQuery,
    Input(order): Input<RemoveOrder>,
) -> Result<StatusCode, Problem> {
    now(&server, &caller, id, moment).await?;
    let reason = said("reason", &order.reason, WHAT_CHARS)?;
    let tell = Telling::Remove { moment, reason };
    server.ask_incident(&caller, id, IncidentIntent::Tell(Box::new(tell))).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn now(
    server: &Arc<Server>,
    caller: &Caller,
    id: IncidentId,
    moment: MomentNumber,
) -> Result<TimelineItem, Problem> {
    let (_, entries) = server.sight(caller).object::<IncidentRow>(id).await?;
    Timeline::moment(&entries, moment).ok_or_else(Problem::not_found)
}

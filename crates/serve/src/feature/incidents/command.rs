//! Who leads the response to an incident.

use crate::access::Caller;
use crate::http::{Id, Input, NoQuery, Problem, has_version};
use crate::server::Server;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use cofferdam_journal::incident::{Incident, IncidentIntent};
use cofferdam_journal::view::IncidentRow;
use cofferdam_journal::{Permission, StreamId};
use cofferdam_vocabulary::{IncidentId, UserId};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// No more is said than which version is there now.
type Changed = (StatusCode, [(HeaderName, HeaderValue); 1]);

/// Who leads from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Commander {
    /// Who; they must be let in, see the incident, and may lead by one of their roles.
    #[schema(value_type = String, example = "USR-0001")]
    user: UserId,
}

/// Name who leads the response. Nothing joins the incident by itself from then on: it is suggested.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/commander",
    params(
        ("id" = String, Path, description = "its id", example = "INC-0003"),
        ("If-Match" = String, Header, description = "the ETag of the incident as you read it")
    ),
    request_body = Commander,
    responses(
        (status = 204, description = "they lead", headers(("ETag" = String, description = "its version"))),
        (status = 412, description = "it changed", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn name(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    headers: HeaderMap,
    Input(commander): Input<Commander>,
) -> Result<Changed, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    has_version(&headers)?;
    let user = commander.user;
    let sees = Some(StreamId::Incident(id));
    server.check_able(user, Permission::IncidentsCommand, "leads", sees)?;
    let intent = IncidentIntent::NameCommander { user };
    let tag = server.change_seen::<IncidentRow, Incident>(&caller, &headers, id, intent).await?;
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, tag)]))
}

/// Let nobody lead the response for now. What belongs to the incident stays for people to say.
#[utoipa::path(
    delete,
    path = "/api/v1/incidents/{id}/commander",
    params(
        ("id" = String, Path, description = "its id", example = "INC-0003"),
        ("If-Match" = String, Header, description = "the ETag of the incident as you read it")
    ),
    responses(
        (status = 204, description = "nobody leads", headers(("ETag" = String, description = "its version"))),
        (status = 412, description = "it changed", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn relieve(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    headers: HeaderMap,
) -> Result<Changed, Problem> {
    let intent = IncidentIntent::RelieveCommander;
    let tag = server.change_seen::<IncidentRow, Incident>(&caller, &headers, id, intent).await?;
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, tag)]))
}

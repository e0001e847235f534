//! Who may see an incident.

use crate::access::Caller;
use crate::http::{Id, Input, NoQuery, Problem};
use crate::server::{NamedPeople, Server};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use cofferdam_journal::incident::{Incident, IncidentIntent};
use cofferdam_journal::view::IncidentRow;
use cofferdam_vocabulary::IncidentId;
use std::sync::Arc;

/// No more is said than which version is there now.
type Changed = (StatusCode, [(HeaderName, HeaderValue); 1]);

/// Restrict an incident to named people. Its alerts, and incidents that were merged with it, are seen by nobody else
/// either.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/access",
    params(
        ("id" = String, Path, description = "its id", example = "INC-0003"),
        ("If-Match" = String, Header, description = "the ETag of the incident as you read it")
    ),
    request_body = NamedPeople,
    responses(
        (status = 204, description = "nobody else sees it", headers(("ETag" = String, description = "its version"))),
        (status = 412, description = "it changed", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn restrict(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    headers: HeaderMap,
    Input(named): Input<NamedPeople>,
) -> Result<Changed, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    let intent = IncidentIntent::Restrict { to: named.checked(&server, &caller, &headers)? };
    let tag = server.change_seen::<IncidentRow, Incident>(&caller, &headers, id, intent).await?;
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, tag)]))
}

/// Open an incident up to everybody with the permission.
#[utoipa::path(
    delete,
    path = "/api/v1/incidents/{id}/access",
    params(
        ("id" = String, Path, description = "its id", example = "INC-0003"),
        ("If-Match" = String, Header, description = "the ETag of the incident as you read it")
    ),
    responses(
        (status = 204, description = "it is open", headers(("ETag" = String, description = "its version"))),
        (status = 412, description = "it changed", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn open_up(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    headers: HeaderMap,
) -> Result<Changed, Problem> {
    let intent = IncidentIntent::OpenUp;
    let tag = server.change_seen::<IncidentRow, Incident>(&caller, &headers, id, intent).await?;
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, tag)]))
}

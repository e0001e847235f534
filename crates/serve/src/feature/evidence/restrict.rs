//! Who may see a piece of evidence.

use crate::access::Caller;
use crate::http::{Id, Input, NoQuery, Problem};
use crate::server::{NamedPeople, Server};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use cofferdam_journal::evidence::{Evidence, EvidenceIntent};
use cofferdam_journal::view::EvidenceRow;
use cofferdam_vocabulary::ContentHash;
use std::sync::Arc;

/// No more is said than which version is there now.
type Changed = (StatusCode, [(HeaderName, HeaderValue); 1]);

/// Restrict a piece of evidence to named people. Alerts that name it do so for nobody else; what they quote of it stays.
#[utoipa::path(
    put,
    path = "/api/v1/evidence/{hash}/access",
    params(
        ("hash" = String, Path, description = "its SHA-256"),
        ("If-Match" = String, Header, description = "the ETag of the evidence as you read it")
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
    Id(hash): Id<ContentHash>,
    _: NoQuery,
    headers: HeaderMap,
    Input(named): Input<NamedPeople>,
) -> Result<Changed, Problem> {
    server.sight(&caller).row::<EvidenceRow>(hash)?;
    let intent = EvidenceIntent::Restrict { to: named.checked(&server, &caller, &headers)? };
    let tag = server.change_seen::<EvidenceRow, Evidence>(&caller, &headers, hash, intent).await?;
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, tag)]))
}

/// Open a piece of evidence up to everybody with the permission.
#[utoipa::path(
    delete,
    path = "/api/v1/evidence/{hash}/access",
    params(
        ("hash" = String, Path, description = "its SHA-256"),
        ("If-Match" = String, Header, description = "the ETag of the evidence as you read it")
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
    Id(hash): Id<ContentHash>,
    _: NoQuery,
    headers: HeaderMap,
) -> Result<Changed, Problem> {
    let intent = EvidenceIntent::OpenUp;
    let tag = server.change_seen::<EvidenceRow, Evidence>(&caller, &headers, hash, intent).await?;
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, tag)]))
}

//! Sources added, changed and removed.

use super::terms::{NewSource, SourceTerms};
use super::view::SourceView;
use crate::access::Caller;
use crate::http::{Id, Input, NoQuery, Problem};
use crate::intake::Kind;
use crate::server::Server;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cofferdam_journal::source::{SourceIntent, SourceKind};
use cofferdam_vocabulary::SourceName;
use std::sync::Arc;

/// Add a source. It can send nothing before it has a token or a secret.
#[utoipa::path(
    post,
    path = "/api/v1/sources",
    request_body = NewSource,
    responses((status = 201, description = "added", body = SourceView))
)]
pub async fn add(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Input(new): Input<NewSource>,
) -> Result<Response, Problem> {
    let name = SourceName::parse(&new.name).map_err(|error| Problem::invalid().detail(error.to_string()))?;
    server.change_source(&caller, name, SourceIntent::Add(new.settings()?)).await?;
    let source = server.source(name)?;
    let mut response = (StatusCode::CREATED, SourceView::answer(&source, (server.clock)())).into_response();
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/sources/{name}")) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// Say how what a source sends is read from now on: all of it, in the place of what was said before.
#[utoipa::path(
    put,
    path = "/api/v1/sources/{name}",
    params(
        ("name" = String, Path, description = "its name, such as web-proxy"),
        ("If-Match" = String, Header, description = "the ETag of the source as you read it")
    ),
    request_body = SourceTerms,
    responses(
        (status = 200, description = "changed", body = SourceView),
        (status = 412, description = "changed meanwhile", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "no version", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn change(
    State(server): State<Arc<Server>>,
    Id(name): Id<SourceName>,
    caller: Caller,
    _: NoQuery,
    headers: HeaderMap,
    Input(terms): Input<SourceTerms>,
) -> Result<Response, Problem> {
    let kind = match server.source(name)?.kind {
        Kind::Alerts => SourceKind::Alerts,
        _ => SourceKind::Events,
    };
    let intent = SourceIntent::Change(terms.settings(kind)?);
    server.change_source_of(&caller, &headers, name, intent).await?;
    Ok(SourceView::answer(&*server.source(name)?, (server.clock)()))
}

/// Remove a source: its tokens and its secret count no more at once. What it sent stays.
#[utoipa::path(
    delete,
    path = "/api/v1/sources/{name}",
    params(
        ("name" = String, Path, description = "its name, such as web-proxy"),
        ("If-Match" = String, Header, description = "the ETag of the source as you read it")
    ),
    responses(
        (status = 204, description = "removed"),
        (status = 412, description = "changed meanwhile", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "no version", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn remove(
    State(server): State<Arc<Server>>,
    Id(name): Id<SourceName>,
    caller: Caller,
    _: NoQuery,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    server.change_source_of(&caller, &headers, name, SourceIntent::Remove).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Sources, all of them and one by one.

use super::view::SourceView;
use crate::http::{Id, NoQuery, Problem};
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use cofferdam_vocabulary::SourceName;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// All sources.
#[derive(Serialize, ToSchema)]
pub struct SourceList {
    /// By name.
    items: Vec<SourceView>,
}

/// What sends events and alerts, and how much.
#[utoipa::path(
    get,
    path = "/api/v1/sources",
    responses((status = 200, description = "all of them", body = SourceList))
)]
pub async fn sources(State(server): State<Arc<Server>>, _: NoQuery) -> Json<SourceList> {
    let now = (server.clock)();
    let items = server.intake.sources.all().iter().map(|source| SourceView::of(source, now)).collect();
    Json(SourceList { items })
}

/// One source, with the version that a change must name.
#[utoipa::path(
    get,
    path = "/api/v1/sources/{name}",
    params(("name" = String, Path, description = "its name, such as web-proxy")),
    responses((status = 200, description = "the source", body = SourceView))
)]
pub async fn source(
    State(server): State<Arc<Server>>,
    Id(name): Id<SourceName>,
    _: NoQuery,
) -> Result<Response, Problem> {
    Ok(SourceView::answer(&*server.source(name)?, (server.clock)()))
}

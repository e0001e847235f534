//! Incidents: their list, each of them whole with its journal, who leads and who may see it, and its way out as a bundle.

mod command;
mod export;
mod restrict;
mod similar;
mod suggestion;
mod view;

use crate::access::{Access, Caller};
use crate::http::{Id, NoQuery, Page, PageQuery, Problem, Query, etag};
use crate::ledger::{EntryPage, EntryQuery};
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use cofferdam_journal::incident::Incident;
use cofferdam_journal::view::IncidentRow;
use cofferdam_journal::{Aggregate, Permission};
use cofferdam_vocabulary::IncidentId;
use std::sync::Arc;
use utoipa_axum::routes;
use view::{IncidentItem, IncidentView};

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let read = Access::Needs(Permission::IncidentsRead);
    let command = Access::Needs(Permission::IncidentsCommand);
    let restrict = Access::NeedsFresh(Permission::IncidentsRestrict);
    routes
        .add(read, routes!(list))
        .add(read, routes!(one))
        .add(read, routes!(entries))
        .add(read, routes!(similar::similar))
        .add(command, routes!(command::name))
        .add(command, routes!(command::relieve))
        .add(command, routes!(suggestion::decide))
        .add(restrict, routes!(restrict::restrict))
        .add(restrict, routes!(restrict::open_up))
        .add(Access::NeedsFresh(Permission::IncidentsExport), routes!(export::export));
}

/// Incidents, page by page. Those that were merged into others are among them.
#[utoipa::path(
    get,
    path = "/api/v1/incidents",
    params(PageQuery),
    responses((status = 200, description = "a page of them", body = Page<IncidentItem>))
)]
async fn list(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<IncidentItem>>, Problem> {
    server.sight(&caller).list_page::<IncidentRow, _>(&query, (server.clock)(), IncidentItem::of).map(Json)
}

/// One incident.
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{id}",
    params(("id" = String, Path, description = "its id", example = "INC-0003")),
    responses((
        status = 200,
        description = "all that is known of it",
        body = IncidentView,
        headers(("ETag" = String, description = "its version; to be sent back as If-Match by whoever changes it"))
    ))
)]
async fn one(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<IncidentId>,
) -> Result<([(HeaderName, HeaderValue); 1], Json<IncidentView>), Problem> {
    let (row, entries) = server.sight(&caller).object::<IncidentRow>(id).await?;
    let incident = Incident::replay(entries.iter().map(|entry| &entry.fact));
    let view = IncidentView::of(&row, &incident).ok_or_else(Problem::not_found)?;
    Ok(([(header::ETAG, etag(entries.len() as u64))], Json(view)))
}

/// What was recorded of an incident.
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{id}/entries",
    params(("id" = String, Path, description = "its id", example = "INC-0003"), EntryQuery),
    responses((status = 200, description = "a page of entries, the first first", body = EntryPage))
)]
async fn entries(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    Query(query): Query<EntryQuery>,
) -> Result<Json<EntryPage>, Problem> {
    server.sight(&caller).object_page::<IncidentRow>(id, &query, (server.clock)()).await.map(Json)
}

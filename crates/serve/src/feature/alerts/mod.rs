//! Alerts: their list, and each of them whole.

mod similar;
mod view;

use crate::access::{Access, Caller};
use crate::http::{Id, NoQuery, Page, PageQuery, Problem, Query};
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use cofferdam_journal::alert::Alert;
use cofferdam_journal::view::AlertRow;
use cofferdam_journal::{Aggregate, Permission};
use cofferdam_vocabulary::AlertId;
use std::sync::Arc;
use utoipa_axum::routes;
use view::{AlertItem, AlertView};

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let read = Access::Needs(Permission::AlertsRead);
    routes.add(read, routes!(list)).add(read, routes!(one)).add(read, routes!(similar::similar));
}

/// Alerts, page by page.
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    params(PageQuery),
    responses((status = 200, description = "a page of them", body = Page<AlertItem>))
)]
async fn list(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<AlertItem>>, Problem> {
    server.sight(&caller).list_page::<AlertRow, _>(&query, (server.clock)(), AlertItem::of).map(Json)
}

/// One alert.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/{id}",
    params(("id" = String, Path, description = "its id", example = "ALR-000017")),
    responses((
        status = 200,
        description = "all that is known of it",
        body = AlertView,
        headers(("ETag" = String, description = "changes whenever it does"))
    ))
)]
async fn one(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<AlertId>,
) -> Result<(HeaderMap, Json<AlertView>), Problem> {
    let (row, entries) = server.sight(&caller).object::<AlertRow>(id).await?;
    let alert = Alert::replay(entries.iter().map(|entry| &entry.fact));
    let known = alert.known.ok_or_else(Problem::not_found)?;
    let mut headers = HeaderMap::new();
    headers.extend(tag(entries.len(), &row).map(|tag| (header::ETAG, tag)));
    Ok((headers, Json(AlertView::of(&row, &known, &alert.triage))))
}

/// An alert changes with its own facts, and with the incident that it belongs to.
fn tag(version: usize, row: &AlertRow) -> Option<HeaderValue> {
    let incident = row.incident.map_or_else(String::new, |incident| format!("-{incident}"));
    HeaderValue::from_str(&format!("\"{version}{incident}\"")).ok()
}

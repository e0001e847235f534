//! Figures of the running server, as Prometheus reads them (text format 0.0.4).

mod intake;
mod text;

use crate::access::Access;
use crate::http::NoQuery;
use crate::routes::Routes;
use crate::server::Server;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use cofferdam_journal::Permission;
use std::sync::Arc;
use utoipa_axum::routes;

/// Adds the routes; anybody may read them where the configuration says so.
pub fn routes(routes: &mut Routes) {
    let is_open = routes.settings().open_metrics;
    let access = if is_open { Access::Public } else { Access::Needs(Permission::MetricsRead) };
    routes.add(access, routes!(metrics));
}

/// Figures of the running server.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, description = "in Prometheus' text format", content_type = "text/plain", body = String))
)]
async fn metrics(State(server): State<Arc<Server>>, _: NoQuery) -> Response {
    let text = text::text(&server);
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

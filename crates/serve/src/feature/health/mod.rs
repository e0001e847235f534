//! Whether the server lives, and whether it can work: for load balancers and service managers.

use crate::access::Access;
use crate::http::{NoQuery, Problem};
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes.add(Access::Public, routes!(alive));
    routes.add(Access::Public, routes!(ready));
}

/// The server answers.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether the server answers at all.
#[utoipa::path(get, path = "/healthz", responses((status = 200, description = "it lives", body = Health)))]
async fn alive(_: NoQuery) -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Whether the server can record and read facts.
#[utoipa::path(get, path = "/readyz", responses((status = 200, description = "it can work", body = Health)))]
async fn ready(State(server): State<Arc<Server>>, _: NoQuery) -> Result<Json<Health>, Problem> {
    let readable = server.ledger.is_current() && server.ledger.can_write() && server.ledger.can_read().await;
    if readable { Ok(Json(Health { status: "ok" })) } else { Err(Problem::unavailable().retry_after(5)) }
}

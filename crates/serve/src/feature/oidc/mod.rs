//! Signing in by an OpenID provider: out to it, and back with its word for who somebody is.

mod admit;
mod callback;
mod start;

use crate::access::Access;
use crate::http::NoQuery;
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
    routes.add(Access::Public, routes!(state));
    routes.add(Access::Public, routes!(start::start));
    routes.add(Access::Public, routes!(callback::callback));
}

/// Whether people may sign in by a provider.
#[derive(Serialize, ToSchema)]
pub struct OidcState {
    /// They may, at `/api/v1/oidc/start`.
    configured: bool,
    /// What the button says.
    #[schema(example = "Sign in with Example")]
    label: Option<String>,
}

/// Whether people may sign in by a provider, and what the button says.
#[utoipa::path(get, path = "/api/v1/oidc", responses((status = 200, description = "whether they may", body = OidcState)))]
async fn state(State(server): State<Arc<Server>>, _: NoQuery) -> Json<OidcState> {
    let label = server.oidc.as_ref().map(|oidc| oidc.provider.settings().label.clone());
    Json(OidcState { configured: label.is_some(), label })
}

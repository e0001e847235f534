//! How the server is configured, and who said so.

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
    routes.add(Access::Needs(cofferdam_journal::Permission::ConfigurationRead), routes!(configuration));
}

/// All settings.
#[derive(Serialize, ToSchema)]
pub struct SettingList {
    /// Each with its value and where that comes from.
    items: Vec<SettingView>,
}

/// One setting.
#[derive(Serialize, ToSchema)]
pub struct SettingView {
    /// Its name.
    #[schema(example = "session.idle")]
    key: String,
    /// Its value; of secrets only that they are set.
    #[schema(example = "30min")]
    value: String,
    /// `default`, a place in a file, a variable of the environment, or a flag.
    #[schema(example = "default")]
    origin: String,
}

/// How the server is configured, and where each value comes from.
#[utoipa::path(
    get,
    path = "/api/v1/configuration",
    responses((status = 200, description = "all settings", body = SettingList))
)]
async fn configuration(State(server): State<Arc<Server>>, _: NoQuery) -> Json<SettingList> {
    let shown = server.settings.shown.iter();
    let view = |setting: &crate::settings::Shown| SettingView {
        key: setting.key.clone(),
        value: setting.value.clone(),
        origin: setting.origin.clone(),
    };
    Json(SettingList { items: shown.map(view).collect() })
}

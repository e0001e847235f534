//! Tasks of an incident: what is to be done, by whom, until when, and what must be done before.

mod change;
mod view;

use crate::access::{Access, Caller};
use crate::http::{Id, NoQuery, Problem};
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use cofferdam_journal::Permission;
use cofferdam_journal::view::IncidentRow;
use cofferdam_vocabulary::IncidentId;
use std::sync::Arc;
use utoipa_axum::routes;
use view::TaskList;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let work = Access::Needs(Permission::IncidentsWork);
    routes
        .add(Access::Needs(Permission::IncidentsRead), routes!(list))
        .add(work, routes!(change::add))
        .add(work, routes!(change::change))
        .add(work, routes!(change::move_to));
}

/// All tasks of an incident, at most 1,000, in the order in which they were added.
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{id}/tasks",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    responses((status = 200, description = "all of them", body = TaskList))
)]
async fn list(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
) -> Result<Json<TaskList>, Problem> {
    let (_, entries) = server.sight(&caller).object::<IncidentRow>(id).await?;
    Ok(Json(TaskList::of(&entries, (server.clock)())))
}

//! The timeline of an incident: what was seen, what people did, and what they say happened.

mod moment;
mod view;

use crate::access::{Access, Caller};
use crate::http::{Id, NoQuery, Problem};
use crate::ledger::{Order, Wanted};
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use cofferdam_journal::Permission;
use cofferdam_journal::filter::Filter;
use cofferdam_journal::view::{AlertRow, IncidentRow};
use cofferdam_vocabulary::IncidentId;
use std::sync::Arc;
use utoipa_axum::routes;
use view::Timeline;

/// Alerts that are told with a timeline.
const ALERTS: usize = 1000;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let work = Access::Needs(Permission::IncidentsWork);
    routes
        .add(Access::Needs(Permission::IncidentsRead), routes!(timeline))
        .add(work, routes!(moment::add))
        .add(work, routes!(moment::change))
        .add(work, routes!(moment::remove));
}

/// All that happened, by when it did: moments that people put there, the first 1,000 alerts, and the steps of the
/// response.
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{id}/timeline",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    responses((status = 200, description = "all of it", body = Timeline))
)]
async fn timeline(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
) -> Result<Json<Timeline>, Problem> {
    let (_, entries) = server.sight(&caller).object::<IncidentRow>(id).await?;
    let alerts = if caller.may(Permission::AlertsRead) {
        let of = Filter::parse(&format!("incident = {id}"), (server.clock)());
        let filter: Filter<AlertRow> = of.map_err(|_| Problem::internal())?;
        let wanted = Wanted { filter: &filter, order: Order::Oldest, after: None, limit: ALERTS };
        server.sight(&caller).page::<AlertRow>(&wanted).0
    } else {
        Vec::new()
    };
    Ok(Json(Timeline::of(&entries, &alerts)))
}

//! How right rules are, by what people found their alerts to be.

mod tally;
mod view;

use crate::access::{Access, Caller};
use crate::http::{Problem, Query, filter};
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use cofferdam_journal::Permission;
use cofferdam_journal::view::AlertRow;
use std::ops::ControlFlow;
use std::sync::Arc;
use tally::Tally;
use utoipa_axum::routes;
use view::{PrecisionQuery, RulePrecisions};

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes.add(Access::Needs(Permission::AlertsRead), routes!(precision));
}

/// How right rules are, by the verdicts of the alerts that the caller sees.
#[utoipa::path(
    get,
    path = "/api/v1/rules/precision",
    params(PrecisionQuery),
    responses((status = 200, description = "those with the most alerts first", body = RulePrecisions))
)]
async fn precision(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Query(query): Query<PrecisionQuery>,
) -> Result<Json<RulePrecisions>, Problem> {
    let wanted = filter::<AlertRow>(query.filter.as_deref().unwrap_or_default(), (server.clock)())?;
    let mut tally = Tally::default();
    server.sight(&caller).each::<AlertRow>(|row| {
        if wanted.matches(row) {
            tally.count(row);
        }
        ControlFlow::Continue(())
    });
    Ok(Json(RulePrecisions::of(tally)))
}

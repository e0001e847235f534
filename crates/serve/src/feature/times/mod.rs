//! How long the response takes: of one incident, and over many.

mod query;
mod view;

use crate::access::{Access, Caller};
use crate::http::{Id, NoQuery, Problem, Query, filter};
use crate::ledger::{Order, Wanted};
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use cofferdam_journal::filter::Filter;
use cofferdam_journal::incident::{Resolution, Times};
use cofferdam_journal::view::{AlertRow, IncidentRow};
use cofferdam_journal::{Entry, Permission, StreamId};
use cofferdam_vocabulary::{AlertId, IncidentId};
use jiff::Timestamp;
use query::TimesQuery;
use std::sync::Arc;
use utoipa_axum::routes;
use view::{IncidentTimes, ResponseTimes};

/// Incidents over which is measured at once.
const INCIDENTS: usize = 500;
/// Alerts of one incident that are looked at.
const ALERTS: usize = 1000;
/// Alerts of one incident of which is looked up who took them up.
const TAKEN_UP: usize = 50;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let read = Access::Needs(Permission::IncidentsRead);
    routes.add(read, routes!(one)).add(read, routes!(all));
}

/// When what happened in the response to an incident, each time with what says so, and how long it took.
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{id}/times",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    responses((status = 200, description = "all of it", body = IncidentTimes))
)]
async fn one(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
) -> Result<Json<IncidentTimes>, Problem> {
    let (row, entries) = server.sight(&caller).object::<IncidentRow>(id).await?;
    let times = times(&server, &caller, id, &entries).await?;
    Ok(Json(IncidentTimes::of(&row, &times)))
}

/// How long the response takes over many incidents: median, ninth decile and mean, with how many each stands on.
#[utoipa::path(
    get,
    path = "/api/v1/response-times",
    params(TimesQuery),
    responses(
        (status = 200, description = "each measure, and each incident", body = ResponseTimes),
        (status = 409, description = "too many incidents", body = Problem, content_type = "application/problem+json")
    )
)]
async fn all(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Query(query): Query<TimesQuery>,
) -> Result<Json<ResponseTimes>, Problem> {
    let wanted: Filter<IncidentRow> = filter(&query.filter, (server.clock)())?;
    let asks_for_all = query.filter.contains("resolution");
    let wanted = Wanted { filter: &wanted, order: Order::Oldest, after: None, limit: INCIDENTS };
    let (rows, more) = server.sight(&caller).page::<IncidentRow>(&wanted);
    if more {
        let detail = format!("the filter takes more than {INCIDENTS} incidents");
        return Err(Problem::conflict().detail(detail).help("narrow it, such as by `opened > -90d`"));
    }
    let is_one = |row: &IncidentRow| {
        let is_real = row.closed.is_none_or(|closed| closed == Resolution::Resolved);
        row.merged_into.is_none() && (is_real || asks_for_all)
    };
    let mut measured = Vec::new();
    for row in rows.into_iter().filter(is_one) {
        let entries = server.sight(&caller).stream(StreamId::Incident(row.id)).await?;
        let times = times(&server, &caller, row.id, &entries).await?;
        measured.push((row, times));
    }
    Ok(Json(ResponseTimes::of(&measured)))
}

/// When what happened, as far as the caller sees it.
async fn times(
    server: &Arc<Server>,
    caller: &Caller,
    id: IncidentId,
    entries: &[Entry],
) -> Result<Times, Problem> {
    let rows = if caller.may(Permission::AlertsRead) {
        let of = Filter::parse(&format!("incident = {id}"), (server.clock)());
        let of: Filter<AlertRow> = of.map_err(|_| Problem::internal())?;
        let wanted = Wanted { filter: &of, order: Order::Oldest, after: None, limit: ALERTS };
        server.sight(caller).page::<AlertRow>(&wanted).0
    } else {
        Vec::new()
    };
    let mut taken_up = Vec::new();
    let is_taken_up = |row: &&AlertRow| row.assignee.is_some() || row.verdict.is_some();
    for row in rows.iter().filter(is_taken_up).take(TAKEN_UP) {
        taken_up.extend(server.sight(caller).stream(StreamId::Alert(row.id)).await?);
    }
    let raised: Vec<(AlertId, Timestamp)> = rows.iter().map(|row| (row.id, row.raised)).collect();
    Ok(Times::of(entries, &taken_up, &raised))
}

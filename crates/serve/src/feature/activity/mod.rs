//! Who uses this: which hosts, accounts and sessions were seen with another thing, by the hour, and how much was looked
//! at. It is asked before something is taken away from those who use it.

mod query;
mod view;

use crate::access::Access;
use crate::http::{Problem, Query};
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use cofferdam_detect::activity::HOURS;
use cofferdam_detect::correlation::value_of;
use cofferdam_journal::Permission;
use jiff::{SignedDuration, Timestamp};
use query::ActivityQuery;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use utoipa_axum::routes;
use view::ActivityView;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes.add(Access::Needs(Permission::ActivityRead), routes!(uses));
}

/// Who uses a host, an account, an address, a domain or a file.
#[utoipa::path(
    get,
    path = "/api/v1/activity",
    params(ActivityQuery),
    responses(
        (status = 200, description = "who was seen with it, and what was looked at", body = ActivityView),
        (status = 422, description = "the value tells nothing apart", body = Problem, content_type = "application/problem+json")
    )
)]
async fn uses(
    State(server): State<Arc<Server>>,
    Query(query): Query<ActivityQuery>,
) -> Result<Json<ActivityView>, Problem> {
    let kind = query.kind.into();
    let value = value_of(kind, &query.value).ok_or_else(|| {
        Problem::invalid().detail("this value is no such thing, or one that every host has").help(
            "name it as alerts show it; addresses such as 127.0.0.1 and hosts such as localhost are not kept",
        )
    })?;
    let now = (server.clock)();
    let to = query.to.unwrap_or(now);
    let oldest = now.saturating_sub(SignedDuration::from_hours(HOURS)).unwrap_or(Timestamp::MIN);
    let from = query.from.unwrap_or(oldest);
    if from > to {
        return Err(Problem::invalid().detail("`from` is after `to`"));
    }
    let unread = server.intake.spool.end().0.saturating_sub(server.live.next.load(Ordering::Relaxed));
    let answer = server.live.uses.with(|activity| activity.answer(kind, &value, from, to));
    let answer = answer.ok_or_else(|| {
        Problem::unavailable().detail("what was seen is being read from the disk").retry_after(1)
    })?;
    Ok(Json(ActivityView::of(answer, (from, to), unread)))
}

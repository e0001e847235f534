//! What whoever comes next must know: what changed since a time, incident by incident.

mod query;
mod view;

use crate::access::{Access, Caller};
use crate::http::{Problem, Query};
use crate::ledger::{Sight, first_since};
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use cofferdam_journal::filter::Filter;
use cofferdam_journal::view::{AlertRow, IncidentRow};
use cofferdam_journal::{Actor, Entry, Fact, Permission, StreamId};
use cofferdam_vocabulary::IncidentId;
use query::HandoverQuery;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa_axum::routes;
use view::{Alerts, Changed, HandoverView};

/// Entries that are looked at; a shift in which more was recorded is told as far as that goes.
const MOST: u64 = 200_000;
/// Entries that are looked at at once.
const LOOK: usize = 5000;
/// Incidents that are told.
const INCIDENTS: usize = 200;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes.add(Access::Needs(Permission::IncidentsRead), routes!(handover));
}

/// What changed since a time: incidents with what people did and what was found, the last first, and figures of alerts.
#[utoipa::path(
    get,
    path = "/api/v1/handover",
    params(HandoverQuery),
    responses((status = 200, description = "what changed", body = HandoverView))
)]
async fn handover(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Query(query): Query<HandoverQuery>,
) -> Result<Json<HandoverView>, Problem> {
    let sight = server.sight(&caller);
    let size = sight.size();
    let read = server.ledger.read(move |reader| first_since(reader, size, query.since));
    let first = read.await.map_err(|error| Problem::from_failure("the journal cannot be read", &error))?;
    // What came last matters most.
    let from = first.max(size.saturating_sub(MOST));
    let (mut incidents, mut alerts) = (BTreeMap::<IncidentId, Changed>::new(), Alerts::default());
    let mut next = from;
    while next < size {
        let (entries, after) = sight.entries(next, LOOK, LOOK, |_| true).await?;
        if after == next {
            break;
        }
        next = after;
        for entry in entries {
            match entry.head.stream {
                StreamId::Incident(id) => incidents.entry(id).or_default().follow(&entry, is_told(&entry)),
                StreamId::Alert(_) => alerts.follow(&entry.fact),
                _ => {}
            }
        }
    }
    let items = items(&sight, incidents);
    alerts.new_now = new_alerts(&sight, (server.clock)())?;
    let until = (server.clock)();
    Ok(Json(HandoverView { since: query.since, until, complete: from == first, incidents: items, alerts }))
}

/// What people did, and what the machine found that they would want to know. How alerts came and went is counted.
fn is_told(entry: &Entry) -> bool {
    let by_person = matches!(entry.actor, Actor::Person(_));
    let of_machine = matches!(
        entry.fact,
        Fact::IncidentOpened { .. } | Fact::SeverityAssessed(_) | Fact::IncidentMerged { .. }
    );
    by_person || of_machine
}

fn items(sight: &Sight<'_>, incidents: BTreeMap<IncidentId, Changed>) -> Vec<view::HandoverIncident> {
    let known = incidents.into_iter().rev().filter_map(|(id, changed)| {
        let row = sight.row::<IncidentRow>(id).ok()?;
        Some(changed.told(&row))
    });
    known.take(INCIDENTS).collect()
}

/// Alerts that nobody has looked at yet.
fn new_alerts(sight: &Sight<'_>, now: jiff::Timestamp) -> Result<u64, Problem> {
    let filter: Filter<AlertRow> = crate::http::filter("state = new", now)?;
    Ok(sight.count(&filter) as u64)
}

//! What waits for one person: incidents in which they have a part, decisions, tasks, alerts and calls.

mod view;

use crate::access::{Access, Caller};
use crate::http::{NoQuery, Problem};
use crate::ledger::Sight;
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use cofferdam_journal::Permission;
use cofferdam_journal::StreamId;
use cofferdam_journal::incident::Part;
use cofferdam_journal::view::{AlertRow, IncidentRow};
use cofferdam_vocabulary::UserId;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use utoipa_axum::routes;
use view::{WorkAlert, WorkDecision, WorkIncident, WorkTask, WorkView};

/// Things of one kind that are told; all are counted.
const TOLD: usize = 200;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes.add(Access::Needs(Permission::IncidentsRead), routes!(work));
}

/// What waits for the caller.
#[utoipa::path(
    get,
    path = "/api/v1/work",
    responses((status = 200, description = "all of it, up to 200 of each kind", body = WorkView))
)]
async fn work(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
) -> Result<Json<WorkView>, Problem> {
    let of = Arc::clone(&server);
    let ready = server.ledger.read(move |reader| of.desk.ready(reader)).await;
    ready.map_err(|error| Problem::from_failure("the journal cannot be read", &error))?;
    let sight = server.sight(&caller);
    let mut view = WorkView::default();
    of_incidents(&server, &sight, caller.user, &mut view);
    of_alerts(&sight, caller.user, &mut view);
    let told = server.calls.all().into_iter().filter(|(id, known)| {
        let is_open = known.state() == crate::calls::CallState::Open;
        let tells = known.call.spec.as_ref().is_some_and(|spec| spec.to.contains(&caller.user));
        is_open && tells && sight.sees(StreamId::Call(*id))
    });
    view.calls = told.map(|(id, _)| id).take(TOLD).collect();
    view.sort((server.clock)());
    Ok(Json(view))
}

/// The response to an incident goes on, and the caller may see it.
fn going_on(row: &IncidentRow) -> bool {
    row.merged_into.is_none() && row.closed.is_none()
}

fn of_incidents(server: &Server, sight: &Sight<'_>, user: UserId, view: &mut WorkView) {
    let mut parts: BTreeMap<_, Vec<Part>> = BTreeMap::new();
    let now = (server.clock)();
    server.desk.each(|id, duties| {
        let Some(row) = sight.row::<IncidentRow>(id).ok().filter(going_on) else { return };
        let of: Vec<Part> =
            duties.parts.iter().filter(|(_, has)| has.contains(&user)).map(|(part, _)| *part).collect();
        let leads = row.commander == Some(user) || of.contains(&Part::Deputy);
        if !of.is_empty() {
            parts.insert(id, of);
        }
        for (number, task) in duties.tasks.iter().filter(|(_, task)| task.owner == Some(user)) {
            view.tasks.push(WorkTask::of(id, *number, task, duties.is_blocked(task), now));
        }
        for (number, proposal) in duties.decisions.iter().filter(|_| leads) {
            view.decisions.push(WorkDecision::of(id, *number, proposal));
        }
    });
    sight.each(|row: &IncidentRow| {
        let leads = row.commander == Some(user);
        let of = parts.remove(&row.id).unwrap_or_default();
        if going_on(row) && (leads || !of.is_empty()) {
            view.incidents.push(WorkIncident::of(row, leads, &of));
        }
        if view.incidents.len() < TOLD { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    (view.task_count, view.decision_count) = (view.tasks.len() as u64, view.decisions.len() as u64);
}

fn of_alerts(sight: &Sight<'_>, user: UserId, view: &mut WorkView) {
    sight.each(|row: &AlertRow| {
        let waits = row.assignee == Some(user)
            && !row.dismissed
            && row.verdict.is_none()
            && row.merged_into.is_none();
        if waits {
            view.alert_count += 1;
            if view.alerts.len() < TOLD {
                view.alerts.push(WorkAlert::of(row));
            }
        }
        ControlFlow::Continue(())
    });
}

//! What is done with alerts: assigned, released, judged, reopened.

use super::order::{AssignOrder, JudgeOrder, REASON_CHARS, ReleaseOrder, ReopenOrder, TriageResult};
use crate::access::Caller;
use crate::http::{Input, NoQuery, Problem, filter_to_change, said};
use crate::server::{Act, Server};
use axum::Json;
use axum::extract::State;
use cofferdam_journal::Permission;
use cofferdam_journal::view::AlertRow;
use std::sync::Arc;

/// Say who works on alerts. They are in triage from then on.
#[utoipa::path(
    post,
    path = "/api/v1/triage/assign",
    request_body = AssignOrder,
    responses(
        (status = 200, description = "what came of it", body = TriageResult),
        (status = 409, description = "too many alerts, or nobody who could work on them", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn assign(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Input(order): Input<AssignOrder>,
) -> Result<Json<TriageResult>, Problem> {
    let to = order.to.unwrap_or(caller.user);
    server.check_able(to, Permission::AlertsTriage, "works on alerts", None)?;
    carry_out(&server, &caller, &order.filter, Act::Assign { to }, order.dry_run).await
}

/// Say that nobody works on alerts for now.
#[utoipa::path(
    post,
    path = "/api/v1/triage/release",
    request_body = ReleaseOrder,
    responses(
        (status = 200, description = "what came of it", body = TriageResult),
        (status = 409, description = "too many alerts", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn release(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Input(order): Input<ReleaseOrder>,
) -> Result<Json<TriageResult>, Problem> {
    carry_out(&server, &caller, &order.filter, Act::Release, order.dry_run).await
}

/// Say what alerts are, and why. Whatever is no true positive is dismissed: nothing more is done about it, and it counts
/// nowhere.
#[utoipa::path(
    post,
    path = "/api/v1/triage/judge",
    request_body = JudgeOrder,
    responses(
        (status = 200, description = "what came of it", body = TriageResult),
        (status = 409, description = "too many alerts", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn judge(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Input(order): Input<JudgeOrder>,
) -> Result<Json<TriageResult>, Problem> {
    let judgement = order.judgement()?;
    carry_out(&server, &caller, &order.filter, Act::Judge(judgement), order.dry_run).await
}

/// Take back what alerts were found to be: they count again.
#[utoipa::path(
    post,
    path = "/api/v1/triage/reopen",
    request_body = ReopenOrder,
    responses(
        (status = 200, description = "what came of it", body = TriageResult),
        (status = 409, description = "too many alerts", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn reopen(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Input(order): Input<ReopenOrder>,
) -> Result<Json<TriageResult>, Problem> {
    let reason = said("reason", &order.reason, REASON_CHARS)?;
    carry_out(&server, &caller, &order.filter, Act::Reopen { reason }, order.dry_run).await
}

async fn carry_out(
    server: &Arc<Server>,
    caller: &Caller,
    which: &str,
    act: Act,
    dry_run: bool,
) -> Result<Json<TriageResult>, Problem> {
    let filter = filter_to_change::<AlertRow>(which, (server.clock)())?;
    server.triage(caller, filter, act, dry_run).await.map(TriageResult::of).map(Json)
}

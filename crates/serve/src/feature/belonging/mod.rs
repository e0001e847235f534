//! What people say belongs to which incident: opened by hand, attached, detached, split, merged and unmerged.

use crate::access::{Access, Caller};
use crate::http::{Id, Input, LevelName, NoQuery, Problem, filter_to_change, said};
use crate::ledger::{Order, Wanted};
use crate::routes::Routes;
use crate::server::{PLACED_AT_ONCE, Placement, Server};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use cofferdam_journal::Permission;
use cofferdam_journal::incident::Severity;
use cofferdam_journal::view::{AlertRow, IncidentRow};
use cofferdam_vocabulary::{AlertId, IncidentId, Level};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// Characters of a title.
const TITLE_CHARS: usize = 200;
/// Characters of a reason.
const REASON_CHARS: usize = 500;

/// An incident that people found.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIncident {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", example = "Stolen laptop of the sales team")]
    title: String,
    /// How bad it seems.
    #[schema(value_type = LevelName)]
    severity: Level,
    /// Why it is an incident, and as bad as that.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"\S",
        example = "it held customer data, unencrypted"
    )]
    reason: String,
    /// Alerts that belong to it, in the language of docs/filter.md; at most 1,000.
    #[schema(min_length = 1, max_length = 1000, example = "id in (ALR-000017, ALR-000018)")]
    filter: Option<String>,
    /// Take alerts out of the incidents in which they are.
    #[serde(default, rename = "move")]
    moving: bool,
}

/// Alerts that belong to an incident.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachOrder {
    /// Which alerts, in the language of docs/filter.md; at most 1,000.
    #[schema(min_length = 1, max_length = 1000, example = "id = ALR-000017")]
    filter: String,
    /// Why they belong to it.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "the same key was used")]
    reason: String,
    /// Take alerts out of the incidents in which they are.
    #[serde(default, rename = "move")]
    moving: bool,
}

/// Alerts that do not belong to an incident.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DetachOrder {
    /// Which alerts, in the language of docs/filter.md; at most 1,000.
    #[schema(min_length = 1, max_length = 1000, example = "id = ALR-000017")]
    filter: String,
    /// Why they do not.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "the nightly backup")]
    reason: String,
}

/// Alerts of an incident that are an incident of their own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitOrder {
    /// Which of its alerts, in the language of docs/filter.md; at most 1,000.
    #[schema(min_length = 1, max_length = 1000, example = "incident = INC-0003 rule = ssh-brute-force")]
    filter: String,
    /// What people call the new incident.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", example = "Brute force from the internet")]
    title: String,
    /// Why it is one of its own.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "another actor")]
    reason: String,
}

/// An incident that is part of another.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeOrder {
    /// The other one.
    #[schema(value_type = String, example = "INC-0001")]
    into: IncidentId,
    /// Why they are one.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "the same actor")]
    reason: String,
}

/// An incident that is no part of another.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnmergeOrder {
    /// Why they are not one.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "two actors on one host")]
    reason: String,
}

/// An incident that was opened.
#[derive(Serialize, ToSchema)]
pub struct OpenedIncident {
    /// Its id.
    #[schema(value_type = String, example = "INC-0004")]
    id: IncidentId,
}

type Opened = (StatusCode, [(HeaderName, String); 1], Json<OpenedIncident>);

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let work = Access::Needs(Permission::IncidentsWork);
    routes
        .add(work, routes!(open))
        .add(work, routes!(attach))
        .add(work, routes!(detach))
        .add(work, routes!(split))
        .add(work, routes!(merge))
        .add(work, routes!(unmerge));
}

/// Open an incident that people found. What belongs to it is for people to say.
#[utoipa::path(
    post,
    path = "/api/v1/incidents",
    request_body = NewIncident,
    responses(
        (status = 201, description = "it is open", body = OpenedIncident),
        (status = 409, description = "an alert is in another incident, or cannot be moved", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn open(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Input(new): Input<NewIncident>,
) -> Result<Opened, Problem> {
    let title = said("title", &new.title, TITLE_CHARS)?;
    let reason = said("reason", &new.reason, REASON_CHARS)?;
    let alerts = match &new.filter {
        Some(text) => meant(&server, &caller, text)?,
        None => BTreeSet::new(),
    };
    let severity = Severity { level: new.severity, reasons: vec![reason.clone()] };
    let placement = Placement { alerts, moving: new.moving, reason };
    server.open_incident(&caller, title, severity, placement).await.map(opened)
}

/// Say that alerts belong to an incident. From then on nothing joins it by itself: it is suggested.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{id}/attach",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = AttachOrder,
    responses(
        (status = 204, description = "they belong to it"),
        (status = 409, description = "an alert is in another incident, or cannot be moved", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn attach(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(order): Input<AttachOrder>,
) -> Result<StatusCode, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    let reason = said("reason", &order.reason, REASON_CHARS)?;
    let alerts = meant(&server, &caller, &order.filter)?;
    server.attach(&caller, id, Placement { alerts, moving: order.moving, reason }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say that alerts do not belong to an incident. They stay out of all incidents until people attach them.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{id}/detach",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = DetachOrder,
    responses(
        (status = 204, description = "they do not belong to it"),
        (status = 409, description = "an alert is not in it", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn detach(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(order): Input<DetachOrder>,
) -> Result<StatusCode, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    let reason = said("reason", &order.reason, REASON_CHARS)?;
    let alerts = meant(&server, &caller, &order.filter)?;
    server.detach(&caller, id, alerts, reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make an incident of some alerts of this one.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{id}/split",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = SplitOrder,
    responses(
        (status = 201, description = "the new incident", body = OpenedIncident),
        (status = 409, description = "an alert is not in it, or it is restricted", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn split(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(order): Input<SplitOrder>,
) -> Result<Opened, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    let title = said("title", &order.title, TITLE_CHARS)?;
    let reason = said("reason", &order.reason, REASON_CHARS)?;
    let alerts = meant(&server, &caller, &order.filter)?;
    let placement = Placement { alerts, moving: true, reason };
    server.split_incident(&caller, id, title, placement).await.map(opened)
}

/// Make an incident part of another, which has its alerts from then on.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{id}/merge",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = MergeOrder,
    responses(
        (status = 204, description = "it is part of the other"),
        (status = 409, description = "they cannot be one", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn merge(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(order): Input<MergeOrder>,
) -> Result<StatusCode, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    let reason = said("reason", &order.reason, REASON_CHARS)?;
    server.merge_incidents(&caller, id, order.into, reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a merge back. The incident has its alerts again, but for those that were moved since.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{id}/unmerge",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = UnmergeOrder,
    responses(
        (status = 204, description = "it is an incident of its own"),
        (status = 409, description = "it is part of no other", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn unmerge(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(order): Input<UnmergeOrder>,
) -> Result<StatusCode, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    let reason = said("reason", &order.reason, REASON_CHARS)?;
    server.unmerge_incident(&caller, id, reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn opened(id: IncidentId) -> Opened {
    let location = format!("/api/v1/incidents/{id}");
    (StatusCode::CREATED, [(header::LOCATION, location)], Json(OpenedIncident { id }))
}

/// The alerts that a filter takes and the caller sees.
fn meant(server: &Server, caller: &Caller, text: &str) -> Result<BTreeSet<AlertId>, Problem> {
    let parsed = filter_to_change::<AlertRow>(text, (server.clock)())?;
    let wanted = Wanted { filter: &parsed, order: Order::Oldest, after: None, limit: PLACED_AT_ONCE };
    let (rows, more) = server.sight(caller).page::<AlertRow>(&wanted);
    if more {
        let detail = format!("the filter takes more than {PLACED_AT_ONCE} alerts");
        return Err(Problem::conflict().detail(detail).help("narrow it, or do it in several steps"));
    }
    if rows.is_empty() {
        return Err(Problem::conflict().detail("the filter takes no alert"));
    }
    Ok(rows.into_iter().map(|row| row.id).collect())
}

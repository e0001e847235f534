//! Tasks as they are added, changed, done and dropped. Whoever changes one says which revision they read.

use super::view::{StateName, TaskList, TaskView};
use crate::access::Caller;
use crate::http::{BaseRevision, Id, Ids, Input, NoQuery, PhaseName, Problem};
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cofferdam_journal::incident::{IncidentIntent, TaskNumber, TaskSpec};
use cofferdam_journal::view::IncidentRow;
use cofferdam_journal::{Fact, Permission, Personal, StreamId};
use cofferdam_vocabulary::{IncidentId, UserId};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Characters of a title.
const TITLE_CHARS: usize = 200;
/// Characters of what came of a task.
const OUTCOME_CHARS: usize = 500;

/// What is to be done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTask {
    /// What, in a few words.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", example = "image the disk of web-01")]
    title: String,
    /// The phase to which it belongs.
    phase: PhaseName,
    /// The phase is not left without it.
    #[serde(default)]
    mandatory: bool,
    /// Who does it; they must be let in, see the incident, and may work on it by a role.
    #[schema(value_type = Option<String>, example = "USR-0001")]
    owner: Option<UserId>,
    /// Until when.
    due: Option<Timestamp>,
    /// Numbers of tasks that must be done, or dropped, before.
    #[serde(default)]
    #[schema(max_items = 50, example = json!([1]))]
    blocked_by: Vec<u64>,
}

/// What is to be done from now on: all of it, not only what is other than before.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskChange {
    /// The revision that you read.
    #[schema(value_type = u64, minimum = 1, maximum = 1000000, example = 1)]
    base: BaseRevision,
    /// What, in a few words.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", example = "image both disks of web-01")]
    title: String,
    /// The phase to which it belongs.
    phase: PhaseName,
    /// The phase is not left without it.
    mandatory: bool,
    /// Who does it; they must be let in, see the incident, and may work on it by a role.
    #[schema(value_type = Option<String>, example = "USR-0001")]
    owner: Option<UserId>,
    /// Until when.
    due: Option<Timestamp>,
    /// Numbers of tasks that must be done, or dropped, before.
    #[schema(max_items = 50, example = json!([1]))]
    blocked_by: Vec<u64>,
}

/// How far a task is from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskMove {
    /// The revision that you read.
    #[schema(value_type = u64, minimum = 1, maximum = 1000000, example = 1)]
    base: BaseRevision,
    /// How far.
    state: StateName,
    /// What came of it; for one that is dropped, why.
    #[schema(max_length = 500, example = "both images lie in the evidence store")]
    outcome: Option<String>,
}

/// Add something that is to be done.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{id}/tasks",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = NewTask,
    responses(
        (status = 201, description = "the task", body = TaskView),
        (status = 409, description = "nobody who could do it, or a task before it that there is none of", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a text cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn add(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(new): Input<NewTask>,
) -> Result<(StatusCode, Json<TaskView>), Problem> {
    let NewTask { title, phase, mandatory, owner, due, blocked_by } = new;
    server.sight(&caller).row::<IncidentRow>(id)?;
    let spec = spec(&server, id, (title, phase, mandatory, owner, due, blocked_by))?;
    let facts = server.ask_incident(&caller, id, IncidentIntent::AddTask(spec)).await?;
    let number = facts.iter().find_map(|fact| match fact {
        Fact::TaskAdded { task, .. } => Some(*task),
        _ => None,
    });
    let view = now(&server, &caller, id, number.ok_or_else(Problem::internal)?).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Change what is to be done.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/tasks/{task}",
    params(
        ("id" = String, Path, description = "the incident's id", example = "INC-0003"),
        ("task" = u64, Path, description = "the task's number", example = 1)
    ),
    request_body = TaskChange,
    responses(
        (status = 200, description = "the task", body = TaskView),
        (status = 409, description = "somebody changed it meanwhile, or it cannot be so", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a text cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn change(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Ids(id, task): Ids<IncidentId, TaskNumber>,
    _: NoQuery,
    Input(change): Input<TaskChange>,
) -> Result<Json<TaskView>, Problem> {
    let TaskChange { base, title, phase, mandatory, owner, due, blocked_by } = change;
    now(&server, &caller, id, task).await?;
    let spec = spec(&server, id, (title, phase, mandatory, owner, due, blocked_by))?;
    server.ask_incident(&caller, id, IncidentIntent::ChangeTask { task, base: base.0, spec }).await?;
    now(&server, &caller, id, task).await.map(Json)
}

/// Say that a task was done, is not done any more, or is to be done again.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/tasks/{task}/state",
    params(
        ("id" = String, Path, description = "the incident's id", example = "INC-0003"),
        ("task" = u64, Path, description = "the task's number", example = 1)
    ),
    request_body = TaskMove,
    responses(
        (status = 200, description = "the task", body = TaskView),
        (status = 409, description = "it waits for another, or somebody changed it meanwhile", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a text cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn move_to(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Ids(id, task): Ids<IncidentId, TaskNumber>,
    _: NoQuery,
    Input(order): Input<TaskMove>,
) -> Result<Json<TaskView>, Problem> {
    now(&server, &caller, id, task).await?;
    let outcome = order.outcome.as_deref().map(|text| bounded("outcome", text, OUTCOME_CHARS)).transpose()?;
    let (base, state) = (order.base.0, order.state.into());
    server.ask_incident(&caller, id, IncidentIntent::MoveTask { task, base, state, outcome }).await?;
    now(&server, &caller, id, task).await.map(Json)
}

type Parts = (String, PhaseName, bool, Option<UserId>, Option<Timestamp>, Vec<u64>);

fn spec(server: &Server, id: IncidentId, parts: Parts) -> Result<Box<TaskSpec>, Problem> {
    let (title, phase, mandatory, owner, due, blocked_by) = parts;
    if title.trim().is_empty() {
        return Err(Problem::invalid().detail("`title` says something"));
    }
    if let Some(owner) = owner {
        server.check_able(
            owner,
            Permission::IncidentsWork,
            "works on incidents",
            Some(StreamId::Incident(id)),
        )?;
    }
    Ok(Box::new(TaskSpec {
        title: bounded("title", &title, TITLE_CHARS)?,
        phase: phase.0,
        mandatory,
        owner,
        due,
        blocked_by: blocked_by.into_iter().map(TaskNumber).collect(),
    }))
}

fn bounded(name: &str, text: &str, chars: usize) -> Result<Personal, Problem> {
    if text.chars().count() > chars {
        return Err(Problem::invalid().detail(format!("`{name}` has at most {chars} characters")));
    }
    Ok(Personal::of(text.trim()))
}

async fn now(
    server: &Arc<Server>,
    caller: &Caller,
    id: IncidentId,
    task: TaskNumber,
) -> Result<TaskView, Problem> {
    let (_, entries) = server.sight(caller).object::<IncidentRow>(id).await?;
    TaskList::of(&entries, (server.clock)()).one(task).ok_or_else(Problem::not_found)
}

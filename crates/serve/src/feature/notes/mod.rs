//! Notes of an incident, as Markdown: written, revised, and read with every revision.

mod query;
mod view;
mod write;

use crate::access::{Access, Caller};
use crate::http::{Id, Ids, NoQuery, Problem, Query};
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use cofferdam_journal::Permission;
use cofferdam_journal::incident::NoteNumber;
use cofferdam_journal::view::IncidentRow;
use cofferdam_vocabulary::IncidentId;
use query::NotesQuery;
use std::sync::Arc;
use utoipa_axum::routes;
use view::{NotePage, NoteWhole, Written};

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let read = Access::Needs(Permission::IncidentsRead);
    let work = Access::Needs(Permission::IncidentsWork);
    routes
        .add(read, routes!(list))
        .add(read, routes!(one))
        .add(work, routes!(write::write))
        .add(work, routes!(write::revise));
}

/// Notes of an incident as they are now, the first first.
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{id}/notes",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003"), NotesQuery),
    responses((status = 200, description = "a page of them", body = NotePage))
)]
async fn list(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    Query(query): Query<NotesQuery>,
) -> Result<Json<NotePage>, Problem> {
    let limit = query.limit()?;
    let (_, entries) = server.sight(&caller).object::<IncidentRow>(id).await?;
    Ok(Json(Written::of(&entries).page(query.after, limit)))
}

/// One note, with every revision.
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{id}/notes/{note}",
    params(
        ("id" = String, Path, description = "the incident's id", example = "INC-0003"),
        ("note" = u64, Path, description = "the note's number", example = 1)
    ),
    responses((status = 200, description = "all that it ever said", body = NoteWhole))
)]
async fn one(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Ids(id, note): Ids<IncidentId, NoteNumber>,
) -> Result<Json<NoteWhole>, Problem> {
    let (_, entries) = server.sight(&caller).object::<IncidentRow>(id).await?;
    Written::of(&entries).whole(note).map(Json).ok_or_else(Problem::not_found)
}

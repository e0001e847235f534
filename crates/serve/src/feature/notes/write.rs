//! Notes as they are written. Whoever revises one says which revision they read: what others wrote meanwhile is shown to
//! them beside their own, and nobody's text is lost.

use super::view::{NoteView, Written};
use crate::access::Caller;
use crate::http::{BaseRevision, Id, Ids, Input, NoQuery, PROBLEM_JSON, Problem};
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cofferdam_journal::incident::{IncidentIntent, IncidentRefusal, NoteNumber};
use cofferdam_journal::view::IncidentRow;
use cofferdam_journal::{Fact, Personal};
use cofferdam_vocabulary::IncidentId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Characters of a note.
const NOTE_CHARS: usize = 16_000;

/// What is written down.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    /// What it says, as Markdown.
    #[schema(
        min_length = 1,
        max_length = 16000,
        pattern = r"\S",
        example = "Called the hoster: **they** see it, too."
    )]
    text: String,
}

/// What a note says from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteRevision {
    /// The revision that you read.
    #[schema(value_type = u64, minimum = 1, maximum = 1000000, example = 1)]
    base: BaseRevision,
    /// What it says, as Markdown.
    #[schema(
        min_length = 1,
        max_length = 16000,
        pattern = r"\S",
        example = "Called the hoster: they do *not* see it."
    )]
    text: String,
}

/// Somebody revised the note meanwhile: what it says now, and what you sent.
#[derive(Serialize, ToSchema)]
pub struct NoteConflict {
    #[serde(flatten)]
    problem: Problem,
    /// The note as it is now.
    current: NoteView,
    /// What you sent.
    yours: String,
}

/// Why a note was not revised.
pub enum NotRevised {
    /// Somebody else was first.
    Conflict(Box<NoteConflict>),
    /// Anything else.
    Problem(Problem),
}

impl IntoResponse for NotRevised {
    fn into_response(self) -> Response {
        match self {
            NotRevised::Conflict(conflict) => {
                let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON))];
                (StatusCode::CONFLICT, headers, Json(conflict)).into_response()
            }
            NotRevised::Problem(problem) => problem.into_response(),
        }
    }
}

impl From<Problem> for NotRevised {
    fn from(problem: Problem) -> NotRevised {
        NotRevised::Problem(problem)
    }
}

/// The text of a note as its parts.
fn parts(text: &str) -> Result<Vec<Personal>, Problem> {
    if text.trim().is_empty() || text.chars().count() > NOTE_CHARS {
        let detail = format!("`text` is 1 to {NOTE_CHARS} characters, not all of them spaces");
        return Err(Problem::invalid().detail(detail).help("keep a document as evidence"));
    }
    Ok(Personal::parts(text))
}

/// Write something down.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{id}/notes",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = NewNote,
    responses(
        (status = 201, description = "the note", body = NoteView, headers(("Location" = String, description = "where it is"))),
        (status = 409, description = "the incident takes none", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "the text cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn write(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(note): Input<NewNote>,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1], Json<NoteView>), Problem> {
    let text = parts(&note.text)?;
    let facts = server.ask_incident(&caller, id, IncidentIntent::WriteNote { text }).await?;
    let number = facts.iter().find_map(|fact| match fact {
        Fact::NoteWritten { note, .. } => Some(*note),
        _ => None,
    });
    let view = now(&server, &caller, id, number.ok_or_else(Problem::internal)?).await?;
    let path = format!("/api/v1/incidents/{id}/notes/{}", number.map_or(0, |note| note.0));
    let location = HeaderValue::from_str(&path).map_err(|_| Problem::internal())?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(view)))
}

/// Write a note anew. What it said before is kept.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/notes/{note}",
    params(
        ("id" = String, Path, description = "the incident's id", example = "INC-0003"),
        ("note" = u64, Path, description = "the note's number", example = 1)
    ),
    request_body = NoteRevision,
    responses(
        (status = 200, description = "the note", body = NoteView),
        (status = 409, description = "somebody revised it meanwhile", body = NoteConflict, content_type = "application/problem+json"),
        (status = 422, description = "the text cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn revise(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Ids(id, note): Ids<IncidentId, NoteNumber>,
    _: NoQuery,
    Input(revision): Input<NoteRevision>,
) -> Result<Json<NoteView>, NotRevised> {
    let text = parts(&revision.text)?;
    // There is nothing to revise where there is no such note for the caller.
    now(&server, &caller, id, note).await?;
    let intent = IncidentIntent::ReviseNote { note, base: revision.base.0, text };
    match server.try_incident(&caller, id, intent).await? {
        Ok(_) => Ok(Json(now(&server, &caller, id, note).await?)),
        Err(refusal @ IncidentRefusal::NoteRevised { .. }) => {
            let current = now(&server, &caller, id, note).await?;
            let problem = Problem::conflict().detail(refusal.to_string()).help(
                "read the note again, put both together, and send that with the revision that you read",
            );
            Err(NotRevised::Conflict(Box::new(NoteConflict { problem, current, yours: revision.text })))
        }
        Err(refusal) => Err(Problem::conflict().detail(refusal.to_string()).into()),
    }
}

async fn now(
    server: &Arc<Server>,
    caller: &Caller,
    id: IncidentId,
    note: NoteNumber,
) -> Result<NoteView, Problem> {
    let (_, entries) = server.sight(caller).object::<IncidentRow>(id).await?;
    Written::of(&entries).now(note).ok_or_else(Problem::not_found)
}

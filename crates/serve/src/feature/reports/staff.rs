//! Reports for those who work here: their list, each of them whole, answers, and how far each is.

use super::given::{WHAT, text_within};
use super::view::{HowFar, ReportItem, ReportView};
use crate::access::Caller;
use crate::http::{Id, Input, NoQuery, Page, PageQuery, Problem, Query, etag, has_version};
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use cofferdam_journal::report::{Report, ReportIntent, ReportRow, ReportState};
use cofferdam_journal::{Aggregate, Personal};
use cofferdam_vocabulary::ReportId;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// No more is said than which version is there now.
type Changed = (StatusCode, [(HeaderName, HeaderValue); 1]);

/// What whoever reported is told.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportReply {
    /// Anybody who has the number reads it.
    #[schema(
        min_length = 1,
        max_length = 4000,
        pattern = r"\S",
        example = "Thank you. Please change your password now."
    )]
    text: String,
}

/// How far a report is from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportProgress {
    /// How far.
    state: HowFar,
}

/// What people reported, page by page.
#[utoipa::path(
    get,
    path = "/api/v1/reported",
    params(PageQuery),
    responses((status = 200, description = "a page of them", body = Page<ReportItem>))
)]
pub async fn list(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<ReportItem>>, Problem> {
    server.sight(&caller).list_page::<ReportRow, _>(&query, (server.clock)(), ReportItem::of).map(Json)
}

/// One report.
#[utoipa::path(
    get,
    path = "/api/v1/reported/{id}",
    params(("id" = String, Path, description = "its id", example = "REP-0001")),
    responses((
        status = 200,
        description = "all that is known of it",
        body = ReportView,
        headers(("ETag" = String, description = "its version; to be sent back as If-Match by whoever changes it"))
    ))
)]
pub async fn one(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<ReportId>,
) -> Result<([(HeaderName, HeaderValue); 1], Json<ReportView>), Problem> {
    let (row, entries) = server.sight(&caller).object::<ReportRow>(id).await?;
    let report = Report::replay(entries.iter().map(|entry| &entry.fact));
    let view = ReportView::of(&row, &report).ok_or_else(Problem::not_found)?;
    Ok(([(header::ETAG, etag(entries.len() as u64))], Json(view)))
}

/// Tell whoever reported something. A report that nobody took up yet is being looked at then.
#[utoipa::path(
    post,
    path = "/api/v1/reported/{id}/answers",
    params(("id" = String, Path, description = "its id", example = "REP-0001")),
    request_body = ReportReply,
    responses((status = 204, description = "they can read it"))
)]
pub async fn answer(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<ReportId>,
    _: NoQuery,
    Input(reply): Input<ReportReply>,
) -> Result<StatusCode, Problem> {
    text_within(&reply.text, WHAT)?;
    let row = server.sight(&caller).row::<ReportRow>(id)?;
    let text = Personal::parts(reply.text.trim());
    Server::whole(async move {
        server.ask_report(id, caller.actor(), ReportIntent::Answer { text }).await?;
        if row.state == ReportState::Received {
            let state = ReportState::BeingLookedAt;
            server.ask_report(id, caller.actor(), ReportIntent::Move { state }).await?;
        }
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Say how far a report is.
#[utoipa::path(
    put,
    path = "/api/v1/reported/{id}/state",
    params(
        ("id" = String, Path, description = "its id", example = "REP-0001"),
        ("If-Match" = String, Header, description = "the ETag of the report as you read it")
    ),
    request_body = ReportProgress,
    responses(
        (status = 204, description = "so far it is", headers(("ETag" = String, description = "its version"))),
        (status = 412, description = "it changed", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn put_state(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<ReportId>,
    _: NoQuery,
    headers: HeaderMap,
    Input(progress): Input<ReportProgress>,
) -> Result<Changed, Problem> {
    server.sight(&caller).row::<ReportRow>(id)?;
    has_version(&headers)?;
    let intent = ReportIntent::Move { state: progress.state.into() };
    let tag = server.change_seen::<ReportRow, Report>(&caller, &headers, id, intent).await?;
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, tag)]))
}

//! Reports without an account, for programs and for pages of others.

use super::IsOpen;
use super::given::{GivenReport, WHAT, text_within};
use super::view::{HowFar, ReportStatus};
use crate::http::{Id, Input, NoQuery, Problem, Source};
use crate::server::Server;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A report was taken.
#[derive(Serialize, ToSchema)]
pub struct ReportTaken {
    /// Opens the report. It is told once, and nobody can find it out.
    #[schema(example = "RPT-7K2M-0XQ4-9FZC")]
    number: String,
    /// How far it is.
    state: HowFar,
}

/// More of a report.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportAddition {
    /// What is known now.
    #[schema(min_length = 1, max_length = 4000, pattern = r"\S", example = "it was at ten")]
    text: String,
}

/// Report something, without an account. Where people may not, this is not there.
#[utoipa::path(
    post,
    path = "/api/v1/reports",
    request_body = GivenReport,
    responses(
        (status = 201, description = "taken", body = ReportTaken),
        (status = 403, description = "the code is not right", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "nobody may report here", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn send(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    _: IsOpen,
    _: NoQuery,
    Input(given): Input<GivenReport>,
) -> Result<(StatusCode, Json<ReportTaken>), Problem> {
    let number = server.receive_report(given.read(source)?, source).await?;
    let taken = ReportTaken { number: number.to_string(), state: HowFar::Received };
    Ok((StatusCode::CREATED, Json(taken)))
}

/// How far a report is, and what whoever reported is told, for whoever has its number.
#[utoipa::path(
    get,
    path = "/api/v1/reports/{number}",
    params(("number" = String, Path, description = "the number that was told when it was sent")),
    responses(
        (status = 200, description = "how far it is", body = ReportStatus),
        (status = 429, description = "too many looks", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn look(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    _: IsOpen,
    _: NoQuery,
    Id(number): Id<String>,
) -> Result<Json<ReportStatus>, Problem> {
    Ok(Json(ReportStatus::of(&server.report_of(&number, source)?)))
}

/// Add to a report, for whoever has its number.
#[utoipa::path(
    post,
    path = "/api/v1/reports/{number}/additions",
    params(("number" = String, Path, description = "the number that was told when it was sent")),
    request_body = ReportAddition,
    responses((status = 204, description = "added"))
)]
pub async fn add(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    _: IsOpen,
    _: NoQuery,
    Id(number): Id<String>,
    Input(addition): Input<ReportAddition>,
) -> Result<StatusCode, Problem> {
    text_within(&addition.text, WHAT)?;
    server.amend_report(&number, addition.text.trim(), source).await?;
    Ok(StatusCode::NO_CONTENT)
}

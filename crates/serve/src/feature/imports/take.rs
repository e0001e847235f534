//! A file is taken, read and imported.

use super::view::ImportReport;
use crate::access::Caller;
use crate::http::{Problem, Query, collect};
use crate::server::{Importing, Server};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use cofferdam_import::{ImportError, MOST_BYTES};
use serde::Deserialize;
use std::sync::Arc;

/// How a file is imported.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Only say what would come of it.
    #[serde(default)]
    dry_run: bool,
    /// What was closed in the product is closed here, too, each gate being passed over; takes `incidents:command`.
    #[serde(default)]
    close: bool,
}

/// Make incidents of the cases in a file of TheHive 4, TheHive 5 or DFIR-IRIS, and alerts of the alerts in it. What was
/// imported before stays as it is; what could not be imported is told.
#[utoipa::path(
    post,
    path = "/api/v1/imports",
    params(ImportQuery),
    request_body(
        content = String,
        content_type = "application/x-ndjson",
        description = "what the product exported: JSON, or a JSON object a line; at most 16 MiB. `application/json` is taken, too"
    ),
    responses(
        (status = 200, description = "what came of it", body = ImportReport),
        (status = 413, description = "the file is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "it is not called JSON, or is compressed", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "it is no file of such a product", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "another file is being imported", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn import(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Query(query): Query<ImportQuery>,
    request: Request,
) -> Result<Json<ImportReport>, Problem> {
    let (parts, body) = request.into_parts();
    is_json(&parts.headers)?;
    // Before any of it is read: a file that is taken apart takes many times its memory.
    let turn = Arc::clone(&server.importing).try_lock_owned().map_err(|_| busy())?;
    let bytes = collect(body, MOST_BYTES).await?;
    let read = tokio::task::spawn_blocking(move || cofferdam_import::read(&bytes)).await;
    let file = read
        .map_err(|error| Problem::from_failure("a file was not read", &error))?
        .map_err(|error| refused(&error))?;
    let how = Importing { dry_run: query.dry_run, close: query.close };
    let imported = server.import(&caller, file, how, turn).await?;
    Ok(Json(ImportReport::of(imported, query.dry_run)))
}

fn busy() -> Problem {
    Problem::throttled().detail("another file is being imported").retry_after(5)
}

fn refused(error: &ImportError) -> Problem {
    let problem = match error {
        ImportError::TooLarge => Problem::too_large(),
        _ => Problem::invalid(),
    };
    problem.detail(error.to_string()).help("docs/import.md says which files are read")
}

/// What a form of another site can send is never called so.
fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let mut given = headers.get_all(header::CONTENT_TYPE).iter();
    let content_type = given.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = matches!(essence.as_str(), "application/json" | "application/x-ndjson");
    if is_json && given.next().is_none() && !headers.contains_key(header::CONTENT_ENCODING) {
        return Ok(());
    }
    let help = "send `Content-Type: application/json` or `application/x-ndjson`, not compressed";
    Err(Problem::unsupported_media_type().help(help))
}

//! What was done is taken back.

use super::order::TriageResult;
use crate::access::Caller;
use crate::http::{Input, NoQuery, Problem};
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use std::ops::Range;
use std::sync::Arc;
use utoipa::ToSchema;

/// What is to be taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoOrder {
    /// `undo` of what was done: the first and the last of its entries.
    #[schema(pattern = r"^[0-9]{1,18}-[0-9]{1,18}$", max_length = 37, example = "10422-20421")]
    undo: String,
}

/// Take back what was done with alerts: each is as it was before, unless somebody did something else with it since.
#[utoipa::path(
    post,
    path = "/api/v1/triage/undo",
    request_body = UndoOrder,
    responses(
        (status = 200, description = "what came of it", body = TriageResult),
        (status = 404, description = "nothing was done there that the caller sees", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "too many entries", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn undo(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Input(order): Input<UndoOrder>,
) -> Result<Json<TriageResult>, Problem> {
    let entries = range(&order.undo)
        .ok_or_else(|| Problem::invalid().detail("`undo` is two positions, such as 10422-20421"))?;
    server.undo_triage(&caller, entries).await.map(TriageResult::of).map(Json)
}

fn range(text: &str) -> Option<Range<u64>> {
    let (first, last) = text.split_once('-')?;
    let position = |text: &str| {
        let is_one = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        is_one.then(|| text.parse().ok()).flatten()
    };
    let (first, last): (u64, u64) = (position(first)?, position(last)?);
    Some(first..last + 1)
}

//! Exceptions tried, added, changed and ended.

use super::list::one;
use super::order::{EndOrder, ExceptionTerms, reason};
use super::view::{ExceptionView, SavedException, TrialView};
use crate::access::Caller;
use crate::http::{Id, Input, NoQuery, Problem};
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use cofferdam_journal::exception::ExceptionIntent;
use cofferdam_vocabulary::ExceptionId;
use std::sync::Arc;

/// Say what an exception would have hidden of the alerts of the last 30 days. Nothing is recorded.
#[utoipa::path(
    post,
    path = "/api/v1/exceptions/trial",
    request_body = ExceptionTerms,
    responses((status = 200, description = "what it would have hidden", body = TrialView))
)]
pub async fn trial(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Input(terms): Input<ExceptionTerms>,
) -> Result<Json<TrialView>, Problem> {
    let spec = terms.spec(caller.user)?;
    server.try_exception(&caller, &spec).await.map(TrialView::of).map(Json)
}

/// Add an exception. It is tried first: one that would have hidden alerts that people found to be true is refused,
/// unless it is said that it may.
#[utoipa::path(
    post,
    path = "/api/v1/exceptions",
    request_body = ExceptionTerms,
    responses(
        (status = 201, description = "it hides alerts from now on", body = SavedException),
        (status = 409, description = "it would have hidden true ones, or its owner cannot answer for it", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn add(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Input(terms): Input<ExceptionTerms>,
) -> Result<(StatusCode, Response), Problem> {
    let despite_true = terms.despite_true;
    let (id, trial) = server.add_exception(&caller, terms.spec(caller.user)?, despite_true).await?;
    let (view, version) = one(&server, &caller, id)?;
    let mut response = view.saved(trial, version);
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/exceptions/{id}")) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok((StatusCode::CREATED, response))
}

/// Say what an exception hides from now on, and until when: all of it, in the place of what was said before. What it
/// has hidden stays so.
#[utoipa::path(
    put,
    path = "/api/v1/exceptions/{id}",
    params(
        ("id" = String, Path, description = "its number", example = "EXC-0001"),
        ("If-Match" = String, Header, description = "the ETag of the exception as you read it")
    ),
    request_body = ExceptionTerms,
    responses(
        (status = 200, description = "changed", body = SavedException),
        (status = 409, description = "it was ended, would have hidden true ones, or its owner cannot answer for it", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "changed meanwhile", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "no version", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn change(
    State(server): State<Arc<Server>>,
    Id(id): Id<ExceptionId>,
    caller: Caller,
    _: NoQuery,
    headers: HeaderMap,
    Input(terms): Input<ExceptionTerms>,
) -> Result<Response, Problem> {
    let despite_true = terms.despite_true;
    let spec = terms.spec(caller.user)?;
    let trial = server.change_exception(&caller, &headers, id, spec, despite_true).await?;
    let (view, version) = one(&server, &caller, id)?;
    Ok(view.saved(trial, version))
}

/// End an exception: it hides nothing more, and will not again. What it has hidden stays so.
#[utoipa::path(
    post,
    path = "/api/v1/exceptions/{id}/end",
    params(("id" = String, Path, description = "its number", example = "EXC-0001")),
    request_body = EndOrder,
    responses((status = 200, description = "it is over", body = ExceptionView))
)]
pub async fn end(
    State(server): State<Arc<Server>>,
    Id(id): Id<ExceptionId>,
    caller: Caller,
    _: NoQuery,
    Input(order): Input<EndOrder>,
) -> Result<Response, Problem> {
    let reason = reason(&order.reason)?;
    server.ask_exception(&caller, id, ExceptionIntent::End { reason }).await?;
    let (view, version) = one(&server, &caller, id)?;
    Ok(view.answer(version))
}

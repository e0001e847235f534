//! What clients of Elasticsearch ask beside the bulk interface, and the form of its answers.
//! Source: Elasticsearch reference 8, "Cluster health", "cat health", "Get license".

use crate::http::Problem;
use crate::intake::Proven;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// What its clients look for before they send anything.
const PRODUCT: (&str, HeaderValue) = ("x-elastic-product", HeaderValue::from_static("Elasticsearch"));

/// An answer in the form of Elasticsearch.
pub fn shaped(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE.as_str(), json), PRODUCT], body.to_string()).into_response()
}

/// A reason in its form.
pub fn error(kind: &str, reason: &str) -> Value {
    json!({"type": kind, "reason": reason})
}

/// A refusal of the whole request in its form.
pub fn refused(problem: &Problem) -> Response {
    let kind = match problem.status {
        429 => "es_rejected_execution_exception",
        500.. => "status_exception",
        _ => "illegal_argument_exception",
    };
    let reason = error(kind, problem.detail.as_deref().unwrap_or(problem.title));
    let mut response = shaped(problem.status, &json!({"error": reason, "status": problem.status}));
    if let Some(seconds) = problem.retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// That events can be sent; there are no shards.
pub async fn health(_: Proven) -> Response {
    shaped(
        200,
        &json!({
            "cluster_name": "cofferdam", "status": "green", "timed_out": false, "number_of_nodes": 1,
            "number_of_data_nodes": 1, "active_primary_shards": 0, "active_shards": 0, "relocating_shards": 0,
            "initializing_shards": 0, "unassigned_shards": 0, "number_of_pending_tasks": 0,
            "active_shards_percent_as_number": 100.0,
        }),
    )
}

/// The same as a line.
pub async fn cat(_: Proven) -> Response {
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    ([(header::CONTENT_TYPE.as_str(), text), PRODUCT], "cofferdam green 1 1 0 0 0 0 0 0 - 100.0%\n")
        .into_response()
}

/// What Beats ask for: that nothing is asked for.
pub async fn license(_: Proven) -> Response {
    shaped(
        200,
        &json!({"license": {"status": "active", "uid": "cofferdam", "type": "basic", "mode": "basic"}}),
    )
}

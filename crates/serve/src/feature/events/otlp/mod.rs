//! Logs as OpenTelemetry sends them over HTTP: OTLP, as protobuf or JSON.
//! Source: OTLP 1.7, "OTLP/HTTP".

mod event;
mod json;
mod proto;

use super::take::{content_type, take as take_in};
use crate::http::Problem;
use crate::intake::{Proven, RECORD_BYTES, Records};
use crate::server::Server;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use prost::Message;
use proto::{ExportLogsServiceRequest, ExportLogsServiceResponse, PartialSuccess};
use serde_json::{Value, json};
use std::sync::Arc;

/// How a request is written; its answer is written in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Protobuf,
    Json,
}

/// Takes records in. One that is too long is refused for itself.
pub async fn take(State(server): State<Arc<Server>>, proven: Proven, request: Request) -> Response {
    let encoding = match content_type(request.headers()).as_str() {
        "application/x-protobuf" => Encoding::Protobuf,
        "application/json" => Encoding::Json,
        _ => {
            let help = "send `application/x-protobuf` or `application/json`";
            return Problem::unsupported_media_type().help(help).into_response();
        }
    };
    let now = (server.clock)();
    let taken = take_in(&server, &proven, request, move |body, records| apart(encoding, body, now, records));
    match taken.await {
        Ok(taken) => {
            proven.source.counters.refused(taken.told);
            answer(encoding, taken.told)
        }
        Err(problem) => refused(encoding, &problem),
    }
}

/// Records as events; how many were refused.
fn apart(encoding: Encoding, body: &[u8], now: Timestamp, records: &mut Records) -> Result<u64, Problem> {
    let request = match encoding {
        Encoding::Protobuf => ExportLogsServiceRequest::decode(body).ok(),
        Encoding::Json => json::read(body),
    };
    let request =
        request.ok_or_else(|| Problem::bad_request().detail("the body is no ExportLogsServiceRequest"))?;
    let mut refused = 0;
    for of_resource in &request.resource_logs {
        for of_scope in &of_resource.scope_logs {
            for record in &of_scope.log_records {
                let write =
                    |now| event::event(record, of_resource.resource.as_ref(), of_scope.scope.as_ref(), now);
                let bytes = write(now);
                if bytes.len() > RECORD_BYTES {
                    refused += 1;
                } else {
                    // The same record is the same whenever it comes.
                    records.push_said(bytes, &write(Timestamp::UNIX_EPOCH))?;
                }
            }
        }
    }
    Ok(refused)
}

fn answer(encoding: Encoding, refused: u64) -> Response {
    let why = if refused == 0 { String::new() } else { format!("longer than {RECORD_BYTES} bytes") };
    match encoding {
        Encoding::Json if refused == 0 => written(encoding, 200, json!({}).to_string().into_bytes()),
        Encoding::Json => {
            let partial = json!({"rejectedLogRecords": refused.to_string(), "errorMessage": why});
            written(encoding, 200, json!({ "partialSuccess": partial }).to_string().into_bytes())
        }
        Encoding::Protobuf => {
            let rejected_log_records = i64::try_from(refused).unwrap_or(i64::MAX);
            let partial = PartialSuccess { rejected_log_records, error_message: why };
            let partial_success = (refused > 0).then_some(partial);
            written(encoding, 200, ExportLogsServiceResponse { partial_success }.encode_to_vec())
        }
    }
}

/// A refusal as a `google.rpc.Status`; 429 and 503 are tried again, 400 is not.
fn refused(encoding: Encoding, problem: &Problem) -> Response {
    #[derive(Clone, PartialEq, Message)]
    struct Status {
        #[prost(int32, tag = "1")]
        code: i32,
        #[prost(string, tag = "2")]
        message: String,
    }
    let message = problem.detail.as_deref().unwrap_or(problem.title).to_owned();
    // Source: google/rpc/code.proto: INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNAVAILABLE.
    let code = match problem.status {
        429 => 8,
        500.. => 14,
        _ => 3,
    };
    let body = match encoding {
        Encoding::Json => Value::to_string(&json!({"code": code, "message": message})).into_bytes(),
        Encoding::Protobuf => Status { code, message }.encode_to_vec(),
    };
    let mut response = written(encoding, problem.status, body);
    if let Some(seconds) = problem.retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn written(encoding: Encoding, status: u16, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = match encoding {
        Encoding::Protobuf => "application/x-protobuf",
        Encoding::Json => "application/json",
    };
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
}

#[cfg(test)]
mod tests;

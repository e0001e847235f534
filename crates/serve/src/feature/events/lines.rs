//! Events in our own form: a line each, as JSON objects or as text.

use super::of_log::OfLog;
use super::take::{Taken, content_type, is_object, lines, take as take_in};
use crate::http::{Problem, Query};
use crate::intake::{Proven, RECORD_BYTES, Records};
use crate::server::Server;
use axum::Json;
use axum::extract::{Request, State};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Lines that are told of when they were not taken; all are counted.
const TOLD: usize = 20;

/// What was taken in. It is on disk.
#[derive(Serialize, ToSchema)]
pub struct TakenIn {
    /// Events that were taken in.
    #[schema(example = 2)]
    taken: u32,
    /// Events that had been delivered before, and count once.
    #[schema(example = 0)]
    doubled: u32,
    /// Lines that were not taken: they are no JSON objects, or too long.
    #[schema(example = 0)]
    refused: u64,
    /// The first of those.
    lines: Vec<RefusedLine>,
}

/// A line that was not taken.
#[derive(Serialize, ToSchema)]
pub struct RefusedLine {
    /// Which, from 1.
    #[schema(example = 3)]
    line: usize,
    /// Why.
    #[schema(example = "no JSON object")]
    why: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Text,
}

/// Take events in: a line each, JSON objects as `application/x-ndjson`, or text as `text/plain`; packed with gzip or zstd
/// or not. What was taken is on disk when this answers. The same request sent again counts once.
#[utoipa::path(
    post,
    path = "/api/v1/events",
    params(OfLog),
    request_body(content = String, content_type = "application/x-ndjson", description = "a JSON object a line"),
    responses((status = 200, description = "taken in", body = TakenIn))
)]
pub async fn take(
    State(server): State<Arc<Server>>,
    proven: Proven,
    Query(of): Query<OfLog>,
    request: Request,
) -> Result<Json<TakenIn>, Problem> {
    let form = form(&content_type(request.headers()))?;
    let take_apart = move |body: &[u8], records: &mut Records| {
        let (host, log) = of.parts();
        records.are_of(host, log);
        apart(form, body, records)
    };
    let taken = take_in(&server, &proven, request, take_apart).await?;
    let Taken { receipt, told: (refused, lines) } = taken;
    proven.source.counters.refused(refused);
    if refused > 0 && receipt.taken + receipt.doubled == 0 {
        let first = lines.first().map_or("no JSON object", |line| line.why);
        return Err(Problem::invalid().detail(format!("no line was taken; the first is {first}")));
    }
    Ok(Json(TakenIn { taken: receipt.taken, doubled: receipt.doubled, refused, lines }))
}

fn form(content_type: &str) -> Result<Form, Problem> {
    match content_type {
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines" => {
            Ok(Form::Json)
        }
        "text/plain" => Ok(Form::Text),
        _ => Err(Problem::unsupported_media_type().help("send `application/x-ndjson` or `text/plain`")),
    }
}

/// Lines as records; how many were not taken, and the first of those.
fn apart(form: Form, body: &[u8], records: &mut Records) -> Result<(u64, Vec<RefusedLine>), Problem> {
    let (mut refused, mut told) = (0, Vec::new());
    for (line, bytes) in lines(body) {
        let why = match form {
            _ if bytes.len() > RECORD_BYTES => Some("too long"),
            Form::Json if !is_object(bytes) => Some("no JSON object"),
            _ => None,
        };
        match why {
            None => {
                records.push(records.part(bytes))?;
            }
            Some(why) => {
                refused += 1;
                if told.len() < TOLD {
                    told.push(RefusedLine { line, why });
                }
            }
        }
    }
    Ok((refused, told))
}

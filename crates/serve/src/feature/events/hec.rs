//! The HTTP Event Collector of Splunk.
//! Source: Splunk Enterprise, "Format events for HTTP Event Collector" and "HTTP Event Collector REST API endpoints".

use super::take::{lines, take as take_in};
use crate::http::{Input, Problem};
use crate::intake::{Carried, Proven, RECORD_BYTES, Records};
use crate::server::Server;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The header, and the parameter, with which a client asks to learn later whether its events are stored.
const CHANNEL: &str = "x-splunk-request-channel";
/// Acknowledgements that are asked for at once.
const ACKS: usize = 100_000;

/// An event with what is said of it.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(default)]
    time: Option<Value>,
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    sourcetype: Option<String>,
    #[serde(default)]
    fields: Map<String, Value>,
}

/// Takes events in: JSON objects one after the other, or a list of them.
pub async fn events(State(server): State<Arc<Server>>, proven: Proven, request: Request) -> Response {
    let wants_ack = wants_ack(&request);
    let now = (server.clock)();
    let taken = take_in(&server, &proven, request, move |body, records| apart(body, now, records)).await;
    answer(&server, taken.map(|taken| taken.told), wants_ack)
}

/// Takes lines in.
pub async fn raw(State(server): State<Arc<Server>>, proven: Proven, request: Request) -> Response {
    let wants_ack = wants_ack(&request);
    let taken = take_in(&server, &proven, request, |body, records| {
        for (line, bytes) in lines(body) {
            if bytes.len() > RECORD_BYTES {
                return Err(Problem::too_large().detail(format!("line {line} is too long")));
            }
            records.push(records.part(bytes))?;
        }
        Ok(if records.is_empty() { Some(Wrong::NoData) } else { None })
    });
    let taken = taken.await;
    answer(&server, taken.map(|taken| taken.told), wants_ack)
}

/// Says of each acknowledgement whether its events are stored: they were, before it was given.
pub async fn acks(
    State(server): State<Arc<Server>>,
    _: Proven,
    Input(asked): Input<Acks>,
) -> Result<Json<Value>, Problem> {
    if asked.acks.len() > ACKS {
        return Err(Problem::too_large());
    }
    let given = server.intake.acks_given();
    let acks: Map<String, Value> =
        asked.acks.into_iter().map(|id| (id.to_string(), json!(id < given))).collect();
    Ok(Json(json!({ "acks": acks })))
}

/// Which acknowledgements are asked for.
#[derive(Deserialize)]
pub struct Acks {
    acks: Vec<u64>,
}

/// That it takes events in.
pub async fn health() -> Json<Value> {
    Json(json!({"text": "HEC is healthy", "code": 17}))
}

fn wants_ack(request: &Request) -> bool {
    let query = request.uri().query().unwrap_or_default();
    request.headers().contains_key(CHANNEL) || query.split('&').any(|pair| pair.starts_with("channel="))
}

/// Why a request was not taken, from the event on that is wrong.
#[derive(Clone, Copy)]
enum Wrong {
    NoData,
    Form { at: usize },
    NoEvent { at: usize },
    Blank { at: usize },
}

/// Events as records. The first that is wrong ends it: those before it are taken in, as there.
fn apart(body: &[u8], now: Timestamp, records: &mut Records) -> Result<Option<Wrong>, Problem> {
    let mut at = 0;
    let body = body.trim_ascii();
    if body.starts_with(b"[") {
        let Ok(list) = serde_json::from_slice::<Vec<&RawValue>>(body) else {
            return Ok(Some(Wrong::Form { at }));
        };
        for one in list {
            if let Some(wrong) = envelope(one.get().as_bytes(), at, now, records)? {
                return Ok(Some(wrong));
            }
            at += 1;
        }
    } else {
        for one in serde_json::Deserializer::from_slice(body).into_iter::<&RawValue>() {
            let Ok(one) = one else { return Ok(Some(Wrong::Form { at })) };
            if let Some(wrong) = envelope(one.get().as_bytes(), at, now, records)? {
                return Ok(Some(wrong));
            }
            at += 1;
        }
    }
    Ok((at == 0).then_some(Wrong::NoData))
}

fn envelope(text: &[u8], at: usize, now: Timestamp, records: &mut Records) -> Result<Option<Wrong>, Problem> {
    let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(text) else {
        return Ok(Some(Wrong::Form { at }));
    };
    let Some(event) = envelope.event else { return Ok(Some(Wrong::NoEvent { at })) };
    let bytes = match serde_json::from_str::<Value>(event.get()) {
        Ok(Value::String(line)) if line.trim().is_empty() => return Ok(Some(Wrong::Blank { at })),
        Ok(Value::String(line)) => carried(line, &envelope).bytes(now),
        Ok(Value::Object(_)) => carried(event.get().to_owned(), &envelope).bytes(now),
        Ok(Value::Null) => return Ok(Some(Wrong::NoEvent { at })),
        Ok(other) => carried(other.to_string(), &envelope).bytes(now),
        Err(_) => return Ok(Some(Wrong::Form { at })),
    };
    if bytes.len() > RECORD_BYTES {
        return Err(Problem::too_large().detail(format!("event {at} is too long")));
    }
    records.push_said(bytes, text)?;
    Ok(None)
}

fn carried(line: String, envelope: &Envelope<'_>) -> Carried {
    let mut fields = envelope.fields.clone();
    let beside = [("source", &envelope.source), ("sourcetype", &envelope.sourcetype)];
    fields.extend(
        beside.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?)))),
    );
    Carried { line, time: envelope.time.as_ref().and_then(time), host: envelope.host.clone(), fields }
}

/// Seconds since 1970, as a number or as text.
fn time(value: &Value) -> Option<Timestamp> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    let in_range = seconds.is_finite() && seconds.abs() < 1e11;
    #[expect(clippy::cast_possible_truncation, reason = "it is in range")]
    in_range.then(|| Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()).flatten()
}

/// The answer in the form of the collector.
fn answer(server: &Server, taken: Result<Option<Wrong>, Problem>, wants_ack: bool) -> Response {
    let (status, mut body) = match taken {
        Ok(None) => (200, json!({"text": "Success", "code": 0})),
        Ok(Some(wrong)) => (400, told(wrong)),
        Err(problem) => return refused(&problem),
    };
    if wants_ack && status == 200 {
        body["ackId"] = json!(server.intake.give_ack());
    }
    (StatusCode::from_u16(status).unwrap_or_default(), Json(body)).into_response()
}

fn told(wrong: Wrong) -> Value {
    match wrong {
        Wrong::NoData => json!({"text": "No data", "code": 5}),
        Wrong::Form { at } => json!({"text": "Invalid data format", "code": 6, "invalid-event-number": at}),
        Wrong::NoEvent { at } => {
            json!({"text": "Event field is required", "code": 12, "invalid-event-number": at})
        }
        Wrong::Blank { at } => {
            json!({"text": "Event field cannot be blank", "code": 13, "invalid-event-number": at})
        }
    }
}

fn refused(problem: &Problem) -> Response {
    let (text, code) = match problem.status {
        429 | 503 => ("Server is busy", 9),
        500.. => ("Internal server error", 8),
        _ => (problem.detail.as_deref().unwrap_or("Invalid data format"), 6),
    };
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(json!({"text": text, "code": code}))).into_response();
    if let Some(seconds) = problem.retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

//! The bulk interface of Elasticsearch, as far as it only adds documents.
//! Source: Elasticsearch reference 8, "Bulk API".

use super::elastic::{error, refused, shaped};
use super::take::{is_object, lines, take as take_in};
use crate::http::Problem;
use crate::intake::{Proven, RECORD_BYTES, Records};
use crate::server::Server;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// Actions of one request: each is answered.
const ACTIONS: usize = 100_000;
/// Bytes of a name of an index (as Elasticsearch has it), and of a document.
const NAME_BYTES: usize = 512;

/// What an action says of its document; the rest of it is for Elasticsearch to know.
#[derive(Default, Deserialize)]
struct Meta {
    #[serde(rename = "_index")]
    index: Option<String>,
    #[serde(rename = "_id")]
    id: Option<Value>,
}

/// Takes documents in; what would change or remove some is refused, each for itself.
pub async fn take(
    State(server): State<Arc<Server>>,
    index: Option<Path<String>>,
    proven: Proven,
    request: Request,
) -> Response {
    let began = Instant::now();
    let index = index.map(|Path(index)| index);
    let apart = move |body: &[u8], records: &mut Records| apart(body, index.as_deref(), records);
    match take_in(&server, &proven, request, apart).await {
        Ok(taken) => {
            let (items, errors) = taken.told;
            proven.source.counters.refused(errors);
            let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            shaped(200, &json!({"took": took, "errors": errors > 0, "items": items}))
        }
        Err(problem) => refused(&problem),
    }
}

/// Documents as records, the answer to each action, and how many were refused.
fn apart(body: &[u8], index: Option<&str>, records: &mut Records) -> Result<(Vec<Value>, u64), Problem> {
    let (mut items, mut errors) = (Vec::new(), 0);
    let mut lines = lines(body);
    while let Some((line, text)) = lines.next() {
        if items.len() == ACTIONS {
            return Err(Problem::too_large().detail(format!("a request may have {ACTIONS} actions")));
        }
        let (name, meta) = action(text).ok_or_else(|| {
            let detail =
                format!("malformed action/metadata line [{line}], expected an object with one action");
            Problem::bad_request().detail(detail)
        })?;
        let meta = Meta { index: meta.index.or_else(|| index.map(str::to_owned)), ..meta };
        let done = match name.as_str() {
            "index" | "create" => {
                let missing =
                    || Problem::bad_request().detail(format!("the action of line [{line}] has no document"));
                document(lines.next().ok_or_else(missing)?.1, &meta, records)?
            }
            "update" => {
                lines.next();
                Err("events are never changed: only `index` and `create` are taken")
            }
            _ => Err("events are never removed: only `index` and `create` are taken"),
        };
        errors += u64::from(done.is_err());
        items.push(json!({ name: item(&meta, done) }));
    }
    Ok((items, errors))
}

/// The action of a line: its name, and what it says.
fn action(text: &[u8]) -> Option<(String, Meta)> {
    let mut action: BTreeMap<String, Meta> = serde_json::from_slice(text).ok()?;
    let (name, meta) = action.pop_first().filter(|_| action.is_empty())?;
    matches!(name.as_str(), "index" | "create" | "update" | "delete").then_some((name, meta))
}

/// Adds a document; the name that it has now, or why it is refused.
fn document(
    text: &[u8],
    meta: &Meta,
    records: &mut Records,
) -> Result<Result<String, &'static str>, Problem> {
    if text.len() > RECORD_BYTES {
        return Ok(Err("the document is too large"));
    }
    if !is_object(text) {
        return Ok(Err("the document is no JSON object"));
    }
    let index = meta.index.as_deref().unwrap_or_default();
    let id = match &meta.id {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => Some(id.clone()),
        Some(other) => Some(other.to_string()),
    };
    if index.len() > NAME_BYTES || id.as_ref().is_some_and(|id| id.len() > NAME_BYTES) {
        return Ok(Err("`_index` or `_id` is too long"));
    }
    let identity = match &id {
        Some(id) => records.push_named(records.part(text), &[index.as_bytes(), id.as_bytes()])?,
        None => records.push(records.part(text))?,
    };
    Ok(Ok(id.unwrap_or_else(|| identity.iter().map(|byte| format!("{byte:02x}")).collect())))
}

/// The answer to one action.
fn item(meta: &Meta, done: Result<String, &'static str>) -> Value {
    let index = meta.index.clone().unwrap_or_default();
    match done {
        Ok(id) => json!({
            "_index": index, "_id": id, "_version": 1, "result": "created",
            "_shards": {"total": 1, "successful": 1, "failed": 0}, "_seq_no": 0, "_primary_term": 1, "status": 201,
        }),
        Err(why) => {
            let mut item = Map::new();
            item.insert("_index".to_owned(), json!(index.chars().take(NAME_BYTES).collect::<String>()));
            item.insert("_id".to_owned(), meta.id.clone().unwrap_or_default());
            item.insert("status".to_owned(), json!(400));
            item.insert("error".to_owned(), error("illegal_argument_exception", why));
            Value::Object(item)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_one_of_four_and_alone() {
        let read = |text: &str| action(text.as_bytes()).map(|(name, meta)| (name, meta.index));
        let of = |name: &str, index: Option<&str>| Some((name.to_owned(), index.map(str::to_owned)));
        assert_eq!(read(r#"{"index":{}}"#), of("index", None));
        assert_eq!(
            read(r#"{"create":{"_index":"logs","_type":"_doc","pipeline":"x"}}"#),
            of("create", Some("logs"))
        );
        assert_eq!(read(r#"{"delete":{"_index":"logs","_id":7}}"#), of("delete", Some("logs")));
        for bad in
            ["", "{}", "[]", r#"{"index":1}"#, r#"{"drop":{}}"#, r#"{"index":{},"create":{}}"#, "{\"index\""]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}

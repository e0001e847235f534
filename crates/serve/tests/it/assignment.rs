//! Nothing is set that a route does not name: every member of every answer is sent back to every route that reads a
//! body.

use super::case::two_of_everything;
use super::site::{Client, Site};
use super::surface::{Document, Object, Sample, samples};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// All that can be read, by path.
fn state(samples: &[Sample], client: &Client) -> BTreeMap<String, String> {
    let read = samples.iter().filter(|sample| is_read(sample));
    read.map(|sample| (sample.path.clone(), sample.send(client).text)).collect()
}

/// What is read whole, and stays as it is when nobody changes anything. A checkpoint is signed some time after.
fn is_read(sample: &Sample) -> bool {
    let is_stream =
        ["feed", "content", "metrics", "checkpoint"].iter().any(|name| sample.path.ends_with(name));
    // The page for reports has something in it that no other has.
    let is_stream = is_stream || sample.path == "/report";
    sample.route.method == "GET" && sample.object != Some(Object::Restricted) && !is_stream
}

/// Every member of an answer with its value, however deep it stands.
fn members(value: &Value, found: &mut Map<String, Value>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                found.insert(name.clone(), value.clone());
                members(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, found)),
        _ => {}
    }
}

/// A body that a schema permits, with what it asks for alone.
fn valid(schema: &Value) -> Map<String, Value> {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let names = required.iter().filter_map(Value::as_str);
    names.map(|name| (name.to_owned(), value(&schema["properties"][name]))).collect()
}

fn value(schema: &Value) -> Value {
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    match schema["type"].as_str() {
        Some("boolean") => json!(false),
        Some("integer" | "number") => json!(1),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!("text"),
    }
}

/// Sends a body with members that the route does not name: it is refused for them.
#[track_caller]
fn check(sample: &Sample, client: &Client, body: &Map<String, Value>, foreign: &[&String]) {
    let answer = client.send(&sample.route.method, &sample.path, Some(&Value::Object(body.clone())));
    let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
    let is_named = foreign.iter().any(|name| detail.contains(&format!("unknown field `{name}`")));
    assert!(answer.status == 422 && is_named, "{sample:?} took {body:?}: {answer:?}");
}

#[test]
fn what_is_answered_cannot_be_set_by_sending_it_back() {
    let mut site = Site::new();
    site.record(|_, store| two_of_everything(store, &[9]));
    // Commander, too: what one of both roles has not, the other has.
    let everything = site.administrator();
    let document = Document::of(&site);
    let samples = samples(&site);
    let before = state(&samples, &everything);
    let mut known = Map::new();
    for text in before.values() {
        members(&serde_json::from_str(text).unwrap_or_default(), &mut known);
    }
    assert!(
        ["id", "restricted", "version", "permissions", "roles"].iter().all(|name| known.contains_key(*name))
    );
    let mut requests = 0;
    for sample in samples.iter().filter(|sample| document.reads_body(&sample.route)) {
        let (schema, valid) = (document.body(&sample.route), valid(document.body(&sample.route)));
        let own = |name: &String| schema["properties"].get(name).is_some();
        let foreign: Vec<&String> = known.keys().filter(|name| !own(name)).collect();
        assert_eq!(schema["additionalProperties"], false, "{sample:?} is described as closed");
        for name in &foreign {
            let one = [((*name).clone(), known[*name].clone())];
            // First, last, and alone: whichever is read first, it is not taken.
            check(sample, &everything, &one.clone().into_iter().chain(valid.clone()).collect(), &[name]);
            check(sample, &everything, &one.into_iter().collect(), &[name]);
            requests += 2;
        }
        let all: Map<String, Value> = known.clone().into_iter().chain(valid.clone()).collect();
        check(sample, &everything, &all, &foreign);
        requests += 1;
    }
    println!("{} members, {requests} requests refused", known.len());
    assert!(requests > 100);
    assert_eq!(state(&samples, &everything), before, "and nothing changed");
}

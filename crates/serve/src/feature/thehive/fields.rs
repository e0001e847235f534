//! Custom fields: a list in v1, an object by name in v0. They are kept as a list of their names, types and values.

use super::form::Form;
use crate::http::Problem;
use serde_json::{Map, Value, json};

/// Custom fields of one alert.
const FIELDS: usize = 200;
/// Types of values, as both forms name them; `number` is of TheHive 3.
const TYPES: [&str; 7] = ["string", "integer", "float", "boolean", "date", "url", "number"];

/// Reads custom fields in either form.
///
/// # Errors
///
/// 422 for what is neither.
pub fn read(value: &Value) -> Result<Value, Problem> {
    let fields: Option<Vec<Value>> = match value {
        Value::Array(list) => list.iter().enumerate().map(|(at, field)| listed(at, field)).collect(),
        Value::Object(by_name) => {
            Some(by_name.iter().enumerate().map(|(at, (name, value))| named(at, name, value)).collect())
        }
        _ => None,
    };
    match fields.filter(|fields| fields.len() <= FIELDS) {
        Some(fields) => Ok(Value::Array(fields)),
        None => Err(Problem::invalid().detail(format!(
            "`customFields` is a list of objects with `name` and `value`, or an object by name, of at most {FIELDS}"
        ))),
    }
}

fn listed(at: usize, field: &Value) -> Option<Value> {
    let name = field.get("name")?.as_str()?;
    let value = field.get("value").cloned().unwrap_or_default();
    let kind = field.get("type").and_then(Value::as_str).unwrap_or_else(|| kind(&value));
    let order = field.get("order").and_then(Value::as_i64);
    Some(
        json!({ "name": name, "type": kind, "value": value, "order": order.map_or(json!(at), |at| json!(at)) }),
    )
}

/// `{"string": "x", "order": 0}`, or the value itself.
fn named(at: usize, name: &str, given: &Value) -> Value {
    let typed = TYPES.into_iter().find_map(|kind| Some((kind, given.get(kind)?)));
    let (kind, value) = typed.unwrap_or_else(|| (kind(given), given));
    let order = given.get("order").and_then(Value::as_i64).map_or(json!(at), |at| json!(at));
    json!({ "name": name, "type": kind, "value": value, "order": order })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "integer",
        _ => "string",
    }
}

/// Fields that were known, with those that are said now in their place or behind them.
pub fn merged(known: Option<&Value>, now: &Value) -> Value {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let mut fields = list(known);
    for field in list(Some(now)) {
        match fields.iter_mut().find(|known| known.get("name") == field.get("name")) {
            Some(known) => *known = field,
            None => fields.push(field),
        }
    }
    Value::Array(fields)
}

/// As a form shows them.
pub fn shown(fields: Option<&Value>, form: Form) -> Value {
    let fields = fields.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    match form {
        Form::V1 => fields
            .enumerate()
            .map(|(at, field)| {
                let mut field = field.clone();
                field.insert("_id".to_owned(), json!(format!("~{at}")));
                Value::Object(field)
            })
            .collect(),
        Form::V0 => {
            let by_name = fields.filter_map(|field| {
                let (name, kind) = (field.get("name")?.as_str()?, field.get("type")?.as_str()?);
                let value = field.get("value").cloned().unwrap_or_default();
                let order = field.get("order").cloned().unwrap_or_default();
                Some((name.to_owned(), json!({ kind: value, "order": order })))
            });
            Value::Object(by_name.collect::<Map<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &Value, v1: &Value, v0: &Value) {
        let read = read(given).unwrap();
        assert_eq!(&shown(Some(&read), Form::V1), v1);
        assert_eq!(&shown(Some(&read), Form::V0), v0);
        // What one form shows, the other reads.
        assert_eq!(super::read(v0).unwrap(), read);
    }

    #[test]
    fn fields_are_read_and_shown_in_both_forms() {
        let v1 = json!([
            { "_id": "~0", "name": "hits", "type": "integer", "value": 7, "order": 0 },
            { "_id": "~1", "name": "site", "type": "string", "value": "web", "order": 3 },
        ]);
        let v0 = json!({ "hits": { "integer": 7, "order": 0 }, "site": { "string": "web", "order": 3 } });
        check(&v0, &v1, &v0);
        check(&json!([{"name": "hits", "value": 7}, {"name": "site", "value": "web", "order": 3}]), &v1, &v0);
        check(&json!({ "hits": 7, "site": { "string": "web", "order": 3 } }), &v1, &v0);
        check(&json!({}), &json!([]), &json!({}));
        for bad in [json!("x"), json!([1]), json!([{"value": 1}]), json!(vec![json!({"name": "n"}); 201])] {
            assert!(read(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_said_now_stands_beside_what_was_known() {
        let (known, now) = (read(&json!({"a": 1, "b": 2})).unwrap(), read(&json!({"b": 3, "c": 4})).unwrap());
        let merged = merged(Some(&known), &now);
        let values: Vec<(&str, i64)> = merged
            .as_array()
            .unwrap()
            .iter()
            .map(|field| (field["name"].as_str().unwrap(), field["value"].as_i64().unwrap()))
            .collect();
        assert_eq!(values, [("a", 1), ("b", 3), ("c", 4)]);
    }
}

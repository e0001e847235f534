//! rsigma-eval over the same fields: an implementation of Sigma that shares only the reading of YAML.

use cofferdam_detect::event::{Event, Value};
use rsigma_eval::event::JsonEvent;
use rsigma_eval::{Engine, LogSourceExtractor};
use rsigma_parser::SigmaRule;
use serde_json::{Map, Value as Json};

/// Where the class is written for it; no record has such fields.
const CLASS: [&str; 3] = ["cofferdam product", "cofferdam service", "cofferdam category"];

/// An engine with all rules, and what it could not compile.
pub fn engine(rules: &[SigmaRule]) -> (Engine, Vec<String>) {
    let mut engine = Engine::new();
    let [product, service, category] = CLASS;
    let extractor = LogSourceExtractor::new().with_field_names(product, service, category);
    engine.set_logsource_extractor(Some(extractor));
    // All at once: the engine builds its index anew with every call.
    let refused = engine.add_rules(rules);
    let refused = refused.into_iter().map(|(at, error)| format!("{}: {error}", rules[at].title)).collect();
    (engine, refused)
}

/// Calls `found` with the id of every rule that fires, some twice, and some whose log source does not
/// cover the event: the engine fails open.
///
/// It knows one service and one category for an event, so it is asked once for each pair of them.
/// Returns how often.
pub fn evaluate(engine: &Engine, event: &Event<'_>, mut found: impl FnMut(&str)) -> u64 {
    let mut object = Map::new();
    for field in &event.fields {
        if !object.contains_key(&*field.name) {
            object.insert(field.name.to_string(), json(&field.value));
        }
    }
    let mut asked = 0;
    object.insert(CLASS[0].to_owned(), event.class.product.into());
    for service in or_nothing(event.class.services) {
        object.insert(CLASS[1].to_owned(), (*service).into());
        for category in or_nothing(event.class.categories) {
            object.insert(CLASS[2].to_owned(), (*category).into());
            let whole = Json::Object(object);
            for result in engine.evaluate(&JsonEvent::borrow(&whole)) {
                found(result.header.rule_id.as_deref().unwrap_or(&result.header.rule_title));
            }
            let Json::Object(back) = whole else { unreachable!("it was made an object above") };
            object = back;
            asked += 1;
        }
    }
    asked
}

/// The names, or one blank, which the engine takes for none.
fn or_nothing(names: &'static [&'static str]) -> &'static [&'static str] {
    if names.is_empty() { &[""] } else { names }
}

fn json(value: &Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(is) => Json::Bool(*is),
        Value::Number(text) => text.parse().map_or_else(|_| text.as_ref().into(), Json::Number),
        Value::List(members) => members.iter().map(json).collect(),
        Value::Text(_) | Value::Escaped(_) => value.as_text().unwrap_or_default().into_owned().into(),
    }
}

//! Holds what the program writes against the shapes that `docs/schemas` promises.

use crate::{recording, repository, run_with};
use jsonschema::Validator;
use serde_json::Value;
use std::path::Path;

fn schema(name: &str) -> Validator {
    let path = repository().join("docs/schemas").join(format!("{name}.schema.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let schema: Value = serde_json::from_str(&text).unwrap();
    jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Fails with the first violations, each with its place.
#[track_caller]
fn check(schema: &Validator, what: &str, values: &[Value]) {
    let mut wrong = Vec::new();
    for (number, value) in (1..).zip(values) {
        wrong.extend(
            schema.iter_errors(value).map(|e| format!("{what}:{number}, {}: {e}", e.instance_path())),
        );
    }
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every file of a folder of results.
#[track_caller]
pub(crate) fn check_results(folder: &Path) {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let objects =
        [("incidents", "incidents.json"), ("summary", "summary.json"), ("navigator", "navigator.json")];
    for (schema_name, file) in objects {
        check(&schema(schema_name), file, &[serde_json::from_str(&read(file)).unwrap()]);
    }
    for (schema_name, file) in [("alert", "alerts.ndjson"), ("match", "matches.ndjson")] {
        check(&schema(schema_name), file, &lines(&read(file)));
    }
}

/// Lines of output.
#[track_caller]
pub(crate) fn check_lines(schema_name: &str, values: &[Value]) {
    check(&schema(schema_name), schema_name, values);
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_recordings_results_have_the_promised_shapes() {
    check_results(&recording::investigated().1);
}

#[test]
fn lines_of_detect_have_the_promised_shape() {
    let log = std::fs::read(repository().join("content/recordings/ssh-intrusion/auth.log")).unwrap();
    let ran = run_with(&["detect", "-"], &log).expect(0);
    let found = lines(&ran.stdout);
    assert!(!found.is_empty());
    check(&schema("detect-line"), "detect", &found);
}

#[test]
fn a_shape_refuses_what_is_not_promised() {
    for name in ["alert", "match", "detect-line", "incidents", "summary", "navigator", "timeline-line"] {
        let schema = schema(name);
        for value in [serde_json::json!({}), serde_json::json!([]), serde_json::json!({"level": "severe"})] {
            assert!(!schema.is_valid(&value), "{name} takes {value}");
        }
    }
}

//! The vectors, the fixtures, the samples and the laws of other products' alerts.

mod laws;
mod samples;
mod vectors;

use super::{Format, Mapping, ProductAlert, ProductError, read, read_mapped, recognise};
use crate::time::TimeRules;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

type Outcomes = Vec<Result<ProductAlert, ProductError>>;

fn rules() -> TimeRules {
    TimeRules::utc("2026-11-22T12:00:00Z".parse().unwrap())
}

fn test_data(below: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("COFFERDAM_TEST_DATA").map(|data| Path::new(&data).join(below));
    let folder = folder.filter(|folder| folder.exists());
    if folder.is_none() {
        println!("skipped: no `{below}` below COFFERDAM_TEST_DATA");
    }
    folder
}

/// The alerts without what is not there.
fn show(outcomes: &Outcomes) -> Vec<Value> {
    fn bare(value: Value) -> Option<Value> {
        match value {
            Value::Null | Value::Bool(false) => None,
            Value::Array(members) if members.is_empty() => None,
            Value::Object(members) => {
                let kept = members.into_iter().filter_map(|(name, value)| Some((name, bare(value)?)));
                let kept: serde_json::Map<String, Value> = kept.collect();
                (!kept.is_empty()).then_some(Value::Object(kept))
            }
            other => Some(other),
        }
    }
    let entity = |entity: &Value| {
        let part = |name: &str| entity[name].as_str().unwrap().to_owned();
        Value::from(format!("{} {} {}", part("role"), part("kind"), part("value")))
    };
    let one = |outcome: &Result<ProductAlert, ProductError>| match outcome {
        Ok(alert) => {
            let mut value = serde_json::to_value(alert).unwrap();
            let entities = value["entities"].as_array().unwrap().iter().map(entity).collect();
            value["entities"] = Value::Array(entities);
            bare(value).unwrap()
        }
        Err(error) => json!(format!("{}: {error}", error.code())),
    };
    outcomes.iter().map(one).collect()
}

fn read_fixture(case: &Path) -> Outcomes {
    let text = std::fs::read_to_string(case.join("in.txt")).unwrap();
    let format = case.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
    if format == "mapped" {
        let mapping = std::fs::read_to_string(case.join("mapping.json")).unwrap();
        return read_mapped(&serde_json::from_str::<Mapping>(&mapping).unwrap(), &text);
    }
    let format = Format::parse(&format).unwrap();
    let found = recognise(&text);
    assert_eq!(found, Some(format), "{}", case.display());
    read(format, &text, &rules())
}

#[test]
fn every_fixture_reads_as_recorded() {
    insta::glob!("../../data/product", "*/*/in.txt", |path| {
        let case = path.parent().unwrap();
        insta::with_settings!({
            snapshot_path => case,
            prepend_module_to_snapshot => false,
            omit_expression => true,
            snapshot_suffix => "",
        }, {
            insta::assert_yaml_snapshot!("alerts", show(&read_fixture(case)));
        });
    });
}

#[test]
fn every_format_has_a_fixture() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/product");
    for format in Format::ALL {
        assert!(folder.join(format.as_str()).is_dir(), "no fixture of {format}");
    }
}

//! Each fixture as it is read, and that nothing of it is lost without a word.

use cofferdam_import::{File, ImportError, LeftOut, MOST_BYTES, read};
use proptest::prelude::*;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| std::fs::read_dir(entry.unwrap().path()).ok())
        .flat_map(|folder| folder.map(|entry| entry.unwrap().path()))
        .filter(|path| path.extension().is_some_and(|end| end == "json" || end == "ndjson"))
        .collect();
    files.sort();
    assert!(files.len() >= 5);
    files
}

#[test]
fn every_fixture_reads_as_recorded() {
    for path in fixtures() {
        let name = path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        let file = read(&std::fs::read(&path).unwrap()).unwrap();
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
            insta::assert_debug_snapshot!(format!("{name}-{}", path.file_stem().unwrap().to_string_lossy()), file);
        });
    }
}

/// One text of JSON, or one on each line.
fn documents(text: &str) -> Vec<Value> {
    serde_json::from_str(text).map_or_else(
        |_| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        |one| vec![one],
    )
}

fn written(documents: &[Value]) -> Vec<u8> {
    let lines: Vec<String> = documents.iter().map(Value::to_string).collect();
    lines.join("\n").into_bytes()
}

/// Each value that says something, by its place.
fn leaves(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| leaves(value, &format!("{place}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| leaves(item, &format!("{place}/{at}"), found));
        }
        Value::Null => {}
        Value::String(text) if text.trim().is_empty() => {}
        _ => found.push(place.to_owned()),
    }
}

fn changed(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(format!("{text}7")),
        Value::Number(number) => Value::from(number.as_i64().unwrap() + 1),
        Value::Bool(flag) => Value::from(!flag),
        other => other.clone(),
    }
}

/// `/0/tasks/3/order` as it is told: `[].tasks[].order`.
fn pattern(place: &str) -> String {
    place.split('/').skip(1).fold(String::new(), |path, part| match part.parse::<usize>() {
        Ok(_) => format!("{path}[]"),
        Err(_) if path.is_empty() => part.to_owned(),
        Err(_) => format!("{path}.{part}"),
    })
}

fn told(file: &File) -> Vec<&LeftOut> {
    let cases = file.cases.iter().flat_map(|case| &case.left);
    cases.chain(file.alerts.iter().flat_map(|alert| &alert.left)).chain(&file.left).collect()
}

#[test]
fn every_value_is_imported_or_told() {
    for path in fixtures() {
        let documents = documents(&std::fs::read_to_string(&path).unwrap());
        let before = read(&written(&documents)).unwrap();
        let mut checked = 0;
        for (at, document) in documents.iter().enumerate() {
            let mut found = Vec::new();
            leaves(document, "", &mut found);
            for place in found {
                let mut other = documents.clone();
                let value = other[at].pointer_mut(&place).unwrap();
                *value = changed(value);
                let after = read(&written(&other)).unwrap();
                let pattern = pattern(&place);
                let is_told = told(&before)
                    .iter()
                    .any(|left| pattern.ends_with(left.path.trim_start_matches("(alert).")));
                assert!(after != before || is_told, "{}: {place} is lost", path.display());
                checked += 1;
            }
        }
        assert!(checked > 30, "{}", path.display());
    }
}

#[track_caller]
fn refused(bytes: &[u8], want: &str) {
    assert_eq!(read(bytes).unwrap_err().to_string(), want);
}

#[test]
fn what_is_no_file_of_cases_is_refused() {
    refused(b"PK\x03\x04rest", "this is an archive; what is in a `.thar` is encrypted, and is not taken");
    refused(b"\x1f\x8b\x08", "this is packed; unpack it first");
    refused(b"[]", "there is no case and no alert in the file");
    refused("[".repeat(100).as_bytes(), "the file has more than 64 objects or lists within each other");
    let many = format!("[{}{{}}]", "{},".repeat(200_000));
    refused(many.as_bytes(), "the file has more than 200,000 objects and lists");
    assert_eq!(read(&vec![b' '; MOST_BYTES + 1]), Err(ImportError::TooLarge));
    assert!(matches!(read(b"case,title\n1,x\n"), Err(ImportError::NoJson { .. })));
    assert!(matches!(read(b""), Err(ImportError::NoJson { .. })));
}

#[test]
fn what_is_neither_is_told_with_its_place() {
    let file = read(br#"[{"title": "x"}, 7, {"number": 1, "title": "a", "severity": 9}]"#).unwrap();
    let unread: Vec<String> = file.unread.iter().map(|one| format!("{}: {}", one.place, one.what)).collect();
    assert_eq!(unread, ["[0]: an object that is neither a case nor an alert", "[1]: a number"]);
    let left: Vec<String> =
        told(&file).iter().map(|one| format!("{} {}: {}", one.path, one.example, one.why)).collect();
    assert_eq!(left, ["severity 9: not what this field should be"]);
}

#[test]
fn what_is_too_much_for_an_incident_is_told() {
    let tasks: Vec<Value> = (0..1010).map(|at| serde_json::json!({"title": format!("task {at}")})).collect();
    let case = serde_json::json!({
        "_id": "~1", "number": 1, "title": "é".repeat(500), "severity": 1, "tasks": tasks,
        "description": "word ".repeat(50_000),
    });
    let file = read(case.to_string().as_bytes()).unwrap();
    let case = &file.cases[0];
    assert_eq!((case.tasks.len(), case.title.chars().count()), (1000, 200));
    assert_eq!(
        case.left.iter().map(|left| (left.path.as_str(), left.count)).collect::<Vec<_>>(),
        [("tasks[].title", 10)]
    );
    assert!(case.notes.len() > 16 && case.notes.iter().all(|note| note.len() < 16_000));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Values of any kind in any place, and texts that are hostile, are read; and what is read twice is the same.
    #[test]
    fn whatever_stands_where_is_read(seed in any::<u64>(), with in 0_usize..7) {
        let paths = fixtures();
        let path = &paths[(seed % paths.len() as u64) as usize];
        let mut documents = documents(&std::fs::read_to_string(path).unwrap());
        let hostile = [
            Value::Null, Value::from(i64::MIN), Value::from(u64::MAX), serde_json::json!({"a": [{"b": {}}]}),
            serde_json::json!([[["x"]], {"name": 1}]), Value::from("\u{202e}\u{0}\u{1b}[2J<script>"), Value::from("é".repeat(5000)),
        ];
        let mut found = Vec::new();
        leaves(&documents[0], "", &mut found);
        for step in 0..20 {
            let place = &found[(seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(step * 7919) % found.len() as u64) as usize];
            if let Some(value) = documents[0].pointer_mut(place) {
                *value = hostile[(with + step as usize) % hostile.len()].clone();
            }
        }
        let bytes = written(&documents);
        prop_assert_eq!(read(&bytes), read(&bytes));
    }
}

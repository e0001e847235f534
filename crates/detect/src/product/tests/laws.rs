//! What holds whatever comes: shapes of bodies, broken lines, updates, bounds.

use super::{Outcomes, read_fixture, rules};
use crate::product::{
    ALERTS_LIMIT, BODY_LIMIT, ENTITIES_KEPT, Format, Mapping, ProductAlert, ProductError, Status, TEXT_KEPT,
    read, read_mapped, recognise,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::Path;

/// Whatever comes, what is kept of it is bounded.
fn is_bounded(outcomes: &Outcomes) {
    let text = |text: &str| assert!(text.len() <= TEXT_KEPT + 64, "{} bytes", text.len());
    assert!(outcomes.len() <= ALERTS_LIMIT + 1);
    for outcome in outcomes {
        match outcome {
            Ok(alert) => {
                assert!(!alert.title.is_empty() && !alert.dedup.is_empty() && !alert.what.is_empty());
                assert!(alert.what.len() <= 310 && !alert.what.contains('\n'), "{}", alert.what);
                assert!(alert.dedup.len() <= 300, "{}", alert.dedup);
                assert!(alert.entities.len() <= ENTITIES_KEPT && alert.fields.len() <= 40);
                assert!(alert.techniques.len() <= 50 && alert.tactics.len() <= 14);
                let all = [&alert.title, &alert.source];
                all.into_iter().for_each(|value| text(value));
                let said =
                    [&alert.source_id, &alert.rule.id, &alert.message, &alert.url, &alert.process.cmdline];
                said.into_iter().flatten().for_each(|value| text(value));
                alert.fields.values().flatten().for_each(|value| text(value));
            }
            Err(error) => assert!(error.to_string().len() < 800, "{error}"),
        }
    }
}

fn mapping() -> Mapping {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/product/mapped/stock/mapping.json");
    serde_json::from_str(&std::fs::read_to_string(folder).unwrap()).unwrap()
}

/// Every fixture with its format; none is that of the mapping.
fn fixtures() -> Vec<(Option<Format>, String)> {
    let mut found = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/product");
    for format in std::fs::read_dir(folder).unwrap() {
        for case in std::fs::read_dir(format.unwrap().path()).unwrap() {
            let case = case.unwrap().path();
            let name = case.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
            found.push((Format::parse(&name), std::fs::read_to_string(case.join("in.txt")).unwrap()));
        }
    }
    found.sort();
    found
}

fn read_as(format: Option<Format>, text: &str) -> Outcomes {
    match format {
        Some(format) => read(format, text, &rules()),
        None => read_mapped(&mapping(), text),
    }
}

/// The documents of a fixture; none of what is no JSON.
pub(super) fn documents(text: &str) -> Vec<Value> {
    serde_json::Deserializer::from_str(text).into_iter::<Value>().map_while(Result::ok).collect()
}

/// The alerts and the faults, without where they stand.
fn told(outcomes: &Outcomes) -> Vec<String> {
    let told = |outcome: &Result<ProductAlert, ProductError>| match outcome {
        Ok(alert) => serde_json::to_string(alert).unwrap(),
        Err(error) => error.to_string().split_once(": ").unwrap().1.to_owned(),
    };
    outcomes.iter().map(told).collect()
}

#[test]
fn a_body_reads_the_same_in_every_shape() {
    for (format, text) in fixtures() {
        let values = documents(&text);
        if values.is_empty() || format.is_none() {
            continue;
        }
        let lines: Vec<String> = values.iter().map(Value::to_string).collect();
        let pretty: Vec<String> =
            values.iter().map(|value| serde_json::to_string_pretty(value).unwrap()).collect();
        let want = told(&read_as(format, &text));
        assert_eq!(want, told(&read_as(format, &lines.join("\n"))));
        assert_eq!(want, told(&read_as(format, &lines.concat())));
        assert_eq!(want, told(&read_as(format, &pretty.join("\n"))));
        if ![Some(Format::Sarif), Some(Format::Scanner)].contains(&format) {
            assert_eq!(want, told(&read_as(format, &json!(values).to_string())));
            assert_eq!(want, told(&read_as(format, &json!({"value": values}).to_string())));
        }
    }
}

#[test]
fn a_broken_line_costs_no_other() {
    for (format, text) in fixtures() {
        let lines: Vec<String> = documents(&text).iter().map(Value::to_string).collect();
        if lines.is_empty() {
            continue;
        }
        let want = told(&read_as(format, &lines.join("\n")));
        for broken in ["{\"cut\": \"here", "{\"a\":", "]", "nonsense", "{\"a\" 1}", "{\"a\":[1,2"] {
            let with = lines.iter().map(|line| format!("{broken}\n{line}\n")).collect::<String>();
            let outcomes = read_as(format, &with);
            let is_fault = |outcome: &&Result<ProductAlert, ProductError>| {
                matches!(outcome, Err(ProductError::NotJson { .. }))
            };
            assert_eq!(outcomes.iter().filter(is_fault).count(), lines.len(), "{broken}");
            let rest: Outcomes = outcomes.into_iter().filter(|outcome| !is_fault(&outcome)).collect();
            assert_eq!(want, told(&rest), "{broken}");
        }
    }
}

/// Every number as text.
fn as_text(value: &mut Value) {
    match value {
        Value::Number(number) => *value = Value::String(number.to_string()),
        Value::Array(members) => members.iter_mut().for_each(as_text),
        Value::Object(members) => members.values_mut().for_each(as_text),
        _ => {}
    }
}

/// Every text that is long enough to be a name as one that is too long.
fn lengthen(value: &mut Value, at: &mut usize) {
    match value {
        Value::String(text) if !text.contains(|c: char| c.is_ascii_digit()) => {
            *at += 1;
            *value = Value::String(format!("{}{at}", "x".repeat(10_000)));
        }
        Value::Array(members) => members.iter_mut().for_each(|member| lengthen(member, at)),
        Value::Object(members) => members.values_mut().for_each(|member| lengthen(member, at)),
        _ => {}
    }
}

/// What is put together of several texts is bounded as each of them is. Each member is lengthened alone, so that what says
/// of which kind an alert is stays as it was in some, and then all of them.
#[test]
fn texts_that_are_all_too_long_are_cut() {
    for (format, text) in fixtures() {
        for value in documents(&text) {
            for name in value.as_object().into_iter().flat_map(|members| members.keys()) {
                let mut long = value.clone();
                lengthen(&mut long[name.as_str()], &mut 0);
                is_bounded(&read_as(format, &long.to_string()));
            }
            let mut long = value.clone();
            lengthen(&mut long, &mut 0);
            is_bounded(&read_as(format, &long.to_string()));
        }
    }
}

#[test]
fn numbers_may_be_text() {
    for (format, text) in fixtures() {
        let mut values = documents(&text);
        let lines = |values: &[Value]| values.iter().map(|value| format!("{value}\n")).collect::<String>();
        let want = read_as(format, &lines(&values));
        values.iter_mut().for_each(as_text);
        let got = read_as(format, &lines(&values));
        let alerts = |outcomes: Outcomes| outcomes.into_iter().filter_map(Result::ok).collect::<Vec<_>>();
        assert_eq!(alerts(want), alerts(got));
    }
}

#[test]
fn an_update_changes_the_alert_in_whatever_order_it_comes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/product/guardduty");
    let outcomes = read_fixture(&folder.join("api-form-and-its-update"));
    let [Ok(first), Ok(second)] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert_eq!(first.dedup, second.dedup);
    let (mut forth, mut back) = (first.clone(), second.clone());
    forth.update(second.clone());
    back.update(first.clone());
    for alert in [&forth, &back] {
        assert_eq!((alert.level, alert.status), (second.level, Status::Closed));
        assert_eq!(alert.time_event, first.time_event);
        assert_eq!(alert.time_updated, second.time_updated);
        assert_eq!(alert.dst.ip, first.dst.ip);
    }
    assert_eq!(forth.entities, back.entities);
    let mut twice = forth.clone();
    twice.update(second.clone());
    assert_eq!(twice, forth);
}

/// Puts something else in place of the `at`th value.
fn change(value: &mut Value, at: &mut usize, by: &Value) {
    if *at == 0 {
        *value = by.clone();
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Array(members) => members.iter_mut().for_each(|member| change(member, at, by)),
        Value::Object(members) => members.values_mut().for_each(|member| change(member, at, by)),
        _ => {}
    }
}

fn hostile() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!({})),
        Just(json!([])),
        Just(json!({"a": {"a": {"a": []}}})),
        Just(json!(u64::MAX)),
        Just(json!(i64::MIN)),
        Just(json!(1e308)),
        Just(json!(-0.0)),
        Just(Value::Array(vec![json!("T1059.001 192.0.2.1"); 2000])),
        Just(Value::Array(vec![json!({"id": 1, "@odata.type": "x.ipEvidence"}); 500])),
        Just(json!("x".repeat(20_000))),
        Just(json!("é".repeat(5_000))),
        Just(json!("\u{0}\u{1b}[2J\u{202e}\r\n")),
        "[ -~]{0,40}".prop_map(Value::String),
        any::<String>().prop_map(Value::String),
        any::<f64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(Value::Bool),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_an_alert_makes_a_reader_fail(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), hostile()), 1..4),
    ) {
        let fixtures = fixtures();
        let (format, text) = which.get(&fixtures);
        let mut values = documents(text);
        prop_assume!(!values.is_empty());
        for (at, by) in changes {
            let count: usize = values.iter().map(|value| value.to_string().matches([':', ',']).count() + 1).sum();
            let mut at = at.index(count);
            values.iter_mut().for_each(|value| change(value, &mut at, &by));
        }
        let body = values.iter().map(|value| format!("{value}\n")).collect::<String>();
        is_bounded(&read_as(*format, &body));
        let _ = recognise(&body);
    }

    #[test]
    fn no_text_makes_a_reader_fail(
        text in prop_oneof![
            any::<String>(),
            "[\\[\\]{}\",:0-9a-z \n]{0,80}",
            "(CEF|LEEF):[0-9.]{1,3}[|][ -~\t]{0,80}",
            any::<Vec<u8>>().prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        ],
    ) {
        for format in Format::ALL {
            is_bounded(&read(format, &text, &rules()));
        }
        is_bounded(&read_mapped(&mapping(), &text));
        let _ = recognise(&text);
    }

    #[test]
    fn no_cut_of_a_line_makes_a_reader_fail(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        by in any::<char>(),
    ) {
        let fixtures = fixtures();
        let (format, text) = which.get(&fixtures);
        let cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let (before, after) = text.split_at(cuts[at.index(cuts.len())]);
        is_bounded(&read_as(*format, &format!("{before}{by}{after}")));
        is_bounded(&read_as(*format, before));
    }
}

#[test]
fn bodies_are_read_within_bounds() {
    let many = "{}\n".repeat(ALERTS_LIMIT + 5);
    let outcomes = read(Format::Wazuh, &many, &rules());
    assert_eq!(outcomes.len(), ALERTS_LIMIT + 1);
    assert!(matches!(outcomes.last(), Some(Err(ProductError::TooMuch { .. }))));
    let list = format!("[{}1]", "1,".repeat(1_500_000));
    assert!(matches!(read(Format::Wazuh, &list, &rules()).as_slice(), [Err(ProductError::TooMuch { .. })]));
    let deep = "[".repeat(100_000);
    assert!(matches!(read(Format::Graph, &deep, &rules()).as_slice(), [Err(ProductError::NotJson { .. })]));
    let closed = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(read(Format::Graph, &closed, &rules()).as_slice(), [Err(ProductError::NotJson { .. })]));
    let faults = "{\n".repeat(50_000);
    assert!(read(Format::Graph, &faults, &rules()).len() <= 101);
    let large = " ".repeat(BODY_LIMIT + 1);
    assert!(matches!(read(Format::Graph, &large, &rules()).as_slice(), [Err(ProductError::TooMuch { .. })]));
}

#[test]
fn a_mapping_that_cannot_be_says_why() {
    let check = |text: &str, want: &str| {
        let error = serde_json::from_str::<Mapping>(text).unwrap_err().to_string();
        assert!(error.contains(want), "{error}");
    };
    check(r#"{"product":"X Y","fields":{"title":"a"}}"#, "`X Y` is no word for a product");
    check(r#"{"product":"x","fields":{"severity":"a"}}"#, "neither `title` nor");
    check(r#"{"product":"x","fields":{"title":"a..b"}}"#, "`a..b` is no path");
    check(r#"{"product":"x","fields":{"titel":"a"}}"#, "unknown variant `titel`");
    check(r#"{"product":"x","fieldz":{}}"#, "unknown field `fieldz`");
    check(r#"{"product":"x","fields":{"title":"a"},"in-place":true}"#, "`in-place` needs");
    check(r#"{"product":"x","fields":{"title":"a"},"severity":{"1":"grave"}}"#, "unknown variant `grave`");
    let unordered = r#"{"product":"x","fields":{"title":"a"},"severity-from":{"low":5,"high":2}}"#;
    check(unordered, "must grow with the level: high begins at 2");
}

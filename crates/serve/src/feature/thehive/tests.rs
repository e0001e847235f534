//! What feeders send, read into a document and an alert, and kept.

use super::document::Document;
use super::form::Form;
use super::report::{key, report, revised};
use cofferdam_journal::alert::AlertReport;
use jiff::Timestamp;
use serde_json::{Value, json};

fn read(given: &Value, form: Form) -> Document {
    Document::read(given.to_string().as_bytes(), form).unwrap()
}

/// An alert in one line for each thing that it says.
fn told(report: &AlertReport) -> Vec<String> {
    let mut lines = vec![format!("{} {} {}", report.level, report.rule.id, report.rule.title)];
    let entities = report.entities.iter();
    lines.extend(entities.map(|e| format!("{} {} {}", e.role.as_str(), e.kind.as_str(), e.value)));
    lines.extend(report.techniques.iter().map(ToString::to_string));
    lines
}

#[track_caller]
fn check(given: &Value, want: &[&str]) {
    let document = read(given, Form::V0);
    let report = report(&document, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(told(&report), want);
    // What is kept says the same.
    assert_eq!(Document::of_quotes(&document.quotes()), document);
}

fn wazuh() -> Value {
    json!({
        "title": "sshd: brute force trying to get access to the system", "tlp": 2, "severity": 3,
        "tags": ["wazuh", "rule=5712", "agent_name=Web-01", "agent_id=001", "agent_ip=192.0.2.10", "T1110"],
        "description": "|key|val|\n|---|---|\n|rule.level|10|\n", "type": "wazuh_alert", "source": "wazuh",
        "sourceRef": "5f3a1c", "date": 1_800_000_000_000_i64, "caseTemplate": null,
        "artifacts": [
            {"dataType": "ip", "data": "203.0.113.66", "message": null, "tlp": 2, "tags": [], "ioc": false},
            {"dataType": "ip", "data": "203.0.113.66"},
            {"dataType": "other", "data": "x"},
        ],
    })
}

#[test]
fn an_alert_of_wazuh_is_of_its_rule_and_its_agent() {
    let title = "high thehive/wazuh_alert/5712 sshd: brute force trying to get access to the system";
    check(&wazuh(), &[title, "observer host web-01", "actor address 203.0.113.66", "T1110"]);
}

#[test]
fn an_alert_of_any_feeder_is_of_its_type() {
    let given = json!({
        "type": "Kim's \u{1b}[31m type", "source": "elastalert", "sourceRef": "1", "title": "Odd", "description": "",
        "tags": ["rule=5712", "agent_name=web-01"], "customFields": {"a": {"string": "b", "order": 0}},
        "procedures": [{"patternId": "T1059.001", "occurDate": 1}, {"patternId": "none"}],
    });
    check(&given, &["medium thehive/kim-s---31m-type Odd", "T1059.001"]);
}

#[test]
fn what_is_missing_or_wrong_is_told_with_its_name() {
    let mut cases: Vec<(&str, Value)> = vec![
        ("title", json!(" ")),
        ("title", json!(7)),
        ("type", json!("x".repeat(501))),
        ("sourceRef", json!({})),
        ("description", json!([])),
        ("severity", json!(0)),
        ("severity", json!("high")),
        ("tlp", json!(4)),
        ("pap", json!(-1)),
        ("date", json!("yesterday")),
        ("date", json!(i64::MAX)),
        ("tags", json!("a")),
        ("tags", json!([["a"]])),
        ("customFields", json!("a")),
        ("artifacts", json!({})),
    ];
    cases.extend(["note", "summary"].map(|name| (name, json!("x".repeat(200_000)))));
    for (name, value) in cases {
        let mut given = wazuh();
        given[name] = value.clone();
        let problem = Document::read(given.to_string().as_bytes(), Form::V0).unwrap_err();
        let detail = problem.detail.unwrap();
        let name = if name == "artifacts" { "observables" } else { name };
        assert!(detail.contains(&format!("`{name}`")), "{name}: {detail}");
    }
    for name in ["type", "source", "sourceRef", "title", "description"] {
        let mut given = wazuh();
        given.as_object_mut().unwrap().remove(name);
        let problem = report(&read(&given, Form::V0), Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(problem.detail.unwrap(), format!("`{name}` is missing"));
    }
    for body in ["", "[]", "1", "{\"a\":", "\u{0}"] {
        assert_eq!(Document::read(body.as_bytes(), Form::V1).unwrap_err().status, 400, "{body}");
    }
}

#[test]
fn nobody_says_what_is_worked_out_here() {
    let given = json!({"_id": "~9", "id": "~9", "caseId": "~1", "stage": "Closed", "mine": {"x": [1, null]}});
    assert_eq!(json!(read(&given, Form::V1).members), json!({"mine": {"x": [1, null]}}));
}

#[test]
fn an_update_says_only_what_is_otherwise() {
    let known = read(&wazuh(), Form::V0);
    let update = json!({
        "title": "sshd: brute force trying to get access to the system", "severity": 4, "addTags": ["seen"],
        "removeTags": ["agent_id=001", "agent_ip=192.0.2.10", "T1110"], "note": "new",
        "artifacts": [{"dataType": "ip", "data": "203.0.113.66"}, {"dataType": "domain", "data": "evil.example.org"}],
    });
    let changes = known.changed(read(&update, Form::V0));
    let tags = json!(["wazuh", "rule=5712", "agent_name=Web-01", "seen"]);
    assert_eq!(json!(changes.members), json!({"severity": 4, "tags": tags, "note": "new"}));
    assert_eq!(json!(changes.observables), json!([{"dataType": "domain", "data": "evil.example.org"}]));
    let whole = Document::of_quotes(&[known.quotes(), changes.quotes()].concat());
    assert_eq!(whole, known.clone().with(&changes));
    let before = report(&known, Timestamp::UNIX_EPOCH).unwrap();
    let after = revised(&before, &whole);
    assert_eq!(told(&after).len(), told(&before).len() + 1, "an entity more");
    assert_eq!((after.level.to_string().as_str(), after.rule), ("critical", before.rule));
    assert_eq!(key(&whole).unwrap(), key(&known).unwrap());
    assert_eq!(known.changed(read(&wazuh(), Form::V0)), Document::default(), "nothing is new");
}

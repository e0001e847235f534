//! How right rules are, of the alerts that somebody sees.

use super::case::{alert, append, joined, opened, to};
use super::site::{Client, Site, program};
use cofferdam_journal::alert::{Judgement, Verdict};
use cofferdam_journal::{Fact, Personal, StreamId, TeamRole};
use cofferdam_vocabulary::{AlertId, ExceptionId, IncidentId};
use serde_json::{Value, json};

/// Rules with the verdicts of their alerts, in the order of the alerts' numbers.
const ALERTS: [(&str, Option<Verdict>); 10] = [
    ("guessing", Some(Verdict::TruePositive)),
    ("guessing", Some(Verdict::BenignPositive)),
    ("guessing", Some(Verdict::FalsePositive)),
    ("guessing", Some(Verdict::FalsePositive)),
    ("guessing", Some(Verdict::Duplicate)),
    ("guessing", Some(Verdict::Test)),
    ("guessing", None),
    ("odd", None),
    ("odd", Some(Verdict::TruePositive)),
    ("odd", Some(Verdict::FalsePositive)),
];

/// The last alert is part of another, the one before it only for the second of two observers; the eighth is hidden.
fn site() -> (Site, [Client; 2]) {
    let mut site = Site::new();
    let clients = ["observer1", "observer2"].map(|account| site.person(account, &[TeamRole::Observer]));
    site.record(|_, store| {
        let put = |id: u64, fact| append(store, StreamId::Alert(AlertId(id)), &program(), fact);
        for (id, (rule, verdict)) in (1..).zip(ALERTS) {
            put(id, alert(rule, "kim", None));
            if let Some(verdict) = verdict {
                let reason = Personal::of("looked at");
                put(id, Fact::AlertJudged(Judgement { verdict, reason, dismissed: true }));
            }
        }
        put(8, Fact::AlertHidden { exception: ExceptionId(1) });
        put(10, Fact::AlertMerged { into: AlertId(8) });
        let incident = StreamId::Incident(IncidentId(1));
        append(store, incident, &program(), opened("Break-in"));
        append(store, incident, &program(), joined(&[(9, None)]));
        append(store, incident, &program(), Fact::IncidentRestricted { to: to(&[2]) });
    });
    let clients = clients.map(|client| site.again(&client));
    (site, clients)
}

fn of(client: &Client, query: &str) -> Vec<Value> {
    let found = client.get(&format!("/api/v1/rules/precision{query}")).expect(200).json();
    assert_eq!(found["rules"], found["items"].as_array().unwrap().len());
    found["items"].as_array().unwrap().clone()
}

#[test]
fn rules_are_as_right_as_people_found_their_alerts() {
    let (_site, [one, other]) = site();
    let rules = of(&one, "");
    let want = json!({
        "rule": "guessing", "title": "Rule guessing", "alerts": 7, "judged": 6, "true_positive": 1,
        "benign_positive": 1, "false_positive": 2, "duplicate": 1, "test": 1, "hidden": 0, "precision": 0.25,
    });
    assert_eq!(rules[0], want);
    assert_eq!(
        (&rules[1]["alerts"], &rules[1]["hidden"], &rules[1]["precision"]),
        (&json!(1), &json!(1), &Value::Null)
    );
    let rules = of(&other, "");
    assert_eq!(
        (&rules[1]["alerts"], &rules[1]["judged"], &rules[1]["precision"]),
        (&json!(2), &json!(1), &json!(1.0))
    );
    assert_eq!(of(&other, "?filter=verdict%20!%3D%20none")[0]["alerts"], 6);
    assert_eq!(of(&other, "?filter=raised%20%3E%20now"), Vec::<Value>::new());
    for wrong in ["?filter=colour%3Dred", "?since=1", "?filter=%28"] {
        assert_eq!(one.get(&format!("/api/v1/rules/precision{wrong}")).status, 400, "{wrong}");
    }
}

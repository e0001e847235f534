//! What people make of alerts: one, many, by a filter, and taken back.

use super::case::{alert, append, joined, opened, to};
use super::site::{Client, Site, program};
use cofferdam_journal::{Fact, StreamId, TeamRole};
use cofferdam_vocabulary::{AlertId, IncidentId};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

const ALERTS: u64 = 6;
/// A filter that takes all alerts.
const ALL: &str = "id >= ALR-000001";

/// Six alerts of two rules, of which the first two belong to an incident; a responder, an observer, another responder.
fn site() -> (Site, [Client; 3]) {
    let mut site = Site::new();
    let roles = [
        ("responder1", TeamRole::Responder),
        ("observer1", TeamRole::Observer),
        ("responder2", TeamRole::Responder),
    ];
    let clients = roles.map(|(account, role)| site.person(account, &[role]));
    site.record(|_, store| {
        for id in 1..=ALERTS {
            let rule = if id % 2 == 0 { "even" } else { "odd" };
            append(store, alert_of(id), &program(), alert(rule, &format!("account-{id}"), None));
        }
        append(store, incident(1), &program(), opened("Break-in"));
        append(store, incident(1), &program(), joined(&[(1, None), (2, Some(1))]));
    });
    let clients = clients.map(|client| site.again(&client));
    (site, clients)
}

fn alert_of(id: u64) -> StreamId {
    StreamId::Alert(AlertId(id))
}

fn incident(id: u64) -> StreamId {
    StreamId::Incident(IncidentId(id))
}

fn act(client: &Client, what: &str, body: &Value) -> Value {
    client.send("POST", &format!("/api/v1/triage/{what}"), Some(body)).expect(200).json()
}

fn judge(filter: &str, verdict: &str) -> Value {
    json!({"filter": filter, "verdict": verdict, "reason": "the nightly backup"})
}

fn seen(client: &Client, id: u64) -> Value {
    client.get(&format!("/api/v1/alerts/{}", AlertId(id))).expect(200).json()
}

/// How many alerts a filter takes.
fn count(client: &Client, filter: &str) -> u64 {
    let filter = filter.replace(' ', "%20").replace('=', "%3D");
    client.get(&format!("/api/v1/alerts?count=true&filter={filter}")).expect(200).json()["count"]
        .as_u64()
        .unwrap()
}

/// Changed, unchanged, refused.
fn figures(result: &Value) -> [u64; 3] {
    let of = |name: &str| result[name].as_u64().unwrap();
    assert_eq!(of("matched"), of("changed") + of("unchanged") + of("refused_count"));
    ["changed", "unchanged", "refused_count"].map(of)
}

#[test]
fn people_say_who_works_on_an_alert_and_what_it_is() {
    let (site, [responder, observer, _]) = site();
    assert_eq!(seen(&observer, 3)["state"], "new");
    assert_eq!(seen(&observer, 1)["state"], "attached");
    let taken = act(&responder, "assign", &json!({"filter": "id = ALR-000003"}));
    assert_eq!(figures(&taken), [1, 0, 0]);
    let alert = seen(&observer, 3);
    assert_eq!((&alert["state"], &alert["assignee"]), (&json!("in-triage"), &json!("USR-0001")));
    assert_eq!(count(&observer, "assignee = USR-0001"), 1);
    act(&responder, "judge", &judge("id = ALR-000003", "true-positive"));
    let alert = seen(&observer, 3);
    assert_eq!((&alert["state"], &alert["verdict"]), (&json!("in-triage"), &json!("true-positive")));
    assert_eq!(alert["verdict_reason"], "the nightly backup");
    act(&responder, "judge", &judge("id = ALR-000003", "benign-positive"));
    assert_eq!(seen(&observer, 3)["state"], "dismissed");
    let refused = act(&responder, "assign", &json!({"filter": "id = ALR-000003", "to": "USR-0003"}));
    assert_eq!(
        refused["refused"],
        json!([{"alert": "ALR-000003", "why": "the alert was dismissed; reopen it first"}])
    );
    act(&responder, "reopen", &json!({"filter": "id = ALR-000003", "reason": "seen again"}));
    let alert = seen(&observer, 3);
    assert_eq!(
        (&alert["state"], &alert["verdict"], &alert["verdict_reason"]),
        (&json!("in-triage"), &Value::Null, &Value::Null)
    );
    act(&responder, "release", &json!({"filter": "assignee = USR-0001"}));
    assert_eq!(seen(&observer, 3)["state"], "new");
    let entries = site.entries();
    let of_it = entries.iter().filter(|entry| entry.head.stream == alert_of(3));
    let kinds: Vec<&str> = of_it.map(|entry| entry.fact.kind()).collect();
    let want =
        ["alert-assigned/1", "alert-judged/1", "alert-judged/1", "alert-reopened/1", "alert-released/1"];
    assert_eq!(kinds[1..], want);
}

#[test]
fn what_cannot_be_done_is_refused_with_a_reason() {
    let (_site, [responder, observer, _]) = site();
    for what in ["assign", "release", "judge", "reopen", "undo"] {
        observer.send("POST", &format!("/api/v1/triage/{what}"), Some(&json!({}))).expect(403);
    }
    let refused = |what: &str, body: Value, status: u16| {
        responder.send("POST", &format!("/api/v1/triage/{what}"), Some(&body)).expect(status).json()
    };
    refused("judge", json!({"filter": ALL, "verdict": "test", "reason": " "}), 422);
    refused("judge", json!({"filter": ALL, "verdict": "test", "reason": "x".repeat(501)}), 422);
    refused("judge", json!({"filter": " ", "verdict": "test", "reason": "x"}), 422);
    refused("judge", json!({"filter": "colour = red", "verdict": "test", "reason": "x"}), 422);
    for (user, why) in
        [("USR-0009", "there is no user USR-0009"), ("USR-0002", "USR-0002 has no role that works on alerts")]
    {
        assert_eq!(refused("assign", json!({"filter": ALL, "to": user}), 409)["detail"], why);
    }
    for undo in ["0-0", "7-3", "0-19999"] {
        refused("undo", json!({"undo": undo}), 404);
    }
    refused("undo", json!({"undo": "0-20000"}), 409);
    refused("undo", json!({"undo": "-1"}), 422);
}

#[test]
fn an_alert_that_was_dismissed_counts_nowhere() {
    let (_site, [responder, observer, _]) = site();
    let counted = || observer.get("/api/v1/incidents/INC-0001").expect(200).json()["alert_count"].clone();
    assert_eq!(counted(), 2);
    let done = act(&responder, "judge", &judge("id = ALR-000001", "false-positive"));
    assert_eq!(counted(), 1);
    act(&responder, "undo", &json!({"undo": done["undo"]}));
    assert_eq!(counted(), 2);
    act(&responder, "judge", &judge("incident = INC-0001", "test"));
    assert_eq!(counted(), 0);
    act(&responder, "reopen", &json!({"filter": "id = ALR-000002", "reason": "no test"}));
    assert_eq!(counted(), 1);
}

#[test]
fn what_was_done_by_a_filter_is_taken_back_at_once() {
    let (site, [responder, observer, other]) = site();
    act(&responder, "assign", &json!({"filter": "id = ALR-000004", "to": "USR-0003"}));
    let before: Vec<Value> = (1..=ALERTS).map(|id| seen(&observer, id)).collect();
    let size = site.entries().len();
    let tried = act(
        &responder,
        "judge",
        &json!({"filter": "rule = even", "verdict": "test", "reason": "x", "dry_run": true}),
    );
    assert_eq!((figures(&tried), &tried["undo"]), ([3, 0, 0], &Value::Null));
    assert_eq!(site.entries().len(), size, "a dry run records nothing");
    let done = act(&responder, "judge", &judge("rule = even", "duplicate"));
    assert_eq!(figures(&done), [3, 0, 0]);
    assert_eq!(count(&observer, "state = dismissed"), 3);
    assert_eq!(figures(&act(&responder, "judge", &judge("rule = even", "duplicate"))), [0, 3, 0]);
    // Somebody changes one of them meanwhile: theirs stands.
    act(&other, "judge", &judge("id = ALR-000006", "false-positive"));
    let undone = act(&responder, "undo", &json!({"undo": done["undo"]}));
    assert_eq!(figures(&undone), [2, 0, 1]);
    let why = "somebody did something else with the alert since";
    assert_eq!(undone["refused"], json!([{"alert": "ALR-000006", "why": why}]));
    for id in 1..ALERTS {
        assert_eq!(seen(&observer, id), before[id as usize - 1]);
    }
    assert_eq!(seen(&observer, 6)["verdict"], "false-positive");
    // What was taken back can be done again by taking that back.
    let again = act(&responder, "undo", &json!({"undo": undone["undo"]}));
    assert_eq!(figures(&again), [2, 0, 0]);
    assert_eq!(count(&observer, "verdict = duplicate"), 2);
}

#[test]
fn nothing_is_done_with_what_is_not_there_for_somebody() {
    let (mut site, [responder, observer, other]) = site();
    site.record(|_, store| append(store, incident(1), &program(), Fact::IncidentRestricted { to: to(&[3]) }));
    let [responder, observer, other] = [responder, observer, other].map(|client| site.again(&client));
    assert_eq!(figures(&act(&responder, "judge", &judge(ALL, "test"))), [4, 0, 0]);
    let done = act(&other, "judge", &judge(ALL, "test"));
    assert_eq!(figures(&done), [2, 4, 0]);
    responder.send("POST", "/api/v1/triage/undo", Some(&json!({"undo": done["undo"]}))).expect(404);
    act(&other, "reopen", &json!({"filter": ALL, "reason": "no test"}));
    let unseen = act(&other, "assign", &json!({"filter": ALL, "to": "USR-0001"}));
    assert_eq!(figures(&unseen), [4, 0, 2]);
    assert_eq!(unseen["refused"][0]["why"], "whoever is named does not see the alert");
    observer.get("/api/v1/alerts/ALR-000001").expect(404);
}

/// Something done with some alerts.
fn acts() -> impl Strategy<Value = Vec<(&'static str, Value, Vec<u64>)>> {
    let verdict =
        prop::sample::select(vec!["true-positive", "benign-positive", "false-positive", "duplicate", "test"]);
    let what = prop_oneof![
        2 => (1_u64..=3).prop_filter("an observer works on none", |id| *id != 2)
            .prop_map(|id| ("assign", json!({"to": format!("USR-000{id}")}))),
        1 => Just(("release", json!({}))),
        3 => (verdict, any::<bool>())
            .prop_map(|(verdict, dismiss)| ("judge", json!({"verdict": verdict, "reason": "because", "dismiss": dismiss}))),
        1 => Just(("reopen", json!({"reason": "seen again"}))),
    ];
    let which = prop::sample::subsequence((1..=ALERTS).collect::<Vec<_>>(), 1..=ALERTS as usize);
    prop::collection::vec((what, which).prop_map(|((what, body), which)| (what, body, which)), 1..8)
}

fn with_filter(body: &Value, which: &[u64]) -> Value {
    let ids: Vec<String> = which.iter().map(|id| AlertId(*id).to_string()).collect();
    let mut body = body.clone();
    body["filter"] = format!("id in ({})", ids.join(", ")).into();
    body
}

/// All alerts and the incident, as somebody sees them; and that what is counted is there.
fn picture(client: &Client) -> Vec<Value> {
    let mut all: Vec<Value> = (1..=ALERTS).map(|id| seen(client, id)).collect();
    let of = client.get("/api/v1/incidents/INC-0001").expect(200).json();
    assert_eq!(of["alert_count"], count(client, "incident = INC-0001 and not state = dismissed"));
    let states: u64 = ["new", "in-triage", "attached", "dismissed"]
        .map(|state| {
            let counted = count(client, &format!("state = {state}"));
            assert_eq!(counted, all.iter().filter(|alert| alert["state"] == state).count() as u64, "{state}");
            counted
        })
        .iter()
        .sum();
    assert_eq!(states, ALERTS);
    all.push(of);
    all
}

#[test]
fn many_at_once_are_what_one_after_the_other_is_and_all_of_it_can_be_taken_back() {
    let mut runner = TestRunner::new(Config {
        cases: 12,
        failure_persistence: None,
        max_shrink_iters: 30,
        ..Config::default()
    });
    let run = runner.run(&acts(), |acts| {
        let (_bulk, [responder, observer, _]) = site();
        let (_single, [by_one, its_observer, _]) = site();
        let mut before = vec![picture(&observer)];
        let mut undo = Vec::new();
        for (what, body, which) in &acts {
            undo.push(act(&responder, what, &with_filter(body, which))["undo"].clone());
            which.iter().for_each(|id| drop(act(&by_one, what, &with_filter(body, &[*id]))));
            let now = picture(&observer);
            prop_assert_eq!(&now, &picture(&its_observer));
            before.push(now);
        }
        for undo in undo.iter().rev().filter(|undo| !undo.is_null()) {
            let undone = act(&responder, "undo", &json!({"undo": undo}));
            prop_assert_eq!(&undone["refused_count"], 0);
        }
        prop_assert_eq!(&picture(&observer), &before[0]);
        Ok(())
    });
    run.unwrap();
}

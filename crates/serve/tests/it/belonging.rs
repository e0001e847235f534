//! What people say belongs to which incident: opened by hand, attached, detached, split, merged and unmerged.

use super::case::{alert, append, joined, opened, to};
use super::site::{Answer, Client, Site, program};
use cofferdam_journal::{Fact, StreamId, TeamRole};
use cofferdam_vocabulary::{AlertId, IncidentId};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ALERTS: u64 = 6;

/// Six alerts, of which the first two are in one incident and the third in another; a responder, a commander, an
/// observer.
fn site() -> (Site, [Client; 3]) {
    let mut site = Site::new();
    let roles = [TeamRole::Responder, TeamRole::IncidentCommander, TeamRole::Observer];
    let clients = roles.map(|role| site.person(&format!("{role}1"), &[role]));
    site.record(|_, store| {
        for id in 1..=ALERTS {
            let raised = alert("rule", &format!("account-{id}"), None);
            append(store, StreamId::Alert(AlertId(id)), &program(), raised);
        }
        for (id, alerts) in [(1, &[(1, None), (2, Some(1))][..]), (2, &[(3, None)])] {
            append(store, incident(id), &program(), opened(&format!("Break-in {id}")));
            append(store, incident(id), &program(), joined(alerts));
        }
    });
    let clients = clients.map(|client| site.again(&client));
    (site, clients)
}

fn incident(id: u64) -> StreamId {
    StreamId::Incident(IncidentId(id))
}

fn ids(alerts: &[u64]) -> String {
    let ids: Vec<String> = alerts.iter().map(|id| AlertId(*id).to_string()).collect();
    format!("id in ({})", ids.join(", "))
}

fn ask(client: &Client, id: u64, what: &str, body: &Value) -> Answer {
    client.send("POST", &format!("/api/v1/incidents/{}/{what}", IncidentId(id)), Some(body))
}

fn attach(client: &Client, id: u64, alerts: &[u64], moving: bool) -> Answer {
    ask(client, id, "attach", &json!({"filter": ids(alerts), "reason": "the same hand", "move": moving}))
}

fn detach(client: &Client, id: u64, alerts: &[u64]) -> Answer {
    ask(client, id, "detach", &json!({"filter": ids(alerts), "reason": "another hand"}))
}

fn merge(client: &Client, id: u64, into: u64) -> Answer {
    ask(client, id, "merge", &json!({"into": IncidentId(into), "reason": "the same hand"}))
}

/// Where each alert is, by the list of alerts.
fn homes(client: &Client) -> BTreeMap<String, Value> {
    let rows = client.get("/api/v1/alerts?limit=200").expect(200).json();
    let rows = rows["items"].as_array().unwrap().iter();
    rows.map(|row| (row["id"].as_str().unwrap().to_owned(), row["incident"].clone())).collect()
}

/// What incidents count, and what they say that they have: each is what the list of alerts says.
#[track_caller]
fn check_counts(client: &Client) {
    let homes = homes(client);
    let rows = client.get("/api/v1/incidents?limit=200").expect(200).json();
    for row in rows["items"].as_array().unwrap() {
        let own: Vec<&String> =
            homes.iter().filter(|(_, home)| **home == row["id"]).map(|(alert, _)| alert).collect();
        assert_eq!(row["alert_count"], own.len(), "{} has {own:?}", row["id"]);
        if row["merged_into"].is_null() {
            let path = format!("/api/v1/incidents/{}", row["id"].as_str().unwrap());
            let whole = client.get(&path).expect(200).json();
            let says: Vec<&str> = whole["alerts"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["alert"].as_str().unwrap())
                .collect();
            assert_eq!(says, own, "{}", row["id"]);
        }
    }
}

fn home(client: &Client, alert: u64) -> Value {
    client.get(&format!("/api/v1/alerts/{}", AlertId(alert))).expect(200).json()["incident"].clone()
}

#[test]
fn an_incident_that_people_found_has_the_alerts_that_they_name() {
    let (_site, [responder, _, observer]) = site();
    let mut body = json!({"title": "Stolen laptop", "severity": "high", "reason": "it was unencrypted"});
    observer.send("POST", "/api/v1/incidents", Some(&body)).expect(403);
    let empty = responder.send("POST", "/api/v1/incidents", Some(&body)).expect(201);
    assert_eq!(empty.header("location"), Some("/api/v1/incidents/INC-0003"));
    body["filter"] = ids(&[3, 5]).into();
    let refused = responder.send("POST", "/api/v1/incidents", Some(&body)).expect(409).json();
    assert_eq!(
        (&refused["detail"], &refused["help"]),
        (&json!("ALR-000003 is in INC-0002"), &json!("say that it shall be moved"))
    );
    body["move"] = true.into();
    assert_eq!(responder.send("POST", "/api/v1/incidents", Some(&body)).expect(201).json()["id"], "INC-0004");
    let whole = responder.get("/api/v1/incidents/INC-0004").expect(200).json();
    assert_eq!(whole["title"], "Stolen laptop");
    assert_eq!((&whole["severity"], &whole["reasons"]), (&json!("high"), &json!(["it was unencrypted"])));
    assert_eq!((&whole["led"], &whole["alert_count"]), (&json!(true), &json!(2)));
    assert!(whole["scope"].as_array().unwrap().iter().any(|entity| entity["value"] == "account-5"));
    check_counts(&observer);
    for (name, wrong) in
        [("title", json!(" ")), ("severity", json!("bad")), ("filter", json!("")), ("filter", json!("id ="))]
    {
        let mut body = body.clone();
        body[name] = wrong;
        responder.send("POST", "/api/v1/incidents", Some(&body)).expect(422);
    }
    body["filter"] = "id = ALR-000099".into();
    responder.send("POST", "/api/v1/incidents", Some(&body)).expect(409);
}

#[test]
fn attaching_and_detaching_are_inverse() {
    let (_site, [responder, commander, observer]) = site();
    attach(&observer, 1, &[4], false).expect(403);
    attach(&responder, 9, &[4], false).expect(404);
    let before = homes(&observer);
    attach(&responder, 1, &[4, 5], false).expect(204);
    assert_eq!(home(&observer, 4), "INC-0001");
    detach(&responder, 1, &[4, 5]).expect(204);
    assert_eq!(homes(&observer), before);
    attach(&responder, 1, &[3], false).expect(409);
    attach(&responder, 1, &[3], true).expect(204);
    check_counts(&observer);
    detach(&responder, 2, &[3]).expect(409);
    // Whoever leads decides.
    let etag = commander.get("/api/v1/incidents/INC-0001").header("etag").unwrap().to_owned();
    let name = json!({"user": "USR-0002"});
    commander
        .with("if-match", &etag)
        .send("PUT", "/api/v1/incidents/INC-0001/commander", Some(&name))
        .expect(204);
    let refused = detach(&responder, 1, &[3]).expect(403).json();
    assert_eq!(refused["detail"], "USR-0002 leads INC-0001: whoever leads decides what belongs to it");
    attach(&responder, 2, &[3], true).expect(403);
    attach(&commander, 2, &[3], true).expect(204);
    assert_eq!(homes(&observer), before);
    check_counts(&observer);
}

#[test]
fn a_merge_is_taken_back() {
    let (_site, [responder, _, observer]) = site();
    let before = homes(&observer);
    merge(&responder, 2, 2).expect(409);
    merge(&responder, 2, 9).expect(409);
    merge(&responder, 2, 1).expect(204);
    assert_eq!(home(&observer, 3), "INC-0001");
    check_counts(&observer);
    let part = observer.get("/api/v1/incidents/INC-0002").expect(200).json();
    assert_eq!(part["merged_into"], "INC-0001");
    merge(&responder, 1, 2).expect(409);
    attach(&responder, 2, &[4], false).expect(409);
    let unmerge = |id| ask(&responder, id, "unmerge", &json!({"reason": "two hands"}));
    unmerge(1).expect(409);
    unmerge(2).expect(204);
    assert_eq!(homes(&observer), before);
    assert!(observer.get("/api/v1/incidents/INC-0002").expect(200).json()["merged_into"].is_null());
    check_counts(&observer);
}

#[test]
fn some_of_its_alerts_are_an_incident_of_their_own() {
    let (_site, [responder, _, observer]) = site();
    let split = |alerts: &[u64]| {
        ask(
            &responder,
            1,
            "split",
            &json!({"filter": ids(alerts), "title": "Another", "reason": "two hands"}),
        )
    };
    split(&[2, 3]).expect(409);
    let before = homes(&observer);
    assert_eq!(split(&[2]).expect(201).json()["id"], "INC-0003");
    assert_eq!(home(&observer, 2), "INC-0003");
    check_counts(&observer);
    merge(&responder, 3, 1).expect(204);
    assert_eq!(homes(&observer), before);
}

#[test]
fn what_leaves_a_restricted_incident_is_shown_by_whoever_may_show_it() {
    let (mut site, [responder, commander, observer]) = site();
    site.record(|_, store| {
        let restrict = Fact::IncidentRestricted { to: to(&[1, 2]) };
        append(store, incident(1), &program(), restrict);
    });
    let [responder, commander, observer] = [responder, commander, observer].map(|client| site.again(&client));
    detach(&observer, 1, &[2]).expect(403);
    let refused = detach(&responder, 1, &[2]).expect(403).json();
    assert_eq!(refused["detail"], "INC-0001 is restricted: what leaves it would be there for everybody");
    attach(&responder, 2, &[2], true).expect(403);
    ask(&commander, 1, "split", &json!({"filter": ids(&[2]), "title": "x", "reason": "x"})).expect(409);
    observer.get("/api/v1/alerts/ALR-000002").expect(404);
    detach(&commander, 1, &[2]).expect(204);
    observer.get("/api/v1/alerts/ALR-000002").expect(200);
    // What is put into it is not there for others any more.
    attach(&responder, 1, &[4], false).expect(204);
    observer.get("/api/v1/alerts/ALR-000004").expect(404);
    merge(&commander, 2, 1).expect(204);
    observer.get("/api/v1/incidents/INC-0002").expect(404);
    observer.get("/api/v1/alerts/ALR-000003").expect(404);
    let unmerge = json!({"reason": "two hands"});
    ask(&responder, 2, "unmerge", &unmerge).expect(403);
    ask(&commander, 2, "unmerge", &unmerge).expect(204);
    observer.get("/api/v1/incidents/INC-0002").expect(200);
    observer.get("/api/v1/alerts/ALR-000003").expect(200);
}

/// Something that people say.
#[derive(Clone, Debug)]
enum Step {
    Attach(u64, Vec<u64>),
    Detach(u64, Vec<u64>),
    Merge(u64, u64),
    Unmerge(u64),
    Split(u64, Vec<u64>),
    Dismiss(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let (incident, alerts) = (|| 1_u64..5, || proptest::collection::vec(1..=ALERTS, 1..4));
    prop_oneof![
        3 => (incident(), alerts()).prop_map(|(id, alerts)| Step::Attach(id, alerts)),
        2 => (incident(), alerts()).prop_map(|(id, alerts)| Step::Detach(id, alerts)),
        2 => (incident(), incident()).prop_map(|(id, into)| Step::Merge(id, into)),
        2 => incident().prop_map(Step::Unmerge),
        2 => (incident(), alerts()).prop_map(|(id, alerts)| Step::Split(id, alerts)),
        1 => (1..=ALERTS).prop_map(Step::Dismiss),
    ]
}

/// Carries a step out; whether it was.
fn carried_out(client: &Client, step: &Step) -> bool {
    let answer = match step {
        Step::Attach(id, alerts) => attach(client, *id, alerts, true),
        Step::Detach(id, alerts) => detach(client, *id, alerts),
        Step::Merge(id, into) => merge(client, *id, *into),
        Step::Unmerge(id) => ask(client, *id, "unmerge", &json!({"reason": "two hands"})),
        Step::Split(id, alerts) => ask(
            client,
            *id,
            "split",
            &json!({"filter": ids(alerts), "title": "Another", "reason": "two hands"}),
        ),
        Step::Dismiss(id) => {
            let body = json!({"filter": ids(&[*id]), "verdict": "test", "reason": "tried"});
            client.send("POST", "/api/v1/triage/judge", Some(&body))
        }
    };
    assert!([200, 201, 204, 404, 409].contains(&answer.status), "{step:?}: {}", answer.status);
    answer.status < 300
}

/// How many alerts each incident counts, by the list of alerts.
#[track_caller]
fn check_every_count(client: &Client) {
    let alerts = client.get("/api/v1/alerts?limit=200").expect(200).json();
    let rows = client.get("/api/v1/incidents?limit=200").expect(200).json();
    for row in rows["items"].as_array().unwrap() {
        let own = alerts["items"].as_array().unwrap().iter();
        let own = own.filter(|alert| alert["incident"] == row["id"] && alert["state"] != "dismissed").count();
        assert_eq!(row["alert_count"], own, "{}", row["id"]);
    }
}

#[test]
fn counts_are_the_rows_behind_them_and_a_merge_is_taken_back_whatever_went_before() {
    let mut runner = TestRunner::new(Config {
        cases: 8,
        failure_persistence: None,
        max_shrink_iters: 30,
        ..Config::default()
    });
    runner
        .run(&proptest::collection::vec(step(), 4..16), |steps| {
            let (_site, [responder, ..]) = site();
            for step in &steps {
                let before = homes(&responder);
                let was_carried_out = carried_out(&responder, step);
                check_every_count(&responder);
                if !was_carried_out {
                    prop_assert_eq!(homes(&responder), before, "what was refused changed nothing");
                } else if let Step::Merge(id, _) = step {
                    let there = carried_out(&responder, &Step::Unmerge(*id));
                    prop_assert!(there);
                    prop_assert_eq!(homes(&responder), before);
                }
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn nobody_is_given_a_number_twice() {
    let (_site, [responder, commander, _]) = site();
    let body = json!({"title": "At once", "severity": "low", "reason": "a drill of ours"});
    std::thread::scope(|scope| {
        for client in [&responder, &commander] {
            let body = &body;
            scope.spawn(move || {
                for _ in 0..10 {
                    client.send("POST", "/api/v1/incidents", Some(body)).expect(201);
                }
            });
        }
    });
    let rows = responder.get("/api/v1/incidents?count=true&limit=1").expect(200).json();
    assert_eq!((&rows["count"], &rows["items"][0]["id"]), (&json!(22), &json!("INC-0022")));
}

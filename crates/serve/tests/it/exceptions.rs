//! Exceptions: tried before they are saved, and what they hide when it comes.

use super::case::{alert, append, joined, opened, to};
use super::site::{Client, Site, program};
use cofferdam_detect::rule::{RuleSet, read_file};
use cofferdam_journal::alert::{AlertReport, EntityRecord, Judgement, Verdict};
use cofferdam_journal::{Fact, Personal, StreamId, TeamRole};
use cofferdam_serve::Settings;
use cofferdam_serve::intake::Origin;
use cofferdam_serve::live::{RuleSource, Rules};
use cofferdam_spool::{Batch, Record};
use cofferdam_vocabulary::{AlertId, DedupKey, EntityKind, IncidentId, Role};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const PATH: &str = "/api/v1/exceptions";

/// An alert of a rule, about this account and this address, that can be told again.
fn keyed(id: u64, rule: &str, account: &str, address: &str) -> Fact {
    let Fact::AlertRaised(report) = alert(rule, account, None) else { unreachable!() };
    let mut report = AlertReport { dedup: Some(DedupKey([id as u8; 16])), ..*report };
    let (kind, value) = (EntityKind::Address, Personal::of(address));
    report.entities.insert(EntityRecord { kind, value, role: Role::Actor });
    Fact::AlertRaised(Box::new(report))
}

fn judged(verdict: Verdict) -> Fact {
    Fact::AlertJudged(Judgement {
        verdict,
        reason: Personal::of("looked at"),
        dismissed: verdict != Verdict::TruePositive,
    })
}

/// Four alerts of one rule and one of another; the third is true, and belongs with the second to an incident. A
/// responder, an observer, another responder.
fn site() -> (Site, [Client; 3]) {
    let mut site = Site::new();
    let roles = [
        ("responder1", TeamRole::Responder),
        ("observer1", TeamRole::Observer),
        ("responder2", TeamRole::Responder),
    ];
    let clients = roles.map(|(account, role)| site.person(account, &[role]));
    site.record(|_, store| {
        let put = |id: u64, fact| append(store, StreamId::Alert(AlertId(id)), &program(), fact);
        put(1, keyed(1, "scan", "kim", "192.0.2.1"));
        put(2, keyed(2, "scan", "kim", "192.0.2.2"));
        put(3, keyed(3, "scan", "lee", "192.0.2.3"));
        put(3, judged(Verdict::TruePositive));
        put(4, keyed(4, "scan", "kim", "203.0.113.4"));
        put(4, judged(Verdict::FalsePositive));
        put(5, keyed(5, "odd", "kim", "192.0.2.5"));
        put(6, alert("scan", "kim", None));
        let incident = StreamId::Incident(IncidentId(1));
        append(store, incident, &program(), opened("Break-in"));
        append(store, incident, &program(), joined(&[(2, None), (3, None)]));
    });
    let clients = clients.map(|client| site.again(&client));
    (site, clients)
}

/// What an exception of the tests says: to the rule `scan`, until a day from the clock of a test.
fn terms(conditions: &Value) -> Value {
    json!({"rule": "scan", "conditions": conditions, "reason": "the scanner", "expires": "2027-01-16T00:00:00Z"})
}

fn tried(client: &Client, terms: &Value) -> Value {
    client.post(&format!("{PATH}/trial"), terms).expect(200).json()
}

#[test]
fn an_exception_is_tried_with_the_alerts_of_the_last_days() {
    let (mut site, [responder, observer, _]) = site();
    let size = site.entries().len();
    let all = tried(&responder, &terms(&json!([])));
    let want = json!({
        "window_days": 30, "looked_at": 4, "complete": true, "would_hide": 4, "of_them_true": 1,
        "of_them_in_incidents": 2, "examples": ["ALR-000003", "ALR-000004", "ALR-000002", "ALR-000001"],
    });
    assert_eq!(all, want);
    let figures = |conditions: Value| {
        let tried = tried(&responder, &terms(&conditions));
        (
            tried["looked_at"].as_u64().unwrap(),
            tried["would_hide"].as_u64().unwrap(),
            tried["of_them_true"].as_u64().unwrap(),
        )
    };
    assert_eq!(figures(json!([{"kind": "address", "value": "192.0.2.0/24"}])), (4, 3, 1));
    assert_eq!(
        figures(json!([{"kind": "account", "value": "K*"}, {"kind": "address", "value": "192.0.2.0/24"}])),
        (4, 2, 0)
    );
    assert_eq!(figures(json!([{"kind": "account", "role": "actor", "value": "kim"}])), (4, 0, 0));
    let mut any = terms(&json!([{"kind": "account", "value": "kim"}]));
    any["rule"] = Value::Null;
    assert_eq!(tried(&responder, &any)["would_hide"], 4);
    any["level_at_most"] = json!("medium");
    assert_eq!(tried(&responder, &any)["looked_at"], 0);
    assert_eq!(site.entries().len(), size, "a trial records nothing");
    observer.post(&format!("{PATH}/trial"), &terms(&json!([]))).expect(403);
    site.pass(31 * 24 * 3600);
    let responder = site.person("responder3", &[TeamRole::Responder]);
    let mut later = terms(&json!([]));
    later["expires"] = json!("2027-03-01T00:00:00Z");
    assert_eq!(tried(&responder, &later)["looked_at"], 0, "what is older says nothing of today");
}

#[test]
fn an_exception_is_added_changed_and_ended() {
    let (site, [responder, observer, _]) = site();
    let refused = responder.post(PATH, &terms(&json!([]))).expect(409).json();
    let detail = "it would have hidden 4 alerts of the last 30 days, 1 of them true: ALR-000003, ALR-000004, ALR-000002";
    assert_eq!(refused["detail"], detail);
    let kim = json!([{"kind": "account", "value": "kim"}]);
    let made = responder.post(PATH, &terms(&kim)).expect(201);
    assert_eq!(made.header("location"), Some("/api/v1/exceptions/EXC-0001"));
    let saved = made.json();
    assert_eq!((&saved["trial"]["would_hide"], &saved["trial"]["of_them_true"]), (&json!(3), &json!(0)));
    let view = observer.get(&format!("{PATH}/EXC-0001")).expect(200);
    let want = json!({
        "id": "EXC-0001", "state": "active", "rule": "scan", "source": null, "level_at_most": null,
        "conditions": [{"kind": "account", "role": null, "value": "kim"}], "owner": "USR-0001",
        "reason": "the scanner", "expires": "2027-01-16T00:00:00Z", "added": view.json()["added"],
        "changed": view.json()["added"], "ended_because": null, "hidden": 0, "last_hidden": null,
    });
    assert_eq!(view.json(), want);
    let path = format!("{PATH}/EXC-0001");
    let mut wider = terms(&json!([]));
    assert_eq!(responder.send("PUT", &path, Some(&wider)).status, 428);
    assert_eq!(responder.with("if-match", "\"9\"").send("PUT", &path, Some(&wider)).status, 412);
    let tag = view.header("etag").unwrap();
    assert_eq!(responder.with("if-match", tag).send("PUT", &path, Some(&wider)).status, 409);
    wider["despite_true"] = json!(true);
    responder.with("if-match", tag).send("PUT", &path, Some(&wider)).expect(200);
    assert_eq!(observer.get(&path).expect(200).json()["conditions"], json!([]));
    site.pass(20 * 3600);
    assert_eq!(observer.get(&path).expect(200).json()["state"], "expired");
    responder.post(&format!("{path}/end"), &json!({"reason": " "})).expect(422);
    observer.post(&format!("{path}/end"), &json!({"reason": "x"})).expect(403);
    let ended = responder.post(&format!("{path}/end"), &json!({"reason": "it is gone"})).expect(200).json();
    assert_eq!((&ended["state"], &ended["ended_because"]), (&json!("ended"), &json!("it is gone")));
    responder.post(&format!("{PATH}/EXC-0002/end"), &json!({"reason": "x"})).expect(404);
    let kinds = site.entries().into_iter().map(|entry| entry.fact.kind());
    let kinds: Vec<_> = kinds.filter(|kind| kind.starts_with("exception-")).collect();
    assert_eq!(kinds, ["exception-added/1", "exception-changed/1", "exception-ended/1"]);
    assert_eq!(observer.get(PATH).expect(200).json()["items"].as_array().unwrap().len(), 1);
}

#[test]
fn what_has_no_form_is_refused() {
    let (_site, [responder, ..]) = site();
    let with = |name: &str, value: Value| {
        let mut terms = terms(&json!([]));
        terms[name] = value;
        terms
    };
    let condition = |kind: &str, value: Value| with("conditions", json!([{"kind": kind, "value": value}]));
    let many: Vec<Value> = (0..21).map(|id| json!({"kind": "host", "value": format!("web-{id}")})).collect();
    let bad = [
        with("rule", Value::Null),
        with("rule", json!("x".repeat(201))),
        with("reason", json!(" \n")),
        with("reason", json!("x".repeat(501))),
        with("expires", json!("2027-01-15T07:59:59Z")),
        with("expires", json!("2028-02-01T00:00:00Z")),
        with("expires", json!("soon")),
        with("source", json!("report")),
        with("source", json!("Guard Duty")),
        with("level_at_most", json!("worst")),
        with("conditions", json!(many)),
        with("hides", json!(4)),
        condition("account", json!("*")),
        condition("account", json!("x".repeat(501))),
        condition("account", Value::Null),
        condition("address", json!("0.0.0.0/0")),
        condition("address", json!("192.0.2.7/24")),
        condition("colour", json!("red")),
    ];
    for body in bad {
        for path in [PATH.to_owned(), format!("{PATH}/trial")] {
            assert_eq!(responder.post(&path, &body).status, 422, "{path} {body}");
        }
    }
    for (owner, why) in [
        ("USR-0009", "there is no user USR-0009"),
        ("USR-0002", "USR-0002 has no role that answers for exceptions"),
    ] {
        assert_eq!(responder.post(PATH, &with("owner", json!(owner))).expect(409).json()["detail"], why);
    }
    let hostile = condition("account", json!(format!("{}é\u{202e}<script>", "a*".repeat(200))));
    assert_eq!(tried(&responder, &hostile)["would_hide"], 0);
}

#[test]
fn a_trial_and_what_is_hidden_are_told_of_what_somebody_sees() {
    let (mut site, clients) = site();
    site.record(|_, store| {
        let hide = Fact::AlertHidden { exception: cofferdam_vocabulary::ExceptionId(1) };
        append(
            store,
            StreamId::Exception(cofferdam_vocabulary::ExceptionId(1)),
            &program(),
            super::case::exception("scan"),
        );
        for id in [1, 2] {
            append(store, StreamId::Alert(AlertId(id)), &program(), hide.clone());
        }
        append(
            store,
            StreamId::Incident(IncidentId(1)),
            &program(),
            Fact::IncidentRestricted { to: to(&[3]) },
        );
    });
    let [responder, observer, other] = clients.map(|client| site.again(&client));
    let figures = |client: &Client| {
        let tried = tried(client, &terms(&json!([])));
        ["looked_at", "would_hide", "of_them_true", "of_them_in_incidents"]
            .map(|name| tried[name].as_u64().unwrap())
    };
    assert_eq!(figures(&responder), [2, 2, 0, 0]);
    assert_eq!(figures(&other), [4, 4, 1, 2]);
    let hidden =
        |client: &Client| client.get(PATH).expect(200).json()["items"][0]["hidden"].as_u64().unwrap();
    assert_eq!([&responder, &observer, &other].map(hidden), [1, 1, 2]);
    // It counts nowhere, and says so.
    assert_eq!(other.get("/api/v1/incidents/INC-0001").expect(200).json()["alert_count"], 1);
    let alert = observer.get("/api/v1/alerts/ALR-000001").expect(200).json();
    assert_eq!((&alert["state"], &alert["hidden"]), (&json!("hidden"), &json!("EXC-0001")));
    let page = observer.get("/api/v1/alerts?count=true&filter=state%20!%3D%20hidden").expect(200).json();
    assert_eq!(page["count"], 3);
    // What people find to be true is shown.
    let judge =
        json!({"filter": "id = ALR-000002", "verdict": "true-positive", "reason": "it was no scanner"});
    other.post("/api/v1/triage/judge", &judge).expect(200);
    assert_eq!(other.get("/api/v1/alerts/ALR-000002").expect(200).json()["state"], "attached");
    assert_eq!(other.get("/api/v1/incidents/INC-0001").expect(200).json()["alert_count"], 2);
}

/// Rules for guessed passwords alone.
struct Guessing;

impl RuleSource for Guessing {
    fn mark(&self) -> u64 {
        0
    }

    fn load(&self) -> Result<RuleSet, String> {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/rules/ssh/password-guessing.yml");
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        Ok(RuleSet::assemble([read_file("password-guessing.yml", &text)]))
    }
}

/// The rule `SSH brute force`.
const BRUTE_FORCE: &str = "417d44a8-b675-41e2-976e-a0478638d7b5";

fn watching() -> (Site, Client) {
    let mut site = Site::with(Settings { rules: Rules(Arc::new(Guessing)), ..Settings::default() });
    site.set("2026-11-22T09:00:00Z".parse().unwrap());
    let client = site.person("responder1", &[TeamRole::Responder]);
    (site, client)
}

/// So many passwords are refused to an address, one each second.
fn guesses(site: &Site, address: &str, count: u64) {
    for _ in 0..count {
        site.pass(1);
        let time = site.now().strftime("%b %d %H:%M:%S").to_string();
        let text =
            format!("{time} web-01 sshd[2800]: Failed password for root from {address} port 40122 ssh2");
        let origin = Origin {
            source: "host".to_owned(),
            host: Some("web-01".to_owned()),
            log: Some("auth.log".to_owned()),
        };
        let record = Record { bytes: text.into(), place: None, identity: None };
        let batch = Batch { source: origin.name().into(), arrival: site.now(), records: vec![record] };
        site.server().intake.spool.append(batch).unwrap();
    }
    let began = Instant::now();
    while site.server().live.next.load(Ordering::Relaxed) < site.server().intake.spool.end().0 {
        assert!(began.elapsed() < Duration::from_secs(60), "the pipeline does not come to its end");
        std::thread::sleep(Duration::from_millis(5));
    }
    // Counts are written once a minute.
    site.pass(120);
    std::thread::sleep(Duration::from_millis(700));
}

/// The state of the alert of [`BRUTE_FORCE`] about each address, and how many incidents there are.
fn outcome(client: &Client) -> (Vec<String>, usize) {
    let filter = format!("?order=oldest&filter=rule%20%3D%20%22{BRUTE_FORCE}%22");
    let alerts = client.get(&format!("/api/v1/alerts{filter}")).expect(200).json();
    let states = alerts["items"].as_array().unwrap().iter();
    let incidents = client.get("/api/v1/incidents").expect(200).json();
    (
        states.map(|alert| alert["state"].as_str().unwrap().to_owned()).collect(),
        incidents["items"].as_array().unwrap().len(),
    )
}

#[test]
fn what_is_hidden_is_recorded_and_forms_no_incident() {
    let (mut site, client) = watching();
    let terms = json!({
        "conditions": [{"kind": "address", "value": "203.0.113.0/24"}], "reason": "the scanner",
        "expires": "2026-11-22T20:00:00Z",
    });
    client.post(PATH, &terms).expect(201);
    guesses(&site, "203.0.113.45", 6);
    assert_eq!(outcome(&client), (vec!["hidden".to_owned()], 0));
    let view = client.get(&format!("{PATH}/EXC-0001")).expect(200).json();
    assert!(view["hidden"].as_u64().unwrap() >= 1, "{view}");
    let of_incidents =
        site.entries().iter().filter(|entry| matches!(entry.head.stream, StreamId::Incident(_))).count();
    assert_eq!(of_incidents, 0, "nothing was recorded of an incident that there is not");
    // A restart changes nothing of it.
    site.stop();
    site.start();
    let client = site.again(&client);
    guesses(&site, "203.0.113.45", 1);
    assert_eq!(outcome(&client), (vec!["hidden".to_owned()], 0));
    // Another address is nobody's scanner, and is not joined with one.
    guesses(&site, "198.51.100.7", 6);
    let (states, _) = outcome(&client);
    assert_eq!(states[0], "hidden");
    assert_ne!(states[1], "hidden");
    // Once it is ended, what was hidden stays so until it happens again.
    client.post(&format!("{PATH}/EXC-0001/end"), &json!({"reason": "gone"})).expect(200);
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(outcome(&client).0[0], "hidden");
    guesses(&site, "203.0.113.45", 3);
    assert_ne!(outcome(&client).0[0], "hidden");
    let kinds: Vec<_> = site.entries().into_iter().map(|entry| entry.fact.kind()).collect();
    assert!(kinds.contains(&"alert-shown/1"));
}

#[test]
fn what_nothing_hides_forms_an_incident() {
    let (site, client) = watching();
    guesses(&site, "203.0.113.45", 6);
    let (states, incidents) = outcome(&client);
    assert_eq!((states.len(), incidents), (1, 1), "{states:?}");
}

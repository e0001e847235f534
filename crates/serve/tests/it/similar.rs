//! Alerts that are like another one, of those that somebody sees.

use super::case::{alert, append, joined, opened, to};
use super::site::{Client, Site, program};
use cofferdam_journal::alert::{AlertReport, EntityRecord, Judgement, Verdict};
use cofferdam_journal::{Fact, Personal, StreamId, TeamRole};
use cofferdam_vocabulary::{AlertId, DedupKey, EntityKind, IncidentId, Role};
use serde_json::{Value, json};

/// An alert of a rule about an account, at these hosts.
fn at(rule: &str, account: &str, hosts: &[&str], key: Option<u8>) -> Fact {
    let Fact::AlertRaised(report) = alert(rule, account, None) else { unreachable!() };
    let mut report = AlertReport { dedup: key.map(|key| DedupKey([key; 16])), ..*report };
    let host = |name: &&str| EntityRecord {
        kind: EntityKind::Host,
        value: Personal::of(name),
        role: Role::Observer,
    };
    report.entities.extend(hosts.iter().map(host));
    Fact::AlertRaised(Box::new(report))
}

/// Alerts like the first in this and that way; the sixth is for the second of two observers only, the last is part of
/// another.
fn site() -> (Site, [Client; 2]) {
    let mut site = Site::new();
    let clients = ["observer1", "observer2"].map(|account| site.person(account, &[TeamRole::Observer]));
    site.record(|_, store| {
        let put = |id: u64, fact| append(store, StreamId::Alert(AlertId(id)), &program(), fact);
        put(1, at("guessing", "kim", &["web-01"], Some(1)));
        put(2, at("odd", "lee", &["web-01"], Some(2)));
        put(3, at("guessing", "max", &["db-01"], Some(3)));
        put(4, at("odd", "kim", &["web-01"], None));
        put(5, at("odd", "joe", &["mail-01"], None));
        put(6, at("guessing", "kim", &["web-01"], Some(1)));
        put(7, at("guessing", "kim", &["web-01"], Some(1)));
        put(7, Fact::AlertMerged { into: AlertId(1) });
        let reason = Personal::of("looked at");
        for id in [2, 6] {
            let (verdict, reason) = (Verdict::BenignPositive, reason.clone());
            put(id, Fact::AlertJudged(Judgement { verdict, reason, dismissed: true }));
        }
        let incident = StreamId::Incident(IncidentId(1));
        append(store, incident, &program(), opened("Break-in"));
        append(store, incident, &program(), joined(&[(6, None)]));
        append(store, incident, &program(), Fact::IncidentRestricted { to: to(&[2]) });
    });
    let clients = clients.map(|client| site.again(&client));
    (site, clients)
}

fn ids(found: &Value) -> Vec<&str> {
    found["items"].as_array().unwrap().iter().map(|item| item["alert"]["id"].as_str().unwrap()).collect()
}

#[test]
fn what_is_rare_says_more_than_what_is_common() {
    let (_site, [one, other]) = site();
    let path = "/api/v1/alerts/ALR-000001/similar";
    let found = one.get(path).expect(200).json();
    assert_eq!(ids(&found), ["ALR-000004", "ALR-000002", "ALR-000003"]);
    let why = |at: usize| {
        let item = &found["items"][at];
        (item["same_rule"] == true, item["same_key"] == true, item["shared"].clone())
    };
    let (kim, web) = (json!({"kind": "account", "value": "kim"}), json!({"kind": "host", "value": "web-01"}));
    assert_eq!(why(0), (false, false, json!([kim, web])));
    assert_eq!(why(1), (false, false, json!([web])));
    assert_eq!(why(2), (true, false, json!([])));
    assert_eq!(
        (&found["verdicts"], &found["looked_at"], &found["complete"]),
        (&json!({"benign-positive": 1}), &json!(4), &json!(true))
    );
    let found = other.get(path).expect(200).json();
    assert_eq!(ids(&found), ["ALR-000006", "ALR-000004", "ALR-000002", "ALR-000003"]);
    assert_eq!(found["items"][0]["same_key"], true);
    assert_eq!((&found["verdicts"], &found["looked_at"]), (&json!({"benign-positive": 2}), &json!(5)));
    one.get("/api/v1/alerts/ALR-000006/similar").expect(404);
    one.get("/api/v1/alerts/ALR-000009/similar").expect(404);
}

#[test]
fn incidents_are_alike_by_what_they_touch_and_by_their_rules() {
    let mut site = Site::new();
    let roles =
        [("observer1", TeamRole::Observer), ("observer2", TeamRole::Observer), ("legal1", TeamRole::Legal)];
    let clients = roles.map(|(account, role)| site.person(account, &[role]));
    site.record(|_, store| {
        let touches = |hosts: &[&str]| {
            let entity = |name: &&str| EntityRecord {
                kind: EntityKind::Host,
                value: Personal::of(name),
                role: Role::Target,
            };
            Fact::ScopeWidened { entities: hosts.iter().map(entity).collect() }
        };
        for (id, hosts) in
            (1..).zip([&["web-01", "db-01"][..], &["web-01"], &["db-01", "web-01"], &["mail-01"], &["x-01"]])
        {
            let (incident, alert) = (StreamId::Incident(IncidentId(id)), StreamId::Alert(AlertId(id)));
            let rule = if id == 4 { "guessing".to_owned() } else { format!("rule-{id}") };
            append(store, alert, &program(), at(&rule, "kim", &[], None));
            append(store, incident, &program(), opened("Break-in"));
            append(store, incident, &program(), touches(hosts));
            append(store, incident, &program(), joined(&[(id, None)]));
        }
        let first = StreamId::Alert(AlertId(6));
        append(store, first, &program(), at("guessing", "kim", &[], None));
        append(store, StreamId::Incident(IncidentId(1)), &program(), joined(&[(6, None)]));
        let restricted = Fact::IncidentRestricted { to: to(&[2]) };
        append(store, StreamId::Incident(IncidentId(3)), &program(), restricted);
    });
    let [one, other, legal] = clients.map(|client| site.again(&client));
    let found = |client: &Client| {
        let found = client.get("/api/v1/incidents/INC-0001/similar").expect(200).json();
        let why = |item: &Value| {
            let shared = item["shared"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["value"].as_str().unwrap().to_owned());
            let rules =
                item["rules"].as_array().unwrap().iter().map(|rule| rule.as_str().unwrap().to_owned());
            let id = item["incident"]["id"].as_str().unwrap().to_owned();
            [id].into_iter().chain(shared).chain(rules).collect::<Vec<_>>().join(" ")
        };
        let told: Vec<String> = found["items"].as_array().unwrap().iter().map(why).collect();
        (told.join(", "), found["looked_at"].as_u64().unwrap())
    };
    assert_eq!(found(&one), ("INC-0004 guessing, INC-0002 web-01".to_owned(), 3));
    assert_eq!(found(&other), ("INC-0003 db-01 web-01, INC-0004 guessing, INC-0002 web-01".to_owned(), 4));
    assert_eq!(
        found(&legal),
        ("INC-0002 web-01".to_owned(), 3),
        "who may see no alerts is told nothing of them"
    );
    one.get("/api/v1/incidents/INC-0003/similar").expect(404);
}

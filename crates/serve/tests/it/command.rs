//! Incidents that somebody leads: nothing joins them by itself, and people decide what belongs to them.

use super::case::{alert, append, joined, opened, to};
use super::site::{Answer, Client, Site, program};
use cofferdam_journal::incident::{Suggested, Suggestion};
use cofferdam_journal::{Fact, Personal, StreamId, TeamRole};
use cofferdam_vocabulary::{AlertId, IncidentId};
use serde_json::{Value, json};

const FIRST: &str = "/api/v1/incidents/INC-0001";

/// Two incidents with an alert each, a third alert, and people: a commander, a responder, an observer.
fn site() -> (Site, [Client; 3]) {
    let mut site = Site::new();
    let roles = [TeamRole::IncidentCommander, TeamRole::Responder, TeamRole::Observer];
    let clients = roles.map(|role| site.person(&format!("{role}1"), &[role]));
    site.record(|_, store| {
        for id in 1..=3 {
            append(store, alert_of(id), &program(), alert("rule", &format!("account-{id}"), None));
        }
        for id in 1..=2 {
            append(store, incident(id), &program(), opened(&format!("Break-in {id}")));
            append(store, incident(id), &program(), joined(&[(id, None)]));
        }
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

/// Sends a change with the version as it is now.
fn change(client: &Client, method: &str, path: &str, body: Option<&Value>) -> Answer {
    let tag = client.get(FIRST).expect(200).header("etag").unwrap().to_owned();
    client.with("if-match", &tag).send(method, &format!("{FIRST}/{path}"), body)
}

fn suggest(site: &mut Site, what: Suggested) {
    let because = Personal::of("<b>the host web-01</b>");
    let fact = Fact::JoinSuggested(Suggestion { what, with: Some(AlertId(1)), because });
    site.record(|_, store| append(store, incident(1), &program(), fact));
}

#[test]
fn who_leads_is_said_and_seen() {
    let (site, [commander, responder, observer]) = site();
    let leads = |user: &str| json!({"user": user});
    change(&responder, "PUT", "commander", Some(&leads("USR-0001"))).expect(403);
    change(&observer, "DELETE", "commander", None).expect(403);
    commander.send("PUT", &format!("{FIRST}/commander"), Some(&leads("USR-0001"))).expect(428);
    for (user, why) in
        [("USR-0009", "there is no user USR-0009"), ("USR-0002", "USR-0002 has no role that leads")]
    {
        let refused = change(&commander, "PUT", "commander", Some(&leads(user))).expect(409);
        assert_eq!(refused.json()["detail"], why);
    }
    let named = change(&commander, "PUT", "commander", Some(&leads("USR-0001"))).expect(204);
    let seen = observer.get(FIRST).expect(200);
    assert_eq!(named.header("etag"), seen.header("etag"));
    assert_eq!((&seen.json()["commander"], &seen.json()["led"]), (&json!("USR-0001"), &json!(true)));
    let list = observer.get("/api/v1/incidents?filter=commander%20%3D%20USR-0001&count=true").expect(200);
    assert_eq!(list.json()["count"], 1);
    change(&commander, "PUT", "commander", Some(&leads("USR-0001"))).expect(204);
    change(&commander, "DELETE", "commander", None).expect(204);
    let seen = observer.get(FIRST).expect(200).json();
    assert_eq!((&seen["commander"], &seen["led"]), (&Value::Null, &json!(true)));
    let entries = site.entries();
    let of_it = entries.iter().filter(|entry| entry.head.stream == incident(1));
    let kinds: Vec<&str> = of_it.map(|entry| entry.fact.kind()).collect();
    assert_eq!(kinds[2..], ["commander-named/1", "commander-relieved/1"]);
}

#[test]
fn nobody_leads_what_they_do_not_see() {
    let (mut site, [_, _, _]) = site();
    let other = site.person("deputy1", &[TeamRole::Deputy]);
    site.record(|_, store| append(store, incident(1), &program(), Fact::IncidentRestricted { to: to(&[4]) }));
    let deputy = site.again(&other);
    let refused = change(&deputy, "PUT", "commander", Some(&json!({"user": "USR-0001"}))).expect(409);
    assert_eq!(refused.json()["detail"], "USR-0001 does not see the incident");
}

#[test]
fn people_decide_on_what_would_have_joined() {
    let (mut site, [commander, responder, observer]) = site();
    change(&commander, "PUT", "commander", Some(&json!({"user": "USR-0001"}))).expect(204);
    for what in [Suggested::Alert(AlertId(3)), Suggested::Incident(IncidentId(2))] {
        suggest(&mut site, what);
    }
    let [commander, responder, observer] = [commander, responder, observer].map(|client| site.again(&client));
    let seen = observer.get(FIRST).expect(200).json();
    let because = "<b>the host web-01</b>";
    let want = |what: &str, verdict: &str| json!({"what": what, "with": "ALR-000001", "because": because, "verdict": verdict});
    assert_eq!(seen["suggestions"], json!([want("ALR-000003", "open"), want("INC-0002", "open")]));
    let (accept, dismiss) = (json!({"verdict": "accepted"}), json!({"verdict": "dismissed"}));
    change(&responder, "PUT", "suggestions/ALR-000003", Some(&accept)).expect(403);
    change(&commander, "PUT", "suggestions/ALR-000009", Some(&accept)).expect(404);
    change(&commander, "PUT", "suggestions/ALR-000003", Some(&dismiss)).expect(204);
    change(&commander, "PUT", "suggestions/INC-0002", Some(&accept)).expect(204);
    let seen = observer.get(FIRST).expect(200).json();
    assert_eq!(seen["suggestions"], json!([want("ALR-000003", "dismissed"), want("INC-0002", "accepted")]));
    assert_eq!((&seen["alert_count"], seen["alerts"].as_array().unwrap().len()), (&json!(2), 2));
    let other = observer.get("/api/v1/incidents/INC-0002").expect(200).json();
    assert_eq!((&other["merged_into"], &other["alert_count"]), (&json!("INC-0001"), &json!(0)));
    let refused = change(&commander, "PUT", "suggestions/INC-0002", Some(&dismiss)).expect(409);
    assert_eq!(refused.json()["detail"], "the suggestion was accepted before");
    change(&commander, "PUT", "suggestions/ALR-000003", Some(&accept)).expect(204);
    let alert = observer.get("/api/v1/alerts/ALR-000003").expect(200).json();
    assert_eq!(alert["incident"], "INC-0001");
    let scope = observer.get(FIRST).expect(200).json()["scope"].clone();
    assert!(scope.to_string().contains("account-3"), "{scope}");
}

#[test]
fn a_suggestion_tells_nothing_of_what_is_hidden() {
    let (mut site, [commander, _, observer]) = site();
    change(&commander, "PUT", "commander", Some(&json!({"user": "USR-0001"}))).expect(204);
    suggest(&mut site, Suggested::Incident(IncidentId(2)));
    site.record(|_, store| append(store, incident(2), &program(), Fact::IncidentRestricted { to: to(&[1]) }));
    let [commander, observer] = [commander, observer].map(|client| site.again(&client));
    assert_eq!(observer.get(FIRST).expect(200).json()["suggestions"], json!([]));
    assert_eq!(commander.get(FIRST).expect(200).json()["suggestions"][0]["what"], "INC-0002");
    let entries = observer.get(&format!("{FIRST}/entries")).expect(200).text;
    assert!(!entries.contains("INC-0002"), "{entries}");
}

#[test]
fn an_alert_is_seen_by_who_sees_what_it_is_a_part_of() {
    let (mut site, [commander, _, observer]) = site();
    site.record(|_, store| {
        append(store, alert_of(3), &program(), Fact::AlertMerged { into: AlertId(1) });
        append(store, incident(1), &program(), Fact::IncidentRestricted { to: to(&[1]) });
        append(store, alert_of(2), &program(), Fact::AlertMerged { into: AlertId(3) });
    });
    let [commander, observer] = [commander, observer].map(|client| site.again(&client));
    for id in 1..=3 {
        let path = format!("/api/v1/alerts/{}", AlertId(id));
        observer.get(&path).expect(404);
        commander.get(&path).expect(200);
    }
    assert_eq!(commander.get("/api/v1/alerts/ALR-000002").expect(200).json()["merged_into"], "ALR-000003");
}

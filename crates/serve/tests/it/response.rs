//! The response to an incident from alert to closed: what is said of it, the gates of its phases, decisions, the timeline
//! and what else there is to read.

use super::case::{alert, append, joined, opened};
use super::site::{Answer, Client, Site, program};
use cofferdam_journal::{StreamId, TeamRole};
use cofferdam_vocabulary::{AlertId, IncidentId};
use serde_json::{Value, json};

const INCIDENT: &str = "/api/v1/incidents/INC-0001";

/// An incident of two alerts; who leads, who works on it, who looks on.
fn site() -> (Site, [Client; 3]) {
    let mut site = Site::new();
    let roles = [TeamRole::IncidentCommander, TeamRole::Responder, TeamRole::Observer];
    let clients = roles.map(|role| site.person(&format!("{role}1"), &[role]));
    site.record(|_, store| {
        for id in 1..=2 {
            let raised = alert("rule", &format!("account-{id}"), None);
            append(store, StreamId::Alert(AlertId(id)), &program(), raised);
        }
        let stream = StreamId::Incident(IncidentId(1));
        append(store, stream, &program(), opened("Break-in"));
        append(store, stream, &program(), joined(&[(1, None), (2, Some(1))]));
    });
    let clients = clients.map(|client| site.again(&client));
    (site, clients)
}

#[expect(clippy::needless_pass_by_value, reason = "a body is written where it is sent")]
fn put(client: &Client, what: &str, body: Value) -> Answer {
    client.send("PUT", &format!("{INCIDENT}/{what}"), Some(&body))
}

#[expect(clippy::needless_pass_by_value, reason = "a body is written where it is sent")]
fn post(client: &Client, what: &str, body: Value) -> Answer {
    client.send("POST", &format!("{INCIDENT}/{what}"), Some(&body))
}

fn read(client: &Client, what: &str) -> Value {
    client.get(&format!("{INCIDENT}{what}")).expect(200).json()
}

fn severity(level: &str) -> Value {
    json!({
        "severity": level, "functional": "low", "information": "none", "recoverability": "regular",
        "reputation": "none", "reason": "one host without customer data",
    })
}

/// What a gate does not find met.
fn missing(client: &Client, phase: &str) -> Vec<String> {
    let gates = read(client, "/gates");
    let gate = gates["gates"].as_array().unwrap().iter().find(|gate| gate["leaving"] == phase).unwrap();
    let criteria = gate["criteria"].as_array().unwrap().iter();
    let unmet = criteria.filter(|one| one["state"] == "unmet");
    unmet.map(|one| one["missing"].as_str().unwrap().to_owned()).collect()
}

/// The response cannot go on, and says why.
#[track_caller]
fn refused(answer: Answer, why: &str) {
    assert_eq!(answer.expect(409).json()["detail"], why);
}

fn commander(site: &Site, client: &Client) {
    let tag = client.get(INCIDENT).header("etag").unwrap().to_owned();
    let body = json!({"user": "USR-0001"});
    client.with("if-match", &tag).send("PUT", &format!("{INCIDENT}/commander"), Some(&body)).expect(204);
    site.pass(60);
}

#[test]
fn an_incident_is_worked_from_alert_to_closed() {
    let (site, [leader, responder, observer]) = site();
    let onward =
        |phase: &str, reason: Value| put(&leader, "phase", json!({"phase": phase, "reason": reason}));
    put(&responder, "phase", json!({"phase": "containment"})).expect(403);
    refused(
        onward("containment", Value::Null),
        "the gate of analysis is not met: nobody said that it is real; nobody said how bad it is; nobody leads",
    );
    post(&leader, "declare", json!({"reason": "somebody was logged in who should not"})).expect(204);
    put(&leader, "severity", severity("high")).expect(204);
    commander(&site, &leader);
    // It touches more than was known; nobody knows yet whether it does.
    let entities = json!([{"kind": "host", "value": "web-01"}, {"kind": "address", "value": "203.0.113.9"}]);
    put(
        &responder,
        "scope",
        json!({"status": "suspected", "reason": "named in the log", "entities": entities}),
    )
    .expect(200);
    assert_eq!(missing(&observer, "analysis"), ["2 entities of 2 are suspected only"]);
    let which = json!({"status": "suspected", "kind": "host"});
    put(&responder, "scope", json!({"status": "confirmed", "reason": "its shell history", "which": which}))
        .expect(200);
    let cleared = json!({"status": "cleared", "reason": "it is the attacker's own",
        "entities": [{"kind": "address", "value": "203.0.113.9"}]});
    let scope = put(&responder, "scope", cleared).expect(200).json();
    assert_eq!(scope["counts"], json!({"cleared": 1, "confirmed": 1}));
    post(&responder, "tasks", json!({"title": "image the disk", "phase": "analysis", "mandatory": true}))
        .expect(201);
    refused(
        onward("containment", Value::Null),
        "the gate of analysis is not met: 1 mandatory task is open: 1",
    );
    put(&responder, "tasks/1/state", json!({"base": 1, "state": "done"})).expect(200);
    onward("containment", Value::Null).expect(204);
    assert_eq!(read(&observer, "")["phase"], "containment");

    // A decision is proposed by one and made by another.
    let what =
        json!({"what": "take web-01 off the network", "reason": "it sends", "alternatives": ["watch it"]});
    let proposed = post(&responder, "decisions", what).expect(201).json();
    assert_eq!((&proposed["decision"], &proposed["ruling"]), (&json!(1), &Value::Null));
    let ruling = json!({"ruling": "approved", "reason": "the shop can do without"});
    put(&responder, "decisions/1/ruling", ruling.clone()).expect(403);
    site.pass(60);
    let ruled = put(&leader, "decisions/1/ruling", ruling).expect(200).json();
    assert_eq!(
        (&ruled["ruled_by"]["name"], &ruled["proposed_by"]["name"]),
        (&json!("incident-commander1"), &json!("responder1"))
    );
    refused(
        put(&leader, "decisions/1/ruling", json!({"ruling": "rejected", "reason": "no"})),
        "decision 1 was approved; propose something else instead",
    );
    put(&leader, "decisions/2/ruling", json!({"ruling": "rejected", "reason": "no"})).expect(404);

    refused(
        onward("eradication", Value::Null),
        "the gate of containment is not met: 1 entity of 2 is not contained",
    );
    refused(
        onward("recovery", json!("x")),
        "the response is in containment; it goes on one phase at a time, and back to any",
    );
    let confirmed = json!({"status": "confirmed"});
    put(&responder, "scope", json!({"status": "contained", "reason": "unplugged", "which": confirmed}))
        .expect(200);
    refused(
        onward("eradication", Value::Null),
        "the gate of containment asks what this version does not check (measures); say why it is passed",
    );
    onward("eradication", json!("the switch shows the port down")).expect(204);
    let contained = json!({"status": "contained"});
    refused(
        onward("recovery", json!("x")),
        "the gate of eradication is not met: 1 entity of 2 is not eradicated",
    );
    put(&responder, "scope", json!({"status": "eradicated", "reason": "rebuilt", "which": contained}))
        .expect(200);
    onward("recovery", json!("two hunts came back clean")).expect(204);
    // It goes back, and on again.
    onward("analysis", Value::Null).expect(409);
    onward("eradication", json!("a second key was found")).expect(204);
    onward("recovery", json!("it is gone, too")).expect(204);
    refused(onward("review", json!("x")), "the gate of recovery is not met: 1 entity of 2 is not recovered");
    let eradicated = json!({"status": "eradicated"});
    put(&responder, "scope", json!({"status": "recovered", "reason": "in service", "which": eradicated}))
        .expect(200);
    onward("review", json!("two weeks went by quietly")).expect(204);

    let close = |over: bool| {
        post(
            &leader,
            "close",
            json!({"resolution": "resolved", "reason": "lessons are in the plan", "over": over}),
        )
    };
    post(&responder, "decisions", json!({"what": "keys expire", "reason": "this one was old"})).expect(201);
    refused(
        close(false),
        "the gate of review is not met: nobody said what kind of incident it was; 1 decision waits: 2",
    );
    put(&leader, "category", json!({"category": "intrusions/system-compromise"})).expect(204);
    put(&leader, "decisions/2/ruling", json!({"ruling": "approved", "reason": "yes"})).expect(200);
    close(false).expect(204);
    let closed = read(&observer, "");
    assert_eq!(
        (&closed["closed"], &closed["category"]),
        (&json!("resolved"), &json!("intrusions/system-compromise"))
    );
    refused(put(&leader, "title", json!({"title": "x"})), "the incident is closed; open it again first");
    let page = observer.get("/api/v1/incidents?filter=phase%20%3D%20closed&count=true").expect(200).json();
    assert_eq!(page["count"], 1);

    // What was not checked is marked so, for the auditor.
    let entries = read(&observer, "/entries?limit=200&filter=kind:%20incident-closed");
    let passage = &entries["items"][0]["fact"]["passage"];
    assert_eq!(passage["unchecked"], json!(["timeline", "causes", "lessons", "notices"]));
    assert_eq!(passage["met"], json!(["tasks", "decisions", "category"]));
    measured(&observer);
    post(&leader, "reopen", json!({"reason": "the same key was used again"})).expect(204);
    let again = read(&observer, "");
    assert_eq!(
        (&again["closed"], &again["phase"], &again["reopened"]),
        (&Value::Null, &json!("review"), &json!(1))
    );
}

/// Each time is traceable to an entry that says so, and what is measured over many stands on them.
fn measured(observer: &Client) {
    let times = read(observer, "/times");
    for milestone in times["milestones"].as_array().unwrap() {
        if let Some(position) = milestone["position"].as_u64().filter(|_| milestone["milestone"] != "evident")
        {
            let page = read(observer, &format!("/entries?limit=200&filter=position%20%3D%20{position}"));
            assert_eq!(page["items"][0]["time"], milestone["at"], "{milestone}");
        }
    }
    let seconds = |name: &str| {
        let measures = times["measures"].as_array().unwrap();
        measures.iter().find(|one| one["measure"] == name).unwrap()["seconds"].clone()
    };
    assert!(seconds("contain").as_i64().unwrap() > 0 && seconds("dwell").is_null());
    let all = observer.get("/api/v1/response-times").expect(200).json();
    let contain = all["measures"].as_array().unwrap().iter().find(|one| one["measure"] == "contain").unwrap();
    assert_eq!(
        (&contain["n"], &contain["median"], &contain["p90"]),
        (&json!(1), &seconds("contain"), &seconds("contain"))
    );
    let none = observer.get("/api/v1/response-times?filter=severity%20%3D%20low").expect(200).json();
    assert_eq!((&none["count"], &none["measures"][0]["median"]), (&json!(0), &Value::Null));
}

#[test]
fn what_is_no_incident_is_closed_at_once() {
    let (_site, [leader, _, observer]) = site();
    let close =
        |resolution: &str| post(&leader, "close", json!({"resolution": resolution, "reason": "a drill"}));
    refused(close("resolved"), "the response is in analysis; what is real is closed from review");
    close("test").expect(204);
    close("test").expect(204);
    refused(close("duplicate"), "the incident is closed; open it again first");
    assert_eq!(read(&observer, "")["closed"], "test");
}

#[test]
fn what_it_is_is_for_whoever_leads_to_say() {
    let (_site, [leader, responder, observer]) = site();
    put(&responder, "title", json!({"title": "x"})).expect(403);
    put(&leader, "title", json!({"title": "<b>Break-in</b>\u{202e}"})).expect(204);
    put(&leader, "severity", severity("low")).expect(204);
    put(&leader, "marking", json!({"tlp": "TLP:RED", "pap": "PAP:GREEN"})).expect(204);
    put(&leader, "parts/scribe", json!({"users": ["USR-0002", "USR-0003"]})).expect(204);
    put(&leader, "parts/scribe", json!({"users": ["USR-0003"]})).expect(204);
    put(&leader, "parts/deputy", json!({"users": ["USR-0099"]})).expect(409);
    put(&leader, "parts/king", json!({"users": []})).expect(404);
    let seen = read(&observer, "");
    assert_eq!((&seen["title"], &seen["severity"]), (&json!("<b>Break-in</b>\u{202e}"), &json!("low")));
    assert_eq!((&seen["tlp"], &seen["pap"]), (&json!("TLP:RED"), &json!("PAP:GREEN")));
    assert_eq!(seen["parts"], json!({"scribe": ["USR-0003"]}));
    assert_eq!(seen["impact"]["recoverability"], "regular");
    assert_eq!(seen["reasons"], json!(["one host without customer data"]));
    for (what, body) in [
        ("marking", json!({"tlp": "TLP:WHITE", "pap": "PAP:GREEN"})),
        ("category", json!({"category": "intrusions"})),
        ("title", json!({"title": " \n"})),
        ("title", json!({"title": "x".repeat(201)})),
        ("phase", json!({"phase": "closed"})),
    ] {
        put(&leader, what, body).expect(422);
    }
}

#[test]
fn the_timeline_has_when_it_happened_and_when_it_was_recorded() {
    let (_site, [leader, responder, observer]) = site();
    let at = "2025-12-31T23:59:00Z";
    let first =
        json!({"at": at, "what": "kim opened the attachment", "technique": "T1204.002", "pinned": true});
    post(&observer, "timeline", first.clone()).expect(403);
    let first = post(&responder, "timeline", first).expect(201).json();
    assert_eq!(
        (&first["moment"], &first["at"], &first["technique"]),
        (&json!(1), &json!(at), &json!("T1204.002"))
    );
    assert_ne!(first["recorded"], first["at"]);
    let part = json!({"at": "2025-12-31T23:59:30Z", "what": "it asked for more", "parent": 1});
    post(&responder, "timeline", part).expect(201);
    refused(
        post(&responder, "timeline", json!({"at": at, "what": "x", "parent": 2})),
        "moment 3 cannot be part of a part, nor have parts and be one",
    );
    refused(
        post(&responder, "timeline/1/remove", json!({"reason": "x"})),
        "moment 2 is part of moment 1; change that first",
    );
    let change = |base: u64, what: &str| {
        put(&responder, "timeline/1", json!({"base": base, "at": at, "what": what, "pinned": true}))
    };
    change(1, "kim opened it twice").expect(200);
    refused(change(1, "no"), "moment 1 has revision 2 now, and not the one that was read");
    post(&leader, "declare", json!({"reason": "it is real"})).expect(204);
    let items = read(&observer, "/timeline")["items"].as_array().unwrap().clone();
    let told: Vec<(&str, &str)> =
        items.iter().map(|item| (item["kind"].as_str().unwrap(), item["what"].as_str().unwrap())).collect();
    assert_eq!(told[..2], [("moment", "kim opened it twice"), ("moment", "it asked for more")]);
    assert_eq!(told.iter().filter(|(kind, _)| *kind == "alert").count(), 2);
    assert_eq!(told.last(), Some(&("response", "declared: it is real")));
    assert!(items.is_sorted_by_key(|item| item["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap()));
    post(&responder, "timeline/2/remove", json!({"reason": "another host"})).expect(204);
    post(&responder, "timeline/2/remove", json!({"reason": "another host"})).expect(404);
    let third = post(&responder, "timeline", json!({"at": at, "what": "x"})).expect(201).json();
    assert_eq!(third["moment"], 3, "a number is not given again");
}

#[test]
fn links_lead_somewhere_and_do_nothing_else() {
    let (_site, [_, responder, observer]) = site();
    let add = |body: Value| post(&responder, "links", body);
    add(json!({"address": "https://tickets.example.org/1", "what": "the ticket"})).expect(201);
    add(json!({"incident": "INC-0001", "what": "itself"})).expect(201);
    add(json!({"incident": "INC-0007", "what": "none"})).expect(409);
    for wrong in [
        json!({"address": "javascript:alert(1)", "what": "x"}),
        json!({"address": "https://", "what": "x"}),
        json!({"address": "https://a b", "what": "x"}),
        json!({"what": "x"}),
        json!({"address": "https://a", "incident": "INC-0001", "what": "x"}),
        json!({"address": "https://a", "what": ""}),
    ] {
        add(wrong).expect(422);
    }
    responder.send("DELETE", &format!("{INCIDENT}/links/1"), None).expect(204);
    responder.send("DELETE", &format!("{INCIDENT}/links/1"), None).expect(204);
    responder.send("DELETE", &format!("{INCIDENT}/links/9"), None).expect(404);
    let links = read(&observer, "/links");
    assert_eq!(links["items"].as_array().unwrap().len(), 1);
    assert_eq!((&links["items"][0]["link"], &links["items"][0]["incident"]), (&json!(2), &json!("INC-0001")));
}

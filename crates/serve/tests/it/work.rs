//! What waits for one person, and what changed since a shift began.

use super::case::{append, opened};
use super::site::{Client, Site, program};
use cofferdam_journal::{Fact, StreamId, TeamRole};
use cofferdam_vocabulary::{AlertId, IncidentId, UserId};
use serde_json::{Value, json};

/// Two incidents and three alerts; somebody who leads, and somebody who works.
fn site() -> (Site, [Client; 2]) {
    let mut site = Site::new();
    let roles = [("lead", TeamRole::IncidentCommander), ("work", TeamRole::Responder)];
    let clients = roles.map(|(name, role)| site.person(name, &[role]));
    site.record(|_, store| {
        for id in 1..=3 {
            let raised = super::case::alert(&format!("rule-{id}"), "kim", None);
            append(store, StreamId::Alert(AlertId(id)), &program(), raised);
        }
        for id in 1..=2 {
            append(store, StreamId::Incident(IncidentId(id)), &program(), opened(&format!("Break-in {id}")));
        }
        let named = Fact::CommanderNamed { user: UserId(1) };
        append(store, StreamId::Incident(IncidentId(1)), &program(), named);
    });
    let clients = clients.map(|client| site.again(&client));
    (site, clients)
}

fn work(client: &Client) -> Value {
    client.get("/api/v1/work").expect(200).json()
}

fn titles(work: &Value, name: &str, of: &str) -> Vec<String> {
    let items = work[name].as_array().unwrap().iter();
    items.map(|item| item[of].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn what_waits_for_somebody_is_what_is_theirs_and_open() {
    let (mut site, [lead, worker]) = site();
    let nothing = work(&worker);
    assert!(
        nothing.as_object().unwrap().values().all(|one| *one == json!([]) || *one == json!(0)),
        "{nothing}"
    );
    assert_eq!(titles(&work(&lead), "incidents", "title"), ["Break-in 1"]);

    let task = |title: &str, due: Value, blocked_by: Value| {
        let body = json!({"title": title, "phase": "containment", "owner": "USR-0002", "due": due, "blocked_by": blocked_by});
        lead.post("/api/v1/incidents/INC-0001/tasks", &body).expect(201);
    };
    let late = site.now().checked_sub(jiff::SignedDuration::from_hours(1)).unwrap().to_string();
    let soon = site.now().checked_add(jiff::SignedDuration::from_hours(1)).unwrap().to_string();
    task("look around", Value::Null, json!([]));
    task("wait for it", Value::Null, json!([1]));
    task("soon", json!(soon), json!([]));
    task("too late", json!(late), json!([]));
    let body = json!({"what": "take it off the net", "reason": "it sends"});
    worker.post("/api/v1/incidents/INC-0001/decisions", &body).expect(201);
    lead.post(
        "/api/v1/triage/assign",
        &json!({"filter": "id in (ALR-000001, ALR-000002)", "to": "USR-0002"}),
    )
    .expect(200);
    lead.send("PUT", "/api/v1/incidents/INC-0001/parts/scribe", Some(&json!({"users": ["USR-0002"]})))
        .expect(204);

    let theirs = work(&worker);
    assert_eq!(titles(&theirs, "tasks", "title"), ["too late", "soon", "look around", "wait for it"]);
    assert_eq!(
        (&theirs["tasks"][0]["overdue"], &theirs["tasks"][3]["blocked"]),
        (&json!(true), &json!(true))
    );
    assert_eq!((&theirs["task_count"], &theirs["alert_count"]), (&json!(4), &json!(2)));
    assert_eq!(theirs["incidents"][0]["parts"], json!(["scribe"]));
    assert_eq!(theirs["decisions"], json!([]), "they do not lead");
    assert_eq!(titles(&work(&lead), "decisions", "what"), ["take it off the net"]);

    let done = json!({"base": 1, "state": "done"});
    worker.send("PUT", "/api/v1/incidents/INC-0001/tasks/1/state", Some(&done)).expect(200);
    let ruled = json!({"ruling": "approved", "reason": "it sends"});
    lead.send("PUT", "/api/v1/incidents/INC-0001/decisions/1/ruling", Some(&ruled)).expect(200);
    let verdict = json!({"filter": "id = ALR-000001", "verdict": "true-positive", "reason": "seen"});
    worker.post("/api/v1/triage/judge", &verdict).expect(200);
    let theirs = work(&worker);
    assert_eq!(titles(&theirs, "tasks", "title"), ["too late", "soon", "wait for it"]);
    assert_eq!(theirs["tasks"][2]["blocked"], false, "what it waited for is done");
    assert_eq!(titles(&theirs, "alerts", "id"), ["ALR-000002"]);
    assert_eq!(work(&lead)["decisions"], json!([]));
    // Done after all, and to be done again; a part that is given and taken.
    worker
        .send("PUT", "/api/v1/incidents/INC-0001/tasks/1/state", Some(&json!({"base": 2, "state": "open"})))
        .expect(200);
    assert_eq!(titles(&work(&worker), "tasks", "title"), ["too late", "soon", "look around", "wait for it"]);
    lead.send("PUT", "/api/v1/incidents/INC-0001/parts/scribe", Some(&json!({"users": []}))).expect(204);
    let theirs = work(&worker);
    assert_eq!(theirs["incidents"], json!([]));
    // What was followed is what is read anew.
    let followed = [work(&lead), theirs];
    site.stop();
    site.start();
    assert_eq!([&lead, &worker].map(|client| work(&site.again(client))), followed);
}

#[test]
fn whoever_comes_next_reads_what_changed() {
    let (site, [lead, worker]) = site();
    site.pass(3600);
    let since = site.now();
    let read = |client: &Client| client.get(&format!("/api/v1/handover?since={since}")).expect(200).json();
    assert_eq!((&read(&lead)["incidents"], &read(&lead)["complete"]), (&json!([]), &json!(true)));
    site.pass(60);
    worker.post("/api/v1/incidents/INC-0002/notes", &json!({"text": "it began on Monday"})).expect(201);
    lead.post("/api/v1/incidents", &json!({"title": "Another", "severity": "low", "reason": "a call"}))
        .expect(201);
    worker.post("/api/v1/triage/assign", &json!({"filter": "id = ALR-000001", "to": "USR-0002"})).expect(200);
    let changed = read(&lead);
    assert_eq!(titles(&changed, "incidents", "id"), ["INC-0003", "INC-0002"]);
    assert_eq!(
        (&changed["incidents"][0]["new"], &changed["incidents"][1]["new"]),
        (&json!(true), &json!(false))
    );
    let entry = &changed["incidents"][1]["entries"][0];
    assert_eq!((&entry["kind"], &entry["actor"]["name"]), (&json!("note-written/1"), &json!("work")));
    assert_eq!(changed["alerts"], json!({"raised": 0, "judged": 0, "assigned": 1, "new_now": 2}));
    let all = lead.get("/api/v1/handover?since=2020-01-01T00:00:00Z").expect(200).json();
    assert_eq!(all["alerts"]["raised"], 3);
    assert_eq!(all["incidents"].as_array().unwrap().len(), 3);
    lead.get("/api/v1/handover").expect(400);
    lead.get("/api/v1/handover?since=yesterday").expect(400);
}

//! The incident room: notes that nobody writes over unseen, and tasks that wait for each other.

use super::case::{append, opened, to};
use super::site::{Answer, Client, Site, program};
use cofferdam_journal::{Fact, StreamId, TeamRole};
use cofferdam_vocabulary::IncidentId;
use serde_json::{Value, json};

const NOTES: &str = "/api/v1/incidents/INC-0001/notes";
const TASKS: &str = "/api/v1/incidents/INC-0001/tasks";

/// An incident; a responder, a scribe, an observer.
fn site() -> (Site, [Client; 3]) {
    let mut site = Site::new();
    let roles = [TeamRole::Responder, TeamRole::Scribe, TeamRole::Observer];
    let clients = roles.map(|role| site.person(&format!("{role}1"), &[role]));
    site.record(|_, store| append(store, incident(), &program(), opened("Break-in")));
    let clients = clients.map(|client| site.again(&client));
    (site, clients)
}

fn incident() -> StreamId {
    StreamId::Incident(IncidentId(1))
}

fn post(client: &Client, path: &str, body: &Value) -> Answer {
    client.send("POST", path, Some(body))
}

fn put(client: &Client, path: &str, body: &Value) -> Answer {
    client.send("PUT", path, Some(body))
}

#[test]
fn every_revision_of_a_note_is_kept() {
    let (site, [responder, scribe, observer]) = site();
    post(&observer, NOTES, &json!({"text": "x"})).expect(403);
    let hostile = "# <script>alert(1)</script>\n\u{202e}[x](javascript:alert(1))\u{0}";
    let written = post(&responder, NOTES, &json!({"text": hostile})).expect(201);
    assert_eq!(written.header("location"), Some("/api/v1/incidents/INC-0001/notes/1"));
    let written = written.json();
    assert_eq!(
        (&written["note"], &written["revision"], &written["text"]),
        (&json!(1), &json!(1), &json!(hostile))
    );
    assert_eq!(written["by"], json!({"kind": "person", "name": "responder1"}));
    site.pass(60);
    let long = "ü".repeat(16_000);
    let revised = put(&scribe, &format!("{NOTES}/1"), &json!({"base": 1, "text": long})).expect(200).json();
    assert_eq!(
        (&revised["revision"], &revised["by"]["name"], &revised["text"]),
        (&json!(2), &json!("scribe1"), &json!(long))
    );
    assert_ne!(revised["revised"], revised["written"]);
    let whole = observer.get(&format!("{NOTES}/1")).expect(200).json();
    let texts: Vec<&str> =
        whole["revisions"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(texts, [hostile, &long]);
    post(&scribe, NOTES, &json!({"text": "second"})).expect(201);
    let page = observer.get(&format!("{NOTES}?limit=1")).expect(200).json();
    assert_eq!((&page["items"][0]["note"], &page["next"]), (&json!(1), &json!(1)));
    let page = observer.get(&format!("{NOTES}?limit=1&after=1")).expect(200).json();
    assert_eq!((&page["items"][0]["text"], &page["next"]), (&json!("second"), &Value::Null));
    for (body, status) in [
        (json!({"text": " \n"}), 422),
        (json!({"text": "x".repeat(16_001)}), 422),
        (json!({"text": "x", "by": "kim"}), 422),
    ] {
        post(&scribe, NOTES, &body).expect(status);
    }
    observer.get(&format!("{NOTES}/3")).expect(404);
    put(&scribe, &format!("{NOTES}/3"), &json!({"base": 1, "text": "x"})).expect(404);
    observer.get(&format!("{NOTES}?limit=201")).expect(400);
    observer.get(&format!("{NOTES}?after=1000001")).expect(400);
    for base in [0, 1_000_001] {
        put(&scribe, &format!("{NOTES}/1"), &json!({"base": base, "text": "x"})).expect(422);
    }
}

#[test]
fn who_is_second_gets_both_texts() {
    let (_site, [responder, scribe, observer]) = site();
    post(&responder, NOTES, &json!({"text": "they called"})).expect(201);
    let path = format!("{NOTES}/1");
    put(&responder, &path, &json!({"base": 1, "text": "they called at ten"})).expect(200);
    let refused = put(&scribe, &path, &json!({"base": 1, "text": "they called twice"})).expect(409);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    let refused = refused.json();
    assert_eq!(refused["detail"], "note 1 has revision 2 now, and not the one that was read");
    assert_eq!(
        (&refused["current"]["text"], &refused["yours"]),
        (&json!("they called at ten"), &json!("they called twice"))
    );
    let base = &refused["current"]["revision"];
    put(&scribe, &path, &json!({"base": base, "text": "they called twice, first at ten"})).expect(200);
    assert_eq!(observer.get(&path).expect(200).json()["revisions"].as_array().unwrap().len(), 3);
}

#[test]
fn of_many_who_write_at_once_nobody_loses_a_text() {
    let (_site, [responder, scribe, observer]) = site();
    post(&responder, NOTES, &json!({"text": "begin"})).expect(201);
    let path = format!("{NOTES}/1");
    std::thread::scope(|scope| {
        for (client, name) in [(&responder, "one"), (&scribe, "two")] {
            let path = &path;
            scope.spawn(move || {
                for turn in 0..10 {
                    let (mut base, mut text) = (1, "begin".to_owned());
                    loop {
                        let body = json!({"base": base, "text": format!("{text} {name}-{turn}")});
                        let answer = put(client, path, &body);
                        if answer.status == 200 {
                            break;
                        }
                        let answer = answer.expect(409).json();
                        base = answer["current"]["revision"].as_i64().unwrap();
                        text = answer["current"]["text"].as_str().unwrap().to_owned();
                    }
                }
            });
        }
    });
    let whole = observer.get(&path).expect(200).json();
    let said = whole["text"].as_str().unwrap();
    let mut words: Vec<&str> = said.split(' ').skip(1).collect();
    words.sort_unstable();
    let mut want: Vec<String> =
        ["one", "two"].iter().flat_map(|name| (0..10).map(move |turn| format!("{name}-{turn}"))).collect();
    want.sort_unstable();
    assert_eq!(words, want);
    assert_eq!(whole["revision"], 21);
}

#[test]
fn tasks_are_done_in_their_order() {
    let (site, [responder, scribe, observer]) = site();
    post(&observer, TASKS, &json!({"title": "x", "phase": "analysis"})).expect(403);
    let due = "2000-01-01T00:00:00Z";
    let first = json!({"title": "image the disk", "phase": "containment", "mandatory": true, "owner": "USR-0002", "due": due});
    let first = post(&responder, TASKS, &first).expect(201).json();
    let seen = ["task", "revision", "title", "phase", "mandatory", "owner", "due", "overdue", "state"]
        .map(|name| first[name].clone());
    assert_eq!(
        seen,
        [
            json!(1),
            json!(1),
            json!("image the disk"),
            json!("containment"),
            json!(true),
            json!("USR-0002"),
            json!(due),
            json!(true),
            json!("open")
        ]
    );
    post(&scribe, TASKS, &json!({"title": "isolate web-01", "phase": "containment", "blocked_by": [1]}))
        .expect(201);
    let state = |task: u64| format!("{TASKS}/{task}/state");
    let refused = put(&responder, &state(2), &json!({"base": 1, "state": "done"})).expect(409).json();
    assert_eq!(refused["detail"], "task 2 waits for task 1, which is open");
    put(&responder, &state(1), &json!({"base": 1, "state": "dropped"})).expect(409);
    let done =
        put(&scribe, &state(1), &json!({"base": 1, "state": "done", "outcome": "it lies in the safe"}))
            .expect(200)
            .json();
    assert_eq!(
        (&done["state"], &done["outcome"], &done["overdue"]),
        (&json!("done"), &json!("it lies in the safe"), &json!(false))
    );
    assert_eq!(
        (&done["added_by"]["name"], &done["changed_by"]["name"]),
        (&json!("responder1"), &json!("scribe1"))
    );
    put(&responder, &state(1), &json!({"base": 1, "state": "open"})).expect(409);
    put(&responder, &state(2), &json!({"base": 1, "state": "done"})).expect(200);
    let change = json!({"base": 2, "title": "isolate both", "phase": "containment", "mandatory": false, "owner": null, "due": null, "blocked_by": [1]});
    put(&responder, &format!("{TASKS}/2"), &change).expect(409);
    put(&responder, &state(2), &json!({"base": 2, "state": "open"})).expect(200);
    let mut change = change;
    change["base"] = json!(3);
    let changed = put(&responder, &format!("{TASKS}/2"), &change).expect(200).json();
    assert_eq!(
        (&changed["title"], &changed["revision"], &changed["waits_for"]),
        (&json!("isolate both"), &json!(4), &json!([]))
    );
    let listed = observer.get(TASKS).expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    let entries = site.entries();
    let kinds: Vec<&str> = entries
        .iter()
        .filter(|entry| entry.head.stream == incident())
        .map(|entry| entry.fact.kind())
        .collect();
    assert_eq!(
        kinds[1..],
        ["task-added/1", "task-added/1", "task-moved/1", "task-moved/1", "task-moved/1", "task-changed/1"]
    );
}

#[test]
fn a_task_is_for_somebody_who_can_do_it() {
    let (mut site, [responder, scribe, observer]) = site();
    let add = |client: &Client, owner: &str| {
        post(client, TASKS, &json!({"title": "x", "phase": "analysis", "owner": owner}))
    };
    for (owner, why) in [
        ("USR-0009", "there is no user USR-0009"),
        ("USR-0003", "USR-0003 has no role that works on incidents"),
    ] {
        assert_eq!(add(&responder, owner).expect(409).json()["detail"], why);
    }
    for body in [
        json!({"title": " ", "phase": "analysis"}),
        json!({"title": "x".repeat(201), "phase": "analysis"}),
        json!({"title": "x", "phase": "closed"}),
        json!({"title": "x", "phase": "analysis", "state": "done"}),
    ] {
        post(&responder, TASKS, &body).expect(422);
    }
    post(&responder, TASKS, &json!({"title": "x", "phase": "analysis", "blocked_by": [1]})).expect(409);
    site.record(|_, store| append(store, incident(), &program(), Fact::IncidentRestricted { to: to(&[1]) }));
    let [responder, scribe, observer] = [responder, scribe, observer].map(|client| site.again(&client));
    assert_eq!(
        add(&responder, "USR-0002").expect(409).json()["detail"],
        "USR-0002 does not see the incident"
    );
    for path in [TASKS, NOTES] {
        observer.get(path).expect(404);
        post(&scribe, path, &json!({"title": "x", "text": "x", "phase": "analysis"})).expect(422);
    }
    post(&scribe, NOTES, &json!({"text": "x"})).expect(404);
    post(&scribe, TASKS, &json!({"title": "x", "phase": "analysis"})).expect(404);
}

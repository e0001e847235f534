//! Cases of other products: each becomes an incident once, whole, and what does not fit is told.

use super::site::{Answer, Client, Site};
use cofferdam_journal::{Fact, TeamRole};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/imports";

/// A commander, a responder, a deputy.
fn site() -> (Site, [Client; 3]) {
    let mut site = Site::new();
    let roles = [
        ("commander1", TeamRole::IncidentCommander),
        ("responder1", TeamRole::Responder),
        ("deputy1", TeamRole::Deputy),
    ];
    let clients = roles.map(|(account, role)| site.person(account, &[role]));
    let clients = clients.map(|client| site.again(&client));
    (site, clients)
}

/// A fixture of the reader.
fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../import/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn send(client: &Client, query: &str, file: &[u8]) -> Answer {
    client.raw("POST", &format!("{PATH}{query}"), Some("application/json"), file)
}

fn import(client: &Client, query: &str, name: &str) -> Value {
    send(client, query, &fixture(name)).expect(200).json()
}

fn items(client: &Client, path: &str) -> Vec<Value> {
    client.get(path).expect(200).json()["items"].as_array().unwrap().clone()
}

fn kinds(site: &Site) -> Vec<&'static str> {
    site.entries().iter().map(|entry| entry.fact.kind()).filter(|kind| !kind.starts_with("server-")).collect()
}

#[test]
fn a_case_of_thehive_becomes_an_incident_with_all_that_it_held() {
    let (site, [commander, responder, _]) = site();
    send(&responder, "", &fixture("thehive-4/case.json")).expect(403);
    let report = import(&commander, "", "thehive-4/case.json");
    let case = &report["cases"][0];
    assert_eq!(
        (&case["state"], &case["incident"], &case["case"]),
        (&json!("imported"), &json!("INC-0001"), &json!("#42"))
    );
    assert_eq!(
        (&case["task_count"], &case["alert_count"], &case["refused"]),
        (&json!(2), &json!(1), &json!([]))
    );
    assert!(case["left_out"].as_array().unwrap().iter().any(|left| left["path"] == "tasks[].order"));
    assert_eq!(report["alerts"][0]["id"], json!("ALR-000002"), "{report:#}");
    let incident = responder.get("/api/v1/incidents/INC-0001").expect(200).json();
    assert_eq!(
        (&incident["title"], &incident["severity"]),
        (&json!("Phishing of the sales team"), &json!("high"))
    );
    assert_eq!(incident["alert_count"], 1);
    assert_eq!(incident["imported"], json!({"product": "thehive", "case": "#42"}));
    let tasks = items(&responder, "/api/v1/incidents/INC-0001/tasks");
    let told: Vec<_> = tasks.iter().map(|task| [&task["title"], &task["phase"], &task["state"]]).collect();
    assert_eq!(
        json!(told),
        json!([["Block the sender", "containment", "done"], ["Tell the works council", "review", "open"]])
    );
    let notes = items(&responder, "/api/v1/incidents/INC-0001/notes");
    let texts: Vec<&str> = notes.iter().map(|note| note["text"].as_str().unwrap()).collect();
    assert!(texts.iter().any(|text| text.contains("Blocked `billing@invoice.example.net`.")), "{texts:#?}");
    // Who wrote it there is text: here it was written by whoever imported it.
    assert!(notes.iter().all(|note| note["by"]["name"] == "commander1"));
    assert!(texts.iter().any(|text| text.contains("made by: lee@soc.example.org")));
    let timeline = responder.get("/api/v1/incidents/INC-0001/timeline").expect(200).text;
    assert!(
        timeline.contains("closed in TheHive as TruePositive") && timeline.contains("2026-03-04T10:00:00"),
        "{timeline}"
    );
    let times = responder.get("/api/v1/incidents/INC-0001/times").expect(200).json();
    assert!(
        !times.to_string().contains("\"INC-0001\":"),
        "what was worked elsewhere has no times here: {times}"
    );
    let listed = responder.get("/api/v1/incidents?filter=imported%20%3D%20thehive").expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(kinds(&site).iter().filter(|kind| **kind == "incident-imported/1").count(), 1);
}

#[test]
fn importing_twice_adds_nothing_even_after_a_restart() {
    let (mut site, [mut commander, ..]) = site();
    let files = [
        "thehive-4/case.json",
        "thehive-5/cases.ndjson",
        "dfir-iris-1/export.json",
        "dfir-iris-2/export.json",
        "dfir-iris-2/alerts.json",
    ];
    for file in files {
        import(&commander, "", file);
    }
    let before = kinds(&site);
    for _ in 0..2 {
        for file in files {
            let report = import(&commander, "", file);
            let all =
                [&report["cases"], &report["alerts"]].map(|list| list.as_array().unwrap().clone()).concat();
            assert!(!all.is_empty() && all.iter().all(|one| one["state"] == "there"), "{file}: {report:#}");
        }
        assert_eq!(kinds(&site), before);
        site.stop();
        site.start();
        commander = site.again(&commander);
        let more = json!([{"_id": "~8192", "createdAt": 1_772_359_872_123_i64, "caseId": 42, "title": "Phishing", "severity": 4,
            "tasks": [{"title": "one more"}]}]);
        let report = send(&commander, "", more.to_string().as_bytes()).expect(200).json();
        assert_eq!(
            (&report["cases"][0]["state"], &report["cases"][0]["incident"]),
            (&json!("there"), &json!("INC-0001"))
        );
    }
}

#[test]
fn a_dry_run_records_nothing_and_says_the_same() {
    let (site, [commander, ..]) = site();
    let before = site.entries().len();
    for file in ["thehive-4/case.json", "thehive-5/cases.ndjson", "dfir-iris-2/export.json"] {
        let mut dry = import(&commander, "?dry_run=true", file);
        assert_eq!(dry["dry_run"], json!(true));
        assert!(dry["cases"][0]["incident"].is_null());
        let one = &mut dry["cases"].as_array_mut().unwrap()[0];
        assert_eq!((&one["state"], &one["refused"]), (&json!("imported"), &json!([])));
    }
    // The same case twice in one file is one.
    let twice = [fixture("thehive-5/cases.ndjson"), fixture("thehive-5/cases.ndjson")].concat();
    let report = send(&commander, "?dry_run=true", &twice).expect(200).json();
    let states: Vec<&Value> = report["cases"].as_array().unwrap().iter().map(|case| &case["state"]).collect();
    assert_eq!(json!(states), json!(["imported", "imported", "there", "there"]));
    assert_eq!(site.entries().len(), before);
}

#[test]
fn what_was_closed_there_is_closed_here_when_asked() {
    let (site, [commander, ..]) = site();
    let phase = |id: &str| {
        let incident = commander.get(&format!("/api/v1/incidents/{id}")).expect(200).json();
        (incident["phase"].clone(), incident["closed"].clone())
    };
    import(&commander, "", "thehive-4/case.json");
    assert_eq!(phase("INC-0001"), (json!("analysis"), Value::Null));
    import(&commander, "?close=true", "thehive-5/cases.ndjson");
    assert_eq!(phase("INC-0002"), (json!("analysis"), Value::Null));
    assert_eq!(phase("INC-0003").1, json!("false-positive"));
    let report = import(&commander, "?close=true", "dfir-iris-2/export.json");
    assert_eq!(
        (&report["cases"][0]["was_closed"], &report["cases"][0]["refused"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(phase("INC-0004"), (json!("review"), json!("resolved")));
    let entries = site.entries();
    let passed = entries.iter().filter_map(|entry| match &entry.fact {
        Fact::PhaseEntered { passage, .. } | Fact::IncidentClosed { passage, .. } => passage.reason.clone(),
        _ => None,
    });
    assert!(
        passed.clone().count() >= 6
            && passed.into_iter().all(|reason| reason.to_string().contains("closed in "))
    );
    let unknown = json!({"_id": "~1", "number": 9, "title": "x", "severity": 1, "stage": "Closed", "status": "Indeterminate"});
    let report = send(&commander, "?close=true", unknown.to_string().as_bytes()).expect(200).json();
    assert_eq!(
        report["cases"][0]["refused"],
        json!(["closed in TheHive as Indeterminate, for which there is no word here: it stays open"])
    );
}

#[test]
fn a_file_that_is_none_is_refused_and_says_why() {
    let (site, [commander, ..]) = site();
    let before = site.entries().len();
    for (file, status, says) in [
        (&b"PK\x03\x04"[..], 422, "encrypted"),
        (b"", 422, "neither JSON"),
        (b"[]", 422, "no case and no alert"),
        (b"{\"title\": \"x\"}", 422, "no case and no alert"),
        (&vec![b' '; (16 << 20) + 1], 413, "bytes"),
    ] {
        let answer = send(&commander, "", file).expect(status);
        assert!(answer.text.contains(says), "{}", answer.text);
    }
    commander.raw("POST", PATH, Some("text/plain"), b"[]").expect(415);
    send(&commander, "?dry=true", b"[]").expect(400);
    let keyed = commander.with("Idempotency-Key", "import-1");
    let large = [fixture("thehive-4/case.json"), vec![b' '; 200_000]].concat();
    let first = send(&keyed, "", &large).expect(200).json();
    assert_eq!(first["cases"][0]["state"], json!("imported"));
    assert!(site.entries().len() > before);
}

#[test]
fn what_only_others_see_is_not_imported_again_and_not_told() {
    let (site, [commander, _, deputy]) = site();
    import(&commander, "", "thehive-4/case.json");
    let etag = commander.get("/api/v1/incidents/INC-0001").expect(200).header("etag").unwrap().to_owned();
    let body = json!({"to": ["USR-0001"]});
    commander
        .with("If-Match", &etag)
        .send("PUT", "/api/v1/incidents/INC-0001/access", Some(&body))
        .expect(204);
    let before = site.entries().len();
    let report = import(&deputy, "", "thehive-4/case.json");
    assert_eq!(
        (&report["cases"][0]["state"], &report["cases"][0]["incident"]),
        (&json!("there"), &Value::Null)
    );
    assert!(!report.to_string().contains("INC-"), "{report:#}");
    assert_eq!(site.entries().len(), before);
}

#[test]
fn hostile_texts_are_texts() {
    let (site, [commander, ..]) = site();
    let hostile = "<script>alert(1)</script>\u{202e}\u{0}\u{1b}[2J";
    let case = json!({
        "_id": hostile, "number": 1, "title": hostile, "severity": 1, "description": hostile, "owner": hostile,
        hostile: hostile, "tasks": [{"title": hostile, "logs": [{"message": hostile}]}],
        "observables": [{"dataType": hostile, "data": hostile}, {"dataType": "hostname", "data": hostile}],
        "alerts": [{"type": hostile, "source": hostile, "sourceRef": hostile, "title": hostile, "severity": 2}],
    });
    let report = send(&commander, "", case.to_string().as_bytes()).expect(200).json();
    assert_eq!(
        (&report["cases"][0]["state"], &report["cases"][0]["refused"]),
        (&json!("imported"), &json!([]))
    );
    let incident = commander.get("/api/v1/incidents/INC-0001").expect(200).json();
    assert!(incident["title"].as_str().unwrap().contains("<script>"));
    // No text of a file is in a leaf.
    let leaves = site.entries().into_iter().filter(|entry| matches!(entry.fact, Fact::AlertRaised(_)));
    for entry in leaves {
        let Fact::AlertRaised(report) = entry.fact else { continue };
        assert_eq!(report.rule.id, "thehive-alert");
    }
}

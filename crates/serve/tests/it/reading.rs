//! Alerts, incidents, evidence and the journal, as somebody reads them.

use super::case::{OPEN, SECRET, hash, two_of_everything};
use super::site::{Client, Site};
use cofferdam_journal::TeamRole;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A site with two of everything, somebody who sees all of it and somebody who does not.
fn site() -> (Site, Client, Client) {
    let mut site = Site::new();
    let named = site.person("commander1", &[TeamRole::IncidentCommander]);
    let other = site.person("commander2", &[TeamRole::IncidentCommander]);
    site.record(|_, store| two_of_everything(store, &[1]));
    let (named, other) = (site.again(&named), site.again(&other));
    (site, named, other)
}

#[track_caller]
fn ids(page: &Value, member: &str) -> Vec<String> {
    let items = page["items"].as_array().unwrap_or_else(|| panic!("{page}"));
    items.iter().map(|item| item[member].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn an_alert_is_told_whole_and_its_texts_stay_texts() {
    let (_site, named, _) = site();
    let answer = named.get("/api/v1/alerts/ALR-000001").expect(200);
    assert_eq!(answer.header("etag"), Some("\"1-INC-0001\""));
    let alert = answer.json();
    assert_eq!(alert["level"], "high");
    assert_eq!(alert["incident"], "INC-0001");
    assert_eq!(alert["tactics"], json!(["credential-access"]));
    assert_eq!(alert["entities"], json!([{"kind": "account", "value": "account-1", "role": "target"}]));
    assert_eq!(alert["records"][0]["evidence"], hash(OPEN).to_string());
    assert_eq!(alert["records"][0]["what"], "<script>alert(1)</script> Failed password for account-1");
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[test]
fn lists_are_filtered_ordered_counted_and_paged() {
    let (_site, named, other) = site();
    let all = named.get("/api/v1/alerts?count=true").expect(200).json();
    assert_eq!(ids(&all, "id"), ["ALR-000002", "ALR-000001"]);
    assert_eq!(all["count"], 2);
    let first = named.get("/api/v1/alerts?limit=1&order=oldest").json();
    assert_eq!(ids(&first, "id"), ["ALR-000001"]);
    let cursor = first["next"].as_str().unwrap();
    let second = named.get(&format!("/api/v1/alerts?limit=1&order=oldest&cursor={cursor}")).json();
    assert_eq!((ids(&second, "id"), &second["next"]), (vec!["ALR-000002".to_owned()], &Value::Null));
    assert_eq!(
        named.get(&format!("/api/v1/alerts?limit=1&cursor={cursor}")).expect(400).problem(),
        "bad-request"
    );
    assert_eq!(named.get(&format!("/api/v1/incidents?order=oldest&cursor={cursor}")).status, 400);
    let one = named.get("/api/v1/alerts?filter=incident%20%3D%20INC-0002&count=true").json();
    assert_eq!((ids(&one, "id"), &one["count"]), (vec!["ALR-000002".to_owned()], &json!(1)));
    let wrong = named.get("/api/v1/alerts?filter=lvel%20%3D%20high").expect(400).json();
    assert!(wrong["help"].as_str().unwrap().contains("level"), "{wrong}");

    let seen = other.get("/api/v1/alerts?count=true").json();
    assert_eq!((ids(&seen, "id"), &seen["count"]), (vec!["ALR-000001".to_owned()], &json!(1)));
    assert_eq!(ids(&other.get("/api/v1/incidents").json(), "id"), ["INC-0001"]);
    assert_eq!(ids(&other.get("/api/v1/evidence").json(), "hash"), [hash(OPEN).to_string()]);
}

#[test]
fn an_incident_is_told_whole_with_its_journal() {
    let (_site, named, other) = site();
    let answer = named.get("/api/v1/incidents/INC-0002").expect(200);
    assert_eq!(answer.header("etag"), Some("\"9\""));
    let incident = answer.json();
    assert_eq!(incident["title"], "Break-in 2");
    assert_eq!(incident["reasons"], json!(["an attempt succeeded"]));
    assert_eq!(incident["restricted"], json!(["USR-0001"]));
    assert_eq!(incident["alerts"], json!([{"alert": "ALR-000002", "join": null}]));
    assert_eq!(incident["alert_count"], 1);
    let entries = named.get("/api/v1/incidents/INC-0002/entries?limit=2").expect(200).json();
    assert_eq!(ids(&entries, "kind"), ["incident-opened/1", "alerts-joined/1"]);
    let after = entries["next"].as_u64().unwrap();
    let rest = named.get(&format!("/api/v1/incidents/INC-0002/entries?after={after}")).json();
    let worked =
        ["note-written/1", "task-added/1", "decision-proposed/1", "moment-added/1", "moment-added/1"];
    let behind = ["link-added/1", "incident-restricted/1"];
    assert_eq!(ids(&rest, "kind"), [&worked[..], &behind].concat());
    assert_eq!(rest["next"], Value::Null);
    for path in
        ["/api/v1/incidents/INC-0002", "/api/v1/incidents/INC-0002/entries", "/api/v1/alerts/ALR-000002"]
    {
        let (hidden, never) = (other.get(path).expect(404), other.get(&path.replace("02", "77")).expect(404));
        assert_eq!(hidden.text, never.text, "{path}");
    }
}

#[test]
fn the_log_is_read_in_order_as_far_as_it_may_be() {
    let (_site, named, other) = site();
    let mut positions = Vec::new();
    let mut after = String::new();
    loop {
        let page = named.get(&format!("/api/v1/journal/entries?limit=3{after}")).expect(200).json();
        positions.extend(
            page["items"].as_array().unwrap().iter().map(|entry| entry["position"].as_u64().unwrap()),
        );
        let Some(next) = page["next"].as_u64() else { break };
        after = format!("&after={next}");
    }
    assert!(positions.len() > 20 && positions.is_sorted_by(|a, b| a + 1 == *b), "{positions:?}");
    let about = |client: &Client, stream: &str| {
        ids(&client.get(&format!("/api/v1/journal/entries?stream={stream}")).expect(200).json(), "kind")
    };
    assert_eq!(about(&named, "incident/INC-0002").len(), 9);
    assert!(about(&other, "incident/INC-0002").is_empty());
    let all = other.get("/api/v1/journal/entries?limit=200").json().to_string();
    assert!(!all.contains("INC-0002") && !all.contains("ALR-000002") && !all.contains("Break-in 2"), "{all}");
    assert!(!all.contains(&hash(SECRET).to_string()));
    let found = |filter: &str| {
        ids(&other.get(&format!("/api/v1/journal/entries?filter={filter}")).expect(200).json(), "stream")
    };
    assert!(found("account-2").is_empty());
    assert_eq!(found("account-1"), ["report/REP-0001", "alert/ALR-000001"]);
    let note = named.get("/api/v1/journal/checkpoint").expect(200);
    assert_eq!(note.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(
        note.text.starts_with("cofferdam/") && note.text.contains("\n\u{2014} cofferdam/"),
        "{}",
        note.text
    );
    let key = named.get("/api/v1/journal/key").expect(200).text;
    assert!(key.starts_with(note.text.lines().next().unwrap()), "{key}");
}

#[test]
fn people_are_named_by_one_of_them_who_read_the_version_that_is_there() {
    let (_site, named, other) = site();
    let path = "/api/v1/incidents/INC-0001/access";
    let put = |client: &Client, tag: &str, people: &Value| {
        client.with("if-match", tag).send("PUT", path, Some(&json!({"to": people})))
    };
    let both = json!(["USR-0001", "USR-0002"]);
    assert_eq!(
        named.send("PUT", path, Some(&json!({"to": both}))).expect(428).problem(),
        "precondition-required"
    );
    assert_eq!(put(&named, "\"1\"", &both).expect(412).problem(), "changed");
    assert_eq!(put(&named, "\"8\"", &json!([])).expect(422).problem(), "invalid");
    assert_eq!(put(&named, "\"8\"", &json!(["USR-0002"])).expect(409).problem(), "conflict");
    assert_eq!(put(&named, "\"8\"", &json!(["USR-0001", "USR-0099"])).expect(409).problem(), "conflict");
    assert_eq!(put(&named, "\"8\"", &json!(["USR-0001"])).expect(204).header("etag"), Some("\"9\""));
    assert_eq!(other.get("/api/v1/incidents/INC-0001").status, 404);
    assert_eq!(other.get("/api/v1/alerts/ALR-000001").status, 404);
    assert_eq!(put(&other, "\"9\"", &both).status, 404);
    assert_eq!(other.with("if-match", "\"9\"").send("DELETE", path, None).status, 404);
    assert_eq!(put(&named, "\"9\"", &both).expect(204).header("etag"), Some("\"10\""));
    assert_eq!(other.get("/api/v1/alerts/ALR-000001").status, 200);
    let open = other.with("if-match", "\"10\"").send("DELETE", path, None).expect(204);
    assert_eq!(open.header("etag"), Some("\"11\""));
    assert_eq!(other.get("/api/v1/incidents/INC-0001").json()["restricted"], Value::Null);

    let evidence = format!("/api/v1/evidence/{}", hash(OPEN));
    let tag = named.get(&evidence).header("etag").unwrap().to_owned();
    let body = json!({"to": ["USR-0001"]});
    named.with("if-match", &tag).send("PUT", &format!("{evidence}/access"), Some(&body)).expect(204);
    assert_eq!(other.get(&evidence).status, 404);
    assert_eq!(other.get("/api/v1/alerts/ALR-000001").json()["records"][0]["evidence"], Value::Null);
    assert_eq!(
        named.get("/api/v1/alerts/ALR-000001").json()["records"][0]["evidence"],
        hash(OPEN).to_string()
    );
}

#[test]
fn evidence_goes_out_whole_and_recorded_or_not_at_all() {
    let (site, named, other) = site();
    let path = format!("/api/v1/evidence/{}", hash(OPEN));
    let content = format!("{path}/content");
    let custody = || ids(&named.get(&format!("{path}/entries")).expect(200).json(), "kind");
    assert_eq!(named.send("HEAD", &content, None).expect(200).header("content-length"), Some("22"));
    assert_eq!(custody(), ["evidence-acquired/1", "evidence-kept/1"]);
    let answer = named.with("range", "bytes=0-3").get(&content).expect(200);
    assert_eq!(answer.text.as_bytes(), OPEN);
    for (name, value) in [
        ("content-type", "application/octet-stream"),
        ("content-disposition", &format!("attachment; filename=\"{}.bin\"", hash(OPEN))),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("accept-ranges", "none"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    assert_eq!(custody(), ["evidence-acquired/1", "evidence-kept/1", "evidence-exported/1"]);
    assert_eq!(
        named.get(&path).json()["given"],
        json!([{"to": "commander1", "purpose": "read through the server"}])
    );
    assert_eq!(other.get(&format!("/api/v1/evidence/{}/content", hash(SECRET))).status, 404);

    let file = cofferdam_store::Blobs::at(&site.data().join("evidence")).path(hash(OPEN));
    std::fs::write(&file, b"WHAT everybody may see").unwrap();
    let broken = std::panic::catch_unwind(|| named.get(&content));
    assert!(broken.is_err() || broken.is_ok_and(|answer| answer.text.len() < OPEN.len()), "it broke off");
    let is_damaged = || named.get(&path).json()["damaged"] == true;
    assert!((0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        is_damaged()
    }));
    std::fs::write(&file, b"longer than what everybody may see").unwrap();
    assert_eq!(named.get(&content).expect(409).problem(), "conflict");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(named.get(&content).expect(409).problem(), "conflict");
}

#[test]
fn an_incident_goes_out_as_a_bundle_when_all_of_it_may_be_seen() {
    let (site, named, other) = site();
    let order = json!({"to": "the public prosecutor", "values": true, "evidence": true});
    let export = |client: &Client, incident: &str| {
        client.post(&format!("/api/v1/incidents/{incident}/exports"), &order)
    };
    let answer = export(&other, "INC-0001").expect(200);
    assert_eq!(answer.header("content-type"), Some("application/x-tar"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"INC-0001.tar\""));
    assert!(answer.text.contains("account-1") && answer.text.contains("what everybody may see"));
    let kinds = ids(&named.get("/api/v1/incidents/INC-0001/entries").json(), "kind");
    assert_eq!(kinds.last().unwrap(), "incident-handed-out/1");
    assert_eq!(export(&other, "INC-0002").status, 404);
    assert_eq!(export(&named, "INC-0002").status, 200);
    let left: BTreeSet<_> =
        std::fs::read_dir(site.data()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("outgoing")), "{left:?}");

    // Alert 1 speaks of evidence that somebody else may not see from now on.
    let path = format!("/api/v1/evidence/{}", hash(OPEN));
    let tag = named.get(&path).header("etag").unwrap().to_owned();
    let body = json!({"to": ["USR-0001"]});
    named.with("if-match", &tag).send("PUT", &format!("{path}/access"), Some(&body)).expect(204);
    let before = named.get("/api/v1/incidents/INC-0001").header("etag").unwrap().to_owned();
    assert_eq!(export(&other, "INC-0001").expect(409).problem(), "conflict");
    assert_eq!(
        named.get("/api/v1/incidents/INC-0001").header("etag"),
        Some(before.as_str()),
        "nothing is recorded"
    );
    assert_eq!(export(&named, "INC-0001").status, 200);
    let empty = json!({"to": " ", "values": true, "evidence": true});
    assert_eq!(named.post("/api/v1/incidents/INC-0001/exports", &empty).status, 422);
}

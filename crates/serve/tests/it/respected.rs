//! What people say belongs to which incident stays so, whatever live detection finds, and across restarts.

use super::live::{recording, shipped};
use super::site::{Client, Site};
use cofferdam_journal::TeamRole;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The alerts that have an incident, by their ids, and which.
fn homes(client: &Client) -> BTreeMap<String, Value> {
    let rows = client.get("/api/v1/alerts?limit=200&order=oldest").expect(200).json();
    let rows = rows["items"].as_array().unwrap().iter().filter(|row| row["merged_into"].is_null());
    rows.map(|row| (row["id"].as_str().unwrap().to_owned(), row["incident"].clone())).collect()
}

fn ask(client: &Client, path: &str, body: &Value) -> Value {
    let answer = client.send("POST", &format!("/api/v1/incidents{path}"), Some(body));
    assert!(answer.status < 300, "{path}: {}", answer.problem());
    if answer.status == 201 { answer.json() } else { Value::Null }
}

/// What the responder says, after which detection has seen half of the attack.
fn corrected(client: &Client, mine: &[String]) -> (String, Vec<String>) {
    let id = |alert: &String| format!("id = {alert}");
    let [out, moved, alone, ..] = mine else { panic!("the first half raises more alerts: {mine:?}") };
    ask(client, "/INC-0001/detach", &json!({"filter": id(out), "reason": "a test of ours"}));
    let body =
        json!({"title": "Another", "severity": "low", "reason": "x", "filter": id(moved), "move": true});
    let opened = ask(client, "", &body)["id"].as_str().unwrap().to_owned();
    let split = json!({"filter": id(alone), "title": "Of its own", "reason": "another hand"});
    let split = ask(client, "/INC-0001/split", &split)["id"].as_str().unwrap().to_owned();
    ask(client, &format!("/{split}/merge"), &json!({"into": opened, "reason": "one hand"}));
    (opened, vec![out.clone(), moved.clone(), alone.clone()])
}

#[test]
fn what_people_say_stays_so_whatever_is_found_later() {
    let mut site = shipped();
    let responder = site.person("responder1", &[TeamRole::Responder]);
    let lines = recording();
    let (first, second) = lines.split_at(lines.len() / 2);
    site.spool(first);
    site.until_read();
    let responder = site.again(&responder);
    let before = homes(&responder);
    let mine: Vec<String> =
        before.iter().filter(|(_, home)| **home == "INC-0001").map(|(alert, _)| alert.clone()).collect();
    let (opened, [out, moved, alone]) = {
        let (opened, named) = corrected(&responder, &mine);
        (opened, <[String; 3]>::try_from(named).unwrap())
    };
    let said = homes(&responder);
    assert_eq!((&said[&out], &said[&moved], &said[&alone]), (&Value::Null, &json!(opened), &json!(opened)));
    let check = |site: &Site, when: &str| {
        let now = homes(&site.again(&responder));
        for alert in &mine {
            assert_eq!(now[alert], said[alert], "{alert} {when}");
        }
        now
    };
    // The same again at once, after a restart, and after the other half of the attack.
    std::thread::sleep(std::time::Duration::from_millis(700));
    check(&site, "at once");
    site.stop();
    site.start();
    site.until_read();
    check(&site, "after a restart");
    site.spool(second);
    site.until_read();
    let now = check(&site, "after all of it");
    assert!(now.len() > said.len(), "the second half raises alerts");
    site.stop();
    site.start();
    site.until_read();
    assert_eq!(check(&site, "after another restart"), now);
    // What was found since and seems to belong to the incident is suggested, and joins nothing by itself.
    let whole = site.again(&responder).get("/api/v1/incidents/INC-0001").expect(200).json();
    let suggested = whole["suggestions"].as_array().unwrap();
    assert!(!suggested.is_empty(), "{whole:#}");
    assert!(suggested.iter().all(|one| one["what"] != out.as_str()), "{suggested:#?}");
    assert_eq!(whole["alerts"].as_array().unwrap().len(), mine.len() - 3);
}

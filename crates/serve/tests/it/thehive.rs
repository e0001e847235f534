//! Feeders of TheHive: alerts are sent, read, changed, promoted and merged in its form, by tokens that do nothing else.

use super::case::{append, to};
use super::site::{Answer, Client, Site, program};
use cofferdam_journal::alert::Verdict;
use cofferdam_journal::{Permission, StreamId, TeamRole};
use cofferdam_serve::Settings;
use cofferdam_vocabulary::{AlertId, IncidentId};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Python interpreters that know TheHive's own client: of TheHive 5, and of TheHive 4.
const PYTHONS: [(&str, &str); 2] =
    [("COFFERDAM_THEHIVE4PY", "check_v1.py"), ("COFFERDAM_THEHIVE4PY_V0", "check_v0.py")];

/// A responder, and a token of theirs with which a feeder sends.
fn feeder(site: &mut Site) -> (Client, Client) {
    site.set(jiff::Timestamp::now());
    let admin = site.administrator();
    let (_, responder) = site.member(&admin, "wazuh1", &["responder"]);
    let feeder = token(&responder, &["alerts:thehive"]);
    (responder, feeder)
}

fn token(of: &Client, scope: &[&str]) -> Client {
    let new = json!({"name": "feeder", "expires_days": 30, "scope": scope});
    let issued = of.post("/api/v1/tokens", &new).expect(201).json();
    let token = issued["secret"].as_str().map(str::to_owned);
    Client { token, cookie: None, ..of.clone() }
}

/// An alert as `custom-w2thive.py` of Wazuh's users sends it.
fn wazuh(reference: &str) -> Value {
    json!({
        "tlp": 2, "pap": 2, "severity": 2, "date": 1_800_000_000_000_i64, "caseTemplate": null, "externalLink": null,
        "tags": ["wazuh", "rule=5712", "agent_name=web-01", "agent_id=001", "agent_ip=192.0.2.10"],
        "title": "sshd: brute force", "description": "| key | val |\n| ------ | ------ |\n| **rule.level** | 10 |\n",
        "type": "wazuh_alert", "source": "wazuh", "sourceRef": reference, "customFields": {},
        "artifacts": [
            {"dataType": "ip", "data": "203.0.113.66", "message": null, "tlp": 2, "tags": [], "ioc": false, "sighted": false},
            {"dataType": "url", "data": "https://evil.example.org/x", "message": null, "tlp": 2, "tags": [], "ioc": false, "sighted": false},
        ],
    })
}

/// An alert of TheHive 5's form, with things that are nobody's.
fn alert(reference: &str) -> Value {
    json!({
        "type": "external", "source": "soar", "sourceRef": reference, "title": "Odd <b>login</b>",
        "description": "somebody", "severity": 3, "tlp": 4, "tags": ["a"], "x-team": {"of": ["b", 7]},
        "customFields": [{"name": "hits", "value": 7}],
        "observables": [{"dataType": "hash", "data": ["aa".repeat(16), "bb".repeat(32)], "mine": true}],
    })
}

#[track_caller]
fn refused(answer: &Answer, status: u16, kind: &str) -> String {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    assert_eq!(answer.json()["type"], kind, "{answer:?}");
    answer.json()["message"].as_str().unwrap().to_owned()
}

fn patch(client: &Client, path: &str, body: &Value) -> Answer {
    client.send("PATCH", path, Some(body))
}

#[test]
fn an_alert_of_wazuh_becomes_one_alert() {
    let mut site = Site::new();
    let (responder, feeder) = feeder(&mut site);
    let made = feeder.post("/api/alert", &wazuh("5f3a1c")).expect(201).json();
    let said = |name: &str| made[name].clone();
    assert_eq!(["_id", "id", "_type", "status"].map(said), ["~1", "~1", "alert", "New"].map(Value::from));
    assert_eq!(
        (&made["createdBy"], &made["severity"], &made["case"]),
        (&json!("wazuh1"), &json!(2), &Value::Null)
    );
    assert_eq!(made["artifacts"][1]["data"], "https://evil.example.org/x");
    // The answer was lost, and it is sent again.
    let again = feeder.post("/api/alert", &wazuh("5f3a1c"));
    assert_eq!(refused(&again, 400, "CreateError"), "Alert wazuh_alert:wazuh:5f3a1c already exists");
    let rows = responder.get("/api/v1/alerts").expect(200).json();
    assert_eq!(rows["items"].as_array().unwrap().len(), 1);
    let row = &rows["items"][0];
    assert_eq!((&row["source"], &row["rule"]), (&json!("thehive"), &json!("thehive/wazuh_alert/5712")));
    assert_eq!((&row["title"], &row["level"]), (&json!("sshd: brute force"), &json!("medium")));
    let whole = responder.get("/api/v1/alerts/ALR-000001").expect(200).json();
    let entities: Vec<&str> =
        whole["entities"].as_array().unwrap().iter().map(|e| e["value"].as_str().unwrap()).collect();
    assert_eq!(entities, ["web-01", "203.0.113.66", "https://evil.example.org/x"]);
    // Nor is it there twice after the server was started anew.
    site.stop();
    site.start();
    let feeder = site.again(&feeder);
    refused(&feeder.post("/api/v1/alert", &wazuh("5f3a1c")), 400, "CreateError");
    feeder.post("/api/v1/alert", &wazuh("5f3a1d")).expect(201);
}

#[test]
fn what_nobody_understands_is_given_back() {
    let mut site = Site::new();
    let (_, feeder) = feeder(&mut site);
    feeder.post("/api/v1/alert", &alert("1")).expect(201);
    let v1 = feeder.get("/api/v1/alert/~1").expect(200).json();
    for name in ["type", "source", "sourceRef", "title", "description", "severity", "tlp", "tags", "x-team"] {
        assert_eq!(v1[name], alert("1")[name], "{name}");
    }
    let labels = ["severityLabel", "tlpLabel", "papLabel", "status", "stage"].map(|name| v1[name].clone());
    assert_eq!(labels, ["HIGH", "RED", "AMBER", "New", "New"].map(Value::from));
    let field = json!({"_id": "~0", "name": "hits", "type": "integer", "value": 7, "order": 0});
    assert_eq!((&v1["customFields"], &v1["observableCount"]), (&json!([field]), &json!(2)));
    assert_eq!(
        (&v1["observables"][0]["mine"], &v1["observables"][1]["data"]),
        (&json!(true), &json!("bb".repeat(32)))
    );
    assert!(v1.get("caseId").is_none() && v1.get("assignee").is_none(), "{v1}");
    let v0 = feeder.get("/api/alert/~1").expect(200).json();
    assert_eq!((&v0["tlp"], &v0["customFields"]["hits"]["integer"]), (&json!(3), &json!(7)));
    assert_eq!((&v0["artifacts"][0]["_type"], &v0["x-team"]), (&json!("case_artifact"), &v1["x-team"]));
    assert_eq!(v0.get("_createdAt"), None);
}

#[test]
fn an_update_changes_the_alert_and_its_triage() {
    let mut site = Site::new();
    let (responder, feeder) = feeder(&mut site);
    feeder.post("/api/v1/alert", &alert("1")).expect(201);
    let update = json!({
        "title": "Odd login", "severity": 4, "addTags": ["b"], "removeTags": ["a"], "note": [1], "status": "InProgress",
        "customFields": [{"name": "site", "value": "web"}], "observables": [{"dataType": "ip", "data": "192.0.2.9"}],
    });
    assert_eq!(patch(&feeder, "/api/v1/alert/~1", &update).expect(204).text, "");
    let now = feeder.get("/api/v1/alert/~1").expect(200).json();
    assert_eq!(
        (&now["title"], &now["severityLabel"], &now["tags"]),
        (&json!("Odd login"), &json!("CRITICAL"), &json!(["b"]))
    );
    assert_eq!(
        (&now["note"], &now["observableCount"], &now["status"]),
        (&json!([1]), &json!(3), &json!("InProgress"))
    );
    assert_eq!((&now["assignee"], &now["customFields"][1]["value"]), (&json!("wazuh1"), &json!("web")));
    let ours = responder.get("/api/v1/alerts/ALR-000001").expect(200).json();
    assert_eq!(
        (&ours["level"], &ours["title"], &ours["matches"]),
        (&json!("critical"), &json!("Odd login"), &json!(1))
    );
    // Said again, it says nothing new.
    let size = site.entries().len();
    patch(&feeder, "/api/v1/alert/~1", &update).expect(204);
    assert_eq!(site.entries().len(), size);
    let judged = json!({"status": "FalsePositive", "summary": "our scanner"});
    let shown = patch(&feeder, "/api/alert/~1", &judged).expect(200).json();
    assert_eq!(shown["status"], "Ignored");
    let ours = responder.get("/api/v1/alerts/ALR-000001").expect(200).json();
    assert_eq!(
        (&ours["verdict"], &ours["verdict_reason"]),
        (&json!(Verdict::FalsePositive), &json!("our scanner"))
    );
    patch(&feeder, "/api/v1/alert/~1", &json!({"status": "New", "assignee": null})).expect(204);
    let now = feeder.get("/api/v1/alert/~1").expect(200).json();
    assert_eq!((&now["status"], now.get("assignee")), (&json!("New"), None));
    for (wrong, what) in [
        (json!({"sourceRef": "2"}), "`sourceRef` stays as it is: it tells alerts apart"),
        (json!({"assignee": "nobody"}), "there is no account `nobody`"),
        (
            json!({"status": "Imported"}),
            "an alert is not imported by its status; promote it, or merge it into a case",
        ),
    ] {
        assert_eq!(refused(&patch(&feeder, "/api/v1/alert/~1", &wrong), 400, "BadRequest"), what);
    }
}

#[test]
fn an_alert_becomes_a_case_once_and_others_join_it() {
    let mut site = Site::new();
    let (responder, feeder) = feeder(&mut site);
    for reference in ["1", "2", "3"] {
        feeder.post("/api/v1/alert", &alert(reference)).expect(201);
    }
    let order = json!({"title": "Stolen account", "assignee": "wazuh1", "tags": ["later"]});
    let case = feeder.post("/api/v1/alert/~1/case", &order).expect(201).json();
    let id = case["_id"].as_str().unwrap();
    assert_eq!(id, format!("~{}", case["number"]));
    let said = ["_type", "title", "severityLabel", "tlpLabel", "status", "stage", "description"];
    let want = ["case", "Stolen account", "HIGH", "RED", "New", "New", "somebody"];
    assert_eq!(said.map(|name| case[name].clone()), want.map(Value::from));
    assert_eq!(case["tags"], json!(["a"]));
    // The answer was lost, and it is asked for again.
    let again = feeder.post("/api/alert/~1/createCase", &json!({"caseTemplate": null})).expect(201).json();
    assert_eq!(
        (&again["id"], &again["caseId"], &again["status"]),
        (&case["_id"], &case["number"], &json!("Open"))
    );
    let ours = IncidentId(case["number"].as_u64().unwrap());
    let whole = responder.get(&format!("/api/v1/incidents/{ours}")).expect(200).json();
    assert_eq!((&whole["tlp"], &whole["title"]), (&json!("TLP:RED"), &json!("Stolen account")));
    let notes = responder.get(&format!("/api/v1/incidents/{ours}/notes")).expect(200).text;
    assert!(notes.contains("later"), "{notes}");
    let merged = feeder.send("POST", &format!("/api/v1/alert/~2/merge/{id}"), None).expect(200).json();
    assert_eq!(merged["_id"], id);
    feeder.send("POST", &format!("/api/v1/alert/~2/merge/{}", case["number"]), None).expect(200);
    for alert in ["~1", "~2"] {
        let alert = feeder.get(&format!("/api/v1/alert/{alert}")).expect(200).json();
        let said = ["caseId", "status", "stage"].map(|name| alert[name].clone());
        assert_eq!(said, [id, "Imported", "Imported"].map(Value::from));
    }
    for path in ["/api/v1/alert/~99/merge/~1", "/api/v1/alert/~1/merge/~99"] {
        refused(&feeder.send("POST", path, None), 404, "NotFoundError");
    }
    refused(&feeder.get("/api/v1/case/~99"), 404, "NotFoundError");
}

/// The incident of an alert, once live detection has joined it to one.
fn joined(client: &Client, id: u64) -> String {
    for _ in 0..200 {
        let alert = client.get(&format!("/api/v1/alerts/{}", AlertId(id))).expect(200).json();
        if let Some(incident) = alert["incident"].as_str() {
            return incident.to_owned();
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("nothing joined {id}")
}

#[test]
fn what_live_detection_joined_with_an_alert_comes_along() {
    let mut site = Site::new();
    let (responder, feeder) = feeder(&mut site);
    for (reference, kind) in [("1", "mail"), ("2", "proxy")] {
        let mut given = alert(reference);
        given["type"] = json!(kind);
        given["observables"] = json!([
            {"dataType": "hostname", "data": "WS-0917"}, {"dataType": "username", "data": "kim"},
            {"dataType": "ip", "data": "203.0.113.66"}, {"dataType": "domain", "data": "evil.example.org"},
        ]);
        feeder.post("/api/v1/alert", &given).expect(201);
    }
    let found = joined(&responder, 1);
    assert_eq!(joined(&responder, 2), found, "they share what they are about");
    // What nobody said is no case yet.
    let shown = feeder.get("/api/v1/alert/~1").expect(200).json();
    assert_eq!((&shown["status"], shown.get("caseId")), (&json!("New"), None));
    let case = feeder.post("/api/v1/alert/~1/case", &json!({"title": "Stolen account"})).expect(201).json();
    assert_eq!(case["title"], "Stolen account");
    assert_eq!(feeder.get("/api/v1/alert/~2").expect(200).json()["caseId"], case["_id"]);
    let whole = responder.get(&format!("/api/v1/incidents/{found}")).expect(200).json();
    assert_eq!(whole["merged_into"], json!(IncidentId(case["number"].as_u64().unwrap())));
    let again = feeder.post("/api/v1/alert/~2/case", &json!({})).expect(201).json();
    assert_eq!(again["_id"], case["_id"]);
}

#[test]
fn a_feeders_token_does_nothing_else_and_no_other_feeds() {
    let mut site = Site::new();
    let (responder, feeder) = feeder(&mut site);
    feeder.post("/api/v1/alert", &alert("1")).expect(201);
    for path in ["/api/v1/alerts", "/api/v1/alerts/ALR-000001", "/api/v1/incidents", "/api/v1/sources"] {
        assert_eq!(feeder.get(path).expect(403).problem(), "forbidden", "{path}");
    }
    let judge = json!({"filter": "id = ALR-000001", "verdict": "test", "reason": "x", "dismiss": true});
    feeder.post("/api/v1/triage/judge", &judge).expect(403);
    let all: Vec<&str> = TeamRole::Responder.permissions().iter().map(|one| one.as_str()).collect();
    let others: Vec<&str> =
        all.into_iter().filter(|one| *one != Permission::AlertsThehive.as_str()).collect();
    let other = token(&responder, &others);
    refused(&other.get("/api/v1/alert/~1"), 403, "AuthorizationError");
    refused(&other.post("/api/alert", &wazuh("1")), 403, "AuthorizationError");
    let nobody = Client { token: Some("cfd_never-issued".to_owned()), ..site.nobody() };
    refused(&nobody.post("/api/v1/alert", &alert("2")), 401, "AuthenticationError");
    // TheHive's clients name an organisation, of which there is one here.
    feeder.with("x-organisation", "soc").get("/api/v1/alert/~1").expect(200);
}

#[test]
fn restricted_alerts_and_cases_are_not_there_for_feeders() {
    let mut site = Site::new();
    let (_, feeder) = feeder(&mut site);
    feeder.post("/api/v1/alert", &alert("1")).expect(201);
    let case =
        feeder.post("/api/v1/alert/~1/case", &json!({})).expect(201).json()["number"].as_u64().unwrap();
    let mut other = alert("2");
    other["observables"] = json!([]);
    feeder.post("/api/v1/alert", &other).expect(201);
    site.record(|_, store| {
        let fact = cofferdam_journal::Fact::IncidentRestricted { to: to(&[1]) };
        append(store, StreamId::Incident(IncidentId(case)), &program(), fact);
    });
    let feeder = site.again(&feeder);
    let missing = feeder.get("/api/v1/alert/~9").text;
    assert_eq!(feeder.get("/api/v1/alert/~1").expect(404).text, missing);
    for (method, path, body) in [
        ("GET", "/api/alert/~1".to_owned(), None),
        ("GET", format!("/api/v1/case/~{case}"), None),
        ("PATCH", "/api/v1/alert/~1".to_owned(), Some(json!({"title": "x"}))),
        ("POST", "/api/v1/alert/~1/case".to_owned(), Some(json!({}))),
        ("POST", format!("/api/v1/alert/~1/merge/~{case}"), None),
        ("POST", format!("/api/v1/alert/~2/merge/~{case}"), None),
    ] {
        refused(&feeder.send(method, &path, body.as_ref()), 404, "NotFoundError");
    }
}

#[test]
fn what_cannot_be_taken_is_said_in_the_form_of_thehive() {
    let mut site = Site::new();
    let (_, feeder) = feeder(&mut site);
    let mut given = alert("1");
    given["observables"][0]["attachment"] = json!("attachment0");
    let why = refused(&feeder.post("/api/v1/alert", &given), 400, "BadRequest");
    assert!(why.starts_with("observable 0 is a file"), "{why}");
    let form = Some("multipart/form-data; boundary=x");
    let why = refused(&feeder.raw("POST", "/api/v1/alert", form, b"--x--"), 415, "BadRequest");
    assert!(why.starts_with("files are not taken here; "), "{why}");
    refused(&feeder.raw("POST", "/api/alert", Some("text/plain"), b"{}"), 415, "BadRequest");
    refused(&feeder.raw("POST", "/api/alert", Some("application/json"), b"[}"), 400, "BadRequest");
    refused(&feeder.post("/api/alert", &json!({"title": "x"})), 400, "BadRequest");
    let mut large = alert("1");
    large["x"] = json!("x".repeat(2 << 20));
    refused(&feeder.post("/api/v1/alert", &large), 413, "BadRequest");
    assert!(site.server().lists.last_alert().is_none());
}

#[test]
fn an_alert_that_came_another_way_is_read_and_triaged() {
    let mut site = Site::new();
    let (_, feeder) = feeder(&mut site);
    site.record(|_, store| {
        let raised = super::case::alert("ssh-brute-force", "kim", None);
        append(store, StreamId::Alert(AlertId(1)), &program(), raised);
    });
    let feeder = site.again(&feeder);
    let shown = feeder.get("/api/v1/alert/~1").expect(200).json();
    let said = ["type", "source", "sourceRef", "title", "severityLabel"].map(|name| shown[name].clone());
    assert_eq!(said, ["rule", "cofferdam", "ALR-000001", "Rule ssh-brute-force", "HIGH"].map(Value::from));
    patch(&feeder, "/api/v1/alert/~1", &json!({"status": "TruePositive"})).expect(204);
    let why = refused(&patch(&feeder, "/api/v1/alert/~1", &json!({"title": "x"})), 400, "BadRequest");
    assert!(why.starts_with("this alert came another way"), "{why}");
}

#[test]
fn an_exception_hides_what_a_feeder_sends() {
    let mut site = Site::new();
    let (responder, feeder) = feeder(&mut site);
    let exception = json!({
        "rule": "thehive/wazuh_alert/5712", "reason": "the scanner", "expires": site.now() + jiff::SignedDuration::from_hours(24),
    });
    responder.post("/api/v1/exceptions", &exception).expect(201);
    let made = feeder.post("/api/v1/alert", &wazuh("1")).expect(201).json();
    assert_eq!((&made["status"], &made["stage"]), (&json!("Ignored"), &json!("Closed")));
    assert_eq!(responder.get("/api/v1/alerts/ALR-000001").expect(200).json()["state"], "hidden");
}

#[test]
fn nothing_is_there_until_it_is_switched_on() {
    let site = Site::with(Settings::default());
    let admin = site.administrator();
    for path in ["/api/alert", "/api/v1/alert", "/api/v1/alert/~1", "/api/v1/case/~1"] {
        assert_eq!(admin.get(path).expect(404).problem(), "not-found");
        assert_eq!(admin.post(path, &json!({})).expect(404).problem(), "not-found");
    }
}

#[test]
fn thehives_own_clients_work_with_it() {
    for (variable, script) in PYTHONS {
        let Some(python) = std::env::var_os(variable) else {
            println!("skipped: {variable} names no Python with thehive4py; {script} is not run");
            continue;
        };
        let mut site = Site::new();
        let (_, feeder) = feeder(&mut site);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../checks/thehive").join(script);
        let done = Command::new(python)
            .arg(script)
            .args([feeder.url(), feeder.token.as_deref().unwrap()])
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{out}\n{err}");
        println!("{out}");
    }
}

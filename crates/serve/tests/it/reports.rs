//! Reports by people, from the page to the alert and back to whoever reported.

use super::case::{append, to};
use super::site::{Answer, Client, Site, open_to_all, program};
use cofferdam_journal::{Fact, StreamId, TeamRole};
use cofferdam_serve::Settings;
use cofferdam_serve::settings::{ReportSettings, ReportsOpen};
use cofferdam_store::{AlertQuery, ReadOnly};
use cofferdam_vocabulary::{AlertId, IncidentId, ReportId};
use serde_json::{Value, json};

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
const HOSTILE: &str = "</textarea></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'&<!--";

fn form(client: &Client, path: &str, body: &str) -> Answer {
    client.raw("POST", path, FORM, body.as_bytes())
}

/// The first number in a page.
#[track_caller]
fn number(page: &Answer) -> String {
    let at = page.text.find("RPT-").unwrap_or_else(|| panic!("{page:?}"));
    page.text[at..at + 18].to_owned()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn a_report_becomes_one_alert_and_is_answered() {
    let mut site = Site::new();
    let responder = site.person("responder1", &[TeamRole::Responder]);
    let (nobody, responder) = (site.nobody(), site.again(&responder));
    let given = json!({
        "what": "I entered my password on a page that looked odd", "how_bad": "acted", "when": "this morning",
        "host": "WEB-01", "account": "Dev1", "address": "192.0.2.7", "link": "https://login.example.net/x",
        "file": "invoice.pdf", "contact": "extension 4711",
    });
    let taken = nobody.post("/api/v1/reports", &given).expect(201).json();
    assert_eq!(taken["state"], "received");
    let own = format!("/api/v1/reports/{}", taken["number"].as_str().unwrap());
    let alert = responder.get("/api/v1/alerts/ALR-000001").expect(200).json();
    assert_eq!((&alert["rule"], &alert["level"]), (&json!("person-report"), &json!("medium")));
    assert_eq!((&alert["source"], &alert["report"]), (&json!("report"), &json!("REP-0001")));
    let entities: Vec<_> = alert["entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entity| format!("{} {}", entity["kind"], entity["value"]))
        .collect();
    let want = ["\"host\" \"web-01\"", "\"account\" \"dev1\"", "\"address\" \"192.0.2.7\""];
    assert!(want.iter().all(|one| entities.iter().any(|entity| entity == one)), "{entities:?}");
    let list = responder.get("/api/v1/reported?count=true&filter=level%20%3D%20medium").expect(200).json();
    assert_eq!((&list["count"], &list["items"][0]["alert"]), (&json!(1), &json!("ALR-000001")));
    let report = responder.get("/api/v1/reported/REP-0001").expect(200);
    assert_eq!(report.json()["contact"], "extension 4711");
    assert_eq!(report.json()["what"], given["what"]);
    let answer = json!({"text": "Please change it now."});
    responder.post("/api/v1/reported/REP-0001/answers", &answer).expect(204);
    let seen = nobody.get(&own).expect(200).json();
    assert_eq!((&seen["state"], &seen["answers"][0]["text"]), (&json!("being-looked-at"), &answer["text"]));
    responder
        .send("PUT", "/api/v1/reported/REP-0001/state", Some(&json!({"state": "dealt-with"})))
        .expect(428);
    let tag = responder.get("/api/v1/reported/REP-0001").expect(200).header("etag").unwrap().to_owned();
    let changing = responder.with("if-match", &tag);
    changing
        .send("PUT", "/api/v1/reported/REP-0001/state", Some(&json!({"state": "dealt-with"})))
        .expect(204);
    changing.send("PUT", "/api/v1/reported/REP-0001/state", Some(&json!({"state": "received"}))).expect(412);
    assert_eq!(nobody.get(&own).expect(200).json()["state"], "dealt-with");
    nobody.post(&format!("{own}/additions"), &json!({"text": "it was at ten"})).expect(204);
    assert_eq!(nobody.get(&own).expect(200).json()["state"], "received");
    let report = responder.get("/api/v1/reported/REP-0001").expect(200).json();
    assert_eq!(report["additions"][0]["text"], "it was at ten");
    // Started again, everything is as it was, and no second alert was raised.
    site.record(|_, _| {});
    site.pass(60);
    let (nobody, responder) = (site.nobody(), site.again(&responder));
    assert_eq!(nobody.get(&own).expect(200).json()["state"], "received");
    assert_eq!(responder.get("/api/v1/alerts?count=true").expect(200).json()["count"], 1);
}

#[test]
fn the_number_is_in_no_fact() {
    let site = Site::new();
    let taken = site.nobody().post("/api/v1/reports", &json!({"what": "odd"})).expect(201).json();
    let number = taken["number"].as_str().unwrap().to_owned();
    let entries = format!("{:?}", site.entries());
    assert!(entries.contains("report-received") || entries.contains("ReportReceived"), "{entries}");
    for form in [number.clone(), number.replace("RPT-", ""), number.replace('-', "").replace("RPT", "")] {
        assert!(!entries.contains(&form));
    }
    let data = ReadOnly::open(site.data()).unwrap();
    let alerts = data.reader.alerts(&AlertQuery { limit: 9, ..AlertQuery::default() }).unwrap();
    assert_eq!(alerts.len(), 1);
}

#[test]
fn the_page_works_without_a_script_and_what_is_written_is_text() {
    let site = Site::new();
    let nobody = site.nobody();
    let page = nobody.get("/report").expect(200);
    assert!(!page.text.contains("<script") && page.text.contains("<form method=\"post\" action=\"/report\""));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self'") && !policy.contains("script-src"), "{policy}");
    let hostile = encoded(HOSTILE);
    // Something is wrong with it: what was written comes back as text.
    let long = encoded(&format!("{HOSTILE}{}", "x".repeat(300)));
    let again =
        form(&nobody, "/report", &format!("what={hostile}&host={long}&contact={hostile}")).expect(422);
    assert!(again.text.contains("&lt;script&gt;") && again.text.contains("role=\"alert\""));
    assert!(!again.text.contains("<script") && !again.text.contains("<img"), "{}", again.text);
    let taken = form(&nobody, "/report", &format!("what={hostile}&how_bad=now&once=a1")).expect(201);
    let number = number(&taken);
    let shown = nobody.get(&format!("/report/{number}")).expect(200);
    assert!(shown.text.contains(&number) && shown.text.contains("Received"));
    form(&nobody, &format!("/report/{number}"), &format!("text={hostile}")).expect(303);
    let shown = nobody.get(&format!("/report/{}", number.to_lowercase())).expect(200);
    assert!(shown.text.contains("You added something once") && !shown.text.contains("<script"));
    let found = form(&nobody, "/report/find", &format!("number={number}")).expect(303);
    assert_eq!(found.header("location"), Some(format!("/report/{number}").as_str()));
}

#[test]
fn answers_are_text_on_the_page() {
    let mut site = Site::new();
    let responder = site.person("responder1", &[TeamRole::Responder]);
    let (nobody, responder) = (site.nobody(), site.again(&responder));
    let taken = form(&nobody, "/report", "what=odd");
    responder.post("/api/v1/reported/REP-0001/answers", &json!({"text": HOSTILE})).expect(204);
    let shown = nobody.get(&format!("/report/{}", number(&taken))).expect(200);
    assert!(shown.text.contains("&lt;script&gt;alert(1)") && !shown.text.contains("<script"));
    assert!(shown.text.contains("Being looked at"));
}

#[test]
fn a_form_that_is_sent_twice_is_one_report() {
    let site = Site::new();
    let nobody = site.nobody();
    let first = form(&nobody, "/report", "what=odd&once=page-1").expect(201);
    let again = form(&nobody, "/report", "what=odd&once=page-1").expect(201);
    assert_eq!(number(&first), number(&again));
    let other = form(&nobody, "/report", "what=odd&once=page-2").expect(201);
    let plain = [form(&nobody, "/report", "what=odd"), form(&nobody, "/report", "what=odd")];
    assert_ne!(number(&first), number(&other));
    assert_ne!(number(&plain[0]), number(&plain[1]));
    let reports = site.entries().iter().filter(|entry| entry.fact.kind() == "report-received/1").count();
    assert_eq!(reports, 4);
}

#[test]
fn a_page_of_somebody_else_cannot_report() {
    let site = Site::new();
    let nobody = site.nobody();
    for (name, value) in
        [("origin", "https://evil.example.net"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
    {
        form(&nobody.with(name, value), "/report", "what=odd").expect(403);
    }
    let own = site.nobody().url;
    form(&nobody.with("origin", &own), "/report", "what=odd").expect(201);
    form(&nobody.with("origin", "null").with("sec-fetch-site", "same-origin"), "/report", "what=odd")
        .expect(201);
}

#[test]
fn reports_are_off_until_somebody_says_otherwise() {
    let site = Site::with(Settings::default());
    let nobody = site.nobody();
    let page = nobody.get("/report").expect(404);
    assert!(page.text.contains("Reports are not taken here"));
    form(&nobody, "/report", "what=odd").expect(404);
    nobody.get("/report/RPT-0000-0000-0000").expect(404);
    nobody.post("/api/v1/reports", &json!({"what": "odd"})).expect(404);
    nobody.get("/api/v1/reports/RPT-0000-0000-0000").expect(404);
}

fn with(open: ReportsOpen, per_address: u32, overall: u32) -> Site {
    Site::with(Settings { reports: ReportSettings { open, per_address, overall }, ..Settings::default() })
}

#[test]
fn a_code_keeps_strangers_out_and_costs_nobody_else_anything() {
    let site = with(ReportsOpen::Code("Blue-Harbour 7".to_owned()), 3, 3);
    let nobody = site.nobody();
    assert!(nobody.get("/report").expect(200).text.contains("name=\"code\""));
    let send = |code: &str| nobody.post("/api/v1/reports", &json!({"what": "odd", "code": code}));
    for _ in 0..10 {
        send("red").expect(403);
    }
    form(&nobody, "/report", "what=odd&code=red").expect(403);
    // As people say it to one another.
    send("BLUE harbour7").expect(201);
    for _ in 0..20 {
        send("red").expect(403);
    }
    assert_eq!(send("Blue-Harbour 7").expect(429).problem(), "throttled");
    site.pass(15 * 60);
    form(&nobody, "/report", "what=odd&code=blue+harbour+7").expect(201);
}

#[test]
fn a_flood_is_turned_away_and_said_so() {
    let site = Site::with(Settings {
        proxies: vec!["127.0.0.0/8".parse().unwrap()],
        reports: ReportSettings { open: ReportsOpen::Open, per_address: 3, overall: 5 },
        ..Settings::default()
    });
    let from = |last: u8| site.nobody().with("x-forwarded-for", &format!("198.51.100.{last}"));
    let send = |last: u8| from(last).post("/api/v1/reports", &json!({"what": "flood"})).status;
    assert_eq!([1, 1, 1, 1, 2, 2, 3].map(send), [201, 201, 201, 429, 201, 201, 429]);
    let page = form(&from(9), "/report", "what=it+burns").expect(429);
    assert!(page.text.contains("it burns</textarea>") && page.text.contains("send it again in 15 minutes"));
    assert!(page.header("retry-after").is_some());
    let looks = (0..80).map(|_| from(7).get("/api/v1/reports/RPT-0000-0000-0000").status);
    let looks: Vec<u16> = looks.collect();
    assert_eq!((looks.iter().filter(|status| **status == 404).count(), looks.last()), (60, Some(&429)));
    site.pass(15 * 60);
    assert_eq!(send(1), 201);
}

#[test]
fn numbers_that_are_none_are_answered_as_those_that_nobody_has() {
    let site = Site::new();
    let nobody = site.nobody();
    let ask = |number: &str| {
        let (api, page) =
            (nobody.get(&format!("/api/v1/reports/{number}")), nobody.get(&format!("/report/{number}")));
        (api.expect(404).text, page.expect(404).text)
    };
    let unknown = ask("RPT-7K2M-0XQ4-9FZC");
    for other in ["RPT-7K2M-0XQ4", "1", "RPT-UUUU-UUUU-UUUU", "%3Cscript%3E", "REP-0001", "%00"] {
        assert_eq!(ask(other), unknown, "{other}");
    }
}

#[test]
fn what_is_too_long_or_empty_is_refused() {
    let site = Site::new();
    let nobody = site.nobody();
    let send = |given: Value| nobody.post("/api/v1/reports", &given).status;
    assert_eq!(send(json!({"what": "é".repeat(4000), "host": "é".repeat(300)})), 201);
    for bad in [
        json!({}),
        json!({"what": ""}),
        json!({"what": " \n"}),
        json!({"what": "é".repeat(4001)}),
        json!({"what": "a", "host": "é".repeat(301)}),
        json!({"what": "a", "how_bad": "terrible"}),
        json!({"what": "a", "level": "critical"}),
        json!({"what": "a", "number": "RPT-0000-0000-0000"}),
    ] {
        assert_eq!(send(bad.clone()), 422, "{bad}");
    }
    let number = nobody.post("/api/v1/reports", &json!({"what": "a"})).expect(201).json()["number"].clone();
    let own = format!("/api/v1/reports/{}/additions", number.as_str().unwrap());
    let add = |text: &str| nobody.post(&own, &json!({"text": text})).status;
    assert_eq!((add(""), add(&"a".repeat(4001)), add("more")), (422, 422, 204));
    for _ in 0..49 {
        assert_eq!(add("more"), 204);
    }
    assert_eq!(add("more"), 409);
}

#[test]
fn a_report_is_hidden_with_its_alert_and_its_sender_still_sees_how_far_it_is() {
    let mut site = Site::with(Settings { reports: open_to_all(), ..Settings::default() });
    let roles = [TeamRole::Responder, TeamRole::Auditor];
    let people = roles.map(|role| site.person(&format!("{role}1"), &[role]));
    let taken = site.nobody().post("/api/v1/reports", &json!({"what": "my manager"})).expect(201).json();
    site.record(|_, store| {
        let incident = StreamId::Incident(IncidentId(1));
        append(store, incident, &program(), super::case::opened("An insider"));
        append(store, incident, &program(), super::case::joined(&[(1, None)]));
        append(store, incident, &program(), Fact::IncidentRestricted { to: to(&[2]) });
    });
    let [responder, auditor] = people.map(|client| site.again(&client));
    responder.get(&format!("/api/v1/reported/{}", ReportId(1))).expect(404);
    responder.get(&format!("/api/v1/alerts/{}", AlertId(1))).expect(404);
    responder.post("/api/v1/reported/REP-0001/answers", &json!({"text": "hello"})).expect(404);
    assert_eq!(responder.get("/api/v1/reported?count=true").expect(200).json()["count"], 0);
    auditor.get("/api/v1/reported/REP-0001").expect(200);
    let own = format!("/api/v1/reports/{}", taken["number"].as_str().unwrap());
    site.nobody().get(&own).expect(200);
}

#[test]
fn a_report_without_its_alert_gets_it_when_the_server_looks_after_itself() {
    let mut site = Site::new();
    let responder = site.person("responder1", &[TeamRole::Responder]);
    site.record(|_, store| {
        append(store, StreamId::Report(ReportId(1)), &program(), super::case::reported(1));
    });
    let responder = site.again(&responder);
    for _ in 0..100 {
        if responder.get("/api/v1/alerts?count=true").expect(200).json()["count"] == 1 {
            let report = responder.get("/api/v1/reported/REP-0001").expect(200).json();
            assert_eq!(report["alert"], "ALR-000001");
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("no alert was raised");
}

//! People are told in time: by mail and by signed requests, one after the other, until somebody acknowledges.

mod ends;

use super::case::{append, opened};
use super::site::{Client, Site, program};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cofferdam_connect::{MailServer, Security};
use cofferdam_journal::alert::ProductName;
use cofferdam_journal::call::{CallSpec, Channel, Matter};
use cofferdam_journal::incident::{ForeignCase, Marking, Pap, Tlp};
use cofferdam_journal::{Fact, Personal, StreamId, TeamRole};
use cofferdam_serve::Settings;
use cofferdam_serve::settings::{CallSettings, Contact, MailSettings, Webhook};
use cofferdam_vocabulary::{CallId, DedupKey, DeliveryId, IncidentId, UserId};
use ends::{End, Mail, Posted};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use std::time::Duration;

const SECRET: &str = "ten thousand quiet bells";
const AFTER: i64 = 300;

/// Four people: `ada` and `grace` are on call, `lead` and `work` are not.
struct Team {
    site: Site,
    /// What takes mail for `grace` and `lead`.
    mail: End<Mail>,
    /// What takes requests for `ada` and `work`.
    hook: End<Posted>,
    clients: [Client; 4],
}

fn settings(mail: &End<Mail>, hook: &End<Posted>) -> Settings {
    let by_mail = |name: &str| Contact { mail: Some(format!("{name}@example.org")), webhook: None };
    let by_hook = |name: &str| {
        let url = format!("http://{}/{name}", hook.address);
        Contact { mail: None, webhook: Some(Webhook { url, secret: SECRET.to_owned() }) }
    };
    let contacts = [
        ("ada", by_hook("ada")),
        ("grace", by_mail("grace")),
        ("lead", by_mail("lead")),
        ("work", by_hook("work")),
    ];
    let server = MailServer {
        host: mail.address.ip().to_string(),
        port: mail.address.port(),
        security: Security::Plain,
        credentials: None,
        authority: None,
    };
    let calls = CallSettings {
        people: vec!["ada".to_owned(), "grace".to_owned()],
        rounds: 2,
        contacts: contacts.into_iter().map(|(name, contact)| (name.to_owned(), contact)).collect(),
        mail: Some(MailSettings { server, from: "Cofferdam <ir@example.org>".to_owned() }),
        ..CallSettings::default()
    };
    Settings { calls, public_url: Some("https://ir.example.org".to_owned()), ..Settings::default() }
}

impl Team {
    fn new() -> Team {
        let (mail, hook) = (ends::mail(), ends::hook());
        let mut site = Site::with(settings(&mail, &hook));
        let roles =
            [TeamRole::Responder, TeamRole::Responder, TeamRole::IncidentCommander, TeamRole::Responder];
        let mut clients = ["ada", "grace", "lead", "work"].into_iter().zip(roles);
        let clients =
            [(); 4].map(|()| clients.next().map(|(name, role)| site.person(name, &[role])).unwrap());
        let clients = clients.map(|client| site.again(&client));
        Team { site, mail, hook, clients }
    }

    /// `work` opens an incident as bad as this.
    fn open(&self, title: &str, severity: &str) -> String {
        let body = json!({"title": title, "severity": severity, "reason": "somebody called"});
        let made = self.clients[3].post("/api/v1/incidents", &body).expect(201);
        made.json()["id"].as_str().unwrap().to_owned()
    }

    fn call(&self, id: &str) -> Value {
        self.clients[2].get(&format!("/api/v1/calls/{id}")).expect(200).json()
    }

    /// Turns the clock past the time that one has to answer.
    fn pass(&self) {
        self.site.pass(AFTER + 1);
    }

    fn restart(&mut self) {
        self.site.stop();
        self.site.start();
        self.clients = self.clients.clone().map(|client| self.site.again(&client));
    }
}

/// Waits until something is so.
#[track_caller]
fn until(is_so: impl Fn() -> bool) {
    for _ in 0..600 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("it did not come to be");
}

#[track_caller]
fn is_signed(posted: &Posted) {
    let header = |name: &str| posted.headers[name].as_str();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(
        format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), posted.body).as_bytes(),
    );
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    assert_eq!(header("webhook-signature"), format!("v1,{signature}"));
    assert_eq!(header("content-type"), "application/json");
}

#[test]
fn one_is_told_after_the_other_until_somebody_acknowledges() {
    let team = Team::new();
    team.open("Somebody reads mail that is not theirs", "critical");
    let first = team.hook.wait(1).remove(0);
    is_signed(&first);
    let told: Value = serde_json::from_str(&first.body).unwrap();
    let item = &told["data"]["items"][0];
    assert_eq!(item["title"], "Somebody reads mail that is not theirs");
    assert_eq!(item["link"], "https://ir.example.org/calls/CAL-000001");
    assert_eq!((&item["severity"], &item["object"]), (&json!("critical"), &json!("INC-0001")));

    team.site.pass(AFTER - 1);
    team.mail.stays(0);
    team.site.pass(2);
    let mail = team.mail.wait(1).remove(0);
    assert_eq!(mail.to, ["grace@example.org"]);
    assert_eq!(
        mail.field("subject"),
        "[Cofferdam] INC-0001 (critical): Somebody reads mail that is not theirs - Nobody leads this incident."
    );
    assert_eq!(mail.field("auto-submitted"), "auto-generated");
    assert!(mail.body.contains("https://ir.example.org/calls/CAL-000001"), "{}", mail.body);

    // The second round begins where the first did.
    team.pass();
    team.hook.wait(2);
    until(|| {
        team.call("CAL-000001")["told"].as_array().unwrap().iter().all(|told| told["outcome"] == "told")
    });
    let call = team.call("CAL-000001");
    assert_eq!((&call["state"], call["told"].as_array().unwrap().len()), (&json!("open"), 3), "{call}");
    let path = "/api/v1/calls/CAL-000001/acknowledge";
    let taken = team.clients[1].send("POST", path, None).expect(200).json();
    assert_eq!((&taken["state"], &taken["acknowledged_by"]), (&json!("acknowledged"), &json!("USR-0002")));
    // Who says it again changes nothing.
    team.clients[0].send("POST", path, None).expect(200);
    assert_eq!(team.call("CAL-000001")["acknowledged_by"], "USR-0002");
    team.pass();
    team.mail.stays(1);
    team.hook.stays(2);
    let kinds: Vec<&str> = team
        .site
        .entries()
        .iter()
        .filter(|entry| entry.head.stream == StreamId::Call(CallId(1)))
        .map(|entry| entry.fact.kind())
        .collect();
    let step = ["call-telling/1", "call-told/1"];
    assert_eq!(kinds, [&["call-begun/1"][..], &step, &step, &step, &["call-acknowledged/1"]].concat());
}

#[test]
fn what_is_not_bad_enough_waits_and_what_is_declared_does_not() {
    let team = Team::new();
    let id = team.open("A strange login", "medium");
    team.hook.stays(0);
    let body = json!({"reason": "it was not the owner"});
    team.clients[2].post(&format!("/api/v1/incidents/{id}/declare"), &body).expect(204);
    team.hook.wait(1);
    // Somebody leads it: nobody is called any more, but whoever leads is told so.
    let tag = team.clients[2].get(&format!("/api/v1/incidents/{id}")).header("etag").unwrap().to_owned();
    let commander = team.clients[2].with("if-match", &tag);
    let body = json!({"user": "USR-0003"});
    commander.send("PUT", &format!("/api/v1/incidents/{id}/commander"), Some(&body)).expect(204);
    until(|| team.call("CAL-000001")["state"] == "settled");
    team.pass();
    // It was they themselves who said so.
    team.mail.stays(0);
    team.hook.stays(1);
}

#[test]
fn calls_survive_restarts() {
    let mut team = Team::new();
    team.open("Ransom note on a file server", "high");
    team.hook.wait(1);
    until(|| team.call("CAL-000001")["told"][0]["outcome"] == "told");
    team.restart();
    team.hook.stays(1);
    team.pass();
    team.mail.wait(1);
    // What came while nobody was there to tell it, and what was being sent when the power went.
    let sending = DeliveryId([7; 16]);
    team.site.record(|site, store| {
        let incident = |id| StreamId::Incident(IncidentId(id));
        append(store, incident(2), &program(), opened("Break-in"));
        append(store, incident(3), &program(), opened("Another one"));
        let cause = store.journal.read(|reader| reader.size()).unwrap() - 1;
        let about = Matter::Incident { incident: IncidentId(3) };
        let spec = CallSpec { about, cause, to: vec![UserId(2)], wait: 300, rounds: 1 };
        append(store, StreamId::Call(CallId(2)), &program(), Fact::CallBegun(Box::new(spec)));
        let telling = Fact::CallTelling { delivery: sending, step: 0, channel: Channel::Mail };
        append(store, StreamId::Call(CallId(2)), &program(), telling);
        site.pass(60);
    });
    team.clients = team.clients.clone().map(|client| team.site.again(&client));
    let again = team.mail.wait(2).remove(1);
    assert_eq!(again.field("message-id"), format!("<{sending}@ir.example.org>"));
    assert!(again.body.contains("INC-0003"), "{}", again.body);
    until(|| team.call("CAL-000002")["told"][0]["outcome"] == "told");
}

#[test]
fn whoever_is_not_reached_keeps_nobody_waiting() {
    let team = Team::new();
    team.hook.refuse(true);
    team.open("Data leaves by DNS", "high");
    team.mail.wait(1);
    let call = team.call("CAL-000001");
    assert_eq!(call["failures"][0]["user"], "USR-0001");
    assert_eq!(call["failures"][0]["what"], "it answered 404");
}

#[test]
fn nothing_that_others_wrote_becomes_a_header() {
    let team = Team::new();
    let titles = [
        "x\r\nBcc: everybody@example.org\r\n\r\nHello",
        "x\nTo: everybody@example.org",
        "=?utf-8?q?x=0D=0ABcc:_everybody@example.org?=",
        "\u{202e}gro.elpmaxe@ydobyreve \u{2028}Bcc: a@example.org",
        "<script>alert(1)</script>.\r\n.\r\nMAIL FROM:<a@example.org>",
    ];
    for title in titles {
        team.open(title, "critical");
    }
    team.hook.wait(1);
    until(|| {
        team.hook.all().iter().map(|posted| posted.body.matches("/calls/CAL-").count()).sum::<usize>()
            >= titles.len()
    });
    team.pass();
    until(|| {
        team.mail.all().iter().map(|mail| mail.body.matches("/calls/CAL-").count()).sum::<usize>()
            >= titles.len()
    });
    for mail in team.mail.all() {
        assert_eq!(mail.to, ["grace@example.org"]);
        let names: Vec<&str> = mail.fields.iter().map(|(name, _)| name.as_str()).collect();
        assert!(!names.contains(&"bcc"), "{mail:?}");
        assert_eq!(mail.field("to"), "grace@example.org");
        assert!(
            mail.body.lines().all(|line| !line.starts_with("Bcc") && !line.starts_with("To:")),
            "{}",
            mail.body
        );
        assert!(!mail.body.contains(['\u{202e}', '\u{2028}', '\r']), "{}", mail.body);
    }
}

#[test]
fn people_are_told_only_what_they_may_know() {
    let mut team = Team::new();
    team.site.record(|_, store| {
        let incident = |id| StreamId::Incident(IncidentId(id));
        append(store, incident(1), &program(), opened("An inside job"));
        let to = [UserId(2)].into();
        append(store, incident(1), &program(), Fact::IncidentRestricted { to });
        append(store, incident(2), &program(), opened("Quiet please"));
        let marking = Marking { tlp: Tlp::Red, pap: Pap::Red };
        append(store, incident(2), &program(), Fact::IncidentMarked(marking));
    });
    team.clients = team.clients.clone().map(|client| team.site.again(&client));
    // Ada may not see the first; Grace may, and is told at once.
    let mail = team.mail.wait(1).remove(0);
    assert!(mail.body.contains("INC-0001") && mail.body.contains("An inside job"), "{}", mail.body);
    let posted = team.hook.wait(1).remove(0);
    assert!(posted.body.contains("INC-0002") && !posted.body.contains("Quiet please"), "{}", posted.body);
    assert!(!posted.body.contains("INC-0001"), "{}", posted.body);
    let seen = |client: &Client| -> Vec<String> {
        let list = client.get("/api/v1/calls").expect(200).json();
        list["items"].as_array().unwrap().iter().map(|call| call["id"].to_string()).collect()
    };
    let (ada, grace) = (seen(&team.clients[0]), seen(&team.clients[1]));
    assert_eq!((ada.len(), grace.len()), (1, 2));
    team.clients[0].get("/api/v1/calls/CAL-000001").expect(404);
    team.clients[0].send("POST", "/api/v1/calls/CAL-000001/acknowledge", None).expect(404);
}

#[test]
fn what_came_from_elsewhere_calls_nobody_and_who_may_see_nothing_is_not_told() {
    let mut team = Team::new();
    let administrator = team.site.person("root", &[TeamRole::Administrator]);
    team.site.record(|_, store| {
        let product = ProductName::parse("thehive").unwrap();
        let case = ForeignCase { product, id: Personal::of("#42"), key: DedupKey([7; 16]) };
        let imported = StreamId::Incident(IncidentId(1));
        append(store, imported, &program(), opened("Last year's phishing"));
        append(store, imported, &program(), Fact::IncidentImported(case));
        // Ada is an administrator from now on, and reads no incidents by that.
        let roles = [TeamRole::Administrator].into();
        append(store, StreamId::User(UserId(1)), &program(), Fact::RolesChanged { roles });
        append(store, StreamId::Incident(IncidentId(2)), &program(), opened("Break-in"));
    });
    team.clients = team.clients.clone().map(|client| team.site.again(&client));
    let mail = team.mail.wait(1).remove(0);
    assert!(mail.body.contains("INC-0002") && !mail.body.contains("INC-0001"), "{}", mail.body);
    team.hook.stays(0);
    let call = team.call("CAL-000001");
    assert_eq!(
        (&call["incident"], &call["failures"][0]["what"]),
        (&json!("INC-0002"), &json!("they may not see it"))
    );
    team.site.again(&administrator).get("/api/v1/calls").expect(403);
}

#[test]
fn a_message_that_was_under_way_tells_nothing_that_was_restricted_meanwhile() {
    let mut team = Team::new();
    team.site.record(|_, store| {
        let both = DeliveryId([9; 16]);
        for id in 1..=2 {
            let incident = StreamId::Incident(IncidentId(id));
            append(store, incident, &program(), opened(&format!("Break-in {id}")));
            let cause = store.journal.read(|reader| reader.size()).unwrap() - 1;
            let about = Matter::Incident { incident: IncidentId(id) };
            let spec = CallSpec { about, cause, to: vec![UserId(2)], wait: 300, rounds: 1 };
            let call = StreamId::Call(CallId(id));
            append(store, call, &program(), Fact::CallBegun(Box::new(spec)));
            append(
                store,
                call,
                &program(),
                Fact::CallTelling { delivery: both, step: 0, channel: Channel::Mail },
            );
        }
        let to = [UserId(3)].into();
        append(store, StreamId::Incident(IncidentId(1)), &program(), Fact::IncidentRestricted { to });
    });
    team.clients = team.clients.clone().map(|client| team.site.again(&client));
    let mail = team.mail.wait(1).remove(0);
    assert!(mail.body.contains("INC-0002") && !mail.body.contains("INC-0001"), "{}", mail.body);
    until(|| team.call("CAL-000002")["told"][0]["outcome"] == "told");
    until(|| team.call("CAL-000001")["told"][0]["outcome"] == "failed");
    assert_eq!(team.call("CAL-000001")["failures"][0]["what"], "they may not see it");
    team.mail.stays(1);
}

#[test]
fn whoever_was_given_something_is_told_and_who_took_it_is_not() {
    let team = Team::new();
    let id = team.open("A strange login", "low");
    let [_, _, lead, work] = &team.clients;
    let path = |what: &str| format!("/api/v1/incidents/{id}/{what}");
    let task = |owner: &str| json!({"title": "image the disk", "phase": "containment", "owner": owner});
    work.post(&path("tasks"), &task("USR-0004")).expect(201);
    team.hook.stays(0);
    lead.post(&path("tasks"), &task("USR-0004")).expect(201);
    let told = team.hook.wait(1).remove(0);
    assert!(told.body.contains("This task is yours: image the disk"), "{}", told.body);
    // It is theirs alone: nobody is called when they do not answer.
    team.pass();
    team.mail.stays(0);
    work.send("PUT", &path("tasks/2/state"), Some(&json!({"base": 1, "state": "done"}))).expect(200);
    until(|| team.call("CAL-000001")["state"] == "settled");

    let body = json!({"what": "Take the server off the net", "reason": "it sends"});
    work.post(&path("decisions"), &body).expect(201);
    // Nobody leads: those who are on call decide.
    let told = team.hook.wait(2).remove(1);
    assert!(told.body.contains("A decision waits: Take the server off the net"), "{}", told.body);
    lead.send("PUT", &path("decisions/1/ruling"), Some(&json!({"ruling": "approved", "reason": "it sends"})))
        .expect(200);
    until(|| team.call("CAL-000002")["state"] == "settled");
    team.pass();
    team.mail.stays(0);
}

#[test]
fn a_flood_is_told_in_few_messages() {
    let mut team = Team::new();
    team.site.record(|_, store| {
        for id in 1..=40 {
            append(store, StreamId::Incident(IncidentId(id)), &program(), opened(&format!("Break-in {id}")));
        }
    });
    team.clients = team.clients.clone().map(|client| team.site.again(&client));
    until(|| {
        let list = team.clients[2].get("/api/v1/calls?limit=200").expect(200).json();
        let calls = list["items"].as_array().unwrap();
        calls.len() == 40 && calls.iter().all(|call| call["told"][0]["outcome"] == "told")
    });
    let posted = team.hook.all();
    assert!(posted.len() <= 5, "{} messages", posted.len());
    let told: Vec<Value> = posted.iter().map(|one| serde_json::from_str(&one.body).unwrap()).collect();
    assert_eq!(told.iter().map(|one| one["data"]["count"].as_u64().unwrap()).sum::<u64>(), 40);
}

//! Who uses what: asked over the interface, and the same after a stop, a crash and damage.

use super::site::{Client, Site};
use cofferdam_journal::TeamRole;
use cofferdam_journal::source::SourceKind;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const ADDRESS: &str = "/api/v1/activity?kind=address&value=192.0.2.7";

/// Lines of sshd: minute, host and account of logins from one address.
const LOGINS: [(u8, &str, &str); 5] = [
    (10, "web-01", "svc-backup"),
    (11, "web-02", "svc-backup"),
    (12, "web-02", "ops1"),
    (13, "db-01", "svc-backup"),
    (14, "db-01", "dev1"),
];

fn login((minute, host, account): (u8, &str, &str)) -> String {
    format!(
        "2026-11-22T03:{minute}:00+00:00 {host} sshd[77]: Accepted publickey for {account} from 192.0.2.7 port 50 ssh2: \
         ED25519 SHA256:abc\n"
    )
}

struct Asked {
    site: Site,
    person: Client,
    source: Client,
}

impl Asked {
    fn new() -> Asked {
        let mut site = Site::new();
        let person = site.person("responder1", &[TeamRole::Responder]);
        let source = site.source("hosts", SourceKind::Events);
        let person = site.again(&person);
        site.set("2026-11-22T03:20:00Z".parse().unwrap());
        Asked { site, person, source }
    }

    fn send(&self, text: &str) {
        let sent = self.source.raw("POST", "/api/v1/events", Some("text/plain"), text.as_bytes());
        sent.expect(200);
    }

    /// The answer, once everything is read.
    #[track_caller]
    fn ask(&self, path: &str, events: u64) -> Value {
        let began = Instant::now();
        loop {
            let answer = self.person.get(path);
            if answer.status == 503 {
                std::thread::sleep(Duration::from_millis(20));
                continue;
            }
            let answer = answer.expect(200).json();
            // What is caught up after a crash comes a little later.
            if answer["unread"] == 0 && answer["events"].as_u64() >= Some(events) {
                return answer;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "{answer}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn file(&self) -> PathBuf {
        self.site.data().join("live/activity.ndjson")
    }

    /// Another run of the server; in between, something happens to its files.
    fn again(&mut self, between: impl FnOnce(&Asked)) {
        let upto = self.site.server().intake.spool.end().0;
        while self.site.server().live.next.load(Ordering::Relaxed) < upto {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.site.stop();
        between(self);
        self.site.start();
        (self.person, self.source) = (self.site.again(&self.person), self.site.again(&self.source));
    }
}

#[test]
fn it_says_who_was_seen_with_an_address_and_what_was_looked_at() {
    let asked = Asked::new();
    asked.send(&LOGINS.map(login).concat());
    let answer = asked.ask(ADDRESS, 5);
    assert_eq!(answer["events"], 5);
    assert_eq!(answer["hosts"], json!({"count": 3, "exact": true, "names": ["web-01", "web-02", "db-01"]}));
    assert_eq!(answer["accounts"]["names"], json!(["svc-backup", "ops1", "dev1"]));
    assert_eq!(answer["hours"].as_array().unwrap().len(), 1);
    assert_eq!(answer["hours"][0]["hour"], "2026-11-22T03:00:00Z");
    let example = &answer["hours"][0]["examples"][0];
    assert_eq!((&example["source"], &example["record"]), (&json!("hosts"), &json!(0)));
    let source = &answer["sources"][0];
    assert_eq!(
        (&source["source"], &source["events"], &source["gaps"]),
        (&json!("hosts"), &json!(5), &json!([]))
    );
    assert_eq!((&answer["since"], &answer["forgotten"]), (&json!("2026-11-22T03:00:00Z"), &json!(false)));
    // The account's side of it, by whichever letters it is asked for.
    let account = asked.ask("/api/v1/activity?kind=account&value=SVC-Backup", 3);
    assert_eq!(account["hosts"]["names"], json!(["web-01", "web-02", "db-01"]));
    // Nothing was seen, and it is said what was looked at.
    let nobody = asked.ask("/api/v1/activity?kind=account&value=nobody-knows", 0);
    assert_eq!((&nobody["events"], &nobody["sources"][0]["events"]), (&json!(0), &json!(5)));
    // Before the hour and after it.
    let before = "&from=2026-11-21T00:00:00Z&to=2026-11-22T02:59:59Z";
    assert_eq!(asked.ask(&format!("{ADDRESS}{before}"), 0)["events"], 0);
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let asked = Asked::new();
    let refused = [
        ("kind=address&value=127.0.0.1", 422),
        ("kind=host&value=localhost", 422),
        ("kind=hash&value=abc", 422),
        ("kind=host&value=web-01&from=2026-11-22T04:00:00Z&to=2026-11-22T03:00:00Z", 422),
        ("kind=process&value=sshd", 400),
        ("kind=host", 400),
        ("kind=host&value=web-01&since=1h", 400),
    ];
    for (query, status) in refused {
        asked.person.get(&format!("/api/v1/activity?{query}")).expect(status);
    }
}

#[test]
fn it_is_the_same_after_a_stop_a_crash_and_damage() {
    let mut asked = Asked::new();
    let whole = |answer: &Value| {
        let mut answer = answer.clone();
        answer.as_object_mut().unwrap().retain(|name, _| !matches!(name.as_str(), "from" | "to"));
        answer
    };
    asked.send(&LOGINS[..2].iter().map(|one| login(*one)).collect::<String>());
    let first = asked.ask(ADDRESS, 2);
    let older = std::cell::RefCell::new(Vec::new());
    asked.again(|asked| *older.borrow_mut() = fs::read(asked.file()).unwrap());
    assert_eq!(whole(&asked.ask(ADDRESS, 2)), whole(&first));
    asked.send(&LOGINS[2..].iter().map(|one| login(*one)).collect::<String>());
    let second = asked.ask(ADDRESS, 5);
    assert_eq!(second["events"], 5);
    asked.again(|_| ());
    assert_eq!(whole(&asked.ask(ADDRESS, 5)), whole(&second));
    // As after a crash: how far the spool was read is newer than the file.
    asked.again(|asked| fs::write(asked.file(), &*older.borrow()).unwrap());
    assert_eq!(whole(&asked.ask(ADDRESS, 5)), whole(&second));
    // The end of the file is missing, or all of it.
    asked.again(|asked| {
        let bytes = fs::read(asked.file()).unwrap();
        fs::write(asked.file(), &bytes[..bytes.len() - 9]).unwrap();
    });
    assert_eq!(whole(&asked.ask(ADDRESS, 5)), whole(&second));
    asked.again(|asked| fs::remove_file(asked.file()).unwrap());
    assert_eq!(whole(&asked.ask(ADDRESS, 5)), whole(&second));
}

//! How often somebody may try, however they try.

use super::site::{PASSWORD, Site};
use cofferdam_journal::Fact;
use cofferdam_serve::Settings;
use rustix::process::{Resource, getrlimit, setrlimit};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

fn wrong(account: &str) -> Value {
    json!({"account": account, "password": "a wrong one, I fear"})
}

/// What so many requests are answered with that are all under way at the same moment.
fn at_once(site: &Site, body: &str, count: usize) -> Vec<u16> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    let request = format!(
        "POST /api/v1/session HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        site.address(),
        body.len()
    );
    let (all, last) = request.as_bytes().split_at(request.len() - 1);
    let connect = |_| {
        let mut stream = TcpStream::connect(site.address()).unwrap();
        stream.write_all(all).unwrap();
        stream
    };
    let mut streams: Vec<TcpStream> = (0..count).map(connect).collect();
    // Every one of them waits for its last byte.
    streams.iter_mut().for_each(|stream| stream.write_all(last).unwrap());
    let status = |stream: &mut TcpStream| {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0)
    };
    streams.iter_mut().map(status).collect()
}

#[test]
fn v6_3_1_a_thousand_logins_at_once_admit_as_many_as_are_configured() {
    let mut settings = Settings::default();
    settings.login.attempts = 7;
    let mut site = Site::with(settings);
    site.administrator();
    let statuses = at_once(&site, &wrong("admin1").to_string(), 1000);
    let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!((count(401), count(429)), (7, 993), "{statuses:?}");
    let right = json!({"account": "admin1", "password": PASSWORD});
    let turned_away = site.nobody().post("/api/v1/session", &right).expect(429);
    assert_eq!(
        turned_away.header("retry-after"),
        Some("901"),
        "even with the right password, and they are told when"
    );
    site.stop();
    let facts: Vec<Fact> = site.entries().into_iter().map(|entry| entry.fact).collect();
    let failed = facts.iter().filter(|fact| matches!(fact, Fact::LoginFailed(_))).count();
    let turned_away: u64 = facts
        .iter()
        .filter_map(
            |fact| if let Fact::LoginsThrottled(throttled) = fact { Some(throttled.count) } else { None },
        )
        .sum();
    assert_eq!((failed, turned_away), (7, 994), "each attempt is told of, or counted");
}

#[test]
fn v6_3_1_the_right_password_at_once_is_counted_too() {
    let mut settings = Settings::default();
    settings.login.attempts = 3;
    let site = Site::with(settings);
    site.administrator();
    let statuses = at_once(&site, &wrong("nobody-of-this-name").to_string(), 100);
    assert_eq!(
        statuses.iter().filter(|status| **status == 401).count(),
        3,
        "accounts that are not there, too"
    );
}

/// As a proxy that is believed sends requests on.
fn from(site: &Site, place: &str) -> super::site::Client {
    site.nobody().with("x-forwarded-for", place)
}

fn behind_a_proxy() -> Site {
    let mut settings = Settings { proxies: vec!["127.0.0.0/8".parse().unwrap()], ..Settings::default() };
    settings.login.attempts = 3;
    settings.login.account_attempts = 8;
    Site::with(settings)
}

#[test]
fn v6_3_1_attempts_are_counted_by_account_and_by_place() {
    let site = behind_a_proxy();
    site.administrator();
    let admitted = |places: std::ops::Range<u8>, account: &dyn Fn(u8) -> String, each: usize| {
        let tries = places.flat_map(|place| std::iter::repeat_n(place, each));
        tries
            .filter(|place| {
                let client = from(&site, &format!("192.0.2.{place}"));
                client.post("/api/v1/session", &wrong(&account(*place))).status == 401
            })
            .count()
    };
    assert_eq!(admitted(1..2, &|_| "ops1".to_owned(), 6), 3, "one account from one place");
    assert_eq!(admitted(2..9, &|_| "ops1".to_owned(), 1), 5, "one account from everywhere: eight in all");
    let mut n = 0..100;
    let mut other = || format!("account{}", n.next().unwrap());
    let from_one =
        (0..20).filter(|_| from(&site, "192.0.2.99").post("/api/v1/session", &wrong(&other())).status == 401);
    assert_eq!(from_one.count(), 8, "one place on all accounts");
    site.pass(16 * 60);
    assert_eq!(admitted(1..2, &|_| "ops1".to_owned(), 6), 3, "and again when the time has passed");
}

#[test]
fn v6_3_1_one_network_of_ipv6_is_one_place() {
    let site = behind_a_proxy();
    let admitted = (0..10).filter(|n| {
        from(&site, &format!("2001:db8:0:1::{n}")).post("/api/v1/session", &wrong("ops1")).status == 401
    });
    assert_eq!(admitted.count(), 3);
}

#[test]
fn v6_3_1_a_forged_forwarding_header_changes_nothing() {
    let site = Site::new();
    let admitted = (0..40)
        .filter(|n| {
            let client = from(&site, &format!("192.0.2.{n}")).with("forwarded", &format!("for=192.0.2.{n}"));
            let client = client.with("x-real-ip", &format!("192.0.2.{n}"));
            client.post("/api/v1/session", &wrong("ops1")).status == 401
        })
        .count();
    assert_eq!(admitted, 10, "whoever sends it is no proxy of ours");
    let site = behind_a_proxy();
    let admitted = (0..40)
        .filter(|n| {
            // What stands to the left, the client wrote.
            let client = from(&site, &format!("192.0.2.{n}, 198.51.100.7"));
            client.post("/api/v1/session", &wrong("ops1")).status == 401
        })
        .count();
    assert_eq!(admitted, 3);
}

#[test]
fn v6_3_1_links_are_tried_no_more_often_than_passwords() {
    let site = Site::new();
    let tries = |path: &str| {
        let body =
            |n: u32| json!({"secret": format!("guess-{n}"), "account": "mallory", "password": PASSWORD});
        let short = |n: u32| json!({"secret": format!("guess-{n}"), "password": PASSWORD});
        let sent = (0..60).map(|n| if path.ends_with("setup") { body(n) } else { short(n) });
        sent.filter(|body| site.nobody().post(path, body).status == 403).count()
    };
    assert_eq!(tries("/api/v1/setup"), 10);
    assert_eq!(tries("/api/v1/enrolment"), 40, "one place may try 50 times in all");
}

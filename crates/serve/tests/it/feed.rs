//! The live feed: what it says, to whom, from where on, and when it ends.

use super::feed_reader::{Feed, Said};
use super::recording::{OPEN, RESTRICTED, alert, case, counted, evidence, incident, renamed};
use super::site::{Client, Site};
use cofferdam_journal::{Fact, Personal, StreamId, TeamRole};
use cofferdam_serve::Settings;
use cofferdam_serve::settings::{Limits, Pace};
use cofferdam_vocabulary::{TokenId, UserId};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Within this an open feed ends once it may not go on.
const SOON: Duration = Duration::from_secs(1);

/// A server with an open and a restricted incident, and somebody (`USR-0001`) with a role, not named by the latter.
fn prepared(role: TeamRole, settings: Settings) -> (Site, Client) {
    let mut site = Site::with(settings);
    site.stop();
    let person = site.person("reader", &[role]);
    site.offline(|journal| {
        case(journal, OPEN, &[]);
        case(journal, RESTRICTED, &[UserId(9)]);
    });
    site.start();
    let person = site.again(&person);
    (site, person)
}

fn user() -> StreamId {
    StreamId::User(UserId(1))
}

#[track_caller]
fn open(client: &Client, query: &str) -> Feed {
    let mut feed = client.feed(query, None).unwrap_or_else(|status| panic!("{status}"));
    // It says at once where it begins.
    while feed.last.is_none() {
        assert!(matches!(feed.line(), Said::Other));
    }
    feed
}

/// That nothing more comes but the end, in time.
#[track_caller]
fn ends(feed: &mut Feed) {
    let began = Instant::now();
    loop {
        match feed.line() {
            Said::Other => {}
            Said::End => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[test]
fn what_is_recorded_comes_at_once_with_its_position() {
    let (site, person) = prepared(TeamRole::Responder, Settings::default());
    let mut feed = open(&person, "");
    let size = *site.server().ledger.grown().borrow();
    assert_eq!(feed.last, Some((size - 1).to_string()));
    site.note(incident(OPEN), vec![renamed("one\r\ndata: forged\n\nid: 3")]);
    let began = Instant::now();
    let (kind, entry) = feed.event().unwrap();
    assert!(began.elapsed() < Duration::from_millis(300), "{:?}", began.elapsed());
    assert_eq!(kind, "incident-renamed");
    assert_eq!(entry["position"], size);
    assert_eq!(entry["stream"], "incident/INC-0001");
    assert_eq!(entry["fact"]["title"], "one\r\ndata: forged\n\nid: 3");
}

#[test]
fn a_feed_begins_where_it_is_told() {
    let (site, person) = prepared(TeamRole::Auditor, Settings::default());
    site.note(incident(OPEN), vec![renamed("last")]);
    let from = |query: &str, last: Option<&str>| {
        person.feed(query, last).unwrap().until("incident-renamed").first().copied()
    };
    assert_eq!(from("?after=-1", None), Some(0));
    assert_eq!(from("?after=3", None), Some(4));
    assert_eq!(from("", Some("-1")), Some(0));
    assert_eq!(from("?after=-1", Some("3")), Some(4), "what was seen last is newer than the address");
}

#[test]
fn what_is_no_position_is_refused() {
    let (site, person) = prepared(TeamRole::Responder, Settings::default());
    let end = *site.server().ledger.grown().borrow();
    let ids = ["", "x", "-2", "1.5", "+1", "01", "0x1", "9223372036854775807", "18446744073709551616", "1,2"];
    for id in ids {
        assert_eq!(person.feed("", Some(id)).err(), Some(400), "{id:?}");
    }
    assert!(person.feed("", Some(&(end - 1).to_string())).is_ok());
    assert_eq!(person.feed("", Some(&end.to_string())).err(), Some(409), "this journal has no such entry");
    for query in
        ["?after=-2", "?after=x", "?after=9007199254740992", "?after=1&after=2", "?before=1", "?filter=("]
    {
        assert_eq!(person.feed(query, None).err(), Some(400), "{query}");
    }
}

#[test]
fn a_filter_leaves_out_what_it_does_not_take() {
    let (site, person) = prepared(TeamRole::Responder, Settings::default());
    let mut feed = open(&person, "?filter=kind:%20alert-*");
    for number in 2..5 {
        site.note(incident(OPEN), vec![renamed("no")]);
        site.note(alert(OPEN), vec![counted(number)]);
        let (kind, entry) = feed.event().unwrap();
        assert_eq!((kind.as_str(), &entry["fact"]["matches"]), ("alert-counted", &number.into()));
    }
}

#[test]
fn v8_3_2_a_feed_ends_when_its_token_is_revoked() {
    let (site, person) = prepared(TeamRole::Responder, Settings::default());
    let mut feed = open(&person, "");
    site.note(user(), vec![Fact::TokenRevoked { token: TokenId(1_u64.to_be_bytes()) }]);
    site.note(incident(OPEN), vec![renamed("too late")]);
    ends(&mut feed);
    assert_eq!(person.feed("", None).err(), Some(401));
}

#[test]
fn a_feed_ends_when_its_token_expires_or_its_user_is_disabled() {
    let (site, person) = prepared(TeamRole::Responder, Settings::default());
    let (mut first, other) = (open(&person, ""), Fact::UserDisabled);
    site.note(user(), vec![other]);
    ends(&mut first);
    site.note(user(), vec![Fact::UserEnabled]);
    let mut second = open(&person, "");
    site.pass(25 * 3600);
    ends(&mut second);
}

#[test]
fn a_feed_ends_with_the_session_that_opened_it() {
    let site = Site::new();
    let admin = site.administrator();
    let mut feed = open(&admin, "");
    admin.send("DELETE", "/api/v1/session", None).expect(204);
    ends(&mut feed);
}

#[test]
fn v8_3_2_a_feed_follows_the_roles_of_its_user() {
    let (site, person) = prepared(TeamRole::Responder, Settings::default());
    let mut feed = open(&person, "");
    site.note(alert(OPEN), vec![counted(2)]);
    assert_eq!(feed.event().unwrap().0, "alert-counted");
    let roles = [TeamRole::Communications].into();
    site.note(user(), vec![Fact::RolesChanged { roles }]);
    site.note(alert(OPEN), vec![counted(3)]);
    site.note(incident(OPEN), vec![renamed("still seen")]);
    assert_eq!(feed.event().unwrap().0, "incident-renamed", "alerts are not for this role");
}

#[test]
fn what_is_restricted_vanishes_from_open_feeds_at_once() {
    let (site, person) = prepared(TeamRole::Responder, Settings::default());
    let mut feed = open(&person, "");
    site.note(incident(RESTRICTED), vec![renamed("hidden")]);
    site.note(alert(RESTRICTED), vec![counted(2)]);
    let to = [UserId(9)].into();
    // Recorded together: nothing of it may be told before it is known that it is restricted.
    site.note(incident(OPEN), vec![Fact::IncidentRestricted { to }, renamed("hidden")]);
    site.note(alert(OPEN), vec![counted(2)]);
    site.note(evidence(1), vec![Fact::EvidenceViewed]);
    assert_eq!(feed.event().unwrap().0, "evidence-viewed");
    let seen = person.feed("?after=-1", None).unwrap().until("evidence-viewed");
    assert_eq!(
        seen.len(),
        3,
        "of both incidents and their alerts nothing, of the open evidence all: {seen:?}"
    );
    site.note(incident(OPEN), vec![Fact::IncidentOpenedUp]);
    assert_eq!(feed.event().unwrap().0, "incident-opened-up");
    let seen = person.feed("?after=-1", None).unwrap().until("incident-opened-up");
    assert_eq!(seen.len(), 3 + 5 + 2, "and now all of the open incident and its alert, too: {seen:?}");
}

#[test]
fn a_silent_feed_gives_signs_of_life_and_says_where_it_is() {
    let pace = Pace { heartbeat: Duration::from_millis(200), ..Pace::default() };
    let (site, person) = prepared(TeamRole::Communications, Settings { pace, ..Settings::default() });
    let mut feed = open(&person, "");
    let before: u64 = feed.last.clone().unwrap().parse().unwrap();
    site.note(alert(OPEN), vec![counted(2)]);
    let began = Instant::now();
    while feed.last.clone().unwrap() == before.to_string() {
        assert!(matches!(feed.line(), Said::Other));
        assert!(began.elapsed() < Duration::from_secs(5));
    }
    assert_eq!(feed.last, Some((before + 1).to_string()), "it was passed over, and need not be again");
}

#[test]
fn there_are_so_many_feeds_and_no_more() {
    let limits = Limits { feeds: 22, ..Settings::default().limits };
    let (mut site, first) = prepared(TeamRole::Observer, Settings { limits, ..Settings::default() });
    let second = site.person("second", &[TeamRole::Observer]);
    let first = site.again(&first);
    let mut open: Vec<Feed> = (0..20).map(|_| open(&first, "")).collect();
    assert_eq!(first.feed("", None).err(), Some(503), "20 are enough for one");
    let answer = first.get("/api/v1/feed").expect(503);
    assert_eq!((answer.problem().as_str(), answer.header("retry-after")), ("unavailable", Some("10")));
    open.extend((0..2).map(|_| second.feed("", None).unwrap()));
    assert_eq!(second.feed("", None).err(), Some(503), "22 are all");
    open.clear();
    let began = Instant::now();
    while second.feed("", None).is_err() {
        assert!(began.elapsed() < Duration::from_secs(5), "places come back");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_end_of_the_server_ends_feeds_in_good_order() {
    let (mut site, person) = prepared(TeamRole::Responder, Settings::default());
    let mut feed = open(&person, "");
    let began = Instant::now();
    site.stop();
    assert!(matches!(feed.line(), Said::End), "the answer is complete as HTTP has it");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

/// A connection whose end here takes little that is not read.
fn narrow(address: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(address).await.unwrap()
    });
    let stream = stream.into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream
}

/// Kilobytes of memory of this process.
fn memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn whoever_reads_nothing_costs_no_memory_and_is_let_go() {
    let pace = Pace { taking: Duration::from_millis(1500), ..Pace::default() };
    let (site, person) = prepared(TeamRole::Responder, Settings { pace, ..Settings::default() });
    // 12 MB of facts, more than all buffers on the way.
    let title = "x".repeat(4 << 10);
    for _ in 0..60 {
        site.note(
            incident(OPEN),
            (0..50).map(|_| Fact::IncidentRenamed { title: Personal::of(&title) }).collect(),
        );
    }
    let feeds = || site.server().feeds.taken();
    let before = memory_kb();
    let token = person.token.clone().unwrap();
    let idle: Vec<TcpStream> = (0..10)
        .map(|_| {
            let mut stream = narrow(site.address());
            let host = site.address();
            let ask = format!(
                "GET /api/v1/feed?after=-1 HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"
            );
            stream.write_all(ask.as_bytes()).unwrap();
            stream
        })
        .collect();
    std::thread::sleep(Duration::from_millis(800));
    assert_eq!(feeds(), 10);
    let grown = memory_kb().saturating_sub(before);
    assert!(grown < 60_000, "{grown} kB for 10 feeds of 12 MB that nobody reads");
    let began = Instant::now();
    while feeds() > 0 {
        assert!(began.elapsed() < Duration::from_secs(10), "they are let go");
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(idle);
}

#[test]
fn a_feed_is_framed_as_http_1_1_says() {
    let (site, person) = prepared(TeamRole::Responder, Settings::default());
    let mut stream = TcpStream::connect(site.address()).unwrap();
    let ask = |method: &str| {
        let token = person.token.as_deref().unwrap();
        format!(
            "{method} /api/v1/feed HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\r\n",
            site.address()
        )
    };
    // HEAD opens no feed, and leaves the connection for what comes next.
    stream.write_all(format!("{}{}", ask("HEAD"), ask("GET")).as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !text.contains("retry:") {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "{text}");
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    assert_eq!(text.matches("HTTP/1.1 200 OK\r\n").count(), 2, "{text}");
    assert_eq!(text.matches("content-type: text/event-stream\r\n").count(), 2, "{text}");
    assert!(text.contains("transfer-encoding: chunked\r\n"), "{text}");
    assert!(text.contains("x-accel-buffering: no\r\n"), "{text}");
}

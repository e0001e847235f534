//! What the index answers.

use super::{Activity, Bounds, Gap, HOURS, Head, Row};
use crate::correlation::Parties;
use cofferdam_vocabulary::{Entity, EntityKind, Role};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

fn at(hour: i64) -> Timestamp {
    "2026-03-02T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour)
}

fn event(host: &str, account: &str, address: &str) -> Parties {
    let entity = |kind, value: &str, role| Entity { kind, value: value.to_owned(), role };
    Parties {
        entities: vec![
            entity(EntityKind::Host, host, Role::Observer),
            entity(EntityKind::Account, account, Role::Target),
            entity(EntityKind::Address, address, Role::Actor),
        ],
        session: Some("7".to_owned()),
    }
}

fn noted(events: &[(i64, &str, &str)], bounds: Bounds) -> Activity {
    let mut activity = Activity::new(bounds, 42);
    let source: Arc<str> = "auth".into();
    for (record, (hour, host, account)) in (0..).zip(events) {
        activity.note(&event(host, account, "192.0.2.7"), at(*hour), &source, record, at(*hour));
    }
    activity
}

#[test]
fn it_tells_who_used_an_address_by_the_hour_and_what_it_has_seen() {
    let activity =
        noted(&[(0, "web-01", "dev1"), (0, "web-02", "dev1"), (3, "web-01", "ops1")], Bounds::default());
    let answer = activity.answer(EntityKind::Address, "192.0.2.7", at(0), at(4));
    let names = |seen: &super::Seen| seen.names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!((answer.events, answer.hours.len()), (3, 2));
    assert_eq!(names(&answer.hosts), ["web-01", "web-02"]);
    assert_eq!(names(&answer.accounts), ["dev1", "ops1"]);
    assert_eq!(names(&answer.sessions), ["web-01/7", "web-02/7"]);
    assert!(answer.hosts.exact && !answer.forgotten);
    assert_eq!(answer.hours[1].examples[0].record, 2);
    assert_eq!(answer.since, Some(at(0)));
    let gaps = [Gap { from: at(1), to: at(3) }, Gap { from: at(4), to: at(5) }];
    assert_eq!((&*answer.covered[0].source, &*answer.covered[0].gaps), ("auth", &gaps[..]));
    assert_eq!(activity.answer(EntityKind::Address, "192.0.2.8", at(0), at(4)).events, 0);
    assert_eq!(activity.answer(EntityKind::Address, "192.0.2.7", at(1), at(2)).events, 0);
}

#[test]
fn what_is_old_or_from_the_future_is_not_noted_and_what_was_is_forgotten() {
    let mut activity = noted(&[(0, "web-01", "dev1"), (HOURS - 1, "web-02", "dev1")], Bounds::default());
    let source: Arc<str> = "auth".into();
    activity.note(&event("web-03", "dev1", "192.0.2.7"), at(-1), &source, 9, at(HOURS - 1));
    activity.note(&event("web-03", "dev1", "192.0.2.7"), at(HOURS + 9), &source, 9, at(HOURS - 1));
    assert_eq!(activity.counts().3, 2);
    activity.expire(at(HOURS));
    let answer = activity.answer(EntityKind::Address, "192.0.2.7", at(0), at(HOURS));
    assert_eq!((answer.events, answer.hosts.count), (1, 1));
    assert_eq!(activity.answer(EntityKind::Host, "web-01", at(0), at(HOURS)).events, 0);
}

#[test]
fn many_are_estimated_and_that_is_said() {
    let hosts: Vec<String> = (0..5_000).map(|host| format!("ws-{host:04}.example.org")).collect();
    let events: Vec<(i64, &str, &str)> = hosts
        .iter()
        .enumerate()
        .map(|(at, host)| ((at / 1_000) as i64, host.as_str(), "svc-backup"))
        .collect();
    let activity = noted(&events, Bounds::default());
    let answer = activity.answer(EntityKind::Account, "svc-backup", at(0), at(9));
    assert!(!answer.hosts.exact && answer.hosts.names.len() == 16);
    assert!((4_000..6_000).contains(&answer.hosts.count), "{}", answer.hosts.count);
    assert!(answer.hours.iter().all(|hour| (800..1_200).contains(&hour.hosts.count)));
}

#[test]
fn it_stays_within_its_bounds_and_says_when_it_forgot() {
    let hosts: Vec<String> = (0..2_000).map(|host| format!("ws-{host}")).collect();
    let events: Vec<(i64, &str, &str)> =
        hosts.iter().enumerate().map(|(at, host)| ((at % 50) as i64, host.as_str(), "dev1")).collect();
    let activity = noted(&events, Bounds { entities: 100, hours: 300 });
    let (entities, hours, evicted, _) = activity.counts();
    assert!(entities <= 100 && hours <= 300 && evicted > 1_000, "{entities} {hours} {evicted}");
    let answer = activity.answer(EntityKind::Host, "ws-0", at(0), at(50));
    assert!(answer.forgotten && answer.events == 0);
    // What is used all the time stays.
    assert!(activity.answer(EntityKind::Account, "dev1", at(0), at(50)).events > 1_500);
}

/// Written down and read again.
fn again(head: &Head, rows: &[Row]) -> Activity {
    let head: Head = serde_json::from_str(&serde_json::to_string(head).unwrap()).unwrap();
    let rows =
        rows.iter().map(|row| serde_json::from_str::<Row>(&serde_json::to_string(row).unwrap()).unwrap());
    Activity::load(head, rows, Bounds::default())
}

proptest! {
    #[test]
    fn it_tells_what_counting_tells(
        events in prop::collection::vec((0..30_i64, 0..5_u8, 0..4_u8), 0..80),
        (head_at, step) in (0..80_usize, 1..5_usize),
        (from, to) in (0..30_i64, 0..30_i64),
    ) {
        let texts: Vec<(i64, String, String)> = { events.iter() }
            .map(|(hour, host, account)| (*hour, format!("ws-{host}"), format!("dev{account}")))
            .collect();
        let events: Vec<(i64, &str, &str)> =
            texts.iter().map(|(hour, host, account)| (*hour, host.as_str(), account.as_str())).collect();
        let source: Arc<str> = "auth".into();
        let mut whole = Activity::new(Bounds::default(), 42);
        let (mut head, mut rows, mut place) = (whole.head(), Vec::new(), None);
        for (record, (hour, host, account)) in events.iter().enumerate() {
            // A row after the other is written down while it goes on.
            if record == head_at {
                (head, place) = (whole.head(), Some(usize::MAX));
            }
            if let Some(before) = place {
                let some = whole.rows(before, step);
                place = some.as_ref().map(|(_, start)| *start);
                rows.extend(some.into_iter().flat_map(|(rows, _)| rows));
            }
            whole.note(&event(host, account, "192.0.2.7"), at(*hour), &source, record as u64, at(*hour));
            whole.reached(record as u64 + 1);
        }
        while let Some((some, start)) = place.and_then(|before| whole.rows(before, step)) {
            rows.extend(some);
            place = Some(start);
        }
        // Read again, it goes on where the head was written, as if nothing had been.
        let mut again = again(&head, &rows);
        for (record, (hour, host, account)) in events.iter().enumerate().skip(head.next() as usize) {
            again.note(&event(host, account, "192.0.2.7"), at(*hour), &source, record as u64, at(*hour));
        }
        for activity in [&whole, &again] {
            let answer = activity.answer(EntityKind::Account, "dev1", at(from), at(to));
            let own = || events.iter().filter(|(hour, _, account)| *account == "dev1" && (from..=to).contains(hour));
            let hosts: BTreeSet<&str> = own().map(|(_, host, _)| *host).collect();
            prop_assert_eq!(answer.events, own().count() as u64);
            prop_assert_eq!(answer.hosts.names.iter().map(|name| &**name).collect::<BTreeSet<_>>(), hosts);
            let covered = answer.covered.iter().map(|covered| covered.events).sum::<u64>();
            let within = events.iter().filter(|(hour, ..)| (from..=to).contains(hour)).count();
            prop_assert_eq!(covered, within as u64);
        }
    }
}

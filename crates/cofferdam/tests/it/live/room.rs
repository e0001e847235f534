//! SIGKILL at random moments while people write notes, move alerts between incidents, and merge and unmerge others: what was
//! acknowledged is there once, and what is done in several streams at once is done in all of them or in none.

use super::kills::{Dice, number};
use super::site::Site;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Kills in a test of every day; `COFFERDAM_LIVE_KILLS` says otherwise.
const KILLS: u64 = 5;
/// The longest that a server lives.
const LIFE_MS: u64 = 800;

/// What came of a request.
#[derive(Clone, Debug)]
enum Answer {
    Done(Value),
    Refused(u16),
    /// The server was gone: it may have been carried out or not.
    Unknown,
}

/// Somebody who asks over HTTP.
#[derive(Clone)]
struct Client {
    url: String,
    token: String,
}

impl Client {
    fn of(site: &Site) -> Client {
        let kept = std::fs::read_to_string(site.path("home/cofferdam/login.json")).unwrap();
        let start = kept.find("cfd_").expect("a token is kept");
        let token = kept[start..].split('"').next().unwrap().to_owned();
        Client { url: site.url.clone(), token }
    }

    fn answer(asked: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
        match asked {
            Ok(mut answer) => match answer.body_mut().read_to_string() {
                Ok(text) => Answer::Done(serde_json::from_str(&text).unwrap_or_default()),
                Err(_) => Answer::Unknown,
            },
            Err(ureq::Error::StatusCode(status)) if status < 500 => Answer::Refused(status),
            Err(_) => Answer::Unknown,
        }
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        let asked = ureq::post(format!("{}/api/v1/{path}", self.url))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .send(body.to_string());
        Client::answer(asked)
    }

    fn get(&self, path: &str) -> Value {
        let asked = ureq::get(format!("{}/api/v1/{path}", self.url))
            .header("authorization", format!("Bearer {}", self.token))
            .call();
        match Client::answer(asked) {
            Answer::Done(value) => value,
            other => panic!("{path}: {other:?}"),
        }
    }

    /// Opens an incident of these alerts.
    fn open(&self, alerts: &[String]) -> String {
        let body = json!({"title": "By hand", "severity": "low", "reason": "x", "move": true,
            "filter": format!("id in ({})", alerts.join(", "))});
        match self.post("incidents", &body) {
            Answer::Done(opened) => opened["id"].as_str().unwrap().to_owned(),
            other => panic!("an incident is opened: {other:?}"),
        }
    }

    /// Where each alert is.
    fn homes(&self) -> BTreeMap<String, Option<String>> {
        let rows = self.get("alerts?limit=200&order=oldest");
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let rows = rows["items"].as_array().unwrap().iter();
        rows.map(|row| (text(&row["id"]).unwrap(), text(&row["incident"]))).collect()
    }
}

/// What somebody wrote: surely there once, and perhaps there.
#[derive(Default)]
struct Written {
    surely: BTreeSet<String>,
    perhaps: BTreeSet<String>,
}

fn write(client: &Client, incident: &str, over: &AtomicBool) -> Written {
    let mut written = Written::default();
    for number in 0.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let text = format!("note {number}");
        match client.post(&format!("incidents/{incident}/notes"), &json!({"text": text})) {
            Answer::Done(_) => drop(written.surely.insert(text)),
            // An incident has room for so many and no more.
            Answer::Refused(409) => break,
            Answer::Refused(status) => panic!("a note was refused: {status}"),
            Answer::Unknown => {
                written.perhaps.insert(text);
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
    written
}

/// Moves an alert to and fro between incidents; where it may be.
fn shift(client: &Client, alert: &str, between: [&str; 2], over: &AtomicBool) -> (u64, BTreeSet<String>) {
    let (mut moves, mut may_be) = (0, BTreeSet::from([between[0].to_owned()]));
    for turn in 1_usize.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let to = between[turn % 2];
        let body = json!({"filter": format!("id = {alert}"), "reason": "x", "move": true});
        match client.post(&format!("incidents/{to}/attach"), &body) {
            Answer::Done(_) => {
                moves += 1;
                may_be = BTreeSet::from([to.to_owned()]);
            }
            Answer::Refused(status) => panic!("an alert was not moved: {status}"),
            Answer::Unknown => {
                may_be.insert(to.to_owned());
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
    (moves, may_be)
}

/// Merges an incident into another and takes it back, again and again; how often.
fn merge(client: &Client, part: &str, into: &str, over: &AtomicBool) -> u64 {
    let mut done = 0;
    while !over.load(Ordering::Relaxed) {
        let merge = json!({"into": into, "reason": "x"});
        let unmerge = json!({"reason": "x"});
        for (what, body) in [("merge", &merge), ("unmerge", &unmerge)] {
            match client.post(&format!("incidents/{part}/{what}"), body) {
                Answer::Done(_) => done += 1,
                // The one before was carried out, though nobody heard of it.
                Answer::Refused(_) => {}
                Answer::Unknown => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }
    done
}

/// Counts and what incidents say of themselves are what the list of alerts says; a merge is whole.
fn check(client: &Client, part: &str, into: &str, own: &[String]) {
    let homes = client.homes();
    let rows = client.get("incidents?limit=200");
    for row in rows["items"].as_array().unwrap() {
        let id = row["id"].as_str().unwrap();
        let has =
            || homes.iter().filter(|(_, home)| home.as_deref() == Some(id)).map(|(alert, _)| alert.as_str());
        assert_eq!(row["alert_count"], has().count(), "{id}");
        if row["merged_into"].is_null() {
            let whole = client.get(&format!("incidents/{id}"));
            let says: BTreeSet<&str> = whole["alerts"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["alert"].as_str().unwrap())
                .collect();
            assert_eq!(says, has().collect(), "{id}");
        }
    }
    let is_merged = !client.get(&format!("incidents/{part}"))["merged_into"].is_null();
    for alert in own {
        assert_eq!(homes[alert].as_deref(), Some(if is_merged { into } else { part }), "{alert}");
    }
}

#[test]
fn kills_lose_nothing_that_people_did_and_leave_nothing_half_done() {
    let kills = number("COFFERDAM_LIVE_KILLS").unwrap_or(KILLS);
    let seed = number("COFFERDAM_SEED").unwrap_or(Timestamp::now().as_microsecond().unsigned_abs());
    println!("room kills: COFFERDAM_SEED={seed}");
    let site = Site::new("");
    site.begin();
    site.replay(&["--speed", "100"]).expect(0);
    site.until_read();
    let client = Client::of(&site);
    let alerts: Vec<String> = client.homes().into_keys().collect();
    let [one, two, part, into] = [0..3, 3..6, 6..8, 8..10].map(|range| client.open(&alerts[range]));
    let over = AtomicBool::new(false);
    let (written, moved, merged) = std::thread::scope(|scope| {
        let notes = scope.spawn(|| write(&client, &one, &over));
        let moves = scope.spawn(|| shift(&client, &alerts[0], [&one, &two], &over));
        let merges = scope.spawn(|| merge(&client, &part, &into, &over));
        let mut dice = Dice(seed);
        for _ in 0..kills {
            std::thread::sleep(Duration::from_millis(dice.roll(LIFE_MS)));
            site.kill();
            site.start();
        }
        std::thread::sleep(Duration::from_millis(300));
        over.store(true, Ordering::Relaxed);
        (notes.join().unwrap(), moves.join().unwrap(), merges.join().unwrap())
    });
    check(&client, &part, &into, &alerts[6..8]);
    let mut notes: BTreeMap<String, u64> = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = client.get(&format!("incidents/{one}/notes?limit=200&after={after}"));
        for note in page["items"].as_array().unwrap() {
            *notes.entry(note["text"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        match page["next"].as_u64() {
            Some(next) => after = next,
            None => break,
        }
    }
    let (moves, may_be) = moved;
    println!("room kills: {kills} kills, {} notes, {moves} moves, {merged} merges", written.surely.len());
    assert!(notes.values().all(|count| *count == 1), "{notes:?}");
    let there: BTreeSet<String> = notes.into_keys().collect();
    assert_eq!(written.surely.difference(&there).next(), None, "a note was lost");
    let known = written.surely.union(&written.perhaps).cloned().collect();
    assert_eq!(there.difference(&known).next(), None, "a note that nobody wrote");
    assert!(may_be.contains(client.homes()[&alerts[0]].as_deref().unwrap_or_default()), "{may_be:?}");
    assert!(!written.surely.is_empty() && moves > 0 && merged > 0, "next to nothing was done");
}

//! SIGKILL at random moments while events come over HTTP, in a followed file that is rotated, and over TCP.

use super::outcome::{Outcome, spooled};
use super::site::{Site, free_port};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Kills in a test of every day; `COFFERDAM_LIVE_KILLS` says otherwise.
const KILLS: u64 = 5;
/// The longest that a server lives.
const LIFE_MS: u64 = 1500;
/// How long the recording lasts, in seconds.
const RECORDED_S: u64 = 300;

/// Dice that fall the same way for the same seed.
pub struct Dice(pub u64);

impl Dice {
    /// A number below that one.
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// A number that the environment gives.
pub fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn kills_lose_and_double_no_event_and_change_nothing_that_is_found() {
    let kills = number("COFFERDAM_LIVE_KILLS").unwrap_or(KILLS);
    let seed = number("COFFERDAM_SEED").unwrap_or(Timestamp::now().as_microsecond().unsigned_abs());
    println!("live kills: COFFERDAM_SEED={seed}");
    let (port, log) = (free_port(), tempfile::tempdir().unwrap());
    let path = log.path().join("auth.log");
    let site = Site::new(&format!(
        "[sources.file]\nfile = {path:?}\nfrom_start = true\n[sources.stream]\ntcp = \"127.0.0.1:{port}\"\n"
    ));
    site.begin();
    let lasts = kills * (LIFE_MS / 2 + 200) / 1000 + 3;
    let speed = (RECORDED_S / lasts).max(1).to_string();
    let player = site.replaying(&["--speed", &speed]);
    let over = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let file = scope.spawn(|| write(&path, &over));
        let stream = scope.spawn(|| stream(port, &over));
        let mut dice = Dice(seed);
        for _ in 0..kills {
            std::thread::sleep(Duration::from_millis(dice.roll(LIFE_MS)));
            site.kill();
            site.start();
        }
        let played = crate::ran(player.wait_with_output().unwrap()).expect(0);
        over.store(true, Ordering::Relaxed);
        assert!(played.stdout.contains("records taken"), "{}", played.stdout);
        (file.join().unwrap(), stream.join().unwrap())
    });
    until_followed(&site, written.0.len() as u64);
    told("killed", &site);
    site.end();
    check(&site, &written.0, &written.1);
    let found = Outcome::of(&site.data());
    println!(
        "live kills: {kills} kills, {} records of which {} over HTTP, {} in the file, {} over TCP; {} alerts, {} incidents",
        found.records,
        2682,
        written.0.len(),
        written.1.len(),
        found.alerts.len(),
        found.incidents.len()
    );
    let wanted = undisturbed(&site);
    let only = |a: &Outcome, b: &Outcome| a.alerts.difference(&b.alerts).cloned().collect::<Vec<String>>();
    assert_eq!(only(&found, &wanted), only(&wanted, &found), "as if nobody had killed it");
    assert_eq!(found.incidents, wanted.incidents);
    assert_eq!(found, wanted);
}

/// Prints how many matches are kept, and how many were let go because there were too many.
fn told(which: &str, site: &Site) {
    let figure = |name: &str| site.figure(&format!("cofferdam_live_{name}")).unwrap_or_default();
    let (kept, bytes, crowded) = (figure("kept"), figure("kept_bytes"), figure("crowded_out_total"));
    println!("live kills: {which}: {kept} matches kept, {bytes} bytes; {crowded} let go early");
}

/// One guess at a password after the other, from a few addresses, and the file is moved away now and then.
fn write(path: &Path, over: &AtomicBool) -> Vec<String> {
    let (mut lines, mut file) = (Vec::new(), File::create(path).unwrap());
    while !over.load(Ordering::Relaxed) {
        let number = lines.len();
        let line = format!(
            "{} db-01 sshd[{number}]: Failed password for deploy from 203.0.113.{} port {} ssh2",
            Timestamp::now(),
            number % 7 + 1,
            1024 + number
        );
        writeln!(file, "{line}").unwrap();
        lines.push(line);
        if lines.len() % 200 == 0 {
            fs::rename(path, path.with_extension(format!("log.{}", lines.len() / 200))).unwrap();
            file = OpenOptions::new().create_new(true).append(true).open(path).unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    lines
}

/// What nobody acknowledges: each line is there once, or not at all when the server was away.
fn stream(port: u16, over: &AtomicBool) -> Vec<String> {
    let (mut lines, mut stream) = (Vec::new(), None);
    while !over.load(Ordering::Relaxed) {
        let number = lines.len();
        let line = format!(
            "<38>1 {} mail-01 sshd {number} - - Failed password for root from 198.51.100.{} port {} ssh2",
            Timestamp::now(),
            number % 3 + 1,
            1024 + number
        );
        stream = stream.or_else(|| TcpStream::connect(("127.0.0.1", port)).ok());
        let sent = stream.as_mut().is_some_and(|stream: &mut TcpStream| writeln!(stream, "{line}").is_ok());
        if !sent {
            stream = None;
        }
        lines.push(line);
        std::thread::sleep(Duration::from_millis(10));
    }
    lines
}

/// Waits until the file was read to its end, and everything was looked at.
fn until_followed(site: &Site, lines: u64) {
    let began = Instant::now();
    let wanted = |site: &Site| site.figure("cofferdam_source_events_total{source=\"file\"}");
    let before = wanted(site);
    while began.elapsed() < Duration::from_secs(20) && wanted(site) < Some(lines) {
        std::thread::sleep(Duration::from_millis(200));
        if began.elapsed() > Duration::from_secs(3) && wanted(site) == before {
            break;
        }
    }
    site.until_read();
    std::thread::sleep(Duration::from_secs(2));
}

/// Every event that was acknowledged, or lay in the file, is in the spool once; none of the stream is there twice.
fn check(site: &Site, file: &[String], stream: &[String]) {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let records = spooled(&site.data());
    let of = |name: &str| {
        let own = records.iter().filter(|(source, _)| source.split('\t').next() == Some(name));
        own.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect::<Vec<String>>()
    };
    assert_eq!(of("file"), file, "lines of the file are there in their order, each once");
    for line in of("stream") {
        *counts.entry(("stream".to_owned(), line)).or_default() += 1;
    }
    assert!(counts.values().all(|count| *count == 1), "no line of the stream is there twice");
    assert!(counts.keys().all(|(_, line)| stream.contains(line)), "nor one that was never sent");
    assert_eq!(of("web").len(), 2682, "what was played is there, each record once");
}

/// What a server finds in the same spool that nobody kills.
fn undisturbed(site: &Site) -> Outcome {
    let other = Site::new("");
    other.until_read();
    other.end();
    let spool = other.data().join("spool");
    fs::remove_dir_all(&spool).unwrap();
    fs::remove_dir_all(other.data().join("live")).unwrap();
    fs::create_dir(&spool).unwrap();
    for entry in fs::read_dir(site.data().join("spool")).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), spool.join(entry.file_name())).unwrap();
    }
    other.start();
    other.until_read();
    std::thread::sleep(Duration::from_secs(2));
    told("undisturbed", &other);
    other.end();
    Outcome::of(&other.data())
}

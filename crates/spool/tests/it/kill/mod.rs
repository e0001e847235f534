//! `SIGKILL` at any moment: what was acknowledged is there, once, in order, with its place and its identity.
//!
//! This program starts itself as the writers, kills it, and looks at what it left; the same spool goes on over all
//! kills. `COFFERDAM_KILLS` says how often.

mod writers;

use crate::random::{Random, number};
use crate::sample::rest;
use cofferdam_spool::{Reader, Seq, Spool};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use writers::{Ack, READY, WRITERS, bounds, file, identity, source};

/// What is known of the spool from outside.
#[derive(Default)]
struct Account {
    /// Records that were read, by all looks so far.
    next: u64,
    /// Acknowledged and not seen yet, by number of the record.
    open: BTreeMap<u64, Ack>,
    seen: u64,
    /// Numbers that each writer wrote, up to here, without a gap.
    written: BTreeMap<String, u64>,
}

#[test]
fn no_acknowledged_record_is_lost_or_doubled_by_a_kill() {
    let kills = number("COFFERDAM_KILLS").unwrap_or(20);
    let mut random = Random::of(Random::seed("spool kill"));
    let folder = tempfile::tempdir().unwrap();
    let mut account = Account::default();
    let (mut early, mut torn) = (0, 0);
    for kill in 1..=kills {
        let (acks, ready) = killed(folder.path(), &mut random);
        early += u64::from(!ready);
        for ack in acks {
            assert_eq!(account.open.insert(ack.seq, ack), None, "a number was acknowledged twice");
        }
        // Now and then the next writers find what those before left, and nobody looked in between.
        if kill < kills && random.once_in(4) {
            continue;
        }
        match checked(folder.path(), &mut account) {
            Ok(found) => torn += found,
            Err(wrong) => panic!("after kill {kill}: {wrong}"),
        }
    }
    println!("spool kill: {kills} kills ({early} of them while opening, {torn} torn tails cut off),");
    println!(
        "spool kill: {} acknowledged records checked, of {}, none lost, none doubled",
        account.seen, account.next
    );
    assert!(account.seen > kills, "the writers wrote next to nothing");
}

/// Runs the writers and kills them; what they acknowledged, and whether they had begun.
fn killed(folder: &Path, random: &mut Random) -> (Vec<Ack>, bool) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["kill::writers::write_until_killed", "--exact", "--ignored", "--nocapture"])
        .env("COFFERDAM_SPOOL", folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    // Some are killed while they start, open, and put right what those before left.
    let is_early = random.once_in(5);
    let mut ready = false;
    if !is_early {
        ready = lines.any(|line| line.ends_with(READY));
        assert!(ready, "the writers did not begin: {:?}", child.wait());
    }
    let waiter = std::thread::spawn({
        let wait = Duration::from_micros(u64::try_from(random.below(60_000)).unwrap());
        move || kill_after(&mut child, wait)
    });
    let mut acks = Vec::new();
    for line in lines {
        ready |= line.ends_with(READY);
        acks.extend(Ack::parse(&line));
    }
    waiter.join().unwrap();
    (acks, ready)
}

fn kill_after(child: &mut Child, wait: Duration) {
    std::thread::sleep(wait);
    let ended = child.try_wait().unwrap();
    assert_eq!(ended, None, "the writers ended by themselves");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Opens what is left and compares it with what was acknowledged; how many tails were torn.
fn checked(folder: &Path, account: &mut Account) -> Result<usize, String> {
    let (spool, opened) = Spool::open(folder, bounds()).map_err(|error| error.to_string())?;
    if !opened.damaged.is_empty() {
        return Err(format!("damaged: {:?}", opened.damaged));
    }
    account.read_on(&mut spool.reader(Seq(account.next)))?;
    if account.next != spool.end().0 {
        return Err(format!("{} were read of {}", account.next, spool.end()));
    }
    if let Some((seq, ack)) = account.open.pop_first() {
        return Err(format!("lost: {ack:?} at {seq}, and {} more", account.open.len()));
    }
    for writer in 0..WRITERS {
        let written = account.written.get(&source(writer)).copied().unwrap_or(0);
        let place = spool.place(&source(writer), &file(writer));
        if place.unwrap_or(0) != written {
            return Err(format!("writer {writer} wrote {written} and is at {place:?}"));
        }
    }
    // As when nobody processes them for long, and then somebody does.
    spool.processed(Seq(account.next));
    Ok(opened.torn.len())
}

impl Account {
    fn read_on(&mut self, reader: &mut Reader) -> Result<(), String> {
        let portion = rest(reader);
        if !portion.missing.is_empty() {
            return Err(format!("missing: {:?}", portion.missing));
        }
        for read in portion.records {
            if read.seq.0 != self.next {
                return Err(format!("the record {} comes after {}", read.seq, self.next));
            }
            self.next += 1;
            let text = String::from_utf8_lossy(&read.bytes).into_owned();
            let number: u64 = text.split(' ').next().and_then(|text| text.parse().ok()).ok_or(text)?;
            // Each writer goes on where its place was: nothing is left out, and nothing comes twice.
            let written = self.written.entry(read.source.to_string()).or_default();
            if number != *written {
                return Err(format!("{} wrote {number} after {written}", read.source));
            }
            *written += 1;
            if read.identity.is_some_and(|it| it != identity(number)) {
                return Err(format!("the identity of {} is another's", read.seq));
            }
            if let Some(ack) = self.open.remove(&read.seq.0) {
                self.seen += 1;
                if (ack.number, source(ack.writer)) != (number, read.source.to_string()) {
                    return Err(format!("{ack:?} was acknowledged, and {number} is there"));
                }
            }
        }
        Ok(())
    }
}

#[test]
fn a_lost_and_a_changed_record_would_be_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(folder.path(), bounds()).unwrap();
    for number in 0..3 {
        writers::append(&spool, 0, number, 1).unwrap();
    }
    drop(spool);
    let ack = |seq, number| Ack { writer: 0, number, seq };
    let cases = [(ack(2, 2), "Ok("), (ack(3, 3), "lost: Ack"), (ack(2, 1), "was acknowledged, and 2")];
    for (ack, want) in cases {
        let mut account = Account { open: [(ack.seq, ack)].into(), ..Account::default() };
        let got = format!("{:?}", checked(folder.path(), &mut account));
        assert!(got.contains(want), "{ack:?}: {got}");
    }
}

//! The index: events in, answers out.

use super::HOURS;
use super::answer::{Answer, HourSeen, Seen};
use super::coverage::{Coverage, hour_of, start_of};
use super::distinct::Distinct;
use super::row::Row;
use crate::correlation::Sightings;
use cofferdam_vocabulary::EntityKind;
use hashbrown::HashTable;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// Rows compared when one must go.
const COMPARED: usize = 16;
/// Entities of one event that are noted.
const NOTED: usize = 16;
/// How far ahead of our clock an event may be to be noted.
const AHEAD: SignedDuration = SignedDuration::from_hours(1);

/// Bounds on memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Entities; beyond, one that was not touched for long goes.
    pub entities: usize,
    /// Hours of all entities together; beyond, likewise.
    pub hours: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { entities: 50_000, hours: 400_000 }
    }
}

/// Who uses what, by the hour.
#[derive(Clone, Debug)]
pub struct Activity {
    bounds: Bounds,
    /// Unknown to those whose values are counted, so that they cannot choose what is counted.
    seed: u64,
    table: HashTable<u32>,
    rows: Vec<Row>,
    hours: usize,
    hand: usize,
    events: u64,
    coverage: Coverage,
    evicted: u64,
    /// The last hour of which an evicted row knew something.
    evicted_upto: Option<i64>,
    ignored: u64,
    hashes: Vec<(EntityKind, u64)>,
}

/// An index as it is written down.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    seed: u64,
    rows: Vec<Row>,
    coverage: Coverage,
    evicted: u64,
    evicted_upto: Option<i64>,
    ignored: u64,
}

impl Activity {
    /// Nothing was seen. `seed` is any number that others do not know.
    pub fn new(bounds: Bounds, seed: u64) -> Activity {
        Activity::load(Saved { seed, ..Saved::default() }, bounds)
    }

    /// What was written down.
    pub fn load(saved: Saved, bounds: Bounds) -> Activity {
        let Saved { seed, rows, coverage, evicted, evicted_upto, ignored } = saved;
        let mut activity = Activity {
            bounds,
            seed,
            table: HashTable::new(),
            hours: rows.iter().map(|row| row.hours.len()).sum(),
            rows,
            hand: 0,
            events: 0,
            coverage,
            evicted,
            evicted_upto,
            ignored,
            hashes: Vec::new(),
        };
        for slot in 0..activity.rows.len() {
            let row = &mut activity.rows[slot];
            row.hash = hash(seed, Some(row.kind), &row.value);
            let (rows, own) = (&activity.rows, activity.rows[slot].hash);
            activity.table.insert_unique(own, slot as u32, |slot| rows[*slot as usize].hash);
        }
        activity
    }

    /// As it is written down.
    pub fn save(&self) -> Saved {
        Saved {
            seed: self.seed,
            rows: self.rows.clone(),
            coverage: self.coverage.clone(),
            evicted: self.evicted,
            evicted_upto: self.evicted_upto,
            ignored: self.ignored,
        }
    }

    /// Notes an event: what it is about, when it happened, its source and its number there. An event of more
    /// than seven days ago or from the future is counted as ignored.
    pub fn note(
        &mut self,
        sightings: &Sightings,
        at: Timestamp,
        source: &Arc<str>,
        record: u64,
        now: Timestamp,
    ) {
        let hour = hour_of(at);
        if hour <= hour_of(now) - HOURS || at.duration_since(now) > AHEAD {
            self.ignored += 1;
            return;
        }
        self.coverage.note(source, hour);
        self.events += 1;
        let entities = &sightings.entities[..sightings.entities.len().min(NOTED)];
        let mut hashes = std::mem::take(&mut self.hashes);
        hashes.clear();
        hashes.extend(entities.iter().map(|one| (one.kind, hash(self.seed, Some(one.kind), &one.value))));
        let host = entities.iter().find(|one| one.kind == EntityKind::Host).map_or("", |one| &*one.value);
        let session = sightings.session.as_ref().map(|session| {
            let name = format!("{host}/{session}");
            (hash(self.seed, None, &name), name)
        });
        for (at_entity, entity) in entities.iter().enumerate() {
            let (kind, own) = hashes[at_entity];
            // What plays several parts in an event is in it once.
            if !is_indexed(kind) || hashes[..at_entity].contains(&(kind, own)) {
                continue;
            }
            let slot = self.row(kind, &entity.value, own);
            let row = &mut self.rows[slot];
            row.touched = self.events;
            let (seen, more) = row.hour(hour);
            seen.note(at, source, record);
            for (other, (kind, hash)) in entities.iter().zip(&hashes).filter(|(_, (_, hash))| *hash != own) {
                match kind {
                    EntityKind::Host => seen.hosts.insert(*hash, || other.value.as_str().into()),
                    EntityKind::Account => seen.accounts.insert(*hash, || other.value.as_str().into()),
                    _ => {}
                }
            }
            if let Some((hash, name)) = &session {
                seen.sessions.insert(*hash, || name.as_str().into());
            }
            self.hours = self.hours.saturating_add_signed(more as isize);
            while self.hours > self.bounds.hours && self.rows.len() > 1 {
                self.evict();
            }
        }
        self.hashes = hashes;
    }

    /// The row of an entity, made if need be.
    fn row(&mut self, kind: EntityKind, value: &str, hash: u64) -> usize {
        let rows = &self.rows;
        let same = |slot: &u32| {
            let row = &rows[*slot as usize];
            row.hash == hash && row.kind == kind && *row.value == *value
        };
        if let Some(slot) = self.table.find(hash, same) {
            return *slot as usize;
        }
        if self.rows.len() >= self.bounds.entities.max(1) {
            self.evict();
        }
        let slot = self.rows.len();
        let row = Row { kind, value: value.into(), hours: VecDeque::new(), hash, touched: self.events };
        self.rows.push(row);
        let rows = &self.rows;
        self.table.insert_unique(hash, slot as u32, |slot| rows[*slot as usize].hash);
        slot
    }

    /// Of some rows the one goes that was longest untouched.
    fn evict(&mut self) {
        let count = self.rows.len();
        let candidates = (0..COMPARED.min(count)).map(|step| (self.hand + step) % count);
        let Some(slot) = candidates.min_by_key(|slot| self.rows[*slot].touched) else { return };
        self.hand = (self.hand + COMPARED) % count;
        self.forget(slot);
        self.evicted += 1;
    }

    fn forget(&mut self, slot: usize) {
        let hash = self.rows[slot].hash;
        if let Ok(found) = self.table.find_entry(hash, |other| *other as usize == slot) {
            found.remove();
        }
        let last = self.rows.len() - 1;
        if slot != last
            && let Some(moved) = self.table.find_mut(self.rows[last].hash, |other| *other as usize == last)
        {
            *moved = slot as u32;
        }
        let gone = self.rows.swap_remove(slot);
        self.hours -= gone.hours.len();
        self.evicted_upto = self.evicted_upto.max(gone.hours.back().map(|hour| hour.hour));
    }

    /// Who was seen with an entity from one moment to another, by whole hours.
    pub fn answer(&self, kind: EntityKind, value: &str, from: Timestamp, to: Timestamp) -> Answer {
        let hash = hash(self.seed, Some(kind), value);
        let same = |slot: &u32| {
            let row = &self.rows[*slot as usize];
            row.kind == kind && *row.value == *value
        };
        let row = self.table.find(hash, same).map(|slot| &self.rows[*slot as usize]);
        let (first, last) = (hour_of(from), hour_of(to));
        let within = row.into_iter().flat_map(|row| &row.hours);
        let within = within.filter(|hour| (first..=last).contains(&hour.hour));
        let (mut hosts, mut accounts, mut sessions) =
            (Distinct::default(), Distinct::default(), Distinct::default());
        let (mut hours, mut events) = (Vec::new(), 0);
        for hour in within {
            hosts.add(&hour.hosts);
            accounts.add(&hour.accounts);
            sessions.add(&hour.sessions);
            events += hour.events;
            hours.push(HourSeen::of(hour));
        }
        Answer {
            kind,
            value: value.to_owned(),
            hours,
            events,
            hosts: Seen::of(&hosts),
            accounts: Seen::of(&accounts),
            sessions: Seen::of(&sessions),
            since: self.coverage.since().map(start_of),
            covered: self.coverage.of(first, last),
            forgotten: self.evicted_upto.is_some_and(|upto| upto >= first),
        }
    }

    /// Forgets what is older than seven days.
    pub fn expire(&mut self, now: Timestamp) {
        let oldest = hour_of(now) - HOURS;
        for slot in (0..self.rows.len()).rev() {
            let row = &mut self.rows[slot];
            let before = row.hours.len();
            row.hours.retain(|hour| hour.hour > oldest);
            self.hours -= before - row.hours.len();
            if row.hours.is_empty() {
                self.forget(slot);
            }
        }
        self.evicted_upto = self.evicted_upto.filter(|upto| *upto > oldest);
    }

    /// Entities and hours held, entities evicted, events ignored.
    pub fn counts(&self) -> (usize, usize, u64, u64) {
        (self.rows.len(), self.hours, self.evicted, self.ignored)
    }
}

/// Things by which others are told apart: what is everywhere on each host is left out.
fn is_indexed(kind: EntityKind) -> bool {
    matches!(
        kind,
        EntityKind::Host | EntityKind::Account | EntityKind::Address | EntityKind::Domain | EntityKind::Hash
    )
}

/// FNV-1a over eight bytes at a time, stirred by splitmix64's finisher: what is written down is read by later
/// versions, so that it must stay.
fn hash(seed: u64, kind: Option<EntityKind>, text: &str) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut state = seed ^ 0xcbf2_9ce4_8422_2325 ^ kind.map_or(0xff, |kind| kind as u64);
    let mut chunks = text.as_bytes().chunks_exact(8);
    for chunk in &mut chunks {
        let word = chunk.iter().rev().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        state = (state ^ word).wrapping_mul(PRIME).rotate_left(29);
    }
    for byte in chunks.remainder() {
        state = (state ^ u64::from(*byte)).wrapping_mul(PRIME);
    }
    state = (state ^ text.len() as u64 ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

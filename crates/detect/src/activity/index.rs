//! The index: events in, answers out.

use super::HOURS;
use super::answer::{Answer, HourSeen, Seen};
use super::coverage::{Coverage, hour_of, start_of};
use super::distinct::Distinct;
use super::row::Row;
use crate::correlation::Parties;
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
        Bounds { entities: 50_000, hours: 200_000 }
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
    /// All records before this one were noted.
    next: u64,
    hashes: Vec<(EntityKind, u64)>,
}

/// What is written down of an index besides its rows. They are written one after the other while it goes on: each
/// knows up to which record it is whole, and records before that are not noted in it again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Head {
    seed: u64,
    next: u64,
    coverage: Coverage,
    evicted: u64,
    evicted_upto: Option<i64>,
    ignored: u64,
}

impl Head {
    /// Records from this one on are to be noted, again if need be.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// With what was forgotten up to a later head: rows that went before they were written down.
    #[must_use]
    pub fn forgetting(self, later: &Head) -> Head {
        Head { evicted: later.evicted, evicted_upto: self.evicted_upto.max(later.evicted_upto), ..self }
    }
}

impl Activity {
    /// Nothing was seen. `seed` is any number that others do not know.
    pub fn new(bounds: Bounds, seed: u64) -> Activity {
        Activity::load(Head { seed, ..Head::default() }, [], bounds)
    }

    /// What was written down. Of rows that were written twice, the first counts.
    pub fn load(head: Head, rows: impl IntoIterator<Item = Row>, bounds: Bounds) -> Activity {
        let Head { seed, next, coverage, evicted, evicted_upto, ignored } = head;
        let mut activity = Activity {
            bounds,
            seed,
            table: HashTable::new(),
            rows: Vec::new(),
            hours: 0,
            hand: 0,
            events: 0,
            coverage,
            evicted,
            evicted_upto,
            ignored,
            next,
            hashes: Vec::new(),
        };
        for row in rows {
            let hash = hash(seed, Some(row.kind), &row.value);
            if activity.find(row.kind, &row.value, hash).is_none() {
                activity.hours += row.hours.len();
                activity.put(Row { hash, ..row });
            }
        }
        activity
    }

    /// What is written down first.
    pub fn head(&mut self) -> Head {
        self.coverage.upto = self.next;
        Head {
            seed: self.seed,
            next: self.next,
            coverage: self.coverage.clone(),
            evicted: self.evicted,
            evicted_upto: self.evicted_upto,
            ignored: self.ignored,
        }
    }

    /// Up to so many rows before a place, to be written down, and the place to go on before; none when there are no
    /// more. Begun at [`usize::MAX`], no row is missed that was there at the head, whatever is noted meanwhile.
    pub fn rows(&mut self, before: usize, count: usize) -> Option<(Vec<Row>, usize)> {
        let end = before.min(self.rows.len());
        let start = end.saturating_sub(count.max(1));
        let rows = &mut self.rows[start..end];
        rows.iter_mut().for_each(|row| row.upto = self.next);
        (start < end).then(|| (rows.to_vec(), start))
    }

    /// All records before this one were noted.
    pub fn reached(&mut self, next: u64) {
        self.next = self.next.max(next);
    }

    /// Notes an event: whom and what it names, when it happened, its source and its number. An event of more than
    /// seven days ago or from the future is counted as ignored.
    pub fn note(&mut self, parties: &Parties, at: Timestamp, source: &Arc<str>, record: u64, now: Timestamp) {
        let hour = hour_of(at);
        if hour <= hour_of(now) - HOURS || at.duration_since(now) > AHEAD {
            self.ignored += 1;
            return;
        }
        self.coverage.note(source, hour, record);
        self.events += 1;
        let entities = &parties.entities[..parties.entities.len().min(NOTED)];
        let mut hashes = std::mem::take(&mut self.hashes);
        hashes.clear();
        hashes.extend(entities.iter().map(|one| (one.kind, hash(self.seed, Some(one.kind), &one.value))));
        let host = entities.iter().find(|one| one.kind == EntityKind::Host).map_or("", |one| &*one.value);
        let session = parties.session.as_ref().map(|session| {
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
            if record < row.upto {
                continue;
            }
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
        if let Some(slot) = self.find(kind, value, hash) {
            return slot;
        }
        if self.rows.len() >= self.bounds.entities.max(1) {
            self.evict();
        }
        self.put(Row {
            kind,
            value: value.into(),
            hours: VecDeque::new(),
            upto: 0,
            hash,
            touched: self.events,
        })
    }

    fn find(&self, kind: EntityKind, value: &str, hash: u64) -> Option<usize> {
        let same = |slot: &u32| {
            let row = &self.rows[*slot as usize];
            row.hash == hash && row.kind == kind && *row.value == *value
        };
        self.table.find(hash, same).map(|slot| *slot as usize)
    }

    fn put(&mut self, row: Row) -> usize {
        let (slot, hash) = (self.rows.len(), row.hash);
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
        let row = self.find(kind, value, hash).map(|slot| &self.rows[slot]);
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

/// Whether entities of this kind are in the index: others are told apart by them. What is everywhere on each host is
/// left out.
pub fn is_indexed(kind: EntityKind) -> bool {
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

//! Groups of all correlations: found by their values, kept in the order in which they were touched.

use super::correlator::FiringId;
use super::stretch::{State, Stretch};
use hashbrown::{DefaultHashBuilder, HashTable};
use jiff::SignedDuration;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

const NONE: u32 = u32::MAX;

/// One group of one correlation.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub correlation: u32,
    key: Arc<Key>,
    pub stretches: Vec<Stretch>,
}

/// A group's place: a copy of all groups shares what neither side has changed since.
#[derive(Clone, Debug)]
struct Slot {
    group: Arc<Group>,
    hash: u64,
    /// When it next comes up; entries of the queue that say otherwise are void.
    queued: SignedDuration,
    fired: bool,
    older: u32,
    newer: u32,
}

impl Group {
    /// The values of `group-by`.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.key.values()
    }
}

/// Values of one group, end to end.
#[derive(Debug, Default)]
struct Key {
    text: Box<str>,
    /// Where each value but the last ends; nothing to allocate for one value.
    ends: Box<[usize]>,
    fields: usize,
}

impl Key {
    fn new(values: &[&str]) -> Key {
        let mut end = 0;
        let mut ends = Vec::new();
        for value in values.iter().take(values.len().saturating_sub(1)) {
            end += value.len();
            ends.push(end);
        }
        Key { text: values.concat().into(), ends: ends.into(), fields: values.len() }
    }

    fn values(&self) -> impl Iterator<Item = &str> {
        (0..self.fields).map(|index| {
            let start = if index == 0 { 0 } else { self.ends[index - 1] };
            let end = self.ends.get(index).copied().unwrap_or(self.text.len());
            &self.text[start..end]
        })
    }
}

/// The groups, their order by touch, and the queue of those that come up next.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    hasher: DefaultHashBuilder,
    table: HashTable<u32>,
    slots: Vec<Slot>,
    /// What stands where a group was.
    nothing: Arc<Group>,
    free: Vec<u32>,
    queue: BinaryHeap<Reverse<(SignedDuration, u32)>>,
    /// Those that only count, and those with a firing.
    quiet: Ends,
    fired: Ends,
}

#[derive(Clone, Copy, Debug)]
struct Ends {
    oldest: u32,
    newest: u32,
}

impl Default for Ends {
    fn default() -> Ends {
        Ends { oldest: NONE, newest: NONE }
    }
}

impl Groups {
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        self.slots.iter().flat_map(|slot| &slot.group.stretches).map(Stretch::entries).sum()
    }

    pub(super) fn hash_of<'v>(&self, salt: u32, values: impl Iterator<Item = &'v str>) -> u64 {
        let mut state = self.hasher.build_hasher();
        salt.hash(&mut state);
        values.for_each(|value| value.hash(&mut state));
        state.finish()
    }

    pub(super) fn get(&self, slot: u32) -> &Group {
        &self.slots[slot as usize].group
    }

    /// The group, to be changed: one that a copy shares is made our own.
    pub(super) fn change(&mut self, slot: u32) -> &mut Group {
        Arc::make_mut(&mut self.slots[slot as usize].group)
    }

    /// Firings that may still be extended.
    pub(super) fn firings(&self) -> impl Iterator<Item = FiringId> {
        self.slots.iter().flat_map(|slot| &slot.group.stretches).filter_map(|stretch| match stretch.state {
            State::Fired(firing) => Some(firing),
            State::Counting(_) | State::Held { .. } => None,
        })
    }

    pub(super) fn find(&self, correlation: u32, values: &[&str]) -> Option<u32> {
        self.find_hashed(self.hash_of(correlation, values.iter().copied()), correlation, values)
    }

    fn find_hashed(&self, hash: u64, correlation: u32, values: &[&str]) -> Option<u32> {
        let same = |slot: &u32| {
            let Slot { group, hash: own, .. } = &self.slots[*slot as usize];
            *own == hash && group.correlation == correlation && group.key.values().eq(values.iter().copied())
        };
        self.table.find(hash, same).copied()
    }

    /// The group of these values, made if need be, as the one touched last. Beyond the limit another
    /// goes for it; the second value tells that.
    pub(super) fn touch(&mut self, correlation: u32, values: &[&str], limit: usize) -> (u32, bool) {
        let hash = self.hash_of(correlation, values.iter().copied());
        if let Some(slot) = self.find_hashed(hash, correlation, values) {
            self.unlink(slot);
            self.link(slot);
            return (slot, false);
        }
        let full = self.table.len() >= limit.max(1);
        if full {
            let oldest = if self.quiet.oldest == NONE { self.fired.oldest } else { self.quiet.oldest };
            self.remove(oldest);
        }
        let group = Group { correlation, key: Arc::new(Key::new(values)), stretches: Vec::with_capacity(1) };
        let made = Slot {
            group: Arc::new(group),
            hash,
            queued: SignedDuration::MAX,
            fired: false,
            older: NONE,
            newer: NONE,
        };
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = made;
            slot
        } else {
            self.slots.push(made);
            (self.slots.len() - 1) as u32
        };
        let Groups { table, slots, .. } = self;
        table.insert_unique(hash, slot, |other| slots[*other as usize].hash);
        self.link(slot);
        (slot, full)
    }

    pub(super) fn remove(&mut self, slot: u32) {
        self.unlink(slot);
        let left = &mut self.slots[slot as usize];
        left.queued = SignedDuration::MAX;
        left.group = Arc::clone(&self.nothing);
        let hash = left.hash;
        if let Ok(held) = self.table.find_entry(hash, |other| *other == slot) {
            held.remove();
        }
        self.free.push(slot);
    }

    /// Whether it has fired may have changed.
    pub(super) fn sort(&mut self, slot: u32) {
        let Slot { group, fired: was, .. } = &self.slots[slot as usize];
        let fired = group.stretches.iter().any(|one| !matches!(one.state, State::Counting(_)));
        if fired != *was {
            self.unlink(slot);
            self.slots[slot as usize].fired = fired;
            self.link(slot);
        }
    }

    /// It comes up at that time, unless it already does so earlier.
    pub(super) fn queue(&mut self, slot: u32, at: SignedDuration) {
        if at < self.slots[slot as usize].queued {
            self.slots[slot as usize].queued = at;
            self.queue.push(Reverse((at, slot)));
        }
        if self.queue.len() > 2 * self.table.len() + 1024 {
            let slots = &self.slots;
            self.queue.retain(|Reverse((at, slot))| slots[*slot as usize].queued == *at);
        }
    }

    /// The group that comes up next, if that is before `now`; without, in any case.
    pub(super) fn next(&mut self, now: Option<SignedDuration>) -> Option<(SignedDuration, u32)> {
        loop {
            let &Reverse((at, slot)) = self.queue.peek()?;
            if now.is_some_and(|now| at >= now) {
                return None;
            }
            self.queue.pop();
            let queued = &mut self.slots[slot as usize].queued;
            if *queued == at {
                *queued = SignedDuration::MAX;
                return Some((at, slot));
            }
        }
    }

    /// Whether some group may come up before `now`.
    pub(super) fn is_due(&self, now: SignedDuration) -> bool {
        self.queue.peek().is_some_and(|Reverse((at, _))| *at < now)
    }

    fn ends(&mut self, slot: u32) -> &mut Ends {
        if self.slots[slot as usize].fired { &mut self.fired } else { &mut self.quiet }
    }

    fn link(&mut self, slot: u32) {
        let ends = self.ends(slot);
        let before = std::mem::replace(&mut ends.newest, slot);
        if before == NONE {
            ends.oldest = slot;
        } else {
            self.slots[before as usize].newer = slot;
        }
        let own = &mut self.slots[slot as usize];
        (own.older, own.newer) = (before, NONE);
    }

    fn unlink(&mut self, slot: u32) {
        let Slot { older, newer, .. } = self.slots[slot as usize];
        let ends = self.ends(slot);
        if ends.newest == slot {
            ends.newest = older;
        }
        if ends.oldest == slot {
            ends.oldest = newer;
        }
        if older != NONE {
            self.slots[older as usize].newer = newer;
        }
        if newer != NONE {
            self.slots[newer as usize].older = older;
        }
    }
}

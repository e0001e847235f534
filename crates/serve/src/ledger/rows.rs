//! Rows in the order of their ids, many beside each other in memory: a filter that takes none of them looks at all,
//! and most of what that takes is waiting for memory.

use super::list::Kept;

/// Rows of one list, in parts of at most `MOST`.
pub struct Rows<R, const MOST: usize = 1024> {
    /// None is empty; each begins behind the one before.
    parts: Vec<Vec<R>>,
}

impl<R, const MOST: usize> Default for Rows<R, MOST> {
    fn default() -> Rows<R, MOST> {
        Rows { parts: Vec::new() }
    }
}

impl<R: Kept, const MOST: usize> Rows<R, MOST> {
    /// The part in which this id is or would be, and its place there.
    fn place(&self, id: R::Id) -> (usize, usize) {
        let part = self.parts.partition_point(|part| part.last().is_some_and(|last| last.id() < id));
        let at = self.parts.get(part).map_or(0, |rows| rows.partition_point(|row| row.id() < id));
        (part, at)
    }

    /// One row.
    pub fn get(&self, id: R::Id) -> Option<&R> {
        let (part, at) = self.place(id);
        self.parts.get(part)?.get(at).filter(|row| row.id() == id)
    }

    /// Puts a row in its place, or in that of the one with its id.
    pub fn put(&mut self, row: R) {
        let (part, at) = self.place(row.id());
        let Some(rows) = self.parts.get_mut(part) else { return self.push(row) };
        match rows.get_mut(at).filter(|known| known.id() == row.id()) {
            Some(known) => *known = row,
            None => {
                rows.insert(at, row);
                if rows.len() > MOST {
                    let rest = rows.split_off(MOST / 2);
                    self.parts.insert(part + 1, rest);
                }
            }
        }
    }

    /// Adds a row behind all others.
    fn push(&mut self, row: R) {
        match self.parts.last_mut().filter(|rows| rows.len() < MOST) {
            Some(rows) => rows.push(row),
            None => self.parts.push(vec![row]),
        }
    }

    /// Removes a row, if it is there.
    pub fn remove(&mut self, id: R::Id) {
        let (part, at) = self.place(id);
        let Some(rows) = self.parts.get_mut(part) else { return };
        if rows.get(at).is_some_and(|row| row.id() == id) {
            rows.remove(at);
            if rows.is_empty() {
                self.parts.remove(part);
            }
        }
    }

    /// All rows, the first first.
    pub fn iter(&self) -> impl Iterator<Item = &R> {
        self.parts.iter().flatten()
    }

    /// Rows behind this id, the first first.
    pub fn behind(&self, id: R::Id) -> impl Iterator<Item = &R> {
        let (part, at) = self.place(id);
        let first = self.parts.get(part).and_then(|rows| rows.get(at..)).unwrap_or_default();
        let others = self.parts.get(part + 1..).unwrap_or_default();
        first.iter().chain(others.iter().flatten()).skip_while(move |row| row.id() == id)
    }

    /// All rows, the last first.
    pub fn backwards(&self) -> impl Iterator<Item = &R> {
        self.parts.iter().rev().flat_map(|rows| rows.iter().rev())
    }

    /// Rows before this id, the last first.
    pub fn before(&self, id: R::Id) -> impl Iterator<Item = &R> {
        let (part, at) = self.place(id);
        let first = self.parts.get(part).and_then(|rows| rows.get(..at)).unwrap_or_default();
        let others = self.parts.get(..part).unwrap_or_default();
        first.iter().rev().chain(others.iter().rev().flat_map(|rows| rows.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cofferdam_journal::Personal;
    use cofferdam_journal::incident::{Marking, Phase};
    use cofferdam_journal::view::IncidentRow;
    use cofferdam_vocabulary::{IncidentId, Level};
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::ops::Bound;

    fn row(id: u64, alerts: u64) -> IncidentRow {
        IncidentRow {
            id: IncidentId(id),
            title: Personal::of("Break-in"),
            severity: Level::High,
            first_seen: None,
            last_seen: None,
            alerts,
            merged_into: None,
            opened: jiff::Timestamp::UNIX_EPOCH,
            restricted: None,
            commander: None,
            led: false,
            phase: Phase::default(),
            closed: None,
            marking: Marking::default(),
            category: None,
            imported: None,
        }
    }

    proptest! {
        #[test]
        fn rows_are_what_a_map_of_them_is(
            changes in proptest::collection::vec((0_u64..40, proptest::option::weighted(0.7, 0_u64..9)), 0..200),
            asked in 0_u64..42,
        ) {
            let (mut rows, mut map) = (Rows::<IncidentRow, 4>::default(), BTreeMap::new());
            for (id, change) in changes {
                match change {
                    Some(alerts) => {
                        rows.put(row(id, alerts));
                        map.insert(id, row(id, alerts));
                    }
                    None => {
                        rows.remove(IncidentId(id));
                        map.remove(&id);
                    }
                }
            }
            let id = IncidentId(asked);
            prop_assert!(rows.parts.iter().all(|part| (1..=4).contains(&part.len())));
            prop_assert_eq!(rows.get(id), map.get(&asked));
            prop_assert!(rows.iter().eq(map.values()));
            prop_assert!(rows.backwards().eq(map.values().rev()));
            prop_assert!(rows.before(id).eq(map.range(..asked).rev().map(|(_, row)| row)));
            let behind = map.range((Bound::Excluded(asked), Bound::Unbounded)).map(|(_, row)| row);
            prop_assert!(rows.behind(id).eq(behind));
        }
    }
}

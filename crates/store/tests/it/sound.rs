//! What must hold of every log, however its last writer ended.

use cofferdam_journal::merkle::{Frontier, leaf};
use cofferdam_journal::note::Checkpoint;
use cofferdam_journal::view::Row;
use cofferdam_journal::{Head, Secret, StreamId, commitments};
use cofferdam_store::{AlertQuery, IncidentQuery, Journal, Reader, StorageError, Stored, verify};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// A log as far as it was read.
#[derive(Clone, Default)]
pub struct Log {
    /// Facts by stream.
    pub versions: BTreeMap<StreamId, u64>,
    /// The tree over the leaves as they are.
    pub tree: Frontier,
}

impl Log {
    /// Reads on to the end: positions and versions have no gap, each leaf says where it stands, and what
    /// opens its personal values opens them.
    pub fn read_on(
        &mut self,
        reader: &dyn Reader,
        each: &mut dyn FnMut(&Stored) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut result = Ok(());
        let done = reader.entries(self.tree.size()..u64::MAX, &mut |stored| {
            result = self.one(&stored).and_then(|()| each(&stored));
            if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        done.map_err(|error| error.to_string()).and(result)
    }

    fn one(&mut self, stored: &Stored) -> Result<(), String> {
        let Stored { position, stream, version, .. } = *stored;
        let here = |what: &str| format!("entry {position} ({stream}, version {version}): {what}");
        if position != self.tree.size() {
            return Err(here(&format!("it follows {} entries", self.tree.size())));
        }
        let before = self.versions.insert(stream, version).unwrap_or(0);
        if version != before + 1 {
            return Err(here(&format!("it follows version {before}")));
        }
        let head = Head::read(&stored.leaf).map_err(|error| here(&error.to_string()))?;
        if (head.position, head.stream, head.version) != (position, stream, version) {
            return Err(here("its leaf says another place"));
        }
        if !stored.secrets.iter().all(Secret::is_true) {
            return Err(here("a value does not open its commitment"));
        }
        self.tree.push(leaf(&stored.leaf), &mut |_, _, _| ());
        Ok(())
    }

    /// The journal signs the tree over exactly these leaves.
    pub fn is_signed(&self, journal: &Journal) -> Result<(), String> {
        let note = journal.checkpoint().map_err(|error| error.to_string())?;
        let Some(note) = note else {
            return if self.tree.size() == 0 {
                Ok(())
            } else {
                Err("entries without a checkpoint".to_owned())
            };
        };
        let signed = Checkpoint::verified(&note, journal.verifier()).map_err(|error| error.to_string())?;
        if (signed.size, signed.root) == (self.tree.size(), self.tree.root()) {
            Ok(())
        } else {
            Err(format!("{} leaves make another root than the tree of {}", self.tree.size(), signed.size))
        }
    }
}

/// All personal values of the entry are there.
pub fn has_all_values(stored: &Stored) -> Result<bool, String> {
    let committed = commitments(&stored.leaf).map_err(|error| error.to_string())?;
    Ok(committed == stored.secrets.iter().map(|secret| secret.commitment).collect::<Vec<_>>())
}

/// All rows of all lists.
pub fn rows(reader: &dyn Reader) -> Result<Vec<Row>, StorageError> {
    let limit = 10_000_000;
    let alerts = reader.alerts(&AlertQuery { limit, ..AlertQuery::default() })?;
    let incidents = reader.incidents(&IncidentQuery { limit, merged: true, ..IncidentQuery::default() })?;
    let evidence = reader.evidence(None, limit)?;
    let mut rows: Vec<Row> = alerts.into_iter().map(Row::Alert).collect();
    rows.extend(incidents.into_iter().map(Row::Incident));
    rows.extend(evidence.into_iter().map(Row::Evidence));
    rows.extend(reader.users()?.into_iter().map(|row| Row::User(Box::new(row))));
    Ok(rows)
}

/// Reads with the journal's reader; whatever went wrong, as text.
pub fn reading<T>(
    journal: &Journal,
    read: impl FnOnce(&dyn Reader) -> Result<T, String>,
) -> Result<T, String> {
    journal.read(|reader| Ok(read(reader))).map_err(|error| error.to_string())?
}

/// The log verifies, and its rows are those that a rebuild makes.
pub fn stands(journal: &Journal) -> Result<(), String> {
    let verified =
        journal.read(|reader| verify(reader, journal.verifier())).map_err(|error| error.to_string())?;
    if let Some(misfit) = verified.problems.first() {
        return Err(format!("it does not verify: {misfit}"));
    }
    let before = journal.read(rows).map_err(|error| error.to_string())?;
    journal.rebuild().map_err(|error| error.to_string())?;
    let after = journal.read(rows).map_err(|error| error.to_string())?;
    if after == before { Ok(()) } else { Err("a rebuild makes other rows".to_owned()) }
}

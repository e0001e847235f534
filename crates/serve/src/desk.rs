//! What is to be done in each incident, and by whom: read when somebody first asks, and followed from then on.

use crate::ledger::Fold;
use cofferdam_journal::incident::{
    DecisionNumber, Incident, Part, Proposal, TaskNumber, TaskSpec, TaskState,
};
use cofferdam_journal::{Aggregate, Entry, Fact, StreamId};
use cofferdam_store::{IncidentQuery, Reader, StorageError, entries};
use cofferdam_vocabulary::{IncidentId, UserId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

/// Rows read at once.
const BATCH: usize = 1000;

/// What is to be done, by incident; nothing as long as nobody asked.
#[derive(Default)]
pub struct Desk {
    state: RwLock<Option<BTreeMap<IncidentId, Duties>>>,
}

/// What is to be done in one incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duties {
    /// Who has which part, besides the commander.
    pub parts: BTreeMap<Part, BTreeSet<UserId>>,
    /// Tasks that are open.
    pub tasks: BTreeMap<TaskNumber, TaskSpec>,
    /// Decisions that wait.
    pub decisions: BTreeMap<DecisionNumber, Proposal>,
}

impl Duties {
    fn of(incident: &Incident) -> Duties {
        let open = incident.tasks.iter().filter(|(_, task)| task.state == TaskState::Open);
        let waiting = incident.decisions.iter().filter(|(_, decision)| decision.ruling.is_none());
        Duties {
            parts: incident.steered.parts.clone(),
            tasks: open.map(|(number, task)| (*number, task.spec.clone())).collect(),
            decisions: waiting.map(|(number, known)| (*number, known.proposal.clone())).collect(),
        }
    }

    fn read(reader: &dyn Reader, id: IncidentId) -> Result<Duties, StorageError> {
        let entries = entries(reader, StreamId::Incident(id))?;
        Ok(Duties::of(&Incident::replay(entries.iter().map(|entry| &entry.fact))))
    }

    /// Follows a fact of the incident; whether that can be done without what was done before.
    fn follow(&mut self, fact: &Fact) -> bool {
        match fact {
            // Only an open task is changed.
            Fact::TaskAdded { task, spec } | Fact::TaskChanged { task, spec } => {
                self.tasks.insert(*task, (**spec).clone());
            }
            Fact::TaskMoved { state: TaskState::Open, .. } => return false,
            Fact::TaskMoved { task, .. } => drop(self.tasks.remove(task)),
            Fact::DecisionProposed { decision, proposal } => {
                self.decisions.insert(*decision, (**proposal).clone());
            }
            Fact::DecisionMade { decision, .. } => drop(self.decisions.remove(decision)),
            Fact::PartGiven { part, user } => {
                self.parts.entry(*part).or_default().insert(*user);
            }
            Fact::PartTaken { part, user } => {
                if let Some(users) = self.parts.get_mut(part) {
                    users.remove(user);
                }
            }
            _ => {}
        }
        true
    }

    fn is_empty(&self) -> bool {
        self.parts.values().all(BTreeSet::is_empty) && self.tasks.is_empty() && self.decisions.is_empty()
    }

    /// Whether a task waits for another that is open.
    pub fn is_blocked(&self, task: &TaskSpec) -> bool {
        task.blocked_by.iter().any(|by| self.tasks.contains_key(by))
    }
}

impl Desk {
    /// Reads what was not read yet.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when incidents cannot be read.
    pub fn ready(&self, reader: &dyn Reader) -> Result<(), StorageError> {
        if self.state.read().unwrap_or_else(PoisonError::into_inner).is_some() {
            return Ok(());
        }
        // Nothing is followed meanwhile: what is recorded now is in what is read, or is followed after it, or both.
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let (mut all, mut after) = (BTreeMap::new(), None);
        loop {
            let query = IncidentQuery { merged: true, after, limit: BATCH, ..IncidentQuery::default() };
            let rows = reader.incidents(&query)?;
            for row in &rows {
                let duties = Duties::read(reader, row.id)?;
                if !duties.is_empty() {
                    all.insert(row.id, duties);
                }
            }
            after = rows.last().map(|row| row.id);
            if rows.len() < BATCH {
                *state = Some(all);
                return Ok(());
            }
        }
    }

    /// Looks at what is to be done in each incident, the last first.
    pub fn each(&self, mut look: impl FnMut(IncidentId, &Duties)) {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        for (id, duties) in state.iter().flatten().rev() {
            look(*id, duties);
        }
    }
}

impl Fold for Desk {
    fn load(&self, _: &dyn Reader) -> Result<(), StorageError> {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    fn follow(&self, entry: &Entry, reader: &dyn Reader) -> Result<(), StorageError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let Some(all) = state.as_mut() else { return Ok(()) };
        match (entry.head.stream, &entry.fact) {
            // What was erased is told no more.
            (_, Fact::ValuesErased { .. }) => *state = None,
            (StreamId::Incident(id), fact) => {
                let mut duties = all.remove(&id).unwrap_or_default();
                if !duties.follow(fact) {
                    duties = Duties::read(reader, id)?;
                }
                if !duties.is_empty() {
                    all.insert(id, duties);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

//! What somebody may see: the only way in which features read the journal.
//!
//! An object that is restricted to named people is not there for anybody else: it is in no list, no count and no
//! feed, and asking for it is answered as if it had never been.

use super::fold::Fold;
use super::list::{Kept, Lists, Wanted};
use super::record::Ledger;
use crate::access::Caller;
use crate::http::Problem;
use cofferdam_journal::filter::Filter;
use cofferdam_journal::{Entry, Fact, Permission, StreamId};
use cofferdam_store::{AlertQuery, IncidentQuery, Reader, StorageError, entries, entry};
use cofferdam_vocabulary::{AlertId, IncidentId, UserId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError, RwLock};

/// Rows read at once while a whole list is read.
const BATCH: usize = 1000;

/// Which objects are for named people only.
#[derive(Default)]
pub struct NeedToKnow {
    state: RwLock<Restricted>,
}

#[derive(Default)]
struct Restricted {
    /// Who may see it.
    named: BTreeMap<StreamId, BTreeSet<UserId>>,
    /// Alerts of restricted incidents.
    alerts: HashMap<AlertId, IncidentId>,
}

impl NeedToKnow {
    /// Whether an object is there for this person, their permissions aside.
    pub fn allows(&self, user: UserId, stream: StreamId) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.allows(user, stream)
    }
}

impl Restricted {
    fn allows(&self, user: UserId, stream: StreamId) -> bool {
        let guarded = match stream {
            StreamId::Alert(id) => match self.alerts.get(&id) {
                Some(incident) => StreamId::Incident(*incident),
                None => return true,
            },
            other => other,
        };
        self.named.get(&guarded).is_none_or(|named| named.contains(&user))
    }

    fn restrict(
        &mut self,
        stream: StreamId,
        to: BTreeSet<UserId>,
        reader: &dyn Reader,
    ) -> Result<(), StorageError> {
        if let StreamId::Incident(incident) = stream {
            let mut after = None;
            loop {
                let query =
                    AlertQuery { incident: Some(incident), after, limit: BATCH, ..AlertQuery::default() };
                let rows = reader.alerts(&query)?;
                self.alerts.extend(rows.iter().map(|row| (row.id, incident)));
                after = rows.last().map(|row| row.id);
                if rows.len() < BATCH {
                    break;
                }
            }
        }
        self.named.insert(stream, to);
        Ok(())
    }

    fn open_up(&mut self, stream: StreamId) {
        self.named.remove(&stream);
        if let StreamId::Incident(incident) = stream {
            self.alerts.retain(|_, of| *of != incident);
        }
    }
}

impl Fold for NeedToKnow {
    fn load(&self, reader: &dyn Reader) -> Result<(), StorageError> {
        let mut fresh = Restricted::default();
        let mut after = None;
        loop {
            let query = IncidentQuery { merged: true, after, limit: BATCH, ..IncidentQuery::default() };
            let rows = reader.incidents(&query)?;
            for row in &rows {
                if let Some(to) = &row.restricted {
                    fresh.restrict(StreamId::Incident(row.id), to.clone(), reader)?;
                }
            }
            after = rows.last().map(|row| row.id);
            if rows.len() < BATCH {
                break;
            }
        }
        let mut after = None;
        loop {
            let rows = reader.evidence(after, BATCH)?;
            for row in &rows {
                if let Some(to) = &row.restricted {
                    fresh.named.insert(StreamId::Evidence(row.id), to.clone());
                }
            }
            after = rows.last().map(|row| row.id);
            if rows.len() < BATCH {
                break;
            }
        }
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    fn follow(&self, entry: &Entry, reader: &dyn Reader) -> Result<(), StorageError> {
        let stream = entry.head.stream;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match (&entry.fact, stream) {
            (Fact::IncidentRestricted { to } | Fact::EvidenceRestricted { to }, _) => {
                state.restrict(stream, to.clone(), reader)?;
            }
            (Fact::IncidentOpenedUp | Fact::EvidenceOpenedUp, _) => state.open_up(stream),
            (Fact::AlertsJoined { alerts }, StreamId::Incident(incident)) => {
                let is_restricted = state.named.contains_key(&stream);
                for joined in alerts {
                    if is_restricted {
                        state.alerts.insert(joined.alert, incident);
                    } else {
                        // It was another incident's.
                        state.alerts.remove(&joined.alert);
                    }
                }
            }
            (Fact::AlertsLeft { alerts }, StreamId::Incident(incident)) => {
                state.alerts.retain(|alert, of| *of != incident || !alerts.contains(alert));
            }
            _ => {}
        }
        Ok(())
    }
}

/// The journal as one caller sees it.
pub struct Sight<'s> {
    ledger: &'s Arc<Ledger>,
    lists: &'s Lists,
    need: &'s Arc<NeedToKnow>,
    caller: &'s Caller,
}

/// What a kind of stream asks of whoever reads it; none may be read by nobody but its own user.
fn permission(stream: StreamId) -> Permission {
    match stream {
        StreamId::Log => Permission::JournalRead,
        StreamId::Evidence(_) => Permission::EvidenceRead,
        StreamId::Alert(_) => Permission::AlertsRead,
        StreamId::Incident(_) => Permission::IncidentsRead,
        StreamId::User(_) | StreamId::Session(_) | StreamId::Access(_) => Permission::UsersRead,
    }
}

impl<'s> Sight<'s> {
    /// What this caller sees.
    pub fn of(
        ledger: &'s Arc<Ledger>,
        lists: &'s Lists,
        need: &'s Arc<NeedToKnow>,
        caller: &'s Caller,
    ) -> Sight<'s> {
        Sight { ledger, lists, need, caller }
    }

    /// Whether the caller may see what this stream is about.
    pub fn sees(&self, stream: StreamId) -> bool {
        self.caller.may(permission(stream)) && self.need.allows(self.caller.user, stream)
    }

    /// That the caller may see it.
    ///
    /// # Errors
    ///
    /// 404, the same as for what is not there.
    pub fn check(&self, stream: StreamId) -> Result<(), Problem> {
        if self.sees(stream) { Ok(()) } else { Err(Problem::not_found()) }
    }

    /// One row of a list.
    ///
    /// # Errors
    ///
    /// 404 when there is none for the caller.
    pub fn row<R: Kept>(&self, id: R::Id) -> Result<R, Problem> {
        self.check(R::stream(id))?;
        R::list(self.lists).get(id).ok_or_else(Problem::not_found)
    }

    /// Rows of a list, and whether there are more.
    pub fn page<R: Kept>(&self, wanted: &Wanted<'_, R>) -> (Vec<R>, bool) {
        R::list(self.lists).page(wanted, |stream| self.sees(stream))
    }

    /// How many rows of a list there are for the caller.
    pub fn count<R: Kept>(&self, filter: &Filter<R>) -> usize {
        R::list(self.lists).count(filter, |stream| self.sees(stream))
    }

    /// All entries of a stream.
    ///
    /// # Errors
    ///
    /// As [`Sight::row`].
    pub async fn stream(&self, stream: StreamId) -> Result<Vec<Entry>, Problem> {
        self.check(stream)?;
        let entries = self.read(move |reader| entries(reader, stream)).await?;
        if entries.is_empty() { Err(Problem::not_found()) } else { Ok(entries) }
    }

    /// At most `limit` entries that the caller may see and that `wanted` takes, from this position on, and the
    /// position after the last one looked at. At most `look` entries are looked at.
    ///
    /// # Errors
    ///
    /// 500 when the journal cannot be read.
    pub async fn entries(
        &self,
        from: u64,
        limit: usize,
        look: usize,
        wanted: impl Fn(&Entry) -> bool + Send + 'static,
    ) -> Result<(Vec<Entry>, u64), Problem> {
        let (caller, need) = (self.caller.clone(), Arc::clone(self.need));
        self.read(move |reader| {
            let (mut found, mut next, mut result) = (Vec::new(), from, Ok(()));
            let end = from.saturating_add(look as u64);
            reader.entries(from..end, &mut |stored| {
                if found.len() == limit {
                    return ControlFlow::Break(());
                }
                let stream = stored.stream;
                next = stored.position + 1;
                if !(caller.may(permission(stream)) && need.allows(caller.user, stream)) {
                    return ControlFlow::Continue(());
                }
                match entry(&stored) {
                    Ok(entry) if wanted(&entry) => found.push(entry),
                    Ok(_) => {}
                    Err(error) => {
                        result = Err(error);
                        return ControlFlow::Break(());
                    }
                }
                ControlFlow::Continue(())
            })?;
            result.map(|()| (found, next))
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Reader) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, Problem> {
        self.ledger
            .read(read)
            .await
            .map_err(|error| Problem::from_failure("the journal cannot be read", &error))
    }
}

//! Lists in memory: alerts, incidents and evidence as their rows are now, so that any filter over them is answered
//! without a look at the disk.

use super::fold::Fold;
use super::need::Allowed;
use cofferdam_journal::filter::{Filter, Listed};
use cofferdam_journal::view::{AlertRow, EvidenceRow, IncidentRow};
use cofferdam_journal::{Entry, Fact, StreamId};
use cofferdam_store::{AlertQuery, IncidentQuery, Reader, StorageError};
use cofferdam_vocabulary::{AlertId, ContentHash, IncidentId};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::str::FromStr;
use std::sync::{PoisonError, RwLock};

/// Rows read at once while a whole list is read.
const BATCH: usize = 1000;

/// All lists.
#[derive(Default)]
pub struct Lists {
    alerts: List<AlertId, AlertRow>,
    incidents: List<IncidentId, IncidentRow>,
    evidence: List<ContentHash, EvidenceRow>,
}

/// One list, in the order of its ids.
pub struct List<I, R>(RwLock<BTreeMap<I, R>>);

/// A row that is kept in a list.
pub trait Kept: Listed + Clone + Send + Sync {
    /// What tells rows apart; later ones are larger, where ids are numbers.
    type Id: Ord + Copy + FromStr + fmt::Display + Send + Sync + 'static;

    /// The id of this row.
    fn id(&self) -> Self::Id;

    /// What a row of this id is about.
    fn stream(id: Self::Id) -> StreamId;

    /// The list of such rows.
    fn list(lists: &Lists) -> &List<Self::Id, Self>;

    /// The row as somebody sees it who sees that it is there.
    fn seen<'r>(&'r self, _: &Allowed<'_>) -> Cow<'r, Self> {
        Cow::Borrowed(self)
    }
}

/// In which order rows come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The last first.
    Newest,
    /// The first first.
    Oldest,
}

/// What is wanted of a list.
pub struct Wanted<'w, R: Kept> {
    /// Which rows.
    pub filter: &'w Filter<R>,
    /// In which order.
    pub order: Order,
    /// Only those behind this one.
    pub after: Option<R::Id>,
    /// At most so many.
    pub limit: usize,
}

impl<I, R> Default for List<I, R> {
    fn default() -> List<I, R> {
        List(RwLock::default())
    }
}

impl<I: Ord + Copy, R: Kept<Id = I>> List<I, R> {
    fn replace(&self, rows: BTreeMap<I, R>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = rows;
    }

    fn put(&self, id: I, row: Option<R>) {
        let mut rows = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match row {
            Some(row) => drop(rows.insert(id, row)),
            None => drop(rows.remove(&id)),
        }
    }

    /// Rows that are there for somebody and are wanted, and whether there are more.
    pub fn page(&self, wanted: &Wanted<'_, R>, allowed: &Allowed<'_>) -> (Vec<R>, bool) {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let fits = |(_, row): (&I, &R)| {
            seen(row, allowed).filter(|row| wanted.filter.matches(row)).map(Cow::into_owned)
        };
        let take = |found: &mut dyn Iterator<Item = R>| {
            let page: Vec<R> = found.take(wanted.limit).collect();
            let more = found.next().is_some();
            (page, more)
        };
        match (wanted.order, wanted.after) {
            (Order::Oldest, Some(after)) => {
                take(&mut rows.range((Bound::Excluded(after), Bound::Unbounded)).filter_map(fits))
            }
            (Order::Oldest, None) => take(&mut rows.iter().filter_map(fits)),
            (Order::Newest, Some(after)) => take(&mut rows.range(..after).rev().filter_map(fits)),
            (Order::Newest, None) => take(&mut rows.iter().rev().filter_map(fits)),
        }
    }

    /// How many rows are there for somebody and are wanted.
    pub fn count(&self, filter: &Filter<R>, allowed: &Allowed<'_>) -> usize {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        rows.values().filter(|row| seen(*row, allowed).is_some_and(|row| filter.matches(&row))).count()
    }

    /// One row, if it is there for somebody.
    pub fn get(&self, id: I, allowed: &Allowed<'_>) -> Option<R> {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        rows.get(&id).and_then(|row| seen(row, allowed)).map(Cow::into_owned)
    }
}

/// The row as somebody sees it: nothing when it is not there for them.
fn seen<'r, R: Kept>(row: &'r R, allowed: &Allowed<'_>) -> Option<Cow<'r, R>> {
    allowed.sees(R::stream(row.id())).then(|| row.seen(allowed))
}

impl Lists {
    /// The id of the alert that was raised last.
    pub fn last_alert(&self) -> Option<AlertId> {
        let rows = self.alerts.0.read().unwrap_or_else(PoisonError::into_inner);
        rows.keys().next_back().copied()
    }
}

impl Kept for AlertRow {
    type Id = AlertId;

    fn id(&self) -> AlertId {
        self.id
    }

    fn stream(id: AlertId) -> StreamId {
        StreamId::Alert(id)
    }

    fn list(lists: &Lists) -> &List<AlertId, AlertRow> {
        &lists.alerts
    }
}

impl Kept for IncidentRow {
    type Id = IncidentId;

    fn id(&self) -> IncidentId {
        self.id
    }

    fn stream(id: IncidentId) -> StreamId {
        StreamId::Incident(id)
    }

    fn list(lists: &Lists) -> &List<IncidentId, IncidentRow> {
        &lists.incidents
    }
}

impl Kept for EvidenceRow {
    type Id = ContentHash;

    fn id(&self) -> ContentHash {
        self.id
    }

    fn stream(id: ContentHash) -> StreamId {
        StreamId::Evidence(id)
    }

    fn list(lists: &Lists) -> &List<ContentHash, EvidenceRow> {
        &lists.evidence
    }

    /// That it went out with an incident which is not there for them is none of the facts that are counted.
    fn seen<'r>(&'r self, allowed: &Allowed<'_>) -> Cow<'r, EvidenceRow> {
        match allowed.hidden_exports(self.id) {
            0 => Cow::Borrowed(self),
            hidden => {
                Cow::Owned(EvidenceRow { custody: self.custody.saturating_sub(hidden), ..self.clone() })
            }
        }
    }
}

/// All rows of a list, read in batches: `read` gives those after one.
fn all<R: Kept>(
    mut read: impl FnMut(Option<R::Id>) -> Result<Vec<R>, StorageError>,
) -> Result<BTreeMap<R::Id, R>, StorageError> {
    let (mut rows, mut after) = (BTreeMap::new(), None);
    loop {
        let batch = read(after)?;
        let is_last = batch.len() < BATCH;
        after = batch.last().map(Kept::id);
        rows.extend(batch.into_iter().map(|row| (row.id(), row)));
        if is_last {
            return Ok(rows);
        }
    }
}

impl Fold for Lists {
    fn load(&self, reader: &dyn Reader) -> Result<(), StorageError> {
        let alerts =
            all(|after| reader.alerts(&AlertQuery { after, limit: BATCH, ..AlertQuery::default() }))?;
        let incidents = all(|after| {
            reader.incidents(&IncidentQuery { merged: true, after, limit: BATCH, ..IncidentQuery::default() })
        })?;
        let evidence = all(|after| reader.evidence(after, BATCH))?;
        self.alerts.replace(alerts);
        self.incidents.replace(incidents);
        self.evidence.replace(evidence);
        Ok(())
    }

    /// Reads again the rows that an entry changed: they were written with it, perhaps with later ones too.
    fn follow(&self, entry: &Entry, reader: &dyn Reader) -> Result<(), StorageError> {
        match (entry.head.stream, &entry.fact) {
            // What was erased is in no row any more.
            (_, Fact::ValuesErased { .. }) => self.load(reader)?,
            (StreamId::Alert(id), _) => self.alerts.put(id, reader.alert(id)?),
            (StreamId::Evidence(id), _) => self.evidence.put(id, reader.evidence_of(id)?),
            (StreamId::Incident(id), fact) => {
                self.incidents.put(id, reader.incident(id)?);
                let moved: Vec<AlertId> = match fact {
                    Fact::AlertsJoined { alerts } => alerts.iter().map(|joined| joined.alert).collect(),
                    Fact::AlertsLeft { alerts } => alerts.iter().copied().collect(),
                    _ => Vec::new(),
                };
                for alert in moved {
                    self.alerts.put(alert, reader.alert(alert)?);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

//! Lists in memory: alerts, incidents and evidence as their rows are now, so that any filter over them is answered
//! without a look at the disk.

use super::fold::Fold;
use super::need::Allowed;
use super::quoted::is_quoted;
use super::rows::Rows;
use cofferdam_journal::alert::AlertSource;
use cofferdam_journal::filter::{Filter, Listed};
use cofferdam_journal::report::{ReportNumber, ReportRow};
use cofferdam_journal::view::{AlertRow, EvidenceRow, IncidentRow};
use cofferdam_journal::{Entry, Fact, StreamId};
use cofferdam_store::{AlertQuery, IncidentQuery, Reader, StorageError, entries};
use cofferdam_vocabulary::{AlertId, ContentHash, DedupKey, ExceptionId, IncidentId, ReportId};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::ControlFlow;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

/// Rows read at once while a whole list is read.
const BATCH: usize = 1000;

/// All lists.
#[derive(Default)]
pub struct Lists {
    alerts: List<AlertRow>,
    incidents: List<IncidentRow>,
    evidence: List<EvidenceRow>,
    reports: List<ReportRow>,
    /// Reports by what is kept of their numbers.
    numbers: RwLock<HashMap<ContentHash, ReportId>>,
    /// Alerts that a product tells of in its own words, by what tells them apart.
    quoted: RwLock<HashMap<DedupKey, AlertId>>,
    /// How often something was recorded that says where alerts belong.
    placings: AtomicU64,
}

/// One list, in the order of its ids.
pub struct List<R>(RwLock<Rows<R>>);

/// A row that is kept in a list.
pub trait Kept: Listed + Clone + Send + Sync {
    /// What tells rows apart; later ones are larger, where ids are numbers.
    type Id: Ord + Copy + FromStr + fmt::Display + Send + Sync + 'static;

    /// The id of this row.
    fn id(&self) -> Self::Id;

    /// What a row of this id is about.
    fn stream(id: Self::Id) -> StreamId;

    /// The list of such rows.
    fn list(lists: &Lists) -> &List<Self>;

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

impl<R> Default for List<R> {
    fn default() -> List<R> {
        List(RwLock::default())
    }
}

impl<R: Kept> List<R> {
    fn replace(&self, rows: Rows<R>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = rows;
    }

    fn put(&self, id: R::Id, row: Option<R>) {
        let mut rows = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match row {
            Some(row) => rows.put(row),
            None => rows.remove(id),
        }
    }

    /// Rows that are there for somebody and are wanted, and whether there are more.
    pub fn page(&self, wanted: &Wanted<'_, R>, allowed: &Allowed<'_>) -> (Vec<R>, bool) {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let fits = |row: &&R| is_wanted(*row, wanted.filter, allowed);
        let take = |found: &mut dyn Iterator<Item = &R>| {
            let page: Vec<R> = found.take(wanted.limit).map(|row| row.seen(allowed).into_owned()).collect();
            let more = found.next().is_some();
            (page, more)
        };
        match (wanted.order, wanted.after) {
            (Order::Oldest, Some(after)) => take(&mut rows.behind(after).filter(fits)),
            (Order::Oldest, None) => take(&mut rows.iter().filter(fits)),
            (Order::Newest, Some(after)) => take(&mut rows.before(after).filter(fits)),
            (Order::Newest, None) => take(&mut rows.backwards().filter(fits)),
        }
    }

    /// Looks at each row that is there for somebody, the last first, until `look` says that it has seen enough.
    pub fn each(&self, allowed: &Allowed<'_>, mut look: impl FnMut(&R) -> ControlFlow<()>) {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for row in rows.backwards().filter(|row| allowed.sees(R::stream(row.id()))) {
            if look(&row.seen(allowed)).is_break() {
                return;
            }
        }
    }

    /// How many rows are there for somebody and are wanted.
    pub fn count(&self, filter: &Filter<R>, allowed: &Allowed<'_>) -> usize {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        rows.iter().filter(|row| is_wanted(*row, filter, allowed)).count()
    }

    /// One row, if it is there for somebody.
    pub fn get(&self, id: R::Id, allowed: &Allowed<'_>) -> Option<R> {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let row = rows.get(id).filter(|row| allowed.sees(R::stream(row.id())))?;
        Some(row.seen(allowed).into_owned())
    }
}

/// Whether a row is there for somebody and wanted as they see it. Most rows are told apart by the filter, which costs
/// less than to look up who may see them.
fn is_wanted<R: Kept>(row: &R, filter: &Filter<R>, allowed: &Allowed<'_>) -> bool {
    filter.matches(&row.seen(allowed)) && allowed.sees(R::stream(row.id()))
}

impl Lists {
    /// One row, whoever may see it: for what the server does by itself.
    pub fn row<R: Kept>(&self, id: R::Id) -> Option<R> {
        R::list(self).0.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// The id of the incident that was opened last.
    pub fn last_incident(&self) -> Option<IncidentId> {
        let rows = self.incidents.0.read().unwrap_or_else(PoisonError::into_inner);
        rows.backwards().next().map(Kept::id)
    }

    /// Incidents that were cases of other products, by the product and what tells the case apart.
    pub fn imported_cases(&self) -> HashMap<(String, DedupKey), IncidentId> {
        let rows = self.incidents.0.read().unwrap_or_else(PoisonError::into_inner);
        let cases = rows.iter().filter_map(|row| Some((row.imported.as_ref()?, row.id)));
        cases.map(|(case, id)| ((case.product.as_str().to_owned(), case.key), id)).collect()
    }

    /// Alerts that were other products' first, by what tells them apart.
    pub fn alerts_by_key(&self) -> HashMap<DedupKey, AlertId> {
        let rows = self.alerts.0.read().unwrap_or_else(PoisonError::into_inner);
        let of_products = rows.iter().filter(|row| matches!(row.source, AlertSource::Product(_)));
        of_products.filter_map(|row| Some((row.dedup?, row.id))).collect()
    }

    /// Alerts behind this one, the first first.
    pub fn alerts_after(&self, after: Option<AlertId>) -> Vec<AlertRow> {
        let rows = self.alerts.0.read().unwrap_or_else(PoisonError::into_inner);
        match after {
            Some(after) => rows.behind(after).cloned().collect(),
            None => rows.iter().cloned().collect(),
        }
    }

    /// Incidents to which nothing joins by itself.
    pub fn held_incidents(&self) -> Vec<IncidentId> {
        let rows = self.incidents.0.read().unwrap_or_else(PoisonError::into_inner);
        rows.iter().filter(|row| row.is_held()).map(|row| row.id).collect()
    }

    /// Where people say that an alert belongs: to an incident that nothing joins by itself, or to none. Nothing when
    /// nobody said.
    pub fn placed(&self, alert: AlertId) -> Option<Option<IncidentId>> {
        let alerts = self.alerts.0.read().unwrap_or_else(PoisonError::into_inner);
        let row = alerts.get(alert)?;
        if row.kept_out {
            return Some(None);
        }
        let incidents = self.incidents.0.read().unwrap_or_else(PoisonError::into_inner);
        let incident = incidents.get(row.incident?)?;
        incident.is_held().then_some(Some(incident.id))
    }

    /// How often something was recorded that says where alerts belong.
    pub fn placings(&self) -> u64 {
        self.placings.load(Ordering::Acquire)
    }

    /// Alerts that can be told again: those that have a key.
    pub fn keyed_alerts(&self) -> Vec<AlertRow> {
        let rows = self.alerts.0.read().unwrap_or_else(PoisonError::into_inner);
        rows.iter().filter(|row| row.dedup.is_some()).cloned().collect()
    }

    /// The report of this number, whoever asks: to have the number is to be let in.
    pub fn report_of(&self, number: ReportNumber) -> Option<ReportRow> {
        let numbers = self.numbers.read().unwrap_or_else(PoisonError::into_inner);
        let id = *numbers.get(&number.fingerprint())?;
        self.reports.0.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// The id of the report that came last.
    pub fn last_report(&self) -> Option<ReportId> {
        let rows = self.reports.0.read().unwrap_or_else(PoisonError::into_inner);
        rows.backwards().next().map(Kept::id)
    }

    /// Reports of which no alert tells yet.
    pub fn reports_without_alert(&self) -> Vec<ReportRow> {
        let rows = self.reports.0.read().unwrap_or_else(PoisonError::into_inner);
        rows.iter().filter(|row| row.alert.is_none()).cloned().collect()
    }

    /// The alert that tells of a report, if one was raised.
    pub fn alert_of(&self, report: ReportId) -> Option<AlertId> {
        let rows = self.alerts.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut tell = rows.backwards().filter(|row| row.source == AlertSource::Report(report));
        tell.next().map(Kept::id)
    }

    /// The alert of this key that a product tells of in its own words, whoever asks: a second one is not raised.
    pub fn quoted(&self, key: DedupKey) -> Option<AlertId> {
        self.quoted.read().unwrap_or_else(PoisonError::into_inner).get(&key).copied()
    }

    /// The id of the alert that was raised last.
    pub fn last_alert(&self) -> Option<AlertId> {
        let rows = self.alerts.0.read().unwrap_or_else(PoisonError::into_inner);
        rows.backwards().next().map(Kept::id)
    }
}

impl Lists {
    fn put_alert(&self, id: AlertId, reader: &dyn Reader) -> Result<(), StorageError> {
        let row = reader.alert(id)?;
        let key = row.as_ref().and_then(quoted_key);
        self.quoted.write().unwrap_or_else(PoisonError::into_inner).extend(key.map(|key| (key, id)));
        self.alerts.put(id, row);
        Ok(())
    }

    /// What hides an alert, as it is in memory.
    pub fn hidden(&self, id: AlertId) -> Option<ExceptionId> {
        let rows = self.alerts.0.read().unwrap_or_else(PoisonError::into_inner);
        rows.get(id)?.hidden
    }

    /// The incident to which an alert belongs, as it is in memory.
    pub fn incident_of(&self, id: AlertId) -> Option<IncidentId> {
        let rows = self.alerts.0.read().unwrap_or_else(PoisonError::into_inner);
        rows.get(id)?.incident
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

    fn list(lists: &Lists) -> &List<AlertRow> {
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

    fn list(lists: &Lists) -> &List<IncidentRow> {
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

    fn list(lists: &Lists) -> &List<EvidenceRow> {
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

impl Kept for ReportRow {
    type Id = ReportId;

    fn id(&self) -> ReportId {
        self.id
    }

    fn stream(id: ReportId) -> StreamId {
        StreamId::Report(id)
    }

    fn list(lists: &Lists) -> &List<ReportRow> {
        &lists.reports
    }
}

/// The row of a report, of which the database has none: it is told by its entries.
fn report(reader: &dyn Reader, id: ReportId) -> Result<Option<ReportRow>, StorageError> {
    Ok(ReportRow::of(&entries(reader, StreamId::Report(id))?))
}

/// What tells an alert apart of which a product tells in its own words.
fn quoted_key(row: &AlertRow) -> Option<DedupKey> {
    row.dedup.filter(|_| is_quoted(row))
}

/// All rows of a list, read in batches: `read` gives those after one.
fn all<R: Kept>(
    mut read: impl FnMut(Option<R::Id>) -> Result<Vec<R>, StorageError>,
) -> Result<Rows<R>, StorageError> {
    let (mut rows, mut after) = (Rows::default(), None);
    loop {
        let batch = read(after)?;
        let is_last = batch.len() < BATCH;
        after = batch.last().map(Kept::id);
        batch.into_iter().for_each(|row| rows.put(row));
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
        let quoted = alerts.iter().filter_map(|row| Some((quoted_key(row)?, row.id))).collect();
        *self.quoted.write().unwrap_or_else(PoisonError::into_inner) = quoted;
        self.alerts.replace(alerts);
        self.incidents.replace(incidents);
        self.evidence.replace(evidence);
        let (mut reports, mut numbers) = (Rows::default(), HashMap::new());
        for row in reader.reports()?.into_iter().map(|id| report(reader, id)) {
            if let Some(row) = row? {
                numbers.insert(row.number, row.id);
                reports.put(row);
            }
        }
        self.reports.replace(reports);
        *self.numbers.write().unwrap_or_else(PoisonError::into_inner) = numbers;
        Ok(())
    }

    /// Reads again the rows that an entry changed: they were written with it, perhaps with later ones too.
    fn follow(&self, entry: &Entry, reader: &dyn Reader) -> Result<(), StorageError> {
        match (entry.head.stream, &entry.fact) {
            // What was erased is in no row any more.
            (_, Fact::ValuesErased { .. }) => self.load(reader)?,
            (StreamId::Alert(id), fact) => {
                self.put_alert(id, reader)?;
                // The incident to which it belongs may count it no more, or again.
                let may_count = matches!(fact, Fact::AlertMerged { .. } | Fact::AlertJudged(_))
                    || matches!(fact, Fact::AlertReopened { .. } | Fact::TriageRestored(_))
                    || matches!(fact, Fact::AlertHidden { .. } | Fact::AlertShown);
                if let Some(of) = self.incident_of(id).filter(|_| may_count) {
                    self.incidents.put(of, reader.incident(of)?);
                }
            }
            (StreamId::Report(id), _) => {
                let row = report(reader, id)?;
                let number = row.iter().map(|row| (row.number, row.id));
                self.numbers.write().unwrap_or_else(PoisonError::into_inner).extend(number);
                self.reports.put(id, row);
            }
            (StreamId::Evidence(id), _) => self.evidence.put(id, reader.evidence_of(id)?),
            (StreamId::Incident(id), fact) => {
                self.incidents.put(id, reader.incident(id)?);
                let moved: Vec<AlertId> = match fact {
                    Fact::AlertsJoined { alerts } | Fact::AlertsAttached { alerts, .. } => {
                        alerts.iter().map(|joined| joined.alert).collect()
                    }
                    Fact::AlertsLeft { alerts } | Fact::AlertsDetached { alerts, .. } => {
                        alerts.iter().copied().collect()
                    }
                    _ => Vec::new(),
                };
                for alert in moved {
                    let before = self.incident_of(alert);
                    self.put_alert(alert, reader)?;
                    // So do the one from which it came and the one to which it went back.
                    let others = before.into_iter().chain(self.incident_of(alert));
                    for other in others.filter(|other| *other != id) {
                        self.incidents.put(other, reader.incident(other)?);
                    }
                }
                if places(fact) {
                    self.placings.fetch_add(1, Ordering::Release);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether a fact of an incident says anew where alerts belong, or whether nothing joins it by itself.
fn places(fact: &Fact) -> bool {
    matches!(fact, Fact::AlertsAttached { .. } | Fact::AlertsDetached { .. } | Fact::IncidentUnmerged { .. })
        || matches!(fact, Fact::CommanderNamed { .. } | Fact::CommanderRelieved | Fact::IncidentMerged { .. })
        || matches!(
            fact,
            Fact::IncidentRestricted { .. } | Fact::IncidentOpenedUp | Fact::IncidentClosed { .. }
        )
}

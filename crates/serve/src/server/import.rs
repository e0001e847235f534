//! Cases of other products become incidents: each whole, and once.

use super::Server;
use super::import_intents::{alert_report, incident_intents};
use crate::access::Caller;
use crate::http::Problem;
use crate::ledger::Draft;
use cofferdam_import::{Case, File, ForeignAlert, LeftOut, Product, Unread};
use cofferdam_journal::alert::{Alert, AlertIntent};
use cofferdam_journal::incident::{Incident, IncidentIntent};
use cofferdam_journal::view::{AlertRow, IncidentRow};
use cofferdam_journal::{Permission, StreamId};
use cofferdam_store::StorageError;
use cofferdam_vocabulary::{AlertId, DedupKey, IncidentId};
use std::collections::HashMap;
use std::iter::Peekable;
use std::sync::Arc;
use tokio::sync::OwnedMutexGuard;

/// What is asked in one commit, and a case more: nobody else records anything meanwhile.
const AT_ONCE: usize = 2000;

/// How a file is imported.
#[derive(Clone, Copy, Debug)]
pub struct Importing {
    /// Only say what would come of it.
    pub dry_run: bool,
    /// What was closed there is closed here, too.
    pub close: bool,
}

/// What came of a file.
#[derive(Debug, Default)]
pub struct Imported {
    /// Of its cases, in its order.
    pub cases: Vec<ImportedCase>,
    /// Of alerts that belong to none of them.
    pub alerts: Vec<ImportedAlert>,
    /// What is neither.
    pub unread: Vec<Unread>,
    /// What stands around them.
    pub left: Vec<LeftOut>,
}

/// What came of a case.
#[derive(Debug)]
pub struct ImportedCase {
    /// The product that kept it.
    pub product: Product,
    /// What people call it there.
    pub case: String,
    /// Its title.
    pub title: String,
    /// It had been imported before, and nothing was added.
    pub was_there: bool,
    /// The incident that it is; none when nothing was recorded, or when that incident is not there for the caller.
    pub incident: Option<IncidentId>,
    /// What it holds.
    pub held: Held,
    /// What the incident would not take, and why.
    pub refused: Vec<String>,
    /// What was not imported.
    pub left: Vec<LeftOut>,
    /// Values that the case had.
    pub values: u64,
}

/// How much a case holds.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Alerts that were not there before.
    pub alerts: usize,
    /// Tasks.
    pub tasks: usize,
    /// Notes.
    pub notes: usize,
    /// Moments of the timeline.
    pub moments: usize,
    /// Entities of the scope.
    pub entities: usize,
    /// It was closed there.
    pub closed: bool,
}

/// What came of an alert.
#[derive(Debug)]
pub struct ImportedAlert {
    /// The product that kept it.
    pub product: Product,
    /// What people call it there.
    pub alert: String,
    /// Its title.
    pub title: String,
    /// It had been imported before, and nothing was added.
    pub was_there: bool,
    /// The alert that it is; none when nothing was recorded, or when that alert is not there for the caller.
    pub id: Option<AlertId>,
    /// What was not imported.
    pub left: Vec<LeftOut>,
    /// Values that the alert had.
    pub values: u64,
}

/// What was imported before, and what this file brought since.
struct Known {
    cases: HashMap<(String, DedupKey), IncidentId>,
    alerts: HashMap<DedupKey, AlertId>,
}

/// What is asked in one commit.
#[derive(Default)]
struct Batch {
    incidents: Vec<(IncidentId, Vec<IncidentIntent>)>,
    alerts: Vec<(AlertId, AlertIntent)>,
    size: usize,
}

/// The next free numbers.
struct Numbers {
    incident: u64,
    alert: u64,
}

/// An import under way. There is one at a time, so that nobody else brings the same.
struct Import {
    server: Arc<Server>,
    caller: Caller,
    how: Importing,
    known: Known,
}

impl Server {
    /// Makes incidents of the cases of a file, and alerts of its alerts. Each case is whole or not there at all; what was
    /// imported before stays as it is. `turn` is of [`Server::importing`].
    ///
    /// # Errors
    ///
    /// 403 when cases are to be closed by somebody who may close none, 500 when something cannot be recorded: then what
    /// came before it is there, and the same file brings the rest.
    pub async fn import(
        self: &Arc<Self>,
        caller: &Caller,
        file: File,
        how: Importing,
        turn: OwnedMutexGuard<()>,
    ) -> Result<Imported, Problem> {
        if how.close && !caller.may(Permission::IncidentsCommand) {
            let detail = "to close what was closed there takes the permission `incidents:command`";
            return Err(Problem::forbidden().detail(detail).help("import it without closing"));
        }
        let known = Known { cases: self.lists.imported_cases(), alerts: self.lists.alerts_by_key() };
        let mut import = Import { server: Arc::clone(self), caller: caller.clone(), how, known };
        Server::whole(async move {
            // Held to the end, though whoever asked went away.
            let _turn = turn;
            let mut done = Imported { unread: file.unread, left: file.left, ..Imported::default() };
            let mut cases = file.cases.into_iter().peekable();
            while cases.peek().is_some() {
                done.cases.extend(import.some_cases(&mut cases).await?);
            }
            let mut alerts = file.alerts.into_iter().peekable();
            while alerts.peek().is_some() {
                done.alerts.extend(import.some_alerts(&mut alerts).await?);
            }
            Ok(done)
        })
        .await
    }
}

impl Import {
    /// Imports as many cases as go into one commit.
    async fn some_cases(
        &mut self,
        cases: &mut Peekable<impl Iterator<Item = Case> + Send>,
    ) -> Result<Vec<ImportedCase>, Problem> {
        let server = Arc::clone(&self.server);
        // Nobody restricts what is looked at, or takes the numbers, before the commit.
        let _changing = server.ledger.changing.lock().await;
        let _numbering = server.numbering.lock().await;
        let (mut numbers, mut batch, mut done) = (self.numbers(), Batch::default(), Vec::new());
        let mut places: HashMap<IncidentId, usize> = HashMap::new();
        while batch.size < AT_ONCE
            && let Some(case) = cases.next()
        {
            let (id, imported) = self.case(case, &mut numbers, &mut batch);
            places.extend(id.map(|id| (id, done.len())));
            done.push(imported);
        }
        for (stream, why) in self.carry(batch).await? {
            if let StreamId::Incident(id) = stream
                && let Some(case) = places.get(&id).and_then(|at| done.get_mut(*at))
            {
                case.refused.push(why);
            }
        }
        Ok(done)
    }

    async fn some_alerts(
        &mut self,
        alerts: &mut Peekable<impl Iterator<Item = ForeignAlert> + Send>,
    ) -> Result<Vec<ImportedAlert>, Problem> {
        let server = Arc::clone(&self.server);
        let _changing = server.ledger.changing.lock().await;
        let _numbering = server.numbering.lock().await;
        let (mut numbers, mut batch, mut done) = (self.numbers(), Batch::default(), Vec::new());
        while batch.size < AT_ONCE
            && let Some(alert) = alerts.next()
        {
            done.push(self.alert(alert, &mut numbers, &mut batch));
        }
        self.carry(batch).await?;
        Ok(done)
    }

    fn numbers(&self) -> Numbers {
        let lists = &self.server.lists;
        Numbers {
            incident: lists.last_incident().map_or(1, |last| last.0 + 1),
            alert: lists.last_alert().map_or(1, |last| last.0 + 1),
        }
    }

    /// What is asked for a case, and the incident that it will be.
    fn case(
        &mut self,
        mut case: Case,
        numbers: &mut Numbers,
        batch: &mut Batch,
    ) -> (Option<IncidentId>, ImportedCase) {
        let key = (case.product.as_str().to_owned(), case.key);
        if let Some(incident) = self.known.cases.get(&key) {
            let sight = self.server.sight(&self.caller);
            // One of this very commit is in no list yet.
            let is_own = batch.incidents.iter().any(|(id, _)| id == incident) && !self.how.dry_run;
            let there = Some(*incident).filter(|id| is_own || sight.row::<IncidentRow>(*id).is_ok());
            return (None, told(case, there, true, 0, Vec::new()));
        }
        let of_case = std::mem::take(&mut case.alerts);
        let fresh = of_case.into_iter().filter(|alert| !self.known.alerts.contains_key(&alert.key));
        let mut seen = HashMap::new();
        let alerts: Vec<(AlertId, ForeignAlert)> = fresh
            .filter(|alert| seen.insert(alert.key, ()).is_none())
            .map(|alert| (numbers.next_alert(), alert))
            .collect();
        let id = IncidentId(numbers.incident);
        numbers.incident += 1;
        self.known.cases.insert(key, id);
        self.known.alerts.extend(alerts.iter().map(|(id, alert)| (alert.key, *id)));
        let (intents, refused) = incident_intents(&case, &alerts, self.how.close);
        batch.size += intents.len() + alerts.len();
        batch.incidents.push((id, intents));
        batch.alerts.extend(alerts.iter().map(|(id, alert)| (*id, report(alert))));
        let imported = told(case, (!self.how.dry_run).then_some(id), false, alerts.len(), refused);
        (Some(id), imported)
    }

    /// What is asked for an alert that belongs to no case.
    fn alert(&mut self, alert: ForeignAlert, numbers: &mut Numbers, batch: &mut Batch) -> ImportedAlert {
        let known = self.known.alerts.get(&alert.key).copied();
        let id = match known {
            Some(id) => {
                let sight = self.server.sight(&self.caller);
                Some(id).filter(|id| sight.row::<AlertRow>(*id).is_ok())
            }
            None => {
                let id = numbers.next_alert();
                self.known.alerts.insert(alert.key, id);
                batch.size += 1;
                batch.alerts.push((id, report(&alert)));
                (!self.how.dry_run).then_some(id)
            }
        };
        let ForeignAlert { product, id: called, title, left, values, .. } = alert;
        ImportedAlert { product, alert: called, title, was_there: known.is_some(), id, left, values }
    }

    /// Records all of it in one commit, and says what was refused of it.
    async fn carry(&self, batch: Batch) -> Result<Vec<(StreamId, String)>, Problem> {
        let (actor, is_dry) = (self.caller.actor(), self.how.dry_run);
        let write = move |draft: &mut Draft<'_>| {
            // An alert is there before the incident says that it has it.
            for (id, intent) in &batch.alerts {
                draft.ask::<Alert>(StreamId::Alert(*id), &actor, |_| vec![intent.clone()])?;
            }
            for (id, intents) in &batch.incidents {
                draft.ask::<Incident>(StreamId::Incident(*id), &actor, |_| intents.clone())?;
            }
            let refused = std::mem::take(&mut draft.refused);
            if is_dry {
                draft.discard();
            }
            Ok(refused)
        };
        let done = self.server.ledger.run(move |ledger| ledger.together(write)).await.and_then(|done| done);
        let failed = |what| Problem::from_failure("a case cannot be imported", &StorageError::Io { what });
        Ok(done.map_err(failed)?.0)
    }
}

impl Numbers {
    fn next_alert(&mut self) -> AlertId {
        let id = AlertId(self.alert);
        self.alert += 1;
        id
    }
}

fn report(alert: &ForeignAlert) -> AlertIntent {
    AlertIntent::Report(Box::new(alert_report(alert)))
}

fn told(
    case: Case,
    incident: Option<IncidentId>,
    was_there: bool,
    alerts: usize,
    refused: Vec<String>,
) -> ImportedCase {
    let held = Held {
        alerts,
        tasks: case.tasks.len(),
        notes: case.notes.len(),
        moments: case.moments.len(),
        entities: case.scope.len(),
        closed: case.closing.is_some(),
    };
    let Case { product, id, title, left, values, .. } = case;
    ImportedCase { product, case: id, title, was_there, incident, held, refused, left, values }
}

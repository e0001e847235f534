//! What whoever reports does: it becomes a report with a number that only they have, and one alert.

use super::Server;
use crate::http::{Problem, Source};
use crate::ledger::RecordError;
use cofferdam_journal::alert::{AlertReport, AlertSource, AlertStatus, Count, ENTITIES, Record, Rule};
use cofferdam_journal::report::{NamedThing, Received, Report, ReportIntent, ReportNumber, ReportRow};
use cofferdam_journal::{Actor, Aggregate, Personal, StreamId};
use cofferdam_store::entries;
use cofferdam_vocabulary::{AlertId, Level, ReportId};
use jiff::Timestamp;
use std::sync::Arc;

/// The rule whose alerts tell of reports.
pub const PERSON_REPORT: &str = "person-report";

/// What somebody tells, before it has a number.
pub struct Told {
    /// As it will be recorded, but for its number.
    pub received: Received,
    /// The code that they gave.
    pub code: String,
}

/// Whoever reports: nobody knows who that is.
fn somebody() -> Actor {
    Actor::Person(Personal::of("(whoever reported)"))
}

impl Server {
    /// Takes a report.
    ///
    /// # Errors
    ///
    /// 404 when nobody may report, 403 when the code is not right, 429 when too many come, 500 when it cannot be
    /// recorded.
    pub async fn receive_report(
        self: &Arc<Self>,
        told: Told,
        source: Source,
    ) -> Result<ReportNumber, Problem> {
        self.reports.admit(&told.code, source.place(), (self.clock)())?;
        let mut random = [0; 8];
        getrandom::fill(&mut random)
            .map_err(|error| Problem::from_failure("there is no randomness", &error))?;
        let number = ReportNumber::of(random);
        let received = Received { number: number.fingerprint(), ..told.received };
        let server = Arc::clone(self);
        Server::whole(async move {
            {
                let _numbering = server.reports.numbering.lock().await;
                let id = ReportId(server.lists.last_report().map_or(0, |last| last.0) + 1);
                server.ask_report(id, somebody(), ReportIntent::Receive(Box::new(received))).await?;
            }
            // That it could not be raised is logged, and tried again: the report is there.
            server.alert_reports().await;
            Ok(number)
        })
        .await
    }

    /// The report of a number, for whoever has it.
    ///
    /// # Errors
    ///
    /// 404 when there is none, 429 when too many ask.
    pub fn report_of(&self, number: &str, source: Source) -> Result<ReportRow, Problem> {
        self.reports.admit_look(source.place(), (self.clock)())?;
        // What is no number is looked up like one: an answer takes as long.
        let number = ReportNumber::parse(number).unwrap_or(ReportNumber::of([0; 8]));
        self.lists.report_of(number).ok_or_else(Problem::not_found)
    }

    /// Adds to the report of a number.
    ///
    /// # Errors
    ///
    /// As [`Server::report_of`]; 409 when it has no more room.
    pub async fn amend_report(
        self: &Arc<Self>,
        number: &str,
        text: &str,
        source: Source,
    ) -> Result<(), Problem> {
        let row = self.report_of(number, source)?;
        self.reports.admit_addition(source.place(), (self.clock)())?;
        let text = Personal::parts(text);
        self.ask_report(row.id, somebody(), ReportIntent::Amend { text }).await
    }

    /// Carries an intent of a report through.
    ///
    /// # Errors
    ///
    /// 409 when it refuses, 500 when it cannot be recorded.
    pub async fn ask_report(
        self: &Arc<Self>,
        id: ReportId,
        actor: Actor,
        intent: ReportIntent,
    ) -> Result<(), Problem> {
        let asked = self.ledger.ask::<Report>(StreamId::Report(id), actor, intent).await;
        asked.map(|_| ()).map_err(|error| match error {
            RecordError::Refused(refusal) => Problem::conflict().detail(refusal.to_string()),
            RecordError::Failed { .. } => Problem::from_failure("a report cannot be recorded", &error),
        })
    }

    /// Raises the alerts of reports that have none yet, and says in each which it is.
    pub async fn alert_reports(self: &Arc<Self>) {
        let _alerting = self.reports.alerting.lock().await;
        for row in self.lists.reports_without_alert() {
            let alert = match self.lists.alert_of(row.id) {
                // It was raised, and the server ended before the report said so.
                Some(alert) => alert,
                None => match self.raise_report(&row).await {
                    Ok(alert) => alert,
                    Err(_) => return,
                },
            };
            let told = self.ask_report(row.id, self.program(), ReportIntent::Tell { alert }).await;
            if told.is_err() {
                return;
            }
        }
    }

    async fn raise_report(self: &Arc<Self>, row: &ReportRow) -> Result<AlertId, Problem> {
        let stream = StreamId::Report(row.id);
        let failed =
            |error: &dyn std::fmt::Display| Problem::from_failure("the journal cannot be read", error);
        let read =
            self.ledger.run(move |ledger| ledger.store().journal.read(|reader| entries(reader, stream)));
        let facts = read.await.map_err(|what| failed(&what))?.map_err(|error| failed(&error))?;
        let received = Report::replay(facts.iter().map(|entry| &entry.fact)).received;
        let received = received.ok_or_else(Problem::not_found)?;
        self.raise_alert(self.program(), alert(row, &received)).await
    }
}

/// The alert that tells of a report. Nothing in it was proven.
fn alert(row: &ReportRow, received: &Received) -> AlertReport {
    let time: Option<Timestamp> = Some(row.received);
    let level: Level = received.how_bad.level();
    AlertReport {
        rule: Rule { id: PERSON_REPORT.to_owned(), title: Personal::of("Reported by a person") },
        level,
        tactics: Vec::new(),
        techniques: Vec::new(),
        entities: received.named.iter().filter_map(NamedThing::entity).take(ENTITIES).collect(),
        records: vec![Record {
            file: Personal::of(&StreamId::Report(row.id).to_string()),
            evidence: None,
            record: 1,
            time,
            what: summary(&row.summary),
        }],
        count: Count { matches: 1, occurrences: 1, first_seen: time, last_seen: time, attempt: false },
        source: AlertSource::Report(row.id),
        status: AlertStatus::Open,
        dedup: None,
    }
}

/// One line of what somebody wrote.
fn summary(text: &Personal) -> Personal {
    const MOST: usize = 200;
    let Some(known) = text.known() else { return text.clone() };
    let words = known.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MOST) {
        Some((end, _)) => Personal::of(&format!("{}…", words.get(..end).unwrap_or_default())),
        None => Personal::of(&words),
    }
}

//! What holds for every history: rows are what a rebuild makes, and the log is the tree over its leaves.

use crate::sample::{alert, count, open, program, report};
use crate::sound::{Log, reading, rows, stands};
use cofferdam_journal::alert::{Alert, AlertIntent};
use cofferdam_journal::evidence::{Acquired, Evidence, EvidenceIntent, Transfer};
use cofferdam_journal::incident::{Incident, IncidentIntent};
use cofferdam_journal::log::{Log as LogState, LogIntent};
use cofferdam_journal::{Aggregate, Commitment, Fact, Personal, StreamId};
use cofferdam_store::{Append, AskError, Journal};
use cofferdam_vocabulary::{AlertId, ContentHash, IncidentId, Level};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Asked of the journal.
#[derive(Clone, Debug)]
enum Step {
    Alert { id: u64, account: String, matches: u64 },
    Incident { id: u64, title: String, level: Level, alerts: BTreeSet<u64> },
    Merge { id: u64, into: u64 },
    Evidence { id: u8, intent: EvidenceIntent },
    Erase { text: String },
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let text = || prop_oneof![3 => prop::sample::select(vec!["dev1", "ops1"]).prop_map(str::to_owned), 1 => ".{0,9}"];
    let to = move || {
        (text(), text())
            .prop_map(|(to, purpose)| Transfer { to: Personal::of(&to), purpose: Personal::of(&purpose) })
    };
    let acquire = text()
        .prop_map(|source| EvidenceIntent::Acquire(Acquired { source: Personal::of(&source), bytes: 3 }));
    let evidence = prop_oneof![
        acquire,
        Just(EvidenceIntent::Keep),
        Just(EvidenceIntent::View),
        to().prop_map(EvidenceIntent::HandOver),
        text().prop_map(|found| EvidenceIntent::ReportDamage { found }),
    ];
    let levels = prop::sample::select(vec![Level::Low, Level::High, Level::Critical]);
    prop_oneof![
        6 => (0_u64..6, text(), 1_u64..5).prop_map(|(id, account, matches)| Step::Alert { id, account, matches }),
        5 => (1_u64..4, text(), levels, btree_set(0_u64..6, 0..5))
            .prop_map(|(id, title, level, alerts)| Step::Incident { id, title, level, alerts }),
        1 => (1_u64..4, 1_u64..4).prop_map(|(id, into)| Step::Merge { id, into }),
        4 => (0_u8..3, evidence).prop_map(|(id, intent)| Step::Evidence { id, intent }),
        1 => text().prop_map(|text| Step::Erase { text }),
        1 => Just(Step::Reopen),
    ]
}

/// Asks; a refusal is an answer, and nothing else may go wrong.
fn ask<A>(journal: &Journal, stream: StreamId, intent: A::Intent)
where
    A: Aggregate,
    A::Intent: Clone,
{
    match journal.ask::<A>(stream, &program(), intent) {
        Ok(_) => {}
        Err(AskError::Refused(refusal)) => assert!(!refusal.to_string().is_empty()),
        Err(AskError::Append(error)) => panic!("{error}"),
    }
}

fn take(journal: &Journal, step: Step) {
    match step {
        Step::Alert { id, account, matches } => {
            let Append { stream, facts, .. } = alert(id, &account);
            let [Fact::AlertRaised(report)] = &facts[..] else { panic!("an alert is raised") };
            let mut report = report.clone();
            report.count = count(matches);
            ask::<Alert>(journal, stream, AlertIntent::Report(report));
        }
        Step::Incident { id, title, level, alerts } => {
            let mut report = report(&title, 0);
            report.severity.level = level;
            report.alerts = alerts.into_iter().map(|alert| (AlertId(alert), None)).collect();
            let stream = StreamId::Incident(IncidentId(id));
            ask::<Incident>(journal, stream, IncidentIntent::Report(Box::new(report)));
        }
        Step::Merge { id, into } => {
            let intent = IncidentIntent::Merge { into: IncidentId(into) };
            ask::<Incident>(journal, StreamId::Incident(IncidentId(id)), intent);
        }
        Step::Evidence { id, intent } => {
            ask::<Evidence>(journal, StreamId::Evidence(ContentHash([id; 32])), intent);
        }
        Step::Erase { text } => erase(journal, &text),
        Step::Reopen => {}
    }
}

fn erase(journal: &Journal, text: &str) {
    ask::<LogState>(journal, StreamId::Log, LogIntent::Open);
    let values = journal.read(|reader| reader.values_with(text)).unwrap();
    let values: Vec<(u64, Commitment)> =
        values.into_iter().map(|(position, secret)| (position, secret.commitment)).collect();
    let (log, expected) = journal.state::<LogState>(StreamId::Log).unwrap();
    let commitments = values.iter().map(|(_, commitment)| *commitment).collect();
    let order = Personal::of("a court");
    let facts = log.decide(LogIntent::Erase { commitments, order }).unwrap();
    if !facts.is_empty() {
        let append = Append { stream: StreamId::Log, expected, actor: program(), facts };
        journal.erase(append, values).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn rows_are_what_a_rebuild_makes(steps in vec(step(), 0..40)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let (mut journal, _) = open(&path).unwrap();
        for step in steps {
            if matches!(step, Step::Reopen) {
                let before = journal.read(rows).unwrap();
                drop(journal);
                journal = open(&path).unwrap().0;
                prop_assert_eq!(journal.read(rows).unwrap(), before);
            }
            take(&journal, step);
        }
        prop_assert_eq!(stands(&journal), Ok(()));
        let mut log = Log::default();
        prop_assert_eq!(reading(&journal, |reader| log.read_on(reader, &mut |_| Ok(()))), Ok(()));
        prop_assert_eq!(log.is_signed(&journal), Ok(()));
    }
}

//! What holds for every history: rows are what a rebuild makes, and the log is the tree over its leaves.

use crate::sample::{alert, count, open, program, report};
use crate::sound::{Log, reading, rows, stands};
use cofferdam_journal::access::{LoginFailed, LoginFailure};
use cofferdam_journal::alert::{Alert, AlertIntent};
use cofferdam_journal::evidence::{Acquired, Evidence, EvidenceIntent, Transfer};
use cofferdam_journal::incident::{Incident, IncidentIntent};
use cofferdam_journal::log::{Log as LogState, LogIntent};
use cofferdam_journal::session::{LoginMethod, Session, SessionEnd, SessionIntent, Started};
use cofferdam_journal::user::{AccountName, Enrolment, Origin, User, UserIntent};
use cofferdam_journal::{Aggregate, Commitment, Fact, Permission, Personal, StreamId, TeamRole};
use cofferdam_store::{Append, AskError, Journal};
use cofferdam_vocabulary::{
    AlertId, ContentHash, CredentialId, IncidentId, Level, SessionId, TokenId, UserId,
};
use jiff::{SignedDuration, Timestamp};
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
    Restrict { id: u64, to: BTreeSet<u64> },
    User { id: u64, intent: Box<UserIntent> },
    Session { id: u8, intent: SessionIntent },
    Door { account: String },
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
        Just(EvidenceIntent::Restrict { to: [UserId(1)].into() }),
        Just(EvidenceIntent::OpenUp),
    ];
    let levels = prop::sample::select(vec![Level::Low, Level::High, Level::Critical]);
    prop_oneof![
        6 => (0_u64..6, text(), 1_u64..5).prop_map(|(id, account, matches)| Step::Alert { id, account, matches }),
        5 => (1_u64..4, text(), levels, btree_set(0_u64..6, 0..5))
            .prop_map(|(id, title, level, alerts)| Step::Incident { id, title, level, alerts }),
        1 => (1_u64..4, 1_u64..4).prop_map(|(id, into)| Step::Merge { id, into }),
        4 => (0_u8..3, evidence).prop_map(|(id, intent)| Step::Evidence { id, intent }),
        2 => (1_u64..4, btree_set(0_u64..4, 0..3)).prop_map(|(id, to)| Step::Restrict { id, to }),
        4 => (1_u64..4, user()).prop_map(|(id, intent)| Step::User { id, intent: Box::new(intent) }),
        1 => (0_u8..3, session()).prop_map(|(id, intent)| Step::Session { id, intent }),
        1 => text().prop_map(|account| Step::Door { account }),
        1 => text().prop_map(|text| Step::Erase { text }),
        1 => Just(Step::Reopen),
    ]
}

fn user() -> impl Strategy<Value = UserIntent> {
    let account = prop::sample::select(vec!["dev1", "ops1", "svc-backup"]);
    let create = (account, ".{0,9}", any::<bool>()).prop_map(|(account, name, break_glass)| {
        let account = AccountName::parse(account).unwrap();
        let roles = [TeamRole::Responder].into();
        UserIntent::Create { account, name, roles, origin: Origin::Local, break_glass }
    });
    let issue = (0_u8..3, 1_u32..9).prop_map(|(id, days)| UserIntent::IssueToken {
        token: TokenId([id; 8]),
        name: "ops1 at night".to_owned(),
        hash: ContentHash([id; 32]),
        scope: [Permission::AlertsRead].into(),
        expires: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(i64::from(days) * 24),
        now: Timestamp::UNIX_EPOCH,
    });
    let credential = CredentialId([1; 8]);
    let expires = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24);
    let enrolment = Enrolment { hash: ContentHash([9; 32]), expires };
    prop_oneof![
        4 => create,
        2 => issue,
        1 => "[a-z1 ]{0,9}".prop_map(|name| UserIntent::Rename { name }),
        1 => Just(UserIntent::SetRoles { roles: [TeamRole::Observer].into() }),
        1 => Just(UserIntent::Disable),
        1 => Just(UserIntent::Enable),
        1 => Just(UserIntent::SetPassword { credential }),
        1 => Just(UserIntent::IssueEnrolment { enrolment, now: Timestamp::UNIX_EPOCH }),
        1 => Just(UserIntent::SetSecondFactor { credential }),
        1 => Just(UserIntent::MakeRecoveryCodes { credential, count: 2 }),
        1 => Just(UserIntent::UseRecoveryCode),
        1 => Just(UserIntent::RemoveSecondFactor),
        1 => Just(UserIntent::RevokeToken { token: TokenId([1; 8]) }),
    ]
}

fn session() -> impl Strategy<Value = SessionIntent> {
    let (user, method, address) = (UserId(1), LoginMethod::Oidc, Personal::of("ops1.example.org"));
    prop_oneof![
        Just(SessionIntent::Start(Started { user, method, address })),
        Just(SessionIntent::Raise { to: SessionId([9; 8]) }),
        Just(SessionIntent::End { why: SessionEnd::Idle }),
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
        Step::Restrict { id, to } => {
            let to: BTreeSet<UserId> = to.into_iter().map(UserId).collect();
            let intent = if to.contains(&UserId(0)) {
                IncidentIntent::OpenUp
            } else {
                IncidentIntent::Restrict { to }
            };
            ask::<Incident>(journal, StreamId::Incident(IncidentId(id)), intent);
        }
        Step::User { id, intent } => ask::<User>(journal, StreamId::User(UserId(id)), *intent),
        Step::Session { id, intent } => {
            ask::<Session>(journal, StreamId::Session(SessionId([id; 8])), intent);
        }
        Step::Door { account } => door(journal, &account),
        Step::Erase { text } => erase(journal, &text),
        Step::Reopen => {}
    }
}

/// Somebody does not get in; nothing is decided on it, and nothing replayed.
fn door(journal: &Journal, account: &str) {
    let stream = StreamId::access(Timestamp::UNIX_EPOCH);
    let (account, address) = (Personal::of(account), Personal::of("192.0.2.7"));
    let failed = LoginFailed { account, user: None, address, why: LoginFailure::Unknown };
    let expected = journal.read(|reader| reader.version(stream)).unwrap();
    let facts = vec![Fact::LoginFailed(failed)];
    journal.append(Append { stream, expected, actor: program(), facts }).unwrap();
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

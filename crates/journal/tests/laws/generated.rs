//! Intents and facts as the world could bring them: few ids, so that they meet, and hostile texts.

use cofferdam_journal::alert::{
    AlertIntent, AlertReport, AlertSource, AlertStatus, Count, EntityRecord, Judgement, ProductName, Record,
    Revision, Rule, Triage, Verdict,
};
use cofferdam_journal::call::{CallIntent, CallSpec, Channel, Matter};
use cofferdam_journal::evidence::{Acquired, EvidenceIntent, Transfer};
use cofferdam_journal::exception::{Condition, ExceptionIntent, ExceptionSpec};
use cofferdam_journal::incident::{
    Acceptance, DecisionNumber, IncidentIntent, IncidentReport, Join, Joined, NoteNumber, Part, Phase,
    Severity, Span, Suggested, Suggestion, TaskNumber, TaskSpec, TaskState,
};
use cofferdam_journal::log::LogIntent;
use cofferdam_journal::report::{HowBad, NamedKind, NamedThing, Received, ReportIntent, ReportState};
use cofferdam_journal::{Actor, Commitment, Fact, Personal};
use cofferdam_vocabulary::{
    AlertId, ContentHash, DedupKey, DeliveryId, EntityKind, ExceptionId, IncidentId, Level, ReportId, Role,
    Tactic, TechniqueId, UserId,
};
use jiff::Timestamp;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Text of a log or of a keyboard.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec!["dev1", "ops1", "web-01", "192.0.2.7"]).prop_map(str::to_owned),
        2 => any::<String>(),
        1 => prop::sample::select(vec![
            r#"{"personal":"x"}"#, r#"{"commitment":"x"}"#, "", "\u{0}", "\u{202e}\u{feff}", "\\\"\n", "kind",
        ]).prop_map(str::to_owned),
        1 => (1_usize..3000).prop_map(|length| "é".repeat(length)),
    ]
}

pub fn commitment() -> impl Strategy<Value = Commitment> {
    prop_oneof![(0_u8..4).prop_map(|byte| Commitment([byte; 32])), any::<[u8; 32]>().prop_map(Commitment)]
}

/// A value as it comes from outside.
pub(crate) fn known() -> impl Strategy<Value = Personal> {
    text().prop_map(|text| Personal::of(&text))
}

/// A value as it may stand in the log.
pub(crate) fn personal() -> impl Strategy<Value = Personal> {
    prop_oneof![4 => known(), 1 => commitment().prop_map(Personal::Erased)]
}

pub(crate) fn number() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0_u64..5, 1 => any::<u64>()]
}

fn time() -> impl Strategy<Value = Option<Timestamp>> {
    option::of((0_i64..4_000_000_000_000_000).prop_map(|us| Timestamp::from_microsecond(us).unwrap()))
}

fn level() -> impl Strategy<Value = Level> {
    prop::sample::select(vec![Level::Informational, Level::Low, Level::Medium, Level::High, Level::Critical])
}

pub(crate) fn alert_id() -> impl Strategy<Value = AlertId> {
    number().prop_map(AlertId)
}

pub(crate) fn entity(value: BoxedStrategy<Personal>) -> impl Strategy<Value = EntityRecord> {
    let kinds = prop::sample::select(vec![EntityKind::Host, EntityKind::Account, EntityKind::Url]);
    let roles = prop::sample::select(vec![Role::Actor, Role::Target, Role::Observer]);
    (kinds, value, roles).prop_map(|(kind, value, role)| EntityRecord { kind, value, role })
}

fn count() -> impl Strategy<Value = Count> {
    (number(), number(), time(), time(), any::<bool>()).prop_map(
        |(matches, occurrences, first_seen, last_seen, attempt)| Count {
            matches,
            occurrences,
            first_seen,
            last_seen,
            attempt,
        },
    )
}

fn record(value: BoxedStrategy<Personal>) -> impl Strategy<Value = Record> {
    let evidence = option::of(any::<[u8; 32]>().prop_map(ContentHash));
    (value.clone(), evidence, number(), time(), value)
        .prop_map(|(file, evidence, record, time, what)| Record { file, evidence, record, time, what })
}

fn alert(value: BoxedStrategy<Personal>) -> impl Strategy<Value = AlertReport> {
    let id = prop_oneof![9 => Just("odd-logon".to_owned()), 1 => text()];
    let attack =
        (vec(Just(Tactic::Execution), 0..60), vec(Just(TechniqueId::parse("T1059.001").unwrap()), 0..60));
    let lists = (btree_set(entity(value.clone()), 0..130), vec(record(value.clone()), 0..12));
    let told = (source(), status(), option::of(any::<[u8; 16]>().prop_map(DedupKey)));
    (id, value, level(), attack, lists, count(), told).prop_map(
        |(id, title, level, (tactics, techniques), (entities, records), count, told)| AlertReport {
            rule: Rule { id, title },
            level,
            tactics,
            techniques,
            entities,
            records,
            count,
            source: told.0,
            status: told.1,
            dedup: told.2,
        },
    )
}

fn source() -> impl Strategy<Value = AlertSource> {
    prop_oneof![
        2 => Just(AlertSource::Rule),
        1 => "[a-z0-9-]{1,63}".prop_map(|name| AlertSource::Product(ProductName::parse(&name).unwrap())),
        1 => number().prop_map(|id| AlertSource::Report(ReportId(id))),
    ]
}

fn status() -> impl Strategy<Value = AlertStatus> {
    prop_oneof![3 => Just(AlertStatus::Open), 1 => Just(AlertStatus::Closed)]
}

fn revision() -> impl Strategy<Value = Revision> {
    (option::of(level()), option::of(personal()), option::of(status()))
        .prop_map(|(level, title, status)| Revision { level, title, status })
}

fn suggested() -> impl Strategy<Value = Suggested> {
    prop_oneof![
        alert_id().prop_map(Suggested::Alert),
        (0_u64..3).prop_map(|id| Suggested::Incident(IncidentId(id))),
    ]
}

fn suggestion(value: BoxedStrategy<Personal>) -> impl Strategy<Value = Suggestion> {
    (suggested(), option::of(alert_id()), value).prop_map(|(what, with, because)| Suggestion {
        what,
        with,
        because,
    })
}

fn acceptance() -> impl Strategy<Value = Acceptance> {
    let value = || known().boxed();
    let joined = (alert_id(), join(value())).prop_map(|(alert, join)| Joined { alert, join });
    (suggested(), vec(joined, 0..150), btree_set(entity(value()), 0..150), span())
        .prop_map(|(what, alerts, scope, span)| Acceptance { what, alerts, scope, span })
}

pub(crate) fn severity(value: BoxedStrategy<Personal>) -> impl Strategy<Value = Severity> {
    (level(), vec(value, 0..25)).prop_map(|(level, reasons)| Severity { level, reasons })
}

pub(crate) fn span() -> impl Strategy<Value = Span> {
    (time(), time()).prop_map(|(first_seen, last_seen)| Span { first_seen, last_seen })
}

fn join(value: BoxedStrategy<Personal>) -> impl Strategy<Value = Option<Join>> {
    option::of((alert_id(), value).prop_map(|(with, because)| Join { with, because }))
}

fn incident() -> impl Strategy<Value = IncidentReport> {
    let value = || known().boxed();
    let alerts = btree_map(alert_id(), join(value()), 0..250);
    (known(), severity(value()), span(), alerts, btree_set(entity(value()), 0..150)).prop_map(
        |(title, severity, span, alerts, scope)| IncidentReport { title, severity, span, alerts, scope },
    )
}

fn transfer(value: BoxedStrategy<Personal>) -> impl Strategy<Value = Transfer> {
    (value.clone(), value).prop_map(|(to, purpose)| Transfer { to, purpose })
}

/// People to whom something is restricted; now and then nobody, or too many.
fn named() -> impl Strategy<Value = BTreeSet<UserId>> {
    prop_oneof![
        9 => btree_set(number().prop_map(UserId), 0..4),
        1 => (400_u64..600).prop_map(|count| (0..count).map(|id| UserId(u64::MAX - id)).collect()),
    ]
}

pub fn alert_intent() -> impl Strategy<Value = AlertIntent> {
    prop_oneof![
        8 => alert(known().boxed()).prop_map(|report| AlertIntent::Report(Box::new(report))),
        1 => number().prop_map(|into| AlertIntent::Merge { into: AlertId(into) }),
        3 => triage_intent(),
        1 => (0_u64..3).prop_map(|id| AlertIntent::Hide { exception: ExceptionId(id) }),
        1 => Just(AlertIntent::Show),
        1 => vec(vec(known(), 1..3), 1..3)
            .prop_map(|quotes| AlertIntent::Quote { quotes }),
    ]
}

/// What exceptions say: much of what some alert is about, and now and then what has no form.
pub fn exception(value: BoxedStrategy<Personal>) -> impl Strategy<Value = ExceptionSpec> {
    let kinds = prop::sample::select(vec![EntityKind::Host, EntityKind::Account, EntityKind::Address]);
    let roles = option::of(prop::sample::select(vec![Role::Actor, Role::Target]));
    let values = prop_oneof![
        2 => value.clone(),
        1 => prop::sample::select(vec!["dev*", "*1", "*", "192.0.2.0/24", "192.0.2.0/99"])
            .prop_map(Personal::of),
    ];
    let condition = (kinds, roles, values).prop_map(|(kind, role, value)| Condition { kind, role, value });
    let rule = option::of(prop_oneof![9 => Just("odd-logon".to_owned()), 1 => text()]);
    let source = option::of(prop::sample::select(vec!["rule", "guardduty", "report"]));
    let expires = (-2_i64..500).prop_map(|days| Timestamp::from_second(days * 86_400).unwrap());
    let parts = (rule, btree_set(condition, 0..25), source, option::of(level()));
    (parts, number(), value, expires).prop_map(
        |((rule, conditions, source, level_at_most), owner, reason, expires)| ExceptionSpec {
            rule,
            conditions,
            source: source.map(str::to_owned),
            level_at_most,
            owner: UserId(owner),
            reason,
            expires,
        },
    )
}

pub fn exception_intent() -> impl Strategy<Value = ExceptionIntent> {
    let spec = || exception(known().boxed()).prop_map(Box::new);
    let now = Timestamp::UNIX_EPOCH;
    prop_oneof![
        3 => spec().prop_map(move |spec| ExceptionIntent::Add { spec, now }),
        2 => spec().prop_map(move |spec| ExceptionIntent::Change { spec, now }),
        1 => known().prop_map(|reason| ExceptionIntent::End { reason }),
    ]
}

/// Alerts that can be told again.
pub fn alert_report() -> impl Strategy<Value = AlertReport> {
    alert(known().boxed())
}

fn matter() -> impl Strategy<Value = Matter> {
    let (incident, person) = (IncidentId(1), || (0_u64..3).prop_map(UserId));
    prop_oneof![
        Just(Matter::Incident { incident }),
        (0_u64..3).prop_map(move |id| Matter::Decision { incident, decision: DecisionNumber(id) }),
        ((0_u64..3), person()).prop_map(move |(id, owner)| Matter::Task {
            incident,
            task: TaskNumber(id),
            owner
        }),
        person().prop_map(move |commander| Matter::Lead { incident, commander }),
        person().prop_map(move |user| Matter::Part { incident, part: Part::Scribe, user }),
        person().prop_map(|assignee| Matter::Alert { alert: AlertId(1), assignee }),
    ]
}

fn call_spec() -> impl Strategy<Value = CallSpec> {
    let to = vec((0_u64..3).prop_map(UserId), 0..4);
    (matter(), 0_u64..9, to, 0_u32..600, 0_u32..4).prop_map(|(about, cause, to, wait, rounds)| CallSpec {
        about,
        cause,
        to,
        wait,
        rounds,
    })
}

fn delivery() -> impl Strategy<Value = DeliveryId> {
    (0_u8..4).prop_map(|id| DeliveryId([id; 16]))
}

fn channel() -> impl Strategy<Value = Channel> {
    prop::sample::select(Channel::ALL)
}

pub fn call_intent() -> impl Strategy<Value = CallIntent> {
    prop_oneof![
        3 => call_spec().prop_map(|spec| CallIntent::Begin(Box::new(spec))),
        4 => (0_u32..5, channel(), delivery())
            .prop_map(|(step, channel, delivery)| CallIntent::Tell { step, channel, delivery }),
        3 => delivery().prop_map(|delivery| CallIntent::Told { delivery }),
        3 => (0_u32..5, option::of(delivery()), known())
            .prop_map(|(step, delivery, what)| CallIntent::Fail { step, delivery, what }),
        1 => (0_u64..3).prop_map(|by| CallIntent::Acknowledge { by: UserId(by) }),
        1 => Just(CallIntent::Settle),
    ]
}

fn call_fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        call_spec().prop_map(|spec| Fact::CallBegun(Box::new(spec))),
        (0_u32..5, channel(), delivery()).prop_map(|(step, channel, delivery)| Fact::CallTelling {
            delivery,
            step,
            channel
        }),
        delivery().prop_map(|delivery| Fact::CallTold { delivery }),
        (0_u32..5, option::of(delivery()), personal()).prop_map(|(step, delivery, what)| Fact::CallFailed {
            step,
            delivery,
            what
        }),
        (0_u64..3).prop_map(|by| Fact::CallAcknowledged { by: UserId(by) }),
        Just(Fact::CallSettled),
    ]
}

fn exception_fact() -> impl Strategy<Value = Fact> {
    let spec = || exception(personal().boxed()).prop_map(Box::new);
    prop_oneof![
        (0_u64..3).prop_map(|id| Fact::AlertHidden { exception: ExceptionId(id) }),
        Just(Fact::AlertShown),
        vec(vec(personal(), 1..3), 1..3).prop_map(|quotes| Fact::AlertQuoted { quotes }),
        spec().prop_map(Fact::ExceptionAdded),
        spec().prop_map(Fact::ExceptionChanged),
        personal().prop_map(|reason| Fact::ExceptionEnded { reason }),
    ]
}

fn judgement(value: BoxedStrategy<Personal>) -> impl Strategy<Value = Judgement> {
    (prop::sample::select(&Verdict::ALL[..]), value, any::<bool>())
        .prop_map(|(verdict, reason, dismissed)| Judgement { verdict, reason, dismissed })
}

fn triage(value: BoxedStrategy<Personal>) -> impl Strategy<Value = Triage> {
    (option::of((0_u64..3).prop_map(UserId)), option::of(judgement(value)))
        .prop_map(|(assignee, judgement)| Triage { assignee, judgement })
}

fn triage_intent() -> impl Strategy<Value = AlertIntent> {
    let known = || known().boxed();
    prop_oneof![
        (0_u64..3).prop_map(|to| AlertIntent::Assign { to: UserId(to) }),
        Just(AlertIntent::Release),
        judgement(known()).prop_map(AlertIntent::Judge),
        known().prop_map(|reason| AlertIntent::Reopen { reason }),
        (triage(known()), triage(known())).prop_map(|(from, to)| AlertIntent::Restore { from, to }),
    ]
}

pub fn incident_intent() -> impl Strategy<Value = IncidentIntent> {
    prop_oneof![
        8 => incident().prop_map(|report| IncidentIntent::Report(Box::new(report))),
        1 => (0_u64..3).prop_map(|into| IncidentIntent::Merge { into: IncidentId(into) }),
        2 => named().prop_map(|to| IncidentIntent::Restrict { to }),
        1 => Just(IncidentIntent::OpenUp),
        1 => (0_u64..3).prop_map(|into| IncidentIntent::MergeByPeople { into: IncidentId(into) }),
        2 => number().prop_map(|user| IncidentIntent::NameCommander { user: UserId(user) }),
        1 => Just(IncidentIntent::RelieveCommander),
        3 => suggestion(known().boxed()).prop_map(IncidentIntent::Suggest),
        2 => acceptance().prop_map(|acceptance| IncidentIntent::Accept(Box::new(acceptance))),
        1 => suggested().prop_map(|what| IncidentIntent::Dismiss { what }),
        4 => room_intent(),
        6 => crate::response::intent(),
    ]
}

fn task_spec(value: BoxedStrategy<Personal>) -> impl Strategy<Value = TaskSpec> {
    let phase = prop::sample::select(Phase::ALL);
    let owner = option::of(number().prop_map(UserId));
    let due = option::of(Just(Timestamp::UNIX_EPOCH));
    let blocked_by = btree_set((0_u64..4).prop_map(TaskNumber), 0..3);
    (value, phase, any::<bool>(), owner, due, blocked_by).prop_map(
        |(title, phase, mandatory, owner, due, blocked_by)| TaskSpec {
            title,
            phase,
            mandatory,
            owner,
            due,
            blocked_by,
        },
    )
}

fn task_state() -> impl Strategy<Value = TaskState> {
    prop::sample::select(vec![TaskState::Open, TaskState::Done, TaskState::Dropped])
}

/// What people write down, and what they do. A note or a task that is said twice is two.
fn room_intent() -> impl Strategy<Value = IncidentIntent> {
    let text = || vec(known(), 0..50);
    let (note, task) = (|| (0_u64..4).prop_map(NoteNumber), || (0_u64..4).prop_map(TaskNumber));
    let spec = || task_spec(known().boxed()).prop_map(Box::new);
    let outcome = option::of(known());
    prop_oneof![
        text().prop_map(|text| IncidentIntent::WriteNote { text }),
        (note(), 0_u64..4, text()).prop_map(|(note, base, text)| IncidentIntent::ReviseNote {
            note,
            base,
            text
        }),
        spec().prop_map(IncidentIntent::AddTask),
        (task(), 0_u64..4, spec()).prop_map(|(task, base, spec)| IncidentIntent::ChangeTask {
            task,
            base,
            spec
        }),
        (task(), 0_u64..4, task_state(), outcome)
            .prop_map(|(task, base, state, outcome)| IncidentIntent::MoveTask { task, base, state, outcome }),
    ]
}

fn room_fact() -> impl Strategy<Value = Fact> {
    let text = || vec(personal(), 0..9);
    let (note, task) = (|| (0_u64..4).prop_map(NoteNumber), || (0_u64..4).prop_map(TaskNumber));
    let spec = || task_spec(personal().boxed()).prop_map(Box::new);
    prop_oneof![
        (note(), text()).prop_map(|(note, text)| Fact::NoteWritten { note, text }),
        (note(), text()).prop_map(|(note, text)| Fact::NoteRevised { note, text }),
        (task(), spec()).prop_map(|(task, spec)| Fact::TaskAdded { task, spec }),
        (task(), spec()).prop_map(|(task, spec)| Fact::TaskChanged { task, spec }),
        (task(), task_state(), option::of(personal())).prop_map(|(task, state, outcome)| Fact::TaskMoved {
            task,
            state,
            outcome
        }),
    ]
}

pub fn evidence_intent() -> impl Strategy<Value = EvidenceIntent> {
    let acquired = (known(), prop_oneof![9 => Just(10), 1 => any::<u64>()])
        .prop_map(|(source, bytes)| Acquired { source, bytes });
    prop_oneof![
        acquired.prop_map(EvidenceIntent::Acquire),
        Just(EvidenceIntent::Keep),
        Just(EvidenceIntent::View),
        transfer(known().boxed()).prop_map(EvidenceIntent::Export),
        transfer(known().boxed()).prop_map(EvidenceIntent::HandOver),
        text().prop_map(|found| EvidenceIntent::ReportDamage { found }),
        named().prop_map(|to| EvidenceIntent::Restrict { to }),
        Just(EvidenceIntent::OpenUp),
    ]
}

pub fn log_intent() -> impl Strategy<Value = LogIntent> {
    let erase = (vec(commitment(), 0..900), known());
    prop_oneof![
        2 => Just(LogIntent::Open),
        1 => number().prop_map(|size| LogIntent::Restore { size }),
        4 => erase.prop_map(|(commitments, order)| LogIntent::Erase { commitments, order }),
    ]
}

fn received(value: BoxedStrategy<Personal>) -> impl Strategy<Value = Received> {
    let how_bad = prop::sample::select(vec![HowBad::Now, HowBad::Acted, HowBad::Odd, HowBad::Unsure]);
    let kinds = prop::sample::select(vec![NamedKind::Host, NamedKind::Link, NamedKind::Address]);
    let named = (kinds, value.clone()).prop_map(|(kind, value)| NamedThing { kind, value });
    let number = (0_u8..3).prop_map(|id| ContentHash([id; 32]));
    let texts = (vec(value.clone(), 0..20), option::of(value.clone()), option::of(value.clone()), value);
    (number, how_bad, btree_set(named, 0..15), texts).prop_map(|(number, how_bad, named, texts)| {
        let (what, when, contact, address) = texts;
        Received { number, how_bad, what, when, named, contact, address }
    })
}

fn state() -> impl Strategy<Value = ReportState> {
    prop::sample::select(vec![ReportState::Received, ReportState::BeingLookedAt, ReportState::DealtWith])
}

pub fn report_intent() -> impl Strategy<Value = ReportIntent> {
    let text = || vec(known(), 0..20);
    prop_oneof![
        4 => received(known().boxed()).prop_map(|received| ReportIntent::Receive(Box::new(received))),
        2 => text().prop_map(|text| ReportIntent::Amend { text }),
        2 => text().prop_map(|text| ReportIntent::Answer { text }),
        1 => state().prop_map(|state| ReportIntent::Move { state }),
        1 => alert_id().prop_map(|alert| ReportIntent::Tell { alert }),
    ]
}

fn report_fact() -> impl Strategy<Value = Fact> {
    let text = || vec(personal(), 0..9);
    prop_oneof![
        received(personal().boxed()).prop_map(|received| Fact::ReportReceived(Box::new(received))),
        text().prop_map(|text| Fact::ReportAmended { text }),
        text().prop_map(|text| Fact::ReportAnswered { text }),
        state().prop_map(|state| Fact::ReportMoved { state }),
        alert_id().prop_map(|alert| Fact::ReportTold { alert }),
    ]
}

pub fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![text().prop_map(Actor::Program), personal().prop_map(Actor::Person)]
}

/// Any fact that can be recorded, values erased from it or not.
pub fn fact() -> impl Strategy<Value = Fact> {
    let value = || personal().boxed();
    let entities = || btree_set(entity(value()), 0..20);
    let joined = (alert_id(), join(value())).prop_map(|(alert, join)| Joined { alert, join });
    let opened = (personal(), severity(value()), span());
    let recorded = prop_oneof![
        Just(Fact::LogOpened {}),
        number().prop_map(|size| Fact::LogRestored { size }),
        (vec(text(), 0..9), personal()).prop_map(|(values, order)| Fact::ValuesErased { values, order }),
        (personal(), number()).prop_map(|(source, bytes)| Fact::EvidenceAcquired(Acquired { source, bytes })),
        Just(Fact::EvidenceKept),
        Just(Fact::EvidenceViewed),
        transfer(value()).prop_map(Fact::EvidenceExported),
        transfer(value()).prop_map(Fact::EvidenceHandedOver),
        text().prop_map(|found| Fact::EvidenceDamaged { found }),
        alert(value()).prop_map(|report| Fact::AlertRaised(Box::new(report))),
        count().prop_map(Fact::AlertCounted),
        entities().prop_map(|entities| Fact::AlertConcerns { entities }),
        revision().prop_map(Fact::AlertRevised),
        alert_id().prop_map(|into| Fact::AlertMerged { into }),
        prop_oneof![
            number().prop_map(|to| Fact::AlertAssigned { to: UserId(to) }),
            Just(Fact::AlertReleased),
            judgement(value()).prop_map(Fact::AlertJudged),
            personal().prop_map(|reason| Fact::AlertReopened { reason }),
            triage(value()).prop_map(Fact::TriageRestored),
        ],
        report_fact(),
        exception_fact(),
        call_fact(),
        room_fact(),
        crate::response::fact(),
        prop_oneof![
            number().prop_map(|user| Fact::CommanderNamed { user: UserId(user) }),
            Just(Fact::CommanderRelieved),
            suggestion(value()).prop_map(Fact::JoinSuggested),
            suggested().prop_map(|what| Fact::SuggestionAccepted { what }),
            suggested().prop_map(|what| Fact::SuggestionDismissed { what }),
        ],
        opened.prop_map(|(title, severity, span)| Fact::IncidentOpened { title, severity, span }),
        personal().prop_map(|title| Fact::IncidentRenamed { title }),
        severity(value()).prop_map(Fact::SeverityAssessed),
        span().prop_map(Fact::IncidentSpans),
        vec(joined, 0..20).prop_map(|alerts| Fact::AlertsJoined { alerts }),
        btree_set(alert_id(), 0..20).prop_map(|alerts| Fact::AlertsLeft { alerts }),
        entities().prop_map(|entities| Fact::ScopeWidened { entities }),
        entities().prop_map(|entities| Fact::ScopeNarrowed { entities }),
        (0_u64..3).prop_map(|into| Fact::IncidentMerged { into: IncidentId(into) }),
        (personal(), any::<bool>()).prop_map(|(to, with_values)| Fact::IncidentHandedOut { to, with_values }),
        named().prop_map(|to| Fact::IncidentRestricted { to }),
        Just(Fact::IncidentOpenedUp),
        named().prop_map(|to| Fact::EvidenceRestricted { to }),
        Just(Fact::EvidenceOpenedUp),
    ];
    prop_oneof![2 => recorded, 1 => crate::people::fact()]
}

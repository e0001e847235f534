//! What is asked of the journal so that a case of another product is an incident.

use cofferdam_import::{Case, Closing, ForeignAlert, Product};
use cofferdam_journal::Personal;
use cofferdam_journal::alert::{
    AlertReport, AlertSource, AlertStatus, Count, EntityRecord, ProductName, RECORDS, Record, Rule,
};
use cofferdam_journal::incident::{
    Correction, EntityName, EntityStatus, ForeignCase, Import, IncidentIntent, Joined, Marking, MomentSpec,
    Move, Phase, Resolution, Severity, Span, Steering, TaskNumber, TaskSpec, TaskState, Telling,
};
use cofferdam_vocabulary::{AlertId, Entity};
use std::collections::{BTreeMap, BTreeSet};

/// All that is asked of the incident, in this order; and what cannot be asked of it, in words.
pub fn incident_intents(
    case: &Case,
    alerts: &[(AlertId, ForeignAlert)],
    close: bool,
) -> (Vec<IncidentIntent>, Vec<String>) {
    let mut intents = vec![IncidentIntent::Import(Box::new(import(case)))];
    if case.tlp.is_some() || case.pap.is_some() {
        let unsaid = Marking::default();
        let marking = Marking { tlp: case.tlp.unwrap_or(unsaid.tlp), pap: case.pap.unwrap_or(unsaid.pap) };
        intents.push(IncidentIntent::Steer(Box::new(Steering::Mark(marking))));
    }
    intents.extend(attached(case.product, alerts));
    intents.extend(stands(case));
    let note = |note: &String| IncidentIntent::WriteNote { text: Personal::parts(note) };
    intents.extend(case.notes.iter().map(note));
    intents.extend(tasks(case));
    intents.extend(moments(case));
    match &case.closing {
        Some(closing) if close => {
            let (moves, refused) = closed(closing);
            intents.extend(moves.into_iter().map(IncidentIntent::Move));
            (intents, refused)
        }
        _ => (intents, Vec::new()),
    }
}

/// What is recorded of an alert.
pub fn alert_report(alert: &ForeignAlert) -> AlertReport {
    let product = alert.product;
    let record = |(at, what): (usize, Personal)| Record {
        file: Personal::of(&product.to_string()),
        evidence: None,
        record: at as u64 + 1,
        time: alert.at,
        what,
    };
    let details = if alert.details.is_empty() { Vec::new() } else { Personal::parts(&alert.details) };
    AlertReport {
        // What the product calls its rules is text from outside, and stands in the records.
        rule: Rule { id: format!("{}-alert", product.as_str()), title: Personal::of(&alert.title) },
        level: alert.level,
        tactics: Vec::new(),
        techniques: Vec::new(),
        entities: alert.entities.iter().map(entity).collect(),
        records: details.into_iter().take(RECORDS).enumerate().map(record).collect(),
        count: Count {
            matches: 1,
            occurrences: 1,
            first_seen: alert.at,
            last_seen: alert.at,
            attempt: false,
        },
        source: AlertSource::Product(name(product)),
        status: if alert.closed { AlertStatus::Closed } else { AlertStatus::Open },
        dedup: Some(alert.key),
    }
}

/// The product as the journal names it.
fn name(product: Product) -> ProductName {
    ProductName::parse(product.as_str()).expect("names of products are letters and `-`")
}

fn entity(entity: &Entity) -> EntityRecord {
    EntityRecord { kind: entity.kind, value: Personal::of(&entity.value), role: entity.role }
}

fn import(case: &Case) -> Import {
    let reason = format!("as {} has it", case.product);
    Import {
        case: ForeignCase { product: name(case.product), id: Personal::of(&case.id), key: case.key },
        title: Personal::of(&case.title),
        severity: Severity { level: case.severity, reasons: vec![Personal::of(&reason)] },
        span: Span { first_seen: case.first_seen, last_seen: case.last_seen },
        scope: case.scope.iter().map(entity).collect(),
    }
}

fn attached(product: Product, alerts: &[(AlertId, ForeignAlert)]) -> Option<IncidentIntent> {
    if alerts.is_empty() {
        return None;
    }
    let mut span = Span { first_seen: None, last_seen: None };
    for (_, alert) in alerts {
        span = span.with(Span { first_seen: alert.at, last_seen: alert.at });
    }
    let scope = alerts.iter().flat_map(|(_, alert)| alert.entities.iter().map(entity)).collect();
    let alerts = alerts.iter().map(|(alert, _)| Joined { alert: *alert, join: None }).collect();
    let reason = Personal::of(&format!("they belong to the case in {product}"));
    Some(IncidentIntent::Correct(Correction::Attach { alerts, scope, span, reason }))
}

/// Entities that stand alike by the same reason are one intent.
fn stands(case: &Case) -> Vec<IncidentIntent> {
    let mut alike: BTreeMap<(EntityStatus, &str), BTreeSet<EntityName>> = BTreeMap::new();
    for one in &case.stands {
        let name = EntityName { kind: one.entity.kind, value: Personal::of(&one.entity.value) };
        alike.entry((one.status, &one.reason)).or_default().insert(name);
    }
    let intent = |((status, reason), entities)| IncidentIntent::Stand {
        entities,
        status,
        reason: Personal::of(reason),
    };
    alike.into_iter().map(intent).collect()
}

fn tasks(case: &Case) -> Vec<IncidentIntent> {
    let mut intents = Vec::new();
    for (number, task) in (1..).map(TaskNumber).zip(&case.tasks) {
        let spec = TaskSpec {
            title: Personal::of(&task.title),
            phase: task.phase,
            // What was worked elsewhere holds no gate here.
            mandatory: false,
            owner: None,
            due: task.due,
            blocked_by: BTreeSet::new(),
        };
        intents.push(IncidentIntent::AddTask(Box::new(spec)));
        if task.state != TaskState::Open {
            let outcome = task.outcome.as_deref().map(Personal::of);
            intents.push(IncidentIntent::MoveTask { task: number, base: 1, state: task.state, outcome });
        }
    }
    intents
}

fn moments(case: &Case) -> impl Iterator<Item = IncidentIntent> {
    case.moments.iter().map(|moment| {
        let spec = MomentSpec {
            at: moment.at,
            what: Personal::of(&moment.what),
            technique: moment.technique.clone(),
            pinned: moment.pinned,
            parent: None,
        };
        IncidentIntent::Tell(Box::new(Telling::Add(spec)))
    })
}

/// What was real goes through each gate, which says that it was passed over and why; what was none is closed at once.
fn closed(closing: &Closing) -> (Vec<Move>, Vec<String>) {
    let Some(resolution) = closing.resolution else {
        let why = format!("{}, for which there is no word here: it stays open", closing.said);
        return (Vec::new(), vec![why]);
    };
    let at = closing.at.map(|at| format!(" at {at}")).unwrap_or_default();
    let reason = Personal::of(&format!("{}{at}; it was worked there, and imported", closing.said));
    let close = Move::Close { resolution, reason: reason.clone(), over: true };
    if resolution != Resolution::Resolved {
        return (vec![close], Vec::new());
    }
    let phases = Phase::ALL.iter().skip(1);
    let enter = phases.map(|phase| Move::Enter { phase: *phase, reason: Some(reason.clone()), over: true });
    (enter.chain([close]).collect(), Vec::new())
}

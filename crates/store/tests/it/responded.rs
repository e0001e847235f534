//! An incident to which people responded, with each kind of fact that they can record of it.

use cofferdam_journal::alert::ProductName;
use cofferdam_journal::incident::{
    Assessment, Category, Criterion, DecisionNumber, EntityName, EntityStatus, ForeignCase, Functional,
    Impact, Information, Join, Joined, Link, LinkNumber, LinkTarget, Marking, MomentNumber, MomentSpec, Pap,
    Part, Passage, Phase, Proposal, Recoverability, Reputation, Resolution, Ruling, Severity, Span, Tlp,
};
use cofferdam_journal::{Fact, Personal};
use cofferdam_vocabulary::{AlertId, DedupKey, EntityKind, IncidentId, Level, TechniqueId, UserId};

fn text(text: &str) -> Personal {
    Personal::of(text)
}

/// Opened by hand, corrected, worked through all phases, closed and opened again.
pub fn responded() -> Vec<Fact> {
    let span = Span { first_seen: None, last_seen: None };
    let severity = Severity { level: Level::Low, reasons: vec![text("they called")] };
    let mut facts = vec![Fact::IncidentOpened { title: text("Stolen laptop"), severity, span }];
    facts.push(imported());
    facts.extend(belonging());
    facts.extend(steered());
    facts.extend(decided());
    facts.extend(told());
    facts.extend(moved());
    facts
}

fn imported() -> Fact {
    let product = ProductName::parse("thehive").unwrap();
    Fact::IncidentImported(ForeignCase { product, id: text("#42"), key: DedupKey([0x1d; 16]) })
}

fn belonging() -> Vec<Fact> {
    let join = Some(Join { with: AlertId(1), because: text("the same host") });
    let alerts = vec![Joined { alert: AlertId(1), join: None }, Joined { alert: AlertId(2), join }];
    vec![
        Fact::AlertsAttached { alerts: alerts.clone(), reason: Some(text("the same key")) },
        Fact::AlertsAttached { alerts, reason: None },
        Fact::AlertsDetached { alerts: [AlertId(2)].into(), to: None, reason: text("a backup") },
        Fact::AlertsDetached { alerts: [AlertId(1)].into(), to: Some(IncidentId(1)), reason: text("theirs") },
        Fact::IncidentMerged { into: IncidentId(1) },
        Fact::IncidentUnmerged { reason: text("two hands") },
    ]
}

fn steered() -> Vec<Fact> {
    let impact = Impact {
        functional: Functional::Low,
        information: Information::Privacy,
        recoverability: Recoverability::Supplemented,
        reputation: Reputation::Medium,
    };
    let assessment = Assessment { level: Level::High, impact, reason: text("customer data") };
    let host = EntityName { kind: EntityKind::Host, value: text("laptop-7") };
    let part = Part::Scribe;
    vec![
        Fact::IncidentDeclared { reason: text("it is gone") },
        Fact::IncidentTitled { title: text("Stolen laptop of the sales team") },
        Fact::SeverityDecided(Box::new(assessment)),
        Fact::IncidentMarked(Marking { tlp: Tlp::Amber, pap: Pap::Green }),
        Fact::IncidentCategorised { category: Category::DataLoss },
        Fact::PartGiven { part, user: UserId(1) },
        Fact::PartGiven { part: Part::Legal, user: UserId(2) },
        Fact::PartTaken { part, user: UserId(1) },
        Fact::EntitiesStand {
            entities: [host].into(),
            status: EntityStatus::Contained,
            reason: text("locked from afar"),
        },
    ]
}

fn decided() -> Vec<Fact> {
    let proposal = |what: &str| {
        let alternatives = vec![text("wait for the police")];
        Box::new(Proposal { what: text(what), reason: text("it may be online"), alternatives })
    };
    let made = |decision: u64, ruling| {
        let reason = text("yes, left-the-company agreed");
        Fact::DecisionMade { decision: DecisionNumber(decision), ruling, reason }
    };
    vec![
        Fact::DecisionProposed { decision: DecisionNumber(1), proposal: proposal("wipe it") },
        Fact::DecisionProposed { decision: DecisionNumber(2), proposal: proposal("follow it") },
        made(1, Ruling::Approved),
        made(2, Ruling::Rejected),
    ]
}

fn told() -> Vec<Fact> {
    let spec = |second: i64, parent: Option<u64>| {
        Box::new(MomentSpec {
            at: jiff::Timestamp::from_second(1_760_000_000 + second).unwrap(),
            what: text("it was left in a train"),
            technique: TechniqueId::parse("T1052").ok(),
            pinned: parent.is_none(),
            parent: parent.map(MomentNumber),
        })
    };
    let link = |to| Box::new(Link { to, what: text("what the police have") });
    vec![
        Fact::MomentAdded { moment: MomentNumber(1), spec: spec(0, None) },
        Fact::MomentAdded { moment: MomentNumber(2), spec: spec(5, Some(1)) },
        Fact::MomentChanged { moment: MomentNumber(2), spec: spec(6, Some(1)) },
        Fact::MomentRemoved { moment: MomentNumber(2), reason: text("another train") },
        Fact::LinkAdded {
            number: LinkNumber(1),
            link: link(LinkTarget::Address(text("https://police.example.org/4711"))),
        },
        Fact::LinkAdded { number: LinkNumber(2), link: link(LinkTarget::Incident(IncidentId(1))) },
        Fact::LinkRemoved { number: LinkNumber(1) },
    ]
}

fn moved() -> Vec<Fact> {
    let passage = |reason: Option<&str>| {
        Box::new(Passage {
            met: [Criterion::Declared, Criterion::Severity].into(),
            unmet: [Criterion::Tasks].into(),
            unchecked: [Criterion::Measures].into(),
            reason: reason.map(text),
        })
    };
    let mut facts: Vec<Fact> = { Phase::ALL.iter() }
        .map(|phase| Fact::PhaseEntered { phase: *phase, passage: passage(Some("left-the-company saw it")) })
        .collect();
    facts.push(Fact::PhaseEntered { phase: Phase::Analysis, passage: Box::default() });
    for resolution in Resolution::ALL {
        facts.push(Fact::IncidentClosed { resolution: *resolution, passage: passage(None) });
        facts.push(Fact::IncidentReopened { reason: text("it was found") });
    }
    facts
}

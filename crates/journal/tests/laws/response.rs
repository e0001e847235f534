//! What people record of the response to an incident, as the world could bring it.

use crate::generated::{alert_id, entity, known, number, personal, severity, span};
use cofferdam_journal::alert::ProductName;
use cofferdam_journal::incident::{
    Assessment, Category, Correction, Criterion, DecisionNumber, EntityName, EntityStatus, ForeignCase,
    Functional, Impact, Import, IncidentIntent, Information, Joined, Link, LinkNumber, LinkTarget, Marking,
    MomentNumber, MomentSpec, Move, Pap, Part, Passage, Phase, Proposal, Recoverability, Reputation,
    Resolution, Ruling, Steering, Telling, Tlp,
};
use cofferdam_journal::{Fact, Personal, Word};
use cofferdam_vocabulary::{AlertId, DedupKey, EntityKind, IncidentId, TechniqueId, UserId};
use jiff::Timestamp;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

type Value = BoxedStrategy<Personal>;

fn word<W: Word + std::fmt::Debug>() -> impl Strategy<Value = W> {
    prop::sample::select(W::ALL)
}

fn phase() -> impl Strategy<Value = Phase> {
    prop::sample::select(Phase::ALL.to_vec())
}

fn user() -> impl Strategy<Value = UserId> {
    number().prop_map(UserId)
}

fn incident_id() -> impl Strategy<Value = IncidentId> {
    (0_u64..3).prop_map(IncidentId)
}

fn alert_ids() -> impl Strategy<Value = std::collections::BTreeSet<AlertId>> {
    btree_set(alert_id(), 0..20)
}

fn attached() -> impl Strategy<Value = Vec<Joined>> {
    vec(alert_id().prop_map(|alert| Joined { alert, join: None }), 0..20)
}

fn impact() -> impl Strategy<Value = Impact> {
    let words = (word::<Functional>(), word::<Information>(), word::<Recoverability>(), word::<Reputation>());
    words.prop_map(|(functional, information, recoverability, reputation)| Impact {
        functional,
        information,
        recoverability,
        reputation,
    })
}

fn assessment(value: Value) -> impl Strategy<Value = Assessment> {
    (severity(value.clone()), impact(), value).prop_map(|(severity, impact, reason)| Assessment {
        level: severity.level,
        impact,
        reason,
    })
}

fn marking() -> impl Strategy<Value = Marking> {
    (word::<Tlp>(), word::<Pap>()).prop_map(|(tlp, pap)| Marking { tlp, pap })
}

fn names(value: Value) -> impl Strategy<Value = std::collections::BTreeSet<EntityName>> {
    let kind = prop::sample::select(vec![EntityKind::Host, EntityKind::Account]);
    btree_set((kind, value).prop_map(|(kind, value)| EntityName { kind, value }), 0..9)
}

fn proposal(value: Value) -> impl Strategy<Value = Proposal> {
    (value.clone(), value.clone(), vec(value, 0..12)).prop_map(|(what, reason, alternatives)| Proposal {
        what,
        reason,
        alternatives,
    })
}

fn moment_number() -> impl Strategy<Value = MomentNumber> {
    (0_u64..4).prop_map(MomentNumber)
}

fn moment(value: Value) -> impl Strategy<Value = MomentSpec> {
    let technique = prop::sample::select(vec!["T1110", "T1059.004"]);
    let at = (0_i64..4_000_000_000).prop_map(|second| Timestamp::from_second(second).unwrap());
    (at, value, option::of(technique), any::<bool>(), option::of(moment_number())).prop_map(
        |(at, what, technique, pinned, parent)| {
            let technique = technique.map(|id| TechniqueId::parse(id).unwrap());
            MomentSpec { at, what, technique, pinned, parent }
        },
    )
}

fn link(value: Value) -> impl Strategy<Value = Link> {
    let to = prop_oneof![
        incident_id().prop_map(LinkTarget::Incident),
        value.clone().prop_map(LinkTarget::Address)
    ];
    (to, value).prop_map(|(to, what)| Link { to, what })
}

fn passage() -> impl Strategy<Value = Passage> {
    let criteria = || btree_set(word::<Criterion>(), 0..4);
    (criteria(), criteria(), criteria(), option::of(personal()))
        .prop_map(|(met, unmet, unchecked, reason)| Passage { met, unmet, unchecked, reason })
}

fn correction() -> impl Strategy<Value = Correction> {
    let reason = || known().boxed();
    let scope = || btree_set(entity(known().boxed()), 0..5);
    prop_oneof![
        (reason(), severity(reason())).prop_map(|(title, severity)| Correction::Open { title, severity }),
        (attached(), scope(), span(), reason())
            .prop_map(|(alerts, scope, span, reason)| { Correction::Attach { alerts, scope, span, reason } }),
        (alert_ids(), option::of(incident_id()), reason())
            .prop_map(|(alerts, to, reason)| Correction::Detach { alerts, to, reason }),
        reason().prop_map(|reason| Correction::Unmerge { reason }),
    ]
}

fn steering() -> impl Strategy<Value = Steering> {
    let value = || known().boxed();
    prop_oneof![
        value().prop_map(|reason| Steering::Declare { reason }),
        value().prop_map(|title| Steering::Title { title }),
        assessment(value()).prop_map(Steering::Assess),
        marking().prop_map(Steering::Mark),
        word::<Category>().prop_map(Steering::Categorise),
        (word::<Part>(), user()).prop_map(|(part, user)| Steering::GivePart { part, user }),
        (word::<Part>(), user()).prop_map(|(part, user)| Steering::TakePart { part, user }),
    ]
}

fn course() -> impl Strategy<Value = Move> {
    let reason = || known().boxed();
    prop_oneof![
        4 => (phase(), option::of(reason()), any::<bool>())
            .prop_map(|(phase, reason, over)| Move::Enter { phase, reason, over }),
        1 => (word::<Resolution>(), reason(), any::<bool>())
            .prop_map(|(resolution, reason, over)| Move::Close { resolution, reason, over }),
        2 => reason().prop_map(|reason| Move::Reopen { reason }),
    ]
}

fn telling() -> impl Strategy<Value = Telling> {
    prop_oneof![
        moment(known().boxed()).prop_map(Telling::Add),
        (moment_number(), 0_u64..3, moment(known().boxed()))
            .prop_map(|(moment, base, spec)| Telling::Change { moment, base, spec }),
        (moment_number(), known()).prop_map(|(moment, reason)| Telling::Remove { moment, reason }),
    ]
}

fn foreign(value: BoxedStrategy<Personal>) -> impl Strategy<Value = ForeignCase> {
    let product = prop::sample::select(vec!["thehive", "dfir-iris"]);
    let product = product.prop_map(|name| ProductName::parse(name).unwrap());
    let key = (0_u8..3).prop_map(|byte| DedupKey([byte; 16]));
    (product, value, key).prop_map(|(product, id, key)| ForeignCase { product, id, key })
}

fn import() -> impl Strategy<Value = Import> {
    let scope = btree_set(entity(known().boxed()), 0..4);
    (foreign(known().boxed()), known(), severity(known().boxed()), span(), scope)
        .prop_map(|(case, title, severity, span, scope)| Import { case, title, severity, span, scope })
}

pub fn intent() -> impl Strategy<Value = IncidentIntent> {
    let decision = || (0_u64..4).prop_map(DecisionNumber);
    prop_oneof![
        3 => correction().prop_map(IncidentIntent::Correct),
        3 => steering().prop_map(|steering| IncidentIntent::Steer(Box::new(steering))),
        2 => (names(known().boxed()), word::<EntityStatus>(), known())
            .prop_map(|(entities, status, reason)| IncidentIntent::Stand { entities, status, reason }),
        2 => proposal(known().boxed()).prop_map(|proposal| IncidentIntent::Propose(Box::new(proposal))),
        2 => (decision(), word::<Ruling>(), known())
            .prop_map(|(decision, ruling, reason)| IncidentIntent::Rule { decision, ruling, reason }),
        3 => course().prop_map(IncidentIntent::Move),
        2 => telling().prop_map(|telling| IncidentIntent::Tell(Box::new(telling))),
        1 => link(known().boxed()).prop_map(|link| IncidentIntent::Link(Box::new(link))),
        1 => (0_u64..3).prop_map(|number| IncidentIntent::Unlink { number: LinkNumber(number) }),
        1 => import().prop_map(|import| IncidentIntent::Import(Box::new(import))),
    ]
}

pub fn fact() -> impl Strategy<Value = Fact> {
    let value = || personal().boxed();
    let decision = || (0_u64..4).prop_map(DecisionNumber);
    let belonging = prop_oneof![
        (attached(), option::of(value()))
            .prop_map(|(alerts, reason)| Fact::AlertsAttached { alerts, reason }),
        (alert_ids(), option::of(incident_id()), value())
            .prop_map(|(alerts, to, reason)| Fact::AlertsDetached { alerts, to, reason }),
        value().prop_map(|reason| Fact::IncidentUnmerged { reason }),
        foreign(value()).prop_map(Fact::IncidentImported),
    ];
    let steered = prop_oneof![
        value().prop_map(|reason| Fact::IncidentDeclared { reason }),
        value().prop_map(|title| Fact::IncidentTitled { title }),
        assessment(value()).prop_map(|assessment| Fact::SeverityDecided(Box::new(assessment))),
        marking().prop_map(Fact::IncidentMarked),
        word::<Category>().prop_map(|category| Fact::IncidentCategorised { category }),
        (word::<Part>(), user()).prop_map(|(part, user)| Fact::PartGiven { part, user }),
        (word::<Part>(), user()).prop_map(|(part, user)| Fact::PartTaken { part, user }),
        (names(value()), word::<EntityStatus>(), value())
            .prop_map(|(entities, status, reason)| Fact::EntitiesStand { entities, status, reason }),
    ];
    let moved =
        prop_oneof![
            (decision(), proposal(value()))
                .prop_map(|(decision, one)| Fact::DecisionProposed { decision, proposal: Box::new(one) }),
            (decision(), word::<Ruling>(), value())
                .prop_map(|(decision, ruling, reason)| Fact::DecisionMade { decision, ruling, reason }),
            (phase(), passage())
                .prop_map(|(phase, one)| Fact::PhaseEntered { phase, passage: Box::new(one) }),
            (word::<Resolution>(), passage())
                .prop_map(|(resolution, one)| Fact::IncidentClosed { resolution, passage: Box::new(one) }),
            value().prop_map(|reason| Fact::IncidentReopened { reason }),
        ];
    let told = prop_oneof![
        (moment_number(), moment(value()))
            .prop_map(|(moment, spec)| Fact::MomentAdded { moment, spec: Box::new(spec) }),
        (moment_number(), moment(value()))
            .prop_map(|(moment, spec)| Fact::MomentChanged { moment, spec: Box::new(spec) }),
        (moment_number(), value()).prop_map(|(moment, reason)| Fact::MomentRemoved { moment, reason }),
        (number(), link(value()))
            .prop_map(|(number, link)| Fact::LinkAdded { number: LinkNumber(number), link: Box::new(link) }),
        number().prop_map(|number| Fact::LinkRemoved { number: LinkNumber(number) }),
    ];
    prop_oneof![belonging, steered, moved, told]
}

//! What ends the waiting, and how far a call is.

use super::*;
use crate::alert::{Judgement, Triage, Verdict};
use crate::incident::{DecisionNumber, Part, Phase, Ruling, TaskNumber, TaskSpec, TaskState};
use crate::stream::StreamId;
use cofferdam_vocabulary::{AlertId, IncidentId};

const INCIDENT: IncidentId = IncidentId(1);
const ADA: UserId = UserId(1);
const GRACE: UserId = UserId(2);

fn task(owner: Option<UserId>) -> Box<TaskSpec> {
    let title = Personal::of("image the disk");
    let (phase, blocked_by) = (Phase::Containment, [].into());
    Box::new(TaskSpec { title, phase, mandatory: true, owner, due: None, blocked_by })
}

fn ruled(decision: u64) -> Fact {
    let reason = Personal::of("it sends");
    Fact::DecisionMade { decision: DecisionNumber(decision), ruling: Ruling::Approved, reason }
}

fn moved(task: u64, state: TaskState) -> Fact {
    Fact::TaskMoved { task: TaskNumber(task), state, outcome: None }
}

#[test]
fn what_waits_is_settled_by_what_ends_its_waiting() {
    let open = Matter::Incident { incident: INCIDENT };
    let decision = Matter::Decision { incident: INCIDENT, decision: DecisionNumber(1) };
    let work = Matter::Task { incident: INCIDENT, task: TaskNumber(1), owner: ADA };
    let lead = Matter::Lead { incident: INCIDENT, commander: ADA };
    let part = Matter::Part { incident: INCIDENT, part: Part::Scribe, user: ADA };
    let alert = Matter::Alert { alert: AlertId(1), assignee: ADA };
    let named = |user| Fact::CommanderNamed { user };
    let taken = |part, user| Fact::PartTaken { part, user };
    let changed = |owner| Fact::TaskChanged { task: TaskNumber(1), spec: task(owner) };
    let judged = Fact::AlertJudged(Judgement {
        verdict: Verdict::TruePositive,
        reason: Personal::of("seen"),
        dismissed: false,
    });
    for (matter, fact, settles) in [
        (open, named(GRACE), true),
        (open, Fact::CommanderRelieved, false),
        (open, Fact::IncidentMerged { into: IncidentId(2) }, false),
        (decision, ruled(1), true),
        (decision, ruled(2), false),
        (decision, named(GRACE), false),
        (work, moved(1, TaskState::Done), true),
        (work, moved(1, TaskState::Dropped), true),
        (work, moved(1, TaskState::Open), false),
        (work, moved(2, TaskState::Done), false),
        (work, changed(Some(ADA)), false),
        (work, changed(Some(GRACE)), true),
        (work, changed(None), true),
        (lead, named(GRACE), true),
        (lead, named(ADA), false),
        (lead, Fact::CommanderRelieved, true),
        (part, taken(Part::Scribe, ADA), true),
        (part, taken(Part::Scribe, GRACE), false),
        (part, taken(Part::Deputy, ADA), false),
        (alert, judged, true),
        (alert, Fact::AlertReleased, true),
        (alert, Fact::AlertAssigned { to: ADA }, false),
        (alert, Fact::AlertAssigned { to: GRACE }, true),
        (alert, Fact::TriageRestored(Triage { assignee: Some(ADA), judgement: None }), false),
        (alert, Fact::TriageRestored(Triage { assignee: None, judgement: None }), true),
    ] {
        assert_eq!(matter.is_settled_by(&fact), settles, "{matter:?} {fact:?}");
    }
}

#[test]
fn what_begins_to_wait_is_told_of_its_object() {
    let (incident, alert) = (StreamId::Incident(INCIDENT), StreamId::Alert(AlertId(1)));
    let added = |owner| Fact::TaskAdded { task: TaskNumber(1), spec: task(owner) };
    for (stream, fact, about) in [
        (incident, added(None), None),
        (incident, added(Some(ADA)), Some("task")),
        (incident, Fact::CommanderNamed { user: ADA }, Some("lead")),
        (incident, Fact::CommanderRelieved, Some("incident")),
        (incident, Fact::IncidentOpenedUp, None),
        (alert, Fact::AlertAssigned { to: ADA }, Some("alert")),
        (alert, Fact::AlertReleased, None),
        (StreamId::Log, Fact::LogOpened {}, None),
    ] {
        let matter = Matter::begun_by(stream, &fact);
        assert_eq!(matter.map(Matter::as_str), about, "{fact:?}");
        assert!(matter.is_none_or(|matter| matter.stream() == stream));
    }
}

fn after(intents: impl IntoIterator<Item = CallIntent>) -> Call {
    intents.into_iter().fold(Call::default(), |call, intent| {
        let facts = call.decide(intent).unwrap();
        facts.iter().fold(call, Call::evolve)
    })
}

fn begun() -> CallIntent {
    let about = Matter::Incident { incident: INCIDENT };
    CallIntent::Begin(Box::new(CallSpec { about, cause: 1, to: vec![ADA, GRACE], wait: 300, rounds: 2 }))
}

fn tell(step: u32) -> CallIntent {
    let delivery = DeliveryId([u8::try_from(step).unwrap(); 16]);
    CallIntent::Tell { step, channel: Channel::Mail, delivery }
}

#[test]
fn one_is_told_after_the_other() {
    let call = after([begun(), tell(0), tell(1), tell(2)]);
    let spec = call.spec.as_ref().unwrap();
    let told: Vec<_> = (0..5).map(|step| spec.told_by(step)).collect();
    assert_eq!(told, [Some(ADA), Some(GRACE), Some(ADA), Some(GRACE), None]);
    assert_eq!((call.step(), call.next()), (Some(2), Some(3)));
    for step in [0, 1, 4] {
        assert_eq!(call.decide(tell(step)), Err(CallRefusal::Step { step }));
    }
    let last = after([begun(), tell(0), tell(1), tell(2), tell(3)]);
    assert_eq!(last.next(), None);
    assert!(last.is_open(), "it waits, though everybody was told");
    let ended = after([begun(), tell(0), CallIntent::Acknowledge { by: GRACE }]);
    assert_eq!(ended.decide(tell(1)), Err(CallRefusal::Ended));
}

#[test]
fn a_step_is_lost_when_nobody_was_reached_by_it() {
    let fail = |delivery| CallIntent::Fail { step: 0, delivery, what: Personal::of("it answered 404") };
    let none = after([begun(), fail(None)]);
    assert!(none.is_lost(0) && !none.is_lost(1));
    let by_hook = CallIntent::Tell { step: 0, channel: Channel::Webhook, delivery: DeliveryId([9; 16]) };
    let one = after([begun(), tell(0), by_hook.clone(), fail(Some(DeliveryId([0; 16])))]);
    assert!(!one.is_lost(0), "the other is under way");
    let both = after([
        begun(),
        tell(0),
        by_hook,
        fail(Some(DeliveryId([0; 16]))),
        CallIntent::Told { delivery: DeliveryId([9; 16]) },
    ]);
    assert!(!both.is_lost(0), "they were told the other way");
}

//! Whoever may not see an object is answered, byte for byte, as if it had never been: over generated histories, each
//! is recorded twice, whole and without what one caller may not see.

use super::case::{alert, append, exception, hash, joined, noted, opened, reported, task, to, told};
use super::site::{Client, Site, program};
use cofferdam_journal::alert::{Count, Judgement, Triage, Verdict};
use cofferdam_journal::call::{CallSpec, Matter};
use cofferdam_journal::evidence::{Acquired, Transfer};
use cofferdam_journal::incident::{
    DecisionNumber, EntityName, EntityStatus, Joined, Link, LinkNumber, LinkTarget, MomentNumber, MomentSpec,
    Proposal, Suggested, Suggestion,
};
use cofferdam_journal::{Fact, Personal, StreamId, TeamRole};
use cofferdam_vocabulary::{
    AlertId, CallId, ContentHash, EntityKind, ExceptionId, IncidentId, ReportId, UserId,
};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Who asks, by their ids; nobody else is ever asked for.
const CALLERS: [(u64, &str, TeamRole); 3] = [
    (1, "commander1", TeamRole::IncidentCommander),
    (2, "auditor1", TeamRole::Auditor),
    (3, "scribe1", TeamRole::Scribe),
];
const ALERTS: u64 = 6;
const INCIDENTS: u64 = 4;
const EVIDENCE: u64 = 3;
/// Behind this are the numbers of calls about alerts.
const OF_ALERTS: u64 = 10;

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    Raise(u64, Option<u64>),
    Count(u64, u64),
    Join(u64, Vec<(u64, Option<u64>)>),
    Leave(u64, BTreeSet<u64>),
    Rename(u64, u8),
    Merge(u64, u64),
    Restrict(u64, Vec<u64>),
    OpenUp(u64),
    RestrictEvidence(u64, Vec<u64>),
    OpenUpEvidence(u64),
    /// An incident goes out, with a piece of evidence.
    HandOut(u64, u64),
    /// An alert turns out to be part of another.
    Part(u64, u64),
    /// People say who works on an alert, or what it is.
    Triage(u64, u8),
    /// An exception hides an alert, or it comes back.
    Hide(u64, bool),
    /// People write something down, and say what is to be done.
    Work(u64, u8),
    /// They put alerts into an incident, or out of all of them.
    Put(BTreeSet<u64>, Option<u64>),
    /// They say that an incident is no part of the one into which it was merged.
    Unmerge(u64),
    /// They say how entities stand, propose something, tell what happened, name what else there is to read.
    Respond(u64, u8),
    /// An alert, or where there is none of that number an incident, is thought to belong to an incident.
    Suggest(u64, u64, Option<u64>),
}

fn people() -> impl Strategy<Value = Vec<u64>> {
    proptest::sample::subsequence(vec![1, 2, 3, 9], 1..=3)
}

fn step() -> impl Strategy<Value = Step> {
    let (alert, incident, evidence) = (1..=ALERTS, 1..=INCIDENTS, 1..=EVIDENCE);
    let joins = proptest::collection::vec((alert.clone(), proptest::option::of(alert.clone())), 1..4);
    prop_oneof![
        4 => (alert.clone(), proptest::option::of(evidence.clone())).prop_map(|(id, of)| Step::Raise(id, of)),
        1 => (alert.clone(), 4_u64..9).prop_map(|(id, matches)| Step::Count(id, matches)),
        6 => (incident.clone(), joins).prop_map(|(id, alerts)| Step::Join(id, alerts)),
        2 => (incident.clone(), proptest::collection::btree_set(alert.clone(), 1..3)).prop_map(|(id, of)| Step::Leave(id, of)),
        1 => (incident.clone(), any::<u8>()).prop_map(|(id, name)| Step::Rename(id, name)),
        1 => (incident.clone(), incident.clone()).prop_map(|(id, into)| Step::Merge(id, into)),
        3 => (incident.clone(), people()).prop_map(|(id, to)| Step::Restrict(id, to)),
        1 => incident.clone().prop_map(Step::OpenUp),
        2 => (evidence.clone(), people()).prop_map(|(id, to)| Step::RestrictEvidence(id, to)),
        1 => evidence.clone().prop_map(Step::OpenUpEvidence),
        2 => (incident.clone(), evidence).prop_map(|(id, with)| Step::HandOut(id, with)),
        2 => (alert.clone(), alert.clone()).prop_map(|(id, into)| Step::Part(id, into)),
        3 => (alert.clone(), 0_u8..5).prop_map(|(id, what)| Step::Triage(id, what)),
        2 => (alert.clone(), any::<bool>()).prop_map(|(id, hides)| Step::Hide(id, hides)),
        2 => (incident.clone(), any::<u8>()).prop_map(|(id, what)| Step::Work(id, what)),
        3 => (proptest::collection::btree_set(alert.clone(), 1..3), proptest::option::of(incident.clone()))
            .prop_map(|(alerts, to)| Step::Put(alerts, to)),
        1 => incident.clone().prop_map(Step::Unmerge),
        2 => (incident.clone(), any::<u8>()).prop_map(|(id, what)| Step::Respond(id, what)),
        2 => (incident, alert.clone(), proptest::option::of(alert)).prop_map(|(id, of, with)| Step::Suggest(id, of, with)),
    ]
}

fn evidence(number: u64) -> ContentHash {
    hash(format!("evidence {number}").as_bytes())
}

/// What people say of the response to an incident.
fn responded(id: u64, what: u8) -> Vec<(StreamId, Fact)> {
    let text = |about: &str| Personal::of(&format!("{about} {what} of {id}"));
    let name = EntityName { kind: EntityKind::Host, value: text("host") };
    let proposal = Proposal { what: text("isolate"), reason: text("it sends"), alternatives: vec![] };
    let at = "2026-01-02T03:04:05Z".parse().unwrap();
    let spec = MomentSpec { at, what: text("call"), technique: None, pinned: false, parent: None };
    let other = IncidentId(1 + u64::from(what) % INCIDENTS);
    let link = Link { to: LinkTarget::Incident(other), what: text("like") };
    let facts = [
        Fact::EntitiesStand {
            entities: [name].into(),
            status: EntityStatus::Confirmed,
            reason: text("seen"),
        },
        Fact::DecisionProposed { decision: DecisionNumber(1), proposal: Box::new(proposal) },
        Fact::MomentAdded { moment: MomentNumber(1), spec: Box::new(spec) },
        Fact::LinkAdded { number: LinkNumber(u64::from(what % 3)), link: Box::new(link) },
    ];
    facts.into_iter().map(|fact| (StreamId::Incident(IncidentId(id)), fact)).collect()
}

/// Somebody is told of something.
fn called(id: u64, about: Matter) -> (StreamId, Fact) {
    let spec = CallSpec { about, cause: 1, to: vec![UserId(1), UserId(9)], wait: 300, rounds: 1 };
    (StreamId::Call(CallId(id)), Fact::CallBegun(Box::new(spec)))
}

/// The steps as facts, as far as they can happen: all incidents and all evidence are there from the beginning.
fn history(steps: &[Step]) -> Vec<(StreamId, Fact)> {
    let incident = |id: &u64| StreamId::Incident(IncidentId(*id));
    let mut facts = Vec::new();
    for number in 1..=EVIDENCE {
        let source = Personal::of(&format!("source of {number}"));
        let stream = StreamId::Evidence(evidence(number));
        facts.push((stream, Fact::EvidenceAcquired(Acquired { source, bytes: 10 })));
        facts.push((stream, Fact::EvidenceKept));
    }
    facts.extend((1..=INCIDENTS).map(|id| (incident(&id), opened(&format!("Break-in {id}")))));
    facts.extend((1..=INCIDENTS).map(|id| called(id, Matter::Incident { incident: IncidentId(id) })));
    facts.push((StreamId::Exception(ExceptionId(1)), exception("rule-1")));
    let (mut raised, mut merged, mut parts) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    // Where alerts are, and incidents which nothing joins or leaves by itself.
    let (mut home, mut led) = (BTreeMap::<u64, Vec<u64>>::new(), BTreeSet::new());
    for step in steps {
        match step {
            Step::Raise(id, of) if raised.insert(*id) => {
                let fact = alert(&format!("rule-{id}"), &format!("account-{id}"), of.map(evidence));
                let report = StreamId::Report(ReportId(*id));
                facts.push((report, reported(*id)));
                let about = Matter::Alert { alert: AlertId(*id), assignee: UserId(1) };
                facts.push(called(OF_ALERTS + id, about));
                facts.push((StreamId::Alert(AlertId(*id)), told(ReportId(*id), fact)));
                facts.push((report, Fact::ReportTold { alert: AlertId(*id) }));
            }
            Step::Count(id, matches) if raised.contains(id) => {
                let (matches, occurrences) = (*matches, *matches);
                // Long ago: what is recent, the server joins by itself, at a moment of its own.
                let last_seen = "2026-01-02T03:04:06Z".parse().ok();
                let count = Count { matches, occurrences, first_seen: None, last_seen, attempt: true };
                facts.push((StreamId::Alert(AlertId(*id)), Fact::AlertCounted(count)));
            }
            Step::Join(id, alerts) if !merged.contains(id) && !led.contains(id) => {
                let is_free = |id: &u64| {
                    let at = home.get(id).and_then(|at| at.last());
                    raised.contains(id) && at.is_none_or(|at| !led.contains(at))
                };
                let there: Vec<_> = alerts.iter().filter(|(id, _)| is_free(id)).copied().collect();
                for (alert, _) in &there {
                    let at = home.entry(*alert).or_default();
                    at.retain(|known| known != id);
                    at.push(*id);
                }
                if !there.is_empty() {
                    facts.push((incident(id), joined(&there)));
                }
            }
            Step::Leave(id, alerts) if !merged.contains(id) && !led.contains(id) => {
                let alerts: BTreeSet<AlertId> =
                    alerts.iter().filter(|id| raised.contains(id)).map(|id| AlertId(*id)).collect();
                for alert in &alerts {
                    home.entry(alert.0).or_default().retain(|known| known != id);
                }
                if !alerts.is_empty() {
                    facts.push((incident(id), Fact::AlertsLeft { alerts }));
                }
            }
            Step::Rename(id, name) => {
                let title = Personal::of(&format!("Called {name}"));
                facts.push((incident(id), Fact::IncidentRenamed { title }));
            }
            Step::Merge(id, into) if id != into && merged.insert(*id) => {
                facts.push((incident(id), Fact::IncidentMerged { into: IncidentId(*into) }));
            }
            Step::Restrict(id, people) => {
                facts.push((incident(id), Fact::IncidentRestricted { to: to(people) }));
            }
            Step::Part(id, into)
                if id != into && raised.contains(id) && raised.contains(into) && parts.insert(*id) =>
            {
                facts.push((StreamId::Alert(AlertId(*id)), Fact::AlertMerged { into: AlertId(*into) }));
            }
            Step::Suggest(id, of, with) if !merged.contains(id) => {
                let what = if raised.contains(of) {
                    Suggested::Alert(AlertId(*of))
                } else {
                    Suggested::Incident(IncidentId(1 + of % INCIDENTS))
                };
                let with = with.filter(|with| raised.contains(with)).map(AlertId);
                let because = Personal::of("the same host");
                facts.push((incident(id), Fact::JoinSuggested(Suggestion { what, with, because })));
            }
            Step::Triage(id, what) if raised.contains(id) && !parts.contains(id) => {
                facts.push((StreamId::Alert(AlertId(*id)), triage(*what)));
            }
            Step::Hide(id, hides) if raised.contains(id) && !parts.contains(id) => {
                let exception = ExceptionId(1);
                let fact = if *hides { Fact::AlertHidden { exception } } else { Fact::AlertShown };
                facts.push((StreamId::Alert(AlertId(*id)), fact));
            }
            Step::Work(id, what) => {
                facts.push((incident(id), noted(u64::from(what % 2), &format!("noted {what}"))));
                facts.push((incident(id), task(u64::from(what % 2), &format!("to do {what}"))));
            }
            Step::Respond(id, what) => facts.extend(responded(*id, *what)),
            Step::Put(alerts, to) if to.is_none_or(|to| !merged.contains(&to)) => {
                let mut homes: BTreeMap<Option<u64>, BTreeSet<AlertId>> = BTreeMap::new();
                for id in alerts.iter().filter(|id| raised.contains(id)) {
                    let at = home.entry(*id).or_default();
                    // Whoever sees two incidents take an alert, and one of them give it, sees that there was another.
                    let from = at.last().copied();
                    if at.len() < 2 && from != *to && from.is_none_or(|from| !merged.contains(&from)) {
                        *at = to.iter().copied().collect();
                        homes.entry(from).or_default().insert(AlertId(*id));
                    }
                }
                led.extend(homes.keys().flatten().chain(to).copied());
                let all: BTreeSet<AlertId> = homes.values().flatten().copied().collect();
                for (from, alerts) in homes {
                    let reason = Personal::of("people said otherwise");
                    let took = Fact::AlertsDetached { alerts, to: to.map(IncidentId), reason };
                    facts.extend(from.map(|from| (incident(&from), took)));
                }
                if let Some(to) = to.filter(|_| !all.is_empty()) {
                    let alerts = all.iter().map(|alert| Joined { alert: *alert, join: None }).collect();
                    let reason = Some(Personal::of("people said so"));
                    facts.push((incident(&to), Fact::AlertsAttached { alerts, reason }));
                }
            }
            Step::Unmerge(id) if merged.remove(id) => {
                let reason = Personal::of("two hands");
                facts.push((incident(id), Fact::IncidentUnmerged { reason }));
            }
            Step::OpenUp(id) => facts.push((incident(id), Fact::IncidentOpenedUp)),
            Step::RestrictEvidence(id, people) => {
                facts.push((StreamId::Evidence(evidence(*id)), Fact::EvidenceRestricted { to: to(people) }));
            }
            Step::OpenUpEvidence(id) => {
                facts.push((StreamId::Evidence(evidence(*id)), Fact::EvidenceOpenedUp));
            }
            Step::HandOut(id, with) => {
                let fact = Fact::IncidentHandedOut { to: Personal::of("court"), with_values: true };
                facts.push((incident(id), fact));
                let transfer = Transfer::export("court", incident(id));
                facts.push((StreamId::Evidence(evidence(*with)), Fact::EvidenceExported(transfer)));
            }
            _ => {}
        }
    }
    facts
}

/// What people make of an alert.
fn triage(what: u8) -> Fact {
    let reason = Personal::of("the nightly backup");
    match what {
        0 => Fact::AlertAssigned { to: UserId(1) },
        1 => Fact::AlertReleased,
        2 => Fact::AlertJudged(Judgement { verdict: Verdict::FalsePositive, reason, dismissed: true }),
        3 => Fact::AlertReopened { reason },
        _ => Fact::TriageRestored(Triage { assignee: Some(UserId(2)), judgement: None }),
    }
}

/// What somebody sees at the end of a history, worked out from its facts in the plainest way.
struct Sees {
    user: u64,
    named: BTreeMap<StreamId, BTreeSet<u64>>,
    /// Incidents that are one, as pairs.
    merged: Vec<(IncidentId, IncidentId)>,
    /// The incidents that an alert joined and has not left; it belongs to the last.
    joined: BTreeMap<AlertId, Vec<IncidentId>>,
    /// Alerts that are part of another.
    parts: BTreeMap<AlertId, AlertId>,
}

impl Sees {
    fn after(user: u64, facts: &[(StreamId, Fact)]) -> Sees {
        let mut sees = Sees {
            user,
            named: BTreeMap::new(),
            merged: Vec::new(),
            joined: BTreeMap::new(),
            parts: BTreeMap::new(),
        };
        for (stream, fact) in facts {
            match (stream, fact) {
                (_, Fact::IncidentRestricted { to } | Fact::EvidenceRestricted { to }) => {
                    sees.named.insert(*stream, to.iter().map(|user| user.0).collect());
                }
                (_, Fact::IncidentOpenedUp | Fact::EvidenceOpenedUp) => drop(sees.named.remove(stream)),
                (StreamId::Alert(id), Fact::AlertMerged { into }) => drop(sees.parts.insert(*id, *into)),
                (StreamId::Incident(id), Fact::IncidentMerged { into }) => sees.merged.push((*id, *into)),
                (StreamId::Incident(id), Fact::AlertsJoined { alerts }) => {
                    for joined in alerts {
                        let of = sees.joined.entry(joined.alert).or_default();
                        if of.last() != Some(id) {
                            of.retain(|known| known != id);
                            of.push(*id);
                        }
                    }
                }
                (StreamId::Incident(id), Fact::AlertsAttached { alerts, .. }) => {
                    sees.joined.extend(alerts.iter().map(|joined| (joined.alert, vec![*id])));
                }
                (StreamId::Incident(id), Fact::AlertsDetached { alerts, to, .. }) => {
                    for alert in alerts {
                        let of = sees.joined.entry(*alert).or_default();
                        if of.last() == Some(id) {
                            *of = to.iter().copied().collect();
                        } else {
                            of.retain(|known| known != id);
                        }
                    }
                }
                (StreamId::Incident(id), Fact::IncidentUnmerged { .. }) => {
                    sees.merged.retain(|(part, _)| part != id);
                }
                (StreamId::Incident(id), Fact::AlertsLeft { alerts }) => {
                    for alert in alerts {
                        sees.joined.entry(*alert).or_default().retain(|known| known != id);
                    }
                }
                _ => {}
            }
        }
        sees
    }

    fn is_named(&self, stream: StreamId) -> bool {
        self.named.get(&stream).is_none_or(|named| named.contains(&self.user))
    }

    fn incident(&self, id: IncidentId) -> bool {
        let mut group = BTreeSet::from([id]);
        loop {
            let before = group.len();
            for (one, other) in &self.merged {
                if group.contains(one) || group.contains(other) {
                    group.extend([*one, *other]);
                }
            }
            if group.len() == before {
                return group.iter().all(|id| self.is_named(StreamId::Incident(*id)));
            }
        }
    }

    /// An alert, and all that it is a part of.
    fn alert(&self, id: AlertId) -> bool {
        let (mut seen, mut next) = (BTreeSet::new(), Some(id));
        while let Some(id) = next.filter(|id| seen.insert(*id)) {
            let of = self.joined.get(&id).and_then(|of| of.last());
            if of.is_some_and(|incident| !self.incident(*incident)) {
                return false;
            }
            next = self.parts.get(&id).copied();
        }
        true
    }

    fn stream(&self, stream: StreamId) -> bool {
        match stream {
            StreamId::Incident(id) => self.incident(id),
            StreamId::Alert(id) => self.alert(id),
            // Each tells of the alert of its number.
            StreamId::Report(id) => self.alert(AlertId(id.0)),
            StreamId::Call(id) if id.0 > OF_ALERTS => self.alert(AlertId(id.0 - OF_ALERTS)),
            StreamId::Call(id) => self.incident(IncidentId(id.0)),
            other => self.is_named(other),
        }
    }

    /// The fact in a world in which there is nothing that they do not see; nothing when it would not be there.
    fn without_others(&self, stream: StreamId, fact: &Fact) -> Option<Fact> {
        if !self.stream(stream) {
            return None;
        }
        let alert = |id: &AlertId| self.stream(StreamId::Alert(*id));
        let mut fact = fact.clone();
        let is_left = match &mut fact {
            Fact::AlertsJoined { alerts } => {
                alerts.retain(|joined| alert(&joined.alert));
                for joined in alerts.iter_mut() {
                    joined.join = joined.join.take().filter(|join| alert(&join.with));
                }
                !alerts.is_empty()
            }
            Fact::AlertsAttached { alerts, .. } => {
                alerts.retain(|joined| alert(&joined.alert));
                !alerts.is_empty()
            }
            Fact::AlertsDetached { alerts, to, .. } => {
                alerts.retain(alert);
                *to = to.filter(|to| self.incident(*to));
                !alerts.is_empty()
            }
            Fact::LinkAdded { link, .. } => match link.to {
                LinkTarget::Incident(to) => self.incident(to),
                LinkTarget::Address(_) => true,
            },
            Fact::AlertsLeft { alerts } => {
                alerts.retain(alert);
                !alerts.is_empty()
            }
            Fact::AlertRaised(report) => {
                for record in &mut report.records {
                    record.evidence = record.evidence.filter(|hash| self.stream(StreamId::Evidence(*hash)));
                }
                true
            }
            Fact::JoinSuggested(suggestion) => {
                suggestion.with = suggestion.with.filter(alert);
                match suggestion.what {
                    Suggested::Alert(id) => alert(&id),
                    Suggested::Incident(id) => self.incident(id),
                }
            }
            Fact::IncidentMerged { into } => self.incident(*into),
            Fact::EvidenceExported(transfer) => transfer.export_of().is_none_or(|of| self.stream(of)),
            _ => true,
        };
        is_left.then_some(fact)
    }
}

/// A server on a history in which some facts may never have been recorded; each has its own time.
fn site(facts: &[(StreamId, Option<Fact>)]) -> (Site, Vec<Client>) {
    let mut site = Site::new();
    let clients: Vec<Client> =
        CALLERS.iter().map(|(_, account, role)| site.person(account, &[*role])).collect();
    site.record(|site, store| {
        for (stream, fact) in facts {
            site.pass(1);
            if let Some(fact) = fact {
                append(store, *stream, &program(), fact.clone());
            }
        }
    });
    site.pass(SignedDuration::from_mins(1).as_secs());
    let clients = clients.iter().map(|client| site.again(client)).collect();
    (site, clients)
}

/// Everything that can be asked for about these objects, of which some never are.
fn requests() -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    let lists = [
        (
            "alerts",
            &[
                "",
                "state = dismissed",
                "state = hidden",
                "hidden = EXC-0001",
                "assignee = USR-0001",
                "incident = none",
                "incident in (INC-0001, INC-0002)",
                "account",
                "level = high",
            ][..],
        ),
        ("incidents", &["", "alerts > 1", "restricted", "merged = none", "break-in"][..]),
        ("reported", &["", "account", "alert = ALR-000001", "level = low"][..]),
        ("evidence", &["", "custody > 1", "restricted", "source ~ source"][..]),
    ];
    for (list, filters) in lists {
        for filter in filters {
            let filter = filter.replace(' ', "%20").replace('=', "%3D").replace('>', "%3E");
            for rest in ["&count=true", "&limit=1&order=oldest", "&limit=2"] {
                all.push(("GET", format!("/api/v1/{list}?filter={filter}{rest}")));
            }
        }
    }
    for id in 1..=INCIDENTS + 1 {
        let incident = format!("/api/v1/incidents/{}", IncidentId(id));
        all.extend(
            [
                "notes",
                "notes/1",
                "tasks",
                "scope",
                "decisions",
                "timeline",
                "links",
                "gates",
                "similar",
                "times",
            ]
            .map(|what| ("GET", format!("{incident}/{what}"))),
        );
    }
    let alerts = (1..=ALERTS + 1).map(|id| format!("/api/v1/alerts/{}", AlertId(id)));
    let incidents = (1..=INCIDENTS + 1).map(|id| format!("/api/v1/incidents/{}", IncidentId(id)));
    let evidence = (1..=EVIDENCE + 1).map(|id| format!("/api/v1/evidence/{}", evidence(id)));
    let reports = (1..=ALERTS + 1).map(|id| format!("/api/v1/reported/{}", ReportId(id)));
    for object in alerts.chain(incidents).chain(evidence).chain(reports) {
        all.push(("GET", object.clone()));
        all.push(("HEAD", object.clone()));
        all.push(("GET", format!("{object}/entries?limit=200")));
        all.push(("GET", format!("{object}/entries?filter=text%20~%20account")));
        all.push(("DELETE", format!("{object}/access")));
        all.push(("PUT", format!("{object}/access")));
    }
    all.extend((1..=ALERTS + 1).map(|id| ("GET", format!("/api/v1/alerts/{}/similar", AlertId(id)))));
    for root in ["/api", "/api/v1"] {
        all.extend((1..=ALERTS + 1).map(|id| ("GET", format!("{root}/alert/~{id}"))));
        all.extend((1..=INCIDENTS + 1).map(|id| ("GET", format!("{root}/case/~{id}"))));
        all.extend((1..=ALERTS + 1).map(|id| ("PATCH", format!("{root}/alert/~{id}"))));
    }
    all.extend(
        [
            "exceptions",
            "exceptions/EXC-0001",
            "rules/precision",
            "calls?limit=2",
            "calls?open=true",
            "calls?mine=true",
            "work",
            "handover?since=2026-01-01T00:00:00Z",
        ]
        .map(|what| ("GET", format!("/api/v1/{what}"))),
    );
    let calls = (1..=INCIDENTS + 1).chain(OF_ALERTS + 1..=OF_ALERTS + ALERTS + 1).map(CallId);
    all.extend(calls.map(|id| ("GET", format!("/api/v1/calls/{id}"))));
    for what in ["assign", "release", "judge", "reopen"] {
        all.push(("POST", format!("/api/v1/triage/{what}")));
    }
    let streams = (1..=INCIDENTS).map(|id| format!("incident/{}", IncidentId(id)));
    for stream in streams.chain((1..=ALERTS).map(|id| format!("alert/{}", AlertId(id)))) {
        all.push(("GET", format!("/api/v1/journal/entries?limit=200&stream={stream}")));
    }
    for filter in ["", "kind:%20alerts-*", "ALR-000001", "text%20~%20INC-0002", "export", "account-2"] {
        all.push(("GET", format!("/api/v1/journal/entries?limit=200&filter={filter}")));
    }
    all
}

/// What was answered, all pages of it, but for places in the log and in streams.
fn answered(client: &Client, method: &str, path: &str) -> Vec<String> {
    let mut told = Vec::new();
    let mut cursor = String::new();
    loop {
        let body = match (method, path.rsplit('/').next()) {
            ("PUT", _) => Some(json!({"to": ["USR-0001", "USR-0002", "USR-0003"]})),
            ("POST", Some("judge")) => Some(
                json!({"filter": "id >= ALR-000001", "verdict": "test", "reason": "tried", "dry_run": true}),
            ),
            ("POST", Some("reopen")) => {
                Some(json!({"filter": "id >= ALR-000001", "reason": "tried", "dry_run": true}))
            }
            ("POST", _) => Some(json!({"filter": "id >= ALR-000001", "dry_run": true})),
            _ => None,
        };
        let answer = client.send(method, &format!("{path}{cursor}"), body.as_ref());
        let is_told = |name: &str| !matches!(name, "date" | "content-length");
        let headers: Vec<_> = answer.headers.iter().filter(|(name, _)| is_told(name)).collect();
        let mut page: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        for entry in page["items"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            if entry.contains_key("stream") {
                entry.remove("position");
                entry.remove("version");
            }
        }
        for incident in page["incidents"].as_array_mut().into_iter().flatten() {
            for entry in
                incident["entries"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut)
            {
                entry.remove("position");
                entry.remove("version");
            }
        }
        for milestone in page["milestones"].as_array_mut().into_iter().flatten() {
            milestone["position"] = milestone["position"].is_u64().into();
        }
        let next = page["next"].clone();
        if path.contains("entries") && page.is_object() {
            page["next"] = Value::Null;
        }
        // The order of members is the server's: one that is parsed has them sorted.
        told.push(format!("{} {headers:?} {page}", answer.status));
        cursor = match next {
            Value::String(cursor) => format!("&cursor={cursor}"),
            Value::Number(position) => format!("&after={position}"),
            _ => return told,
        };
    }
}

fn check(steps: &[Step]) {
    let facts = history(steps);
    let whole: Vec<(StreamId, Option<Fact>)> =
        facts.iter().map(|(stream, fact)| (*stream, Some(fact.clone()))).collect();
    let (_whole, clients) = site(&whole);
    for (number, (user, account, _)) in CALLERS.into_iter().enumerate() {
        let sees = Sees::after(user, &facts);
        let seen: Vec<(StreamId, Option<Fact>)> =
            facts.iter().map(|(stream, fact)| (*stream, sees.without_others(*stream, fact))).collect();
        if seen == whole {
            continue;
        }
        let (_without, others) = site(&seen);
        for (method, path) in requests() {
            let (with, without) =
                (answered(&clients[number], method, &path), answered(&others[number], method, &path));
            // The difference comes first: the history is long.
            assert!(with == without, "{account}: {method} {path}\n{with:#?}\n{without:#?}\n{facts:#?}");
        }
    }
}

#[test]
fn whoever_may_not_see_it_is_answered_as_if_it_had_never_been() {
    let cases = std::env::var("COFFERDAM_LEAK_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(6);
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 40,
        ..Config::default()
    });
    let steps = proptest::collection::vec(step(), 12..40);
    runner
        .run(&steps, |steps| {
            check(&steps);
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_moved_between_incidents_leaves_no_trace_of_the_other() {
    let all = [
        Step::Raise(1, Some(1)),
        Step::Raise(2, Some(2)),
        Step::Raise(3, Some(2)),
        Step::Join(1, vec![(1, None), (2, Some(1)), (3, Some(2))]),
        Step::Join(2, vec![(2, Some(1))]),
        Step::Leave(1, BTreeSet::from([2])),
        Step::Restrict(2, vec![9]),
        Step::RestrictEvidence(2, vec![9]),
        Step::HandOut(2, 1),
        Step::HandOut(2, 1),
        Step::Merge(3, 2),
        Step::Join(3, vec![(1, None)]),
        Step::HandOut(1, 1),
    ];
    for end in 7..=all.len() {
        check(&all[..end]);
    }
}

#[test]
fn what_people_moved_leaves_no_trace_of_where_it_was() {
    let all = [
        Step::Raise(1, None),
        Step::Raise(2, None),
        Step::Join(1, vec![(1, None), (2, None)]),
        Step::Restrict(2, vec![9]),
        Step::Put(BTreeSet::from([1]), Some(2)),
        Step::Put(BTreeSet::from([1]), Some(3)),
        Step::Put(BTreeSet::from([2]), None),
        Step::Respond(1, 1),
        Step::Merge(4, 2),
        Step::Unmerge(4),
    ];
    for end in 5..=all.len() {
        check(&all[..end]);
    }
}

#[test]
fn what_was_in_another_incident_for_a_while_is_where_it_was_before() {
    let all = [
        Step::Raise(1, None),
        Step::Join(1, vec![(1, None)]),
        Step::Join(2, vec![(1, None)]),
        Step::Restrict(2, vec![9]),
        Step::Leave(2, BTreeSet::from([1])),
        Step::Join(2, vec![(1, None)]),
        Step::Join(3, vec![(1, None)]),
        Step::Leave(3, BTreeSet::from([1])),
    ];
    for end in 4..=all.len() {
        check(&all[..end]);
    }
}

//! What is to be done now: calls that are begun, people who are told next, and what waits no more.

use super::known::KnownCall;
use super::knows::who_may_know;
use super::post::Office;
use super::wanted::Wanted;
use crate::ledger::Kept;
use crate::server::Server;
use cofferdam_journal::alert::AlertState;
use cofferdam_journal::call::{CallIntent, CallSpec, Channel, Matter};
use cofferdam_journal::incident::{Incident, Part, TaskState};
use cofferdam_journal::view::{AlertRow, IncidentRow};
use cofferdam_journal::{Actor, Personal, StreamId};
use cofferdam_store::StorageError;
use cofferdam_vocabulary::{AlertId, CallId, IncidentId, UserId};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Somebody who was told of an alert that is theirs looks at all that are: they are not told of more meanwhile.
const ALERTS_AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// What is to be recorded.
#[derive(Default)]
pub struct Plan {
    /// By call.
    pub intents: BTreeMap<CallId, Vec<CallIntent>>,
    /// What waited, and of which nobody is told: the positions of its entries.
    pub forget: BTreeSet<u64>,
}

/// What it is planned with.
pub struct Planner<'p> {
    pub server: &'p Server,
    pub office: &'p mut Office,
    pub now: Timestamp,
    incidents: HashMap<IncidentId, Incident>,
    /// Who is told of an alert now.
    alerted: BTreeSet<UserId>,
}

impl<'p> Planner<'p> {
    /// At this moment.
    pub fn new(server: &'p Server, office: &'p mut Office, now: Timestamp) -> Planner<'p> {
        Planner { server, office, now, incidents: HashMap::new(), alerted: BTreeSet::new() }
    }

    /// Everything that is to be done.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when an incident cannot be read.
    pub fn plan(mut self) -> Result<Plan, StorageError> {
        let mut plan = Plan::default();
        for (call, intent) in self.office.outcomes() {
            plan.intents.entry(call).or_default().push(intent);
        }
        for (id, known) in self.server.calls.open() {
            let intents = self.of_open(&known);
            if !intents.is_empty() {
                plan.intents.entry(id).or_default().extend(intents);
            }
        }
        let (wanted, mut next) = self.server.calls.wanted();
        let mut begun = BTreeSet::new();
        for (position, wanted) in wanted {
            let spec = self.spec(position, &wanted)?.filter(|spec| begun.insert(spec.about));
            let Some(spec) = spec else {
                plan.forget.insert(position);
                continue;
            };
            let first = self.step(&spec, 0);
            let mut intents = vec![CallIntent::Begin(Box::new(spec))];
            intents.extend(first);
            plan.intents.insert(next, intents);
            next = CallId(next.0 + 1);
        }
        Ok(plan)
    }

    fn of_open(&mut self, known: &KnownCall) -> Vec<CallIntent> {
        if known.over {
            return vec![CallIntent::Settle];
        }
        if known.call.spec.as_ref().is_some_and(|spec| self.is_merged(spec.about)) {
            return Vec::new();
        }
        let is_due = known.next().is_some_and(|next| next <= self.now);
        match (&known.call.spec, known.call.next()) {
            (Some(spec), Some(step)) if is_due => self.step(spec, step),
            _ => Vec::new(),
        }
    }

    /// Whether what it is about is part of another incident now.
    fn is_merged(&self, about: Matter) -> bool {
        let StreamId::Incident(incident) = about.stream() else { return false };
        self.server.lists.row::<IncidentRow>(incident).is_some_and(|row| row.merged_into.is_some())
    }

    /// One person is told by every way that there is to them; nothing when they were told so much that it has to wait.
    fn step(&mut self, spec: &CallSpec, step: u32) -> Vec<CallIntent> {
        let Some(user) = spec.told_by(step) else { return Vec::new() };
        match self.ways(user, spec.about) {
            Ok(ways) if self.office.may_tell(user, self.now) => {
                let tell = |channel: Channel| {
                    let delivery = self.office.delivery(user, channel, self.now);
                    CallIntent::Tell { step, channel, delivery }
                };
                ways.into_iter().map(tell).collect()
            }
            Ok(_) => Vec::new(),
            Err(what) => vec![CallIntent::Fail { step, delivery: None, what: Personal::of(what) }],
        }
    }

    /// How somebody can be reached, or why they are not told.
    fn ways(&self, user: UserId, about: Matter) -> Result<Vec<Channel>, &'static str> {
        let known = who_may_know(self.server, user, about)?;
        let settings = &self.server.settings.calls;
        let account = known.profile.account.known().unwrap_or_default();
        let contact = settings.contacts.get(account).ok_or("there is no address of theirs")?;
        let by_mail = contact.mail.as_ref().and(settings.mail.as_ref()).map(|_| Channel::Mail);
        let by_webhook = contact.webhook.as_ref().map(|_| Channel::Webhook);
        let ways: Vec<Channel> = by_mail.into_iter().chain(by_webhook).collect();
        if ways.is_empty() { Err("there is no address of theirs") } else { Ok(ways) }
    }

    /// Who is told of it, if anybody is.
    fn spec(&mut self, cause: u64, wanted: &Wanted) -> Result<Option<CallSpec>, StorageError> {
        let about = wanted.about;
        if self.server.calls.is_told(about) || !self.waits(wanted)? {
            return Ok(None);
        }
        let settings = &self.server.settings.calls;
        let (to, rounds) = match about {
            Matter::Incident { .. } => (self.on_call(), settings.rounds),
            Matter::Decision { incident, .. } => {
                let mut to = self.deciders(incident)?;
                to.extend(self.on_call());
                (to, settings.rounds)
            }
            Matter::Task { owner, .. } => (vec![owner], 1),
            Matter::Lead { commander, .. } => (vec![commander], 1),
            Matter::Part { user, .. } => (vec![user], 1),
            Matter::Alert { assignee, .. } => (vec![assignee], 1),
        };
        let mut seen = BTreeSet::new();
        let is_reached = |user: &UserId| rounds > 1 || self.ways(*user, about).is_ok();
        let to: Vec<UserId> = to
            .into_iter()
            // Who did it knows it.
            .filter(|user| matches!(about, Matter::Incident { .. }) || !self.is(&wanted.by, *user))
            .filter(|user| seen.insert(*user) && is_reached(user))
            .collect();
        let wait = u32::try_from(settings.after.as_secs()).unwrap_or(u32::MAX);
        Ok((!to.is_empty()).then_some(CallSpec { about, cause, to, wait, rounds }))
    }

    fn is(&self, actor: &Actor, user: UserId) -> bool {
        let known = self.server.identity.roster.user(user);
        matches!((actor, known), (Actor::Person(account), Some(known)) if *account == known.profile.account)
    }

    fn on_call(&self) -> Vec<UserId> {
        let roster = &self.server.identity.roster;
        let settings = &self.server.settings.calls;
        let user = |account: &String| {
            let known = roster.account(account).map(|user| user.id);
            if known.is_none() {
                tracing::warn!(%account, "`on_call.people` names an account that there is not; the next one is told");
            }
            known
        };
        settings.people.iter().filter_map(user).collect()
    }

    /// Whoever leads an incident, and who does when they are not there.
    fn deciders(&mut self, id: IncidentId) -> Result<Vec<UserId>, StorageError> {
        let incident = self.incident(id)?;
        let deputies = incident.steered.parts.get(&Part::Deputy).into_iter().flatten().copied();
        Ok(incident.commander.into_iter().chain(deputies).collect())
    }

    fn incident(&mut self, id: IncidentId) -> Result<&Incident, StorageError> {
        if !self.incidents.contains_key(&id) {
            let stream = IncidentRow::stream(id);
            let (incident, _) = self.server.ledger.store().journal.state::<Incident>(stream)?;
            self.incidents.insert(id, incident);
        }
        Ok(&self.incidents[&id])
    }

    /// Whether it waits still, and is bad enough.
    fn waits(&mut self, wanted: &Wanted) -> Result<bool, StorageError> {
        let (least, however_bad) = (self.server.settings.calls.from, wanted.however_bad);
        Ok(match wanted.about {
            Matter::Alert { alert, assignee } => self.has_alert(alert, assignee),
            Matter::Incident { incident } => {
                let row = self.server.lists.row::<IncidentRow>(incident);
                row.is_some_and(|row| {
                    let is_open =
                        row.commander.is_none() && row.closed.is_none() && row.merged_into.is_none();
                    // What was dealt with elsewhere before it came here calls nobody.
                    is_open && row.imported.is_none() && (however_bad || row.severity >= least)
                })
            }
            Matter::Decision { incident, decision } => {
                let incident = self.incident(incident)?;
                let is_open = is_going_on(incident);
                is_open && incident.decisions.get(&decision).is_some_and(|decision| decision.ruling.is_none())
            }
            Matter::Task { incident, task, owner } => {
                let incident = self.incident(incident)?;
                let task = incident.tasks.get(&task).filter(|_| is_going_on(incident));
                task.is_some_and(|task| task.state == TaskState::Open && task.spec.owner == Some(owner))
            }
            Matter::Lead { incident, commander } => {
                let incident = self.incident(incident)?;
                is_going_on(incident) && incident.commander == Some(commander)
            }
            Matter::Part { incident, part, user } => {
                let incident = self.incident(incident)?;
                let has = incident.steered.parts.get(&part).is_some_and(|users| users.contains(&user));
                is_going_on(incident) && has
            }
        })
    }

    /// Whether an alert waits for somebody who was not told of others just now.
    fn has_alert(&mut self, alert: AlertId, assignee: UserId) -> bool {
        if self.alerted.contains(&assignee) {
            return false;
        }
        let row = self.server.lists.row::<AlertRow>(alert);
        let is_theirs = row.is_some_and(|row| {
            row.assignee == Some(assignee)
                && matches!(row.state(), AlertState::InTriage | AlertState::Attached)
        });
        let was_told = |known: &KnownCall| {
            let of = known.call.spec.as_ref().map(|spec| spec.about);
            matches!(of, Some(Matter::Alert { assignee: before, .. }) if before == assignee)
                && self.now.duration_since(known.begun) < ALERTS_AGAIN
        };
        let tells = is_theirs && !self.server.calls.all().iter().any(|(_, known)| was_told(known));
        if tells {
            self.alerted.insert(assignee);
        }
        tells
    }
}

/// Whether the response to it goes on.
fn is_going_on(incident: &Incident) -> bool {
    incident.merged_into.is_none() && incident.course.closed.is_none()
}

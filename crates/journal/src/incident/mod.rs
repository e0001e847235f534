//! An incident as the journal has it: which alerts, how bad, whom it touches.

mod belonging;
mod category;
mod course;
mod decision;
mod gate;
mod impact;
mod import;
mod link;
mod marking;
mod moment;
mod note;
mod part;
mod phase;
mod refusal;
mod report;
mod scope;
mod steering;
mod suggestion;
mod task;
#[cfg(test)]
pub(crate) mod tests;
mod times;

pub use belonging::Correction;
pub use category::Category;
pub use course::{Course, Move, Passage, Resolution};
pub use decision::{ALTERNATIVES, DECISIONS, Decision, DecisionNumber, Proposal, Ruling};
pub use gate::{Criterion, Met};
pub use impact::{Functional, Impact, Information, Recoverability, Reputation};
pub use import::{ForeignCase, Import};
pub use link::{LINKS, Link, LinkNumber, LinkTarget};
pub use marking::{Marking, Pap, Tlp};
pub use moment::{MOMENTS, Moment, MomentNumber, MomentSpec, Telling};
pub use note::{NOTE_PARTS, NOTES, Note, NoteNumber};
pub use part::Part;
pub use phase::Phase;
pub use refusal::IncidentRefusal;
pub use report::{IncidentReport, Join, Joined, Severity, Span};
pub use scope::{ENTITIES_ASSESSED, EntityName, EntityStatus, Standing};
pub use steering::{Assessment, Steered, Steering};
pub use suggestion::{Acceptance, SUGGESTIONS, Suggested, SuggestedError, Suggestion, Verdict};
pub use task::{BLOCKERS, TASKS, Task, TaskNumber, TaskSpec, TaskState};
pub use times::{Mark, Measure, Milestone, TimeSource, Times};

use crate::aggregate::Aggregate;
use crate::fact::Fact;
use crate::personal::Personal;
use crate::restriction;
use cofferdam_vocabulary::{IncidentId, UserId};
use report::{changed, opened, within};
use std::collections::{BTreeMap, BTreeSet};

/// Reasons for a severity.
const REASONS: usize = 20;

/// One incident, as its facts tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incident {
    /// What is known of it now; none before it was opened.
    pub known: Option<IncidentReport>,
    /// It turned out to be part of another one.
    pub merged_into: Option<IncidentId>,
    /// Only these see it; none when everybody with the permission does.
    pub restricted: Option<BTreeSet<UserId>>,
    /// Who leads the response to it.
    pub commander: Option<UserId>,
    /// Somebody was named to lead, or people said what belongs to it: it is for them to say from then on.
    pub led: bool,
    /// What was thought to belong to it since then, and what people made of it.
    pub suggestions: BTreeMap<Suggested, (Suggestion, Verdict)>,
    /// What people wrote down.
    pub notes: BTreeMap<NoteNumber, Note>,
    /// What is to be done.
    pub tasks: BTreeMap<TaskNumber, Task>,
    /// What people decided about it as a whole.
    pub steered: Steered,
    /// In which phase the response is, and how it ended.
    pub course: Course,
    /// How people say that entities stand.
    pub standings: BTreeMap<EntityName, Standing>,
    /// What was proposed, and what became of it.
    pub decisions: BTreeMap<DecisionNumber, Decision>,
    /// What people put on the timeline.
    pub moments: BTreeMap<MomentNumber, Moment>,
    /// The highest number that a moment had.
    last_moment: u64,
    /// What else there is to read.
    pub links: BTreeMap<LinkNumber, Link>,
    /// The highest number that a link had.
    last_link: u64,
    /// The case that it was in another product.
    pub imported: Option<ForeignCase>,
}

/// Asked of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IncidentIntent {
    /// This is what is known of it now, as it is found without people. Of one that is led, only how bad it is, when
    /// it was seen and whom it touches can be found so, of the alerts that it has.
    Report(Box<IncidentReport>),
    /// What was recorded of it goes out.
    HandOut {
        /// To whom.
        to: Personal,
        /// With personal values.
        with_values: bool,
    },
    /// It is part of another incident, as is found without people.
    Merge {
        /// The other one.
        into: IncidentId,
    },
    /// It is part of another incident, as people decided.
    MergeByPeople {
        /// The other one.
        into: IncidentId,
    },
    /// Somebody leads the response.
    NameCommander {
        /// Who.
        user: UserId,
    },
    /// Nobody leads it for now.
    RelieveCommander,
    /// Something would belong to it, were nobody leading.
    Suggest(Suggestion),
    /// People say that it does.
    Accept(Box<Acceptance>),
    /// People say that it does not.
    Dismiss {
        /// What.
        what: Suggested,
    },
    /// Only these people shall see it.
    Restrict {
        /// Who; at least one.
        to: BTreeSet<UserId>,
    },
    /// Everybody with the permission shall see it.
    OpenUp,
    /// What belongs to it is otherwise.
    Correct(Correction),
    /// It was a case of another product.
    Import(Box<Import>),
    /// What it is, as whoever leads says.
    Steer(Box<Steering>),
    /// These entities stand so.
    Stand {
        /// Which; those that it was not known to touch are touched from now on.
        entities: BTreeSet<EntityName>,
        /// How.
        status: EntityStatus,
        /// The evidence for it.
        reason: Personal,
    },
    /// Something is proposed.
    Propose(Box<Proposal>),
    /// What was proposed shall be done, or not.
    Rule {
        /// Which decision.
        decision: DecisionNumber,
        /// What is said to it.
        ruling: Ruling,
        /// Why.
        reason: Personal,
    },
    /// The response enters a phase, ends, or goes on.
    Move(Move),
    /// The timeline says something else.
    Tell(Box<Telling>),
    /// There is something else to read.
    Link(Box<Link>),
    /// It is not there any more.
    Unlink {
        /// Which link.
        number: LinkNumber,
    },
    /// Something is written down.
    WriteNote {
        /// What, as parts of one text.
        text: Vec<Personal>,
    },
    /// It is written anew.
    ReviseNote {
        /// Which note.
        note: NoteNumber,
        /// The revision that whoever writes has read.
        base: u64,
        /// What it says now, as parts of one text.
        text: Vec<Personal>,
    },
    /// Something is to be done.
    AddTask(Box<TaskSpec>),
    /// Something else about it.
    ChangeTask {
        /// Which task.
        task: TaskNumber,
        /// The revision that whoever changes it has read.
        base: u64,
        /// All of it.
        spec: Box<TaskSpec>,
    },
    /// It was done, is not done any more, or is to be done again.
    MoveTask {
        /// Which task.
        task: TaskNumber,
        /// The revision that whoever changes it has read.
        base: u64,
        /// How far it is.
        state: TaskState,
        /// What came of it, or why it is not done.
        outcome: Option<Personal>,
    },
}

impl Aggregate for Incident {
    type Intent = IncidentIntent;
    type Refusal = IncidentRefusal;

    fn decide(&self, intent: IncidentIntent) -> Result<Vec<Fact>, IncidentRefusal> {
        match (intent, self.merged_into) {
            (IncidentIntent::HandOut { .. }, _) if self.known.is_none() => Err(IncidentRefusal::NotOpened),
            (IncidentIntent::HandOut { to, with_values }, _) => {
                Ok(vec![Fact::IncidentHandedOut { to, with_values }])
            }
            // One that was merged can be read as before, and so it can be restricted.
            (IncidentIntent::Restrict { .. } | IncidentIntent::OpenUp, _) if self.known.is_none() => {
                Err(IncidentRefusal::NotOpened)
            }
            (IncidentIntent::Restrict { to }, _) => {
                let to = restriction::changed(self.restricted.as_ref(), to)?;
                Ok(to.map(|to| Fact::IncidentRestricted { to }).into_iter().collect())
            }
            (IncidentIntent::OpenUp, _) => {
                Ok(self.restricted.iter().map(|_| Fact::IncidentOpenedUp).collect())
            }
            (IncidentIntent::Merge { into } | IncidentIntent::MergeByPeople { into }, Some(known))
                if into == known =>
            {
                Ok(vec![])
            }
            (IncidentIntent::Correct(correction), _) => self.correct(correction),
            (_, Some(into)) => Err(IncidentRefusal::Merged { into }),
            (IncidentIntent::Report(new), None) => self.report(*new),
            (IncidentIntent::Import(import), None) => self.import(*import),
            (_, None) if self.known.is_none() => Err(IncidentRefusal::NotOpened),
            (IncidentIntent::Merge { .. }, None) if self.led => Err(IncidentRefusal::Led),
            (IncidentIntent::Merge { into } | IncidentIntent::MergeByPeople { into }, None) => {
                Ok(vec![Fact::IncidentMerged { into }])
            }
            (IncidentIntent::NameCommander { user }, None) => {
                let named = (self.commander != Some(user)).then_some(Fact::CommanderNamed { user });
                Ok(named.into_iter().collect())
            }
            (IncidentIntent::RelieveCommander, None) => {
                Ok(self.commander.iter().map(|_| Fact::CommanderRelieved).collect())
            }
            (IncidentIntent::Suggest(suggestion), None) => self.suggest(suggestion),
            (IncidentIntent::Accept(_), None) if self.course.closed.is_some() => Err(IncidentRefusal::Closed),
            (IncidentIntent::Accept(acceptance), None) => self.accept(*acceptance),
            (IncidentIntent::Dismiss { what }, None) => self.dismiss(what),
            (IncidentIntent::WriteNote { text }, None) => self.write_note(text),
            (IncidentIntent::ReviseNote { note, base, text }, None) => self.revise_note(note, base, text),
            (IncidentIntent::AddTask(spec), None) => self.add_task(*spec),
            (IncidentIntent::ChangeTask { task, base, spec }, None) => self.change_task(task, base, *spec),
            (IncidentIntent::MoveTask { task, base, state, outcome }, None) => {
                self.move_task(task, base, state, outcome)
            }
            (IncidentIntent::Move(course), None) => self.go(course),
            (IncidentIntent::Link(link), None) => self.link(*link),
            (IncidentIntent::Unlink { number }, None) => self.unlink(number),
            (IncidentIntent::Tell(telling), None) => self.tell(*telling),
            (_, None) if self.course.closed.is_some() => Err(IncidentRefusal::Closed),
            (IncidentIntent::Steer(steering), None) => self.steer(*steering),
            (IncidentIntent::Stand { entities, status, reason }, None) => {
                self.stand(entities, status, &reason)
            }
            (IncidentIntent::Propose(proposal), None) => self.propose(*proposal),
            (IncidentIntent::Rule { decision, ruling, reason }, None) => self.rule(decision, ruling, reason),
        }
    }

    fn evolve(mut self, fact: &Fact) -> Incident {
        if let Fact::IncidentOpened { title, severity, span } = fact {
            let (title, severity, span) = (title.clone(), severity.clone(), *span);
            let (alerts, scope) = (BTreeMap::new(), BTreeSet::new());
            self.known = Some(IncidentReport { title, severity, span, alerts, scope });
        }
        if let Fact::IncidentMerged { into } = fact {
            self.merged_into = Some(*into);
        }
        match fact {
            Fact::IncidentRestricted { to } => self.restricted = Some(to.clone()),
            Fact::IncidentOpenedUp => self.restricted = None,
            Fact::IncidentImported(case) => self.imported = Some(case.clone()),
            Fact::CommanderNamed { user } => (self.commander, self.led) = (Some(*user), true),
            Fact::CommanderRelieved => self.commander = None,
            Fact::JoinSuggested(suggestion) => {
                self.suggestions.insert(suggestion.what, (suggestion.clone(), Verdict::Open));
            }
            Fact::SuggestionAccepted { what } => self.decided(*what, Verdict::Accepted),
            Fact::SuggestionDismissed { what } => self.decided(*what, Verdict::Dismissed),
            Fact::NoteWritten { note, text } | Fact::NoteRevised { note, text } => self.noted(*note, text),
            Fact::TaskAdded { task, spec } | Fact::TaskChanged { task, spec } => self.task_is(*task, spec),
            Fact::TaskMoved { task, state, outcome } => self.task_moved(*task, *state, outcome.as_ref()),
            Fact::EntitiesStand { entities, status, reason } => self.stands(entities, *status, reason),
            other => {
                self.corrected(other);
                self.was_steered(other);
                self.decision_is(other);
                self.went(other);
                self.told(other);
                self.linked(other);
            }
        }
        let Some(known) = &mut self.known else { return self };
        match fact {
            Fact::IncidentRenamed { title } => known.title = title.clone(),
            Fact::SeverityAssessed(severity) => known.severity = severity.clone(),
            Fact::IncidentSpans(span) => known.span = *span,
            Fact::AlertsJoined { alerts } => {
                known.alerts.extend(alerts.iter().map(|joined| (joined.alert, joined.join.clone())));
            }
            Fact::AlertsLeft { alerts } => known.alerts.retain(|alert, _| !alerts.contains(alert)),
            Fact::ScopeWidened { entities } => known.scope.extend(entities.iter().cloned()),
            Fact::ScopeNarrowed { entities } => known.scope.retain(|entity| !entities.contains(entity)),
            _ => {}
        }
        self
    }
}

impl Incident {
    fn report(&self, mut new: IncidentReport) -> Result<Vec<Fact>, IncidentRefusal> {
        new.severity.reasons.truncate(REASONS);
        match &self.known {
            None => Ok(opened(&new)),
            // What is found of it later is for whoever opens it again.
            Some(_) if self.course.closed.is_some() => Ok(vec![]),
            Some(old) => self.told_again(old, new),
        }
    }

    /// What people said is not found otherwise by the machine.
    fn told_again(
        &self,
        old: &IncidentReport,
        mut new: IncidentReport,
    ) -> Result<Vec<Fact>, IncidentRefusal> {
        if self.steered.titled {
            new.title = old.title.clone();
        }
        if self.steered.assessed.is_some() {
            new.severity = old.severity.clone();
        }
        match old {
            old if !self.led => Ok(changed(old, &new)),
            old if old.alerts.keys().eq(new.alerts.keys()) => Ok(within(old, &new)),
            _ => Err(IncidentRefusal::Led),
        }
    }

    fn decided(&mut self, what: Suggested, as_what: Verdict) {
        if let Some((_, verdict)) = self.suggestions.get_mut(&what) {
            *verdict = as_what;
        }
    }
}

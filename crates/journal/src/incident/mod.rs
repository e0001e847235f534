//! An incident as the journal has it: which alerts, how bad, whom it touches.

mod note;
mod phase;
mod report;
mod suggestion;
mod task;
#[cfg(test)]
pub(crate) mod tests;

pub use note::{NOTE_PARTS, NOTES, Note, NoteNumber};
pub use phase::Phase;
pub use report::{IncidentReport, Join, Joined, Severity, Span};
pub use suggestion::{Acceptance, SUGGESTIONS, Suggested, SuggestedError, Suggestion, Verdict};
pub use task::{BLOCKERS, TASKS, Task, TaskNumber, TaskSpec, TaskState};

use crate::aggregate::Aggregate;
use crate::fact::Fact;
use crate::personal::Personal;
use crate::restriction::{self, RestrictionRefusal};
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
    /// Somebody was named to lead: what belongs to it is for people to say from then on, even when nobody leads.
    pub led: bool,
    /// What was thought to belong to it since then, and what people made of it.
    pub suggestions: BTreeMap<Suggested, (Suggestion, Verdict)>,
    /// What people wrote down.
    pub notes: BTreeMap<NoteNumber, Note>,
    /// What is to be done.
    pub tasks: BTreeMap<TaskNumber, Task>,
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

/// Why an intent was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IncidentRefusal {
    /// There is nothing to merge.
    #[error("no such incident was opened")]
    NotOpened,
    /// Whatever is found now belongs to the other one.
    #[error("the incident is part of {into} since it was merged")]
    Merged {
        /// The other one.
        into: IncidentId,
    },
    /// Somebody was named to lead: nothing joins or leaves by itself.
    #[error("a commander was named: what belongs to the incident is for people to decide")]
    Led,
    /// Nobody was named to lead: what belongs to it joins by itself.
    #[error("no commander was named, so alerts join by themselves")]
    NotLed,
    /// Nothing like it was suggested.
    #[error("that was not suggested")]
    NotSuggested,
    /// It belongs to the incident now.
    #[error("the suggestion was accepted before")]
    AcceptedBefore,
    /// More than people can look at.
    #[error("the incident has {SUGGESTIONS} suggestions already")]
    TooManySuggestions,
    /// There is no such note.
    #[error("the incident has no note {note}")]
    NoSuchNote {
        /// Which.
        note: NoteNumber,
    },
    /// Somebody wrote it anew meanwhile.
    #[error("note {note} has revision {revision} now, and not the one that was read")]
    NoteRevised {
        /// Which.
        note: NoteNumber,
        /// Its revision now.
        revision: u64,
    },
    /// It says nothing.
    #[error("a note says something")]
    EmptyNote,
    /// It is a document, which is evidence.
    #[error("the note is too long; a document is kept as evidence")]
    LongNote,
    /// More than people can look at.
    #[error("the incident has {NOTES} notes already")]
    TooManyNotes,
    /// There is no such task.
    #[error("the incident has no task {task}")]
    NoSuchTask {
        /// Which.
        task: TaskNumber,
    },
    /// Somebody changed it meanwhile.
    #[error("task {task} has revision {revision} now, and not the one that was read")]
    TaskRevised {
        /// Which.
        task: TaskNumber,
        /// Its revision now.
        revision: u64,
    },
    /// It is done or dropped.
    #[error("task {task} is not open; open it again first")]
    TaskEnded {
        /// Which.
        task: TaskNumber,
    },
    /// Something must be done before.
    #[error("task {task} waits for task {by}, which is open")]
    TaskBlocked {
        /// Which.
        task: TaskNumber,
        /// What it waits for.
        by: TaskNumber,
    },
    /// It would wait for itself.
    #[error("task {task} would wait for itself")]
    TaskCircle {
        /// Which.
        task: TaskNumber,
    },
    /// Nobody would know what to do.
    #[error("a task has a title")]
    NoTitle,
    /// Whoever comes later must be able to understand it.
    #[error("say why the task is not done")]
    NoOutcome,
    /// More than people can look at.
    #[error("the incident has {TASKS} tasks already")]
    TooManyTasks,
    /// More than people can look at.
    #[error("a task waits for {BLOCKERS} others at most")]
    TooManyBlockers,
    /// Nobody could see it, or too many are named.
    #[error(transparent)]
    Restriction(#[from] RestrictionRefusal),
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
            (_, Some(into)) => Err(IncidentRefusal::Merged { into }),
            (IncidentIntent::Report(new), None) => self.report(*new),
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
            (IncidentIntent::Accept(acceptance), None) => self.accept(*acceptance),
            (IncidentIntent::Dismiss { what }, None) => self.dismiss(what),
            (IncidentIntent::WriteNote { text }, None) => self.write_note(text),
            (IncidentIntent::ReviseNote { note, base, text }, None) => self.revise_note(note, base, text),
            (IncidentIntent::AddTask(spec), None) => self.add_task(*spec),
            (IncidentIntent::ChangeTask { task, base, spec }, None) => self.change_task(task, base, *spec),
            (IncidentIntent::MoveTask { task, base, state, outcome }, None) => {
                self.move_task(task, base, state, outcome)
            }
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
            _ => {}
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
            Some(old) if !self.led => Ok(changed(old, &new)),
            Some(old) if old.alerts.keys().eq(new.alerts.keys()) => Ok(within(old, &new)),
            Some(_) => Err(IncidentRefusal::Led),
        }
    }

    fn decided(&mut self, what: Suggested, as_what: Verdict) {
        if let Some((_, verdict)) = self.suggestions.get_mut(&what) {
            *verdict = as_what;
        }
    }
}

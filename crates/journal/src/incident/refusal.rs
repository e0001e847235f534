//! Why something asked of an incident is refused.

use super::{
    ALTERNATIVES, BLOCKERS, DECISIONS, DecisionNumber, ENTITIES_ASSESSED, LINKS, LinkNumber, MOMENTS,
    MomentNumber, NOTES, NoteNumber, Phase, Ruling, SUGGESTIONS, TASKS, TaskNumber,
};
use crate::restriction::RestrictionRefusal;
use cofferdam_vocabulary::IncidentId;

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
    /// People found it before.
    #[error("the incident was opened before")]
    Opened,
    /// Nothing is done with it any more.
    #[error("the incident is closed; open it again first")]
    Closed,
    /// Whoever comes later must be able to understand it.
    #[error("a reason is needed")]
    NoReason,
    /// More than people can look at.
    #[error("people said of {ENTITIES_ASSESSED} entities already how they stand")]
    TooManyEntities,
    /// There is no such decision.
    #[error("the incident has no decision {decision}")]
    NoSuchDecision {
        /// Which.
        decision: DecisionNumber,
    },
    /// What was decided stays so.
    #[error("decision {decision} was {ruling}; propose something else instead")]
    DecidedBefore {
        /// Which.
        decision: DecisionNumber,
        /// What was said to it.
        ruling: Ruling,
    },
    /// More than people can look at.
    #[error("the incident has {DECISIONS} decisions already")]
    TooManyDecisions,
    /// More than people can weigh.
    #[error("a decision has {ALTERNATIVES} alternatives at most")]
    TooManyAlternatives,
    /// Phases are not jumped over.
    #[error("the response is in {phase}; it goes on one phase at a time, and back to any")]
    NotNext {
        /// Where it is.
        phase: Phase,
    },
    /// What is real comes to its end through all phases.
    #[error("the response is in {phase}; what is real is closed from review")]
    NotReviewed {
        /// Where it is.
        phase: Phase,
    },
    /// Its gate does not let it.
    #[error("the gate of {leaving} is not met: {missing}")]
    Gate {
        /// The phase that would be left.
        leaving: Phase,
        /// What is not met, in words.
        missing: String,
    },
    /// Nobody said why it may be left though not all is known.
    #[error(
        "the gate of {leaving} asks what this version does not check ({unchecked}); say why it is passed"
    )]
    Unchecked {
        /// The phase that would be left.
        leaving: Phase,
        /// What is not checked.
        unchecked: String,
    },
    /// There is no such moment.
    #[error("the timeline has no moment {moment}")]
    NoSuchMoment {
        /// Which.
        moment: MomentNumber,
    },
    /// Somebody changed it meanwhile.
    #[error("moment {moment} has revision {revision} now, and not the one that was read")]
    MomentRevised {
        /// Which.
        moment: MomentNumber,
        /// Its revision now.
        revision: u64,
    },
    /// Others would be part of nothing.
    #[error("moment {part} is part of moment {moment}; change that first")]
    HasParts {
        /// Which.
        moment: MomentNumber,
        /// A part of it.
        part: MomentNumber,
    },
    /// A part has no parts.
    #[error("moment {moment} cannot be part of a part, nor have parts and be one")]
    PartOfPart {
        /// Which.
        moment: MomentNumber,
    },
    /// More than people can look at.
    #[error("the timeline has {MOMENTS} moments already")]
    TooManyMoments,
    /// There is no such link.
    #[error("the incident has no link {number}")]
    NoSuchLink {
        /// Which.
        number: LinkNumber,
    },
    /// More than people can look at.
    #[error("the incident has {LINKS} links already")]
    TooManyLinks,
    /// Nobody could see it, or too many are named.
    #[error(transparent)]
    Restriction(#[from] RestrictionRefusal),
}

//! Everything that can be recorded.
//!
//! A fact's kind carries its version. A kind that was released is read for ever: what changes gets the next
//! version as a variant of its own, and `evolve` an arm for it.

mod kind;

use crate::access::{LoginFailed, LoginsThrottled, RequestRefused};
use crate::alert::{AlertReport, Count, EntityRecord, Judgement, Quote, Revision, Triage};
use crate::call::{CallSpec, Channel};
use crate::evidence::{Acquired, Transfer};
use crate::exception::ExceptionSpec;
use crate::incident::{
    Assessment, Category, DecisionNumber, EntityName, EntityStatus, ForeignCase, Joined, Link, LinkNumber,
    Marking, MomentNumber, MomentSpec, NoteNumber, Part, Passage, Phase, Proposal, Resolution, Ruling,
    Severity, Span, Suggested, Suggestion, TaskNumber, TaskSpec, TaskState,
};
use crate::permission::TeamRole;
use crate::personal::Personal;
use crate::report::{Received, ReportState};
use crate::session::{SessionEnd, Started};
use crate::source::{SourceSettings, SourceToken};
use crate::user::{Created, Enrolment, Token};
use cofferdam_vocabulary::{
    AlertId, CredentialId, DeliveryId, ExceptionId, IncidentId, SessionId, TokenId, UserId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Recorded once, never edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Fact {
    /// A data directory is used for the first time.
    #[serde(rename = "log-opened/1")]
    LogOpened {},
    /// The log goes on from a backup.
    #[serde(rename = "log-restored/1")]
    LogRestored {
        /// Entries that the backup had.
        size: u64,
    },
    /// Personal values were erased.
    #[serde(rename = "values-erased/1")]
    ValuesErased {
        /// What they were committed to, in base64.
        values: Vec<String>,
        /// Who ordered it, and on what ground.
        order: Personal,
    },
    /// Evidence was read and hashed at its source.
    #[serde(rename = "evidence-acquired/1")]
    EvidenceAcquired(Acquired),
    /// Its bytes lie in the data directory.
    #[serde(rename = "evidence-kept/1")]
    EvidenceKept,
    /// Somebody looked at it.
    #[serde(rename = "evidence-viewed/1")]
    EvidenceViewed,
    /// A copy went out.
    #[serde(rename = "evidence-exported/1")]
    EvidenceExported(Transfer),
    /// Somebody else holds it.
    #[serde(rename = "evidence-handed-over/1")]
    EvidenceHandedOver(Transfer),
    /// Its bytes are not what was acquired.
    #[serde(rename = "evidence-damaged/1")]
    EvidenceDamaged {
        /// What is wrong with them.
        found: String,
    },
    /// Only named people see it from now on.
    #[serde(rename = "evidence-restricted/1")]
    EvidenceRestricted {
        /// Who.
        to: BTreeSet<UserId>,
    },
    /// Everybody with the permission sees it again.
    #[serde(rename = "evidence-opened-up/1")]
    EvidenceOpenedUp,
    /// A rule fired.
    #[serde(rename = "alert-raised/1")]
    AlertRaised(Box<AlertReport>),
    /// It fired more often.
    #[serde(rename = "alert-counted/1")]
    AlertCounted(Count),
    /// It is about more than was known.
    #[serde(rename = "alert-concerns/1")]
    AlertConcerns {
        /// What is new.
        entities: BTreeSet<EntityRecord>,
    },
    /// Something else is said of it than before.
    #[serde(rename = "alert-revised/1")]
    AlertRevised(Revision),
    /// It is part of another alert.
    #[serde(rename = "alert-merged/1")]
    AlertMerged {
        /// The other one.
        into: AlertId,
    },
    /// Somebody works on it.
    #[serde(rename = "alert-assigned/1")]
    AlertAssigned {
        /// Who.
        to: UserId,
    },
    /// Nobody works on it for now.
    #[serde(rename = "alert-released/1")]
    AlertReleased,
    /// It was found to be something.
    #[serde(rename = "alert-judged/1")]
    AlertJudged(Judgement),
    /// What was found was taken back.
    #[serde(rename = "alert-reopened/1")]
    AlertReopened {
        /// Why.
        reason: Personal,
    },
    /// What people did with it was undone: it is as it was before.
    #[serde(rename = "triage-restored/1")]
    TriageRestored(Triage),
    /// An exception hides it: it counts nowhere.
    #[serde(rename = "alert-hidden/1")]
    AlertHidden {
        /// Which.
        exception: ExceptionId,
    },
    /// It is hidden no more.
    #[serde(rename = "alert-shown/1")]
    AlertShown,
    /// The product that raised it said something of it, in its own words.
    #[serde(rename = "alert-quoted/1")]
    AlertQuoted {
        /// What, member by member of its document.
        quotes: Vec<Quote>,
    },
    /// Some alerts are to be hidden for a while.
    #[serde(rename = "exception-added/1")]
    ExceptionAdded(Box<ExceptionSpec>),
    /// Others are, or for another while.
    #[serde(rename = "exception-changed/1")]
    ExceptionChanged(Box<ExceptionSpec>),
    /// It hides nothing more.
    #[serde(rename = "exception-ended/1")]
    ExceptionEnded {
        /// Why.
        reason: Personal,
    },
    /// Alerts belong together.
    #[serde(rename = "incident-opened/1")]
    IncidentOpened {
        /// What people call it.
        title: Personal,
        /// How bad, and why.
        severity: Severity,
        /// From when to when.
        span: Span,
    },
    /// It was a case of another product.
    #[serde(rename = "incident-imported/1")]
    IncidentImported(ForeignCase),
    /// It is called something else.
    #[serde(rename = "incident-renamed/1")]
    IncidentRenamed {
        /// What people call it now.
        title: Personal,
    },
    /// It is as bad as this, whatever was said before.
    #[serde(rename = "severity-assessed/1")]
    SeverityAssessed(Severity),
    /// It began earlier or lasted longer than was known.
    #[serde(rename = "incident-spans/1")]
    IncidentSpans(Span),
    /// Alerts belong to it.
    #[serde(rename = "alerts-joined/1")]
    AlertsJoined {
        /// Which, and why.
        alerts: Vec<Joined>,
    },
    /// Alerts turned out not to belong to it.
    #[serde(rename = "alerts-left/1")]
    AlertsLeft {
        /// Which.
        alerts: BTreeSet<AlertId>,
    },
    /// It touches more than was known.
    #[serde(rename = "scope-widened/1")]
    ScopeWidened {
        /// What is new.
        entities: BTreeSet<EntityRecord>,
    },
    /// It does not touch what was thought.
    #[serde(rename = "scope-narrowed/1")]
    ScopeNarrowed {
        /// What is not touched.
        entities: BTreeSet<EntityRecord>,
    },
    /// What was recorded of it went out.
    #[serde(rename = "incident-handed-out/1")]
    IncidentHandedOut {
        /// To whom.
        to: Personal,
        /// With names, addresses and lines of logs, not only what they were committed to.
        with_values: bool,
    },
    /// It is part of another incident.
    #[serde(rename = "incident-merged/1")]
    IncidentMerged {
        /// The other one.
        into: IncidentId,
    },
    /// Only named people see it from now on.
    #[serde(rename = "incident-restricted/1")]
    IncidentRestricted {
        /// Who.
        to: BTreeSet<UserId>,
    },
    /// Everybody with the permission sees it again.
    #[serde(rename = "incident-opened-up/1")]
    IncidentOpenedUp,
    /// Somebody leads the response to it. What belongs to it is for people to say from now on.
    #[serde(rename = "commander-named/1")]
    CommanderNamed {
        /// Who.
        user: UserId,
    },
    /// Nobody leads it for now.
    #[serde(rename = "commander-relieved/1")]
    CommanderRelieved,
    /// Something would have joined it by itself.
    #[serde(rename = "join-suggested/1")]
    JoinSuggested(Suggestion),
    /// It belongs to the incident, as was suggested.
    #[serde(rename = "suggestion-accepted/1")]
    SuggestionAccepted {
        /// What.
        #[serde(flatten)]
        what: Suggested,
    },
    /// It does not.
    #[serde(rename = "suggestion-dismissed/1")]
    SuggestionDismissed {
        /// What.
        #[serde(flatten)]
        what: Suggested,
    },
    /// Somebody wrote something down.
    #[serde(rename = "note-written/1")]
    NoteWritten {
        /// Which note.
        note: NoteNumber,
        /// What it says, as parts of one text.
        text: Vec<Personal>,
    },
    /// It says something else.
    #[serde(rename = "note-revised/1")]
    NoteRevised {
        /// Which note.
        note: NoteNumber,
        /// What it says now, as parts of one text.
        text: Vec<Personal>,
    },
    /// Something is to be done.
    #[serde(rename = "task-added/1")]
    TaskAdded {
        /// Which task.
        task: TaskNumber,
        /// What.
        spec: Box<TaskSpec>,
    },
    /// Something else about it.
    #[serde(rename = "task-changed/1")]
    TaskChanged {
        /// Which task.
        task: TaskNumber,
        /// All of it.
        spec: Box<TaskSpec>,
    },
    /// It was done, is not done any more, or is to be done again.
    #[serde(rename = "task-moved/1")]
    TaskMoved {
        /// Which task.
        task: TaskNumber,
        /// How far it is.
        state: TaskState,
        /// What came of it, or why it is not done.
        outcome: Option<Personal>,
    },
    /// People say that alerts belong to it.
    #[serde(rename = "alerts-attached/1")]
    AlertsAttached {
        /// Which, and what they share with others of it.
        alerts: Vec<Joined>,
        /// Why people say so; none when a suggestion said it.
        reason: Option<Personal>,
    },
    /// People say that alerts do not.
    #[serde(rename = "alerts-detached/1")]
    AlertsDetached {
        /// Which.
        alerts: BTreeSet<AlertId>,
        /// The incident to which they belong instead; without one they stay out of all of them.
        to: Option<IncidentId>,
        /// Why.
        reason: Personal,
    },
    /// It is no part of the incident into which it was merged.
    #[serde(rename = "incident-unmerged/1")]
    IncidentUnmerged {
        /// Why.
        reason: Personal,
    },
    /// Somebody said that it is real.
    #[serde(rename = "incident-declared/1")]
    IncidentDeclared {
        /// Why they think so.
        reason: Personal,
    },
    /// People call it something else.
    #[serde(rename = "incident-titled/1")]
    IncidentTitled {
        /// What.
        title: Personal,
    },
    /// People say how bad it is.
    #[serde(rename = "severity-decided/1")]
    SeverityDecided(Box<Assessment>),
    /// With whom it may be shared, and what may be done with it.
    #[serde(rename = "incident-marked/1")]
    IncidentMarked(Marking),
    /// It is of this kind.
    #[serde(rename = "incident-categorised/1")]
    IncidentCategorised {
        /// Which.
        category: Category,
    },
    /// Somebody has a part in the response.
    #[serde(rename = "part-given/1")]
    PartGiven {
        /// Which.
        part: Part,
        /// Who.
        user: UserId,
    },
    /// They have it no more.
    #[serde(rename = "part-taken/1")]
    PartTaken {
        /// Which.
        part: Part,
        /// Who.
        user: UserId,
    },
    /// People say how entities stand.
    #[serde(rename = "entities-stand/1")]
    EntitiesStand {
        /// Which.
        entities: BTreeSet<EntityName>,
        /// How.
        status: EntityStatus,
        /// The evidence for it.
        reason: Personal,
    },
    /// Something is proposed.
    #[serde(rename = "decision-proposed/1")]
    DecisionProposed {
        /// Which decision.
        decision: DecisionNumber,
        /// What.
        proposal: Box<Proposal>,
    },
    /// It shall be done, or not.
    #[serde(rename = "decision-made/1")]
    DecisionMade {
        /// Which decision.
        decision: DecisionNumber,
        /// What is said to it.
        ruling: Ruling,
        /// Why.
        reason: Personal,
    },
    /// The response is in this phase from now on.
    #[serde(rename = "phase-entered/1")]
    PhaseEntered {
        /// Which.
        phase: Phase,
        /// How the gate was passed.
        passage: Box<Passage>,
    },
    /// The response ended.
    #[serde(rename = "incident-closed/1")]
    IncidentClosed {
        /// How.
        resolution: Resolution,
        /// How the gate was passed.
        passage: Box<Passage>,
    },
    /// It goes on.
    #[serde(rename = "incident-reopened/1")]
    IncidentReopened {
        /// Why.
        reason: Personal,
    },
    /// Something happened, as people say.
    #[serde(rename = "moment-added/1")]
    MomentAdded {
        /// Which moment.
        moment: MomentNumber,
        /// What and when.
        spec: Box<MomentSpec>,
    },
    /// Something else did.
    #[serde(rename = "moment-changed/1")]
    MomentChanged {
        /// Which moment.
        moment: MomentNumber,
        /// All of it.
        spec: Box<MomentSpec>,
    },
    /// It did not, or does not belong here.
    #[serde(rename = "moment-removed/1")]
    MomentRemoved {
        /// Which moment.
        moment: MomentNumber,
        /// Why.
        reason: Personal,
    },
    /// There is something else to read.
    #[serde(rename = "link-added/1")]
    LinkAdded {
        /// Which link.
        number: LinkNumber,
        /// Where it leads, and what is there.
        link: Box<Link>,
    },
    /// It is not there any more.
    #[serde(rename = "link-removed/1")]
    LinkRemoved {
        /// Which link.
        number: LinkNumber,
    },
    /// Somebody is to be told of something that waits for them.
    #[serde(rename = "call-begun/1")]
    CallBegun(Box<CallSpec>),
    /// Something is sent to them.
    #[serde(rename = "call-telling/1")]
    CallTelling {
        /// What; it may tell of several calls.
        delivery: DeliveryId,
        /// Whom: the step of the call.
        step: u32,
        /// How.
        channel: Channel,
    },
    /// It was taken at the other end.
    #[serde(rename = "call-told/1")]
    CallTold {
        /// What was.
        delivery: DeliveryId,
    },
    /// It was not, or nothing could be sent.
    #[serde(rename = "call-failed/1")]
    CallFailed {
        /// Whom it should have told: the step of the call.
        step: u32,
        /// What was sent, if anything was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delivery: Option<DeliveryId>,
        /// Why.
        what: Personal,
    },
    /// Somebody takes care of it.
    #[serde(rename = "call-acknowledged/1")]
    CallAcknowledged {
        /// Who.
        by: UserId,
    },
    /// What waited waits no more.
    #[serde(rename = "call-settled/1")]
    CallSettled,
    /// Somebody reported something.
    #[serde(rename = "report-received/1")]
    ReportReceived(Box<Received>),
    /// They know more.
    #[serde(rename = "report-amended/1")]
    ReportAmended {
        /// What, as parts of one text.
        text: Vec<Personal>,
    },
    /// They were told something.
    #[serde(rename = "report-answered/1")]
    ReportAnswered {
        /// What, as parts of one text.
        text: Vec<Personal>,
    },
    /// It is as far as this.
    #[serde(rename = "report-moved/1")]
    ReportMoved {
        /// How far.
        state: ReportState,
    },
    /// An alert tells of it.
    #[serde(rename = "report-told/1")]
    ReportTold {
        /// Which.
        alert: AlertId,
    },
    /// Somebody may work with the server.
    #[serde(rename = "user-created/1")]
    UserCreated(Box<Created>),
    /// They are called something else.
    #[serde(rename = "user-renamed/1")]
    UserRenamed {
        /// What others call them now.
        name: Personal,
    },
    /// They have another part.
    #[serde(rename = "roles-changed/1")]
    RolesChanged {
        /// All of it.
        roles: BTreeSet<TeamRole>,
    },
    /// They may not work here.
    #[serde(rename = "user-disabled/1")]
    UserDisabled,
    /// They may again.
    #[serde(rename = "user-enabled/1")]
    UserEnabled,
    /// Another password counts.
    #[serde(rename = "password-set/1")]
    PasswordSet {
        /// Which.
        credential: CredentialId,
    },
    /// Whoever has the link may set their password, once.
    #[serde(rename = "enrolment-issued/1")]
    EnrolmentIssued(Enrolment),
    /// Another second factor counts.
    #[serde(rename = "second-factor-set/1")]
    SecondFactorSet {
        /// Which.
        credential: CredentialId,
    },
    /// No second factor counts, nor any recovery code.
    #[serde(rename = "second-factor-removed/1")]
    SecondFactorRemoved,
    /// Other recovery codes count.
    #[serde(rename = "recovery-codes-made/1")]
    RecoveryCodesMade {
        /// Which.
        credential: CredentialId,
        /// How many.
        count: u64,
    },
    /// One of them was used.
    #[serde(rename = "recovery-code-used/1")]
    RecoveryCodeUsed {
        /// How many were not.
        left: u64,
    },
    /// A program may work for them.
    #[serde(rename = "token-issued/1")]
    TokenIssued(Box<Token>),
    /// A token counts no more.
    #[serde(rename = "token-revoked/1")]
    TokenRevoked {
        /// Which.
        token: TokenId,
    },
    /// Somebody is logged in.
    #[serde(rename = "session-started/1")]
    SessionStarted(Started),
    /// They proved again who they are.
    #[serde(rename = "session-raised/1")]
    SessionRaised {
        /// The session that took its place.
        to: SessionId,
    },
    /// They are no more.
    #[serde(rename = "session-ended/1")]
    SessionEnded {
        /// Why.
        why: SessionEnd,
    },
    /// Somebody did not get in.
    #[serde(rename = "login-failed/1")]
    LoginFailed(LoginFailed),
    /// Somebody tried too often.
    #[serde(rename = "logins-throttled/1")]
    LoginsThrottled(LoginsThrottled),
    /// Somebody asked for what they may not have.
    #[serde(rename = "request-refused/1")]
    RequestRefused(RequestRefused),
    /// An account for the day on which nothing else works was used.
    #[serde(rename = "break-glass-used/1")]
    BreakGlassUsed {
        /// Whose.
        user: UserId,
        /// From where.
        address: Personal,
    },
    /// The server takes requests.
    #[serde(rename = "server-started/1")]
    ServerStarted {
        /// Its version.
        version: String,
    },
    /// It was told to end, and did.
    #[serde(rename = "server-stopped/1")]
    ServerStopped,
    /// Something may send events or alerts.
    #[serde(rename = "source-added/1")]
    SourceAdded(Box<SourceSettings>),
    /// What it sends is read in another way.
    #[serde(rename = "source-changed/1")]
    SourceChanged(Box<SourceSettings>),
    /// It may prove with a token that it is it.
    #[serde(rename = "source-token-issued/1")]
    SourceTokenIssued(SourceToken),
    /// One of its tokens counts no more.
    #[serde(rename = "source-token-revoked/1")]
    SourceTokenRevoked {
        /// Which.
        token: TokenId,
    },
    /// Another secret signs what it sends.
    #[serde(rename = "source-secret-set/1")]
    SourceSecretSet {
        /// Which.
        credential: CredentialId,
    },
    /// It may send nothing any more.
    #[serde(rename = "source-removed/1")]
    SourceRemoved,
}

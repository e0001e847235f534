//! Tasks as clients read them.

use crate::http::PhaseName;
use crate::ledger::{ActorView, plain_text};
use cofferdam_journal::incident::{Incident, Task, TaskNumber, TaskState};
use cofferdam_journal::{Aggregate, Entry, Fact};
use cofferdam_vocabulary::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// All tasks of an incident.
#[derive(Serialize, ToSchema)]
pub struct TaskList {
    /// The tasks.
    items: Vec<TaskView>,
}

/// A task.
#[derive(Clone, Serialize, ToSchema)]
pub struct TaskView {
    /// Its number in the incident.
    task: u64,
    /// How often something was recorded of it; to be sent back as `base` by whoever changes it.
    revision: u64,
    /// What is to be done; `null` when it was erased.
    title: Option<String>,
    /// The phase that is not left before it is done, where it is mandatory.
    phase: PhaseName,
    /// The phase is not left without it.
    mandatory: bool,
    /// Who does it.
    #[schema(value_type = Option<String>, example = "USR-0001")]
    owner: Option<UserId>,
    /// Until when.
    due: Option<Timestamp>,
    /// It is open, and should have been done by now.
    overdue: bool,
    /// What must be done, or dropped, before.
    blocked_by: Vec<u64>,
    /// Of these, what is open.
    waits_for: Vec<u64>,
    /// `open`, `done` or `dropped`.
    state: StateName,
    /// What came of it, or why it is not done; `null` when nothing was said, or it was erased.
    outcome: Option<String>,
    /// Who added it.
    added_by: ActorView,
    /// When.
    added: Timestamp,
    /// Who recorded something of it last.
    changed_by: ActorView,
    /// When.
    changed: Timestamp,
}

/// How far a task is.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum StateName {
    /// It is to be done.
    Open,
    /// It was done.
    Done,
    /// It is not done any more.
    Dropped,
}

impl TaskList {
    /// Out of the entries of an incident.
    pub fn of(entries: &[Entry], now: Timestamp) -> TaskList {
        let incident = Incident::replay(entries.iter().map(|entry| &entry.fact));
        let mut places: BTreeMap<TaskNumber, (&Entry, &Entry)> = BTreeMap::new();
        for entry in entries {
            if let Fact::TaskAdded { task, .. }
            | Fact::TaskChanged { task, .. }
            | Fact::TaskMoved { task, .. } = &entry.fact
            {
                places.entry(*task).or_insert((entry, entry)).1 = entry;
            }
        }
        let tasks = incident.tasks.iter().filter_map(|(number, task)| {
            let (added, changed) = places.get(number)?;
            Some(view(*number, task, &incident, added, changed, now))
        });
        TaskList { items: tasks.collect() }
    }

    /// One of them.
    pub fn one(self, task: TaskNumber) -> Option<TaskView> {
        self.items.into_iter().find(|view| view.task == task.0)
    }
}

fn view(
    number: TaskNumber,
    task: &Task,
    incident: &Incident,
    added: &Entry,
    changed: &Entry,
    now: Timestamp,
) -> TaskView {
    let spec = &task.spec;
    let is_open = |by: &TaskNumber| incident.tasks.get(by).is_some_and(|by| by.state == TaskState::Open);
    TaskView {
        task: number.0,
        revision: task.revision,
        title: plain_text(&spec.title),
        phase: spec.phase.into(),
        mandatory: spec.mandatory,
        owner: spec.owner,
        due: spec.due,
        overdue: task.state == TaskState::Open && spec.due.is_some_and(|due| due < now),
        blocked_by: spec.blocked_by.iter().map(|by| by.0).collect(),
        waits_for: spec.blocked_by.iter().filter(|by| is_open(by)).map(|by| by.0).collect(),
        state: task.state.into(),
        outcome: task.outcome.as_ref().and_then(plain_text),
        added_by: ActorView::of(&added.actor),
        added: added.head.time,
        changed_by: ActorView::of(&changed.actor),
        changed: changed.head.time,
    }
}

impl From<TaskState> for StateName {
    fn from(state: TaskState) -> StateName {
        match state {
            TaskState::Open => StateName::Open,
            TaskState::Done => StateName::Done,
            TaskState::Dropped => StateName::Dropped,
        }
    }
}

impl From<StateName> for TaskState {
    fn from(state: StateName) -> TaskState {
        match state {
            StateName::Open => TaskState::Open,
            StateName::Done => TaskState::Done,
            StateName::Dropped => TaskState::Dropped,
        }
    }
}

//! Tasks of an incident: what is to be done, by whom, until when, and what must be done before.

use super::phase::Phase;
use super::{Incident, IncidentRefusal};
use crate::fact::Fact;
use crate::personal::Personal;
use cofferdam_vocabulary::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Tasks of one incident.
pub const TASKS: usize = 1000;
/// Tasks that one task can wait for.
pub const BLOCKERS: usize = 50;

/// Which task of its incident, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskNumber(pub u64);

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSpec {
    /// What, in a few words.
    pub title: Personal,
    /// The phase that is not left before it is done, where it is mandatory.
    pub phase: Phase,
    /// The phase is not left without it.
    pub mandatory: bool,
    /// Who does it.
    pub owner: Option<UserId>,
    /// Until when.
    pub due: Option<Timestamp>,
    /// What must be done, or dropped, before.
    pub blocked_by: BTreeSet<TaskNumber>,
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskState {
    /// It is to be done.
    Open,
    /// It was done.
    Done,
    /// It is not done any more.
    Dropped,
}

/// A task as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// What is to be done.
    pub spec: TaskSpec,
    /// How far it is.
    pub state: TaskState,
    /// What came of it, or why it is not done.
    pub outcome: Option<Personal>,
    /// How often something was recorded of it, from 1.
    pub revision: u64,
}

impl FromStr for TaskNumber {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<TaskNumber, Self::Err> {
        text.parse().map(TaskNumber)
    }
}

impl fmt::Display for TaskNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl TaskState {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            TaskState::Open => "open",
            TaskState::Done => "done",
            TaskState::Dropped => "dropped",
        }
    }
}

fn is_given(text: &Personal) -> bool {
    text.known().is_none_or(|text| !text.trim().is_empty())
}

impl Incident {
    pub(super) fn add_task(&self, spec: TaskSpec) -> Result<Vec<Fact>, IncidentRefusal> {
        if self.tasks.len() >= TASKS {
            return Err(IncidentRefusal::TooManyTasks);
        }
        let task = TaskNumber(self.tasks.keys().next_back().map_or(1, |last| last.0.saturating_add(1)));
        self.check_task(task, &spec)?;
        Ok(vec![Fact::TaskAdded { task, spec: Box::new(spec) }])
    }

    pub(super) fn change_task(
        &self,
        task: TaskNumber,
        base: u64,
        spec: TaskSpec,
    ) -> Result<Vec<Fact>, IncidentRefusal> {
        let known = self.task(task)?;
        if known.spec == spec {
            return Ok(vec![]);
        }
        is_as_read(task, known, base)?;
        if known.state != TaskState::Open {
            return Err(IncidentRefusal::TaskEnded { task });
        }
        self.check_task(task, &spec)?;
        Ok(vec![Fact::TaskChanged { task, spec: Box::new(spec) }])
    }

    /// What is mandatory is not dropped without a reason, and nothing is done before what it waits for.
    pub(super) fn move_task(
        &self,
        task: TaskNumber,
        base: u64,
        state: TaskState,
        outcome: Option<Personal>,
    ) -> Result<Vec<Fact>, IncidentRefusal> {
        let known = self.task(task)?;
        let outcome = outcome.filter(is_given);
        if known.state == state && known.outcome == outcome {
            return Ok(vec![]);
        }
        is_as_read(task, known, base)?;
        match state {
            TaskState::Open => {}
            TaskState::Done => {
                if let Some(by) = known.spec.blocked_by.iter().find(|by| self.is_open(**by)) {
                    return Err(IncidentRefusal::TaskBlocked { task, by: *by });
                }
            }
            TaskState::Dropped if outcome.is_none() => return Err(IncidentRefusal::NoOutcome),
            TaskState::Dropped => {}
        }
        Ok(vec![Fact::TaskMoved { task, state, outcome }])
    }

    fn task(&self, task: TaskNumber) -> Result<&Task, IncidentRefusal> {
        self.tasks.get(&task).ok_or(IncidentRefusal::NoSuchTask { task })
    }

    fn is_open(&self, task: TaskNumber) -> bool {
        self.tasks.get(&task).is_some_and(|task| task.state == TaskState::Open)
    }

    fn check_task(&self, task: TaskNumber, spec: &TaskSpec) -> Result<(), IncidentRefusal> {
        if !is_given(&spec.title) {
            return Err(IncidentRefusal::NoTitle);
        }
        if spec.blocked_by.len() > BLOCKERS {
            return Err(IncidentRefusal::TooManyBlockers);
        }
        if let Some(missing) = spec.blocked_by.iter().find(|by| **by != task && !self.tasks.contains_key(by))
        {
            return Err(IncidentRefusal::NoSuchTask { task: *missing });
        }
        if self.waits_for(&spec.blocked_by, task) {
            return Err(IncidentRefusal::TaskCircle { task });
        }
        Ok(())
    }

    /// Whether any of these waits for that task, or for one that does.
    fn waits_for(&self, first: &BTreeSet<TaskNumber>, wanted: TaskNumber) -> bool {
        let (mut seen, mut next) = (BTreeSet::new(), first.iter().copied().collect::<Vec<_>>());
        while let Some(task) = next.pop() {
            if task == wanted {
                return true;
            }
            if seen.insert(task) {
                next.extend(self.tasks.get(&task).iter().flat_map(|task| &task.spec.blocked_by));
            }
        }
        false
    }

    pub(super) fn task_is(&mut self, task: TaskNumber, spec: &TaskSpec) {
        let before = self.tasks.remove(&task);
        let revision = before.as_ref().map_or(0, |before| before.revision) + 1;
        let (state, outcome) =
            before.map_or((TaskState::Open, None), |before| (before.state, before.outcome));
        self.tasks.insert(task, Task { spec: spec.clone(), state, outcome, revision });
    }

    pub(super) fn task_moved(&mut self, task: TaskNumber, state: TaskState, outcome: Option<&Personal>) {
        if let Some(known) = self.tasks.get_mut(&task) {
            (known.state, known.outcome) = (state, outcome.cloned());
            known.revision += 1;
        }
    }
}

/// Only what somebody read is changed.
fn is_as_read(task: TaskNumber, known: &Task, base: u64) -> Result<(), IncidentRefusal> {
    if known.revision == base {
        Ok(())
    } else {
        Err(IncidentRefusal::TaskRevised { task, revision: known.revision })
    }
}

//! What is asked before a phase is left, computed from facts.
//!
//! A criterion that this version cannot compute is shown as not checked, never as met: whoever passes the gate says why
//! it may be passed all the same.

use super::scope::EntityStatus;
use super::{Category, Incident, Phase, TaskState};

closed_words! {
    /// Something that is asked before a phase is left.
    Criterion, "criterion" {
        /// Somebody said that the incident is real.
        Declared = "declared",
        /// People said how bad it is.
        Severity = "severity",
        /// People said of each entity whether it is touched.
        Scope = "scope",
        /// Somebody leads.
        Commander = "commander",
        /// No mandatory task of the phase is open.
        Tasks = "tasks",
        /// Nothing that was proposed waits for a decision.
        Decisions = "decisions",
        /// Each entity is contained, or was cleared.
        Contained = "contained",
        /// Measures are verified in force.
        Measures = "measures",
        /// Each entity is clean, or was cleared.
        Eradicated = "eradicated",
        /// Operations are verified.
        Operations = "operations",
        /// Hunts for its indicators and techniques came back clean.
        Hunts = "hunts",
        /// Each entity is back in service, or was cleared.
        Recovered = "recovered",
        /// Measures are lifted, or made permanent.
        MeasuresLifted = "measures-lifted",
        /// Services are verified.
        Services = "services",
        /// The watch went by without a hit.
        Watch = "watch",
        /// It is said what kind of incident it was.
        Category = "category",
        /// The timeline is complete.
        Timeline = "timeline",
        /// What caused it, what worked and what failed is written down.
        Causes = "causes",
        /// Lessons have owners and due dates.
        Lessons = "lessons",
        /// All notices were sent.
        Notices = "notices",
    }
}

/// Whether a criterion is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Met {
    /// It is.
    Yes,
    /// It is not, in words.
    No(String),
    /// This version cannot tell.
    NotChecked,
}

impl Phase {
    /// What is asked before it is left, in the order in which it is shown.
    pub fn criteria(self) -> &'static [Criterion] {
        use Criterion as C;
        match self {
            Phase::Analysis => &[C::Declared, C::Severity, C::Scope, C::Commander, C::Tasks],
            Phase::Containment => &[C::Contained, C::Tasks, C::Measures],
            Phase::Eradication => &[C::Eradicated, C::Tasks, C::Operations, C::Hunts],
            Phase::Recovery => &[C::Recovered, C::Tasks, C::MeasuresLifted, C::Services, C::Watch],
            Phase::Review => {
                &[C::Category, C::Decisions, C::Tasks, C::Timeline, C::Causes, C::Lessons, C::Notices]
            }
        }
    }
}

impl Incident {
    /// What the gate of a phase asks, and whether it is so.
    pub fn gate(&self, leaving: Phase) -> Vec<(Criterion, Met)> {
        leaving.criteria().iter().map(|criterion| (*criterion, self.meets(*criterion, leaving))).collect()
    }

    fn meets(&self, criterion: Criterion, leaving: Phase) -> Met {
        let is = |is: bool, otherwise: &str| if is { Met::Yes } else { Met::No(otherwise.to_owned()) };
        match criterion {
            Criterion::Declared => is(self.steered.declared, "nobody said that it is real"),
            Criterion::Severity => is(self.steered.assessed.is_some(), "nobody said how bad it is"),
            Criterion::Commander => is(self.commander.is_some(), "nobody leads"),
            Criterion::Scope => self.stand_at_least(EntityStatus::Confirmed, "suspected only"),
            Criterion::Contained => self.stand_at_least(EntityStatus::Contained, "not contained"),
            Criterion::Eradicated => self.stand_at_least(EntityStatus::Eradicated, "not eradicated"),
            Criterion::Recovered => self.stand_at_least(EntityStatus::Recovered, "not recovered"),
            Criterion::Category => {
                let is_known = self.steered.category.is_some_and(|it| it != Category::Undetermined);
                is(is_known, "nobody said what kind of incident it was")
            }
            Criterion::Tasks => self.has_no_open_task(leaving),
            Criterion::Decisions => {
                let waits = self.decisions.iter().filter(|(_, one)| one.ruling.is_none());
                none_of("decision waits", "decisions wait", waits.map(|(number, _)| number.to_string()))
            }
            Criterion::Measures
            | Criterion::Operations
            | Criterion::Hunts
            | Criterion::MeasuresLifted
            | Criterion::Services
            | Criterion::Watch
            | Criterion::Timeline
            | Criterion::Causes
            | Criterion::Lessons
            | Criterion::Notices => Met::NotChecked,
        }
    }

    fn stand_at_least(&self, least: EntityStatus, otherwise: &str) -> Met {
        let standing = self.standing();
        let short = standing.values().filter(|status| **status < least).count();
        match short {
            0 => Met::Yes,
            1 => Met::No(format!("1 entity of {} is {otherwise}", standing.len())),
            _ => Met::No(format!("{short} entities of {} are {otherwise}", standing.len())),
        }
    }

    fn has_no_open_task(&self, phase: Phase) -> Met {
        let is_open = |spec: &super::TaskSpec| spec.mandatory && spec.phase == phase;
        let open = { self.tasks.iter() }
            .filter(|(_, task)| task.state == TaskState::Open && is_open(&task.spec))
            .map(|(number, _)| number.to_string());
        none_of("mandatory task is open", "mandatory tasks are open", open)
    }
}

fn none_of(one: &str, many: &str, numbers: impl Iterator<Item = String>) -> Met {
    let numbers: Vec<String> = numbers.collect();
    match numbers.len() {
        0 => Met::Yes,
        count => {
            let what = if count == 1 { one } else { many };
            let told = numbers.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
            let more = if count > 10 { ", …" } else { "" };
            Met::No(format!("{count} {what}: {told}{more}"))
        }
    }
}

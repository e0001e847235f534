//! When what happened in the response to an incident, each time traceable to the entry or the alert that says so, and how
//! long it took from one to another.
//!
//! Source: the terms of NIST SP 800-61 Rev. 3 and of the SANS steps; `docs/response.md` says which of them start and stop
//! each measure.

use super::{Incident, Phase};
use crate::actor::Actor;
use crate::aggregate::Aggregate;
use crate::entry::Entry;
use crate::fact::Fact;
use cofferdam_vocabulary::AlertId;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

closed_words! {
    /// Something that is timed.
    Milestone, "milestone" {
        /// The earliest pinned moment of the timeline: when people say that it began.
        Compromised = "compromised",
        /// The first record that detection saw.
        Evident = "evident",
        /// The first alert of it was raised.
        Alerted = "alerted",
        /// The first person took it up.
        Acknowledged = "acknowledged",
        /// Somebody said that it is real.
        Declared = "declared",
        /// The response left containment for good.
        Contained = "contained",
        /// The response left eradication for good.
        Eradicated = "eradicated",
        /// The response left recovery for good.
        Recovered = "recovered",
        /// It was closed, and stayed so.
        Closed = "closed",
    }
}

closed_words! {
    /// How long something took.
    Measure, "measure" {
        /// From when people say that it began to the first alert.
        Dwell = "dwell",
        /// From the first record of it to the first alert.
        Detect = "detect",
        /// From the first alert to the first person.
        Acknowledge = "acknowledge",
        /// From the first person to the declaration.
        Triage = "triage",
        /// From the first alert to containment.
        Contain = "contain",
        /// From containment to eradication.
        Eradicate = "eradicate",
        /// From the first alert to recovery.
        Recover = "recover",
        /// From the first alert to the end.
        Resolve = "resolve",
    }
}

/// What says when something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeSource {
    /// An entry of the log, by its position.
    Entry(u64),
    /// The row of an alert.
    Alert(AlertId),
}

/// When something happened, and what says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// What says so.
    pub source: TimeSource,
}

/// When what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times(pub BTreeMap<Milestone, Mark>);

impl Measure {
    /// What starts and what stops it.
    pub fn ends(self) -> (Milestone, Milestone) {
        use Milestone as M;
        match self {
            Measure::Dwell => (M::Compromised, M::Alerted),
            Measure::Detect => (M::Evident, M::Alerted),
            Measure::Acknowledge => (M::Alerted, M::Acknowledged),
            Measure::Triage => (M::Acknowledged, M::Declared),
            Measure::Contain => (M::Alerted, M::Contained),
            Measure::Eradicate => (M::Contained, M::Eradicated),
            Measure::Recover => (M::Alerted, M::Recovered),
            Measure::Resolve => (M::Alerted, M::Closed),
        }
    }
}

impl Times {
    /// Out of the entries of an incident in their order, the entries of its alerts that people took up, and its alerts with
    /// when they were raised. None of an incident that was a case of another product.
    pub fn of(entries: &[Entry], taken_up: &[Entry], alerts: &[(AlertId, Timestamp)]) -> Times {
        let mut times = Times::default();
        // What was worked elsewhere was not timed there: from its import on, times would tell how late it was imported.
        if entries.iter().any(|entry| matches!(entry.fact, Fact::IncidentImported(_))) {
            return times;
        }
        for entry in entries {
            times.follow(entry);
        }
        let by_people = taken_up.iter().filter(|entry| matches!(entry.actor, Actor::Person(_)));
        for entry in by_people {
            times.earliest(Milestone::Acknowledged, mark(entry));
        }
        for (alert, raised) in alerts {
            times.earliest(Milestone::Alerted, Mark { at: *raised, source: TimeSource::Alert(*alert) });
        }
        times.began(entries);
        times
    }

    /// How long it took; none when it is not over or was never begun. It is negative where clocks or people were wrong.
    pub fn took(&self, measure: Measure) -> Option<SignedDuration> {
        let (from, to) = measure.ends();
        Some(self.0.get(&to)?.at.duration_since(self.0.get(&from)?.at))
    }

    fn earliest(&mut self, milestone: Milestone, mark: Mark) {
        let known = self.0.entry(milestone).or_insert(mark);
        if mark.at < known.at {
            *known = mark;
        }
    }

    fn follow(&mut self, entry: &Entry) {
        let is_work = !matches!(entry.fact, Fact::IncidentHandedOut { .. });
        if matches!(entry.actor, Actor::Person(_)) && is_work {
            self.earliest(Milestone::Acknowledged, mark(entry));
        }
        match &entry.fact {
            Fact::IncidentOpened { span, .. } => {
                self.earliest(Milestone::Alerted, mark(entry));
                self.seen(span.first_seen, entry);
            }
            Fact::IncidentSpans(span) => self.seen(span.first_seen, entry),
            Fact::IncidentDeclared { .. } => self.earliest(Milestone::Declared, mark(entry)),
            Fact::PhaseEntered { phase, .. } => self.entered(*phase, entry),
            Fact::IncidentClosed { .. } => drop(self.0.insert(Milestone::Closed, mark(entry))),
            Fact::IncidentReopened { .. } => drop(self.0.remove(&Milestone::Closed)),
            _ => {}
        }
    }

    fn seen(&mut self, first: Option<Timestamp>, entry: &Entry) {
        if let Some(at) = first {
            self.0.insert(Milestone::Evident, Mark { at, source: TimeSource::Entry(entry.head.position) });
        }
    }

    /// A phase that was entered says that those before it are over, and that those behind are not.
    fn entered(&mut self, phase: Phase, entry: &Entry) {
        let over = [
            (Phase::Containment, Milestone::Contained),
            (Phase::Eradication, Milestone::Eradicated),
            (Phase::Recovery, Milestone::Recovered),
        ];
        for (of, milestone) in over {
            if phase > of {
                self.0.entry(milestone).or_insert(mark(entry));
            } else {
                self.0.remove(&milestone);
            }
        }
    }

    /// When people say that it began: of moments that are on the timeline still, the entry that says so last counts.
    fn began(&mut self, entries: &[Entry]) {
        let incident = Incident::replay(entries.iter().map(|entry| &entry.fact));
        let pinned = incident.moments.iter().filter(|(_, moment)| moment.spec.pinned);
        let Some((number, moment)) = pinned.min_by_key(|(_, moment)| moment.spec.at) else { return };
        let says = entries.iter().rev().find(|entry| match &entry.fact {
            Fact::MomentAdded { moment, .. } | Fact::MomentChanged { moment, .. } => moment == number,
            _ => false,
        });
        if let Some(entry) = says {
            let source = TimeSource::Entry(entry.head.position);
            self.0.insert(Milestone::Compromised, Mark { at: moment.spec.at, source });
        }
    }
}

fn mark(entry: &Entry) -> Mark {
    Mark { at: entry.head.time, source: TimeSource::Entry(entry.head.position) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Head;
    use crate::incident::{MomentNumber, MomentSpec, Passage, Resolution, Severity, Span};
    use crate::note::Name;
    use crate::personal::Personal;
    use crate::stream::StreamId;
    use cofferdam_vocabulary::{IncidentId, Level};

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    /// Facts, each with its minute and whether a person recorded it.
    fn entries(facts: &[(i64, bool, Fact)]) -> Vec<Entry> {
        let stream = StreamId::Incident(IncidentId(1));
        let entry = |(index, (minute, by_person, fact)): (usize, &(i64, bool, Fact))| {
            let log = Name::parse("cofferdam/0011").unwrap();
            let position = index as u64;
            let head = Head { log, position, time: at(*minute), stream, version: position + 1 };
            let person = || Actor::Person(Personal::of("kim"));
            let actor = if *by_person { person() } else { Actor::Program("1".to_owned()) };
            Entry { head, actor, fact: fact.clone() }
        };
        facts.iter().enumerate().map(entry).collect()
    }

    fn entered(phase: Phase) -> Fact {
        Fact::PhaseEntered { phase, passage: Box::new(Passage::default()) }
    }

    fn took(times: &Times) -> Vec<(&'static str, Option<i64>)> {
        let minutes = |measure: &Measure| times.took(*measure).map(|took| took.as_mins());
        Measure::ALL.iter().map(|measure| (measure.as_str(), minutes(measure))).collect()
    }

    fn opened() -> (i64, bool, Fact) {
        let severity = Severity { level: Level::High, reasons: vec![] };
        let span = Span { first_seen: Some(at(90)), last_seen: None };
        (100, false, Fact::IncidentOpened { title: Personal::of("x"), severity, span })
    }

    #[test]
    fn each_measure_has_its_start_and_its_stop() {
        let spec = MomentSpec {
            at: at(40),
            what: Personal::of("the attachment"),
            technique: None,
            pinned: true,
            parent: None,
        };
        let moment = MomentNumber(1);
        let facts = [
            opened(),
            (105, true, Fact::IncidentDeclared { reason: Personal::of("x") }),
            (106, true, Fact::MomentAdded { moment, spec: Box::new(spec) }),
            (110, true, entered(Phase::Containment)),
            (120, true, entered(Phase::Eradication)),
            (130, true, entered(Phase::Containment)),
            (140, true, entered(Phase::Eradication)),
            (150, true, entered(Phase::Recovery)),
            (160, true, entered(Phase::Review)),
        ];
        let entries = entries(&facts);
        let times = Times::of(&entries, &[], &[(AlertId(7), at(95)), (AlertId(8), at(99))]);
        assert_eq!(
            took(&times),
            [
                ("dwell", Some(55)),
                ("detect", Some(5)),
                ("acknowledge", Some(10)),
                ("triage", Some(0)),
                ("contain", Some(45)),
                ("eradicate", Some(10)),
                ("recover", Some(65)),
                ("resolve", None),
            ]
        );
        assert_eq!(times.0[&Milestone::Alerted].source, TimeSource::Alert(AlertId(7)));
        assert_eq!(times.0[&Milestone::Contained].source, TimeSource::Entry(6), "the last time counts");
    }

    #[test]
    fn what_was_opened_again_is_not_closed() {
        let closed = |minute| {
            let passage = Box::new(Passage::default());
            (minute, true, Fact::IncidentClosed { resolution: Resolution::Resolved, passage })
        };
        let reopened = (120, true, Fact::IncidentReopened { reason: Personal::of("x") });
        let resolved =
            |facts: &[(i64, bool, Fact)]| Times::of(&entries(facts), &[], &[]).took(Measure::Resolve);
        assert_eq!(resolved(&[opened(), closed(110)]), Some(SignedDuration::from_mins(10)));
        assert_eq!(resolved(&[opened(), closed(110), reopened.clone()]), None);
        assert_eq!(
            resolved(&[opened(), closed(110), reopened, closed(130)]),
            Some(SignedDuration::from_mins(30))
        );
    }
}

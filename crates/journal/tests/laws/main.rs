//! What holds for every history, whatever was asked and whatever was recorded.

mod filter;
mod generated;
mod people;
mod response;

use cofferdam_journal::alert::Alert;
use cofferdam_journal::call::{Call, CallIntent};
use cofferdam_journal::evidence::{Evidence, EvidenceIntent};
use cofferdam_journal::exception::{Exception, Hiding};
use cofferdam_journal::incident::{Incident, IncidentIntent};
use cofferdam_journal::log::{Log, LogIntent};
use cofferdam_journal::note::Name;
use cofferdam_journal::report::{Report, ReportIntent};
use cofferdam_journal::session::Session;
use cofferdam_journal::user::{User, UserIntent};
use cofferdam_journal::{Actor, Aggregate, Commitment, Entry, Fact, Head, StreamId};
use cofferdam_vocabulary::ExceptionId;
use generated::{
    actor, alert_intent, alert_report, call_intent, evidence_intent, exception, exception_intent, fact,
    incident_intent, known, log_intent, report_intent,
};
use jiff::Timestamp;
use people::{session_intent, user_intent};
use proptest::collection::vec;
use proptest::prelude::*;
use std::fmt::Debug;

/// What the log gives back of a fact: sealed, then read.
fn recorded(actor: Actor, fact: Fact) -> Result<Option<(Entry, Entry)>, TestCaseError> {
    let head = Head {
        log: Name::parse("cofferdam/laws").unwrap(),
        position: 7,
        time: Timestamp::UNIX_EPOCH,
        stream: StreamId::Log,
        version: 1,
    };
    let entry = Entry { head, actor, fact };
    let mut salt = 0_u64;
    let sealed = entry.seal(&mut |bytes| {
        salt += 1;
        bytes[..8].copy_from_slice(&salt.to_le_bytes());
    });
    let Ok(sealed) = sealed else { return Ok(None) };
    prop_assert!(sealed.secrets.iter().all(cofferdam_journal::Secret::is_true));
    let known = |commitment: &Commitment| {
        let secret = sealed.secrets.iter().find(|secret| secret.commitment == *commitment)?;
        Some(secret.value.clone())
    };
    let read = Entry::read(&sealed.leaf, &known).map_err(|error| TestCaseError::fail(error.to_string()))?;
    Ok(Some((entry, read)))
}

/// Carries intents through one after the other, and looks at each step.
fn history<A>(
    before: &[Fact],
    intents: Vec<A::Intent>,
    is_said_once: impl Fn(&A::Intent) -> bool,
) -> Result<(), TestCaseError>
where
    A: Aggregate + PartialEq + Debug,
    A::Intent: Clone,
{
    let mut facts = before.to_vec();
    let mut state = A::replay(&facts);
    for intent in intents {
        match state.decide(intent.clone()) {
            Err(refusal) => prop_assert!(!refusal.to_string().trim().is_empty()),
            Ok(new) => {
                for fact in &new {
                    let read = recorded(Actor::Program("0.1.0".to_owned()), fact.clone())?;
                    let (_, read) = read.ok_or_else(|| TestCaseError::fail("a decided fact is too large"))?;
                    prop_assert_eq!(&read.fact, fact);
                    state = state.evolve(&read.fact);
                }
                facts.extend(new);
                if is_said_once(&intent) {
                    let again = state.decide(intent);
                    prop_assert!(again.as_ref().is_ok_and(Vec::is_empty), "said again: {:?}", again.is_ok());
                }
            }
        }
    }
    for cut in 0..=facts.len() {
        let (prefix, rest) = facts.split_at(cut);
        prop_assert_eq!(&rest.iter().fold(A::replay(prefix), A::evolve), &state);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn alerts(before in vec(fact(), 0..6), intents in vec(alert_intent(), 0..8)) {
        history::<Alert>(&before, intents, |_| true)?;
    }

    #[test]
    fn exceptions(before in vec(fact(), 0..6), intents in vec(exception_intent(), 0..8)) {
        history::<Exception>(&before, intents, |_| true)?;
    }

    #[test]
    fn calls(before in vec(fact(), 0..6), intents in vec(call_intent(), 0..12)) {
        // That somebody has no address may be found again and again.
        let is_said_once = |intent: &CallIntent| !matches!(intent, CallIntent::Fail { delivery: None, .. });
        history::<Call>(&before, intents, is_said_once)?;
    }

    /// However it comes about: one is told after the other, nobody after it ended, and never more often than was said.
    #[test]
    fn people_are_told_one_after_the_other(intents in vec(call_intent(), 0..40)) {
        let (mut call, mut last) = (Call::default(), None);
        for intent in intents {
            let was_open = call.is_open();
            for fact in call.decide(intent).unwrap_or_default() {
                if let Fact::CallTelling { step, .. } | Fact::CallFailed { step, delivery: None, .. } = &fact {
                    prop_assert!(was_open);
                    prop_assert!(last.map_or(*step == 0, |last| *step == last || *step == last + 1));
                    prop_assert!(call.spec.as_ref().is_some_and(|spec| *step < spec.steps()));
                    last = Some(*step);
                }
                call = call.evolve(&fact);
            }
            prop_assert_eq!(call.step(), last);
        }
    }

    /// What is tried with alerts as they are is what happens when the same come again.
    #[test]
    fn an_alert_is_hidden_as_it_was_tried(spec in exception(known().boxed()), reports in vec(alert_report(), 1..6)) {
        let hiding = Hiding::of(&spec).unwrap();
        let hides = |report: &_| hiding.hides(report).then_some(ExceptionId(1));
        let mut alert = Alert::default();
        for report in reports {
            let (is_new, before) = (alert.known.is_none(), alert.clone());
            for intent in alert.told(report, hides) {
                let Ok(facts) = alert.decide(intent) else { break };
                alert = facts.iter().fold(alert, Alert::evolve);
            }
            let known = alert.known.as_ref().unwrap();
            let is_hidden = hides(known).is_some();
            if is_new {
                prop_assert_eq!(alert.hidden.is_some(), is_hidden);
                prop_assert!(!is_hidden || hiding.may_hide(&known.rule.id, &known.source, known.level));
            } else if before.hidden.is_none() {
                prop_assert_eq!(alert.hidden, None, "what people have seen does not vanish");
            } else if alert.hidden.is_some() && alert.known != before.known {
                let before = before.known.as_ref().unwrap();
                let same = (&before.count, &before.entities, before.level) == (&known.count, &known.entities, known.level);
                prop_assert!(is_hidden || same);
            }
        }
    }

    #[test]
    fn incidents(before in vec(fact(), 0..6), intents in vec(incident_intent(), 0..8)) {
        // Whoever writes something twice wrote it twice.
        history::<Incident>(&before, intents, |intent| {
            use cofferdam_journal::incident::{Correction, Telling};
            match intent {
                IncidentIntent::WriteNote { .. } | IncidentIntent::AddTask(_) => false,
                IncidentIntent::Propose(_) | IncidentIntent::Link(_) => false,
                IncidentIntent::Correct(correction) => !matches!(correction, Correction::Open { .. }),
                IncidentIntent::Tell(telling) => !matches!(**telling, Telling::Add(_)),
                _ => true,
            }
        })?;
    }

    #[test]
    fn evidence(before in vec(fact(), 0..6), intents in vec(evidence_intent(), 0..20)) {
        // Each look, each copy and each hand is recorded, however often.
        history::<Evidence>(&before, intents, |intent| {
            use EvidenceIntent::{Export, HandOver, View};
            !matches!(intent, View | Export(_) | HandOver(_))
        })?;
    }

    #[test]
    fn reports(before in vec(fact(), 0..6), intents in vec(report_intent(), 0..20)) {
        // Whoever says something twice said it twice.
        history::<Report>(&before, intents, |intent| {
            !matches!(intent, ReportIntent::Amend { .. } | ReportIntent::Answer { .. })
        })?;
    }

    #[test]
    fn the_log(before in vec(fact(), 0..6), intents in vec(log_intent(), 0..8)) {
        history::<Log>(&before, intents, |intent| !matches!(intent, LogIntent::Restore { .. }))?;
    }

    #[test]
    fn users(before in vec(people::fact(), 0..6), intents in vec(user_intent(), 0..20)) {
        // A code is used once more each time, and a token is revoked once.
        history::<User>(&before, intents, |intent| {
            !matches!(intent, UserIntent::UseRecoveryCode | UserIntent::RevokeToken { .. })
        })?;
    }

    #[test]
    fn sessions(before in vec(people::fact(), 0..3), intents in vec(session_intent(), 0..8)) {
        history::<Session>(&before, intents, |_| true)?;
    }

    #[test]
    fn a_fact_is_read_as_it_was_recorded(actor in actor(), fact in fact()) {
        if let Some((entry, read)) = recorded(actor, fact)? {
            prop_assert_eq!(read, entry);
        }
    }
}

//! Alerts as they are told, told again, and found to be one.

use super::*;
use crate::aggregate::Aggregate;
use crate::personal::{Commitment, Personal};
use cofferdam_vocabulary::{EntityKind, Level, Role, Tactic, UserId};
use jiff::Timestamp;

/// An alert about one account, after so many matches.
pub fn report(account: &str, matches: u64) -> AlertReport {
    let value = Personal::of(account);
    let time = Timestamp::from_second(1_700_000_000).ok();
    AlertReport {
        rule: Rule { id: "ssh-brute-force".to_owned(), title: Personal::of("SSH brute force") },
        level: Level::Medium,
        tactics: vec![Tactic::InitialAccess],
        techniques: vec![],
        entities: [EntityRecord { kind: EntityKind::Account, value, role: Role::Target }].into(),
        records: vec![],
        count: Count { matches, occurrences: matches, first_seen: time, last_seen: time, attempt: true },
        source: AlertSource::Rule,
        status: AlertStatus::Open,
        dedup: None,
    }
}

fn told(report: AlertReport) -> AlertIntent {
    AlertIntent::Report(Box::new(report))
}

fn state(intents: &[AlertIntent]) -> Alert {
    intents.iter().fold(Alert::default(), |state, intent| {
        let facts = state.decide(intent.clone()).unwrap();
        facts.iter().fold(state, Alert::evolve)
    })
}

#[track_caller]
fn check(before: &[AlertIntent], intent: AlertIntent, want: &str) {
    let got = match state(before).decide(intent) {
        Ok(facts) => facts.iter().map(Fact::kind).collect::<Vec<_>>().join(", "),
        Err(refusal) => format!("refused: {refusal}"),
    };
    assert_eq!(got, want);
}

/// An alert of another product, as it is told now.
fn of_product(level: Level, title: &str, status: AlertStatus) -> AlertIntent {
    let source = AlertSource::Product(ProductName::parse("guardduty").unwrap());
    let mut report = AlertReport { level, status, source, ..report("kim", 1) };
    report.rule.title = Personal::of(title);
    told(report)
}

#[test]
fn only_what_changed_is_recorded() {
    let first = || told(report("kim", 1));
    check(&[], first(), "alert-raised/1");
    check(&[first()], first(), "");
    check(&[first()], told(report("kim", 4)), "alert-counted/1");
    check(&[first()], told(report("lee", 4)), "alert-counted/1, alert-concerns/1");
}

#[test]
fn what_another_product_says_anew_is_recorded() {
    use AlertStatus::{Closed, Open};
    let first = || of_product(Level::Low, "Recon", Open);
    check(&[], first(), "alert-raised/1");
    check(&[first()], first(), "");
    for other in [
        of_product(Level::High, "Recon", Open),
        of_product(Level::Low, "Recon by 192.0.2.7", Open),
        of_product(Level::Low, "Recon", Closed),
    ] {
        check(&[first()], other.clone(), "alert-revised/1");
        check(&[first(), other.clone()], other.clone(), "");
        let AlertIntent::Report(want) = &other else { panic!("a report") };
        assert_eq!(state(&[first(), other.clone()]).known.as_ref(), Some(&**want));
    }
}

#[test]
fn a_title_that_was_erased_is_not_said_again() {
    let mut erased = report("kim", 1);
    erased.rule.title = Personal::Erased(Commitment([7; 32]));
    let before = Alert { known: Some(erased), ..Alert::default() };
    let worse = AlertReport { level: Level::Critical, ..report("kim", 1) };
    let revision = Revision { level: Some(Level::Critical), ..Revision::default() };
    assert_eq!(before.decide(told(worse)), Ok(vec![Fact::AlertRevised(revision)]));
}

#[test]
fn what_cannot_be_is_refused() {
    let mut other = report("kim", 3);
    other.rule.id = "other".to_owned();
    let first = || told(report("kim", 3));
    let want = "refused: this is an alert of the rule `ssh-brute-force`, not of `other`";
    check(&[first()], told(other), want);
    let want = "refused: the alert has 3 matches already, and 2 were reported";
    check(&[first()], told(report("kim", 2)), want);
}

#[test]
fn a_merged_alert_takes_nothing_more() {
    let merge = |into| AlertIntent::Merge { into: AlertId(into) };
    let first = || told(report("kim", 1));
    check(&[], merge(1), "refused: no such alert was raised");
    check(&[first()], merge(1), "alert-merged/1");
    check(&[first(), merge(1)], merge(1), "");
    for more in [merge(2), told(report("kim", 4))] {
        check(&[first(), merge(1)], more, "refused: the alert is part of ALR-000001 since it was merged");
    }
}

fn judged(verdict: Verdict, dismissed: bool) -> AlertIntent {
    AlertIntent::Judge(Judgement { verdict, reason: Personal::of("the nightly backup"), dismissed })
}

fn assign(to: u64) -> AlertIntent {
    AlertIntent::Assign { to: UserId(to) }
}

fn reopen() -> AlertIntent {
    AlertIntent::Reopen { reason: Personal::of("seen again") }
}

#[test]
fn people_say_who_works_on_it_and_what_it_is() {
    let first = || told(report("kim", 1));
    check(&[], assign(1), "refused: no such alert was raised");
    check(&[first()], assign(1), "alert-assigned/1");
    check(&[first(), assign(1)], assign(1), "");
    check(&[first(), assign(1)], assign(2), "alert-assigned/1");
    check(&[first()], AlertIntent::Release, "");
    check(&[first(), assign(1)], AlertIntent::Release, "alert-released/1");
    check(&[first()], judged(Verdict::TruePositive, false), "alert-judged/1");
    check(&[first(), judged(Verdict::Test, true)], judged(Verdict::Test, true), "");
    check(&[first(), judged(Verdict::Test, true)], judged(Verdict::Duplicate, true), "alert-judged/1");
    check(
        &[first(), judged(Verdict::Test, true)],
        assign(1),
        "refused: the alert was dismissed; reopen it first",
    );
    check(&[first()], reopen(), "");
    check(&[first(), judged(Verdict::Test, true)], reopen(), "alert-reopened/1");
    let for_nothing = Judgement { verdict: Verdict::Test, reason: Personal::of(" \n"), dismissed: true };
    check(&[first()], AlertIntent::Judge(for_nothing), "refused: a reason is needed");
    check(
        &[first(), AlertIntent::Merge { into: AlertId(2) }],
        assign(1),
        "refused: the alert is part of ALR-000002 since it was merged",
    );
}

#[test]
fn only_a_true_positive_can_stay_open_once_it_is_judged() {
    for verdict in Verdict::ALL {
        let judged = |dismissed| state(&[told(report("kim", 1)), judged(verdict, dismissed)]);
        assert!(judged(true).triage.is_dismissed());
        assert_eq!(judged(false).triage.is_dismissed(), verdict != Verdict::TruePositive, "{verdict}");
    }
}

#[test]
fn what_was_done_is_undone_unless_something_else_was_done_since() {
    let first = || told(report("kim", 1));
    let acts = [assign(1), judged(Verdict::Test, true), reopen(), assign(2), AlertIntent::Release];
    let mut history = vec![first()];
    for act in acts {
        let before = state(&history).triage;
        history.push(act);
        let after = state(&history).triage;
        let undo = AlertIntent::Restore { from: after.clone(), to: before.clone() };
        check(&history, undo.clone(), "triage-restored/1");
        let undone = [&history[..], std::slice::from_ref(&undo)].concat();
        assert_eq!(state(&undone).triage, before);
        check(&undone, undo.clone(), "");
        let since = [&history[..], &[judged(Verdict::Duplicate, true)]].concat();
        check(&since, undo, "refused: somebody did something else with the alert since");
    }
}

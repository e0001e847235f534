//! What an exception hides and for how long, case by case.

use super::*;
use crate::alert::tests::report;
use crate::alert::{
    Alert, AlertIntent, AlertReport, AlertSource, EntityRecord, Judgement, ProductName, Verdict,
};
use cofferdam_vocabulary::{DedupKey, EntityKind, ExceptionId, Level, ReportId, Role, UserId};
use jiff::SignedDuration;

fn at(hours: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
}

fn condition(kind: EntityKind, value: &str) -> Condition {
    Condition { kind, role: None, value: Personal::of(value) }
}

/// An exception to the rule of [`report`], about what is named here, until ten hours from then.
fn spec(conditions: &[(EntityKind, &str)]) -> ExceptionSpec {
    ExceptionSpec {
        rule: Some("ssh-brute-force".to_owned()),
        conditions: conditions.iter().map(|(kind, value)| condition(*kind, value)).collect(),
        source: None,
        level_at_most: None,
        owner: UserId(1),
        reason: Personal::of("the vulnerability scanner"),
        expires: at(10),
    }
}

/// An alert that can be told again, about these besides the account `kim`.
fn about(entities: &[(EntityKind, &str)]) -> AlertReport {
    let mut report = AlertReport { dedup: Some(DedupKey([7; 16])), ..report("kim", 1) };
    let entity = |(kind, value): &(_, &str)| EntityRecord {
        kind: *kind,
        value: Personal::of(value),
        role: Role::Actor,
    };
    report.entities.extend(entities.iter().map(entity));
    report
}

#[track_caller]
fn hides(spec: &ExceptionSpec, alert: &AlertReport, want: bool) {
    assert_eq!(Hiding::of(spec).is_some_and(|hiding| hiding.hides(alert)), want, "{spec:?} {alert:?}");
}

#[test]
fn all_of_a_kind_must_fit_and_something_must() {
    use EntityKind::{Account, Address, File, Host};
    let scanner = spec(&[(Address, "192.0.2.0/24")]);
    hides(&scanner, &about(&[(Address, "192.0.2.9")]), true);
    hides(&scanner, &about(&[(Address, "192.0.2.9"), (Address, "192.0.2.10"), (Host, "web-01")]), true);
    hides(&scanner, &about(&[(Address, "192.0.2.9"), (Address, "203.0.113.9")]), false);
    hides(&scanner, &about(&[(Host, "192.0.2.9")]), false);
    hides(&spec(&[]), &about(&[]), true);
    hides(&spec(&[(Account, "K*")]), &about(&[]), true);
    hides(&spec(&[(Account, "kim"), (Host, "web-*")]), &about(&[(Host, "web-01")]), true);
    hides(&spec(&[(Account, "kim"), (Host, "web-*")]), &about(&[(Host, "db-01")]), false);
    hides(&spec(&[(Account, "ki")]), &about(&[]), false);
    hides(&spec(&[(File, r"c:\backup\*.exe")]), &about(&[(File, r"C:\Backup\nightly.exe")]), true);
    // A slash makes a network of addresses only.
    hides(&spec(&[(File, "/srv/24")]), &about(&[(File, "/srv/24")]), true);
    let mut acted = spec(&[(Account, "kim")]);
    acted.conditions = [Condition { role: Some(Role::Actor), ..condition(Account, "kim") }].into();
    hides(&acted, &about(&[]), false);
    hides(&acted, &about(&[(Account, "kim")]), true);
}

#[test]
fn rule_source_and_level_are_asked_for_too() {
    let alert = about(&[]);
    hides(&ExceptionSpec { rule: Some("ssh-brute".to_owned()), ..spec(&[]) }, &alert, false);
    hides(&ExceptionSpec { level_at_most: Some(Level::Medium), ..spec(&[]) }, &alert, true);
    hides(&ExceptionSpec { level_at_most: Some(Level::Low), ..spec(&[]) }, &alert, false);
    let product = AlertSource::Product(ProductName::parse("guardduty").unwrap());
    let guardduty = ExceptionSpec { source: Some("guardduty".to_owned()), ..spec(&[]) };
    hides(&guardduty, &alert, false);
    hides(&guardduty, &AlertReport { source: product.clone(), ..alert.clone() }, true);
    hides(&ExceptionSpec { source: Some("rule".to_owned()), ..spec(&[]) }, &alert, true);
    // A person who reports is heard, and what is told once is told.
    hides(&spec(&[]), &AlertReport { source: AlertSource::Report(ReportId(1)), ..alert.clone() }, false);
    hides(&spec(&[]), &AlertReport { dedup: None, ..alert }, false);
}

#[test]
fn what_was_erased_hides_nothing_and_is_not_hidden() {
    let gone = Personal::Erased(crate::personal::Commitment([1; 32]));
    let mut erased = spec(&[]);
    erased.conditions = [Condition { kind: EntityKind::Account, role: None, value: gone.clone() }].into();
    hides(&erased, &about(&[]), false);
    let known = Exception { spec: Some(erased), ended: None };
    assert_eq!(known.state(at(1)), Some(ExceptionState::Void));
    let mut alert = about(&[]);
    alert.entities = [EntityRecord { kind: EntityKind::Account, value: gone, role: Role::Target }].into();
    hides(&spec(&[(EntityKind::Account, "*m")]), &alert, false);
}

#[test]
fn it_holds_until_it_expires_or_is_ended() {
    let add = ExceptionIntent::Add { spec: Box::new(spec(&[])), now: at(0) };
    let added = Exception::replay(&Exception::default().decide(add).unwrap());
    let states = [0, 9, 10, 11].map(|hours| added.state(at(hours)).unwrap().as_str());
    assert_eq!(states, ["active", "active", "expired", "expired"]);
    let end = ExceptionIntent::End { reason: Personal::of("the scanner is gone") };
    let ended = added.decide(end).unwrap().iter().fold(added, Exception::evolve);
    assert_eq!(ended.state(at(1)), Some(ExceptionState::Ended));
    let later = Box::new(ExceptionSpec { expires: at(20), ..spec(&[]) });
    let change = ExceptionIntent::Change { spec: later, now: at(1) };
    assert_eq!(ended.decide(change), Err(ExceptionRefusal::Ended));
}

#[track_caller]
fn refused(spec: ExceptionSpec, want: ExceptionRefusal) {
    let add = ExceptionIntent::Add { spec: Box::new(spec), now: at(0) };
    assert_eq!(Exception::default().decide(add), Err(want));
}

#[test]
fn what_says_nothing_or_too_much_is_refused() {
    use EntityKind::{Account, Address};
    use ExceptionRefusal as R;
    refused(ExceptionSpec { rule: None, ..spec(&[]) }, R::NamesNothing);
    let broad = ExceptionSpec { rule: None, source: Some("rule".to_owned()), ..spec(&[]) };
    refused(ExceptionSpec { level_at_most: Some(Level::Low), ..broad }, R::NamesNothing);
    refused(ExceptionSpec { rule: Some(" ".to_owned()), ..spec(&[]) }, R::Rule);
    for value in ["", "*", "**", "* *", "\u{202e}", &"a".repeat(501)] {
        refused(spec(&[(Account, value)]), R::Value);
    }
    for value in ["0.0.0.0/0", "::/0", "192.0.2.1/24", "192.0.2.0/33", "a/b"] {
        refused(spec(&[(Address, value)]), R::Network);
    }
    let many: Vec<String> = (0..=CONDITIONS).map(|id| format!("web-{id}")).collect();
    let many: Vec<(EntityKind, &str)> = many.iter().map(|name| (EntityKind::Host, name.as_str())).collect();
    refused(spec(&many), R::TooManyConditions);
    for source in ["report", "Guard Duty", ""] {
        refused(ExceptionSpec { source: Some(source.to_owned()), ..spec(&[]) }, R::Source);
    }
    for reason in ["", " \n", &"x".repeat(501)] {
        refused(ExceptionSpec { reason: Personal::of(reason), ..spec(&[]) }, R::Reason);
    }
    refused(ExceptionSpec { expires: at(0), ..spec(&[]) }, R::Expired);
    refused(ExceptionSpec { expires: at(366 * 24 + 1), ..spec(&[]) }, R::TooLong);
    refused(ExceptionSpec { expires: Timestamp::MAX, ..spec(&[]) }, R::TooLong);
}

/// The alert after it was told these reports, each under these exceptions.
fn told(reports: &[(AlertReport, Option<&ExceptionSpec>)]) -> Alert {
    reports.iter().fold(Alert::default(), |alert, (report, spec)| {
        let hiding = spec.and_then(Hiding::of);
        let by = |report: &_| hiding.filter(|hiding| hiding.hides(report)).map(|_| ExceptionId(1));
        let intents = alert.told(report.clone(), by);
        intents.into_iter().fold(alert, |alert, intent| {
            let facts = alert.decide(intent).unwrap();
            facts.iter().fold(alert, Alert::evolve)
        })
    })
}

#[test]
fn an_alert_is_hidden_when_it_is_raised_and_comes_back_when_it_grows() {
    use EntityKind::{Account, Address};
    let kim = spec(&[(Account, "kim"), (Address, "192.0.2.9")]);
    let (small, grown) =
        (about(&[(Address, "192.0.2.9")]), about(&[(Address, "192.0.2.9"), (Address, "203.0.113.9")]));
    let more = |mut report: AlertReport| {
        report.count.matches += 1;
        report
    };
    assert!(told(&[(small.clone(), Some(&kim))]).hidden.is_some());
    assert!(told(&[(small.clone(), Some(&kim)), (more(small.clone()), Some(&kim))]).hidden.is_some());
    assert!(told(&[(small.clone(), Some(&kim)), (grown, Some(&kim))]).hidden.is_none());
    // Once it is over, what was hidden stays so until it happens again.
    assert!(told(&[(small.clone(), Some(&kim)), (small.clone(), None)]).hidden.is_some());
    assert!(told(&[(small.clone(), Some(&kim)), (more(small.clone()), None)]).hidden.is_none());
    // What people have seen does not vanish.
    assert!(told(&[(small.clone(), None), (more(small), Some(&kim))]).hidden.is_none());
}

#[test]
fn what_people_find_to_be_true_is_shown() {
    let hidden = told(&[(about(&[]), Some(&spec(&[])))]);
    let judge = |verdict, dismissed| {
        let reason = Personal::of("looked at it");
        hidden.decide(AlertIntent::Judge(Judgement { verdict, reason, dismissed })).unwrap()
    };
    let kinds = |facts: Vec<Fact>| facts.iter().map(Fact::kind).collect::<Vec<_>>().join(", ");
    assert_eq!(kinds(judge(Verdict::TruePositive, false)), "alert-judged/1, alert-shown/1");
    assert_eq!(kinds(judge(Verdict::TruePositive, true)), "alert-judged/1");
    assert_eq!(kinds(judge(Verdict::BenignPositive, false)), "alert-judged/1");
}

#[test]
fn hostile_values_take_no_time() {
    let stars = "a*".repeat(250);
    let hostile = spec(&[(EntityKind::Account, &stars)]);
    let alert = about(&[(EntityKind::Account, &"a".repeat(2000))]);
    let begun = std::time::Instant::now();
    let hiding = Hiding::of(&hostile).unwrap();
    for _ in 0..1000 {
        assert!(!hiding.hides(&alert));
    }
    assert!(begun.elapsed().as_secs() < 10);
}

//! Reports as they come, are added to, answered and dealt with.

use super::*;
use cofferdam_vocabulary::ContentHash;

fn receive(number: u8) -> ReportIntent {
    ReportIntent::Receive(Box::new(Received {
        number: ContentHash([number; 32]),
        how_bad: HowBad::Acted,
        what: vec![Personal::of("I entered my password on a page that looked odd")],
        when: None,
        named: [].into(),
        contact: None,
        address: Personal::of("192.0.2.7"),
    }))
}

fn amend() -> ReportIntent {
    ReportIntent::Amend { text: vec![Personal::of("it was at ten")] }
}

fn answer() -> ReportIntent {
    ReportIntent::Answer { text: vec![Personal::of("thank you")] }
}

fn moved(state: ReportState) -> ReportIntent {
    ReportIntent::Move { state }
}

fn tell(alert: u64) -> ReportIntent {
    ReportIntent::Tell { alert: AlertId(alert) }
}

#[track_caller]
fn check(before: &[ReportIntent], intent: ReportIntent, want: &str) {
    let state = before.iter().fold(Report::default(), |state, intent| {
        let facts = state.decide(intent.clone()).unwrap();
        facts.iter().fold(state, Report::evolve)
    });
    let got = match state.decide(intent) {
        Ok(facts) => facts.iter().map(Fact::kind).collect::<Vec<_>>().join(", "),
        Err(refusal) => format!("refused: {refusal}"),
    };
    assert_eq!(got, want);
}

#[test]
fn a_report_comes_once_and_is_told_of_once() {
    check(&[], receive(1), "report-received/1");
    check(&[receive(1)], receive(1), "");
    check(&[receive(1)], receive(2), "refused: another report came before");
    check(&[receive(1)], tell(1), "report-told/1");
    check(&[receive(1), tell(1)], tell(1), "");
    check(&[receive(1), tell(1)], tell(2), "refused: ALR-000001 tells of the report already");
    for nothing in [amend(), answer(), tell(1), moved(ReportState::DealtWith)] {
        check(&[], nothing, "refused: nothing was reported");
    }
}

#[test]
fn what_is_added_to_a_report_that_was_dealt_with_takes_it_up_again() {
    use ReportState::{BeingLookedAt, DealtWith, Received};
    check(&[receive(1)], moved(Received), "");
    check(&[receive(1)], moved(BeingLookedAt), "report-moved/1");
    check(&[receive(1)], answer(), "report-answered/1");
    check(&[receive(1)], amend(), "report-amended/1");
    check(&[receive(1), moved(DealtWith)], amend(), "report-amended/1, report-moved/1");
}

#[test]
fn a_report_has_room_for_so_much() {
    let full = |intent: fn() -> ReportIntent, count: usize| {
        std::iter::once(receive(1)).chain((0..count).map(|_| intent())).collect::<Vec<_>>()
    };
    check(&full(amend, ADDITIONS), amend(), "refused: the report has 50 additions already");
    check(&full(answer, ANSWERS), answer(), "refused: the report has 50 answers already");
}

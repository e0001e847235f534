//! Incidents as they are told, told again, led and found to be one.

use super::*;
use crate::alert::EntityRecord;
use cofferdam_vocabulary::{AlertId, Level};
use cofferdam_vocabulary::{EntityKind, Role};
use jiff::Timestamp;

/// An incident of these alerts, about one host.
pub fn report(title: &str, level: Level, alerts: std::ops::Range<u64>, host: &str) -> IncidentReport {
    let value = Personal::of(host);
    let join = |alert| {
        let join = Join { with: AlertId(alert), because: Personal::of("the same host") };
        (alert > 1).then_some(join)
    };
    IncidentReport {
        title: Personal::of(title),
        severity: Severity { level, reasons: vec![Personal::of("an attempt succeeded")] },
        span: Span { first_seen: None, last_seen: None },
        alerts: alerts.map(|alert| (AlertId(alert), join(alert))).collect(),
        scope: [EntityRecord { kind: EntityKind::Host, value, role: Role::Target }].into(),
    }
}

fn state(intents: &[IncidentIntent]) -> Incident {
    intents.iter().fold(Incident::default(), |state, intent| {
        let facts = state.decide(intent.clone()).unwrap();
        facts.iter().fold(state, Incident::evolve)
    })
}

fn known(report: IncidentReport) -> IncidentIntent {
    IncidentIntent::Report(Box::new(report))
}

#[track_caller]
fn check(before: &[IncidentIntent], intent: IncidentIntent, want: &str) {
    let got = match state(before).decide(intent) {
        Ok(facts) => facts.iter().map(Fact::kind).collect::<Vec<_>>().join(", "),
        Err(refusal) => format!("refused: {refusal}"),
    };
    assert_eq!(got, want);
}

#[test]
fn only_what_changed_is_recorded() {
    let first = || known(report("Break-in", Level::High, 1..3, "web-01"));
    let opened = "incident-opened/1, alerts-joined/1, scope-widened/1";
    check(&[], first(), opened);
    check(&[first()], first(), "");
    let worse = known(report("Break-in at web-01", Level::Critical, 1..4, "web-01"));
    check(&[first()], worse, "incident-renamed/1, severity-assessed/1, alerts-joined/1");
    let fewer = known(report("Break-in", Level::High, 1..2, "web-02"));
    check(&[first()], fewer, "alerts-left/1, scope-widened/1, scope-narrowed/1");
}

#[test]
fn state_is_what_was_reported_however_many_facts_it_took() {
    let large = report("Break-in", Level::High, 1..1001, "web-01");
    assert_eq!(state(&[known(large.clone())]).known, Some(large.clone()));
    let small = report("Scan", Level::Low, 900..950, "web-02");
    assert_eq!(state(&[known(large), known(small.clone())]).known.unwrap().alerts, small.alerts);
}

#[test]
fn a_merged_incident_takes_nothing_more() {
    let into = IncidentId(1);
    let merge = || IncidentIntent::Merge { into };
    let first = || known(report("Break-in", Level::High, 1..3, "web-01"));
    check(&[], merge(), "refused: no such incident was opened");
    check(&[first()], merge(), "incident-merged/1");
    check(&[first(), merge()], merge(), "");
    check(&[first(), merge()], first(), "refused: the incident is part of INC-0001 since it was merged");
}

#[test]
fn who_may_see_it_is_said_once() {
    let to = |users: &[u64]| users.iter().map(|user| UserId(*user)).collect();
    let restrict = |users: &[u64]| IncidentIntent::Restrict { to: to(users) };
    let first = || known(report("Break-in", Level::High, 1..3, "web-01"));
    check(&[], restrict(&[1]), "refused: no such incident was opened");
    check(&[], IncidentIntent::OpenUp, "refused: no such incident was opened");
    check(&[first()], IncidentIntent::OpenUp, "");
    check(&[first()], restrict(&[]), "refused: nobody could see it; name at least one user");
    check(&[first()], restrict(&[1, 2]), "incident-restricted/1");
    let restricted = [first(), restrict(&[1, 2])];
    check(&restricted, restrict(&[2, 1]), "");
    check(&restricted, restrict(&[2]), "incident-restricted/1");
    check(&restricted, IncidentIntent::OpenUp, "incident-opened-up/1");
    check(&restricted, first(), "");
    let merged = [first(), IncidentIntent::Merge { into: IncidentId(1) }];
    check(&merged, restrict(&[1]), "incident-restricted/1");
}

fn name(user: u64) -> IncidentIntent {
    IncidentIntent::NameCommander { user: UserId(user) }
}

fn suggest(what: Suggested) -> IncidentIntent {
    IncidentIntent::Suggest(Suggestion {
        what,
        with: Some(AlertId(1)),
        because: Personal::of("the host web-01"),
    })
}

fn accept(alert: u64) -> IncidentIntent {
    let second = |second| Timestamp::from_second(second).ok();
    IncidentIntent::Accept(Box::new(Acceptance {
        what: Suggested::Alert(AlertId(alert)),
        alerts: vec![Joined { alert: AlertId(alert), join: None }],
        scope: report("", Level::Low, 1..1, "web-02").scope,
        span: Span { first_seen: second(1), last_seen: second(9) },
    }))
}

#[test]
fn nothing_joins_a_led_incident_by_itself() {
    let first = || known(report("Break-in", Level::High, 1..3, "web-01"));
    check(&[], name(1), "refused: no such incident was opened");
    check(&[first()], name(1), "commander-named/1");
    check(&[first(), name(1)], name(1), "");
    check(&[first(), name(1)], name(2), "commander-named/1");
    check(&[first()], IncidentIntent::RelieveCommander, "");
    check(&[first(), name(1)], IncidentIntent::RelieveCommander, "commander-relieved/1");
    let led = "refused: a commander was named: what belongs to the incident is for people to decide";
    for before in [vec![first(), name(1)], vec![first(), name(1), IncidentIntent::RelieveCommander]] {
        for other in [1..2, 1..4, 4..5] {
            check(&before, known(report("Break-in", Level::High, other, "web-01")), led);
        }
        check(&before, IncidentIntent::Merge { into: IncidentId(7) }, led);
        check(&before, IncidentIntent::MergeByPeople { into: IncidentId(7) }, "incident-merged/1");
        check(&before, first(), "");
        let worse = known(report("Called otherwise", Level::Critical, 1..3, "web-02"));
        check(&before, worse, "severity-assessed/1, scope-widened/1");
        check(&before, known(report("Break-in", Level::Low, 1..3, "web-01")), "");
    }
}

#[test]
fn what_would_have_joined_is_for_people_to_decide() {
    let first = || known(report("Break-in", Level::High, 1..3, "web-01"));
    let what = Suggested::Alert(AlertId(9));
    let dismiss = || IncidentIntent::Dismiss { what };
    check(&[first()], suggest(what), "refused: no commander was named, so alerts join by themselves");
    let led = [first(), name(1)];
    check(&led, suggest(what), "join-suggested/1");
    check(&led, suggest(Suggested::Incident(IncidentId(4))), "join-suggested/1");
    check(&led, suggest(Suggested::Alert(AlertId(2))), "");
    check(&led, accept(9), "refused: that was not suggested");
    check(&led, dismiss(), "refused: that was not suggested");
    let open = [first(), name(1), suggest(what)];
    check(&open, suggest(what), "");
    check(&open, dismiss(), "suggestion-dismissed/1");
    let joined = "suggestion-accepted/1, alerts-joined/1, scope-widened/1, incident-spans/1";
    check(&open, accept(9), joined);
    let dismissed = [&open[..], &[dismiss()]].concat();
    check(&dismissed, suggest(what), "");
    check(&dismissed, dismiss(), "");
    check(&dismissed, accept(9), joined);
    let accepted = [&open[..], &[accept(9)]].concat();
    check(&accepted, accept(9), "");
    check(&accepted, dismiss(), "refused: the suggestion was accepted before");
    let alerts = state(&accepted).known.unwrap().alerts;
    assert_eq!(alerts.keys().copied().collect::<Vec<_>>(), [1, 2, 9].map(AlertId));
}

#[test]
fn suggestions_have_an_end() {
    let first = known(report("Break-in", Level::High, 1..3, "web-01"));
    let many = (0..SUGGESTIONS as u64).map(|id| suggest(Suggested::Alert(AlertId(100 + id))));
    let before: Vec<IncidentIntent> = [first, name(1)].into_iter().chain(many).collect();
    let more = suggest(Suggested::Alert(AlertId(50)));
    check(&before, more, "refused: the incident has 1000 suggestions already");
}

fn first() -> IncidentIntent {
    known(report("Break-in", Level::High, 1..3, "web-01"))
}

fn text(text: &str) -> Vec<Personal> {
    Personal::parts(text)
}

fn write(said: &str) -> IncidentIntent {
    IncidentIntent::WriteNote { text: text(said) }
}

fn revise(note: u64, base: u64, said: &str) -> IncidentIntent {
    IncidentIntent::ReviseNote { note: NoteNumber(note), base, text: text(said) }
}

#[test]
fn a_note_is_written_over_only_by_who_read_it() {
    check(&[], write("x"), "refused: no such incident was opened");
    check(&[first()], write("x"), "note-written/1");
    check(&[first()], write(" \n"), "refused: a note says something");
    check(
        &[first()],
        write(&"x".repeat(41 * 2048)),
        "refused: the note is too long; a document is kept as evidence",
    );
    check(&[first()], revise(1, 1, "y"), "refused: the incident has no note 1");
    check(&[first(), write("x")], revise(1, 1, "x"), "");
    check(&[first(), write("x")], revise(1, 1, "y"), "note-revised/1");
    let revised = [first(), write("x"), revise(1, 1, "y")];
    check(&revised, revise(1, 1, "z"), "refused: note 1 has revision 2 now, and not the one that was read");
    check(&revised, revise(1, 2, "z"), "note-revised/1");
    let notes = state(&[first(), write("x"), write("x"), revise(2, 1, "y")]).notes;
    let want = [(1, 1, "x"), (2, 2, "y")]
        .map(|(note, revision, said)| (NoteNumber(note), Note { revision, text: text(said) }));
    assert_eq!(notes, want.into());
}

fn task(title: &str, blocked_by: &[u64]) -> TaskSpec {
    TaskSpec {
        title: Personal::of(title),
        phase: Phase::Containment,
        mandatory: true,
        owner: None,
        due: None,
        blocked_by: blocked_by.iter().map(|task| TaskNumber(*task)).collect(),
    }
}

fn add(title: &str, blocked_by: &[u64]) -> IncidentIntent {
    IncidentIntent::AddTask(Box::new(task(title, blocked_by)))
}

fn move_to(task: u64, base: u64, state: TaskState, outcome: Option<&str>) -> IncidentIntent {
    IncidentIntent::MoveTask { task: TaskNumber(task), base, state, outcome: outcome.map(Personal::of) }
}

#[test]
fn a_task_is_done_after_those_that_it_waits_for() {
    use TaskState::{Done, Dropped, Open};
    check(&[first()], add("isolate web-01", &[]), "task-added/1");
    check(&[first()], add(" ", &[]), "refused: a task has a title");
    check(&[first()], add("isolate web-01", &[2]), "refused: the incident has no task 2");
    check(&[first()], add("isolate web-01", &[1]), "refused: task 1 would wait for itself");
    let two = || vec![first(), add("image the disk", &[]), add("isolate web-01", &[1])];
    check(&two(), move_to(2, 1, Done, None), "refused: task 2 waits for task 1, which is open");
    check(&two(), move_to(1, 1, Done, None), "task-moved/1");
    check(&two(), move_to(1, 1, Open, None), "");
    check(
        &two(),
        move_to(1, 2, Done, None),
        "refused: task 1 has revision 1 now, and not the one that was read",
    );
    check(&two(), move_to(1, 1, Dropped, Some(" ")), "refused: say why the task is not done");
    check(&two(), move_to(1, 1, Dropped, Some("the disk is encrypted")), "task-moved/1");
    check(
        &[&two()[..], &[move_to(1, 1, Dropped, Some("no"))]].concat(),
        move_to(2, 1, Done, None),
        "task-moved/1",
    );
    let done = [&two()[..], &[move_to(1, 1, Done, None)]].concat();
    check(&done, move_to(2, 1, Done, Some("by hand")), "task-moved/1");
    check(&done, move_to(1, 2, Open, None), "task-moved/1");
    let change = |number, base, title, blocked_by: &[u64]| IncidentIntent::ChangeTask {
        task: TaskNumber(number),
        base,
        spec: Box::new(task(title, blocked_by)),
    };
    check(&done, change(1, 2, "image both disks", &[]), "refused: task 1 is not open; open it again first");
    check(&two(), change(1, 1, "image the disk", &[]), "");
    check(&two(), change(1, 1, "image the disk", &[2]), "refused: task 1 would wait for itself");
    check(&two(), change(1, 1, "image both disks", &[]), "task-changed/1");
    check(&two(), change(3, 1, "image both disks", &[]), "refused: the incident has no task 3");
    let changed = [&two()[..], &[change(1, 1, "image both disks", &[])]].concat();
    assert_eq!(state(&changed).tasks[&TaskNumber(1)].revision, 2);
}

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
    let joined = "suggestion-accepted/1, alerts-attached/1, scope-widened/1, incident-spans/1";
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

fn of(text: &str) -> Personal {
    Personal::of(text)
}

fn attach(alerts: &[u64]) -> IncidentIntent {
    let alerts = alerts.iter().map(|id| Joined { alert: AlertId(*id), join: None }).collect();
    let span = Span { first_seen: None, last_seen: None };
    let scope = BTreeSet::new();
    IncidentIntent::Correct(Correction::Attach { alerts, scope, span, reason: of("the same hand") })
}

fn detach(alerts: &[u64]) -> IncidentIntent {
    let alerts = alerts.iter().map(|id| AlertId(*id)).collect();
    IncidentIntent::Correct(Correction::Detach { alerts, to: None, reason: of("a backup") })
}

fn steer(steering: Steering) -> IncidentIntent {
    IncidentIntent::Steer(Box::new(steering))
}

fn assess(level: Level) -> IncidentIntent {
    let impact = Impact {
        functional: Functional::Low,
        information: Information::None,
        recoverability: Recoverability::Regular,
        reputation: Reputation::None,
    };
    steer(Steering::Assess(Assessment { level, impact, reason: of("one host of no weight") }))
}

fn stand(host: &str, status: EntityStatus) -> IncidentIntent {
    let entities = [EntityName { kind: EntityKind::Host, value: of(host) }].into();
    IncidentIntent::Stand { entities, status, reason: of("seen in its memory") }
}

fn enter(phase: Phase, reason: Option<&str>, over: bool) -> IncidentIntent {
    IncidentIntent::Move(Move::Enter { phase, reason: reason.map(of), over })
}

fn close(resolution: Resolution) -> IncidentIntent {
    IncidentIntent::Move(Move::Close { resolution, reason: of("nothing more to do"), over: false })
}

#[test]
fn what_people_say_belongs_to_it_stays_so() {
    let first = || known(report("Break-in", Level::High, 1..3, "web-01"));
    check(&[first()], attach(&[2, 7]), "alerts-attached/1");
    check(&[first(), attach(&[7])], attach(&[7]), "");
    check(&[first()], detach(&[2, 9]), "alerts-detached/1");
    check(&[first()], detach(&[9]), "");
    // The machine would have it otherwise.
    let led = "refused: a commander was named: what belongs to the incident is for people to decide";
    check(&[first(), attach(&[7])], first(), led);
    check(&[first(), detach(&[2])], first(), led);
    check(&[first(), attach(&[7]), detach(&[7])], first(), "");
    let both = [first(), attach(&[7]), detach(&[7])];
    assert_eq!(state(&both).known, state(&[first()]).known, "they are inverse");
    let reasonless = Correction::Detach { alerts: [AlertId(2)].into(), to: None, reason: of(" \n") };
    check(&[first()], IncidentIntent::Correct(reasonless), "refused: a reason is needed");
    let merged = [first(), IncidentIntent::MergeByPeople { into: IncidentId(9) }];
    check(&merged, attach(&[7]), "refused: the incident is part of INC-0009 since it was merged");
    let unmerge = || IncidentIntent::Correct(Correction::Unmerge { reason: of("another hand") });
    check(&merged, unmerge(), "incident-unmerged/1");
    check(&[first()], unmerge(), "");
    let [one, two] = merged;
    assert_eq!(state(&[one, two, unmerge()]).known, state(&[first()]).known);
}

#[test]
fn how_bad_people_say_it_is_is_not_found_otherwise() {
    let first = || known(report("Break-in", Level::High, 1..3, "web-01"));
    let worse = || known(report("Ransom", Level::Critical, 1..3, "web-01"));
    check(&[first(), assess(Level::Low)], worse(), "incident-renamed/1");
    let title = || steer(Steering::Title { title: of("The intern's scan") });
    check(&[first(), assess(Level::Low), title()], worse(), "");
    assert_eq!(state(&[first(), assess(Level::Low), worse()]).known.unwrap().severity.level, Level::Low);
    check(&[first(), assess(Level::Low)], assess(Level::Low), "");
    check(&[first(), title()], title(), "");
}

#[test]
fn an_entity_stands_as_people_last_said() {
    let first = || known(report("Break-in", Level::High, 1..3, "web-01"));
    let contained = || stand("web-01", EntityStatus::Contained);
    check(&[first()], contained(), "entities-stand/1");
    check(&[first(), contained()], contained(), "");
    check(&[first()], stand("db-01", EntityStatus::Confirmed), "scope-widened/1, entities-stand/1");
    let both = state(&[first(), contained(), stand("db-01", EntityStatus::Cleared)]);
    let standing: Vec<(String, EntityStatus)> =
        both.standing().into_iter().map(|(name, status)| (name.value.to_string(), status)).collect();
    let want = [("db-01", EntityStatus::Cleared), ("web-01", EntityStatus::Contained)];
    assert_eq!(standing, want.map(|(host, status)| (host.to_owned(), status)));
}

#[test]
fn a_gate_says_what_it_misses() {
    let first = || known(report("Break-in", Level::High, 1..3, "web-01"));
    let onward = || enter(Phase::Containment, None, false);
    let missing = "refused: the gate of analysis is not met: nobody said that it is real; \
                   nobody said how bad it is; 1 entity of 1 is suspected only; nobody leads";
    check(&[first()], onward(), missing);
    let declared = || steer(Steering::Declare { reason: of("they were logged in") });
    let commander = || IncidentIntent::NameCommander { user: UserId(1) };
    let ready = || {
        vec![first(), declared(), assess(Level::High), stand("web-01", EntityStatus::Confirmed), commander()]
    };
    check(&ready(), onward(), "phase-entered/1");
    let spec = TaskSpec {
        title: of("image the disk"),
        phase: Phase::Analysis,
        mandatory: true,
        owner: None,
        due: None,
        blocked_by: BTreeSet::new(),
    };
    let with = |more: &[IncidentIntent]| [&ready()[..], more].concat();
    let task = || IncidentIntent::AddTask(Box::new(spec.clone()));
    check(
        &with(&[task()]),
        onward(),
        "refused: the gate of analysis is not met: 1 mandatory task is open: 1",
    );
    let over = enter(Phase::Containment, Some("it spreads"), true);
    check(&with(&[task()]), over, "phase-entered/1");
    check(
        &ready(),
        enter(Phase::Recovery, Some("x"), true),
        "refused: the response is in analysis; it goes on one phase at a time, and back to any",
    );
    // Containment asks what this version does not check: whoever goes on says why.
    let contained = || with(&[onward(), stand("web-01", EntityStatus::Contained)]);
    check(
        &contained(),
        enter(Phase::Eradication, Some(" "), false),
        "refused: the gate of containment asks what this version does not check (measures); say why it is passed",
    );
    let reason = Some("the firewall shows the block");
    check(&contained(), enter(Phase::Eradication, reason, false), "phase-entered/1");
    check(&contained(), enter(Phase::Analysis, None, false), "refused: a reason is needed");
    check(&contained(), enter(Phase::Analysis, Some("another host"), false), "phase-entered/1");
}

#[test]
fn what_is_real_is_closed_from_review() {
    let first = || known(report("Break-in", Level::High, 1..3, "web-01"));
    check(
        &[first()],
        close(Resolution::Resolved),
        "refused: the response is in analysis; what is real is closed from review",
    );
    check(&[first()], close(Resolution::FalsePositive), "incident-closed/1");
    let closed = || vec![first(), close(Resolution::FalsePositive)];
    check(&closed(), attach(&[7]), "refused: the incident is closed; open it again first");
    check(&closed(), known(report("Break-in", Level::Critical, 1..9, "web-01")), "");
    let reopen = || IncidentIntent::Move(Move::Reopen { reason: of("seen again") });
    check(&closed(), reopen(), "incident-reopened/1");
    let again = state(&[&closed()[..], &[reopen()]].concat());
    assert_eq!((again.course.closed, again.course.cycle), (None, 1));
}

#[test]
fn a_decision_is_made_once() {
    let first = || known(report("Break-in", Level::High, 1..3, "web-01"));
    let proposal =
        Proposal { what: of("isolate web-01"), reason: of("it sends"), alternatives: vec![of("watch it")] };
    let propose = || IncidentIntent::Propose(Box::new(proposal.clone()));
    let rule = |ruling| IncidentIntent::Rule { decision: DecisionNumber(1), ruling, reason: of("go") };
    check(&[first()], propose(), "decision-proposed/1");
    check(&[first()], rule(Ruling::Approved), "refused: the incident has no decision 1");
    check(&[first(), propose()], rule(Ruling::Approved), "decision-made/1");
    check(&[first(), propose(), rule(Ruling::Approved)], rule(Ruling::Approved), "");
    check(
        &[first(), propose(), rule(Ruling::Approved)],
        rule(Ruling::Rejected),
        "refused: decision 1 was approved; propose something else instead",
    );
}

#[test]
fn a_case_of_another_product_is_imported_once() {
    let import = |key: u8, title: &str| {
        let IncidentReport { severity, span, scope, .. } = report(title, Level::High, 1..1, "web-01");
        let product = crate::alert::ProductName::parse("thehive").unwrap();
        let case = ForeignCase { product, id: of("#42"), key: cofferdam_vocabulary::DedupKey([key; 16]) };
        IncidentIntent::Import(Box::new(Import { case, title: of(title), severity, span, scope }))
    };
    let imported = "incident-opened/1, incident-imported/1, alerts-attached/1, scope-widened/1";
    check(&[], import(1, "Phishing"), imported);
    check(&[], import(1, " "), "refused: a task has a title");
    check(&[import(1, "Phishing")], import(1, "Phishing of the sales team"), "");
    check(&[import(1, "Phishing")], import(2, "Phishing"), "refused: the incident was opened before");
    let first = || known(report("Break-in", Level::High, 1..3, "web-01"));
    check(&[first()], import(1, "Phishing"), "refused: the incident was opened before");
    let state = state(&[import(1, "Phishing")]);
    assert!(state.led && state.imported.is_some_and(|case| case.id == of("#42")));
}

//! A whole incident, the recorded attack, worked from alert to closed on the command line.

use super::Ran;
use super::server::Served;
use serde_json::Value;

/// A server with the recorded attack, and who works on it.
struct Room(Served);

impl Room {
    fn ask(&self, args: &[&str]) -> Ran {
        self.0.ask("admin", args)
    }

    /// Carries a command out, with what it prints.
    #[track_caller]
    fn done(&self, args: &[&str]) -> String {
        self.ask(args).expect(0).stdout
    }

    /// The response does not go on, and it is said why.
    #[track_caller]
    fn is_held(&self, args: &[&str], why: &str) {
        let refused = self.ask(args).expect(4).stderr;
        let told = refused.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(why) && told.contains("cofferdam incident gates INC-0001"), "{refused}");
    }

    fn onward(&self, phase: &str, reason: &str) {
        self.done(&["incident", "phase", "INC-0001", phase, "--reason", reason]);
    }

    /// All that stood so stands so now.
    fn all_stand(&self, from: &str, to: &str, reason: &str) {
        self.done(&["incident", "stand", "INC-0001", to, "--all", from, "--reason", reason]);
    }
}

#[test]
fn an_incident_is_worked_from_alert_to_closed() {
    let room = Room(Served::new());
    room.0.begin();
    analysis(&room);
    containment(&room);
    eradication_and_recovery(&room);
    review(&room);
}

/// Is it real, how far, how bad?
fn analysis(room: &Room) {
    let high =
        room.done(&["alert", "list", "--filter", "incident = INC-0001 level = critical", "--format", "json"]);
    let high: Value = serde_json::from_str(&high).unwrap();
    let alert = high["items"][0]["id"].as_str().expect("the attack raises a critical alert");
    room.done(&["alert", "assign", alert]);
    room.done(&["alert", "judge", alert, "--verdict", "true-positive", "--reason", "the key is not ours"]);
    let onward = ["incident", "phase", "INC-0001", "containment"];
    room.is_held(&onward, "nobody said that it is real; nobody said how bad it is");
    room.done(&["incident", "declare", "INC-0001", "--reason", "somebody was logged in who should not"]);
    let severity = [
        "incident",
        "severity",
        "INC-0001",
        "high",
        "--functional",
        "low",
        "--information",
        "privacy-breach",
        "--recoverability",
        "regular",
        "--reputation",
        "low",
        "--reason",
        "one host, with customer data",
    ];
    room.done(&severity);
    room.done(&["incident", "commander", "INC-0001", "USR-0001"]);
    room.done(&["incident", "part", "INC-0001", "scribe", "USR-0001"]);
    room.done(&["incident", "mark", "INC-0001", "--tlp", "TLP:AMBER", "--pap", "PAP:GREEN"]);
    room.is_held(&onward, "are suspected only");
    let confirm =
        ["incident", "stand", "INC-0001", "confirmed", "host=web-01", "--reason", "its shell history"];
    assert!(room.done(&confirm).ends_with("1 confirmed\n"));
    room.all_stand("suspected", "cleared", "what the attacker used, and what was only asked for");
    let task = ["task", "add", "INC-0001", "image the disk", "--phase", "analysis", "--mandatory"];
    room.done(&task);
    room.is_held(&onward, "1 mandatory task is open: 1");
    room.done(&["task", "done", "INC-0001", "1", "--outcome", "it lies in the safe"]);
    room.done(&onward);
    let call = [
        "moment",
        "add",
        "INC-0001",
        "2026-11-22T03:40:00Z",
        "a customer called: the shop was slow",
        "--pinned",
    ];
    room.done(&call);
}

/// It does not spread any further.
fn containment(room: &Room) {
    let propose = [
        "decision",
        "propose",
        "INC-0001",
        "take web-01 off the network",
        "--reason",
        "it sends data out",
        "--instead",
        "watch it, which costs more data",
    ];
    room.done(&propose);
    room.done(&["decision", "approve", "INC-0001", "1", "--reason", "the shop can do without it tonight"]);
    let late = room.ask(&["decision", "reject", "INC-0001", "1", "--reason", "no"]).expect(3).stderr;
    assert!(late.contains("decision 1 was approved"), "{late}");
    let onward = ["incident", "phase", "INC-0001", "eradication"];
    room.is_held(&onward, "is not contained");
    room.all_stand("confirmed", "contained", "the switch shows its port down");
    room.is_held(&onward, "what this version does not check (measures); say why it is passed");
    room.onward("eradication", "the switch shows its port down");
}

/// Its causes are removed, and everything works again.
fn eradication_and_recovery(room: &Room) {
    room.is_held(&["incident", "phase", "INC-0001", "recovery", "--reason", "x"], "is not eradicated");
    room.all_stand("contained", "eradicated", "built anew from the image of last week");
    room.onward("recovery", "searched for the key on all hosts: none");
    let skipped = room.ask(&["incident", "close", "INC-0001", "resolved", "--reason", "x"]).expect(4).stderr;
    assert!(skipped.contains("what is real is closed from"), "{skipped}");
    room.is_held(&["incident", "phase", "INC-0001", "review", "--reason", "x"], "is not recovered");
    room.all_stand("eradicated", "recovered", "in service, and watched");
    room.onward("review", "two weeks went by quietly");
}

/// What worked, what failed, what will be better?
fn review(room: &Room) {
    room.done(&["note", "write", "INC-0001", "--text", "# Review\nThe key was five years old."]);
    let close = ["incident", "close", "INC-0001", "resolved", "--reason", "lessons are in the plan"];
    room.is_held(&close, "nobody said what kind of incident it was");
    room.done(&["incident", "category", "INC-0001", "intrusions/system-compromise"]);
    room.done(&close);
    let gates = room.done(&["incident", "gates", "INC-0001"]);
    assert!(gates.starts_with("closed as resolved, from review\n"), "{gates}");
    assert!(gates.contains("  lessons          not checked by this version\n"), "{gates}");
    let timeline = room.done(&["incident", "timeline", "INC-0001"]);
    let first = "2026-11-22 03:40:00Z moment 1*      a customer called: the shop was slow\n";
    assert!(timeline.starts_with(first), "{timeline}");
    assert!(timeline.trim_end().ends_with("closed as resolved"), "{timeline}");
    let shown = room.done(&["incident", "show", "INC-0001"]);
    for line in [
        "phase       closed as resolved, from review",
        "category    intrusions/system-compromise",
        "scribe      USR-0001",
    ] {
        assert!(shown.lines().any(|told| told == line), "{line}: {shown}");
    }
    let (one, all) = (room.done(&["incident", "times", "INC-0001"]), room.done(&["incident", "times"]));
    assert!(
        one.contains("contained") && one.contains("entry ") && all.starts_with("1 incident\n"),
        "{one}{all}"
    );
    for text in [&gates, &timeline, &shown, &one, &all] {
        assert_eq!(text.lines().find(|line| line.chars().count() > 80), None, "{text}");
    }
    let listed = room.done(&["incident", "list", "--filter", "phase = closed"]);
    assert!(listed.lines().count() == 2 && listed.contains("closed"), "{listed}");
    room.done(&["incident", "reopen", "INC-0001", "--reason", "the same key was used again"]);
    // All of it stands in the log, and whoever has the bundle can see that.
    room.done(&["incident", "export", "INC-0001", "--out", "INC-0001.tar", "--to", "the auditor"]);
    assert!(room.done(&["journal", "verify", "INC-0001.tar"]).contains("INC-0001"));
}

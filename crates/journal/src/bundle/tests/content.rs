//! What is said of each thing that can be wrong with entries and evidence.

use super::super::form::Placed;
use super::super::{CHECKPOINT, ENTRIES, LINE_BYTES, verify};
use super::cases::sealed;
use super::log::{ABOUT, Log, signer};
use super::mutation::World;
use super::parts::Parts;
use crate::entry::Sealed;
use crate::note::SignedNote;
use cofferdam_vocabulary::ContentHash;

/// The first line, changed by somebody who can sign.
#[track_caller]
fn line(change: impl FnOnce(&mut String), want: &str) {
    sealed(
        |_, parts| {
            let mut text = parts.text(ENTRIES);
            change(&mut text);
            parts.set(ENTRIES, text);
        },
        want,
    );
}

#[test]
fn the_lines() {
    let first = World::of(5).parts.lines().remove(0);
    let text = String::from_utf8(first.line()).unwrap();
    line(|text| text.insert(0, '['), "line 1 of `entries.ndjson` cannot be understood: ");
    line(
        |text| text.insert(1, ' '),
        "line 1 of `entries.ndjson` is not written as bundles are: it was edited",
    );
    line(
        |text| text.truncate(text.len() - 1),
        "of `entries.ndjson` cannot be understood: the line has no end",
    );
    line(
        |text| text.insert_str(0, &" ".repeat(LINE_BYTES)),
        "line 1 of `entries.ndjson` is longer than 8388608 bytes",
    );
    line(
        |all| *all = all.replacen(&text, "{}\n", 1),
        "line 1 of `entries.ndjson` cannot be understood: missing field",
    );
    line(
        |text| *text = text.replacen("\"leaf\":\"", "\"leaf\":\"!", 1),
        "cannot be understood: Invalid symbol 33",
    );
    line(|text| *text = text.replacen("\"proof\":[\"", "\"proof\":[\"A", 1), "is no SHA-256 hash in base64");
    line(|text| *text = text.replacen("\"salt\":\"", "\"salt\":\"A", 1), "` is no salt");
    line(|text| *text = text.replacen("\"commitment\":\"", "\"commitment\":\"A", 1), "` is no commitment");
}

#[test]
fn the_entries() {
    let change = |change: fn(&World, &mut Vec<Placed>), want: &str| {
        sealed(
            |world, parts| {
                let mut lines = parts.lines();
                change(world, &mut lines);
                parts.set_lines(&lines);
            },
            want,
        );
    };
    change(|_, lines| lines[0].leaf[0] = b'x', "line 1 of `entries.ndjson` holds no entry: not an entry: ");
    change(|_, lines| lines[0].position += 1, "line 1 of `entries.ndjson` puts the entry 3 at position 4");
    change(
        |_, lines| lines.insert(2, lines[1].clone()),
        "in line 3 of `entries.ndjson` the entry 4 follows the entry 4",
    );
    change(
        |_, lines| lines[0].proof.truncate(1),
        "the entry 3 in line 1 of `entries.ndjson` is not in the checkpoint's log: the proof has ",
    );
    change(
        |_, lines| lines[0].proof[0].0[0] ^= 1,
        "the entry 3 in line 1 of `entries.ndjson` is not in the checkpoint's log: the proof leads to the root",
    );
    change(
        |_, lines| drop(lines.remove(0)),
        "line 1 of `entries.ndjson` has entry 2 of the stream `evidence/",
    );
    change(
        |world, lines| lines[0] = world.elsewhere.lines()[0].clone(),
        "the entry in line 1 of `entries.ndjson` is of the log `other.example.org/1`, not of `log.example.org/1`",
    );
    change(
        |_, lines| valued(lines).secrets[0].value.push(' '),
        "of `entries.ndjson` a value does not open its commitment ",
    );
    change(|_, lines| valued(lines).secrets[0].commitment.0[0] ^= 1, "which is not next in that entry");
    change(|_, lines| valued(lines).secrets.reverse(), "which is not next in that entry");
    let twice: fn(&World, &mut Vec<_>) = |_, lines| {
        let line = valued(lines);
        line.secrets.insert(1, line.secrets[0].clone());
    };
    change(twice, " twice");
    change(|_, lines| drop(lines.pop()), "entries of the stream `incident/INC-0001` and has ");
}

/// A line with several values.
fn valued(lines: &mut [Placed]) -> &mut Placed {
    lines.iter_mut().find(|line| line.secrets.len() > 1).unwrap()
}

#[test]
fn the_evidence() {
    let first = |parts: &Parts| parts.at(ENTRIES).unwrap() + 1;
    let changed = |_: &World, parts: &mut Parts| {
        let at = first(parts);
        parts.0[at].1.push(b'x');
    };
    sealed(changed, ": it was changed");
    let added = |_: &World, parts: &mut Parts| {
        let at = first(parts);
        parts.0.insert(at, (format!("evidence/{}", ContentHash([0; 32])), vec![]));
    };
    sealed(
        added,
        "the evidence 0000000000000000000000000000000000000000000000000000000000000000 is in the bundle, and no entry tells where it comes from",
    );
    let twice = |_: &World, parts: &mut Parts| {
        let at = first(parts);
        parts.0.insert(at, parts.0[at].clone());
    };
    sealed(twice, "stands where the member `manifest` should be");
}

#[test]
fn a_witness_may_sign_the_checkpoint() {
    let world = World::of(5);
    let mut parts = world.parts.clone();
    let mut note = SignedNote::parse(&parts.text(CHECKPOINT)).unwrap();
    note.add(&world.stranger);
    parts.set(CHECKPOINT, note.to_string());
    parts.seal(&world.log.signer);
    assert!(verify(parts.pack().as_slice(), None).is_ok());
}

#[test]
fn what_a_later_version_recorded_is_counted_and_not_read() {
    let mut log = Log::generated(signer("log.example.org/1", 7), 5);
    let mut head = log.heads.iter().rfind(|head| head.stream == ABOUT).unwrap().clone();
    (head.position, head.version) = (log.size(), head.version + 1);
    let leaf = serde_json::json!({
        "log": head.log.as_str(),
        "position": head.position,
        "time": head.time,
        "actor": {"program": "9.0.0"},
        "stream": head.stream,
        "version": head.version,
        "fact": {"kind": "incident-frozen/1", "lesson": "none"},
        "random": "",
    });
    let mut positions = log.positions();
    positions.push(head.position);
    log.add_sealed(head, Sealed { leaf: leaf.to_string().into_bytes(), secrets: vec![] });
    let mut out = Vec::new();
    log.export(&positions, &[], &mut out).unwrap();
    let verified = verify(out.as_slice(), None).unwrap();
    assert_eq!(verified.unread, 1);
}

//! `--filter`: some of what was recorded, and what is said of a filter that is none.

use crate::{Desk, Ran, brute_force, run};
use serde_json::Value;
use std::ffi::OsStr;
use unicode_width::UnicodeWidthStr;

/// What was recorded of two logs.
fn desk() -> Desk {
    let desk = Desk::with(&[
        ("auth.log", &brute_force("web-01", "203.0.113.66", 0)),
        ("other.log", &brute_force("db-02", "203.0.113.77", 20)),
    ]);
    desk.investigate(&["--keep-evidence"]).expect(0);
    desk
}

fn filtered(desk: &Desk, words: &[&str], filter: &str) -> Ran {
    let data = desk.path("out");
    let mut args: Vec<&OsStr> = words.iter().map(|word| -> &OsStr { word.as_ref() }).collect();
    args.extend::<[&OsStr; 4]>(["--data".as_ref(), data.as_ref(), "--filter".as_ref(), filter.as_ref()]);
    run(&args)
}

fn entries(desk: &Desk, words: &[&str], filter: &str) -> Vec<Value> {
    let words: Vec<&str> = ["journal", "show", "--json"].iter().chain(words).copied().collect();
    let shown = filtered(desk, &words, filter).expect(0);
    shown.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn entries_are_those_that_were_asked_for() {
    let desk = desk();
    let all = entries(&desk, &[], "");
    let check = |words: &[&str], filter: &str, want: &dyn Fn(&Value) -> bool| {
        let want: Vec<&Value> = all.iter().filter(|entry| want(entry)).collect();
        assert!(!want.is_empty() && want.len() < all.len(), "{filter}");
        assert_eq!(entries(&desk, words, filter).iter().collect::<Vec<_>>(), want, "{filter}");
    };
    let kind = |entry: &Value, kind: &str| entry["fact"]["kind"].as_str().unwrap().starts_with(kind);
    let holds = |entry: &Value, text: &str| entry["fact"].to_string().contains(text);
    check(&[], "kind: alert-* and time > -1h", &|entry| kind(entry, "alert-"));
    check(&[], "kind = alert-raised and 203.0.113.77", &|entry| {
        kind(entry, "alert-raised/") && holds(entry, "203.0.113.77")
    });
    check(&[], "not stream: alert/*", &|entry| !entry["stream"].as_str().unwrap().starts_with("alert/"));
    check(&["--stream", "incident/INC-0001"], "version > 1", &|entry| {
        entry["stream"] == "incident/INC-0001" && entry["version"].as_u64() > Some(1)
    });
    let raised: Vec<Value> = all.iter().filter(|entry| kind(entry, "alert-raised/")).cloned().collect();
    assert_eq!(
        entries(&desk, &["--limit", "1"], "kind: alert-raised"),
        raised[..1],
        "a limit counts what is shown"
    );
    let second = raised[1]["position"].to_string();
    assert_eq!(entries(&desk, &["--from", &second], "kind: alert-raised"), raised[1..]);
    let ran = filtered(&desk, &["journal", "show"], "time > now").expect(3);
    assert!(
        ran.stdout.is_empty() && ran.stderr.starts_with("error[journal::nothing-found]"),
        "{}",
        ran.stderr
    );
}

#[test]
fn evidence_is_what_was_asked_for() {
    let desk = desk();
    let list = |filter: &str| filtered(&desk, &["evidence", "list"], filter).expect(0).stdout;
    assert_eq!(list("").lines().count(), 2);
    let auth = list("source ~ AUTH.log and kept and not damaged");
    assert!(auth.lines().count() == 1 && auth.contains("auth.log"), "{auth}");
    let hash = auth.split('…').next().unwrap();
    assert_eq!(list(&format!("hash: {hash}*")), auth);
    assert_eq!(list("bytes < 10 or by != erased").lines().count(), 2);
    let ran = filtered(&desk, &["evidence", "list"], "damaged").expect(3);
    assert!(ran.stderr.contains("no evidence is so"), "{}", ran.stderr);
}

#[test]
fn a_filter_that_is_none_is_shown_with_its_place() {
    let desk = Desk::new();
    // The filter is looked at before the data directory, of which there is none.
    let told = |filter: &str| {
        let ran = filtered(&desk, &["journal", "show"], filter).expect(2);
        assert!(ran.stdout.is_empty() && ran.stderr.lines().all(|line| line.width() <= 80), "{}", ran.stderr);
        ran.stderr
    };
    assert_eq!(
        told("kind: alert-* and tiem > -1h"),
        "error[filter::unknown-field]: unknown field `tiem`\n --> --filter:1:19\n\
         1 | kind: alert-* and tiem > -1h\n  |                   ^^^^ help: did you mean `time`?\n"
    );
    assert_eq!(
        told("version >="),
        "error[filter::syntax]: a value is missing after `>=`\n --> --filter:1:11\n\
         1 | version >=\n  |           ^ help: add one; words of the language go in quotes\n"
    );
    assert_eq!(
        told("kind: alert-*\nand (version > 1"),
        "error[filter::syntax]: this parenthesis is not closed\n --> --filter:2:5\n\
         2 | and (version > 1\n  |     ^ help: add `)`\n"
    );
    for filter in ["\u{1b}[31m\u{202e} = 1", &"text ~ é and ".repeat(40), &"(".repeat(5_000), "a\n\n= \u{7}"]
    {
        let told = told(filter);
        assert!(!told.contains(['\u{1b}', '\u{202e}']) && told.contains(" --> --filter:"), "{told}");
    }
    let ran = filtered(&desk, &["evidence", "list"], "-24h =").expect(2);
    assert!(ran.stderr.contains("hash, source, bytes, kept"), "{}", ran.stderr);
}

#[test]
fn the_help_names_the_fields() {
    for (words, fields) in
        [(["journal", "show"], "position, time, stream"), (["evidence", "list"], "hash, source, bytes")]
    {
        let ran = run(&[words[0], words[1], "--help"]).expect(0);
        assert!(ran.stdout.contains(fields), "{}", ran.stdout);
    }
}

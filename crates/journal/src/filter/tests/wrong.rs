//! What is said of filters that are none.

use super::now;
use crate::filter::{DEPTH, Filter, Problem, TERMS, TEXT_BYTES};
use crate::view::AlertRow;

#[track_caller]
fn refused(text: &str, want: &str) {
    let error = Filter::<AlertRow>::parse(text, now()).unwrap_err();
    assert_eq!(format!("{error}; {}", error.help()), want, "{text}");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, want) in [
        ("lvel >= high", "unknown field `lvel` at 1:1; did you mean `level`?"),
        ("attempt\n  and last_sen > now", "unknown field `last_sen` at 2:7; did you mean `last_seen`?"),
        (
            "2001:db8::1",
            "unknown field `2001` at 1:1; fields are id, level, rule, title, incident, matches, occurrences, first_seen, last_seen, raised, attempt, source, status, state, verdict, assignee, hidden, merged; text goes in quotes",
        ),
        ("level >= hihg", "`hihg` is not a level at 1:10; use informational, low, medium, high or critical"),
        ("matches > -5", "`-5` is not a number at 1:11; use a whole number such as 100"),
        (
            "raised > yesterday",
            "`yesterday` is not a time at 1:10; use a time such as 2026-11-22, 2026-11-22T03:00Z, -24h or now",
        ),
        ("incident = INC-1", "`INC-1` is not an id of this kind at 1:12; use INC-0003"),
        ("title > x", "`title` is text, which `>` does not compare at 1:9; use =, !=, : or ~"),
        ("level ~ high", "`level` is a level, which `~` does not compare at 1:9; use =, !=, <, <=, > or >="),
        (
            "attempt > no",
            "`attempt` is a flag, which `>` does not compare at 1:11; use = or !=, or the field alone",
        ),
        (
            "incident > none",
            "`none` can only be asked for with `=`, `!=` or in a list at 1:12; write \"none\" if you mean the word",
        ),
        (
            "level",
            "`level` says nothing by itself at 1:1; compare it with a value, or write \"level\" to search for the word",
        ),
        ("level >=", "a value is missing after `>=` at 1:9; add one; words of the language go in quotes"),
        (
            "title = and attempt",
            "a value is missing after `=` at 1:9; add one; words of the language go in quotes",
        ),
        ("title =~ x", "a value is missing after `=` at 1:8; add one; words of the language go in quotes"),
        ("title = \"\"", "an empty text says nothing at 1:9; `= none` asks for rows that have no value"),
        (
            "attempt and",
            "a comparison is missing after `and` at 1:12; compare a field, or name a text to search for",
        ),
        ("or attempt", "a comparison is missing here at 1:1; compare a field, or name a text to search for"),
        (
            "attempt and or x",
            "a comparison is missing after `and` at 1:13; compare a field, or name a text to search for",
        ),
        ("()", "a comparison is missing after `(` at 1:2; compare a field, or name a text to search for"),
        ("not", "a comparison is missing after `not` at 1:4; compare a field, or name a text to search for"),
        ("= high", "a field is missing before `=` at 1:1; text that holds an operator goes in quotes"),
        ("(attempt", "this parenthesis is not closed at 1:1; add `)`"),
        ("attempt and (", "this parenthesis is not closed at 1:13; add `)`"),
        ("(attempt))", "this parenthesis was not opened at 1:10; leave it out, or put it in quotes"),
        ("title ~ \"x", "this quote is not closed at 1:9; add a quote of the same kind"),
        (
            "title ~ \"\\n\"",
            "`\\n` means nothing here at 1:10; write `\\\\` for a backslash; `\\\"`, `\\'` and `\\*` are the others",
        ),
        ("level in high", "`in` needs values in parentheses at 1:7; as in `level in (high, critical)`"),
        ("level in ()", "a value is missing after `(` at 1:11; add one; words of the language go in quotes"),
        (
            "level in (high,)",
            "a value is missing after `,` at 1:16; add one; words of the language go in quotes",
        ),
        (
            "level in (high low)",
            "values of a list have `,` between them at 1:16; text of several words goes in quotes",
        ),
        ("level in (high", "this parenthesis is not closed at 1:10; add `)`"),
        ("a, b", "`,` separates values of an `in`, and this is none at 1:2; write `and` or `or`"),
    ] {
        refused(text, want);
    }
}

#[test]
fn a_filter_is_bounded() {
    let parse = |text: &str| Filter::<AlertRow>::parse(text, now());
    let nested = |depth: usize| format!("{}attempt{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(DEPTH)).is_ok() && parse(&"not ".repeat(1_000)).is_err());
    assert!(parse(&format!("{}attempt", "not ".repeat(1_000))).is_ok());
    for (text, problem) in [
        (nested(DEPTH + 1), Problem::TooDeep),
        (nested(2_000), Problem::TooDeep),
        ("a ".repeat(TERMS + 1), Problem::TooManyTerms),
        (format!("level in (low{})", ",low".repeat(TERMS)), Problem::TooManyTerms),
        ("a".repeat(TEXT_BYTES + 1), Problem::TooLong),
        // Short as it stands, too long in its one form.
        (format!("title:{}", "\\".repeat(TEXT_BYTES - 10)), Problem::TooLong),
    ] {
        assert_eq!(parse(&text).unwrap_err().problem, problem, "{}", &text[..20]);
    }
    assert!(parse(&"a ".repeat(TERMS)).is_ok());
    assert!(parse(&"a".repeat(TEXT_BYTES)).is_ok());
}

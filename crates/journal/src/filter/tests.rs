//! Filters as people write them: what they mean, their one form, and what is said of those that are wrong.

use super::*;
use crate::actor::Actor;
use crate::alert::Count;
use crate::entry::{Entry, Head};
use crate::fact::Fact;
use crate::note::Name;
use crate::personal::{Commitment, Personal};
use crate::stream::StreamId;
use crate::view::{AlertRow, EvidenceRow, IncidentRow};
use cofferdam_vocabulary::{AlertId, ContentHash, IncidentId, Level};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    time("2026-11-22T12:00:00Z")
}

/// An alert of the incident INC-0001 that was last seen an hour ago.
fn alert() -> AlertRow {
    AlertRow {
        id: AlertId(17),
        level: Level::High,
        rule: "ssh-brute-force".to_owned(),
        title: Personal::of("SSH brute force from 192.0.2.7"),
        count: Count {
            matches: 120,
            occurrences: 300,
            first_seen: None,
            last_seen: Some(time("2026-11-22T11:00:00Z")),
            attempt: true,
        },
        incident: Some(IncidentId(1)),
        raised: time("2026-11-22T11:30:00Z"),
    }
}

fn erased() -> Personal {
    Personal::Erased(Commitment([7; 32]))
}

/// An order to erase, by somebody whose account was erased.
fn entry() -> Entry {
    Entry {
        head: Head {
            log: Name::parse("cofferdam/tests").unwrap(),
            position: 12,
            time: now(),
            stream: StreamId::Incident(IncidentId(1)),
            version: 3,
        },
        actor: Actor::Person(erased()),
        fact: Fact::ValuesErased {
            values: vec!["AAAA".to_owned()],
            order: Personal::of("the court of Kassel"),
        },
    }
}

#[track_caller]
fn read<R: Listed>(text: &str) -> Filter<R> {
    Filter::parse(text, now()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[track_caller]
fn check<R: Listed>(row: &R, text: &str, want: bool) {
    assert_eq!(read::<R>(text).matches(row), want, "{text}");
}

#[test]
fn values_are_compared_by_their_type() {
    for (text, want) in [
        ("", true),
        ("level >= high", true),
        ("LEVEL > High", false),
        ("level = info", false),
        ("level != low", true),
        ("level in (low, high)", true),
        ("level in (low, info)", false),
        ("id = alr-000017", true),
        ("id < ALR-000017 or id > ALR-000017", false),
        ("incident: INC-0001", true),
        ("matches > 100 and matches<=120 and occurrences = 300", true),
        ("matches == 121", false),
        ("attempt", true),
        ("not attempt", false),
        ("attempt = no or attempt != true", false),
        ("last_seen > -2h and last_seen < now", true),
        ("last_seen > -59m", false),
        ("last_seen >= 2026-11-22T11:00Z", true),
    ] {
        check(&alert(), text, want);
    }
}

#[test]
fn a_date_is_its_whole_day() {
    for (text, want) in [
        ("last_seen = 2026-11-22", true),
        ("last_seen != 2026-11-22", false),
        ("last_seen > 2026-11-22", false),
        ("last_seen >= 2026-11-22", true),
        ("last_seen <= 2026-11-22", true),
        ("last_seen < 2026-11-22", false),
        ("last_seen > 2026-11-21", true),
        ("last_seen in (2026-11-20, 2026-11-22)", true),
    ] {
        check(&alert(), text, want);
    }
}

#[test]
fn texts_are_compared_without_regard_to_case() {
    for (text, want) in [
        ("rule = SSH-Brute-Force", true),
        ("rule = ssh", false),
        ("rule: ssh*", true),
        ("rule = ssh*", false),
        ("rule:*force", true),
        ("rule in (web*, *brute*)", true),
        ("rule in (web, ssh)", false),
        ("title ~ \"brute FORCE\"", true),
        ("title ~ 'ssh * from'", true),
        ("title ~ \"ssh \\* from\"", false),
        ("not title ~ brute", false),
        ("brute 192.0.2.7", true),
        ("'force from' ssh-*-force", true),
        ("alr-000017", true),
        ("ALR-00001", false),
    ] {
        check(&alert(), text, want);
    }
}

#[test]
fn what_is_missing_or_erased_is_only_that() {
    for (text, want) in [
        ("first_seen = none", true),
        ("first_seen != none", false),
        ("first_seen < now or first_seen >= now", false),
        ("first_seen != 2026-11-22", true),
        ("last_seen = none", false),
        ("first_seen in (none, 2026-11-22)", true),
        ("title = erased", false),
        ("title: *", true),
    ] {
        check(&alert(), text, want);
    }
    let row = AlertRow { title: erased(), incident: None, ..alert() };
    for (text, want) in [
        ("title = erased", true),
        ("title: * or title ~ e or \"brute force\"", false),
        ("title = none", false),
        ("title != ssh", true),
        ("title = \"erased\"", false),
        ("incident = none", true),
        ("incident != INC-0001", true),
    ] {
        check(&row, text, want);
    }
}

#[test]
fn and_binds_closer_than_or() {
    for (text, want) in [
        ("attempt or level = low and level = info", true),
        ("(attempt or level = low) and level = info", false),
        ("not attempt or level = high", true),
        ("not (attempt or level = low)", false),
        ("not not attempt", true),
        ("attempt level=high", true),
        ("attempt(level=high)not(level=low)", true),
    ] {
        check(&alert(), text, want);
    }
}

#[test]
fn entries_are_asked_for_what_they_say() {
    for (text, want) in [
        ("kind = values-erased", true),
        ("kind = values-erased/1", true),
        ("kind != values-erased", false),
        ("kind:alert-*", false),
        ("stream: incident/* version = 3 position < 13", true),
        ("text ~ kassel and not text = erased", true),
        ("text = aaaa", true),
        ("text ~ values-erased", false),
        ("actor = erased", true),
        ("court", true),
        ("time > -1h", true),
    ] {
        check(&entry(), text, want);
    }
    let kept = Entry { fact: Fact::EvidenceKept, actor: Actor::Program("0.1.0".to_owned()), ..entry() };
    check(&kept, "text = none and actor = \"cofferdam 0.1.0\"", true);
    let renamed = Entry { fact: Fact::IncidentRenamed { title: erased() }, ..entry() };
    check(&renamed, "text = erased and not text: *", true);
}

#[track_caller]
fn form(text: &str, want: &str) {
    let filter = read::<AlertRow>(text);
    assert_eq!(filter.as_str(), want, "{text}");
    assert_eq!(read::<AlertRow>(want).as_str(), want, "{text}");
}

#[test]
fn a_filter_has_one_form() {
    for (text, want) in [
        ("  ", ""),
        ("LEVEL>=HIGH  attempt", "level >= high and attempt"),
        (
            "(level:high)AND((rule:SSH*)OR title~\"brute force\")",
            "level = high and (rule: ssh* or title ~ \"brute force\")",
        ),
        ("not not not attempt = false", "attempt"),
        ("not level = high", "level != high"),
        ("not rule: a*b", "not rule: a*b"),
        ("title:*x*", "title ~ x"),
        ("title ~ **", "title: *"),
        ("rule = a*b", "rule = \"a\\*b\""),
        ("rule: \"a b*\" rule: 'it\\'s'", "rule: \"a b*\" and rule = \"it's\""),
        (
            "level in (High) or id in (alr-000001,ALR-000002)",
            "level = high or id in (ALR-000001, ALR-000002)",
        ),
        ("a and (b and (c or (d or e)))", "a and b and (c or d or e)"),
        ("'level' \"and\" none", "\"level\" and \"and\" and \"none\""),
        ("rule = 'none' incident = NONE", "rule = \"none\" and incident = none"),
        ("raised>-07D raised<2026-11-22T03:00+01:00", "raised > -7d and raised < 2026-11-22T02:00:00Z"),
        ("rule = C:\\x", "rule = \"c:\\\\x\""),
    ] {
        form(text, want);
    }
}

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
            "unknown field `2001` at 1:1; fields are id, level, rule, title, incident, matches, occurrences, first_seen, last_seen, raised, attempt; text goes in quotes",
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

/// That the table of a list says what its rows have.
#[track_caller]
fn is_sound<R: Listed>(row: &R) {
    let mut names: Vec<&str> = R::FIELDS.iter().map(|field| field.name).collect();
    for field in R::FIELDS {
        let fits = |value: &Value<'_>| match value {
            Value::Many(_) => false,
            Value::None | Value::Erased => true,
            Value::Text(_) => matches!(field.kind, Kind::Text),
            Value::Level(_) => matches!(field.kind, Kind::Level),
            Value::Number(_) => matches!(field.kind, Kind::Number),
            Value::Time(_) => matches!(field.kind, Kind::Time),
            Value::Flag(_) => matches!(field.kind, Kind::Flag),
            Value::Id(_) => matches!(field.kind, Kind::Id(_)),
        };
        let sound = match (field.of)(row) {
            Value::Many(values) => values.iter().all(fits),
            value => fits(&value),
        };
        let is_name = |ch: char| ch.is_ascii_lowercase() || ch == '_';
        assert!(sound && field.name.chars().all(is_name), "{} of {}", field.name, R::NAME);
        assert!(!scan::is_keyword(field.name), "{} of {}", field.name, R::NAME);
        if let Kind::Id(id) = field.kind {
            assert_eq!((id.parse)(id.example).map(id.show).as_deref(), Some(id.example));
        }
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), R::FIELDS.len(), "names of {} are unique", R::NAME);
}

#[test]
fn every_list_has_what_its_table_says() {
    is_sound(&alert());
    is_sound(&entry());
    let incident = IncidentRow {
        id: IncidentId(1),
        title: Personal::of("a"),
        severity: Level::Low,
        first_seen: Some(now()),
        last_seen: Some(now()),
        alerts: 3,
        merged_into: Some(IncidentId(2)),
        opened: now(),
        restricted: None,
    };
    is_sound(&incident);
    check(&incident, "merged = INC-0002 severity = low alerts < 4 opened = now", true);
    let evidence = EvidenceRow {
        id: ContentHash([0xab; 32]),
        source: Personal::of("/var/log/auth.log"),
        bytes: 4096,
        kept: true,
        damaged: false,
        acquired: now(),
        by: Actor::Program("0.1.0".to_owned()),
        custody: 2,
        restricted: None,
    };
    is_sound(&evidence);
    check(&evidence, "hash: ABAB* source ~ auth.log bytes > 4000 kept not damaged by: cofferdam*", true);
}

/// The documentation's table of a list.
fn table<R: Listed>() -> String {
    let rows =
        R::FIELDS.iter().map(|field| format!("| `{}` | {} | {} |\n", field.name, field.kind, field.help));
    format!(
        "### {}\n\n| field | type | what it is |\n| --- | --- | --- |\n{}",
        R::NAME,
        rows.collect::<String>()
    )
}

/// How many filters of a list the documentation shows, one a line; each is one.
#[track_caller]
fn examples<R: Listed>(text: &str) -> usize {
    let fence = format!("```filter {}\n", R::NAME);
    let blocks = text.split(&fence).skip(1);
    let lines = blocks.flat_map(|block| block.lines().take_while(|line| *line != "```"));
    lines.map(read::<R>).count()
}

#[test]
fn the_documentation_is_true() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/filter.md");
    let text = std::fs::read_to_string(path).unwrap();
    let tables = [table::<AlertRow>(), table::<IncidentRow>(), table::<EvidenceRow>(), table::<Entry>()];
    let fields = text.split_once("## Fields\n\n").unwrap().1;
    assert_eq!(
        fields,
        tables.join("\n"),
        "write this behind `## Fields` of docs/filter.md:\n\n{}",
        tables.join("\n")
    );
    assert_eq!(read::<AlertRow>("(LEVEL>=high) SSH").as_str(), "level >= high and ssh");
    assert_eq!((examples::<AlertRow>(&text), examples::<EvidenceRow>(&text)), (7, 2));
}

//! What filters mean, and their one form.

use super::{alert, check, erased, read};
use crate::view::AlertRow;

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

//! What can be asked of a source, case by case.

use super::*;
use jiff::SignedDuration;

fn at(hour: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
}

fn events() -> SourceSettings {
    SourceSettings::of(SourceKind::Events)
}

fn alerts() -> SourceSettings {
    SourceSettings::of(SourceKind::Alerts)
}

fn add(settings: SourceSettings) -> SourceIntent {
    SourceIntent::Add(settings)
}

fn token(id: u8, expires: i64, now: i64) -> SourceIntent {
    SourceIntent::IssueToken {
        token: TokenId([id; 8]),
        sha256: ContentHash([id; 32]),
        expires: at(expires),
        now: at(now),
    }
}

fn revoke(id: u8) -> SourceIntent {
    SourceIntent::RevokeToken { token: TokenId([id; 8]) }
}

fn secret(id: u8) -> SourceIntent {
    SourceIntent::SetSecret { credential: CredentialId([id; 8]) }
}

fn after(before: &[SourceIntent]) -> Source {
    before.iter().fold(Source::default(), |state, intent| {
        let facts = state.decide(intent.clone()).unwrap();
        facts.iter().fold(state, Source::evolve)
    })
}

#[track_caller]
fn check(before: &[SourceIntent], intent: SourceIntent, want: &str) {
    let got = match after(before).decide(intent) {
        Ok(facts) => facts.iter().map(Fact::kind).collect::<Vec<_>>().join(", "),
        Err(refusal) => format!("refused: {refusal}"),
    };
    assert_eq!(got, want);
}

#[test]
fn a_source_is_added_once_and_keeps_its_kind() {
    let parsed = SourceSettings { parser: Some("syslog".to_owned()), ..events() };
    check(&[], add(events()), "source-added/1");
    check(&[add(events())], add(events()), "");
    let taken = "refused: a source of this name was added already, with other settings";
    check(&[add(events())], add(parsed.clone()), taken);
    check(&[], SourceIntent::Change(events()), "refused: no such source was added");
    check(&[add(events())], SourceIntent::Change(events()), "");
    check(&[add(events())], SourceIntent::Change(parsed), "source-changed/1");
    let other = "refused: a source goes on to send what it sends; add another one";
    check(&[add(events())], SourceIntent::Change(alerts()), other);
    check(&[], SourceIntent::Remove, "refused: no such source was added");
    check(&[add(events())], SourceIntent::Remove, "source-removed/1");
}

#[test]
fn nothing_counts_any_more_of_what_was_removed() {
    let before = [add(alerts()), token(1, 9, 0), secret(1), SourceIntent::Remove];
    assert_eq!(after(&before).known, None);
    check(&before, revoke(1), "refused: no such source was added");
    let again: Vec<_> = before.iter().cloned().chain([add(events())]).collect();
    let known = after(&again).known.unwrap();
    assert_eq!((known.tokens.len(), known.secret, known.settings.kind), (0, None, SourceKind::Events));
}

#[test]
fn tokens_count_for_a_time_and_are_few() {
    check(&[], token(1, 9, 0), "refused: no such source was added");
    let one = [add(events()), token(1, 9, 0)];
    check(&one[..1], token(1, 9, 0), "source-token-issued/1");
    check(&one[..1], token(1, 9, 9), "refused: the token would have expired already");
    check(&one[..1], token(1, 24 * 367, 0), "refused: a token counts for at most 366 days");
    check(&one, token(1, 9, 0), "");
    let known = "refused: the token 0101010101010101 was issued already, with another secret or expiry";
    check(&one, token(1, 8, 0), known);
    check(&one, token(2, 20, 9), "source-token-revoked/1, source-token-issued/1");
    check(&one, revoke(1), "source-token-revoked/1");
    check(&one, revoke(2), "refused: the source has no token 0202020202020202");
    let many: Vec<_> = [add(events())].into_iter().chain((0..20).map(|id| token(id, 9, 0))).collect();
    check(&many, token(99, 9, 0), "refused: the source has 20 tokens; revoke one that is not used any more");
}

#[test]
fn only_alerts_are_signed_and_mapped() {
    check(&[add(alerts())], secret(1), "source-secret-set/1");
    check(&[add(alerts()), secret(1)], secret(1), "");
    check(&[add(alerts()), secret(1)], secret(2), "source-secret-set/1");
    let refused = "refused: only a source of alerts signs what it sends; give this one a token";
    check(&[add(events())], secret(1), refused);
    let mapping = BTreeMap::from([("title".to_owned(), "/alert/name".to_owned())]);
    check(&[], add(SourceSettings { mapping: mapping.clone(), ..alerts() }), "source-added/1");
    let refused = "refused: only alerts are mapped; events are read by a parser";
    check(&[], add(SourceSettings { mapping, ..events() }), refused);
}

#[test]
fn settings_have_a_form() {
    let some = |text: &str| Some(text.to_owned());
    let long = "x".repeat(201);
    for bad in ["", "a b", "<b>", "ä", "a/b", &long] {
        assert_eq!(
            SourceSettings { parser: some(bad), ..events() }.check(),
            Err(SourceRefusal::Parser),
            "{bad}"
        );
    }
    for bad in ["", "Europe/<b>", "a b"] {
        assert_eq!(SourceSettings { zone: some(bad), ..events() }.check(), Err(SourceRefusal::Zone), "{bad}");
    }
    for bad in [0, MOST_EXPECTED + 1] {
        let settings = SourceSettings { expected: Some(bad), ..events() };
        assert_eq!(settings.check(), Err(SourceRefusal::Expected), "{bad}");
    }
    for (field, path) in [("", "/a"), ("a", ""), ("a", "x y"), ("<b>", "/a")] {
        let mapping = BTreeMap::from([(field.to_owned(), path.to_owned())]);
        let settings = SourceSettings { mapping, ..alerts() };
        assert_eq!(settings.check(), Err(SourceRefusal::Mapping), "{field} {path}");
    }
    let many = (0..=MAPPED).map(|n| (format!("field{n}"), "/a".to_owned())).collect();
    assert_eq!(SourceSettings { mapping: many, ..alerts() }.check(), Err(SourceRefusal::Mapping));
    let (parser, zone, expected) = (some("suricata-eve"), some("Europe/Berlin"), Some(100));
    let settings = SourceSettings { parser, zone, expected, trust: Trust::LocalText, ..events() };
    assert_eq!(settings.check(), Ok(()));
    let text = serde_json::to_value(&settings).unwrap();
    let want = serde_json::json!({
        "sends": "events", "parser": "suricata-eve", "expected": 100, "trust": "local-text", "zone": "Europe/Berlin",
    });
    assert_eq!(text, want);
    let fact = Fact::SourceAdded(Box::new(settings));
    let text = serde_json::to_string(&fact).unwrap();
    assert_eq!(serde_json::from_str::<Fact>(&text).unwrap(), fact);
}

//! What the tables of lists say is what their rows have, and what the documentation tells.

use super::{alert, check, erased, now, read};
use crate::actor::Actor;
use crate::entry::{Entry, Head};
use crate::fact::Fact;
use crate::filter::{Kind, Listed, Value, scan};
use crate::incident::{Marking, Phase};
use crate::note::Name;
use crate::permission::TeamRole;
use crate::personal::Personal;
use crate::report::{HowBad, ReportRow, ReportState};
use crate::stream::StreamId;
use crate::user::{Origin, Profile};
use crate::view::{AlertRow, EvidenceRow, IncidentRow, UserRow};
use cofferdam_vocabulary::{AlertId, ContentHash, IncidentId, Level, ReportId, UserId};
use std::collections::BTreeMap;

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

fn incident() -> IncidentRow {
    IncidentRow {
        id: IncidentId(1),
        title: Personal::of("a"),
        severity: Level::Low,
        first_seen: Some(now()),
        last_seen: Some(now()),
        alerts: 3,
        merged_into: Some(IncidentId(2)),
        opened: now(),
        restricted: Some([UserId(1)].into()),
        commander: Some(UserId(7)),
        led: false,
        phase: Phase::default(),
        closed: None,
        marking: Marking::default(),
        category: None,
        imported: None,
    }
}

fn report() -> ReportRow {
    ReportRow {
        id: ReportId(3),
        number: ContentHash([7; 32]),
        how_bad: HowBad::Now,
        state: ReportState::BeingLookedAt,
        summary: Personal::of("files do not open any more"),
        received: now(),
        changed: now(),
        alert: Some(AlertId(17)),
        additions: vec![now()],
        answers: vec![],
    }
}

fn evidence() -> EvidenceRow {
    EvidenceRow {
        id: ContentHash([0xab; 32]),
        source: Personal::of("/var/log/auth.log"),
        bytes: 4096,
        kept: true,
        damaged: false,
        acquired: now(),
        by: Actor::Program("0.1.0".to_owned()),
        custody: 2,
        restricted: None,
    }
}

fn user() -> UserRow {
    let profile = Profile {
        account: Personal::of("ops1"),
        name: erased(),
        roles: [TeamRole::Responder, TeamRole::Scribe].into(),
        origin: Origin::Local,
        break_glass: true,
        disabled: false,
        password: None,
        enrolment: None,
        second_factor: None,
        recovery: None,
        tokens: BTreeMap::new(),
    };
    UserRow { id: UserId(2), profile, version: 1, created: now() }
}

#[test]
fn every_list_has_what_its_table_says() {
    is_sound(&alert());
    is_sound(&incident());
    is_sound(&report());
    is_sound(&evidence());
    is_sound(&user());
    is_sound(&entry());
    let wanted = "id = REP-0003 level = high state: being* alert = ALR-000017 additions > 0 answers = 0 \"do not open\"";
    check(&report(), wanted, true);
    check(&incident(), "merged = INC-0002 severity = low alerts < 4 opened = now restricted", true);
    check(
        &evidence(),
        "hash: ABAB* source ~ auth.log bytes > 4000 kept not damaged by: cofferdam* not restricted",
        true,
    );
    for (text, want) in [
        ("role = scribe role: resp* account = OPS1 id = usr-0002", true),
        ("role != scribe or role = observer or disabled", false),
        ("name = erased break_glass created >= 2026-11-22", true),
    ] {
        check(&user(), text, want);
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
    let tables = [
        table::<AlertRow>(),
        table::<IncidentRow>(),
        table::<ReportRow>(),
        table::<EvidenceRow>(),
        table::<UserRow>(),
        table::<Entry>(),
    ];
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

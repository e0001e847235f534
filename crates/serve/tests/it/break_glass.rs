//! Accounts for the day on which nothing else works: whoever uses one is seen.

use super::site::{PASSWORD, Site};
use cofferdam_journal::Fact;
use cofferdam_serve::Settings;
use cofferdam_store::{AlertQuery, ReadOnly};
use cofferdam_vocabulary::{AlertId, EntityKind, Level};
use serde_json::json;

#[test]
fn using_a_break_glass_account_is_a_fact_and_a_critical_alert() {
    let mut settings = Settings::default();
    settings.login.attempts = 50;
    let site = Site::with(settings);
    let admin = site.administrator();
    let new = json!({"account": "glass1", "roles": ["administrator"], "break_glass": true});
    let made = admin.post("/api/v1/users", &new).expect(201).json();
    let secret = site.link(&admin, made["id"].as_str().unwrap());
    site.nobody().post("/api/v1/enrolment", &json!({"secret": secret, "password": PASSWORD})).expect(200);
    let alerts = || {
        let data = ReadOnly::open(site.data()).unwrap();
        data.reader.alerts(&AlertQuery { limit: 99, ..AlertQuery::default() }).unwrap()
    };
    assert_eq!(alerts(), [], "an ordinary login raises none");
    let wrong = json!({"account": "glass1", "password": "a wrong one, I fear"});
    site.nobody().post("/api/v1/session", &wrong).expect(401);
    assert_eq!(alerts(), [], "nor does one that failed");
    let used = site.sign_in("glass1");
    assert_eq!(used.get("/api/v1/session").json()["break_glass"], true);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| site.sign_in("glass1"));
        }
    });
    let raised = alerts();
    let numbers: Vec<AlertId> = raised.iter().map(|alert| alert.id).collect();
    assert_eq!(
        numbers,
        (1..=17).map(AlertId).collect::<Vec<_>>(),
        "one for each use, each with a number of its own"
    );
    for alert in raised {
        assert_eq!((alert.rule.as_str(), alert.level), ("cofferdam-break-glass-used", Level::Critical));
        assert_eq!((alert.count.matches, alert.count.first_seen), (1, Some(site.now())));
    }
    let facts: Vec<Fact> = site.entries().into_iter().map(|entry| entry.fact).collect();
    let used = facts.iter().filter(|fact| matches!(fact, Fact::BreakGlassUsed { .. })).count();
    assert_eq!(used, 17);
    let report =
        facts.iter().find_map(|fact| if let Fact::AlertRaised(report) = fact { Some(report) } else { None });
    let about: Vec<(EntityKind, &str)> = report
        .unwrap()
        .entities
        .iter()
        .map(|entity| (entity.kind, entity.value.known().unwrap_or_default()))
        .collect();
    assert!(about.contains(&(EntityKind::Account, "glass1")), "{about:?}");
    assert!(about.contains(&(EntityKind::Address, "127.0.0.1")), "{about:?}");
}

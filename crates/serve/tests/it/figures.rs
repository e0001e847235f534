//! `/metrics` and the configuration: what they say, and to whom.

use super::site::{PASSWORD, Site};
use cofferdam_journal::TeamRole;
use cofferdam_serve::Settings;
use cofferdam_serve::settings::Shown;
use std::collections::{BTreeMap, BTreeSet};

/// One line of figures: its name, its labels, its value.
type Sample = (String, Vec<(String, String)>, f64);

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_' || first == ':')
        && chars.all(|char| char.is_ascii_alphanumeric() || char == '_' || char == ':')
}

fn labels(text: &str) -> Vec<(String, String)> {
    let label = |pair: &str| {
        let (name, value) = pair.split_once("=\"").unwrap();
        let value = value.strip_suffix('"').unwrap();
        assert!(is_name(name) && !name.contains(':'), "{pair}");
        assert!(!value.contains(['"', '\\', '\n']), "{pair}");
        (name.to_owned(), value.to_owned())
    };
    text.split(',').map(label).collect()
}

/// Reads Prometheus' text format 0.0.4, and nothing that only looks like it.
fn read(text: &str) -> (BTreeMap<String, String>, Vec<Sample>) {
    assert!(text.ends_with('\n') && !text.contains('\r'));
    let (mut kinds, mut helped, mut samples) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
    let mut family = String::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').unwrap();
            assert!(is_name(name) && !words.is_empty() && helped.insert(name.to_owned()), "{line}");
            name.clone_into(&mut family);
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert_eq!(name, family, "HELP and TYPE stand together");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(kinds.insert(name.to_owned(), kind.to_owned()).is_none(), "twice: {line}");
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let (name, given) = match series.split_once('{') {
                Some((name, rest)) => (name, labels(rest.strip_suffix('}').unwrap())),
                None => (series, Vec::new()),
            };
            let is_of_family = name == family
                || kinds[&family] == "histogram"
                    && ["_bucket", "_sum", "_count"].iter().any(|end| name == format!("{family}{end}"));
            assert!(is_name(name) && is_of_family, "{line}");
            samples.push((name.to_owned(), given, value.parse().unwrap()));
        }
    }
    let series: BTreeSet<String> =
        samples.iter().map(|(name, given, _)| format!("{name}{given:?}")).collect();
    assert_eq!(series.len(), samples.len(), "no series stands there twice");
    (kinds, samples)
}

fn value(samples: &[Sample], name: &str) -> f64 {
    samples.iter().find(|(known, ..)| known == name).unwrap_or_else(|| panic!("{name}")).2
}

#[test]
fn figures_are_in_the_format_of_prometheus_and_count() {
    let mut site = Site::new();
    let auditor = site.person("auditor1", &[TeamRole::Auditor]);
    let nobody = site.nobody();
    nobody.get("/healthz").expect(200);
    nobody.raw("BREW", "/healthz", None, b"").expect(405);
    nobody.get("/x\"}%0a1").expect(404);
    let answer = auditor.get("/metrics").expect(200);
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let (kinds, samples) = read(&answer.text);
    for (name, kind) in &kinds {
        assert!(name.starts_with("cofferdam_") || name.starts_with("process_"), "{name}");
        assert_eq!(name.ends_with("_total"), kind == "counter", "{name}");
    }
    assert!(value(&samples, "cofferdam_users") >= 1.0);
    assert!(value(&samples, "cofferdam_journal_entries") >= 4.0);
    assert!(value(&samples, "cofferdam_journal_bytes") > 0.0);
    assert!(value(&samples, "process_resident_memory_bytes") > 1e6);
    let buckets: Vec<f64> = samples
        .iter()
        .filter(|(name, ..)| name == "cofferdam_http_request_duration_seconds_bucket")
        .map(|(_, _, count)| *count)
        .collect();
    assert!(buckets.is_sorted() && buckets.len() == 9, "{buckets:?}");
    assert_eq!(buckets.last(), Some(&value(&samples, "cofferdam_http_request_duration_seconds_count")));
    let by_status: f64 = samples
        .iter()
        .filter(|(name, ..)| name == "cofferdam_http_requests_total")
        .map(|(_, _, count)| count)
        .sum();
    assert!((by_status - 3.0).abs() < 0.1, "{by_status}");
}

#[test]
fn labels_are_of_closed_sets() {
    let mut site = Site::new();
    let auditor = site.person("auditor1", &[TeamRole::Auditor]);
    let nobody = site.nobody();
    for method in ["BREW", "OPTIONS", "PROPFIND", "DELETE", "PATCH"] {
        nobody.raw(method, "/api/v1/session", None, b"");
    }
    let (_, samples) = read(&auditor.get("/metrics").expect(200).text);
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "other"];
    for (name, given, _) in &samples {
        for (label, value) in given {
            match label.as_str() {
                "method" => assert!(methods.contains(&value.as_str()), "{value}"),
                "status" => assert!(value.parse::<u16>().is_ok_and(|status| (100..600).contains(&status))),
                "le" => assert!(value == "+Inf" || value.parse::<f64>().is_ok()),
                "version" => assert_eq!(name, "cofferdam_build_info"),
                other => panic!("the label {other} of {name}"),
            }
        }
    }
}

/// Statuses that everybody gets who has one role, by role.
fn statuses(site: &mut Site, path: &str) -> BTreeMap<String, u16> {
    let roles =
        [TeamRole::IncidentCommander, TeamRole::Responder, TeamRole::Auditor, TeamRole::Administrator];
    let people: Vec<_> = roles
        .iter()
        .enumerate()
        .map(|(number, role)| (format!("{role:?}"), site.person(&format!("person-{number}"), &[*role])))
        .collect();
    people.into_iter().map(|(role, person)| (role, site.again(&person).get(path).status)).collect()
}

#[test]
fn figures_and_configuration_are_for_who_may_read_them() {
    let mut site = Site::new();
    for path in ["/metrics", "/api/v1/configuration"] {
        assert_eq!(site.nobody().get(path).status, 401, "{path}");
    }
    for path in ["/metrics", "/api/v1/configuration"] {
        let mut site = Site::new();
        let want = [("Administrator", 200), ("Auditor", 200), ("IncidentCommander", 403), ("Responder", 403)];
        let got = statuses(&mut site, path);
        assert_eq!(got, want.map(|(role, status)| (role.to_owned(), status)).into(), "{path}");
    }
    site.stop();
    let open = Site::with(Settings { open_metrics: true, ..Settings::default() });
    open.nobody().get("/metrics").expect(200);
    open.nobody().get("/api/v1/configuration").expect(401);
}

#[test]
fn the_configuration_is_shown_as_it_was_given_with_its_origins() {
    let shown = |key: &str, value: &str, origin: &str| Shown {
        key: key.to_owned(),
        value: value.to_owned(),
        origin: origin.to_owned(),
    };
    let settings = Settings {
        shown: vec![shown("listen", "127.0.0.1:8484", "default"), shown("oidc.secret", "(set)", "file:3")],
        ..Settings::default()
    };
    let mut site = Site::with(settings);
    let auditor = site.person("auditor1", &[TeamRole::Auditor]);
    let items = auditor.get("/api/v1/configuration").expect(200).json()["items"].clone();
    assert_eq!(items[0]["key"], "listen");
    assert_eq!(items[1], serde_json::json!({"key": "oidc.secret", "value": "(set)", "origin": "file:3"}));
    assert!(!auditor.get("/api/v1/configuration").text.contains(PASSWORD));
}

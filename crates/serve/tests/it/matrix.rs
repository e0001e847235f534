//! Each route, each role, each kind of object: who gets in is worked out from what the route declares, and compared
//! with what the server does.

use super::case::two_of_everything;
use super::site::{Client, PASSWORD, Site};
use super::surface::{Document, NOTHING_THERE, Object, Sample, samples};
use cofferdam_journal::source::SourceKind;
use cofferdam_journal::{Permission, TeamRole};
use cofferdam_serve::access::Access;
use cofferdam_serve::routes::Declared;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Instant;

/// Who asks: with which permissions, and what they send.
struct Asking {
    name: String,
    permissions: Option<Vec<Permission>>,
    /// What it sends, when it is a source.
    sends: Option<SourceKind>,
    client: Client,
}

/// What must come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    /// Anything but a refusal of who asks: what the route then says of the request itself is its own affair.
    In,
    Status(u16),
}

fn wanted(sample: &Sample, permissions: Option<&[Permission]>, sends: Option<SourceKind>) -> Want {
    if let Access::Sends(kind) = sample.route.access {
        return match sends {
            Some(sends) if sends == kind => Want::In,
            Some(_) => Want::Status(403),
            None => Want::Status(401),
        };
    }
    let Some(permissions) = permissions else {
        return if sample.route.access == Access::Public { Want::In } else { Want::Status(401) };
    };
    match (sample.route.access, sample.object) {
        (Access::Public | Access::SignedIn, _) => Want::In,
        // A token is no proof that somebody is there.
        (Access::SignedInFresh, _) => Want::Status(403),
        (Access::Needs(asked) | Access::NeedsFresh(asked), _) if !permissions.contains(&asked) => {
            Want::Status(403)
        }
        (_, Some(Object::Restricted)) => Want::Status(404),
        _ => Want::In,
    }
}

/// Sources, each with its token: they are nobody anywhere but where they send.
fn sources(site: &mut Site) -> Vec<Asking> {
    let sources = [("web-logs", SourceKind::Events), ("edr", SourceKind::Alerts)];
    let asking = sources.map(|(name, kind)| {
        let client = site.source(name, kind);
        Asking { name: name.to_owned(), permissions: None, sends: Some(kind), client }
    });
    asking.into()
}

#[track_caller]
fn check(sample: &Sample, asking: &Asking) {
    let status = sample.send(&asking.client).status;
    let is_so = match wanted(sample, asking.permissions.as_deref(), asking.sends) {
        Want::Status(want) => status == want,
        // A token may end itself, and not another of its user's.
        Want::In if matches!(status, 403 | 404) => NOTHING_THERE.contains(&sample.route.path.as_str()),
        // A login that is not right says 401, too; there is no body here that is a login.
        Want::In => !matches!(status, 401 | 405 | 415 | 500..),
    };
    assert!(is_so, "{} {} by {}: {status}", sample.route.method, sample.path, asking.name);
}

/// Reading first: what a request does must not stand in the way of another.
fn in_order(mut samples: Vec<Sample>) -> Vec<Sample> {
    samples.sort_by_key(|sample| sample.route.method != "GET");
    samples
}

#[test]
fn every_route_lets_in_whom_it_says_and_nobody_else() {
    let began = Instant::now();
    let mut site = Site::new();
    // Who is named for what is restricted, and never asks.
    site.person("named1", &[TeamRole::Observer]);
    site.record(|_, store| two_of_everything(store, &[1]));
    let mut all = vec![
        Asking { name: "nobody".to_owned(), permissions: None, sends: None, client: site.nobody() },
        Asking {
            name: "a token that is none".to_owned(),
            permissions: None,
            sends: None,
            client: site.nobody().with("authorization", "Bearer cfd_never-issued"),
        },
    ];
    all.push(Asking {
        name: "a source's token that is none".to_owned(),
        permissions: None,
        sends: None,
        client: site.nobody().with("authorization", "Bearer cfs_never-issued"),
    });
    let expired = site.person("expired1", TeamRole::ALL);
    all.push(Asking { name: "an expired token".to_owned(), permissions: None, sends: None, client: expired });
    site.pass(25 * 3600);
    for role in TeamRole::ALL {
        let client = site.person(&format!("{role}1"), &[*role]);
        all.push(Asking {
            name: role.to_string(),
            permissions: Some(role.permissions().to_vec()),
            sends: None,
            client,
        });
    }
    all.extend(sources(&mut site));
    let samples = in_order(samples(&site));
    println!("set up after {:.1} s", began.elapsed().as_secs_f64());
    let mut requests = 0;
    for asking in &mut all {
        asking.client = site.again(&asking.client);
        for sample in &samples {
            check(sample, asking);
            requests += 1;
        }
    }
    let mut covered: Vec<&Declared> = samples.iter().map(|sample| &sample.route).collect();
    covered.dedup();
    let is_covered = |route: &Declared| covered.contains(&route);
    assert!(site.declared().iter().all(is_covered), "every declared route is asked for");
    let took = began.elapsed();
    println!("{} routes, {requests} requests in {:.1} s", site.declared().len(), took.as_secs_f64());
    assert!(took.as_secs() < 60);
}

/// Sensitive acts ask a session for a proof of just now, and no longer when it is stale.
#[test]
fn sensitive_routes_ask_again_who_it_is() {
    let mut site = Site::new();
    site.record(|_, store| two_of_everything(store, &[9]));
    let mut admin = site.administrator();
    site.pass(11 * 60);
    let roles = [TeamRole::Administrator, TeamRole::IncidentCommander];
    let holds = |permission| roles.iter().any(|role| role.permissions().contains(&permission));
    let mut fresh = 0;
    for sample in in_order(samples(&site)) {
        let asked = sample.route.access.permission();
        if !sample.route.access.is_fresh() || !asked.is_none_or(holds) {
            continue;
        }
        let answer = sample.send(&admin);
        assert_eq!(answer.status, 403, "{sample:?}");
        fresh += 1;
    }
    println!("{fresh} requests need a fresh proof");
    assert!(fresh > 0);
    let proof = json!({"password": PASSWORD});
    let raised = admin.post("/api/v1/session/step-up", &proof).expect(200);
    admin.cookie = raised.cookie();
    let body = json!({"to": ["USR-0001"]});
    assert_eq!(admin.send("PUT", "/api/v1/incidents/INC-0001/access", Some(&body)).status, 428);
}

#[test]
fn nobody_gets_anything_by_any_method_but_what_is_public() {
    let mut site = Site::new();
    site.record(|_, store| two_of_everything(store, &[1]));
    let nobody = site.nobody();
    let methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW", "get"];
    let public = |path: &str, method: &str| {
        let method = if method == "HEAD" { "GET" } else { method };
        let routes = site.declared().iter();
        let mut fit = routes.filter(|route| route.path == path && route.method == method);
        fit.any(|route| route.access == Access::Public)
    };
    let (mut requests, mut answered) = (0, 0);
    for sample in samples(&site) {
        for method in methods {
            for path in [sample.path.clone(), format!("{}/", sample.path), format!("//{}", &sample.path[1..])]
            {
                let body = (!matches!(method, "GET" | "HEAD" | "OPTIONS" | "DELETE" | "TRACE" | "get"))
                    .then(|| json!({}));
                let status = nobody.head(method, &path, body.as_ref()).status;
                requests += 1;
                let is_public = path == sample.path && public(&sample.route.path, method);
                assert!(!(200..400).contains(&status) || is_public, "{method} {path}: {status}");
                assert!(status < 500 || status == 503, "{method} {path}: {status}");
                answered += usize::from((200..300).contains(&status));
            }
        }
    }
    println!("{requests} requests, {answered} answered");
    assert!(answered > 0);
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let site = Site::new();
    let document = Document::of(&site);
    let routes = site.declared().iter().filter(|route| !route.is_foreign);
    let names: Vec<&str> =
        routes.map(|route| document.operation(route)["operationId"].as_str().unwrap()).collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
    assert!(distinct.contains("put_sources_by_name"), "{names:?}");
}

#[test]
fn a_body_of_another_type_is_not_read() {
    let mut site = Site::new();
    site.record(|_, store| two_of_everything(store, &[9]));
    // Commander, too: what one of both roles has not, the other has.
    let everything = site.administrator();
    let document = Document::of(&site);
    let types = [
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("text/plain"),
        Some("text/xml"),
        Some("application/xml"),
        Some("application/json; charset=utf-7"),
        Some("application/json, text/plain"),
        Some("text/json"),
        Some("application/x-ndjson"),
        Some(""),
        None,
    ];
    let mut requests = 0;
    for sample in samples(&site) {
        if !document.reads_body(&sample.route) {
            continue;
        }
        for content_type in types {
            // Even where the object is not there for the caller: it is not looked for, then.
            let answer =
                everything.raw(&sample.route.method, &sample.path, content_type, b"{\"to\":[\"USR-0001\"]}");
            assert_eq!(answer.status, 415, "{sample:?} as {content_type:?}: {}", answer.text);
            requests += 1;
        }
    }
    println!("{requests} requests refused");
    assert!(requests > 0);
}

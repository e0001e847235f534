//! What the server declares: its routes, a path for each, and the document that describes them.

use super::case::{OPEN, SECRET, hash};
use super::site::{Answer, Client, Site};
use cofferdam_serve::access::Access;
use cofferdam_serve::routes::Declared;
use serde_json::{Value, json};

/// Which of two objects a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// Everybody with the permission sees it.
    Open,
    /// Only named people do, who are somebody else.
    Restricted,
}

/// What stands before a parameter, its value, and whether there are objects that can be restricted.
type Parameter = (&'static str, fn(Object) -> String, bool);
/// A path, and a body that its route takes.
type Body = (&'static str, fn() -> Value);

/// Parameters of paths by what stands before them: each with an object that is there for all, and, where objects can
/// be restricted, with one that is not. A new route with a parameter gets its line here.
const PARAMETERS: &[Parameter] = &[
    ("/api/v1/alerts/{id}", |object| id("ALR-00000", object), true),
    ("/api/v1/exceptions/{id}", |_| "EXC-0001".to_owned(), false),
    ("/api/v1/calls/{id}", |object| id("CAL-00000", object), true),
    ("/calls/{id}", |_| "CAL-000001".to_owned(), false),
    (
        "/api/v1/incidents/{id}/suggestions/{what}",
        |object| format!("{0}/suggestions/ALR-000001", id("INC-000", object)),
        true,
    ),
    ("/api/v1/incidents/{id}/notes/{note}", |object| format!("{0}/notes/1", id("INC-000", object)), true),
    ("/api/v1/incidents/{id}/tasks/{task}", |object| format!("{0}/tasks/1", id("INC-000", object)), true),
    (
        "/api/v1/incidents/{id}/decisions/{decision}",
        |object| format!("{0}/decisions/1", id("INC-000", object)),
        true,
    ),
    (
        "/api/v1/incidents/{id}/timeline/{moment}",
        |object| format!("{0}/timeline/1", id("INC-000", object)),
        true,
    ),
    ("/api/v1/incidents/{id}/links/{link}", |object| format!("{0}/links/1", id("INC-000", object)), true),
    (
        "/api/v1/incidents/{id}/parts/{part}",
        |object| format!("{0}/parts/scribe", id("INC-000", object)),
        true,
    ),
    ("/api/v1/incidents/{id}", |object| id("INC-000", object), true),
    (
        "/api/v1/evidence/{hash}",
        |object| hash(if object == Object::Open { OPEN } else { SECRET }).to_string(),
        true,
    ),
    ("/api/v1/sources/{name}/alerts", |_| "edr/alerts".to_owned(), false),
    ("/api/v1/sources/{name}/tokens/{token}", |_| "web-logs/tokens/0000000000000001".to_owned(), false),
    ("/api/v1/sources/{name}", |_| "web-logs".to_owned(), false),
    ("/api/v1/alert/{id}/merge/{case}", |object| format!("{0}/merge/{0}", id("~", object)), true),
    ("/api/alert/{id}/merge/{case}", |object| format!("{0}/merge/{0}", id("~", object)), true),
    ("/api/v1/alert/{id}", |object| id("~", object), true),
    ("/api/alert/{id}", |object| id("~", object), true),
    ("/api/v1/case/{id}", |object| id("~", object), true),
    ("/api/case/{id}", |object| id("~", object), true),
    ("/{index}/_bulk", |_| "logs/_bulk".to_owned(), false),
    ("/api/v1/reported/{id}", |object| id("REP-000", object), true),
    ("/api/v1/reports/{number}", |_| "RPT-0000-0000-0000".to_owned(), false),
    ("/report/{number}", |_| "RPT-0000-0000-0000".to_owned(), false),
    ("/api/v1/users/{id}/tokens/{token}", |_| "USR-0001/tokens/0000000000000001".to_owned(), false),
    ("/api/v1/users/{id}", |_| "USR-0001".to_owned(), false),
    ("/api/v1/tokens/{id}", |_| "0000000000000001".to_owned(), false),
    ("/api/v1/sessions/{id}", |_| "0000000000000001".to_owned(), false),
];

/// Routes about something of one's own, or of a provider: where there is none, 404 is what they say to whom they let
/// in.
pub const NOTHING_THERE: &[&str] = &[
    "/api/v1/tokens/{id}",
    "/api/v1/sessions/{id}",
    "/api/v1/sources/{name}/tokens/{token}",
    "/api/v1/reports/{number}",
    "/api/v1/reports/{number}/additions",
    "/report/{number}",
    "/api/v1/account/second-factor/qr",
    "/api/v1/oidc/start",
    "/api/v1/oidc/callback",
];

fn id(prefix: &str, object: Object) -> String {
    format!("{prefix}{}", if object == Object::Open { 1 } else { 2 })
}

/// Bodies that routes about such objects take; others are sent an empty one. What would change who sees an object
/// lacks the version, and is not carried out.
const BODIES: &[Body] = &[
    ("/api/v1/exceptions/{id}/end", || json!({"reason": "the scanner is gone"})),
    (
        "/api/v1/exceptions/{id}",
        || json!({"rule": "ssh-brute-force", "reason": "a scanner", "expires": "2026-12-01T00:00:00Z"}),
    ),
    ("/api/v1/incidents/{id}/access", || json!({"to": ["USR-0001"]})),
    ("/api/v1/reported/{id}/answers", || json!({"text": "thank you"})),
    ("/api/v1/reported/{id}/state", || json!({"state": "dealt-with"})),
    ("/api/v1/evidence/{hash}/access", || json!({"to": ["USR-0001"]})),
    ("/api/v1/incidents/{id}/commander", || json!({"user": "USR-0001"})),
    ("/api/v1/incidents/{id}/suggestions/{what}", || json!({"verdict": "dismissed"})),
    ("/api/v1/incidents/{id}/notes", || json!({"text": "they see it, too"})),
    ("/api/v1/incidents/{id}/notes/{note}", || json!({"text": "they see it, too", "base": 9})),
    ("/api/v1/incidents/{id}/tasks", || json!({"title": "image the disk", "phase": "containment"})),
    (
        "/api/v1/incidents/{id}/tasks/{task}",
        || json!({"base": 9, "title": "image it", "phase": "containment", "mandatory": true, "owner": null, "due": null, "blocked_by": []}),
    ),
    ("/api/v1/incidents/{id}/tasks/{task}/state", || json!({"base": 9, "state": "done"})),
    ("/api/v1/incidents/{id}/attach", || json!({"filter": "id = ALR-000003", "reason": "the same hand"})),
    ("/api/v1/incidents/{id}/detach", || json!({"filter": "id = ALR-000003", "reason": "another hand"})),
    (
        "/api/v1/incidents/{id}/split",
        || json!({"filter": "id = ALR-000003", "title": "Another one", "reason": "another hand"}),
    ),
    ("/api/v1/incidents/{id}/merge", || json!({"into": "INC-0009", "reason": "the same hand"})),
    ("/api/v1/incidents/{id}/unmerge", || json!({"reason": "another hand"})),
    ("/api/v1/incidents/{id}/declare", || json!({"reason": "they were logged in"})),
    ("/api/v1/incidents/{id}/title", || json!({"title": "Break-in at night"})),
    (
        "/api/v1/incidents/{id}/severity",
        || json!({"severity": "high", "functional": "low", "information": "none", "recoverability": "regular", "reputation": "none", "reason": "one host"}),
    ),
    ("/api/v1/incidents/{id}/marking", || json!({"tlp": "TLP:RED", "pap": "PAP:RED"})),
    ("/api/v1/incidents/{id}/category", || json!({"category": "intrusions/system-compromise"})),
    ("/api/v1/incidents/{id}/parts/{part}", || json!({"users": []})),
    (
        "/api/v1/incidents/{id}/scope",
        || json!({"status": "confirmed", "reason": "seen", "entities": [{"kind": "host", "value": "web-01"}]}),
    ),
    ("/api/v1/incidents/{id}/phase", || json!({"phase": "analysis"})),
    ("/api/v1/incidents/{id}/close", || json!({"resolution": "resolved", "reason": "done"})),
    ("/api/v1/incidents/{id}/reopen", || json!({"reason": "seen again"})),
    ("/api/v1/incidents/{id}/decisions", || json!({"what": "isolate it", "reason": "it sends"})),
    ("/api/v1/incidents/{id}/decisions/{decision}/ruling", || json!({"ruling": "approved", "reason": "go"})),
    ("/api/v1/incidents/{id}/timeline", || json!({"at": "2026-01-02T03:04:05Z", "what": "a call"})),
    (
        "/api/v1/incidents/{id}/timeline/{moment}",
        || json!({"base": 9, "at": "2026-01-02T03:04:05Z", "what": "a call", "pinned": false}),
    ),
    ("/api/v1/incidents/{id}/timeline/{moment}/remove", || json!({"reason": "it was not so"})),
    ("/api/v1/incidents/{id}/links", || json!({"address": "https://example.org/1", "what": "a ticket"})),
    ("/api/v1/incidents/{id}/exports", || json!({"to": "court", "values": true, "evidence": false})),
];

/// A route with a path that leads to an object.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The route.
    pub route: Declared,
    /// The path.
    pub path: String,
    /// Which object it is about; none when it is about no such object.
    pub object: Option<Object>,
}

/// All routes with their paths: one for routes without an object that can be restricted, two for others.
#[track_caller]
pub fn samples(site: &Site) -> Vec<Sample> {
    site.declared().iter().flat_map(|route| paths(route)).collect()
}

#[track_caller]
fn paths(route: &Declared) -> Vec<Sample> {
    let sample = |path: String, object| Sample { route: route.clone(), path, object };
    if !route.path.contains('{') {
        return vec![sample(route.path.clone(), None)];
    }
    let known = PARAMETERS.iter().find(|(prefix, _, _)| route.path.starts_with(prefix));
    let (prefix, value, is_guarded) = known.unwrap_or_else(|| panic!("no sample path for {route:?}"));
    let (start, _) = prefix.split_once('{').unwrap();
    let path = |object| format!("{start}{}{}", value(object), &route.path[prefix.len()..]);
    let both = [Object::Open, Object::Restricted]
        .into_iter()
        .filter(|object| *is_guarded || *object == Object::Open);
    let samples: Vec<Sample> =
        both.map(|object| sample(path(object), is_guarded.then_some(object))).collect();
    assert!(samples.iter().all(|sample| !sample.path.contains('{')), "no sample path for {route:?}");
    samples
}

impl Sample {
    /// Sends the request with the body that the route takes.
    #[track_caller]
    pub fn send(&self, client: &Client) -> Answer {
        if let (Access::Sends(_), "POST" | "PUT") = (self.route.access, self.route.method.as_str()) {
            let is_ours = self.route.path == "/api/v1/events";
            let content_type = if is_ours { "application/x-ndjson" } else { "application/json" };
            return client.raw(&self.route.method, &self.path, Some(content_type), b"{}\n");
        }
        if self.route.method == "POST" && self.route.path.starts_with("/report") {
            let form = Some("application/x-www-form-urlencoded");
            return client.raw("POST", &self.path, form, b"number=RPT-0000-0000-0000");
        }
        let known = BODIES.iter().find(|(path, _)| *path == self.route.path).map(|(_, body)| body());
        let body = match self.route.method.as_str() {
            "GET" | "DELETE" => None,
            _ => Some(known.unwrap_or_else(|| json!({}))),
        };
        client.head(&self.route.method, &self.path, body.as_ref())
    }
}

/// The document that describes the routes.
pub struct Document(Value);

impl Document {
    /// As the server gives it to anybody.
    pub fn of(site: &Site) -> Document {
        Document(site.nobody().get("/api/v1/openapi.json").expect(200).json())
    }

    /// The operation of a route.
    #[track_caller]
    pub fn operation(&self, route: &Declared) -> &Value {
        let operation = &self.0["paths"][&route.path][route.method.to_lowercase()];
        assert!(operation.is_object(), "{route:?} is not described");
        operation
    }

    /// Whether the route reads a body of a closed type. What sources send is none.
    pub fn reads_body(&self, route: &Declared) -> bool {
        !matches!(route.access, Access::Sends(_))
            && !route.is_foreign
            && self.operation(route)["requestBody"]["content"]["application/json"].is_object()
    }

    /// The schema of the body that a route reads.
    #[track_caller]
    pub fn body(&self, route: &Declared) -> &Value {
        self.resolved(&self.operation(route)["requestBody"]["content"]["application/json"]["schema"])
    }

    fn resolved<'d>(&'d self, schema: &'d Value) -> &'d Value {
        match schema["$ref"].as_str() {
            Some(name) => self.0.pointer(name.trim_start_matches('#')).expect("what is referred to is there"),
            None => schema,
        }
    }
}

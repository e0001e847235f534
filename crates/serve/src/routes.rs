//! The routes of all features, each with what it asks, and the document that describes them.
//!
//! [`Routes::add`] is the only way to a route, and takes an [`Access`]: one that declares none is not built.

use crate::access::{Access, gate};
use crate::answers::Answers;
use crate::http::{BodyLimit, KEY, KEY_CHARS, Once, PROBLEM_JSON, Problem, once};
use crate::server::Server;
use crate::settings::Settings;
use axum::http::Method;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::MethodRouter;
use axum::{Extension, Router};
use std::sync::Arc;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, Info, License, ObjectBuilder, OpenApi, OpenApiBuilder, Ref, RefOr,
    Required, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter, UtoipaMethodRouterExt};

/// Where the interface lies.
pub const API: &str = "/api/v1";
/// The name of the cookie that carries a session. Its prefix binds it to this host, to TLS and to every path.
pub const COOKIE: &str = "__Host-cofferdam";

/// One route as it was declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The feature that it belongs to.
    pub feature: &'static str,
    /// `GET`, `POST` …
    pub method: String,
    /// The path with its parameters, such as `/api/v1/alerts/{id}`.
    pub path: String,
    /// What it asks.
    pub access: Access,
    /// It has the form of another product's interface, and is not described with ours.
    pub is_foreign: bool,
}

/// Collects routes.
pub struct Routes {
    server: Arc<Server>,
    router: OpenApiRouter<Arc<Server>>,
    foreign: Router<Arc<Server>>,
    feature: &'static str,
    declared: Vec<Declared>,
    /// Answers that were given to requests with a key.
    answers: Arc<Answers>,
}

impl Routes {
    /// No routes yet.
    pub fn new(server: Arc<Server>) -> Routes {
        let version = server.settings.version;
        let router = OpenApiRouter::with_openapi(described(version));
        let (foreign, declared) = (Router::new(), Vec::new());
        Routes { server, router, foreign, feature: "", declared, answers: Arc::default() }
    }

    /// What the server was told before it started.
    pub fn settings(&self) -> &Settings {
        &self.server.settings
    }

    /// What follows belongs to this feature.
    pub fn of(&mut self, feature: &'static str) -> &mut Routes {
        self.feature = feature;
        self
    }

    /// Adds a route: what it asks, and its one handler, as `routes!(handler)`.
    pub fn add(&mut self, access: Access, route: UtoipaMethodRouter<Arc<Server>>) -> &mut Routes {
        self.add_within(access, None, route)
    }

    /// As [`Routes::add`], for a route whose body may be larger than that of others.
    pub fn add_large(
        &mut self,
        access: Access,
        bytes: usize,
        route: UtoipaMethodRouter<Arc<Server>>,
    ) -> &mut Routes {
        self.add_within(access, Some(BodyLimit(bytes)), route)
    }

    fn add_within(
        &mut self,
        access: Access,
        limit: Option<BodyLimit>,
        route: UtoipaMethodRouter<Arc<Server>>,
    ) -> &mut Routes {
        let (schemas, mut paths, methods) = route;
        let mut is_post = false;
        for (path, item) in &mut paths.paths {
            for (method, operation) in operations(item) {
                let method = name(&method);
                is_post |= method == "POST";
                self.declared.push(Declared {
                    feature: self.feature,
                    method: method.to_owned(),
                    path: path.clone(),
                    access,
                    is_foreign: false,
                });
                complete(operation, method, access, path, self.feature);
            }
        }
        let guarded = from_fn_with_state((Arc::clone(&self.server), access), gate);
        let route: UtoipaMethodRouter<Arc<Server>> = (schemas, paths, methods);
        let router = std::mem::take(&mut self.router);
        self.router = router.routes(route.map(|methods| {
            // Behind the gate: whose key it is must be known, and that they still may.
            let methods = if is_post && access != Access::Public {
                let clock = Arc::clone(&self.server.clock);
                let answers = Arc::clone(&self.answers);
                methods.route_layer(from_fn_with_state(Once { answers, clock }, once))
            } else {
                methods
            };
            // Before whatever reads the body, and behind the gate: whoever may not is not read.
            let methods = match limit {
                Some(limit) => methods.route_layer(Extension(limit)),
                None => methods,
            };
            methods.route_layer(guarded)
        }));
        self
    }

    /// Adds a route that has the form of another product's interface, so that what speaks to that one speaks to us: the
    /// same gate stands before it.
    pub fn add_foreign(
        &mut self,
        access: Access,
        method: &Method,
        path: &str,
        handler: MethodRouter<Arc<Server>>,
    ) -> &mut Routes {
        let (feature, method) = (self.feature, method.as_str().to_owned());
        self.declared.push(Declared { feature, method, path: path.to_owned(), access, is_foreign: true });
        let guarded = from_fn_with_state((Arc::clone(&self.server), access), gate);
        self.foreign = std::mem::take(&mut self.foreign).route(path, handler.route_layer(guarded));
        self
    }

    /// As [`Routes::add_foreign`], for an interface that says no in a form of its own: `say` puts each of our problems
    /// into it, those of the gate as well.
    pub fn add_foreign_saying(
        &mut self,
        access: Access,
        method: &Method,
        path: &str,
        handler: MethodRouter<Arc<Server>>,
        say: fn(&Problem) -> Response,
    ) -> &mut Routes {
        let said = map_response(move |response: Response| async move {
            match response.extensions().get::<Problem>() {
                Some(problem) => say(problem),
                None => response,
            }
        });
        let (feature, method) = (self.feature, method.as_str().to_owned());
        self.declared.push(Declared { feature, method, path: path.to_owned(), access, is_foreign: true });
        let guarded = from_fn_with_state((Arc::clone(&self.server), access), gate);
        let handler = handler.route_layer(guarded).route_layer(said);
        self.foreign = std::mem::take(&mut self.foreign).route(path, handler);
        self
    }

    /// The router, what it consists of, and the document that describes it.
    pub fn done(self) -> (Router<Arc<Server>>, Vec<Declared>, OpenApi) {
        let (router, document) = self.router.split_for_parts();
        (router.merge(self.foreign), self.declared, document)
    }
}

fn operations(item: &mut utoipa::openapi::PathItem) -> Vec<(HttpMethod, &mut Operation)> {
    [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Delete, &mut item.delete),
        (HttpMethod::Patch, &mut item.patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
    .collect()
}

fn name(method: &HttpMethod) -> &'static str {
    match method {
        HttpMethod::Put => "PUT",
        HttpMethod::Post => "POST",
        HttpMethod::Delete => "DELETE",
        HttpMethod::Patch => "PATCH",
        _ => "GET",
    }
}

/// Adds what every operation shares: what it asks, and how it may be answered other than as it hopes.
fn complete(operation: &mut Operation, method: &str, access: Access, path: &str, feature: &str) {
    let mut statuses = vec![
        (400, "not understood"),
        (408, "too slow"),
        (431, "too long"),
        (500, "a failure here"),
        (503, "not now"),
    ];
    if access != Access::Public {
        statuses.extend([(401, "nobody is signed in"), (403, "not allowed")]);
        let schemes: &[&str] =
            if matches!(access, Access::Sends(_)) { &["source"] } else { &["token", "session"] };
        let needs: [&str; 0] = [];
        let security = schemes.iter().map(|scheme| SecurityRequirement::new(*scheme, needs));
        operation.security = Some(security.collect());
    } else {
        operation.security = Some(Vec::new());
    }
    if path.contains('{') {
        statuses.push((404, "there is no such object for the caller"));
    }
    if operation.request_body.is_some() {
        statuses.extend([
            (413, "too large"),
            (415, "another content type"),
            (422, "a value is not acceptable"),
        ]);
    }
    if method != "GET" {
        statuses.extend([(409, "something stands in the way"), (429, "too many attempts")]);
    }
    if method == "POST" && access != Access::Public {
        operation.parameters.get_or_insert_default().push(RefOr::T(key()));
        statuses.push((422, "a value is not acceptable, or the key stands for another request"));
    }
    for (status, description) in statuses {
        let responses = &mut operation.responses.responses;
        responses.entry(status.to_string()).or_insert_with(|| RefOr::T(problem(description)));
    }
    let asks = match access {
        Access::Public => "nothing".to_owned(),
        Access::SignedIn | Access::SignedInFresh => "to be signed in".to_owned(),
        Access::Needs(permission) | Access::NeedsFresh(permission) => permission.to_string(),
        Access::Sends(kind) => format!("to be a source of {}", kind.as_str()),
    };
    let extensions = ExtensionsBuilder::new().add("x-asks", asks).add("x-fresh", access.is_fresh()).build();
    operation.extensions.get_or_insert_default().merge(extensions);
    operation.tags = Some(vec![feature.to_owned()]);
    operation.operation_id = Some(operation_name(method, path));
}

/// What an operation is called in the document, where no two may share a name: `put_sources_by_name`.
fn operation_name(method: &str, path: &str) -> String {
    // Pages lie beside the interface, and some are called as a part of it.
    let path = path.strip_prefix(API).map_or_else(|| format!("/site{path}"), str::to_owned);
    let parts = path.split('/').filter(|part| !part.is_empty()).map(|part| match part.strip_prefix('{') {
        Some(parameter) => format!("by_{}", parameter.trim_end_matches('}')),
        None => part.replace(['-', '.'], "_"),
    });
    std::iter::once(method.to_ascii_lowercase()).chain(parts).collect::<Vec<_>>().join("_")
}

/// The header with which a request is carried out once, however often it is sent.
fn key() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(KEY_CHARS))
        .pattern(Some("^[!-~]+$"))
        .build();
    ParameterBuilder::new()
        .name(KEY)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("sent again with the same key, the request is carried out once"))
        .schema(Some(schema))
        .build()
}

fn problem(description: &str) -> utoipa::openapi::Response {
    let schema = Ref::from_schema_name(Problem::name());
    ResponseBuilder::new()
        .description(description)
        .content(PROBLEM_JSON, ContentBuilder::new().schema(Some(schema)).build())
        .build()
}

fn described(version: &str) -> OpenApi {
    let mut info = Info::new("Cofferdam", version);
    info.description =
        Some("Incident response: alerts, incidents, evidence, and the journal behind them.".to_owned());
    info.license = Some(License::new("Apache-2.0"));
    let token = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    let source = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("a token of a source"));
    let source = SecurityScheme::Http(source.build());
    let session = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE)));
    let components = ComponentsBuilder::new()
        .schema(Problem::name(), Problem::schema())
        .security_scheme("token", token)
        .security_scheme("session", session)
        .security_scheme("source", source)
        .build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

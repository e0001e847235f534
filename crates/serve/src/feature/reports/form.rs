//! The pages on which people report: plain forms, which every browser sends, with no script at all.

use super::IsOpen;
use super::given::{GivenHowBad, GivenReport, WHAT, text_within};
use super::page::{Asked, NotAsHoped, Page};
use crate::http::{Form, Id, NoQuery, Problem, Source};
use crate::identity::Bearer;
use crate::reports::key;
use crate::server::Server;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cofferdam_journal::report::ReportNumber;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Characters of what a page has and no other.
const ONCE: usize = 100;

/// What the page sends: everything, most of it empty.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportForm {
    /// What happened.
    #[schema(min_length = 1, max_length = 4000, pattern = r"\S")]
    what: String,
    /// How bad it is.
    #[serde(default)]
    how_bad: GivenHowBad,
    /// Since when.
    #[serde(default)]
    #[schema(max_length = 300)]
    when: String,
    /// A computer or device.
    #[serde(default)]
    #[schema(max_length = 300)]
    host: String,
    /// An account.
    #[serde(default)]
    #[schema(max_length = 300)]
    account: String,
    /// A link, or an address of mail.
    #[serde(default)]
    #[schema(max_length = 300)]
    link: String,
    /// A file.
    #[serde(default)]
    #[schema(max_length = 300)]
    file: String,
    /// How to reach them.
    #[serde(default)]
    #[schema(max_length = 300)]
    contact: String,
    /// The code, where one is asked for.
    #[serde(default)]
    #[schema(max_length = 300)]
    code: String,
    /// What this page has and no other: a form that is sent twice is one report.
    #[serde(default)]
    #[schema(max_length = 100)]
    once: String,
}

/// Whose report somebody looks for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindForm {
    /// The number that they were given.
    #[schema(max_length = 100)]
    number: String,
}

/// More of a report.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddForm {
    /// What is known now.
    #[schema(min_length = 1, max_length = 4000, pattern = r"\S")]
    text: String,
}

/// The page on which people report.
#[utoipa::path(
    get,
    path = "/report",
    responses(
        (status = 200, description = "the page", body = String, content_type = "text/html"),
        NotAsHoped
    )
)]
pub async fn ask(State(server): State<Arc<Server>>, _: NoQuery) -> Response {
    if !server.reports.is_open() {
        return Page::closed().answer(StatusCode::NOT_FOUND);
    }
    asked(&server, &GivenReport::default(), None).answer(StatusCode::OK)
}

/// The form, with what was written and what is wrong with it.
fn asked(server: &Server, given: &GivenReport, wrong: Option<&Problem>) -> Page {
    let once = Bearer::fresh("");
    Page::asked(&Asked { given, wrong, with_code: server.reports.asks_code(), once: once.reveal() })
}

/// Take what the page sent.
#[utoipa::path(
    post,
    path = "/report",
    request_body(content = ReportForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 201, description = "the number", body = String, content_type = "text/html"),
        NotAsHoped
    )
)]
pub async fn send(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    _: IsOpen,
    _: NoQuery,
    Form(form): Form<ReportForm>,
) -> Response {
    let (once, given) = form.given();
    match take(&server, source, &once, &given).await {
        Ok(number) => Page::taken(number).answer(StatusCode::CREATED),
        // What somebody wrote is not lost because of what is wrong with it.
        Err(problem) => asked(&server, &given, Some(&problem)).answer_with(&problem),
    }
}

async fn take(
    server: &Arc<Server>,
    source: Source,
    once: &str,
    given: &GivenReport,
) -> Result<ReportNumber, Problem> {
    let told = given.read(source)?;
    if once.chars().count() > ONCE {
        return Err(Problem::invalid().detail("this is not the form of the page"));
    }
    let (key, now) = (key(once, &given.texts()), (server.clock)());
    if let Some(number) = server.reports.recent.number(&key, now).filter(|_| !once.is_empty()) {
        return Ok(number);
    }
    let number = server.receive_report(told, source).await?;
    server.reports.recent.put(key, number, now);
    Ok(number)
}

/// Lead to the page of a report by its number.
#[utoipa::path(
    post,
    path = "/report/find",
    request_body(content = FindForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "to the page of the report"),
        NotAsHoped
    )
)]
pub async fn find(_: IsOpen, _: NoQuery, Form(form): Form<FindForm>) -> Response {
    // Whether there is such a report, the page says; no text of theirs stands in the address.
    let Ok(number) = ReportNumber::parse(&form.number) else {
        return Page::unknown().answer(StatusCode::NOT_FOUND);
    };
    match HeaderValue::from_str(&format!("/report/{number}")) {
        Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
        Err(_) => Page::unknown().answer(StatusCode::NOT_FOUND),
    }
}

/// The page of a report, for whoever has its number.
#[utoipa::path(
    get,
    path = "/report/{number}",
    params(("number" = String, Path, description = "the number that was told when it was sent")),
    responses(
        (status = 200, description = "the page", body = String, content_type = "text/html"),
        NotAsHoped
    )
)]
pub async fn look(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    _: IsOpen,
    _: NoQuery,
    Id(number): Id<String>,
) -> Response {
    shown(&server, source, &number, None)
}

fn shown(server: &Server, source: Source, number: &str, wrong: Option<&Problem>) -> Response {
    match server.report_of(number, source) {
        // The number is written as we write it, not as it came.
        Ok(row) => {
            let number = ReportNumber::parse(number).map(|number| number.to_string()).unwrap_or_default();
            let page = Page::shown(&number, &row, wrong);
            wrong.map_or_else(|| page.answer(StatusCode::OK), |problem| page.answer_with(problem))
        }
        Err(problem) if problem.status == 404 => Page::unknown().answer(StatusCode::NOT_FOUND),
        Err(problem) => Page::failed(&problem).answer_with(&problem),
    }
}

/// Add to a report, from its page.
#[utoipa::path(
    post,
    path = "/report/{number}",
    params(("number" = String, Path, description = "the number that was told when it was sent")),
    request_body(content = AddForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "to the page, with what was added"), NotAsHoped)
)]
pub async fn add(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    _: IsOpen,
    _: NoQuery,
    Id(number): Id<String>,
    Form(form): Form<AddForm>,
) -> Response {
    let Ok(known) = ReportNumber::parse(&number) else {
        return shown(&server, source, &number, None);
    };
    let added = match text_within(&form.text, WHAT) {
        Ok(()) => server.amend_report(&number, form.text.trim(), source).await,
        Err(problem) => Err(problem),
    };
    match (added, HeaderValue::from_str(&format!("/report/{known}"))) {
        (Ok(()), Ok(to)) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
        (Err(problem), _) => shown(&server, source, &number, Some(&problem)),
        (_, Err(_)) => shown(&server, source, &number, None),
    }
}

/// How the pages look.
#[utoipa::path(
    get,
    path = "/assets/report.css",
    responses((status = 200, description = "the style sheet", body = String, content_type = "text/css"))
)]
pub async fn style(_: NoQuery) -> Response {
    let css = HeaderValue::from_static("text/css; charset=utf-8");
    ([(header::CONTENT_TYPE, css)], include_str!("report.css")).into_response()
}

impl ReportForm {
    fn given(self) -> (String, GivenReport) {
        let ReportForm { what, how_bad, when, host, account, link, file, contact, code, once } = self;
        let address = String::new();
        (once, GivenReport { what, how_bad, when, host, account, address, link, file, contact, code })
    }
}

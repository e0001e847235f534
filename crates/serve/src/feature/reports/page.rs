//! The pages as they are written. They hold no script, and whatever somebody wrote is text in them.

use super::given::{GivenHowBad, GivenReport, SHORT, WHAT};
use super::view::whole;
use crate::http::{FORM_POLICY, PROBLEM_JSON, Problem, escaped};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cofferdam_journal::report::{Answer, ReportNumber, ReportRow, ReportState};
use jiff::Timestamp;
use std::collections::BTreeMap;
use utoipa::openapi::{Content, ContentBuilder, Ref, RefOr, Response as Described, ResponseBuilder};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

/// What one does meanwhile, whatever it is. Sources: CISA, "StopRansomware Guide", part 2; NIST SP 800-61r2, 3.2.
const MEANWHILE: &str = "<section><h2>What to do until we are in touch</h2><ul class=\"steps\">\
    <li><b>Leave the device switched on.</b> Traces are lost when it is turned off.</li>\
    <li>If something is being changed, copied or locked right now, <b>take the device off the network</b>: pull the \
    cable, or turn Wi-Fi off.</li>\
    <li>Delete nothing, and do not try to clean up. Leave the message or the file where it is.</li>\
    <li>If you gave a password away, change it now, <b>from another device</b>.</li>\
    <li>If money was sent or card data given, call your bank at once.</li></ul></section>";

/// A page as it is sent.
pub struct Page {
    title: &'static str,
    body: String,
}

/// The form as it is shown.
pub struct Asked<'a> {
    /// What was written before.
    pub given: &'a GivenReport,
    /// What is wrong with it.
    pub wrong: Option<&'a Problem>,
    /// A code is asked for.
    pub with_code: bool,
    /// What this page has and no other.
    pub once: &'a str,
}

impl Page {
    /// The form.
    pub fn asked(asked: &Asked<'_>) -> Page {
        let GivenReport { what, how_bad, when, host, account, link, file, contact, .. } = asked.given;
        let code = if asked.with_code {
            short("code", "The code", "It is on the notice that led you here.", "", true)
        } else {
            String::new()
        };
        let body = format!(
            "<h1>Did you notice something? Tell us.</h1>\
             <p>You need not know what it is, and nobody is blamed for asking. A few words are enough; \
             a false alarm is welcome, too.</p>{wrong}\
             <form method=\"post\" action=\"/report\" accept-charset=\"utf-8\">\
             <input type=\"hidden\" name=\"once\" value=\"{once}\">\
             <label for=\"what\">What happened?</label>\
             <textarea id=\"what\" name=\"what\" rows=\"6\" cols=\"60\" maxlength=\"{WHAT}\" required>\n{what}</textarea>\
             {how_bad}{code}\
             <fieldset><legend>If you know it (leave empty what you do not)</legend>{details}</fieldset>\
             <p><button type=\"submit\" class=\"main\">Send the report</button></p>\
             <p class=\"hint\">We keep what you write, and the address from which you send it, so that we can act on \
             it. Do not write passwords here.</p></form>{MEANWHILE}{find}",
            wrong = said(asked.wrong),
            once = escaped(asked.once),
            what = escaped(what),
            how_bad = choices(*how_bad),
            details = [
                short(
                    "contact",
                    "How can we reach you?",
                    "Such as a telephone number. Without it, we answer here alone.",
                    contact,
                    false
                ),
                short("when", "Since when?", "", when, false),
                short("host", "Which computer or device?", "Its name, or what it is.", host, false),
                short("account", "Which account or user name?", "", account, false),
                short("link", "Which link, or which sender?", "", link, false),
                short("file", "Which file?", "", file, false),
            ]
            .concat(),
            find = find(),
        );
        Page { title: "Report something", body }
    }

    /// The report was taken.
    pub fn taken(number: ReportNumber) -> Page {
        let body = format!(
            "<h1>Thank you. We have it.</h1>\
             <p>Those who deal with this see it from now on. Your report has this number:</p>\
             <p class=\"number\">{number}</p>\
             <p><b>Write it down, or keep this page.</b> It is shown only now, and we do not have it: with it you see how \
             far we are, read our answers, and add what you remember later.</p>\
             <p><a class=\"button\" href=\"/report/{number}\">Open the report</a></p>{MEANWHILE}"
        );
        Page { title: "We have your report", body }
    }

    /// A report, for whoever has its number.
    pub fn shown(number: &str, row: &ReportRow, wrong: Option<&Problem>) -> Page {
        let (state, means) = match row.state {
            ReportState::Received => ("Received", "We have it. Somebody will take it up."),
            ReportState::BeingLookedAt => ("Being looked at", "Somebody is working on it."),
            ReportState::DealtWith => {
                ("Dealt with", "Nothing more is done about it, unless you add something.")
            }
        };
        let answers = match row.answers.as_slice() {
            [] => "<p>There is no answer yet. Look again later.</p>".to_owned(),
            answers => answers.iter().map(answer).collect(),
        };
        let added = match row.additions.len() {
            0 => String::new(),
            1 => "<p class=\"hint\">You added something once.</p>".to_owned(),
            many => format!("<p class=\"hint\">You added something {many} times.</p>"),
        };
        let body = format!(
            "<h1>Your report</h1><p class=\"number\">{number}</p>\
             <dl><dt>State</dt><dd><b>{state}.</b> {means}</dd><dt>Received</dt><dd>{received}</dd></dl>\
             <section><h2>What we say to you</h2>{answers}</section>{wrong}\
             <form method=\"post\" action=\"/report/{number}\" accept-charset=\"utf-8\">\
             <label for=\"text\">Do you know more?</label>\
             <textarea id=\"text\" name=\"text\" rows=\"4\" cols=\"60\" maxlength=\"{WHAT}\" required></textarea>\
             {added}<p><button type=\"submit\" class=\"main\">Add it</button></p></form>{MEANWHILE}",
            number = escaped(number),
            received = time(row.received),
            wrong = said(wrong),
        );
        Page { title: "Your report", body }
    }

    /// There is no such report.
    pub fn unknown() -> Page {
        let body = format!(
            "<h1>We do not know this number</h1>\
             <p>Please compare it with what you wrote down: three groups of four letters and digits, such as \
             RPT-7K2M-0XQ4-9FZC.</p>{}<p><a href=\"/report\">Report something</a></p>",
            find()
        );
        Page { title: "Not known", body }
    }

    /// Nobody may report here.
    pub fn closed() -> Page {
        let body = "<h1>Reports are not taken here</h1>\
            <p>Please tell those who look after your computers in another way.</p>";
        Page { title: "Not here", body: body.to_owned() }
    }

    /// It cannot be shown now.
    pub fn failed(problem: &Problem) -> Page {
        let body = format!(
            "<h1>That did not work just now</h1>{}<p><a href=\"/report\">Back</a></p>",
            said(Some(problem))
        );
        Page { title: "Not now", body }
    }

    /// As it is sent.
    pub fn answer(&self, status: StatusCode) -> Response {
        let html = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"robots\" content=\"noindex\">\
             <title>{title}</title><link rel=\"icon\" href=\"data:,\">\
             <link rel=\"stylesheet\" href=\"/assets/page.css\"><link rel=\"stylesheet\" href=\"/assets/report.css\">\
             </head><body class=\"report\"><main>{body}</main></body></html>\n",
            title = self.title,
            body = self.body,
        );
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FORM_POLICY));
        // With none at all, browsers do not say of their own forms that they are ours.
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        (status, headers, html).into_response()
    }

    /// As it is sent with what went wrong.
    pub fn answer_with(&self, problem: &Problem) -> Response {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = self.answer(status);
        if let Some(seconds) = problem.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// How pages are described that say what is wrong: what is no form at all, or comes while nobody may report, is answered
/// as everywhere.
pub struct NotAsHoped;

impl IntoResponses for NotAsHoped {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let page = || Content::new(Some(String::schema()));
        let problem = || ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
        let described = |description| {
            let response = ResponseBuilder::new().description(description).content("text/html", page());
            RefOr::T(response.content(PROBLEM_JSON, problem()).build())
        };
        [
            ("403", "the code is not right"),
            ("404", "no such report, or nobody may report here"),
            ("413", "too large"),
            ("422", "a value is not acceptable"),
            ("429", "too many attempts"),
            ("503", "not now"),
        ]
        .map(|(status, description)| (status.to_owned(), described(description)))
        .into()
    }
}

fn said(wrong: Option<&Problem>) -> String {
    let Some(problem) = wrong else { return String::new() };
    let text = match (problem.status, problem.retry_after_s) {
        (429, seconds) => {
            // One second is added to what it takes, so that nobody comes too early.
            let minutes = seconds.unwrap_or(60).saturating_sub(1).div_ceil(60).max(1);
            let unit = if minutes == 1 { "minute" } else { "minutes" };
            format!(
                "Many reports came from where you are. What you wrote is still here: please send it again in \
                 {minutes} {unit}. If it cannot wait, tell somebody directly."
            )
        }
        (500.., _) => {
            "We could not take it just now. What you wrote is still here: please send it again in a minute. \
            If it cannot wait, tell somebody directly."
                .to_owned()
        }
        _ => sentence(problem.detail.as_deref().unwrap_or(problem.title)),
    };
    format!("<p class=\"wrong\" role=\"alert\">{}</p>", escaped(&text))
}

/// A detail as people read it.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", chars.as_str())
}

fn choices(chosen: GivenHowBad) -> String {
    let all = [
        (GivenHowBad::Now, "now", "It is happening now, or something was damaged, locked or stolen"),
        (GivenHowBad::Acted, "acted", "I opened, entered or gave something, and I am not sure about it"),
        (GivenHowBad::Odd, "odd", "Something looks odd, and I did nothing with it"),
        (GivenHowBad::Unsure, "unsure", "I cannot say"),
    ];
    let choice = |(of, value, text): (GivenHowBad, &str, &str)| {
        let checked = if of == chosen { " checked" } else { "" };
        format!(
            "<p class=\"choice\"><input type=\"radio\" name=\"how_bad\" id=\"{value}\" value=\"{value}\"{checked}> \
             <label for=\"{value}\">{text}</label></p>"
        )
    };
    let choices: String = all.map(choice).concat();
    format!("<fieldset><legend>What is closest to it?</legend>{choices}</fieldset>")
}

fn short(name: &str, label: &str, hint: &str, value: &str, is_required: bool) -> String {
    let required = if is_required { " required" } else { "" };
    let (hint, described) = match hint {
        "" => (String::new(), String::new()),
        hint => (
            format!("<p class=\"hint\" id=\"{name}-hint\">{hint}</p>"),
            format!(" aria-describedby=\"{name}-hint\""),
        ),
    };
    format!(
        "<label for=\"{name}\">{label}</label><input id=\"{name}\" name=\"{name}\" type=\"text\" size=\"40\" \
         maxlength=\"{SHORT}\" autocomplete=\"off\" value=\"{value}\"{described}{required}>{hint}",
        value = escaped(value),
    )
}

fn find() -> String {
    "<section><h2>Did you report something before?</h2>\
     <form method=\"post\" action=\"/report/find\" accept-charset=\"utf-8\">\
     <label for=\"number\">The number of your report</label>\
     <input id=\"number\" name=\"number\" type=\"text\" size=\"24\" maxlength=\"40\" autocomplete=\"off\" \
     autocapitalize=\"characters\" spellcheck=\"false\" class=\"mono\" required>\
     <p><button type=\"submit\">Look it up</button></p></form></section>"
        .to_owned()
}

fn answer(answer: &Answer) -> String {
    let text = whole(&answer.text);
    let text = text.as_deref().map_or_else(|| "(erased)".to_owned(), escaped);
    format!("<p class=\"answer\"><span class=\"hint\">{}</span><br>{text}</p>", time(answer.time))
}

fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

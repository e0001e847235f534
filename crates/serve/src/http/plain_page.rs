//! A page of a few words, for a browser that comes from elsewhere. It has no script and no style, and whatever
//! stands in it is text.

use super::problem::Problem;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A page of a few words.
pub struct PlainPage<'p> {
    /// What it is about.
    pub title: &'p str,
    /// Its paragraphs.
    pub text: &'p [&'p str],
    /// Where one goes from here, and what that is called.
    pub link: Option<(&'p str, &'p str)>,
    /// The browser follows the link by itself.
    pub leads_on: bool,
}

impl PlainPage<'_> {
    /// As it is sent.
    pub fn answer(&self, status: StatusCode) -> Response {
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        (status, [(header::CONTENT_TYPE, html)], self.to_html()).into_response()
    }

    fn to_html(&self) -> String {
        let title = escaped(self.title);
        let refresh = match self.link {
            Some((address, _)) if self.leads_on => {
                format!("<meta http-equiv=\"refresh\" content=\"0;url={}\">", escaped(address))
            }
            _ => String::new(),
        };
        let text: String = self.text.iter().map(|text| format!("<p>{}</p>", escaped(text))).collect();
        let link = self.link.map_or(String::new(), |(address, name)| {
            format!("<p><a href=\"{}\">{}</a></p>", escaped(address), escaped(name))
        });
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\">{refresh}<title>{title}</title></head>\
             <body><main><h1>{title}</h1>{text}{link}</main></body></html>\n"
        )
    }
}

/// Tells somebody why it did not work: a browser by a page that leads to `again`, programs as everywhere.
pub fn told(problem: Problem, headers: &HeaderMap, again: (&str, &str)) -> Response {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if !accepts.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/html")) {
        return problem.into_response();
    }
    let text = [problem.detail.as_deref(), problem.help.as_deref()];
    let text: Vec<&str> = text.into_iter().flatten().collect();
    let page = PlainPage { title: problem.title, text: &text, link: Some(again), leads_on: false };
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = page.answer(status);
    if let Some(seconds) = problem.retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Text as it stands in HTML, in an element or in an attribute between quotes.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_in_it_is_text() {
        let evil = "</title><script>'\"&";
        let page = PlainPage { title: evil, text: &[evil], link: Some((evil, evil)), leads_on: true };
        let html = page.to_html();
        assert_eq!(html.matches("<script").count(), 0);
        assert_eq!(html.matches("&lt;/title&gt;&lt;script&gt;&#39;&quot;&amp;").count(), 6);
    }

    #[test]
    fn browsers_get_a_page_and_programs_a_problem() {
        let kind = |accept: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.extend(accept.map(|accept| (header::ACCEPT, HeaderValue::from_static(accept))));
            let response = told(Problem::login_failed(), &headers, ("/", "again"));
            assert_eq!(response.status(), 401);
            response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned()
        };
        assert_eq!(kind(Some("text/html,application/xhtml+xml,*/*;q=0.8")), "text/html; charset=utf-8");
        for program in [None, Some("*/*"), Some("application/json")] {
            assert_eq!(kind(program), "application/problem+json");
        }
    }
}

//! Names that all web requests share, whoever logs them: Sigma's for web servers and proxies, and ECS.

use super::access_log::percent_decode;
use super::seek;
use crate::event::{Event, Value};
use std::borrow::Cow;

/// What a request's parts are called in a record.
pub(super) struct Names {
    /// `GET`.
    pub method: &'static str,
    /// Whom the client asked for.
    pub host: &'static str,
    /// Path and query, or a whole URL where a proxy was asked.
    pub target: &'static str,
    /// What the client calls itself.
    pub agent: &'static str,
    /// The page that led there.
    pub referrer: &'static str,
    /// `200`.
    pub status: &'static str,
}

/// Adds the shared names of a request to a record that has the parts under names of its own.
pub(super) fn share(event: &mut Event<'_>, names: &Names) {
    let own = [names.method, names.host, names.agent, names.referrer, names.status, names.target];
    let mut parts = [const { None }; 6];
    for field in &event.fields {
        if let Some(at) = own.iter().position(|name| *name == field.name)
            && parts[at].is_none()
        {
            parts[at] = Some(field.value.clone());
        }
    }
    let [method, host, agent, referrer, status, target] = parts;
    give(event, method, &["cs-method", "http.request.method"]);
    give(event, host, &["cs-host", "destination.domain"]);
    give(event, agent, &["cs-user-agent", "c-useragent", "user_agent.original"]);
    give(event, referrer, &["cs-referer"]);
    give(event, status, &["sc-status", "http.response.status_code"]);
    if let Some(target) = target.as_ref().and_then(Value::to_text) {
        push_target(event, target);
    }
}

fn give<'a>(event: &mut Event<'a>, value: Option<Value<'a>>, names: &[&'static str]) {
    let Some(value) = value else { return };
    for name in names {
        event.push_copy(name, &value);
    }
}

/// Adds a target in all its parts, and as it reads when percent-encoding is resolved twice.
pub(super) fn push_target<'a>(event: &mut Event<'a>, target: Cow<'a, str>) {
    let (stem, query) = split(&target);
    if let Some(query) = query {
        event.push("cs-uri-query", query.clone());
        event.push("c-uri-query", query);
    }
    if let Some(extension) = extension(&stem) {
        event.push("c-uri-extension", extension);
    }
    event.push("cs-uri-stem", stem);
    event.push("cs-uri", target.clone());
    event.push("c-uri", target.clone());
    event.push("url.decoded", percent_decode(target));
}

/// Adds a target of which the record has path and query apart.
pub(super) fn push_whole<'a>(event: &mut Event<'a>, stem: Cow<'a, str>, query: Option<&str>) {
    if event.get("c-uri-extension").is_none()
        && let Some(extension) = extension(&stem)
    {
        event.push("c-uri-extension", extension);
    }
    let whole = match query {
        Some(query) => Cow::Owned(format!("{stem}?{query}")),
        None => stem,
    };
    if event.get("cs-uri").is_none() {
        event.push("cs-uri", whole.clone());
        event.push("c-uri", whole.clone());
    }
    event.push("url.decoded", percent_decode(whole));
}

/// Path and query of a target.
fn split<'a>(target: &Cow<'a, str>) -> (Cow<'a, str>, Option<Cow<'a, str>>) {
    let Some(at) = seek::first(target.as_bytes(), b'?') else { return (target.clone(), None) };
    (part(target, 0, at), Some(part(target, at + 1, target.len())))
}

/// What follows the last point of the last segment, if it is short enough to be an extension.
fn extension<'a>(stem: &Cow<'a, str>) -> Option<Cow<'a, str>> {
    let at = memchr::memrchr2(b'.', b'/', stem.as_bytes()).filter(|at| stem.as_bytes()[*at] == b'.')?;
    (1..=8).contains(&(stem.len() - at - 1)).then(|| part(stem, at + 1, stem.len()))
}

fn part<'a>(text: &Cow<'a, str>, from: usize, to: usize) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[from..to]),
        Cow::Owned(text) => Cow::Owned(text[from..to].to_owned()),
    }
}

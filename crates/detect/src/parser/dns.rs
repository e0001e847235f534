//! Names that all questions to the domain name system share, whoever logs them.

use crate::event::{Event, Value};
use std::borrow::Cow;

/// Labels that registries put between a country and a name that somebody registered.
const SECOND_LEVEL: [&str; 12] =
    ["ac", "co", "com", "edu", "gob", "gouv", "gov", "mil", "ne", "net", "or", "org"];

/// Adds the name that was asked for, as `query` and in ECS, and the domain that it lies in.
pub(super) fn push_question<'a>(event: &mut Event<'a>, name: &Value<'a>) {
    let Some(text) = name.to_text().filter(|text| !text.is_empty()) else { return };
    if event.get("query").is_none() {
        event.push("query", text.clone());
    }
    if let Some(parent) = parent(&text) {
        event.push("dns.question.parent", parent);
    }
    event.push("dns.question.name", text);
}

/// The domain that somebody registered to hold the name, in lower case: its last two labels, or three
/// where the second last is one of a country's registry (`example.co.uk`). An approximation: the list of
/// public suffixes is longer than this. `None` for a name of less than three labels.
fn parent<'a>(name: &Cow<'a, str>) -> Option<Cow<'a, str>> {
    let bare = name.trim_end_matches('.');
    let mut dots = memchr::memrchr_iter(b'.', bare.as_bytes());
    let (last, second) = (dots.next()?, dots.next()?);
    let (country, registry) = (&bare[last + 1..], &bare[second + 1..last]);
    let of_registry =
        country.len() == 2 && SECOND_LEVEL.iter().any(|label| registry.eq_ignore_ascii_case(label));
    let start = if of_registry { dots.next()? } else { second };
    let end = bare.len();
    Some(match name {
        _ if bare[start..].bytes().any(|b| b.is_ascii_uppercase()) => {
            Cow::Owned(bare[start + 1..].to_ascii_lowercase())
        }
        Cow::Borrowed(whole) => Cow::Borrowed(&whole[start + 1..end]),
        Cow::Owned(_) => Cow::Owned(bare[start + 1..].to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_lies_in_the_domain_that_was_registered() {
        let cases = [
            ("a.b.example.org", Some("example.org")),
            ("A.B.Example.ORG.", Some("example.org")),
            ("x.example.co.uk", Some("example.co.uk")),
            ("example.co.uk", None),
            ("example.org", None),
            ("org", None),
            ("", None),
            ("..", None),
            ("é.é.é", Some("é.é")),
        ];
        for (name, want) in cases {
            assert_eq!(parent(&Cow::Borrowed(name)).as_deref(), want, "{name}");
        }
    }
}

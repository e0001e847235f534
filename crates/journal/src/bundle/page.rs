//! The page in a bundle that tells a stranger what it is and how to verify it.

use super::form::About;
use crate::note::Verifier;
use cofferdam_vocabulary::ContentHash;

/// The script that verifies a bundle without us.
pub(super) const VERIFY: &str = include_str!("verify.py");
/// The page; `{{name}}` stands where something is filled in.
const PAGE: &str = include_str!("page.html");

/// What the page tells of the bundle.
pub(super) struct Cover<'a> {
    pub(super) about: &'a About,
    pub(super) key: &'a Verifier,
    pub(super) entries: u64,
    pub(super) evidence: &'a [(ContentHash, u64)],
}

/// The page.
pub(super) fn page(cover: &Cover<'_>) -> String {
    let mut page = String::with_capacity(PAGE.len() + VERIFY.len() * 2);
    // What is filled in is not searched again, whatever it holds.
    let mut parts = PAGE.split("{{");
    page.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (name, rest) = part.split_once("}}").unwrap_or((part, ""));
        escape(&mut page, &filled(cover, name));
        page.push_str(rest);
    }
    page
}

fn filled(cover: &Cover<'_>, name: &str) -> String {
    let Cover { about, key, entries, evidence } = cover;
    match name {
        "about" => about.about.to_string(),
        "log" => about.log.clone(),
        "key" => key.to_string(),
        "key-id" => key.id().to_string(),
        "size" => about.checkpoint_size.to_string(),
        "made" => about.made.to_string(),
        "by" => about.by.clone(),
        "entries" => entries.to_string(),
        "streams" => about.streams.len().to_string(),
        "evidence" => evidence.len().to_string(),
        "evidence-bytes" => evidence.iter().map(|(_, bytes)| u128::from(*bytes)).sum::<u128>().to_string(),
        "script" => VERIFY.to_owned(),
        _ => String::new(),
    }
}

fn escape(page: &mut String, text: &str) {
    for ch in text.chars() {
        match ch {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            '\n' => page.push('\n'),
            ch if ch.is_control() => page.push('\u{fffd}'),
            ch => page.push(ch),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::FORMAT;
    use super::super::form::Listed;
    use super::*;
    use crate::note::{Name, Signer};
    use crate::stream::StreamId;

    #[test]
    fn whatever_is_filled_in_is_text() {
        let signer = Signer::new(Name::parse("<script>{{script}}").unwrap(), &[1; 32]);
        let about = About {
            format: FORMAT,
            log: signer.verifier().name().to_string(),
            checkpoint_size: 9,
            about: StreamId::Log,
            streams: vec![Listed { stream: StreamId::Log, entries: 9 }],
            made: jiff::Timestamp::UNIX_EPOCH,
            by: "\"'><img src=x onerror=alert(1)>\u{7}".to_owned(),
        };
        let cover = Cover { about: &about, key: signer.verifier(), entries: 9, evidence: &[] };
        let page = page(&cover);
        assert!(page.contains("&lt;script&gt;{{script}}"), "what is filled in is not filled again");
        assert!(page.contains("&quot;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;\u{fffd}"));
        for bad in ["<script", "<img", " src=\"", " href=\"", "\u{7}"] {
            assert!(!page.contains(bad), "{bad}");
        }
    }

    #[test]
    fn every_place_of_the_page_is_known() {
        for part in PAGE.split("{{").skip(1) {
            let (name, _) = part.split_once("}}").unwrap();
            let signer = Signer::new(Name::parse("log").unwrap(), &[1; 32]);
            let about = About {
                format: FORMAT,
                log: "log".to_owned(),
                checkpoint_size: 9,
                about: StreamId::Log,
                streams: vec![],
                made: jiff::Timestamp::UNIX_EPOCH,
                by: "cofferdam".to_owned(),
            };
            let cover = Cover { about: &about, key: signer.verifier(), entries: 9, evidence: &[] };
            assert!(!filled(&cover, name).is_empty(), "{name}");
        }
    }
}

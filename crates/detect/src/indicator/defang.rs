//! Undoes what people do to an indicator so that nobody clicks on it.

use std::borrow::Cow;

/// What stands for what, longest first. Letters are compared without case.
const DEFANGED: [(&str, &str); 22] = [
    ("[://]", "://"),
    ("[:]//", "://"),
    ("[dot]", "."),
    ("(dot)", "."),
    ("{dot}", "."),
    ("[at]", "@"),
    ("(at)", "@"),
    ("{at}", "@"),
    ("[.]", "."),
    ("(.)", "."),
    ("{.}", "."),
    ("[.", "."),
    (".]", "."),
    ("[:]", ":"),
    ("(:)", ":"),
    ("[/]", "/"),
    ("[@]", "@"),
    ("(@)", "@"),
    ("\\.", "."),
    ("hxxp", "http"),
    ("fxp://", "ftp://"),
    ("h**p", "http"),
];

/// The text as it was before it was made harmless: `hxxp://evil[.]example` is `http://evil.example`.
pub(super) fn refang(text: &str) -> Cow<'_, str> {
    let suspicious = |byte: u8| matches!(byte, b'[' | b'(' | b'{' | b'\\' | b']');
    let scheme = text
        .get(..4)
        .is_some_and(|start| ["hxxp", "fxp:", "h**p"].iter().any(|known| start.eq_ignore_ascii_case(known)));
    if !scheme && !text.bytes().any(suspicious) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(ch) = rest.chars().next() {
        let known = DEFANGED.iter().find(|(defanged, _)| {
            let at_start = defanged.starts_with(|ch: char| ch.is_ascii_alphabetic());
            (!at_start || out.is_empty())
                && rest.get(..defanged.len()).is_some_and(|start| start.eq_ignore_ascii_case(defanged))
        });
        match known {
            Some((defanged, plain)) => {
                out.push_str(plain);
                rest = &rest[defanged.len()..];
            }
            None => {
                out.push(ch);
                rest = &rest[ch.len_utf8()..];
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::refang;

    #[test]
    fn what_was_made_harmless_is_itself_again() {
        for (text, want) in [
            ("hxxp://evil[.]example/a", "http://evil.example/a"),
            ("HXXPS[://]evil(dot)example", "httpS://evil.example"),
            ("1.2.3[.4", "1.2.3.4"),
            ("a{at}evil[.]example", "a@evil.example"),
            ("http://evil.example/hxxp", "http://evil.example/hxxp"),
            ("evil\\.example", "evil.example"),
            ("plain.example", "plain.example"),
            ("[2001:db8::1]", "[2001:db8::1]"),
            ("é[.]example", "é.example"),
        ] {
            assert_eq!(refang(text), want);
        }
    }
}

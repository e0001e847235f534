//! Texts of which one must occur, in lower case, wherever a regular expression matches.

use regex_syntax::hir::{Class, Hir, HirKind};

/// More alternatives than this are not worth searching for.
const ALTERNATIVES: usize = 32;

/// The texts, or `None` when nothing of use is certain.
pub(super) fn required_texts(pattern: &str) -> Option<Vec<String>> {
    let hir = regex_syntax::Parser::new().parse(pattern).ok()?;
    let texts = of(&hir)?;
    (texts.len() <= ALTERNATIVES && texts.iter().all(|text| !text.is_empty())).then_some(texts)
}

/// Bytes that a text must have at least to match.
pub(super) fn shortest(pattern: &str) -> usize {
    let hir = regex_syntax::Parser::new().parse(pattern).ok();
    hir.and_then(|hir| hir.properties().minimum_len()).unwrap_or(0)
}

fn of(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(_) | HirKind::Class(_) => run(std::slice::from_ref(hir)).map(|text| vec![text]),
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => of(&repetition.sub),
        HirKind::Alternation(parts) => {
            let mut texts = Vec::new();
            for part in parts {
                texts.extend(of(part)?);
            }
            Some(texts)
        }
        HirKind::Concat(parts) => {
            let runs = parts.split(|part| letters(part).is_none()).filter_map(run).map(|text| vec![text]);
            let single = parts.iter().filter(|part| letters(part).is_none()).filter_map(of);
            runs.chain(single).max_by_key(|texts| texts.iter().map(String::len).min().unwrap_or(0))
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

fn run(parts: &[Hir]) -> Option<String> {
    let text: String = parts.iter().map(letters).collect::<Option<_>>()?;
    (!text.is_empty()).then_some(text)
}

/// The lower-case text of a part that always matches the same letters, whatever their case. Not where
/// it holds a sigma: its lower case depends on what follows.
fn letters(hir: &Hir) -> Option<String> {
    let text = match hir.kind() {
        HirKind::Literal(literal) => Some(std::str::from_utf8(&literal.0).ok()?.to_lowercase()),
        HirKind::Class(Class::Unicode(class)) => {
            let mut members = class.iter().flat_map(|range| range.start()..=range.end()).take(4);
            let first: String = members.next()?.to_lowercase().collect();
            members.all(|member| member.to_lowercase().eq(first.chars())).then_some(first)
        }
        HirKind::Capture(capture) => letters(&capture.sub),
        _ => None,
    };
    text.filter(|text| !text.contains(['σ', 'ς']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_occur_is_found() {
        let cases: [(&str, Option<&[&str]>); 10] = [
            (r"powershell.*-Enc\s+[A-Za-z0-9]{20}", Some(&["powershell"])),
            (r"(?i)Invoke-Expre", Some(&["invoke-expre"])),
            (r"a(foo|BAR)b+c", Some(&["foo", "bar"])),
            (r"x?y*", None),
            (r"foo|.*", None),
            (r"(abc){2,}", Some(&["abc"])),
            (r"\d+", None),
            (r"^[A-Z]:\\Users\\", Some(&[":\\users\\"])),
            (r"", None),
            ("aΣ", None),
        ];
        for (pattern, want) in cases {
            let want = want.map(|texts| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
            match (required_texts(pattern), want) {
                (Some(got), Some(want)) if pattern.contains("(?i)") => {
                    assert!(want[0].contains(&got[0]), "{pattern}: {got:?}");
                }
                (got, want) => assert_eq!(got, want, "{pattern}"),
            }
        }
    }
}

//! Texts of which one must occur, in lower case, wherever a regular expression matches.

use regex_syntax::hir::{Class, Hir, HirKind};

/// More alternatives than this are not worth searching for.
const ALTERNATIVES: usize = 32;

/// The texts, or `None` when nothing of use is certain.
pub(super) fn required_texts(hir: &Hir) -> Option<Vec<String>> {
    let texts = of(hir)?;
    (texts.len() <= ALTERNATIVES && texts.iter().all(|text| !text.is_empty())).then_some(texts)
}

/// Texts that occur one behind the other, none within another, in exactly these letters, wherever the
/// expression matches: to look for them costs less than to start the search, and most often one is
/// missing.
pub(super) fn sequence(hir: &Hir) -> Vec<Box<[u8]>> {
    let mut texts = Vec::new();
    in_sequence(hir, &mut texts);
    texts
}

fn in_sequence(hir: &Hir, texts: &mut Vec<Box<[u8]>>) {
    match hir.kind() {
        HirKind::Literal(literal) => texts.push(literal.0.clone()),
        HirKind::Capture(capture) => in_sequence(&capture.sub, texts),
        HirKind::Repetition(repetition) if repetition.min > 0 => in_sequence(&repetition.sub, texts),
        HirKind::Concat(parts) => parts.iter().for_each(|part| in_sequence(part, texts)),
        _ => {}
    }
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

    fn hir(pattern: &str) -> Hir {
        regex_syntax::Parser::new().parse(pattern).unwrap()
    }

    #[test]
    fn texts_in_sequence_are_found() {
        let cases: [(&str, &[&str]); 7] = [
            (r"net\s+user\s+", &["net", "user"]),
            (r"https?://0[0-9]{3,11}", &["http", "://0"]),
            (r"\{.*\{.*\{", &["{", "{", "{"]),
            (r"(?:ab|cd)e(f)+[gh]i", &["e", "f", "i"]),
            (r"(?i)net\s+user", &[]),
            (r"(?i)a &&\s", &[" &&"]),
            (r"x*y?", &[]),
        ];
        for (pattern, want) in cases {
            let got = sequence(&hir(pattern));
            let got: Vec<_> = got.iter().map(|text| String::from_utf8_lossy(text)).collect();
            assert_eq!(got, want, "{pattern}");
        }
    }

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
            match (required_texts(&hir(pattern)), want) {
                (Some(got), Some(want)) if pattern.contains("(?i)") => {
                    assert!(want[0].contains(&got[0]), "{pattern}: {got:?}");
                }
                (got, want) => assert_eq!(got, want, "{pattern}"),
            }
        }
    }
}

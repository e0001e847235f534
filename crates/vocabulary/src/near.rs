//! Names that are nearly alike.

/// Letters compared at most: longer names are no slips of a finger.
const LONGEST: usize = 64;

/// The name that was probably meant: alike but for case, or a letter or two (one in short names). Names
/// that differ in their digits are meant to.
pub fn nearest<'n>(meant: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let allowed = match meant.chars().count() {
        0..=3 => 0,
        4..=11 => 1,
        _ => 2,
    };
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        if name.len().abs_diff(meant.len()) > 2 * allowed || !digits(name).eq(digits(meant)) {
            continue;
        }
        let away = if name.eq_ignore_ascii_case(meant) { 0 } else { distance(meant, name) };
        if away <= allowed && best.is_none_or(|(least, other)| (away, name) < (least, other)) {
            best = Some((away, name));
        }
    }
    best.map(|(_, name)| name)
}

fn digits(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(char::is_ascii_digit)
}

/// Letters to add, drop, change, or swap with the next one, regardless of case.
///
/// Source: L. Boytsov, optimal string alignment.
pub fn distance(one: &str, two: &str) -> usize {
    let letters = |text: &str| -> Vec<char> {
        text.chars().take(LONGEST).map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let (one, two) = (letters(one), letters(two));
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=two.len()).collect();
    for (row, a) in one.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, b) in two.iter().enumerate() {
            let change = last[column] + usize::from(a != b);
            let mut least = change.min(last[column + 1] + 1).min(next[column] + 1);
            let swapped = row > 0 && column > 0 && one[row - 1] == *b && two[column - 1] == *a;
            if swapped {
                least = least.min(before[column - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut last, next);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let names =
            ["CommandLine", "ParentCommandLine", "User", "UserName", "Hash", "Hashes", "FileName", "param1"];
        for (meant, want) in [
            ("commandline", Some("CommandLine")),
            ("CommadLine", Some("CommandLine")),
            ("CommandLien", Some("CommandLine")),
            ("UserNmae", Some("UserName")),
            ("Usr", None),
            ("Image", None),
            ("RuleName", None),
            ("param3", None),
            ("Zebra", None),
        ] {
            assert_eq!(nearest(meant, names), want, "{meant}");
        }
        assert_eq!(distance("abc", "acb"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance(&"a".repeat(100_000), "a"), 63);
    }
}

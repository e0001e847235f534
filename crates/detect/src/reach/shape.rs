//! What names look like. The build script uses this file as well.

/// What a name looks like: who brings names along brings more of the same looks.
pub(crate) fn shape(name: &str) -> &'static str {
    let has = |test: fn(&char) -> bool| name.chars().any(|letter| test(&letter));
    match (name.contains('.'), has(char::is_ascii_uppercase), has(char::is_ascii_lowercase)) {
        (true, _, _) => "dotted",
        (false, true, true) => "mixed",
        (false, true, false) => "upper",
        (false, false, _) => "lower",
    }
}

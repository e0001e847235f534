//! The table of requirements names tests that are there, and all of them.

use std::collections::BTreeSet;
use std::path::Path;

/// Functions of these tests whose names begin with a number of ASVS.
fn tests() -> BTreeSet<String> {
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it")];
    let mut found = BTreeSet::new();
    while let Some(folder) = waiting.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let named = text.split("#[test]\nfn ").skip(1).filter_map(|rest| rest.split('(').next());
            found.extend(named.filter(|name| number(name).is_some()).map(ToOwned::to_owned));
        }
    }
    found
}

/// `7.2.4` of `v7_2_4_a_session_is_new`.
fn number(name: &str) -> Option<String> {
    let parts: Vec<&str> = name.strip_prefix('v')?.splitn(4, '_').collect();
    let [chapter, section, item, _] = parts[..] else { return None };
    let all = [chapter, section, item];
    all.iter().all(|part| part.parse::<u8>().is_ok()).then(|| all.join("."))
}

#[test]
fn the_table_names_every_test_and_no_other() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/asvs.md");
    let table = std::fs::read_to_string(path).unwrap();
    let mut told = BTreeSet::new();
    for row in table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| number")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [asked, words, names] = cells[..] else { panic!("three cells: {row}") };
        if asked.starts_with("---") {
            continue;
        }
        assert!(!words.is_empty(), "{row}");
        for name in names.split(", ").map(|name| name.trim_matches('`')) {
            assert_eq!(number(name).as_deref(), Some(asked), "{row}");
            assert!(told.insert(name.to_owned()), "told twice: {name}");
        }
    }
    let there = tests();
    let missing: Vec<_> = told.difference(&there).collect();
    assert!(missing.is_empty(), "the table names tests that are not there: {missing:?}");
    let untold: Vec<_> = there.difference(&told).collect();
    assert!(untold.is_empty(), "tests that the table does not name: {untold:?}");
}

//! What is not there: features that know each other, programs that are started, threads and networks in pure crates.

use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

/// Files below a folder of this repository, with their text; none are a mistake of the test.
fn texts(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = files(&folder);
    assert!(!files.is_empty(), "{folder:?}");
    files.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn no_feature_imports_another() {
    for (path, text) in texts("src/feature") {
        if path.ends_with("feature/mod.rs") {
            continue;
        }
        assert!(!text.contains("crate::feature"), "{path:?}");
        // From `feature/NAME/FILE.rs`, two steps up are the list of features.
        let depth = path.components().rev().take_while(|part| part.as_os_str() != "feature").count();
        let up = "super::".repeat(depth - usize::from(path.ends_with("mod.rs")));
        assert!(!text.contains(&up), "{path:?} reaches {up}");
    }
}

#[test]
fn every_feature_is_in_the_list() {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/feature");
    let mut folders: Vec<String> = std::fs::read_dir(list)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let mut known: Vec<&str> = cofferdam_serve::feature::ALL.iter().map(|feature| feature.name).collect();
    folders.sort();
    known.sort_unstable();
    assert_eq!(folders, known);
}

#[test]
fn the_server_starts_no_program() {
    for (path, text) in texts("src") {
        for word in ["process::Command", "Command::new", "libc::exec", "posix_spawn"] {
            assert!(!text.contains(word), "{word} in {path:?}");
        }
    }
}

#[test]
fn pure_crates_wait_for_nothing() {
    let words = [
        "async fn",
        "async move",
        "tokio",
        "TcpStream",
        "UdpSocket",
        "std::thread",
        "Timestamp::now",
        "SystemTime::",
    ];
    for folder in ["vocabulary", "journal", "detect"] {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join("Cargo.toml");
        assert!(!std::fs::read_to_string(manifest).unwrap().contains("tokio"), "{folder}");
        for (path, text) in texts(&format!("../{folder}/src")) {
            let product = text.split("#[cfg(test)]").next().unwrap();
            let is_test =
                path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("test"));
            let code = product.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code.filter(|_| !is_test) {
                assert!(!words.iter().any(|word| line.contains(word)), "{path:?}: {line}");
            }
        }
    }
}

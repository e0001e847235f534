//! Tells the program which fields each log source gives: what our own fixtures hold.
//!
//! The snapshots beside the fixtures are the record of what the parsers make of them, and a test
//! demands that they are true. So is the table that is made of them here. A line for each class: its
//! words, the shapes of names that records bring along themselves, and the names, between tabs;
//! before them, the formats whose fixtures show the class.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[path = "src/reach/shape.rs"]
mod shape;

use shape::shape;

#[derive(Default)]
struct Class {
    open: BTreeSet<&'static str>,
    fields: BTreeSet<String>,
    /// Folders of the fixtures.
    formats: BTreeSet<String>,
}

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/reach/shape.rs");
    let mut classes: BTreeMap<String, Class> = BTreeMap::new();
    for case in cases(Path::new("data"))? {
        let log = fs::read_to_string(case.join("in.log"))?;
        let events = fs::read_to_string(case.join("events.snap")).unwrap_or_default();
        let format = case.parent().and_then(Path::file_name).unwrap_or_default();
        read(&log, &events, &format.to_string_lossy(), &mut classes);
    }
    let mut table = String::new();
    for (words, class) in classes {
        let fields: Vec<String> = class.fields.into_iter().collect();
        let open: Vec<&str> = class.open.into_iter().collect();
        let formats: Vec<String> = class.formats.into_iter().collect();
        table += &format!("{words}\t{}\t{}\t{}\n", open.join(" "), formats.join(" "), fields.join("\t"));
    }
    let out = env::var_os("OUT_DIR").map(PathBuf::from).ok_or(io::ErrorKind::NotFound)?;
    fs::write(out.join("fields.tsv"), table)
}

/// Folders with a fixture: `data/FORMAT/CASE`. What hostile ones hold, and those of what is of another format,
/// is nothing that a record of the format has.
fn cases(data: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut cases = BTreeSet::new();
    for format in fs::read_dir(data)? {
        let format = format?.path();
        for case in fs::read_dir(&format).into_iter().flatten() {
            let case = case?.path();
            let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_odd = name.starts_with("hostile") || name.starts_with("not-");
            if !is_odd && case.join("in.log").is_file() {
                cases.insert(case);
            }
        }
    }
    Ok(cases)
}

/// Reads a snapshot: a class in words and a colon, then its fields, two blanks further in.
fn read(log: &str, events: &str, format: &str, classes: &mut BTreeMap<String, Class>) {
    let mut words = None;
    // Behind the head of the snapshot, which stands between two rules.
    for line in events.splitn(3, "---\n").nth(2).unwrap_or_default().lines() {
        if let Some(field) = line.strip_prefix("  ") {
            let name = field.split_once(':').map_or(field, |(name, _)| name);
            let Some(words) = &words else { continue };
            if name != "at" && name != "repeated" && !name.contains(char::is_control) {
                let class: &mut Class = classes.entry(String::clone(words)).or_default();
                if format != FORWARDED && is_brought(name, log) {
                    class.open.insert(shape(name));
                }
                class.formats.insert(format.to_owned());
                class.fields.insert(name.to_owned());
            }
        } else if let Some(head) = line.strip_suffix(':') {
            words = Some(head.to_owned());
        } else {
            words = None;
        }
    }
}

/// What it carries is of other formats, whose names it does not make free: those beside the line are its own.
const FORWARDED: &str = "forwarded";

/// Whether the name, or each part of it, stands in the record itself: it is the writer's, not ours.
fn is_brought(name: &str, log: &str) -> bool {
    let is_key = |part: &str| log.contains(&format!("\"{part}\""));
    log.contains(&format!("{name}=")) || is_key(name) || name.split('.').all(is_key)
}

//! Takes rule files and licences out of a folder or archive.
//!
//! Archives are unpacked by `evidence`, within its limits: nothing is written while reading, links
//! are not followed, and what expands beyond reason ends the reading. Names come from whoever made the
//! archive, so each is checked before a file is called so.

use super::error::RulesError;
use crate::failure::Failure;
use cofferdam_evidence::{Content, Limits, Problem, Source, SourceKind, Step, code, read};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Files kept of one folder or archive, at most.
const MOST_FILES: usize = 50_000;
/// Bytes of all files kept, at most.
const MOST_BYTES: usize = 256 << 20;
/// Folders around a file, at most.
const DEEPEST: usize = 32;
/// How names of licence files begin.
const LICENCES: [&str; 4] = ["LICENSE", "LICENCE", "COPYING", "NOTICE"];

/// What was found.
#[derive(Debug, Default)]
pub struct Unpacked {
    /// Rule files and licences, in the order of the archive.
    pub files: Vec<Member>,
    /// What was left out: its name and why.
    pub refused: Vec<(String, String)>,
    /// SHA-256 of the archive; none for a folder.
    pub sha256: Option<String>,
}

/// A file to keep.
#[derive(Debug)]
pub struct Member {
    /// Below the folder or archive: no `..`, no drive, nothing absolute.
    pub path: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Member {
    /// Whether it is a licence rather than rules.
    pub fn is_licence(&self) -> bool {
        is_licence(&self.path.to_string_lossy())
    }
}

/// Reads a folder or archive.
///
/// # Errors
///
/// [`Failure`] when there is nothing there, the archive cannot be read to its end, or it holds more
/// than a set of rules does.
pub fn unpack(path: &Path) -> Result<Unpacked, Failure> {
    let metadata = std::fs::metadata(path).map_err(|cause| Failure::unreadable("rules", path, cause))?;
    let mut taking = Taking {
        root: path,
        is_folder: metadata.is_dir(),
        out: Unpacked::default(),
        seen: BTreeSet::new(),
        current: None,
        bytes: 0,
        failure: None,
    };
    let limits = Limits { members: 200_000, expanded_bytes: 4 << 30, ..Limits::default() };
    read(&[path.to_owned()], &limits, &mut |step| taking.take(step));
    match taking.failure {
        Some(failure) => Err(Failure::Rules(failure)),
        None => Ok(taking.out),
    }
}

struct Taking<'p> {
    root: &'p Path,
    is_folder: bool,
    out: Unpacked,
    /// Names taken, in lower case: some disks do not tell case apart.
    seen: BTreeSet<String>,
    current: Option<Member>,
    bytes: usize,
    failure: Option<RulesError>,
}

impl Taking<'_> {
    fn take(&mut self, step: Step) -> ControlFlow<()> {
        match step {
            Step::Opened(source) => self.current = self.open(&source),
            Step::Batch(batch) => {
                if let (Some(member), Content::Lines(lines)) = (&mut self.current, &batch.content) {
                    self.bytes += lines.len();
                    member.bytes.extend_from_slice(lines);
                }
            }
            Step::Closed(closed) => {
                if let Some(member) = self.current.take() {
                    if closed.rejected_records > 0 {
                        self.refuse(&member.path.to_string_lossy(), "it holds a line of more than 1 MiB");
                    } else {
                        self.out.files.push(member);
                    }
                }
            }
            Step::File(file) if !self.is_folder => {
                self.out.sha256 = file.sha256.map(|digest| digest.to_string());
            }
            Step::File(_) => {}
            Step::Problem(problem) => self.problem(&problem),
        }
        if self.bytes > MOST_BYTES {
            self.fail_beyond("256 MiB of rules");
        } else if self.out.files.len() > MOST_FILES {
            self.fail_beyond("50,000 rule files");
        }
        if self.failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn fail_beyond(&mut self, bound: &'static str) {
        self.failure = Some(RulesError::TooMuch { path: self.root.to_owned(), bound });
    }

    /// The file to keep of this source, if it is one.
    fn open(&mut self, source: &Source) -> Option<Member> {
        let name = self.below(&source.path);
        if !is_rules(&name) && !is_licence(&name) {
            return None;
        }
        if self.is_folder && goes_through_link(self.root, Path::new(&source.path)) {
            self.refuse(&name, "it is a link, or lies behind one");
            return None;
        }
        if source.kind != SourceKind::Text && source.kind != SourceKind::Utf16 {
            self.refuse(&name, "it is no YAML text");
            return None;
        }
        match clean(&name) {
            Ok(path) if self.seen.insert(name.to_lowercase()) => Some(Member { path, bytes: Vec::new() }),
            Ok(_) => {
                self.refuse(&name, "another file has the same name");
                None
            }
            Err(reason) => {
                self.refuse(&name, reason);
                None
            }
        }
    }

    /// The name below what was given: of a file on disk, of a member of the archive, or of the file
    /// itself.
    fn below(&self, path: &str) -> String {
        let root = self.root.display().to_string();
        let rest = path.strip_prefix(&root).unwrap_or(path);
        let rest =
            if self.is_folder { rest.strip_prefix('/') } else { rest.strip_prefix('!') }.unwrap_or(rest);
        if rest.is_empty() {
            return self.root.file_name().unwrap_or_default().to_string_lossy().into_owned();
        }
        rest.to_owned()
    }

    fn refuse(&mut self, name: &str, reason: &str) {
        self.out.refused.push((name.to_owned(), reason.to_owned()));
    }

    fn problem(&mut self, problem: &Problem) {
        let name = self.below(&problem.path);
        // Pictures and the like are no rules, and long lines are told of when the file ends.
        if matches!(problem.code, code::NOT_A_LOG | code::LONG_LINE | code::LARGE_ELEMENT | code::STRAY) {
            return;
        }
        if self.is_folder {
            self.refuse(&name, &problem.message);
        } else {
            self.failure = Some(RulesError::Incomplete {
                path: self.root.to_owned(),
                reason: format!("{} ({name})", problem.message),
            });
        }
    }
}

fn is_rules(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".yml") || name.ends_with(".yaml")
}

fn is_licence(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or_default().to_ascii_uppercase();
    LICENCES.iter().any(|licence| name.starts_with(licence))
}

/// The path that a name stands for, if it stays below the folder it is joined to, on any system.
fn clean(name: &str) -> Result<PathBuf, &'static str> {
    if name.starts_with('/') {
        return Err("its name is a path from the root");
    }
    if name.chars().any(|ch| ch.is_control() || matches!(ch, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|'))
    {
        return Err("its name has characters that names should not have");
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return Err("its name leads out of the archive");
    }
    if parts.len() > DEEPEST || parts.iter().any(|part| part.len() > 200) {
        return Err("its name is too long");
    }
    Ok(parts.iter().collect())
}

/// Whether the file, or a folder between it and the root, is a link.
fn goes_through_link(root: &Path, path: &Path) -> bool {
    let below = path.ancestors().take_while(|ancestor| *ancestor != root && ancestor.starts_with(root));
    below.into_iter().any(Path::is_symlink)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_below() {
        for (name, want) in [
            ("rules/a.yml", Some("rules/a.yml")),
            ("./rules//a.yml", Some("rules/a.yml")),
            ("inner.tar!a.yml", Some("inner.tar!a.yml")),
            ("../a.yml", None),
            ("rules/../../a.yml", None),
            ("/etc/a.yml", None),
            ("C:/a.yml", None),
            ("..\\a.yml", None),
            ("a\u{1b}[31m.yml", None),
            ("a\n.yml", None),
        ] {
            assert_eq!(clean(name).ok(), want.map(PathBuf::from), "{name:?}");
        }
        assert!(clean(&"x/".repeat(40)).is_err());
        assert!(clean(&"x".repeat(300)).is_err());
    }

    #[test]
    fn licences_are_known_by_their_names() {
        assert!(is_licence("a/LICENSE.Detection.Rules.md") && is_licence("copying") && is_licence("NOTICE"));
        assert!(!is_licence("LICENSE/a.txt") && !is_licence("licensed-rules.md/x"));
    }
}

//! What was read: sources with their counts, files with their hashes, problems, and matches.

use super::earlier::Earlier;
use super::progress::Progress;
use crate::notes;
use crate::pipeline::{self, Engine, Evidence, Told};
use cofferdam_detect::correlation::AddressBook;
use cofferdam_detect::intake::{Match, Processed};
use cofferdam_evidence::{FileRecord, SourceKind};
use cofferdam_review::{FileEntry, ProblemEntry, SourceEntry};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Everything that came out of the evidence.
#[derive(Default)]
pub struct Reading {
    /// Files on disk, in the order they were read.
    pub files: Vec<FileEntry>,
    /// Logs within them.
    pub sources: Vec<SourceEntry>,
    /// What was not understood.
    pub problems: Vec<ProblemEntry>,
    /// Matches with the place of their source in `sources`.
    pub matches: Vec<(usize, Match)>,
    /// Whose address is whose, as the records say.
    pub addresses: AddressBook,
    /// Indicators that were seen and not told: known to be good, or no longer valid.
    pub known_good: u64,
    pub expired: u64,
    hosts: BTreeMap<usize, BTreeMap<String, u64>>,
    /// Sources of which some record names its host.
    naming: BTreeSet<usize>,
    /// Sources whose file is in earlier results already; they are left out of these.
    known: BTreeSet<usize>,
}

impl Reading {
    /// Matches all of the evidence, which lies under the paths.
    pub fn of(evidence: Evidence, paths: &[PathBuf], engine: &Engine<'_>, quiet: bool) -> Reading {
        let mut reading = Reading::default();
        let mut progress = Progress::new(paths, quiet);
        pipeline::run(evidence, engine, &mut |told| {
            reading.take(told, &mut progress, quiet);
            ControlFlow::Continue(())
        });
        progress.finish();
        reading.infer_hosts();
        reading
    }

    /// Whether there was not one readable log; an empty file was read well enough.
    pub fn is_nothing(&self) -> bool {
        self.sources.is_empty() && (self.files.is_empty() || !self.problems.is_empty())
    }

    fn take(&mut self, told: Told, progress: &mut Progress, quiet: bool) {
        match told {
            Told::Opened(source) => {
                progress.source(&source.path);
                self.sources.push(SourceEntry {
                    path: source.path.as_str().into(),
                    kind: kind(source.kind).to_owned(),
                    bytes: 0,
                    read: 0,
                    parsed: 0,
                    as_text: 0,
                    outside: 0,
                    rejected: 0,
                    inferred_times: 0,
                    inferred_host: None,
                });
            }
            Told::Processed { source, processed } => {
                progress.records(processed.read);
                self.processed(source as usize, processed, progress, quiet);
            }
            Told::Closed(closed) => {
                if let Some(source) = self.sources.get_mut(closed.source.0 as usize) {
                    source.bytes = closed.bytes;
                    source.read += closed.rejected_records;
                    source.rejected += closed.rejected_records;
                }
            }
            Told::File(file) => {
                progress.file(file.bytes);
                self.files.push(entry(file));
            }
            Told::Problem(problem) => {
                if !quiet {
                    progress.aside(|| notes::evidence_problem(&problem));
                }
                self.problems.push(ProblemEntry {
                    code: problem.code.to_owned(),
                    path: problem.path,
                    place: problem.place.map(|place| place.to_string()),
                    message: problem.message,
                });
            }
        }
    }

    fn processed(&mut self, at: usize, processed: Processed, progress: &Progress, quiet: bool) {
        let Some(source) = self.sources.get_mut(at) else { return };
        source.read += processed.read;
        source.parsed += processed.parsed;
        source.as_text += processed.as_text;
        source.outside += processed.outside;
        source.rejected += processed.rejected;
        source.inferred_times += processed.inferred_times;
        self.known_good += processed.known_good;
        self.expired += processed.expired;
        for (code, (record, message)) in processed.problems {
            // Once for each source and kind: a broken file has a million broken lines.
            if self.problems.iter().any(|known| known.code == code && *known.path == *source.path) {
                continue;
            }
            if !quiet {
                progress.aside(|| notes::record_problem(code, &source.path, record, &message));
            }
            self.problems.push(ProblemEntry {
                code: code.to_owned(),
                path: source.path.to_string(),
                place: Some(format!("record {record}")),
                message,
            });
        }
        self.addresses.add(processed.addresses);
        if processed.names_host {
            self.naming.insert(at);
        }
        let hosts = self.hosts.entry(at).or_default();
        for (host, count) in processed.hosts {
            *hosts.entry(host).or_default() += count;
        }
        self.matches.extend(processed.matches.into_iter().map(|found| (at, found)));
    }

    /// Logs that name no host are of the host that all other logs of their folder name, if they name
    /// just one.
    fn infer_hosts(&mut self) {
        let mut by_folder: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (at, hosts) in &self.hosts {
            let names = by_folder.entry(folder(&self.sources[*at].path)).or_default();
            names.extend(hosts.keys().cloned());
        }
        for (at, source) in self.sources.iter_mut().enumerate() {
            let names_none = !self.naming.contains(&at);
            let folder = by_folder.get(&folder(&source.path)).filter(|names| names.len() == 1);
            if names_none && let Some(name) = folder.and_then(|names| names.first()) {
                source.inferred_host = Some(name.clone());
            }
        }
    }

    /// Drops what came from files that earlier results hold already.
    pub fn leave_out_known(&mut self, earlier: &Earlier, quiet: bool) {
        let is_known = |file: &&FileEntry| file.sha256.as_ref().is_some_and(|hash| earlier.knows(hash));
        let known: Vec<String> = self.files.iter().filter(is_known).map(|file| file.path.clone()).collect();
        for path in known.iter().filter(|_| !quiet) {
            let path = crate::text::plain(path);
            eprintln!("note[cofferdam::known-file]: `{path}` is in the results already and was left out");
        }
        let within = |path: &str| {
            let inside = |file: &String| {
                path.strip_prefix(file.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('!'))
            };
            known.iter().any(inside)
        };
        let of_known = self.sources.iter().enumerate().filter(|(_, source)| within(&source.path));
        self.known = of_known.map(|(at, _)| at).collect();
        self.matches.retain(|(at, _)| !self.known.contains(at));
        self.files.retain(|file| !known.contains(&file.path));
        self.problems.retain(|problem| !within(&problem.path));
    }

    /// Sources that no earlier results hold.
    pub fn new_sources(&self) -> impl Iterator<Item = &SourceEntry> {
        self.sources.iter().enumerate().filter(|(at, _)| !self.known.contains(at)).map(|(_, source)| source)
    }

    /// One count over all sources.
    pub fn total(&self, count: impl Fn(&SourceEntry) -> u64) -> u64 {
        self.new_sources().map(count).sum()
    }
}

fn entry(file: FileRecord) -> FileEntry {
    FileEntry { path: file.path, bytes: file.bytes, sha256: file.sha256.map(|hash| hash.to_string()) }
}

fn kind(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Text => "text",
        SourceKind::Utf16 => "utf-16",
        SourceKind::JsonDocument => "json",
        SourceKind::Evtx => "evtx",
    }
}

fn folder(path: &str) -> String {
    path.rsplit_once(['/', '!']).map_or(String::new(), |(folder, _)| folder.to_owned())
}

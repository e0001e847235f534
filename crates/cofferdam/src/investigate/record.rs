//! Records in the journal what an investigation read and found.

use super::case::Case;
use super::earlier::Earlier;
use super::reading::Reading;
use crate::failure::Failure;
use crate::journal::{JournalFailure, note_silent, world};
use crate::operator;
use crate::text::plain;
use cofferdam_journal::alert::{Alert, AlertIntent};
use cofferdam_journal::evidence::{Acquired, Evidence, EvidenceIntent};
use cofferdam_journal::incident::{Incident, IncidentIntent};
use cofferdam_journal::{Actor, Aggregate, Personal, StreamId};
use cofferdam_review::FileEntry;
use cofferdam_serve::live::facts;
use cofferdam_store::{Append, AppendError, BlobError, IncidentQuery, Store};
use cofferdam_vocabulary::{AlertId, ContentHash, IncidentId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

/// The data directory within a folder of results.
pub const FOLDER: &str = "data";

/// Opens the data directory while evidence is read: syncing to disk waits for the disk, not for us.
pub struct Recorder {
    results: PathBuf,
    opening: Option<JoinHandle<Result<Store, JournalFailure>>>,
}

/// Nothing came of the investigation: a data directory that was made for it goes again.
impl Drop for Recorder {
    fn drop(&mut self) {
        let Some(Ok(Ok(store))) = self.opening.take().map(JoinHandle::join) else { return };
        if store.found.size == 0 {
            let path = store.path().to_owned();
            drop(store);
            // What cannot be removed is an empty journal, and does no harm.
            let _ = std::fs::remove_dir_all(path);
            let _ = std::fs::remove_dir(&self.results);
        }
    }
}

/// What was recorded.
pub struct Recorded {
    /// The data directory.
    pub path: PathBuf,
    /// Entries that are new.
    pub entries: u64,
}

impl Recorder {
    /// Begins to open the data directory of these results.
    ///
    /// # Errors
    ///
    /// [`Failure::Unwritable`] when the folder cannot be made, or there can be no thread for it.
    pub fn begin(results: &Path) -> Result<Recorder, Failure> {
        let path = results.join(FOLDER);
        // The results are for others to read, the data directory is not.
        std::fs::create_dir_all(results).map_err(|cause| Failure::unwritable(results, cause))?;
        let open = {
            let path = path.clone();
            move || Store::create(&path, &operator::person(), world()).map_err(JournalFailure::from)
        };
        let opening = thread::Builder::new().name("open journal".to_owned()).spawn(open);
        let opening = opening.map_err(|cause| Failure::unwritable(&path, cause))?;
        Ok(Recorder { results: results.to_owned(), opening: Some(opening) })
    }

    /// Records evidence, alerts and incidents; returns when all is synced and signed.
    ///
    /// # Errors
    ///
    /// [`Failure::Journal`] when the journal cannot be opened or refuses.
    pub fn record(
        mut self,
        reading: &Reading,
        case: &Case,
        earlier: Option<&Earlier>,
        keep: bool,
    ) -> Result<Recorded, Failure> {
        let opened = self.opening.take().map(JoinHandle::join);
        let opened = opened.unwrap_or_else(|| Ok(Err(AppendError::Closed.into())));
        let store = opened.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let before = store.found.size;
        let files = || earlier.into_iter().flat_map(|earlier| &earlier.summary.files).chain(&reading.files);
        let mut record = Record { store: &store, appends: Vec::new(), is_new: before <= 1 };
        record.evidence(reading.files.iter(), keep)?;
        // Those that could not be read to their end are no evidence.
        let hash = |file: &'_ FileEntry| ContentHash::parse(file.sha256.as_ref()?).ok();
        let known = facts::Evidence::of(files().filter_map(|file| Some((file.path.as_str(), hash(file)?))));
        for alert in &case.alerts {
            let Ok(id) = AlertId::parse(&alert.id) else { continue };
            let intent = AlertIntent::Report(Box::new(facts::alert(alert, &known)));
            record.ask::<Alert>(StreamId::Alert(id), &operator::program(), vec![intent])?;
        }
        record.incidents(case)?;
        let Record { appends, .. } = record;
        store.journal.append_all(appends).map_err(JournalFailure::from)?;
        note_silent(&store.witness().map_err(JournalFailure::from)?);
        let entries = store.journal.read(|reader| reader.size()).map_err(JournalFailure::from)? - before;
        Ok(Recorded { path: store.path().to_owned(), entries })
    }
}

/// What is to be recorded, all at once.
struct Record<'s> {
    store: &'s Store,
    appends: Vec<Append>,
    /// Nothing is in the journal yet, so that nothing need be looked up.
    is_new: bool,
}

impl Record<'_> {
    fn ask<A: Aggregate>(
        &mut self,
        stream: StreamId,
        actor: &Actor,
        intents: Vec<A::Intent>,
    ) -> Result<(), JournalFailure> {
        let (mut state, expected) =
            if self.is_new { (A::default(), 0) } else { self.store.journal.state::<A>(stream)? };
        let mut facts = Vec::new();
        for intent in intents {
            let refused =
                |refusal: A::Refusal| JournalFailure::Refused { stream, reason: refusal.to_string() };
            let new = state.decide(intent).map_err(refused)?;
            state = new.iter().fold(state, A::evolve);
            facts.extend(new);
        }
        if !facts.is_empty() {
            self.appends.push(Append { stream, expected, actor: actor.clone(), facts });
        }
        Ok(())
    }

    /// The same content may have been read at several places.
    fn evidence<'f>(
        &mut self,
        files: impl Iterator<Item = &'f FileEntry>,
        keep: bool,
    ) -> Result<(), JournalFailure> {
        let mut intents: BTreeMap<ContentHash, Vec<EvidenceIntent>> = BTreeMap::new();
        let mut kept = BTreeSet::new();
        for file in files {
            let Some(hash) = file.sha256.as_ref().and_then(|hash| ContentHash::parse(hash).ok()) else {
                continue;
            };
            let known = intents.entry(hash).or_default();
            if keep && known.is_empty() && self.keep(&file.path, hash)? {
                kept.insert(hash);
            }
            known.push(EvidenceIntent::Acquire(Acquired {
                source: Personal::of(&file.path),
                bytes: file.bytes,
            }));
        }
        let person = operator::person();
        for (hash, mut intents) in intents {
            intents.extend(kept.contains(&hash).then_some(EvidenceIntent::Keep));
            self.ask::<Evidence>(StreamId::Evidence(hash), &person, intents)?;
        }
        Ok(())
    }

    /// Keeps a file that was read before. One that is gone or another by now is told, and only its hash recorded.
    fn keep(&self, path: &str, hash: ContentHash) -> Result<bool, JournalFailure> {
        let reason = match std::fs::File::open(path) {
            Err(cause) => cause.to_string(),
            Ok(mut file) => match self.store.blobs.keep(&mut file, Some(hash)) {
                Ok(_) => return Ok(true),
                Err(BlobError::Damaged { .. }) => "it changed since it was read".to_owned(),
                Err(error) => return Err(error.into()),
            },
        };
        let path = plain(path);
        eprintln!("note[journal::evidence]: `{path}` is not kept, only its hash is recorded: {reason}");
        Ok(false)
    }

    fn incidents(&mut self, case: &Case) -> Result<(), JournalFailure> {
        let program = operator::program();
        let mut there = BTreeMap::new();
        for incident in &case.incidents {
            let Ok(id) = IncidentId::parse(&incident.id) else { continue };
            let alerts: BTreeSet<AlertId> =
                incident.alerts.iter().filter_map(|id| AlertId::parse(id).ok()).collect();
            there.insert(id, alerts);
            let intent = IncidentIntent::Report(Box::new(facts::incident(incident)));
            self.ask::<Incident>(StreamId::Incident(id), &program, vec![intent])?;
        }
        if self.is_new {
            return Ok(());
        }
        let every = IncidentQuery { limit: usize::MAX >> 1, ..IncidentQuery::default() };
        let before = self.store.journal.read(|reader| reader.incidents(&every))?;
        for row in before.iter().filter(|row| !there.contains_key(&row.id)) {
            let (state, _) = self.store.journal.state::<Incident>(StreamId::Incident(row.id))?;
            let Some(report) = state.known else { continue };
            // It was joined with the incident that has most of its alerts now.
            let shared =
                |alerts: &BTreeSet<AlertId>| report.alerts.keys().filter(|id| alerts.contains(id)).count();
            let into = there.iter().map(|(id, alerts)| (shared(alerts), *id)).max();
            if let Some((1.., into)) = into {
                self.ask::<Incident>(
                    StreamId::Incident(row.id),
                    &program,
                    vec![IncidentIntent::Merge { into }],
                )?;
            }
        }
        Ok(())
    }
}

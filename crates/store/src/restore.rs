//! Makes a data directory of a backup, and applies all erasures that were ordered since.

use crate::backup::{BackupError, Contents, copy, is_empty, read};
use crate::blob::Blobs;
use crate::credentials::{CREDENTIALS, Credentials};
use crate::data_dir::{DATABASE, EVIDENCE, ReadOnly, Store, make_folder, signer, write_key};
use crate::journal::AskError;
use crate::sqlite::Sqlite;
use crate::storage::{Storage, StorageError, Stored};
use crate::tile_dir::io_at;
use crate::tree::Tree;
use crate::verify::verify;
use crate::world::World;
use cofferdam_journal::log::{Log, LogIntent};
use cofferdam_journal::merkle::leaf;
use cofferdam_journal::{Actor, Commitment, Entry, Fact, Head, Personal, Secret, StreamId, commitments};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Entries written in one transaction.
const AT_ONCE: usize = 2000;

/// What was restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Entries.
    pub entries: u64,
    /// Pieces of evidence.
    pub evidence: u64,
    /// Passwords, second factors and sets of recovery codes.
    pub credentials: usize,
    /// Values that the backup had and that were erased by an order that it did not know.
    pub erased: u64,
}

/// Makes the data directory `data`, which must not be one yet, of the backup in `folder`. Values that
/// `erased` names are not restored.
///
/// # Errors
///
/// [`BackupError`] when the backup is damaged or the directory cannot be written.
pub fn restore(
    folder: &Path,
    data: &Path,
    erased: &BTreeSet<Commitment>,
    actor: &Actor,
    world: World,
) -> Result<Restored, BackupError> {
    if !is_empty(data) {
        return Err(BackupError::Occupied { path: data.to_owned() });
    }
    // Looked at first, and made aside: a damaged backup leaves nothing behind. Orders in it count as well.
    let mut erased = erased.clone();
    read(folder, &mut |bytes, _| {
        erased.extend(ordered(&bytes));
        Ok(())
    })?;
    Credentials::check(&folder.join(CREDENTIALS))?;
    let aside = aside(data);
    let done = restore_into(folder, &aside, &erased, actor, world).and_then(|done| {
        std::fs::rename(&aside, data).map_err(io_at(data))?;
        Ok(done)
    });
    if done.is_err() {
        // Of no use to anybody; that nothing was restored is told.
        let _ = std::fs::remove_dir_all(&aside);
    }
    done
}

/// A folder beside the one that is to be made.
fn aside(data: &Path) -> PathBuf {
    // Without a slash at the end, which would lead into the folder.
    let mut name = data.components().collect::<PathBuf>().into_os_string();
    name.push(format!(".partial-{}", std::process::id()));
    PathBuf::from(name)
}

fn restore_into(
    folder: &Path,
    data: &Path,
    erased: &BTreeSet<Commitment>,
    actor: &Actor,
    world: World,
) -> Result<Restored, BackupError> {
    make_folder(data).map_err(io_at(data))?;
    write_key(data, &signer(folder)?)?;
    let mut done = Restored::default();
    let contents = entries(folder, data, erased, &mut done)?;
    done.entries = contents.checkpoint.size;
    done.evidence = evidence(folder, data)?;
    let copied = Credentials::copy(&folder.join(CREDENTIALS), &data.join(CREDENTIALS))?;
    done.credentials = copied.unwrap_or(0);
    let store = Store::open(data, world)?;
    let record = |intent| {
        store.journal.ask::<Log>(StreamId::Log, actor, intent).map_err(|error| match error {
            AskError::Append(cause) => StorageError::Io { what: cause.to_string() },
            AskError::Refused(refusal) => StorageError::Damaged { what: refusal.to_string() },
        })
    };
    record(LogIntent::Restore { size: done.entries })?;
    let order = Personal::of("ordered before the log was restored");
    record(LogIntent::Erase { commitments: newly(&store, erased)?, order })?;
    store.journal.rebuild().map_err(|error| StorageError::Io { what: error.to_string() })?;
    drop(store);
    check(data)?;
    Ok(done)
}

/// Orders to erase that this entry records.
fn ordered(bytes: &[u8]) -> Vec<Commitment> {
    if !matches!(Head::read(bytes), Ok(Head { stream: StreamId::Log, .. })) {
        return Vec::new();
    }
    match Entry::read(bytes, &|_| None) {
        Ok(Entry { fact: Fact::ValuesErased { values, .. }, .. }) => {
            values.iter().filter_map(|value| Commitment::parse(value)).collect()
        }
        _ => Vec::new(),
    }
}

/// Of the erased values, those that stand in this log and that no order in it names.
fn newly(store: &Store, erased: &BTreeSet<Commitment>) -> Result<Vec<Commitment>, StorageError> {
    let (log, _) = store.journal.state::<Log>(StreamId::Log)?;
    let unnamed: BTreeSet<Commitment> = erased.difference(&log.erased).copied().collect();
    let mut found = Vec::new();
    if !unnamed.is_empty() {
        store.journal.read(|reader| {
            reader.entries(0..u64::MAX, &mut |stored| {
                let stand = commitments(&stored.leaf).unwrap_or_default();
                found.extend(stand.into_iter().filter(|one| unnamed.contains(one)));
                std::ops::ControlFlow::Continue(())
            })
        })?;
    }
    Ok(found)
}

fn entries(
    folder: &Path,
    data: &Path,
    erased: &BTreeSet<Commitment>,
    done: &mut Restored,
) -> Result<Contents, BackupError> {
    let path = data.join(DATABASE);
    drop(crate::blob::private(&path).map_err(io_at(&path))?);
    let mut database = Sqlite::open(&path)?;
    let (mut tree, mut waiting) = (Tree::default(), Vec::new());
    let contents = read(folder, &mut |bytes, mut secrets| {
        let before = secrets.len();
        secrets.retain(|secret: &Secret| !erased.contains(&secret.commitment));
        done.erased += (before - secrets.len()) as u64;
        waiting.push((bytes, secrets));
        if waiting.len() == AT_ONCE { write(&mut database, &mut tree, &mut waiting) } else { Ok(()) }
    })?;
    write(&mut database, &mut tree, &mut waiting)?;
    database.transact(&mut |transaction| transaction.put_checkpoint(&contents.note))?;
    Ok(contents)
}

fn write(
    database: &mut Sqlite,
    tree: &mut Tree,
    waiting: &mut Vec<(Vec<u8>, Vec<Secret>)>,
) -> Result<(), BackupError> {
    let waiting = std::mem::take(waiting);
    database.transact(&mut |transaction| {
        for (bytes, secrets) in &waiting {
            let position = tree.size();
            let head = Head::read(bytes)
                .map_err(|error| StorageError::Damaged { what: format!("entry {position}: {error}") })?;
            let (stream, version) = (head.stream, head.version);
            let previous = transaction.last(stream)?.map(|last| last.position);
            let (leaf_bytes, secrets) = (bytes.clone(), secrets.clone());
            transaction.insert(&Stored { position, stream, version, previous, leaf: leaf_bytes, secrets })?;
            let mut tiles = Vec::new();
            tree.push(leaf(bytes), &mut |tile| tiles.push(tile));
            for tile in tiles {
                transaction.put_tile(tile.id.level, tile.id.index, &tile.hashes)?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

fn evidence(folder: &Path, data: &Path) -> Result<u64, BackupError> {
    let (from, to) = (Blobs::at(&folder.join(EVIDENCE)), Blobs::at(&data.join(EVIDENCE)));
    let mut copied = 0;
    for hash in from.all().map_err(io_at(&folder.join(EVIDENCE)))? {
        copy(&from, &to, hash)?;
        copied += 1;
    }
    Ok(copied)
}

/// What was restored verifies, or it is said that it does not.
fn check(data: &Path) -> Result<(), BackupError> {
    let read = ReadOnly::open(data)?;
    let found = verify(read.reader.as_ref(), &read.verifier)?;
    match found.problems.first() {
        None => Ok(()),
        Some(problem) => Err(StorageError::Damaged { what: problem.to_string() }.into()),
    }
}

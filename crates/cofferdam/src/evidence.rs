//! `cofferdam evidence`: what was collected, whether it is whole, who got it.

use crate::filter;
use crate::journal::{JournalFailure, Place};
use crate::operator;
use crate::text::{count, cut, group, plain};
use clap::{Args, Subcommand};
use cofferdam_journal::evidence::{Evidence, EvidenceIntent, Transfer};
use cofferdam_journal::view::EvidenceRow;
use cofferdam_journal::{Personal, StreamId, VALUE_BYTES};
use cofferdam_store::{AskError, BlobError, Reader, Store};
use cofferdam_vocabulary::ContentHash;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

/// Rows read at once.
const PAGE: usize = 500;

/// The verbs of `cofferdam evidence`.
#[derive(Debug, Subcommand)]
pub enum EvidenceCommand {
    /// List what was collected
    List(List),
    /// Read all that is kept again, and record what is not what was collected
    Check(Place),
    /// Copy a piece out; that it went out is recorded
    Get(Get),
    /// Record that somebody else holds a piece from now on
    HandOver(HandOver),
}

/// `cofferdam evidence list`.
#[derive(Args, Debug)]
#[command(after_help = filter::help::<EvidenceRow>())]
pub struct List {
    #[command(flatten)]
    pub place: Place,
    /// Only pieces that are so, such as 'source ~ auth.log and not kept'
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
    pub filter: Option<String>,
}

/// Which piece.
#[derive(Args, Debug)]
pub struct Piece {
    #[command(flatten)]
    pub place: Place,
    /// Its SHA-256, or the beginning of it
    #[arg(value_name = "SHA256")]
    pub hash: String,
}

/// `cofferdam evidence get`.
#[derive(Args, Debug)]
pub struct Get {
    #[command(flatten)]
    pub piece: Piece,
    /// The file to write; none must be there
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// What for
    #[arg(long, value_name = "WHY")]
    pub purpose: String,
}

/// `cofferdam evidence hand-over`.
#[derive(Args, Debug)]
pub struct HandOver {
    #[command(flatten)]
    pub piece: Piece,
    /// To whom
    #[arg(long, value_name = "WHO")]
    pub to: String,
    /// What for
    #[arg(long, value_name = "WHY")]
    pub purpose: String,
}

/// Does what was asked.
///
/// # Errors
///
/// [`JournalFailure`] with what to do about it.
pub fn run(command: &EvidenceCommand) -> Result<(), JournalFailure> {
    match command {
        EvidenceCommand::List(args) => list(args),
        EvidenceCommand::Check(place) => check(&*place.open()?),
        EvidenceCommand::Get(args) => get(args),
        EvidenceCommand::HandOver(args) => {
            said("--to", &args.to)?;
            said("--purpose", &args.purpose)?;
            let store = args.piece.place.open()?;
            let hash = find(&store, &args.piece.hash)?;
            let transfer = Transfer { to: Personal::of(&args.to), purpose: Personal::of(&args.purpose) };
            ask(&store, hash, EvidenceIntent::HandOver(transfer))?;
            say!("Recorded: {} holds {hash} from now on.", plain(&args.to));
            Ok(())
        }
    }
}

fn rows(reader: &dyn Reader) -> Result<Vec<EvidenceRow>, JournalFailure> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = reader.evidence(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.id);
        all.extend(page);
    }
}

fn list(args: &List) -> Result<(), JournalFailure> {
    let filter = filter::read(args.filter.as_deref())?;
    let mut rows = rows(args.place.read()?.reader.as_ref())?;
    rows.retain(|row| filter.matches(row));
    if rows.is_empty() {
        let what = if filter.is_empty() { "no evidence was collected" } else { "no evidence is so" };
        return Err(JournalFailure::Nothing { what: what.to_owned() });
    }
    let mut out = io::stdout().lock();
    for row in &rows {
        let state = match row {
            EvidenceRow { damaged: true, .. } => "DAMAGED",
            EvidenceRow { kept: true, .. } => "kept",
            _ => "hash only",
        };
        let (hash, source) = (row.id.to_string(), row.source.to_string());
        let time = row.acquired.strftime("%Y-%m-%d %H:%M");
        // Whoever reads may have enough of it; that is no failure of ours.
        let _ = writeln!(
            out,
            "{}…  {time}Z  {state:<9}  {:>12} B  {}",
            &hash[..12],
            group(row.bytes),
            cut(&plain(&source), 60)
        );
    }
    Ok(())
}

fn check(store: &Store) -> Result<(), JournalFailure> {
    let rows = store.journal.read(|reader| reader.evidence(None, usize::MAX >> 1))?;
    let (mut whole, mut damaged) = (0_u64, 0_u64);
    for row in rows.iter().filter(|row| row.kept) {
        let found = match store.blobs.copy(row.id, &mut io::sink()) {
            Ok(_) => {
                whole += 1;
                if row.damaged {
                    ask(store, row.id, EvidenceIntent::Keep)?;
                    say!("mended {}", row.id);
                }
                continue;
            }
            Err(error) => damage(&error).ok_or(error)?,
        };
        damaged += 1;
        say!("DAMAGED {}: {found}", row.id);
        ask(store, row.id, EvidenceIntent::ReportDamage { found })?;
    }
    say!("{} as collected.", count(whole, "piece is", "pieces are"));
    match damaged {
        0 => Ok(()),
        _ => Err(JournalFailure::Misfit {
            misfits: count(damaged, "damaged piece", "damaged pieces"),
            path: store.path().to_owned(),
        }),
    }
}

fn get(args: &Get) -> Result<(), JournalFailure> {
    said("--purpose", &args.purpose)?;
    let store = args.piece.place.open()?;
    let hash = find(&store, &args.piece.hash)?;
    whole(&store, hash)?;
    let unwritable = |cause| JournalFailure::Unwritable { path: args.out.clone(), cause };
    let mut out = File::create_new(&args.out).map_err(unwritable)?;
    // Recorded before it happens: what went out is never missing in the journal.
    let to = format!("file {}", args.out.display());
    let transfer = Transfer { to: Personal::of(&to), purpose: Personal::of(&args.purpose) };
    let recorded = ask(&store, hash, EvidenceIntent::Export(transfer));
    let copied = recorded.and_then(|()| Ok(store.blobs.copy(hash, &mut out)?));
    let done = copied.and_then(|bytes| out.sync_all().map(|()| bytes).map_err(unwritable));
    let bytes = done.inspect_err(|_| {
        // Half of a piece, or one that is not what was collected, is of no use.
        let _ = std::fs::remove_file(&args.out);
    })?;
    say!("Copied {} bytes, checked against {hash}.", group(bytes));
    Ok(())
}

/// What custody is about must be said, in words that are kept whole.
fn said(option: &str, text: &str) -> Result<(), JournalFailure> {
    let what = match text.trim() {
        "" => format!("{option} is empty"),
        _ if text.len() > VALUE_BYTES => {
            format!("{option} has more than {} bytes", group(VALUE_BYTES as u64))
        }
        _ => return Ok(()),
    };
    Err(JournalFailure::Usage { what })
}

/// Reads a piece to its end; that it is not what was collected is recorded.
fn whole(store: &Store, hash: ContentHash) -> Result<(), JournalFailure> {
    let Err(error) = store.blobs.copy(hash, &mut io::sink()) else { return Ok(()) };
    if let Some(found) = damage(&error) {
        // A piece that was never kept is refused with its reason.
        ask(store, hash, EvidenceIntent::ReportDamage { found })?;
    }
    Err(error.into())
}

/// What is wrong with a piece, if it is the piece that is wrong.
fn damage(error: &BlobError) -> Option<String> {
    match error {
        BlobError::Missing { .. } => Some("its bytes are missing".to_owned()),
        BlobError::Damaged { got, .. } => Some(format!("its bytes hash to {got}")),
        BlobError::Io { .. } => None,
    }
}

fn ask(store: &Store, hash: ContentHash, intent: EvidenceIntent) -> Result<(), JournalFailure> {
    let stream = StreamId::Evidence(hash);
    match store.journal.ask::<Evidence>(stream, &operator::person(), intent) {
        Ok(_) => Ok(()),
        Err(AskError::Append(error)) => Err(error.into()),
        Err(AskError::Refused(refusal)) => {
            Err(JournalFailure::Refused { stream, reason: refusal.to_string() })
        }
    }
}

/// The piece whose hash begins so, if there is one.
fn find(store: &Store, start: &str) -> Result<ContentHash, JournalFailure> {
    let start = start.to_ascii_lowercase();
    let rows = store.journal.read(|reader| reader.evidence(None, usize::MAX >> 1))?;
    let mut found = rows.iter().map(|row| row.id).filter(|hash| hash.to_string().starts_with(&start));
    match (found.next(), found.next()) {
        (Some(hash), None) => Ok(hash),
        (None, _) => Err(JournalFailure::Nothing {
            what: format!("no evidence has a hash that begins with `{}`", cut(&start, 70)),
        }),
        (Some(_), Some(_)) => Err(JournalFailure::Usage {
            what: format!("more than one piece of evidence begins with `{}`", cut(&start, 70)),
        }),
    }
}

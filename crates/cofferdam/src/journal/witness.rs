//! Names witnesses and asks them.

use super::args::WitnessCommand;
use super::error::JournalFailure;
use super::place::Place;
use crate::text::plain;
use cofferdam_journal::note::Verifier;
use cofferdam_store::{
    Answer, Reader, Saw, Witness, WitnessError, World, compared, set_witnesses, witnesses,
};
use std::path::Path;

/// The real world, with the network.
pub fn world() -> World {
    World::real(Box::new(|url, body| {
        let answer = cofferdam_connect::post(url, body)?;
        Ok(Answer { status: answer.status, body: answer.body })
    }))
}

/// Says on standard error which witnesses could not say anything.
pub fn note_silent(silent: &[(Witness, WitnessError)]) {
    for (witness, error) in silent {
        let said = plain(&error.to_string()).into_owned();
        eprintln!("note[journal::witness]: {said} ({})", plain(&witness.to_string()));
    }
}

/// Adds, removes, lists or asks.
pub fn run(command: &WitnessCommand) -> Result<(), JournalFailure> {
    match command {
        WitnessCommand::Add(args) => add(&args.place, &args.witness),
        WitnessCommand::Remove(args) => remove(&args.place, &args.witness),
        WitnessCommand::Check(place) => check(place),
    }
}

fn known(data: &Path) -> Result<Vec<Witness>, JournalFailure> {
    witnesses(data).map_err(|cause| JournalFailure::Witnesses { path: data.to_owned(), cause })
}

fn set(data: &Path, known: &[Witness]) -> Result<(), JournalFailure> {
    set_witnesses(data, known).map_err(|cause| JournalFailure::Witnesses { path: data.to_owned(), cause })
}

/// The witness as it is written down: a folder by its whole path, whichever folder a later command runs in.
fn named(text: &str) -> Result<Witness, JournalFailure> {
    let usage = |what: String| JournalFailure::Usage { what };
    if text.trim().is_empty() || text.contains(char::is_control) {
        return Err(usage("a witness is a folder, or an address that begins with https://".to_owned()));
    }
    match Witness::parse(text) {
        Witness::Url(url) if url.split_once("://").is_none_or(|(_, host)| host.is_empty()) => {
            Err(usage(format!("`{url}` names no host")))
        }
        Witness::Url(url) => Ok(Witness::Url(url)),
        Witness::Folder(path) => match path.canonicalize() {
            Ok(path) if path.is_dir() => Ok(Witness::Folder(path)),
            Ok(_) => Err(usage(format!("`{}` is no folder", path.display()))),
            Err(cause) => Err(usage(format!("the folder `{}` cannot be used: {cause}", path.display()))),
        },
    }
}

/// Asks it first: one that cannot be asked, or is against the journal, is not written down.
fn add(place: &Place, text: &str) -> Result<(), JournalFailure> {
    let witness = named(text)?;
    let data = place.read()?;
    let mut list = known(data.path())?;
    let heard =
        compared(data.reader.as_ref(), &data.verifier, std::slice::from_ref(&witness), &world().post, true)?;
    for (witness, said) in heard {
        match said {
            Ok(saw) => say!("{}: {}", plain(&witness.to_string()), words(saw)),
            Err(cause) => return Err(JournalFailure::Against { witness, cause }),
        }
    }
    if list.contains(&witness) {
        return Ok(());
    }
    list.push(witness);
    set(data.path(), &list)
}

fn remove(place: &Place, text: &str) -> Result<(), JournalFailure> {
    // Not by opening it for writing: a witness that is against it could not be removed then.
    let data = place.read()?;
    let mut list = known(data.path())?;
    let (given, whole) = (Witness::parse(text), named(text).ok());
    let before = list.len();
    list.retain(|witness| *witness != given && Some(witness) != whole.as_ref());
    if list.len() == before {
        let what = format!("`{given}` is no witness of this journal");
        return Err(JournalFailure::Nothing { what });
    }
    set(data.path(), &list)?;
    say!("Removed.");
    Ok(())
}

fn check(place: &Place) -> Result<(), JournalFailure> {
    let data = place.read()?;
    let Heard { lines, against } = heard(data.path(), data.reader.as_ref(), &data.verifier, &[], true)?;
    for line in &lines {
        say!("{}", plain(line));
    }
    if lines.is_empty() {
        say!("There is no witness: whoever owns this machine can rewrite the log.");
    }
    match against {
        None => Ok(()),
        Some((witness, cause)) => Err(JournalFailure::Against { witness, cause }),
    }
}

fn words(saw: Saw) -> &'static str {
    match saw {
        Saw::Before => "bears the journal out",
        Saw::First => "sees the journal for the first time, and remembers it from now on",
    }
}

/// What witnesses say.
#[derive(Default)]
pub struct Heard {
    /// A line each.
    pub lines: Vec<String>,
    /// The first that is against it.
    pub against: Option<(Witness, WitnessError)>,
}

/// What the witnesses of a journal that is only read say, and further ones. Folders are let see what is new only
/// if they may `keep` it.
pub fn heard(
    data: &Path,
    reader: &dyn Reader,
    verifier: &Verifier,
    further: &[String],
    keep: bool,
) -> Result<Heard, JournalFailure> {
    let mut list = known(data)?;
    list.extend(further.iter().map(|witness| Witness::parse(witness)));
    let mut heard = Heard::default();
    for (witness, said) in compared(reader, verifier, &list, &world().post, keep)? {
        match said {
            Ok(Saw::First) if !keep => heard.lines.push(format!("{witness}: never saw this journal")),
            Ok(saw) => heard.lines.push(format!("{witness}: {}", words(saw))),
            Err(error) => {
                heard.lines.push(format!("{witness}: {error}"));
                if error.is_against() && heard.against.is_none() {
                    heard.against = Some((witness, error));
                }
            }
        }
    }
    Ok(heard)
}

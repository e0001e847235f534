//! Names witnesses and asks them.

use super::args::WitnessCommand;
use super::error::JournalFailure;
use super::place::{Place, folder};
use crate::text::plain;
use cofferdam_store::{Answer, Witness, WitnessError, World, compared, set_witnesses, witnesses};
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

/// Adds, removes or asks.
pub fn run(command: &WitnessCommand) -> Result<(), JournalFailure> {
    match command {
        WitnessCommand::Add(args) => {
            let witness = Witness::parse(&args.witness);
            change(&args.place, |known| {
                if !known.contains(&witness) {
                    known.push(witness.clone());
                }
                Ok(())
            })?;
            check(&args.place)
        }
        WitnessCommand::Remove(args) => {
            let witness = Witness::parse(&args.witness);
            change(&args.place, |known| {
                let before = known.len();
                known.retain(|known| *known != witness);
                let what = || format!("`{witness}` is no witness of this journal");
                if known.len() < before { Ok(()) } else { Err(JournalFailure::Nothing { what: what() }) }
            })?;
            println!("Removed.");
            Ok(())
        }
        WitnessCommand::Check(place) => check(place),
    }
}

fn change(
    place: &Place,
    change: impl FnOnce(&mut Vec<Witness>) -> Result<(), JournalFailure>,
) -> Result<(), JournalFailure> {
    // Not by opening it for writing: a witness that is against it could not be removed then.
    let data = folder(&place.data);
    let failed = |cause| JournalFailure::Witnesses { path: data.clone(), cause };
    drop(place.read()?);
    let mut known = witnesses(&data).map_err(failed)?;
    change(&mut known)?;
    set_witnesses(&data, &known).map_err(failed)
}

fn check(place: &Place) -> Result<(), JournalFailure> {
    let store = place.open()?;
    let known = witnesses(store.path())
        .map_err(|cause| JournalFailure::Witnesses { path: store.path().to_owned(), cause })?;
    let against = store.witness()?;
    for witness in &known {
        let said = against.iter().find(|(other, _)| other == witness).map(|(_, error)| error.to_string());
        println!(
            "{}: {}",
            plain(&witness.to_string()),
            plain(&said.unwrap_or_else(|| "bears the journal out".to_owned()))
        );
    }
    if known.is_empty() {
        println!("There is no witness: whoever owns this machine can rewrite the log.");
    }
    match against.into_iter().next() {
        None => Ok(()),
        Some((witness, cause)) => Err(JournalFailure::Against { witness, cause }),
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

/// What the witnesses of a journal that is only read say, and further ones.
pub fn heard(
    data: &Path,
    reader: &dyn cofferdam_store::Reader,
    verifier: &cofferdam_journal::note::Verifier,
    further: &[String],
) -> Result<Heard, JournalFailure> {
    let mut known =
        witnesses(data).map_err(|cause| JournalFailure::Witnesses { path: data.to_owned(), cause })?;
    known.extend(further.iter().map(|witness| Witness::parse(witness)));
    let errors = compared(reader, verifier, &known, &world().post)?;
    let line = |witness: &Witness| match errors.iter().find(|(other, _)| other == witness) {
        None => format!("{witness} bears it out"),
        Some((_, error)) => format!("{witness}: {error}"),
    };
    let lines = known.iter().map(line).collect();
    Ok(Heard { lines, against: errors.into_iter().find(|(_, error)| error.is_against()) })
}

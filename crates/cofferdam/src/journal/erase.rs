//! Erases personal values.

use super::args::Erase;
use super::error::JournalFailure;
use crate::operator;
use crate::text::{count, cut, plain};
use cofferdam_journal::StreamId;
use cofferdam_store::{AskError, Store};

/// Values that are shown before they are erased.
const SHOWN: usize = 20;
/// Columns of a value that is shown.
const WIDTH: usize = 60;

/// Erases, or tells what would be erased.
pub fn run(args: &Erase) -> Result<(), JournalFailure> {
    if args.text.trim().is_empty() || args.order.trim().is_empty() {
        let what = "an empty text is part of every value, and an order needs words".to_owned();
        return Err(JournalFailure::Usage { what });
    }
    if args.order.to_lowercase().contains(&args.text.to_lowercase()) {
        let what =
            "the order holds the text itself, and would keep it: name it by a number or a date".to_owned();
        return Err(JournalFailure::Usage { what });
    }
    let store = args.place.open()?;
    if !args.yes {
        return tell(&store, &args.text);
    }
    let erased = store.erase(&args.text, &args.order, &operator::person()).map_err(|error| match error {
        AskError::Append(error) => JournalFailure::from(error),
        AskError::Refused(refusal) => {
            JournalFailure::Refused { stream: StreamId::Log, reason: refusal.to_string() }
        }
    })?;
    if erased.values == 0 {
        return Err(nothing(&args.text));
    }
    say!(
        "Erased {} of {}; the order is recorded.",
        count(erased.values as u64, "value", "values"),
        count(erased.entries as u64, "entry", "entries"),
    );
    say!(
        "Result files beside the data directory are not touched, nor is evidence. A backup\n\
         is free of the values after its next run; restore older copies of it with\n\
         `restore --erased-in` and this data directory."
    );
    Ok(())
}

fn nothing(text: &str) -> JournalFailure {
    JournalFailure::Nothing { what: format!("no personal value contains `{}`", cut(text, WIDTH)) }
}

fn tell(store: &Store, text: &str) -> Result<(), JournalFailure> {
    let values = store.values_with(text)?;
    if values.is_empty() {
        return Err(nothing(text));
    }
    say!("{} would be erased:\n", count(values.len() as u64, "value", "values"));
    for (position, secret) in values.iter().take(SHOWN) {
        say!("  entry {position:>7}  {}", cut(&plain(&secret.value), WIDTH));
    }
    if values.len() > SHOWN {
        say!("  … and {} more", values.len() - SHOWN);
    }
    say!("\nNothing was erased. It cannot be undone; pass --yes to do it.");
    Ok(())
}

//! Closed lists of words on the command line.

use clap::builder::PossibleValuesParser;
use cofferdam_journal::Word;
use cofferdam_vocabulary::Level;

/// Takes the words of a list and no others.
pub fn words<W: Word>() -> PossibleValuesParser {
    PossibleValuesParser::new(W::ALL.iter().map(|word| word.as_str()))
}

/// Takes a level.
pub fn level() -> PossibleValuesParser {
    PossibleValuesParser::new(Level::ALL.iter().map(|level| level.as_str()))
}

//! Why something asked of a source was refused.

use super::settings::{LONGEST_WORD, MAPPED, MOST_EXPECTED};
use super::token::SOURCE_TOKENS;
use crate::user::LONGEST;
use cofferdam_vocabulary::TokenId;

/// Why an intent was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceRefusal {
    /// There is none of that name.
    #[error("no such source was added")]
    NotAdded,
    /// The name is taken.
    #[error("a source of this name was added already, with other settings")]
    Added,
    /// What it sends is part of what it is: alerts and events take different ways.
    #[error("a source goes on to send what it sends; add another one")]
    OtherKind,
    /// No name of a parser.
    #[error("a parser's name has 1 to {LONGEST_WORD} letters, digits, `-`, `_` and `.`")]
    Parser,
    /// No name of a zone.
    #[error("a zone's name looks like `Europe/Berlin` or `UTC`")]
    Zone,
    /// Nothing that could be expected.
    #[error("1 to {MOST_EXPECTED} events a minute can be expected")]
    Expected,
    /// Fields without a form.
    #[error(
        "a mapping has at most {MAPPED} fields, each a name and a path of letters, digits and `-_./@$[]*~:`"
    )]
    Mapping,
    /// Events are read by parsers.
    #[error("only alerts are mapped; events are read by a parser")]
    MapsEvents,
    /// Only alerts come signed.
    #[error("only a source of alerts signs what it sends; give this one a token")]
    SignsNothing,
    /// It would never count.
    #[error("the token would have expired already")]
    Expired,
    /// It would count for too long.
    #[error("a token counts for at most {} days", LONGEST.as_hours() / 24)]
    TooLong,
    /// There are too many of them.
    #[error("the source has {SOURCE_TOKENS} tokens; revoke one that is not used any more")]
    TooManyTokens,
    /// The id is taken.
    #[error("the token {token} was issued already, with another secret or expiry")]
    TokenKnown {
        /// Which.
        token: TokenId,
    },
    /// It was never issued, or was revoked.
    #[error("the source has no token {token}")]
    NoSuchToken {
        /// Which.
        token: TokenId,
    },
}

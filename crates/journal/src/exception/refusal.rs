//! Why something asked of an exception was refused.

use super::spec::{CONDITIONS, LONGEST, REASON_CHARS, RULE_CHARS, VALUE_CHARS};

/// Why an intent was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExceptionRefusal {
    /// There is none of that number.
    #[error("no such exception was added")]
    NotAdded,
    /// The number is taken.
    #[error("an exception of this number was added already, with other terms")]
    Added,
    /// It hides nothing any more, and will not again.
    #[error("the exception was ended; add another one")]
    Ended,
    /// It would hide whatever comes.
    #[error("an exception names a rule, or what alerts are about, or both")]
    NamesNothing,
    /// No id of a rule.
    #[error("a rule's id has 1 to {RULE_CHARS} characters")]
    Rule,
    /// Nobody could say what it hides.
    #[error("an exception has at most {CONDITIONS} conditions")]
    TooManyConditions,
    /// No value.
    #[error("a value has 1 to {VALUE_CHARS} characters, of them a letter or a digit")]
    Value,
    /// No network.
    #[error(
        "a network looks like `192.0.2.0/24`, with zeros behind the bits that count, and at least one that does"
    )]
    Network,
    /// Nothing raises alerts that is called so.
    #[error(
        "a source is `rule`, or the name of a product: a to z, digits and `-`; reports of people are not hidden"
    )]
    Source,
    /// Whoever comes later must be able to understand it.
    #[error("a reason is needed, of at most {REASON_CHARS} characters")]
    Reason,
    /// It would never hide anything.
    #[error("the exception would have expired already")]
    Expired,
    /// It would be forgotten.
    #[error("an exception holds for at most {} days", LONGEST.as_hours() / 24)]
    TooLong,
}

//! Why something asked of a user was refused.

use super::enrolment::LINK_LASTS;
use super::token::{LONGEST, TOKENS};
use crate::permission::Permission;
use cofferdam_vocabulary::TokenId;

/// Why an intent was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserRefusal {
    /// There is nobody of that id.
    #[error("no such user was created")]
    NotCreated,
    /// The id is taken.
    #[error("a user of this id was created already")]
    Created,
    /// They may not work here.
    #[error("the user is disabled; enable them first")]
    Disabled,
    /// A name of nothing that can be seen.
    #[error("the name is empty")]
    NameEmpty,
    /// What an OpenID provider says of somebody is not that.
    #[error("an OpenID issuer has 1 to 500 characters, a subject 1 to 255")]
    Origin,
    /// For the day on which the provider is not there.
    #[error("a break-glass account logs in here, not at `{issuer}`")]
    BreakGlassElsewhere {
        /// The provider.
        issuer: String,
    },
    /// The provider asks for passwords and second factors.
    #[error("the user logs in at `{issuer}`, which keeps their password and second factor")]
    LogsInElsewhere {
        /// The provider.
        issuer: String,
    },
    /// Another link, or one that was used, replaced or is too old.
    #[error("the link is not good, or no longer")]
    LinkNotGood,
    /// A link of another length than it may have.
    #[error("a link to set a password is good for at most {} hours", LINK_LASTS.as_hours())]
    LinkLasts,
    /// Recovery codes stand in for a second factor.
    #[error("there is no second factor that recovery codes could stand in for")]
    NoSecondFactor,
    /// Too few or too many recovery codes.
    #[error("1 to 50 recovery codes are made at once, not {count}")]
    Codes {
        /// As asked for.
        count: u64,
    },
    /// All codes were used.
    #[error("no recovery code is left; an administrator can remove the second factor")]
    NoCodesLeft,
    /// A token that is good for nothing.
    #[error("a token needs a scope: at least one permission")]
    ScopeEmpty,
    /// A token cannot do what its user may not.
    #[error("the user's roles do not permit {}", list(beyond))]
    Beyond {
        /// What they do not permit.
        beyond: Vec<Permission>,
    },
    /// It would never count.
    #[error("the token would have expired already")]
    Expired,
    /// It would count for too long.
    #[error("a token counts for at most {} days", LONGEST.as_hours() / 24)]
    TooLong,
    /// There are too many of them.
    #[error("the user has {TOKENS} tokens; revoke one that is not used any more")]
    TooManyTokens,
    /// The id is taken.
    #[error("the token {token} was issued already, with another name, scope or expiry")]
    TokenKnown {
        /// Which.
        token: TokenId,
    },
    /// It was never issued, or was revoked.
    #[error("the user has no token {token}")]
    NoSuchToken {
        /// Which.
        token: TokenId,
    },
}

fn list(permissions: &[Permission]) -> String {
    permissions.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ")
}

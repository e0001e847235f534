//! What happened at the door: facts that are nobody's, in a stream for each day. Nothing is decided on them.

use crate::permission::Permission;
use crate::personal::Personal;
use cofferdam_vocabulary::UserId;
use serde::{Deserialize, Serialize};

/// Somebody did not get in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginFailed {
    /// The account, as it was typed.
    pub account: Personal,
    /// Whose it is; none when it is nobody's.
    pub user: Option<UserId>,
    /// From where.
    pub address: Personal,
    /// What did not fit.
    pub why: LoginFailure,
}

/// Why somebody did not get in. They themselves are told less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginFailure {
    /// Another password.
    Password,
    /// Another code, or one that was used.
    SecondFactor,
    /// No such account.
    Unknown,
    /// They may not work here now.
    Disabled,
    /// The OpenID provider, or what it said, was refused.
    Oidc,
}

/// Logins that were refused without a look at the password, since there had been too many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginsThrottled {
    /// The account, as it was typed.
    pub account: Personal,
    /// From where.
    pub address: Personal,
    /// How many.
    pub count: u64,
}

/// Requests for something that whoever asked may not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRefused {
    /// Who asked; none when nobody was logged in.
    pub user: Option<UserId>,
    /// What the route asks for; none when it is enough to be logged in.
    pub permission: Option<Permission>,
    /// The method, one of those that the server knows.
    pub method: String,
    /// The route as it is declared, never the path that was asked for.
    pub route: String,
    /// How often.
    pub count: u64,
}

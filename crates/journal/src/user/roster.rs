//! Rules over all users, which no single one of them can decide. Whoever records facts of users asks these under
//! one lock, so that two of them cannot both be right.

use super::{AccountName, Origin, UserIntent};
use crate::permission::TeamRole;
use crate::view::UserRow;
use cofferdam_vocabulary::UserId;

/// Why an intent is refused because of other users.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterRefusal {
    /// Another user logs in with it.
    #[error("the account `{account}` belongs to {user} already")]
    AccountTaken {
        /// The account.
        account: AccountName,
        /// Whose it is.
        user: UserId,
    },
    /// Another user is who the provider means.
    #[error("{user} is who the provider `{issuer}` means by this subject already")]
    SubjectTaken {
        /// The provider.
        issuer: String,
        /// Whose it is.
        user: UserId,
    },
    /// Nobody could administer the server any more.
    #[error("{user} is the last administrator who is enabled; make another one first")]
    LastAdministrator {
        /// Who.
        user: UserId,
    },
}

/// Whether what is asked of `user` goes together with all other users, as they stand.
///
/// # Errors
///
/// [`RosterRefusal`] when an account or an OpenID subject would belong to two, or nobody would be left to
/// administer the server.
pub fn check(users: &[UserRow], user: UserId, intent: &UserIntent) -> Result<(), RosterRefusal> {
    let administers_no_more = match intent {
        UserIntent::All(intents) => {
            return intents.iter().try_for_each(|intent| check(users, user, intent));
        }
        UserIntent::Create { account, origin, .. } => return free(users, user, account, origin),
        UserIntent::Disable => true,
        UserIntent::SetRoles { roles } => !roles.contains(&TeamRole::Administrator),
        _ => false,
    };
    let mut administrators = users.iter().filter(|row| row.profile.can_administer());
    match (administrators.next(), administrators.next()) {
        (Some(last), None) if administers_no_more && last.id == user => {
            Err(RosterRefusal::LastAdministrator { user })
        }
        _ => Ok(()),
    }
}

/// Nobody else has this account, nor is meant by what the provider says.
fn free(
    users: &[UserRow],
    user: UserId,
    account: &AccountName,
    origin: &Origin,
) -> Result<(), RosterRefusal> {
    for row in users.iter().filter(|row| row.id != user) {
        if row.profile.account.known() == Some(account.as_str()) {
            return Err(RosterRefusal::AccountTaken { account: account.clone(), user: row.id });
        }
        if let Origin::Oidc { issuer, .. } = origin
            && row.profile.origin == *origin
        {
            return Err(RosterRefusal::SubjectTaken { issuer: issuer.clone(), user: row.id });
        }
    }
    Ok(())
}

/// The user with this account; none after the account was erased.
pub fn by_account<'u>(users: &'u [UserRow], account: &AccountName) -> Option<&'u UserRow> {
    users.iter().find(|row| row.profile.account.known() == Some(account.as_str()))
}

/// The id of whoever is created next.
pub fn next_id(users: &[UserRow]) -> UserId {
    let last = users.iter().map(|row| row.id.0).max().unwrap_or(0);
    UserId(last.saturating_add(1))
}

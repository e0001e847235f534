//! Who may be told what: the same that they would see if they signed in.

use crate::identity::Known;
use crate::ledger::permission;
use crate::server::Server;
use cofferdam_journal::call::Matter;
use cofferdam_vocabulary::UserId;

/// Somebody who may be told of something.
///
/// # Errors
///
/// Why they are not.
pub fn who_may_know(server: &Server, user: UserId, about: Matter) -> Result<Known, &'static str> {
    let known = server.identity.roster.user(user).ok_or("there is no such user any more")?;
    if known.profile.disabled {
        return Err("they may not work here any more");
    }
    let needed = permission(about.stream());
    let has_role = known.profile.roles.iter().any(|role| role.permissions().contains(&needed));
    if has_role && server.need.allows(user, about.stream()) { Ok(known) } else { Err("they may not see it") }
}

//! Whether somebody can be asked to do something.

use super::Server;
use crate::http::Problem;
use cofferdam_journal::{Permission, StreamId, TeamRole};
use cofferdam_vocabulary::UserId;

impl Server {
    /// That somebody is let in, has a role that gives a permission (`what` in words: `leads`) and sees an object.
    ///
    /// # Errors
    ///
    /// 409 when they cannot.
    pub fn check_able(
        &self,
        user: UserId,
        permission: Permission,
        what: &str,
        sees: Option<StreamId>,
    ) -> Result<(), Problem> {
        let Some(known) = self.identity.roster.user(user) else {
            return Err(Problem::conflict().detail(format!("there is no user {user}")));
        };
        let may = |role: &TeamRole| role.permissions().contains(&permission);
        let why = if known.profile.disabled {
            "is disabled".to_owned()
        } else if !known.profile.roles.iter().any(may) {
            format!("has no role that {what}")
        } else if sees.is_some_and(|stream| !self.need.allows(user, stream)) {
            "does not see the incident".to_owned()
        } else {
            return Ok(());
        };
        Err(Problem::conflict().detail(format!("{user} {why}")))
    }
}

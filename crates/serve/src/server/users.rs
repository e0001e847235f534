//! Users made and changed: rules over all of them are checked while nobody else changes any.

use super::Server;
use crate::http::Problem;
use crate::ledger::RecordError;
use cofferdam_journal::user::{AccountName, Origin, User, UserIntent, UserRefusal, roster};
use cofferdam_journal::view::UserRow;
use cofferdam_journal::{Actor, Fact, StreamId, TeamRole};
use cofferdam_vocabulary::UserId;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Server {
    /// Makes a user. The caller holds `identity.changing`.
    ///
    /// # Errors
    ///
    /// 409 when the account is taken, 422 when something about it cannot be.
    pub async fn create_user(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountName,
        name: String,
        roles: BTreeSet<TeamRole>,
        origin: Origin,
        break_glass: bool,
    ) -> Result<UserId, Problem> {
        let id = self.identity.roster.next();
        let intent = UserIntent::Create { account, name, roles, origin, break_glass };
        self.change_user(actor, id, intent).await?;
        Ok(id)
    }

    /// Carries an intent of a user through. The caller holds `identity.changing` when it concerns a rule over all
    /// users: a new account, roles, disabling.
    ///
    /// # Errors
    ///
    /// 409 when a rule over all users stands against it, 422 when the user refuses.
    pub async fn change_user(
        self: &Arc<Self>,
        actor: &Actor,
        id: UserId,
        intent: UserIntent,
    ) -> Result<Vec<Fact>, Problem> {
        let users: Vec<UserRow> = self.identity.roster.all().iter().map(|user| (**user).clone()).collect();
        roster::check(&users, id, &intent)
            .map_err(|refusal| Problem::conflict().detail(refusal.to_string()))?;
        let asked = self.ledger.ask::<User>(StreamId::User(id), actor.clone(), intent);
        asked.await.map_err(|error| refused(&error))
    }
}

fn refused(error: &RecordError<UserRefusal>) -> Problem {
    use UserRefusal as R;
    let RecordError::Refused(refusal) = error else {
        return Problem::from_failure("a user cannot be changed", error);
    };
    let problem = match refusal {
        R::NotCreated | R::NoSuchToken { .. } => return Problem::not_found(),
        R::LinkNotGood | R::Beyond { .. } => Problem::forbidden(),
        R::Created
        | R::Disabled
        | R::BreakGlassElsewhere { .. }
        | R::LogsInElsewhere { .. }
        | R::NoSecondFactor
        | R::NoCodesLeft
        | R::TooManyTokens
        | R::TokenKnown { .. } => Problem::conflict(),
        R::NameEmpty
        | R::Origin
        | R::LinkLasts
        | R::Codes { .. }
        | R::ScopeEmpty
        | R::Expired
        | R::TooLong => Problem::invalid(),
    };
    problem.detail(refusal.to_string())
}

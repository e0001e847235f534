//! Users made and changed: rules over all of them are checked while nobody else changes any.

use super::Server;
use crate::http::Problem;
use crate::ledger::RecordError;
use cofferdam_journal::user::{AccountName, Origin, User, UserIntent, UserRefusal, roster};
use cofferdam_journal::view::UserRow;
use cofferdam_journal::{Actor, Fact, StreamId, TeamRole};
use cofferdam_store::Credential;
use cofferdam_vocabulary::{CredentialId, UserId};
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

    /// Sets a password that was checked. All sessions of the user end.
    ///
    /// # Errors
    ///
    /// 500 when it cannot be kept.
    pub async fn set_password(
        self: &Arc<Self>,
        actor: &Actor,
        id: UserId,
        password: String,
    ) -> Result<(), Problem> {
        let failed = |what: String| Problem::from_failure("a password cannot be kept", &what);
        let phc = self.identity.passwords.hash(password).await.map_err(failed)?;
        let credential = self.keep(Credential::Password { phc }).await?;
        // The one before stays until the next start: a backup of this moment may still name it.
        self.change_user(actor, id, UserIntent::SetPassword { credential }).await.map(|_| ())
    }

    /// Keeps a secret; the fact that makes it count comes after.
    ///
    /// # Errors
    ///
    /// 500 when it cannot be kept.
    pub async fn keep(self: &Arc<Self>, credential: Credential) -> Result<CredentialId, Problem> {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).map_err(|error| Problem::from_failure("no random bytes", &error))?;
        let id = CredentialId(bytes);
        let kept = self.ledger.run(move |ledger| ledger.store().credentials.put(id, credential)).await;
        let failed =
            |what: &dyn std::fmt::Display| Problem::from_failure("a credential cannot be kept", what);
        kept.map_err(|what| failed(&what))?.map_err(|error| failed(&error))?;
        Ok(id)
    }
}

fn refused(error: &RecordError<UserRefusal>) -> Problem {
    match error {
        RecordError::Refused(UserRefusal::NotCreated) => Problem::not_found(),
        RecordError::Refused(refusal) => Problem::invalid().detail(refusal.to_string()),
        RecordError::Failed { .. } => Problem::from_failure("a user cannot be changed", error),
    }
}

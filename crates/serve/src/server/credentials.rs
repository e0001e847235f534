//! Secrets that prove who somebody is: kept first, then named by the fact that makes them count.

use super::Server;
use crate::http::Problem;
use cofferdam_journal::Actor;
use cofferdam_journal::user::UserIntent;
use cofferdam_store::Credential;
use cofferdam_vocabulary::{CredentialId, UserId};
use std::sync::Arc;

impl Server {
    /// Sets a password that was checked. All sessions of the user end.
    ///
    /// # Errors
    ///
    /// As [`Server::change_user`]; 500 when it cannot be kept.
    pub async fn set_password(
        self: &Arc<Self>,
        actor: &Actor,
        id: UserId,
        password: String,
    ) -> Result<(), Problem> {
        self.change_password(actor, id, password, |credential| UserIntent::SetPassword { credential }).await
    }

    /// Keeps a password that was checked, and carries the intent through that makes it count.
    ///
    /// # Errors
    ///
    /// As [`Server::set_password`].
    pub async fn change_password(
        self: &Arc<Self>,
        actor: &Actor,
        id: UserId,
        password: String,
        intent: impl FnOnce(CredentialId) -> UserIntent + Send + 'static,
    ) -> Result<(), Problem> {
        let failed = |what: String| Problem::from_failure("a password cannot be hashed", &what);
        let phc = self.identity.passwords.hash(password).await.map_err(failed)?;
        self.change_credentials(actor, id, [Credential::Password { phc }], |[credential]| intent(credential))
            .await
    }

    /// Keeps secrets, and carries the intent through that makes them count. Those that count no more are removed.
    ///
    /// # Errors
    ///
    /// As [`Server::change_user`]; 500 when they cannot be kept.
    pub async fn change_credentials<const N: usize>(
        self: &Arc<Self>,
        actor: &Actor,
        id: UserId,
        secrets: [Credential; N],
        intent: impl FnOnce([CredentialId; N]) -> UserIntent + Send + 'static,
    ) -> Result<(), Problem> {
        let (server, actor) = (Arc::clone(self), actor.clone());
        Server::whole(async move {
            // Nobody sweeps what is kept here before the fact is there that names it.
            let _keeping = server.identity.keeping.lock().await;
            let mut ids = [CredentialId([0; 8]); N];
            for (id, secret) in ids.iter_mut().zip(secrets) {
                *id = server.keep(secret).await?;
            }
            server.change_user(&actor, id, intent(ids)).await?;
            server.sweep_credentials().await;
            Ok(())
        })
        .await
    }

    pub(super) async fn keep(self: &Arc<Self>, credential: Credential) -> Result<CredentialId, Problem> {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).map_err(|error| Problem::from_failure("no random bytes", &error))?;
        let id = CredentialId(bytes);
        let kept = self.ledger.run(move |ledger| ledger.store().credentials.put(id, credential)).await;
        let failed =
            |what: &dyn std::fmt::Display| Problem::from_failure("a credential cannot be kept", what);
        kept.map_err(|what| failed(&what))?.map_err(|error| failed(&error))?;
        Ok(id)
    }

    /// Removes secrets that count no more. What could not be removed now is, at the next change or start.
    pub(super) async fn sweep_credentials(self: &Arc<Self>) {
        let count = self.credentials_that_count();
        let swept = self.ledger.run(move |ledger| ledger.store().credentials.sweep(&count)).await;
        match swept {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(failure = %error, "old credentials could not be removed"),
            Err(what) => tracing::warn!(failure = %what, "old credentials could not be removed"),
        }
    }
}

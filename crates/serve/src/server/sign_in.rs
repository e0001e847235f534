//! Sessions begun and renewed, and what proves who somebody is.

use super::Server;
use crate::access::Caller;
use crate::http::{Problem, Source};
use crate::identity::{Began, Known, SecondFactor, recovery_hash};
use cofferdam_journal::session::{LoginMethod, Session, SessionEnd, SessionIntent, Started};
use cofferdam_journal::user::UserIntent;
use cofferdam_journal::{Actor, Fact, Personal, StreamId};
use cofferdam_store::Credential;
use cofferdam_vocabulary::SessionId;
use std::sync::Arc;

impl Server {
    /// Begins a session for somebody who has just proven who they are. It is recorded before it is told.
    ///
    /// # Errors
    ///
    /// 500 when it cannot be recorded.
    pub async fn begin_session(
        self: &Arc<Self>,
        user: &Known,
        method: LoginMethod,
        source: Source,
    ) -> Result<Began, Problem> {
        let began = self.identity.sessions.begin(user.id, source.place(), (self.clock)());
        self.identity.has_ended(began.ended.map(|session| (session, SessionEnd::Replaced)));
        let address = Personal::of(&source.0.to_string());
        let started = Started { user: user.id, method, address: address.clone() };
        let actor = Actor::Person(user.profile.account.clone());
        self.record_session(began.session.id, actor, SessionIntent::Start(started)).await?;
        if user.profile.break_glass {
            self.raise_alarm(user, address).await;
        }
        Ok(began)
    }

    /// Renews the session of somebody who has proven once more who they are: another id, another cookie.
    ///
    /// # Errors
    ///
    /// 401 when it ended meanwhile, 500 when it cannot be recorded.
    pub async fn raise_session(self: &Arc<Self>, caller: &Caller, id: SessionId) -> Result<Began, Problem> {
        let now = (self.clock)();
        let sessions = self.identity.sessions.of(caller.user, now);
        let before =
            sessions.into_iter().find(|session| session.id == id).ok_or_else(Problem::unauthenticated)?;
        let began = self.identity.sessions.raise(&before, now).ok_or_else(Problem::unauthenticated)?;
        let to = began.session.id;
        let recorded = self.record_session(id, caller.actor(), SessionIntent::Raise { to }).await;
        if recorded.is_err() {
            self.identity.sessions.end(|session| session.id == to);
        }
        recorded.map(|()| began)
    }

    async fn record_session(
        self: &Arc<Self>,
        id: SessionId,
        actor: Actor,
        intent: SessionIntent,
    ) -> Result<(), Problem> {
        let asked = self.ledger.ask::<Session>(StreamId::Session(id), actor, intent).await;
        asked.map(|_| ()).map_err(|error| {
            // What is not recorded did not happen.
            self.identity.sessions.end(|session| session.id == id);
            Problem::from_failure("a session cannot be recorded", &error)
        })
    }

    /// The hash of a user's password.
    pub fn password_of(&self, user: &Known) -> Option<String> {
        match self.ledger.store().credentials.get(user.profile.password?)? {
            Credential::Password { phc } => Some(phc),
            _ => None,
        }
    }

    /// Whether this is the code of a user's device now; it is good once.
    pub async fn is_code(self: &Arc<Self>, user: &Known, code: &str) -> bool {
        let Some(id) = user.profile.second_factor else { return false };
        let (code, account, now) = (code.to_owned(), user.profile.account.to_string(), (self.clock)());
        // Looked up, compared and marked as used under one lock: of two at once, one is too late.
        let _one = self.identity.proving.lock().await;
        let used = self.ledger.run(move |ledger| {
            let credentials = &ledger.store().credentials;
            let Some(Credential::SecondFactor { secret, last_step }) = credentials.get(id) else {
                return false;
            };
            let Ok(factor) = SecondFactor::of(&secret, &account) else { return false };
            let Some(step) = factor.step(&code, now, last_step) else { return false };
            credentials.put(id, Credential::SecondFactor { secret, last_step: Some(step) }).is_ok()
        });
        used.await.unwrap_or(false)
    }

    /// Whether this is a recovery code of a user; it is good once.
    pub async fn use_recovery_code(self: &Arc<Self>, user: &Known, code: &str) -> bool {
        let Some(recovery) = user.profile.recovery else { return false };
        let (id, hash) = (recovery.credential, recovery_hash(code));
        let _one = self.identity.proving.lock().await;
        let used = self.ledger.run(move |ledger| {
            let credentials = &ledger.store().credentials;
            let Some(Credential::RecoveryCodes { mut hashes }) = credentials.get(id) else { return false };
            let before = hashes.len();
            hashes.retain(|known| *known != hash);
            hashes.len() < before && credentials.put(id, Credential::RecoveryCodes { hashes }).is_ok()
        });
        if !used.await.unwrap_or(false) {
            return false;
        }
        let actor = Actor::Person(user.profile.account.clone());
        self.change_user(&actor, user.id, UserIntent::UseRecoveryCode).await.is_ok()
    }

    /// A break-glass account was used: whoever watches is told.
    async fn raise_alarm(self: &Arc<Self>, user: &Known, address: Personal) {
        self.note(
            Actor::Person(user.profile.account.clone()),
            Fact::BreakGlassUsed { user: user.id, address },
        )
        .await;
        tracing::warn!(user = %user.id, "a break-glass account was used");
    }
}

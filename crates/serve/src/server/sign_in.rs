//! Sessions begun and renewed, and what proves who somebody is.

use super::Server;
use crate::access::Caller;
use crate::http::{Problem, Source};
use crate::identity::{Began, Known, SecondFactor, recovery_hash};
use cofferdam_journal::session::{LoginMethod, Session, SessionEnd, SessionIntent, Started};
use cofferdam_journal::user::{Origin, UserIntent};
use cofferdam_journal::{Actor, Personal, StreamId};
use cofferdam_store::Credential;
use cofferdam_vocabulary::SessionId;
use jiff::Timestamp;
use std::sync::Arc;

/// How somebody proves once more who they are.
pub fn proven_again(user: &Known) -> LoginMethod {
    match (&user.profile.origin, user.profile.second_factor) {
        (Origin::Oidc { .. }, _) => LoginMethod::Oidc,
        (Origin::Local, Some(_)) => LoginMethod::SecondFactor,
        (Origin::Local, None) => LoginMethod::Password,
    }
}

impl Server {
    /// Begins a session for somebody who has just signed in. It is recorded before it is told, and so is the use
    /// of a break-glass account.
    ///
    /// # Errors
    ///
    /// 401 when what they proved it with counts no more, 500 when it cannot be recorded.
    pub async fn begin_session(
        self: &Arc<Self>,
        user: &Known,
        method: LoginMethod,
        source: Source,
    ) -> Result<Began, Problem> {
        let began = self.open_session(user, method, source).await?;
        if user.profile.break_glass {
            self.break_glass_used(user, source).await;
        }
        Ok(began)
    }

    /// Begins a session for somebody who is there already, and has just proven who they are.
    ///
    /// # Errors
    ///
    /// As [`Server::begin_session`].
    pub async fn open_session(
        self: &Arc<Self>,
        user: &Known,
        method: LoginMethod,
        source: Source,
    ) -> Result<Began, Problem> {
        let began = self.identity.sessions.begin(user.id, source.place(), (self.clock)());
        self.record_begun(began, user, method, source).await
    }

    /// As [`Server::begin_session`], for somebody who has proven it to a provider: when, is what it says, and never
    /// counts for sensitive acts when it does not say.
    ///
    /// # Errors
    ///
    /// 500 when it cannot be recorded.
    pub async fn begin_session_by_provider(
        self: &Arc<Self>,
        user: &Known,
        proven: Option<Timestamp>,
        source: Source,
    ) -> Result<Began, Problem> {
        let (now, proven) = ((self.clock)(), proven.unwrap_or(Timestamp::MIN));
        let began = self.identity.sessions.begin_proven(user.id, source.place(), proven, now);
        self.record_begun(began, user, LoginMethod::Oidc, source).await
    }

    async fn record_begun(
        self: &Arc<Self>,
        began: Began,
        user: &Known,
        method: LoginMethod,
        source: Source,
    ) -> Result<Began, Problem> {
        self.identity.has_ended(began.ended.map(|session| (session, SessionEnd::Replaced)));
        let started = Started { user: user.id, method, address: Personal::of(&source.0.to_string()) };
        let actor = Actor::Person(user.profile.account.clone());
        let id = began.session.id;
        self.record_session(id, actor, SessionIntent::Start(started)).await?;
        // Between the proof and this, all their sessions may have ended, without this one among them.
        let proofs =
            |user: &Known| (user.profile.disabled, user.profile.password, user.profile.second_factor);
        if self.identity.roster.user(user.id).is_none_or(|now| proofs(&now) != proofs(user)) {
            self.identity.end(None, SessionEnd::CredentialChanged, |session| session.id == id);
            return Err(Problem::login_failed());
        }
        Ok(began)
    }

    /// Renews the session of somebody who has proven once more who they are: another id, another cookie.
    ///
    /// # Errors
    ///
    /// 401 when it ended meanwhile, 500 when it cannot be recorded.
    pub async fn raise_session(
        self: &Arc<Self>,
        caller: &Caller,
        id: SessionId,
        source: Source,
    ) -> Result<Began, Problem> {
        let now = (self.clock)();
        let user = self.identity.roster.user(caller.user).ok_or_else(Problem::unauthenticated)?;
        let sessions = self.identity.sessions.of(caller.user, now);
        let before =
            sessions.into_iter().find(|session| session.id == id).ok_or_else(Problem::unauthenticated)?;
        let began = self.identity.sessions.raise(&before, now).ok_or_else(Problem::unauthenticated)?;
        let to = began.session.id;
        let method = proven_again(&user);
        let started = Started { user: user.id, method, address: Personal::of(&source.0.to_string()) };
        self.record_session(to, caller.actor(), SessionIntent::Start(started)).await?;
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
}

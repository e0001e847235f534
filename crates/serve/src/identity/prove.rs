//! From what a request carries to who sent it.

use super::attempts::Attempts;
use super::cookie::session_cookie;
use super::fingerprint::TOKEN_PREFIX;
use super::password::Passwords;
use super::pending::Pending;
use super::roster::{Known, Roster};
use super::sessions::{Ended, Session, Sessions};
use super::setup::Setup;
use crate::access::{Caller, Means};
use crate::http::Problem;
use crate::ledger::Fold;
use crate::settings::Settings;
use axum::http::{HeaderMap, header};
use cofferdam_journal::session::SessionEnd;
use cofferdam_journal::{Actor, Entry, Fact, StreamId};
use cofferdam_store::{Reader, StorageError};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Users, sessions, and attempts to be somebody.
pub struct Identity {
    /// Users as the journal has them.
    pub roster: Arc<Roster>,
    /// Sessions of this process.
    pub sessions: Sessions,
    /// Attempts to sign in.
    pub attempts: Attempts,
    /// Hashes of passwords.
    pub passwords: Passwords,
    /// The link with which the first administrator is made.
    pub setup: Setup,
    /// Held while a rule over all users is checked and what it allows is recorded.
    pub changing: tokio::sync::Mutex<()>,
    /// Held while something that is good once is compared and used up.
    pub proving: tokio::sync::Mutex<()>,
    /// Held from when a secret is kept until a fact names it: what no fact names is swept.
    pub keeping: tokio::sync::Mutex<()>,
    /// Second factors that wait for a first code.
    pub pending: Pending,
    /// Sessions that have ended, and wait for a record of it.
    ended: Mutex<Vec<Ended>>,
}

impl Identity {
    /// Nobody is signed in.
    ///
    /// # Errors
    ///
    /// In words, when passwords cannot be hashed here.
    pub fn new(settings: &Settings) -> Result<Identity, String> {
        Ok(Identity {
            roster: Arc::default(),
            sessions: Sessions::new(settings.session),
            attempts: Attempts::new(settings.login),
            passwords: Passwords::new()?,
            setup: Setup::default(),
            changing: tokio::sync::Mutex::new(()),
            proving: tokio::sync::Mutex::new(()),
            keeping: tokio::sync::Mutex::new(()),
            pending: Pending::default(),
            ended: Mutex::default(),
        })
    }

    /// Who sent a request with these headers.
    ///
    /// # Errors
    ///
    /// 401: nobody, or nobody any more.
    pub fn caller(&self, headers: &HeaderMap, now: Timestamp) -> Result<Caller, Problem> {
        let mut given = headers.get_all(header::AUTHORIZATION).iter();
        match (given.next(), given.next()) {
            // A token that does not count is not made up for by a cookie beside it.
            (Some(value), None) => {
                let token = value.to_str().ok().and_then(bearer).ok_or_else(Problem::unauthenticated)?;
                self.with_token(token, now).ok_or_else(Problem::unauthenticated)
            }
            (Some(_), Some(_)) => Err(Problem::unauthenticated()),
            (None, _) => {
                let cookie = session_cookie(headers).ok_or_else(Problem::unauthenticated)?;
                self.with_session(cookie, now).ok_or_else(Problem::unauthenticated)
            }
        }
    }

    fn with_token(&self, text: &str, now: Timestamp) -> Option<Caller> {
        let (user, token) = self.roster.token(text, now)?;
        let permissions = user.profile.permissions_with(&token);
        Some(caller(&user, permissions, Means::Token(token.token)))
    }

    /// Whoever holds the session with this cookie.
    pub fn with_session(&self, text: &str, now: Timestamp) -> Option<Caller> {
        let session = self.sessions.used(text, now)?;
        let user = self.roster.user(session.user).filter(|user| !user.profile.disabled)?;
        let means = Means::Session { id: session.id, is_fresh: now < session.fresh_until };
        Some(caller(&user, user.profile.permissions(), means))
    }

    /// Who that caller is now, for answers that go on for long; nobody, when they could not come again.
    pub fn again(&self, caller: &Caller, now: Timestamp) -> Option<Caller> {
        let user = self.roster.user(caller.user).filter(|user| !user.profile.disabled)?;
        let permissions = match caller.means {
            Means::Session { id, .. } => {
                self.sessions.is_live(id, now).then(|| user.profile.permissions())?
            }
            Means::Token(id) => {
                let token = user.profile.tokens.get(&id).filter(|token| token.is_live(now))?;
                user.profile.permissions_with(token)
            }
        };
        Some(self::caller(&user, permissions, caller.means))
    }

    /// Ends sessions at once; that they ended, and by whom, is recorded soon.
    pub fn end(&self, by: Option<&Actor>, why: SessionEnd, which: impl Fn(&Session) -> bool) -> usize {
        let ended = self.sessions.end(which);
        let count = ended.len();
        let ended = ended.into_iter().map(|session| Ended { session, why, by: by.cloned() });
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).extend(ended);
        count
    }

    /// Notes that sessions have ended by themselves, to be recorded.
    pub fn has_ended(&self, sessions: impl IntoIterator<Item = (Session, SessionEnd)>) {
        let ended = sessions.into_iter().map(|(session, why)| Ended { session, why, by: None });
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).extend(ended);
    }

    /// Takes those that wait for a record.
    pub fn ended(&self) -> Vec<Ended> {
        std::mem::take(&mut *self.ended.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn caller(user: &Known, permissions: BTreeSet<cofferdam_journal::Permission>, means: Means) -> Caller {
    Caller {
        user: user.id,
        account: user.profile.account.to_string(),
        roles: user.profile.roles.clone(),
        permissions,
        means,
    }
}

/// Source: RFC 6750, section 2.1. Other tokens than ours are told apart before anything is looked up.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && token.starts_with(TOKEN_PREFIX)).then_some(token)
}

impl Fold for Identity {
    fn load(&self, reader: &dyn Reader) -> Result<(), StorageError> {
        self.roster.load(reader)?;
        // What happened meanwhile is not known.
        self.end(None, SessionEnd::Restart, |_| true);
        Ok(())
    }

    /// Follows a user; what changes who they are or what they may do ends their sessions in the same moment.
    fn follow(&self, entry: &Entry, reader: &dyn Reader) -> Result<(), StorageError> {
        self.roster.follow(entry, reader)?;
        let StreamId::User(user) = entry.head.stream else { return Ok(()) };
        let why = match &entry.fact {
            Fact::UserDisabled => SessionEnd::Disabled,
            Fact::RolesChanged { .. } => SessionEnd::RolesChanged,
            Fact::PasswordSet { .. }
            | Fact::SecondFactorSet { .. }
            | Fact::SecondFactorRemoved
            | Fact::RecoveryCodesMade { .. } => SessionEnd::CredentialChanged,
            _ => return Ok(()),
        };
        self.end(Some(&entry.actor), why, |session| session.user == user);
        Ok(())
    }
}

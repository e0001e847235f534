//! Whoever sent a request, as far as it was proven.

use crate::http::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use cofferdam_journal::{Actor, Permission, Personal, TeamRole};
use cofferdam_vocabulary::{SessionId, TokenId, UserId};
use std::collections::BTreeSet;

/// Whoever sent a request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// The name of the account.
    pub account: String,
    /// The roles of the user as they are now.
    pub roles: BTreeSet<TeamRole>,
    /// What the roles give, less what a token leaves out.
    pub permissions: BTreeSet<Permission>,
    /// How it was proven.
    pub means: Means,
}

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// With a session.
    Session {
        /// Which.
        id: SessionId,
        /// They proved it again just now.
        is_fresh: bool,
    },
    /// With a token.
    Token(TokenId),
}

impl Caller {
    /// Whether they may do this.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// The caller as the one who brings facts about.
    pub fn actor(&self) -> Actor {
        Actor::Person(Personal::of(&self.account))
    }

    /// That a token does not touch whoever administers the server, nor make somebody who does: who holds one, or finds
    /// it, must not come to hold all.
    ///
    /// # Errors
    ///
    /// 403 for a token.
    pub fn check_over(&self, roles: &BTreeSet<TeamRole>) -> Result<(), Problem> {
        match self.means {
            Means::Token(_) if roles.contains(&TeamRole::Administrator) => {
                Err(Problem::forbidden().detail("a token changes no administrator and makes none; sign in"))
            }
            _ => Ok(()),
        }
    }

    /// The session, if there is one.
    pub fn session(&self) -> Option<SessionId> {
        match self.means {
            Means::Session { id, .. } => Some(id),
            Means::Token(_) => None,
        }
    }
}

/// There only behind a gate that asks who it is.
impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Caller, Problem> {
        parts.extensions.get::<Caller>().cloned().ok_or_else(Problem::unauthenticated)
    }
}

//! Somebody who may work with the server: who they are, what they may do, which credentials count.
//!
//! Passwords, second factors and recovery codes are no facts: facts name them by an id, and what they are lies
//! where secrets lie. Rules over all users are in [`roster`].

mod decide;
mod enrolment;
mod name;
mod refusal;
pub mod roster;
mod token;

pub use enrolment::{Enrolment, LINK_LASTS};
pub use name::{AccountName, AccountNameError, display_name};
pub use refusal::UserRefusal;
pub use token::{LONGEST, TOKENS, Token};

use crate::aggregate::Aggregate;
use crate::fact::Fact;
use crate::permission::{Permission, TeamRole};
use crate::personal::Personal;
use cofferdam_vocabulary::{ContentHash, CredentialId, TokenId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One user, as their facts tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// What is known of them now; none before they were created.
    pub known: Option<Profile>,
}

/// What is known of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The account with which they log in.
    pub account: Personal,
    /// What others call them.
    pub name: Personal,
    /// What part they have.
    pub roles: BTreeSet<TeamRole>,
    /// Who says that it is them.
    pub origin: Origin,
    /// For the day on which nothing else works: its use raises an alarm.
    pub break_glass: bool,
    /// They may not work here now.
    pub disabled: bool,
    /// The password that counts.
    pub password: Option<CredentialId>,
    /// The link with which they may set their password, until they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolment: Option<Enrolment>,
    /// The second factor that counts.
    pub second_factor: Option<CredentialId>,
    /// The recovery codes that count.
    pub recovery: Option<Recovery>,
    /// Tokens that were issued and not revoked; some may have expired.
    pub tokens: BTreeMap<TokenId, Token>,
}

/// Codes that stand in for a second factor, each once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// What they are.
    pub credential: CredentialId,
    /// How many were not used.
    pub left: u64,
}

/// Who says that somebody is who they say they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// This server, by password and second factor.
    Local,
    /// An OpenID provider.
    Oidc {
        /// Its address, as configured.
        issuer: String,
        /// What it calls them for ever.
        subject: Personal,
    },
}

/// A user as they were created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// The account with which they log in.
    pub account: Personal,
    /// What others call them.
    pub name: Personal,
    /// What part they have.
    pub roles: BTreeSet<TeamRole>,
    /// Who says that it is them.
    pub origin: Origin,
    /// For the day on which nothing else works.
    pub break_glass: bool,
}

/// Asked of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserIntent {
    /// They shall be able to work here.
    Create {
        /// The account with which they log in.
        account: AccountName,
        /// What others call them; the account when it is empty.
        name: String,
        /// What part they have.
        roles: BTreeSet<TeamRole>,
        /// Who says that it is them.
        origin: Origin,
        /// For the day on which nothing else works.
        break_glass: bool,
    },
    /// They are called something else.
    Rename {
        /// What others call them.
        name: String,
    },
    /// They have this part, and no other.
    SetRoles {
        /// All of it.
        roles: BTreeSet<TeamRole>,
    },
    /// They may not work here until they are enabled.
    Disable,
    /// They may work here again.
    Enable,
    /// This password counts, and no other.
    SetPassword {
        /// Which.
        credential: CredentialId,
    },
    /// Whoever has this link may set their password, once. A link before it counts no more.
    IssueEnrolment {
        /// The link.
        enrolment: Enrolment,
        /// Now.
        now: Timestamp,
    },
    /// Somebody with the link has set this password.
    Enrol {
        /// SHA-256 of the secret in their link.
        hash: ContentHash,
        /// The password.
        credential: CredentialId,
        /// Now.
        now: Timestamp,
    },
    /// This second factor counts, and no other.
    SetSecondFactor {
        /// Which.
        credential: CredentialId,
    },
    /// No second factor counts, nor any code that stands in for one.
    RemoveSecondFactor,
    /// These recovery codes count, and no others.
    MakeRecoveryCodes {
        /// Which.
        credential: CredentialId,
        /// How many.
        count: u64,
    },
    /// One of them was used.
    UseRecoveryCode,
    /// A program shall be able to work for them.
    IssueToken {
        /// The token's id.
        token: TokenId,
        /// What they call it.
        name: String,
        /// SHA-256 of its secret.
        hash: ContentHash,
        /// What it is good for.
        scope: BTreeSet<Permission>,
        /// From when on it counts no more.
        expires: Timestamp,
        /// Now.
        now: Timestamp,
    },
    /// A token counts no more.
    RevokeToken {
        /// Which.
        token: TokenId,
    },
    /// Several at once, one after the other: all of it or nothing.
    All(Vec<UserIntent>),
}

impl Profile {
    /// What they may do now: what their roles say, nothing while they are disabled. What is restricted to
    /// named people is not opened by any of it.
    pub fn permissions(&self) -> BTreeSet<Permission> {
        let roles = self.roles.iter().filter(|_| !self.disabled);
        roles.flat_map(|role| role.permissions().iter().copied()).collect()
    }

    /// What a program may do with one of their tokens: what the token is good for, of what they may do.
    pub fn permissions_with(&self, token: &Token) -> BTreeSet<Permission> {
        self.permissions().intersection(&token.scope).copied().collect()
    }

    /// Credentials that count.
    pub fn credentials(&self) -> impl Iterator<Item = CredentialId> {
        let recovery = self.recovery.map(|recovery| recovery.credential);
        [self.password, self.second_factor, recovery].into_iter().flatten()
    }

    /// Whether they could come in and administer the server now: whoever has set no password yet could not.
    pub fn can_administer(&self) -> bool {
        self.is_administrator() && (self.password.is_some() || self.origin != Origin::Local)
    }

    /// Whether they administer the server.
    pub fn is_administrator(&self) -> bool {
        !self.disabled && self.roles.contains(&TeamRole::Administrator)
    }
}

impl Aggregate for User {
    type Intent = UserIntent;
    type Refusal = UserRefusal;

    fn decide(&self, intent: UserIntent) -> Result<Vec<Fact>, UserRefusal> {
        let UserIntent::All(intents) = intent else { return decide::decide(self.known.as_ref(), intent) };
        let (mut facts, mut state) = (Vec::new(), self.clone());
        for intent in intents {
            let more = state.decide(intent)?;
            state = more.iter().fold(state, User::evolve);
            facts.extend(more);
        }
        Ok(facts)
    }

    fn evolve(mut self, fact: &Fact) -> User {
        if let Fact::UserCreated(created) = fact {
            self.known = Some(new(created));
        }
        let Some(known) = &mut self.known else { return self };
        match fact {
            Fact::UserRenamed { name } => known.name = name.clone(),
            Fact::RolesChanged { roles } => known.roles = roles.clone(),
            Fact::UserDisabled => (known.disabled, known.enrolment) = (true, None),
            Fact::UserEnabled => known.disabled = false,
            Fact::PasswordSet { credential } => (known.password, known.enrolment) = (Some(*credential), None),
            Fact::EnrolmentIssued(enrolment) => known.enrolment = Some(*enrolment),
            Fact::SecondFactorSet { credential } => known.second_factor = Some(*credential),
            Fact::SecondFactorRemoved => (known.second_factor, known.recovery) = (None, None),
            Fact::RecoveryCodesMade { credential, count } => {
                known.recovery = Some(Recovery { credential: *credential, left: *count });
            }
            Fact::RecoveryCodeUsed { left } => {
                known.recovery = known.recovery.map(|recovery| Recovery { left: *left, ..recovery });
            }
            Fact::TokenIssued(token) => {
                known.tokens.insert(token.token, (**token).clone());
            }
            Fact::TokenRevoked { token } => {
                known.tokens.remove(token);
            }
            _ => {}
        }
        self
    }
}

fn new(created: &Created) -> Profile {
    let Created { account, name, roles, origin, break_glass } = created.clone();
    Profile {
        account,
        name,
        roles,
        origin,
        break_glass,
        disabled: false,
        password: None,
        enrolment: None,
        second_factor: None,
        recovery: None,
        tokens: BTreeMap::new(),
    }
}

#[cfg(test)]
pub(crate) mod tests;

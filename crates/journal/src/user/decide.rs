//! What is asked of a user becomes facts, or is refused.

use super::enrolment::{Enrolment, LINK_LASTS};
use super::name::display_name;
use super::token::{LONGEST, TOKENS, Token};
use super::{AccountName, Created, Origin, Profile, UserIntent, UserRefusal};
use crate::fact::Fact;
use crate::permission::{Permission, TeamRole};
use cofferdam_vocabulary::{CredentialId, TokenId};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Characters of an OpenID provider's address.
const ISSUER: usize = 500;
/// Characters of what it calls somebody. Source: OpenID Connect Core 1.0, section 2, `sub`.
const SUBJECT: usize = 255;
/// Recovery codes made at once.
const CODES: u64 = 50;

type Decided = Result<Vec<Fact>, UserRefusal>;

/// Decides on the state `known`, which is none before the user was created.
pub fn decide(known: Option<&Profile>, intent: UserIntent) -> Decided {
    if let UserIntent::Create { account, name, roles, origin, break_glass } = intent {
        return create(known, &account, &name, roles, origin, break_glass);
    }
    let known = known.ok_or(UserRefusal::NotCreated)?;
    match intent {
        // Decided before and beside this.
        UserIntent::Create { .. } | UserIntent::All(_) => Ok(vec![]),
        UserIntent::Rename { name } => {
            let name = display_name(&name).ok_or(UserRefusal::NameEmpty)?;
            Ok(unless(name == known.name, Fact::UserRenamed { name }))
        }
        UserIntent::SetRoles { roles } => Ok(unless(roles == known.roles, Fact::RolesChanged { roles })),
        UserIntent::Disable => Ok(unless(known.disabled, Fact::UserDisabled)),
        UserIntent::Enable => Ok(unless(!known.disabled, Fact::UserEnabled)),
        UserIntent::RemoveSecondFactor => {
            let none = known.second_factor.is_none() && known.recovery.is_none();
            Ok(unless(none, Fact::SecondFactorRemoved))
        }
        UserIntent::RevokeToken { token } if known.tokens.contains_key(&token) => {
            Ok(vec![Fact::TokenRevoked { token }])
        }
        UserIntent::RevokeToken { token } => Err(UserRefusal::NoSuchToken { token }),
        UserIntent::IssueToken { token, name, hash, scope, expires, now } => {
            let name = display_name(&name).ok_or(UserRefusal::NameEmpty)?;
            issue(enabled(known)?, Token { token, name, hash, scope, expires }, now)
        }
        UserIntent::SetPassword { credential } => {
            let set = local(known)?.password == Some(credential);
            Ok(unless(set, Fact::PasswordSet { credential }))
        }
        UserIntent::IssueEnrolment { enrolment, now } => link(local(known)?, enrolment, now),
        UserIntent::Enrol { hash, credential, now } => {
            let link = local(known)?.enrolment.filter(|link| link.is_live(now) && link.hash == hash);
            link.map(|_| vec![Fact::PasswordSet { credential }]).ok_or(UserRefusal::LinkNotGood)
        }
        UserIntent::SetSecondFactor { credential } => {
            let set = local(known)?.second_factor == Some(credential);
            Ok(unless(set, Fact::SecondFactorSet { credential }))
        }
        UserIntent::MakeRecoveryCodes { credential, count } => codes(local(known)?, credential, count),
        UserIntent::UseRecoveryCode => {
            let left = local(known)?.recovery.and_then(|recovery| recovery.left.checked_sub(1));
            Ok(vec![Fact::RecoveryCodeUsed { left: left.ok_or(UserRefusal::NoCodesLeft)? }])
        }
    }
}

/// The fact, unless it holds already.
fn unless(holds: bool, fact: Fact) -> Vec<Fact> {
    if holds { vec![] } else { vec![fact] }
}

fn enabled(known: &Profile) -> Result<&Profile, UserRefusal> {
    if known.disabled { Err(UserRefusal::Disabled) } else { Ok(known) }
}

/// Somebody who may log in, and does it here.
fn local(known: &Profile) -> Result<&Profile, UserRefusal> {
    match &enabled(known)?.origin {
        Origin::Local => Ok(known),
        Origin::Oidc { issuer, .. } => Err(UserRefusal::LogsInElsewhere { issuer: issuer.clone() }),
    }
}

fn create(
    known: Option<&Profile>,
    account: &AccountName,
    name: &str,
    roles: BTreeSet<TeamRole>,
    origin: Origin,
    break_glass: bool,
) -> Decided {
    if let Origin::Oidc { issuer, subject } = &origin {
        let subject = subject.known().unwrap_or_default();
        let within = |text: &str, most| (1..=most).contains(&text.chars().count());
        if !within(issuer, ISSUER) || !within(subject, SUBJECT) {
            return Err(UserRefusal::Origin);
        }
        if break_glass {
            return Err(UserRefusal::BreakGlassElsewhere { issuer: issuer.clone() });
        }
    }
    let account = account.personal();
    let name = display_name(name).unwrap_or_else(|| account.clone());
    let created = Created { account, name, roles, origin, break_glass };
    match known {
        None => Ok(vec![Fact::UserCreated(Box::new(created))]),
        Some(known) if is_as_created(known, &created) => Ok(vec![]),
        Some(_) => Err(UserRefusal::Created),
    }
}

/// Whether the user would be the same if they were created now.
fn is_as_created(known: &Profile, created: &Created) -> bool {
    let Created { account, name, roles, origin, break_glass } = created;
    (&known.account, &known.name, &known.roles, &known.origin, &known.break_glass)
        == (account, name, roles, origin, break_glass)
}

fn link(known: &Profile, enrolment: Enrolment, now: Timestamp) -> Decided {
    if !enrolment.is_live(now) || enrolment.expires.duration_since(now) > LINK_LASTS {
        return Err(UserRefusal::LinkLasts);
    }
    Ok(unless(known.enrolment == Some(enrolment), Fact::EnrolmentIssued(enrolment)))
}

fn codes(known: &Profile, credential: CredentialId, count: u64) -> Decided {
    if !(1..=CODES).contains(&count) {
        return Err(UserRefusal::Codes { count });
    }
    if known.second_factor.is_none() {
        return Err(UserRefusal::NoSecondFactor);
    }
    let made = known.recovery.is_some_and(|recovery| recovery.credential == credential);
    Ok(unless(made, Fact::RecoveryCodesMade { credential, count }))
}

fn issue(known: &Profile, token: Token, now: Timestamp) -> Decided {
    match known.tokens.get(&token.token) {
        Some(there) if *there == token => return Ok(vec![]),
        Some(there) => return Err(UserRefusal::TokenKnown { token: there.token }),
        None => {}
    }
    if token.scope.is_empty() {
        return Err(UserRefusal::ScopeEmpty);
    }
    let beyond: Vec<Permission> = token.scope.difference(&known.permissions()).copied().collect();
    if !beyond.is_empty() {
        return Err(UserRefusal::Beyond { beyond });
    }
    if !token.is_live(now) {
        return Err(UserRefusal::Expired);
    }
    if token.expires.duration_since(now) > LONGEST {
        return Err(UserRefusal::TooLong);
    }
    // Those that have expired are struck off now, so that the list stays short.
    let expired: Vec<TokenId> =
        known.tokens.values().filter(|there| !there.is_live(now)).map(|there| there.token).collect();
    if known.tokens.len() - expired.len() >= TOKENS {
        return Err(UserRefusal::TooManyTokens);
    }
    let mut facts: Vec<Fact> = expired.into_iter().map(|token| Fact::TokenRevoked { token }).collect();
    facts.push(Fact::TokenIssued(Box::new(token)));
    Ok(facts)
}

//! What is asked of a source becomes facts, or is refused.

use super::settings::SourceKind;
use super::token::{SOURCE_TOKENS, SourceToken};
use super::{SourceIntent, SourceProfile, SourceRefusal};
use crate::fact::Fact;
use crate::user::LONGEST;
use cofferdam_vocabulary::TokenId;
use jiff::Timestamp;

type Decided = Result<Vec<Fact>, SourceRefusal>;

/// Decides on the state `known`, which is none before the source was added and after it was removed.
pub fn decide(known: Option<&SourceProfile>, intent: SourceIntent) -> Decided {
    if let SourceIntent::Add(settings) = intent {
        settings.check()?;
        return match known {
            None => Ok(vec![Fact::SourceAdded(Box::new(settings))]),
            Some(known) if known.settings == settings => Ok(vec![]),
            Some(_) => Err(SourceRefusal::Added),
        };
    }
    let known = known.ok_or(SourceRefusal::NotAdded)?;
    match intent {
        // Decided before this.
        SourceIntent::Add(_) => Ok(vec![]),
        SourceIntent::Change(settings) => {
            settings.check()?;
            if settings.kind != known.settings.kind {
                return Err(SourceRefusal::OtherKind);
            }
            let is_same = settings == known.settings;
            Ok(if is_same { vec![] } else { vec![Fact::SourceChanged(Box::new(settings))] })
        }
        SourceIntent::IssueToken { token, sha256, expires, now } => {
            issue(known, SourceToken { token, sha256, expires }, now)
        }
        SourceIntent::RevokeToken { token } if known.tokens.contains_key(&token) => {
            Ok(vec![Fact::SourceTokenRevoked { token }])
        }
        SourceIntent::RevokeToken { token } => Err(SourceRefusal::NoSuchToken { token }),
        SourceIntent::SetSecret { .. } if known.settings.kind != SourceKind::Alerts => {
            Err(SourceRefusal::SignsNothing)
        }
        SourceIntent::SetSecret { credential } if known.secret == Some(credential) => Ok(vec![]),
        SourceIntent::SetSecret { credential } => Ok(vec![Fact::SourceSecretSet { credential }]),
        SourceIntent::Remove => Ok(vec![Fact::SourceRemoved]),
    }
}

fn issue(known: &SourceProfile, token: SourceToken, now: Timestamp) -> Decided {
    match known.tokens.get(&token.token) {
        Some(there) if *there == token => return Ok(vec![]),
        Some(there) => return Err(SourceRefusal::TokenKnown { token: there.token }),
        None => {}
    }
    if !token.is_live(now) {
        return Err(SourceRefusal::Expired);
    }
    if token.expires.duration_since(now) > LONGEST {
        return Err(SourceRefusal::TooLong);
    }
    // Those that have expired are struck off now, so that the list stays short.
    let expired: Vec<TokenId> =
        known.tokens.values().filter(|there| !there.is_live(now)).map(|there| there.token).collect();
    if known.tokens.len() - expired.len() >= SOURCE_TOKENS {
        return Err(SourceRefusal::TooManyTokens);
    }
    let mut facts: Vec<Fact> = expired.into_iter().map(|token| Fact::SourceTokenRevoked { token }).collect();
    facts.push(Fact::SourceTokenIssued(token));
    Ok(facts)
}

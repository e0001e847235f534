//! A source: what sends events or alerts to the server, how it proves that it is it, how its lines are read.
//!
//! Those that send over HTTP are facts. Sockets and followed files are configuration and no streams of the journal.

mod decide;
mod refusal;
mod settings;
mod token;

pub use refusal::SourceRefusal;
pub use settings::{LONGEST_WORD, MAPPED, MOST_EXPECTED, SourceKind, SourceSettings, Trust};
pub use token::{SOURCE_TOKENS, SourceToken};

use crate::aggregate::Aggregate;
use crate::fact::Fact;
use cofferdam_vocabulary::{ContentHash, CredentialId, TokenId};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// One source, as its facts tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// What is known of it now; none before it was added, and after it was removed.
    pub known: Option<SourceProfile>,
}

/// What is known of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceProfile {
    /// What it sends and how that is read.
    pub settings: SourceSettings,
    /// Tokens that were issued and not revoked; some may have expired.
    pub tokens: BTreeMap<TokenId, SourceToken>,
    /// The secret with which it signs what it sends.
    pub secret: Option<CredentialId>,
}

/// Asked of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceIntent {
    /// It shall be able to send, once it has a token.
    Add(SourceSettings),
    /// What it sends is read so from now on.
    Change(SourceSettings),
    /// It may prove with this token that it is it.
    IssueToken {
        /// The token's id.
        token: TokenId,
        /// SHA-256 of its secret.
        sha256: ContentHash,
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
    /// This secret signs what it sends, and no other.
    SetSecret {
        /// Which.
        credential: CredentialId,
    },
    /// It sends no more; its tokens and its secret count no more.
    Remove,
}

impl Aggregate for Source {
    type Intent = SourceIntent;
    type Refusal = SourceRefusal;

    fn decide(&self, intent: SourceIntent) -> Result<Vec<Fact>, SourceRefusal> {
        decide::decide(self.known.as_ref(), intent)
    }

    fn evolve(mut self, fact: &Fact) -> Source {
        match fact {
            Fact::SourceAdded(settings) => {
                let settings = (**settings).clone();
                self.known = Some(SourceProfile { settings, tokens: BTreeMap::new(), secret: None });
            }
            Fact::SourceRemoved => self.known = None,
            _ => {}
        }
        let Some(known) = &mut self.known else { return self };
        match fact {
            Fact::SourceChanged(settings) => known.settings = (**settings).clone(),
            Fact::SourceTokenIssued(token) => {
                known.tokens.insert(token.token, *token);
            }
            Fact::SourceTokenRevoked { token } => {
                known.tokens.remove(token);
            }
            Fact::SourceSecretSet { credential } => known.secret = Some(*credential),
            _ => {}
        }
        self
    }
}

#[cfg(test)]
mod tests;

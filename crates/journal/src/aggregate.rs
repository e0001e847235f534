//! What every folded stream has in common: intents are decided on, facts are folded in.

use crate::fact::Fact;

/// State derived from the facts of one stream.
pub trait Aggregate: Default + Clone {
    /// Asked of it.
    type Intent;
    /// Why an intent was refused.
    type Refusal: std::error::Error;

    /// Decides what `intent` means as things stand: facts to record, none when it holds already.
    ///
    /// # Errors
    ///
    /// A refusal, with its reason.
    fn decide(&self, intent: Self::Intent) -> Result<Vec<Fact>, Self::Refusal>;

    /// Folds one fact in. Total: whatever was recorded can be replayed; facts of other streams change
    /// nothing.
    fn evolve(self, fact: &Fact) -> Self;

    /// The state after these facts.
    fn replay<'f>(facts: impl IntoIterator<Item = &'f Fact>) -> Self {
        facts.into_iter().fold(Self::default(), Self::evolve)
    }
}

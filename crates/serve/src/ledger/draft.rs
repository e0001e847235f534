//! Facts of several streams that are recorded together, in one commit, or not at all.

use super::record::Ledger;
use cofferdam_journal::{Actor, Aggregate, StreamId};
use cofferdam_store::{Append, AppendError, StorageError};
use std::ops::Range;

/// How often somebody else may be first before it gives up.
const TRIES: usize = 20;

/// What is to be recorded.
pub struct Draft<'l> {
    ledger: &'l Ledger,
    appends: Vec<Append>,
    /// What was refused, each with its stream.
    pub refused: Vec<(StreamId, String)>,
}

impl Draft<'_> {
    /// Carries intents of one stream through, which `intents` makes of what the stream says now; a stream is asked once
    /// in a draft. One that is refused is noted, and the rest goes on. Whether it became facts.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the stream cannot be read.
    pub fn ask<A: Aggregate>(
        &mut self,
        stream: StreamId,
        actor: &Actor,
        intents: impl FnOnce(&A) -> Vec<A::Intent>,
    ) -> Result<bool, StorageError>
    where
        A::Refusal: std::fmt::Display,
    {
        let (mut state, expected) = self.ledger.store().journal.state::<A>(stream)?;
        let mut facts = Vec::new();
        for intent in intents(&state) {
            match state.decide(intent) {
                Ok(new) => {
                    state = new.iter().fold(state, A::evolve);
                    facts.extend(new);
                }
                Err(refusal) => self.refused.push((stream, refusal.to_string())),
            }
        }
        let any = !facts.is_empty();
        if any {
            self.appends.push(Append { stream, expected, actor: actor.clone(), facts });
        }
        Ok(any)
    }

    /// Records nothing of it.
    pub fn discard(&mut self) {
        self.appends.clear();
    }
}

impl Ledger {
    /// Records what `write` asks for, all of it in one commit, on a thread that may wait. When it returns, all is synced
    /// and whatever is in memory knows it. `write` is called again when somebody else was first. Returns what `write` said
    /// last, and the positions of what was recorded, if anything was.
    ///
    /// # Errors
    ///
    /// In words, when nothing was recorded.
    pub fn together<T>(
        &self,
        mut write: impl FnMut(&mut Draft<'_>) -> Result<T, StorageError>,
    ) -> Result<(T, Option<Range<u64>>), String> {
        for _ in 0..TRIES {
            let mut draft = Draft { ledger: self, appends: Vec::new(), refused: Vec::new() };
            let result = write(&mut draft).map_err(|error| error.to_string())?;
            for (stream, refusal) in &draft.refused {
                tracing::warn!(%stream, %refusal, "what was found cannot be recorded");
            }
            match self.append(draft.appends) {
                Ok(recorded) => return Ok((result, recorded)),
                Err(AppendError::Conflict { .. }) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Err("others were first again and again".to_owned())
    }
}

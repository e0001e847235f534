//! What somebody may see: the only way in which features read the journal.
//!
//! An object that is restricted to named people is not there for anybody else: it is in no list, no count and no
//! feed, asking for it is answered as if it had never been, and what others say of it is left out.

use super::list::{Kept, Lists, Wanted};
use super::need::NeedToKnow;
use super::record::Ledger;
use super::redact::redacted;
use crate::access::Caller;
use crate::http::Problem;
use cofferdam_journal::filter::Filter;
use cofferdam_journal::{Entry, Permission, StreamId};
use cofferdam_store::{Reader, StorageError, entries, entry};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The journal as one caller sees it.
pub struct Sight<'s> {
    ledger: &'s Arc<Ledger>,
    lists: &'s Lists,
    need: &'s Arc<NeedToKnow>,
    caller: &'s Caller,
}

/// What a kind of stream asks of whoever reads it.
pub fn permission(stream: StreamId) -> Permission {
    match stream {
        StreamId::Log => Permission::JournalRead,
        StreamId::Evidence(_) => Permission::EvidenceRead,
        StreamId::Alert(_) | StreamId::Exception(_) => Permission::AlertsRead,
        StreamId::Incident(_) | StreamId::Call(_) => Permission::IncidentsRead,
        StreamId::User(_) | StreamId::Session(_) | StreamId::Access(_) => Permission::UsersRead,
        StreamId::Report(_) => Permission::ReportsRead,
        StreamId::Source(_) => Permission::SourcesRead,
    }
}

impl<'s> Sight<'s> {
    /// What this caller sees.
    pub fn of(
        ledger: &'s Arc<Ledger>,
        lists: &'s Lists,
        need: &'s Arc<NeedToKnow>,
        caller: &'s Caller,
    ) -> Sight<'s> {
        Sight { ledger, lists, need, caller }
    }

    /// Whether the caller may see what this stream is about.
    pub fn sees(&self, stream: StreamId) -> bool {
        self.caller.may(permission(stream)) && self.need.allows(self.caller.user, stream)
    }

    /// One row of a list.
    ///
    /// # Errors
    ///
    /// 404 when there is none for the caller. Whether it is there for others takes no other way through the code.
    pub fn row<R: Kept>(&self, id: R::Id) -> Result<R, Problem> {
        let row = R::list(self.lists).get(id, &self.need.of(self.caller.user));
        row.filter(|_| self.caller.may(permission(R::stream(id)))).ok_or_else(Problem::not_found)
    }

    /// How many entries there are, for whomever.
    pub fn size(&self) -> u64 {
        *self.ledger.grown().borrow()
    }

    /// Rows of a list, and whether there are more.
    pub fn page<R: Kept>(&self, wanted: &Wanted<'_, R>) -> (Vec<R>, bool) {
        // A whole list may have to be looked through: other requests are served meanwhile.
        tokio::task::block_in_place(|| R::list(self.lists).page(wanted, &self.need.of(self.caller.user)))
    }

    /// Looks at each row of a list that is there for the caller, the last first, until `look` has seen enough.
    pub fn each<R: Kept>(&self, look: impl FnMut(&R) -> ControlFlow<()>) {
        tokio::task::block_in_place(|| R::list(self.lists).each(&self.need.of(self.caller.user), look));
    }

    /// How many rows of a list there are for the caller.
    pub fn count<R: Kept>(&self, filter: &Filter<R>) -> usize {
        tokio::task::block_in_place(|| R::list(self.lists).count(filter, &self.need.of(self.caller.user)))
    }

    /// All entries of an object, as the caller sees them.
    ///
    /// # Errors
    ///
    /// As [`Sight::row`], and 500 when the journal cannot be read.
    pub async fn object<R: Kept>(&self, id: R::Id) -> Result<(R, Vec<Entry>), Problem> {
        let row = self.row::<R>(id)?;
        Ok((row, self.stream(R::stream(id)).await?))
    }

    /// All entries of a stream, as the caller sees them; none when it is not there for them.
    ///
    /// # Errors
    ///
    /// 500 when the journal cannot be read.
    pub async fn stream(&self, stream: StreamId) -> Result<Vec<Entry>, Problem> {
        let (user, need, sees) = (self.caller.user, Arc::clone(self.need), self.sees(stream));
        self.read(move |reader| {
            // Read even when nothing of it is told: how long it takes says nothing, either.
            let entries = entries(reader, stream)?;
            let allowed = need.of(user);
            let may = |stream| allowed.sees(stream);
            Ok(entries.into_iter().filter(|_| sees).filter_map(|entry| redacted(entry, &may)).collect())
        })
        .await
    }

    /// At most `limit` entries that the caller may see and that `wanted` takes, from this position on, and the
    /// position after the last one looked at. At most `look` entries are looked at, and none that what is in memory has
    /// not followed yet: they may be those that restrict what is read.
    ///
    /// # Errors
    ///
    /// 500 when the journal cannot be read.
    pub async fn entries(
        &self,
        from: u64,
        limit: usize,
        look: usize,
        wanted: impl Fn(&Entry) -> bool + Send + 'static,
    ) -> Result<(Vec<Entry>, u64), Problem> {
        let (caller, need) = (self.caller.clone(), Arc::clone(self.need));
        let followed = *self.ledger.grown().borrow();
        self.read(move |reader| {
            let (mut found, mut next, mut result) = (Vec::new(), from, Ok(()));
            let end = from.saturating_add(look as u64).min(followed);
            let may = |stream| need.allows(caller.user, stream);
            reader.entries(from..end.max(from), &mut |stored| {
                if found.len() == limit {
                    return ControlFlow::Break(());
                }
                let stream = stored.stream;
                next = stored.position + 1;
                if !(caller.may(permission(stream)) && may(stream)) {
                    return ControlFlow::Continue(());
                }
                match entry(&stored) {
                    // What is not told is not searched, either.
                    Ok(entry) => found.extend(redacted(entry, &may).filter(|entry| wanted(entry))),
                    Err(error) => {
                        result = Err(error);
                        return ControlFlow::Break(());
                    }
                }
                ControlFlow::Continue(())
            })?;
            result.map(|()| (found, next))
        })
        .await
    }

    /// The last signed checkpoint. It is over entries that the caller does not see, too, and tells only how many.
    ///
    /// # Errors
    ///
    /// 500 when the journal cannot be read.
    pub async fn checkpoint(&self) -> Result<Option<String>, Problem> {
        self.read(|reader| reader.checkpoint()).await
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Reader) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, Problem> {
        self.ledger
            .read(read)
            .await
            .map_err(|error| Problem::from_failure("the journal cannot be read", &error))
    }
}

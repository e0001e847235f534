//! Many objects looked at in the journal, for what their rows do not tell; and how much it says that two share a thing.

use super::Server;
use crate::http::Problem;
use crate::ledger::Kept;
use cofferdam_journal::Aggregate;
use cofferdam_store::entries;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

impl Server {
    /// What `look` makes of rows and of what the journal says of each.
    ///
    /// # Errors
    ///
    /// 500 when it cannot be read.
    pub(super) async fn look_at<R: Kept + 'static, A: Aggregate, T: Send + 'static>(
        self: &Arc<Self>,
        rows: Vec<R>,
        look: impl Fn(R, &A) -> Option<T> + Send + 'static,
    ) -> Result<Vec<T>, Problem> {
        let read = self.ledger.read(move |reader| {
            let mut found = Vec::new();
            for row in rows {
                let entries = entries(reader, R::stream(row.id()))?;
                let object = A::replay(entries.iter().map(|entry| &entry.fact));
                found.extend(look(row, &object));
            }
            Ok(found)
        });
        read.await.map_err(|error| Problem::from_failure("the journal cannot be read", &error))
    }
}

/// How rare things are among those that are shared: what one shares weighs 1, what ten share a tenth.
pub(super) struct Rarity<T>(HashMap<T, u32>);

impl<T: Hash + Eq + Clone + Ord> Rarity<T> {
    /// Of all that is shared, each as often as it is.
    pub(super) fn of<'t>(all: impl Iterator<Item = &'t T>) -> Rarity<T>
    where
        T: 't,
    {
        let mut common = HashMap::new();
        for one in all {
            *common.entry(one.clone()).or_default() += 1;
        }
        Rarity(common)
    }

    fn weight(&self, one: &T) -> f64 {
        1.0 / f64::from(self.0.get(one).copied().unwrap_or(1).max(1))
    }

    /// Puts the rarest first, and says how much all of them weigh.
    pub(super) fn rank(&self, shared: &mut [T]) -> f64 {
        shared.sort_by(|a, b| self.weight(b).total_cmp(&self.weight(a)).then_with(|| a.cmp(b)));
        shared.iter().map(|one| self.weight(one)).sum()
    }
}

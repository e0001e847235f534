//! Many alerts looked at in the journal, for what their rows do not tell.

use super::Server;
use crate::http::Problem;
use cofferdam_journal::alert::Alert;
use cofferdam_journal::view::AlertRow;
use cofferdam_journal::{Aggregate, StreamId};
use cofferdam_store::entries;
use std::sync::Arc;

impl Server {
    /// What `look` makes of alerts and of what the journal says of each.
    ///
    /// # Errors
    ///
    /// 500 when it cannot be read.
    pub(super) async fn look_at<T: Send + 'static>(
        self: &Arc<Self>,
        rows: Vec<AlertRow>,
        look: impl Fn(AlertRow, &Alert) -> Option<T> + Send + 'static,
    ) -> Result<Vec<T>, Problem> {
        let read = self.ledger.read(move |reader| {
            let mut found = Vec::new();
            for row in rows {
                let entries = entries(reader, StreamId::Alert(row.id))?;
                let alert = Alert::replay(entries.iter().map(|entry| &entry.fact));
                found.extend(look(row, &alert));
            }
            Ok(found)
        });
        read.await.map_err(|error| Problem::from_failure("alerts cannot be read", &error))
    }
}

//! What is asked of an incident whatever its version: notes and tasks have revisions of their own.

use super::Server;
use crate::access::Caller;
use crate::http::Problem;
use crate::ledger::RecordError;
use cofferdam_journal::incident::{Incident, IncidentIntent, IncidentRefusal};
use cofferdam_journal::view::IncidentRow;
use cofferdam_journal::{Fact, StreamId};
use cofferdam_vocabulary::IncidentId;
use std::sync::Arc;

impl Server {
    /// Carries an intent through, for a caller who sees the incident.
    ///
    /// # Errors
    ///
    /// 404 when it is not there for them, 500 when it cannot be recorded; within, why it was refused.
    pub async fn try_incident(
        self: &Arc<Self>,
        caller: &Caller,
        id: IncidentId,
        intent: IncidentIntent,
    ) -> Result<Result<Vec<Fact>, IncidentRefusal>, Problem> {
        let (server, caller) = (Arc::clone(self), caller.clone());
        Server::whole(async move {
            // Nobody restricts it between the look at it and the change.
            let _changing = server.ledger.changing.lock().await;
            server.sight(&caller).row::<IncidentRow>(id)?;
            let asked = server.ledger.ask::<Incident>(StreamId::Incident(id), caller.actor(), intent).await;
            match asked {
                Ok(facts) => Ok(Ok(facts)),
                Err(RecordError::Refused(refusal)) => Ok(Err(refusal)),
                Err(error @ RecordError::Failed { .. }) => {
                    Err(Problem::from_failure("an incident cannot be changed", &error))
                }
            }
        })
        .await
    }

    /// As [`Server::try_incident`]; what is refused is a problem.
    ///
    /// # Errors
    ///
    /// 409 when it is refused, too.
    pub async fn ask_incident(
        self: &Arc<Self>,
        caller: &Caller,
        id: IncidentId,
        intent: IncidentIntent,
    ) -> Result<Vec<Fact>, Problem> {
        let asked = self.try_incident(caller, id, intent).await?;
        asked.map_err(|refusal| Problem::conflict().detail(refusal.to_string()))
    }
}

//! Sources added, changed and removed, and what proves that they are it.

use super::Server;
use crate::access::Caller;
use crate::http::{Problem, check_version};
use crate::intake::{Made, Source};
use crate::ledger::RecordError;
use axum::http::HeaderMap;
use cofferdam_journal::StreamId;
use cofferdam_journal::source::{Source as SourceState, SourceIntent, SourceRefusal};
use cofferdam_store::Credential;
use cofferdam_vocabulary::{CredentialId, SourceName};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Server {
    /// One source.
    ///
    /// # Errors
    ///
    /// 404 when there is none of this name.
    pub fn source(&self, name: SourceName) -> Result<Arc<Source>, Problem> {
        self.intake.sources.get(name).ok_or_else(Problem::not_found)
    }

    /// Carries an intent of a source through.
    ///
    /// # Errors
    ///
    /// 404 when there is none, 409 when it is one of the configuration or something stands in the way, 422 when what is
    /// asked has not the form that it must have.
    pub async fn change_source(
        self: &Arc<Self>,
        caller: &Caller,
        name: SourceName,
        intent: SourceIntent,
    ) -> Result<(), Problem> {
        let there = self.intake.sources.get(name);
        if there.is_some_and(|source| matches!(source.made, Made::Configuration)) {
            let problem = Problem::conflict().detail("a source of this name is in the configuration");
            return Err(problem.help("change it there, or choose another name"));
        }
        let asked = self.ledger.ask::<SourceState>(StreamId::Source(name), caller.actor(), intent).await;
        asked.map(|_| ()).map_err(|error| refused(&error))
    }

    /// As [`Server::change_source`], for who says which version they change.
    ///
    /// # Errors
    ///
    /// As that; 428 and 412 as [`check_version`].
    pub async fn change_source_of(
        self: &Arc<Self>,
        caller: &Caller,
        headers: &HeaderMap,
        name: SourceName,
        intent: SourceIntent,
    ) -> Result<(), Problem> {
        let (server, caller, headers) = (Arc::clone(self), caller.clone(), headers.clone());
        Server::whole(async move {
            // Nobody changes it between the look at its version and the change.
            let _changing = server.ledger.changing.lock().await;
            if let Made::Journal { version, .. } = server.source(name)?.made {
                check_version(&headers, version)?;
            }
            server.change_source(&caller, name, intent).await
        })
        .await
    }

    /// Keeps the secret with which a source signs. The one before it counts no more.
    ///
    /// # Errors
    ///
    /// As [`Server::change_source`]; 500 when it cannot be kept.
    pub async fn set_source_secret(
        self: &Arc<Self>,
        caller: &Caller,
        name: SourceName,
        secret: String,
    ) -> Result<(), Problem> {
        let (server, caller) = (Arc::clone(self), caller.clone());
        Server::whole(async move {
            // Nobody sweeps what is kept here before the fact is there that names it.
            let _keeping = server.identity.keeping.lock().await;
            server.source(name)?;
            let credential = server.keep(Credential::Signing { secret }).await?;
            let changed = server.change_source(&caller, name, SourceIntent::SetSecret { credential }).await;
            // One that was refused is swept at once.
            server.sweep_credentials().await;
            changed
        })
        .await
    }

    /// Credentials that count: of users, and of sources.
    pub(crate) fn credentials_that_count(&self) -> BTreeSet<CredentialId> {
        let users = self.identity.roster.all();
        let of_users = users.iter().flat_map(|user| user.profile.credentials().collect::<Vec<_>>());
        of_users.chain(self.intake.sources.secrets()).collect()
    }
}

fn refused(error: &RecordError<SourceRefusal>) -> Problem {
    use SourceRefusal as R;
    let RecordError::Refused(refusal) = error else {
        return Problem::from_failure("a source cannot be changed", error);
    };
    let problem = match refusal {
        R::NotAdded | R::NoSuchToken { .. } => return Problem::not_found(),
        R::Added | R::OtherKind | R::SignsNothing | R::TooManyTokens | R::TokenKnown { .. } => {
            Problem::conflict()
        }
        R::Parser | R::Zone | R::Expected | R::Mapping | R::MapsEvents | R::Expired | R::TooLong => {
            Problem::invalid()
        }
    };
    problem.detail(refusal.to_string())
}

//! Who may see an object: named people, or everybody with the permission.

use super::Server;
use crate::access::Caller;
use crate::http::{Problem, check_version, etag, has_version};
use crate::ledger::{Kept, RecordError};
use axum::http::{HeaderMap, HeaderValue};
use cofferdam_journal::{Aggregate, NAMED};
use cofferdam_vocabulary::UserId;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// The people who may see an object from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedPeople {
    /// Who; whoever asks must be among them.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 500, example = json!(["USR-0001", "USR-0004"]))]
    to: Vec<UserId>,
}

impl NamedPeople {
    /// The people, when they can be named.
    ///
    /// # Errors
    ///
    /// 428 when it is not said which version is changed, 422 when nobody is named or too many are, 409 when one of
    /// them is not there or the caller is not among them.
    pub fn checked(
        self,
        server: &Server,
        caller: &Caller,
        headers: &HeaderMap,
    ) -> Result<BTreeSet<UserId>, Problem> {
        has_version(headers)?;
        if !(1..=NAMED).contains(&self.to.len()) {
            return Err(Problem::invalid().detail(format!("name 1 to {NAMED} users")));
        }
        let people: BTreeSet<UserId> = self.to.into_iter().collect();
        if let Some(nobody) = people.iter().find(|id| server.identity.roster.user(**id).is_none()) {
            return Err(Problem::conflict().detail(format!("there is no user {nobody}")));
        }
        if !people.contains(&caller.user) {
            let detail = "you would lose sight of it yourself";
            return Err(Problem::conflict().detail(detail).help("name yourself, too"));
        }
        Ok(people)
    }
}

impl Server {
    /// Carries an intent of an object through, for a caller who sees it and says which version they change.
    /// Returns the tag of the version that is there then.
    ///
    /// # Errors
    ///
    /// 404 when it is not there for the caller, 428 and 412 as [`check_version`], 409 when it refuses.
    pub async fn change_seen<R, A>(
        self: &Arc<Self>,
        caller: &Caller,
        headers: &HeaderMap,
        id: R::Id,
        intent: A::Intent,
    ) -> Result<HeaderValue, Problem>
    where
        R: Kept,
        A: Aggregate,
        A::Intent: Clone + Send + 'static,
        A::Refusal: Send + 'static,
    {
        // Nobody changes it between the look at its version and the change.
        let _changing = self.ledger.changing.lock().await;
        let (_, entries) = self.sight(caller).object::<R>(id).await?;
        let version = entries.len() as u64;
        check_version(headers, version)?;
        let asked = self.ledger.ask::<A>(R::stream(id), caller.actor(), intent).await;
        asked.map(|facts| etag(version + facts.len() as u64)).map_err(|error| match error {
            RecordError::Refused(refusal) => Problem::conflict().detail(refusal.to_string()),
            RecordError::Failed { .. } => Problem::from_failure("an object cannot be changed", &error),
        })
    }
}

//! What stands in a path and behind its question mark, read into closed types.

use super::problem::Problem;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use std::str::FromStr;

/// Parameters behind the question mark, of a closed type.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Query<T>, Problem> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|query: axum::extract::Query<T>| Query(query.0))
            .map_err(|error| Problem::bad_request().detail(error.body_text()))
    }
}

/// No parameters at all: whoever sends some expects what will not happen.
pub struct NoQuery;

impl<S: Send + Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<NoQuery, Problem> {
        match parts.uri.query().unwrap_or_default() {
            "" => Ok(NoQuery),
            _ => Err(Problem::bad_request().detail("this route takes no parameters")),
        }
    }
}

/// The two ids in a path, the outer one first; as with one, what is no id names nothing.
pub struct Ids<A, B>(pub A, pub B);

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for Ids<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Ids<A, B>, Problem> {
        let params =
            RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        let values: Vec<&str> = params.iter().map(|(_, value)| value).collect();
        let [outer, inner] = values[..] else { return Err(Problem::not_found()) };
        match (outer.parse(), inner.parse()) {
            (Ok(outer), Ok(inner)) => Ok(Ids(outer, inner)),
            _ => Err(Problem::not_found()),
        }
    }
}

/// The one id in a path; what is no id names nothing that is there.
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Id<T>, Problem> {
        let params =
            RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        let mut values = params.iter().map(|(_, value)| value);
        let id = values.next().and_then(|value| value.parse().ok());
        id.filter(|_| values.next().is_none()).map(Id).ok_or_else(Problem::not_found)
    }
}

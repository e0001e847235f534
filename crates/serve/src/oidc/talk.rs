//! A talk with the provider: over in a few seconds, whatever it does.

use cofferdam_connect::{FetchError, Fetcher};
use openidconnect::{HttpRequest, HttpResponse};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One answer may take so long.
const ANSWER: Duration = Duration::from_secs(5);
/// All answers together; a request that waits for them ends after ten seconds.
const TOGETHER: Duration = Duration::from_secs(8);
/// Characters of a reason in the log.
const REASON: usize = 500;
/// Longer words of it are left out: they may be a token, or part of one.
const WORD: usize = 80;

/// A talk with the provider. It waits for answers: nothing that serves requests may ask.
#[derive(Clone)]
pub struct Talk {
    fetcher: Arc<Fetcher>,
    until: Instant,
}

impl Talk {
    /// Begins now.
    pub fn begin(fetcher: &Arc<Fetcher>) -> Talk {
        Talk { fetcher: Arc::clone(fetcher), until: Instant::now() + TOGETHER }
    }

    /// Sends one request.
    ///
    /// # Errors
    ///
    /// [`FetchError`] when there is no answer in time, or it says that something failed there.
    pub fn ask(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(FetchError { what: "it answers too slowly".to_owned() });
        }
        let answer = self.fetcher.fetch(request, left.min(ANSWER))?;
        if answer.status().is_server_error() {
            return Err(FetchError { what: format!("it answered {}", answer.status()) });
        }
        Ok(answer)
    }

    /// Whether it would ask this address.
    pub fn reaches(&self, address: &str) -> bool {
        self.fetcher.reaches(address)
    }
}

/// An error and what is behind it, in words for the log.
pub fn told(error: &dyn Error) -> String {
    let chain = std::iter::successors(Some(error), |error| (*error).source());
    let text = chain.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    let text: String = text.chars().map(|ch| if ch.is_control() { '\u{fffd}' } else { ch }).collect();
    let words = text.split(' ').map(|word| if word.chars().count() > WORD { "…" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_and_holds_no_token() {
        let error = FetchError { what: format!("invalid type: \"{}\" at line 1", "eyJ".repeat(100)) };
        assert_eq!(told(&error), "invalid type: … at line 1");
        let lines = FetchError { what: "no\nsuch\u{1b}[2J issuer".to_owned() };
        assert_eq!(told(&lines), "no\u{fffd}such\u{fffd}[2J issuer");
        let long = FetchError { what: "no ".repeat(1000) };
        assert_eq!(told(&long).chars().count(), REASON);
    }
}

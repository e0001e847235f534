//! A session: somebody is logged in, from when until when.

use crate::aggregate::Aggregate;
use crate::fact::Fact;
use crate::personal::Personal;
use cofferdam_vocabulary::{SessionId, UserId};
use serde::{Deserialize, Serialize};

/// One session, as its facts tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Whose it is; none before it was started.
    pub started: Option<Started>,
    /// The session that took its place when its user proved again who they are.
    pub raised_to: Option<SessionId>,
    /// Why it counts no more.
    pub ended: Option<SessionEnd>,
}

/// How a session began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Who is logged in.
    pub user: UserId,
    /// How they proved who they are.
    pub method: LoginMethod,
    /// From where.
    pub address: Personal,
}

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginMethod {
    /// By the link that the first start prints.
    SetupLink,
    /// By a password alone.
    Password,
    /// By a password and a second factor.
    SecondFactor,
    /// By a password and a recovery code.
    RecoveryCode,
    /// An OpenID provider says so.
    Oidc,
}

/// Why a session counts no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionEnd {
    /// Its user left.
    Logout,
    /// Nobody used it for too long.
    Idle,
    /// It was as old as a session may become.
    Expired,
    /// Its user was disabled.
    Disabled,
    /// Its user has another part now.
    RolesChanged,
    /// A password or second factor of its user was changed.
    CredentialChanged,
    /// An administrator ended it.
    EndedByAdministrator,
    /// Another one took its place.
    Replaced,
    /// The server was started again.
    Restart,
}

/// Asked of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionIntent {
    /// Somebody logged in.
    Start(Started),
    /// Its user proved again who they are; another session takes its place.
    Raise {
        /// The other one.
        to: SessionId,
    },
    /// It counts no more.
    End {
        /// Why.
        why: SessionEnd,
    },
}

/// Why an intent was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionRefusal {
    /// There is no session of that id.
    #[error("no such session was started")]
    NotStarted,
    /// The id is taken.
    #[error("a session of this id was started already")]
    Started,
    /// It counts no more.
    #[error("the session has ended; log in again")]
    Ended,
}

impl Aggregate for Session {
    type Intent = SessionIntent;
    type Refusal = SessionRefusal;

    fn decide(&self, intent: SessionIntent) -> Result<Vec<Fact>, SessionRefusal> {
        match (intent, &self.started) {
            (SessionIntent::Start(_), None) if self.ended.is_some() => Err(SessionRefusal::Ended),
            (SessionIntent::Start(new), None) => Ok(vec![Fact::SessionStarted(new)]),
            (SessionIntent::Start(new), Some(old)) if new == *old && self.ended.is_none() => Ok(vec![]),
            (SessionIntent::Start(_), Some(_)) => Err(SessionRefusal::Started),
            (_, None) => Err(SessionRefusal::NotStarted),
            (SessionIntent::Raise { to }, _) if self.raised_to == Some(to) => Ok(vec![]),
            (SessionIntent::Raise { .. }, _) if self.ended.is_some() => Err(SessionRefusal::Ended),
            (SessionIntent::Raise { to }, _) => {
                let ended = Fact::SessionEnded { why: SessionEnd::Replaced };
                Ok(vec![Fact::SessionRaised { to }, ended])
            }
            (SessionIntent::End { .. }, _) if self.ended.is_some() => Ok(vec![]),
            (SessionIntent::End { why }, _) => Ok(vec![Fact::SessionEnded { why }]),
        }
    }

    fn evolve(mut self, fact: &Fact) -> Session {
        match fact {
            Fact::SessionStarted(started) => self.started = Some(started.clone()),
            Fact::SessionRaised { to } => self.raised_to = Some(*to),
            Fact::SessionEnded { why } => self.ended = self.ended.or(Some(*why)),
            _ => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(user: u64) -> SessionIntent {
        let address = Personal::of("192.0.2.7");
        SessionIntent::Start(Started { user: UserId(user), method: LoginMethod::SecondFactor, address })
    }

    #[track_caller]
    fn check(before: &[SessionIntent], intent: SessionIntent, want: &str) {
        let state = before.iter().fold(Session::default(), |state, intent| {
            let facts = state.decide(intent.clone()).unwrap();
            facts.iter().fold(state, Session::evolve)
        });
        let got = match state.decide(intent) {
            Ok(facts) => facts.iter().map(Fact::kind).collect::<Vec<_>>().join(", "),
            Err(refusal) => format!("refused: {refusal}"),
        };
        assert_eq!(got, want);
    }

    #[test]
    fn a_session_begins_once_and_ends_once() {
        let end = |why| SessionIntent::End { why };
        let raise = |to| SessionIntent::Raise { to: SessionId([to; 8]) };
        check(&[], start(1), "session-started/1");
        check(&[start(1)], start(1), "");
        check(&[start(1)], start(2), "refused: a session of this id was started already");
        check(&[], end(SessionEnd::Logout), "refused: no such session was started");
        check(&[start(1)], end(SessionEnd::Idle), "session-ended/1");
        let ended = [start(1), end(SessionEnd::Idle)];
        check(&ended, end(SessionEnd::Logout), "");
        check(&ended, start(1), "refused: a session of this id was started already");
        check(&ended, raise(2), "refused: the session has ended; log in again");
        check(&[start(1)], raise(2), "session-raised/1, session-ended/1");
        check(&[start(1), raise(2)], raise(2), "");
        check(&[start(1), raise(2)], raise(3), "refused: the session has ended; log in again");
    }
}

//! What people report without an account: who may, how often, and which they sent just now.

mod recent;

pub use recent::key;

use crate::http::Problem;
use crate::identity::{Attempts, Fingerprint};
use crate::settings::{LoginLimits, ReportSettings, ReportsOpen};
use jiff::Timestamp;
use recent::Recent;
use std::net::IpAddr;
use std::time::Duration;

/// In which time reports and looks are counted.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Looks at numbers from one address: whoever has one looks often.
const LOOKS: u32 = 60;
/// Wrong codes from one address.
const CODES: u32 = 20;
/// Looks and wrong codes from anywhere: they are remembered one by one.
const ANYWHERE: u32 = 10_000;
/// What attempts count against that are nobody's.
const NOBODY: &str = "";

/// What people report without an account.
pub struct Reports {
    open: Option<Code>,
    sent: Attempts,
    looks: Attempts,
    codes: Attempts,
    /// What was sent just now, so that a form that is sent twice is one report.
    pub recent: Recent,
    /// Held while a report gets the next free number.
    pub numbering: tokio::sync::Mutex<()>,
    /// Held while alerts are raised, so that each report has one.
    pub alerting: tokio::sync::Mutex<()>,
}

/// What is kept of the code, if there is one.
struct Code(Option<Fingerprint>);

impl Reports {
    /// As the settings say.
    pub fn new(settings: &ReportSettings) -> Reports {
        let limits = |attempts, account_attempts| {
            Attempts::new(LoginLimits { attempts, account_attempts, window: WINDOW })
        };
        Reports {
            open: match &settings.open {
                ReportsOpen::Off => None,
                ReportsOpen::Open => Some(Code(None)),
                ReportsOpen::Code(code) => Some(Code(Some(Fingerprint::of(&said(code))))),
            },
            sent: limits(settings.per_address, settings.overall),
            looks: limits(LOOKS, ANYWHERE),
            codes: limits(CODES, ANYWHERE),
            recent: Recent::default(),
            numbering: tokio::sync::Mutex::new(()),
            alerting: tokio::sync::Mutex::new(()),
        }
    }

    /// Whether people may report.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether they need a code.
    pub fn asks_code(&self) -> bool {
        matches!(self.open, Some(Code(Some(_))))
    }

    /// Lets somebody report from this place, with the code that they gave.
    ///
    /// # Errors
    ///
    /// 404 when nobody may, 403 when it is not the code, 429 when too many come.
    pub fn admit(&self, code: &str, place: IpAddr, now: Timestamp) -> Result<(), Problem> {
        let Some(Code(wanted)) = &self.open else { return Err(Problem::not_found()) };
        if let Some(wanted) = wanted {
            // Who lacks the code uses up nothing of those who have it.
            self.codes.take(NOBODY, place, now)?;
            if Fingerprint::of(&said(code)) != *wanted {
                return Err(Problem::forbidden().detail("the code is not right"));
            }
            self.codes.forgive(NOBODY, place);
        }
        Ok(self.sent.take(NOBODY, place, now)?)
    }

    /// Lets somebody look at a number from this place, before it is looked at.
    ///
    /// # Errors
    ///
    /// 404 when nobody may report, 429 when too many look.
    pub fn admit_look(&self, place: IpAddr, now: Timestamp) -> Result<(), Problem> {
        if !self.is_open() {
            return Err(Problem::not_found());
        }
        Ok(self.looks.take(NOBODY, place, now)?)
    }

    /// Lets somebody add to a report.
    ///
    /// # Errors
    ///
    /// 429 when too many do.
    pub fn admit_addition(&self, place: IpAddr, now: Timestamp) -> Result<(), Problem> {
        Ok(self.sent.take(NOBODY, place, now)?)
    }
}

/// A code as people say it to one another: case and spaces do not matter.
fn said(code: &str) -> String {
    code.chars().filter(|ch| !ch.is_whitespace() && *ch != '-').flat_map(char::to_lowercase).collect()
}

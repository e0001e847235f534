//! How bad: the five levels used for rules, alerts and incidents.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Severity, least first, so that `max` is the worst.
///
/// Source: Sigma specification 2.1, `level`; the same words serve incidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth keeping, not worth a look by itself.
    Informational,
    /// Notable in company.
    Low,
    /// To be looked at.
    Medium,
    /// To be looked at soon.
    High,
    /// To be looked at now.
    Critical,
}

/// The text is none of the five levels.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a level; use informational, low, medium, high or critical")]
pub struct LevelError {
    /// What was given.
    pub text: String,
}

impl Level {
    /// All levels, least first.
    pub const ALL: [Level; 5] =
        [Level::Informational, Level::Low, Level::Medium, Level::High, Level::Critical];

    /// Reads a level as people and rules write it; case does not matter, `info` is understood.
    ///
    /// # Errors
    ///
    /// [`LevelError`] for any other word.
    pub fn parse(text: &str) -> Result<Level, LevelError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "informational" | "info" => Ok(Level::Informational),
            "low" => Ok(Level::Low),
            "medium" => Ok(Level::Medium),
            "high" => Ok(Level::High),
            "critical" => Ok(Level::Critical),
            _ => Err(LevelError { text: text.to_owned() }),
        }
    }

    /// The word, lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Informational => "informational",
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
            Level::Critical => "critical",
        }
    }

    /// The next worse level; critical stays critical.
    pub fn raised(self) -> Level {
        match self {
            Level::Informational => Level::Low,
            Level::Low => Level::Medium,
            Level::Medium => Level::High,
            Level::High | Level::Critical => Level::Critical,
        }
    }

    /// The next lesser level; informational stays informational.
    pub fn lowered(self) -> Level {
        match self {
            Level::Informational | Level::Low => Level::Informational,
            Level::Medium => Level::Low,
            Level::High => Level::Medium,
            Level::Critical => Level::High,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_reads_as_it_prints() {
        for level in Level::ALL {
            assert_eq!(Level::parse(&level.to_string().to_uppercase()), Ok(level));
        }
        assert!(Level::parse("severe").is_err());
    }

    #[test]
    fn raising_stops_at_critical() {
        assert_eq!(Level::Medium.raised(), Level::High);
        assert_eq!(Level::Critical.raised(), Level::Critical);
        for level in [Level::Informational, Level::Low, Level::Medium, Level::High] {
            assert_eq!(level.raised().lowered(), level);
        }
        assert_eq!(Level::Informational.lowered(), Level::Informational);
    }
}

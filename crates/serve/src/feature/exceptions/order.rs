//! Exceptions as clients say them.

use crate::http::Problem;
use cofferdam_journal::exception::{Condition, ExceptionSpec, REASON_CHARS, VALUE_CHARS};
use cofferdam_journal::{Personal, VALUE_BYTES};
use cofferdam_vocabulary::{EntityKind, Level, Role, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which alerts are to be hidden, who answers for that, why, and until when. It names a rule, or conditions, or both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExceptionTerms {
    /// The rule that raised them, by its id; any where none is named.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, example = "ssh-brute-force")]
    rule: Option<String>,
    /// What they are about; all of it must apply.
    #[serde(default)]
    #[schema(max_items = 20)]
    conditions: Vec<ConditionTerms>,
    /// What raised them: `rule`, or the name of a product; either where none is named.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 63, pattern = "^[a-z0-9-]+$", example = "guardduty")]
    source: Option<String>,
    /// They are no worse than this.
    #[serde(default)]
    level_at_most: Option<LevelName>,
    /// Who answers for it; whoever asks, where nobody is named.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "USR-0001")]
    owner: Option<UserId>,
    /// Why, for whoever comes later.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "the vulnerability scanner")]
    reason: String,
    /// From when on it hides nothing more; at most 366 days from now.
    #[schema(value_type = String, format = "date-time")]
    expires: Timestamp,
    /// Save it although it would have hidden alerts that people found to be true.
    #[serde(default)]
    pub despite_true: bool,
}

/// What an alert is about: something of this kind, and nothing of this kind that does not fit.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionTerms {
    /// What it is.
    kind: ThingName,
    /// The part it plays; any where none is named.
    #[serde(default)]
    role: Option<PartName>,
    /// Which one, with `*` for any characters; of addresses a network, too. `null` when it was erased.
    #[schema(min_length = 1, max_length = 500, example = "192.0.2.0/24")]
    value: Option<String>,
}

/// Why an exception is ended.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndOrder {
    /// Why, for whoever comes later.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "the scanner is gone")]
    pub reason: String,
}

/// Words that are those of the journal.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident of $of:ident { $($(#[$each:meta])* $variant:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
        #[serde(rename_all = "lowercase")]
        pub enum $name {
            $($(#[$each])* $variant,)+
        }

        impl From<$name> for $of {
            fn from(name: $name) -> $of {
                match name {
                    $($name::$variant => $of::$variant,)+
                }
            }
        }

        impl From<$of> for $name {
            fn from(of: $of) -> $name {
                match of {
                    $($of::$variant => $name::$variant,)+
                }
            }
        }
    };
}

words!(
    /// What an alert is about.
    ThingName of EntityKind {
        /// A machine, by name.
        Host,
        /// An account.
        Account,
        /// An IP address.
        Address,
        /// A program by its path.
        Process,
        /// A file by its path.
        File,
        /// A file's hash.
        Hash,
        /// A DNS name.
        Domain,
        /// A path on a web server.
        Url,
        /// A key or value of a Windows registry.
        Registry,
        /// A service, scheduled task, cron job or systemd unit.
        Service,
    }
);
words!(
    /// The part that something plays.
    PartName of Role {
        /// Did it, or it was done with it.
        Actor,
        /// It was done to it.
        Target,
        /// Saw it happen.
        Observer,
    }
);
words!(
    /// How bad.
    LevelName of Level {
        /// Worth knowing.
        Informational,
        /// Hardly.
        Low,
        /// Rather.
        Medium,
        /// Bad.
        High,
        /// As bad as can be.
        Critical,
    }
);

impl ExceptionTerms {
    /// What is recorded; `caller` answers for it where nobody is named.
    ///
    /// # Errors
    ///
    /// 422 for texts that are too long for the journal. Whatever else is wrong is said when it is tried.
    pub fn spec(self, caller: UserId) -> Result<ExceptionSpec, Problem> {
        let conditions: Result<_, Problem> =
            self.conditions.into_iter().map(ConditionTerms::condition).collect();
        Ok(ExceptionSpec {
            rule: self.rule,
            conditions: conditions?,
            source: self.source,
            level_at_most: self.level_at_most.map(Level::from),
            owner: self.owner.unwrap_or(caller),
            reason: reason(&self.reason)?,
            expires: self.expires,
        })
    }
}

impl ConditionTerms {
    fn condition(self) -> Result<Condition, Problem> {
        let fits = |value: &String| value.chars().count() <= VALUE_CHARS && value.len() <= VALUE_BYTES;
        let Some(value) = self.value.filter(fits) else {
            let detail = format!("`value` is 1 to {VALUE_CHARS} characters");
            return Err(Problem::invalid().detail(detail));
        };
        // Spaces at the ends are nobody's name, and come with what is copied.
        let value = Personal::of(value.trim());
        Ok(Condition { kind: self.kind.into(), role: self.role.map(Role::from), value })
    }

    /// As clients read it.
    pub fn of(condition: &Condition) -> ConditionTerms {
        ConditionTerms {
            kind: condition.kind.into(),
            role: condition.role.map(PartName::from),
            value: condition.value.known().map(str::to_owned),
        }
    }
}

/// A reason that says something.
///
/// # Errors
///
/// 422 for none, and for one that is too long.
pub fn reason(text: &str) -> Result<Personal, Problem> {
    if text.trim().is_empty() || text.chars().count() > REASON_CHARS || text.len() > VALUE_BYTES {
        let detail = format!("`reason` is 1 to {REASON_CHARS} characters, not all of them spaces");
        return Err(Problem::invalid().detail(detail));
    }
    Ok(Personal::of(text.trim()))
}

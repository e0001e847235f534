//! Enums whose variants are all known, each with the text that is written for it.

use std::fmt;

/// One of a closed list of words.
pub trait Word: Copy + Eq + fmt::Display + 'static {
    /// What each of them is, in words: `permission`.
    const WHAT: &'static str;
    /// All there are, in their order.
    const ALL: &'static [Self];

    /// As it is written.
    fn as_str(self) -> &'static str;

    /// Reads what [`as_str`](Word::as_str) writes.
    ///
    /// # Errors
    ///
    /// [`WordError`] for anything else.
    fn parse(text: &str) -> Result<Self, WordError> {
        let found = Self::ALL.iter().copied().find(|one| one.as_str() == text);
        found.ok_or_else(|| WordError {
            text: text.chars().take(40).collect(),
            what: Self::WHAT,
            words: Self::ALL.iter().map(|one| one.as_str()).collect(),
        })
    }
}

/// The text is none of the words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}; there are {}", words.join(", "))]
pub struct WordError {
    /// What was given, cut.
    pub text: String,
    /// What it should have been.
    pub what: &'static str,
    /// The words there are.
    pub words: Vec<&'static str>,
}

/// An enum whose variants are all known, each with its text.
macro_rules! closed_words {
    ($(#[$doc:meta])* $name:ident, $what:literal {
        $($(#[$of:meta])* $variant:ident = $text:literal,)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum $name {
            $($(#[$of])* $variant,)+
        }

        impl $name {
            /// All there are, in their order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// As it is written.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)+
                }
            }

            /// Reads what [`as_str`](Self::as_str) writes.
            ///
            /// # Errors
            ///
            /// [`WordError`](crate::WordError) for anything else.
            pub fn parse(text: &str) -> Result<$name, $crate::WordError> {
                <$name as $crate::Word>::parse(text)
            }
        }

        impl $crate::Word for $name {
            const WHAT: &'static str = $what;
            const ALL: &'static [$name] = $name::ALL;

            fn as_str(self) -> &'static str {
                $name::as_str(self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl From<$name> for String {
            fn from(one: $name) -> String {
                one.as_str().to_owned()
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::WordError;

            fn try_from(text: String) -> Result<$name, $crate::WordError> {
                $name::parse(&text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::WordError;

            fn from_str(text: &str) -> Result<$name, $crate::WordError> {
                $name::parse(text)
            }
        }
    };
}

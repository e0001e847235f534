//! What users are called: the account with which they log in, and the name that others see.

use crate::personal::Personal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Characters of an account's name.
const ACCOUNT: usize = 64;
/// Characters of a name that others see.
const NAME: usize = 200;

/// The name with which somebody logs in: lower case, so that there is one spelling of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountName(String);

/// The text is no account's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no name of an account: 1 to 64 of the letters a to z, digits and `.`, `_`, `-`, `@`, `+`"
)]
pub struct AccountNameError {
    /// What was given, cut.
    pub text: String,
}

impl AccountName {
    /// Reads an account's name in either case. Letters are those of ASCII: two names that look the same are
    /// the same.
    ///
    /// # Errors
    ///
    /// [`AccountNameError`] when it is empty, longer than 64 characters, or holds others.
    pub fn parse(text: &str) -> Result<AccountName, AccountNameError> {
        let name = text.trim();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@+".contains(&byte);
        if (1..=ACCOUNT).contains(&name.len()) && name.bytes().all(fits) {
            return Ok(AccountName(name.to_ascii_lowercase()));
        }
        Err(AccountNameError { text: text.chars().take(80).collect() })
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it stands in facts.
    pub fn personal(&self) -> Personal {
        Personal::of(&self.0)
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<AccountName> for String {
    fn from(name: AccountName) -> String {
        name.0
    }
}

impl TryFrom<String> for AccountName {
    type Error = AccountNameError;

    fn try_from(text: String) -> Result<AccountName, AccountNameError> {
        AccountName::parse(&text)
    }
}

/// A name that others see, as somebody typed it: cut to 200 characters, without those that control how text
/// is shown. None when nothing is left.
pub fn display_name(text: &str) -> Option<Personal> {
    let is_shown = |ch: &char| !ch.is_control() && !is_direction(*ch);
    let name: String = text.trim().chars().filter(is_shown).take(NAME).collect();
    (!name.trim().is_empty()).then(|| Personal::of(name.trim()))
}

/// Characters that turn the direction of what follows, so that a name could be shown as another one.
fn is_direction(ch: char) -> bool {
    matches!(ch, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_one_spelling() {
        for (text, want) in
            [("Ops1", "ops1"), (" dev1@Example.org ", "dev1@example.org"), ("a.b_c-d+e", "a.b_c-d+e")]
        {
            assert_eq!(AccountName::parse(text).unwrap().as_str(), want);
        }
        let long = "a".repeat(65);
        for bad in ["", " ", "ops 1", "öps1", "ops1\0", "ops/1", "\u{430}dmin", &long] {
            assert!(AccountName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_is_cut_and_cannot_turn_text_around() {
        assert_eq!(display_name("  Operations, first shift "), Some(Personal::of("Operations, first shift")));
        assert_eq!(display_name("nimda\u{202e}\n\u{7}"), Some(Personal::of("nimda")));
        assert_eq!(display_name("\u{202e} \n"), None);
        let cut = display_name(&"é".repeat(500)).unwrap();
        assert_eq!(cut.known().unwrap().chars().count(), 200);
    }
}

//! Who or what raised an alert.

use cofferdam_vocabulary::ReportId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Bytes of the longest name of a product.
const LONGEST: usize = 63;

/// Who or what raised an alert.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertSource {
    /// A rule of ours.
    #[default]
    Rule,
    /// Another product, whose alert it was first.
    Product(ProductName),
    /// A person who reported it.
    Report(ReportId),
}

/// What a product is called where alerts are listed (`guardduty`, `elastic-security`): 1 to 63 of the letters a to z,
/// digits and `-`, so that no text from outside can stand there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProductName(Box<str>);

/// The text is no name of a product.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no name of a product: 1 to 63 of the letters a to z, digits and `-`")]
pub struct ProductNameError {
    /// What was given, cut.
    pub text: String,
}

impl AlertSource {
    /// As it is shown and filtered: `rule`, `report`, or the product's name.
    pub fn as_str(&self) -> &str {
        match self {
            AlertSource::Rule => "rule",
            AlertSource::Product(product) => product.as_str(),
            AlertSource::Report(_) => "report",
        }
    }

    /// It is a rule of ours, which need not be said.
    pub(crate) fn is_rule(&self) -> bool {
        *self == AlertSource::Rule
    }
}

impl ProductName {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// [`ProductNameError`] for anything else.
    pub fn parse(text: &str) -> Result<ProductName, ProductNameError> {
        let is_name = (1..=LONGEST).contains(&text.len())
            && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        match is_name {
            true => Ok(ProductName(text.into())),
            false => Err(ProductNameError { text: text.chars().take(80).collect() }),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProductName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for ProductName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<ProductName> for String {
    fn from(name: ProductName) -> String {
        name.0.into()
    }
}

impl TryFrom<String> for ProductName {
    type Error = ProductNameError;

    fn try_from(text: String) -> Result<ProductName, ProductNameError> {
        ProductName::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_holds_no_text_from_outside() {
        for good in ["guardduty", "elastic-security", "3com", &"a".repeat(63)] {
            assert_eq!(ProductName::parse(good).map(String::from).as_deref(), Ok(good));
        }
        for bad in ["", "GuardDuty", "a b", "kim@example.org", "é", &"a".repeat(64)] {
            assert!(ProductName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_source_is_written_in_one_way() {
        let product = AlertSource::Product(ProductName::parse("wazuh").unwrap());
        for (source, text) in [
            (AlertSource::Rule, r#""rule""#),
            (product, r#"{"product":"wazuh"}"#),
            (AlertSource::Report(ReportId(7)), r#"{"report":"REP-0007"}"#),
        ] {
            assert_eq!(serde_json::to_string(&source).unwrap(), text);
            assert_eq!(serde_json::from_str::<AlertSource>(text).unwrap(), source);
        }
        assert!(serde_json::from_str::<AlertSource>(r#"{"product":"A rule"}"#).is_err());
    }
}

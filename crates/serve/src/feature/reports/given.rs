//! What somebody sends who reports.

use crate::http::{Problem, Source};
use crate::server::Told;
use cofferdam_journal::Personal;
use cofferdam_journal::report::{HowBad, NamedKind, NamedThing, Received};
use cofferdam_vocabulary::ContentHash;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Characters of what happened.
pub const WHAT: usize = 4000;
/// Characters of everything else.
pub const SHORT: usize = 300;

/// What somebody saw. Only what happened has to be said.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenReport {
    /// What happened.
    #[schema(
        min_length = 1,
        max_length = 4000,
        pattern = r"\S",
        example = "I entered my password on a page that looked odd"
    )]
    pub what: String,
    /// How bad it is, as far as they can say.
    #[serde(default)]
    pub how_bad: GivenHowBad,
    /// Since when, in their words.
    #[serde(default)]
    #[schema(max_length = 300, example = "since this morning")]
    pub when: String,
    /// A computer or device.
    #[serde(default)]
    #[schema(max_length = 300, example = "web-01")]
    pub host: String,
    /// An account.
    #[serde(default)]
    #[schema(max_length = 300, example = "dev1")]
    pub account: String,
    /// A network address.
    #[serde(default)]
    #[schema(max_length = 300, example = "192.0.2.7")]
    pub address: String,
    /// A link, or an address of mail.
    #[serde(default)]
    #[schema(max_length = 300, example = "https://example.net/login")]
    pub link: String,
    /// A file.
    #[serde(default)]
    #[schema(max_length = 300, example = "invoice.pdf")]
    pub file: String,
    /// How to reach them.
    #[serde(default)]
    #[schema(max_length = 300, example = "extension 4711")]
    pub contact: String,
    /// The code, where one is asked for.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub code: String,
}

/// How bad somebody thinks it is who need not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum GivenHowBad {
    /// It happens now, or something was damaged, locked or stolen.
    Now,
    /// They opened, entered or gave something.
    Acted,
    /// It looks odd, and they did nothing with it.
    Odd,
    /// They cannot say.
    #[default]
    Unsure,
}

impl GivenReport {
    /// What is written, but for the code.
    pub fn texts(&self) -> [&str; 8] {
        let GivenReport { what, when, host, account, address, link, file, contact, .. } = self;
        [what, when, host, account, address, link, file, contact]
    }

    /// What is recorded of it.
    ///
    /// # Errors
    ///
    /// 422 when nothing is said, or too much.
    pub fn read(&self, source: Source) -> Result<Told, Problem> {
        text_within(&self.what, WHAT)?;
        let is_long = |text: &&str| text.chars().count() > SHORT;
        if self.texts().iter().skip(1).any(is_long) || is_long(&self.code.as_str()) {
            return Err(
                Problem::invalid().detail(format!("each short answer has at most {SHORT} characters"))
            );
        }
        let some = |text: &str| Some(Personal::of(text.trim())).filter(|_| !text.trim().is_empty());
        let named = [
            (NamedKind::Host, &self.host),
            (NamedKind::Account, &self.account),
            (NamedKind::Address, &self.address),
            (NamedKind::Link, &self.link),
            (NamedKind::File, &self.file),
        ];
        let named =
            named.into_iter().filter_map(|(kind, text)| Some(NamedThing { kind, value: some(text)? }));
        let how_bad = match self.how_bad {
            GivenHowBad::Now => HowBad::Now,
            GivenHowBad::Acted => HowBad::Acted,
            GivenHowBad::Odd => HowBad::Odd,
            GivenHowBad::Unsure => HowBad::Unsure,
        };
        let received = Received {
            // It is given its number when it is recorded.
            number: ContentHash([0; 32]),
            how_bad,
            what: Personal::parts(self.what.trim()),
            when: some(&self.when),
            named: named.collect(),
            contact: some(&self.contact),
            address: Personal::of(&source.0.to_string()),
        };
        Ok(Told { received, code: self.code.clone() })
    }
}

/// That something is said, and not too much.
///
/// # Errors
///
/// 422.
pub fn text_within(text: &str, most: usize) -> Result<(), Problem> {
    if text.trim().is_empty() {
        return Err(Problem::invalid().detail("say what happened; a few words are enough"));
    }
    match text.chars().count() {
        given if given > most => {
            Err(Problem::invalid().detail(format!("the text has {given} characters; {most} fit")))
        }
        _ => Ok(()),
    }
}

//! The configuration's file: TOML, read into settings with their places.

use super::given::{Given, Name, Span, Spot};
use super::origin::Origin;
use super::problem::{Problem, SYNTAX, UNKNOWN, VALUE, place};
use super::setting::Setting;
use super::table::{SETTINGS, find, is_section};
use crate::text::cut;
use cofferdam_vocabulary::nearest;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// A file, as it was read.
#[derive(Clone, Debug)]
pub struct ConfigurationFile {
    /// Where it lies.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// What a file sets, and what is wrong with it.
#[derive(Debug, Default)]
pub struct FileSettings {
    /// Settings and their values.
    pub set: Vec<(&'static Setting, Spot)>,
    /// Names that nothing has, and tables that are none; or the one error that keeps it from being read.
    pub problems: Vec<Problem>,
}

impl ConfigurationFile {
    /// The folder from which the paths in it are taken.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The place of something in it.
    pub fn origin(&self, span: &Span) -> Origin {
        Origin::File { path: self.path.clone(), line: place(&self.text, span.start).0 }
    }

    /// Reads it.
    pub fn read(&self) -> FileSettings {
        let mut found = FileSettings::default();
        match DeTable::parse(&self.text) {
            Ok(table) => self.walk("", table.get_ref(), &mut found),
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                let message = format!("the file is no TOML: {}", error.message());
                found.problems.push(self.problem(SYNTAX, message, None, span));
            }
        }
        found
    }

    fn walk(&self, within: &str, table: &DeTable<'_>, found: &mut FileSettings) {
        for (key, value) in table {
            let name = if within.is_empty() {
                key.get_ref().to_string()
            } else {
                format!("{within}.{}", key.get_ref())
            };
            // A dot inside of quotes is part of a name, and no name of ours has one.
            let is_plain = !key.get_ref().contains('.');
            match (find(&name).filter(|_| is_plain), value.get_ref()) {
                (Some(setting), value_of) => {
                    found.set.push((setting, Spot { given: given(value_of), span: value.span() }));
                }
                (None, DeValue::Table(inner)) if is_plain && is_section(&name) => {
                    self.walk(&name, inner, found);
                }
                (None, _) if is_plain && is_section(&name) => {
                    let message = format!("`{name}` is a table of settings");
                    let help = format!("write `[{name}]`, and its settings below");
                    found.problems.push(self.problem(VALUE, message, Some(help), key.span()));
                }
                (None, _) => {
                    let message = format!("there is no setting `{}`", cut(&name, 60));
                    let help = meant(&name).map(|meant| format!("did you mean `{meant}`?"));
                    let help = help.unwrap_or_else(|| "`cofferdam config show` lists all of them".to_owned());
                    found.problems.push(self.problem(UNKNOWN, message, Some(help), key.span()));
                }
            }
        }
    }

    fn problem(&self, code: &'static str, message: String, help: Option<String>, span: Span) -> Problem {
        Problem { code, message, help, origin: self.origin(&span), span: Some(span) }
    }
}

/// The setting or table that was probably meant: one spelt nearly so, or one that has the name in a table.
fn meant(name: &str) -> Option<&'static str> {
    let last = |key: &'static str| key.rsplit('.').next();
    let sections = SETTINGS.iter().filter_map(|setting| setting.key.split_once('.')).map(|(table, _)| table);
    let written = name.rsplit('.').next().unwrap_or(name);
    nearest(name, SETTINGS.iter().map(|setting| setting.key).chain(sections))
        .or_else(|| SETTINGS.iter().map(|setting| setting.key).find(|key| last(key) == Some(written)))
        .or_else(|| {
            // A secret that was written into the file itself, where the file that holds it belongs.
            SETTINGS.iter().map(|setting| setting.key).find(|key| key.strip_suffix("_file") == Some(name))
        })
}

/// A value that was written as in the file, in one line.
pub fn value(text: &str) -> Option<Given> {
    if text.contains(['\n', '\r']) {
        return None;
    }
    let document = format!("value = {text}");
    let table = DeTable::parse(&document).ok()?;
    let mut entries = table.get_ref().iter();
    match (entries.next(), entries.next()) {
        (Some((_, value)), None) => Some(given(value.get_ref())),
        _ => None,
    }
}

fn given(value: &DeValue<'_>) -> Given {
    match value {
        DeValue::String(text) => Given::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Given::Other("a number that is too large"), Given::Whole),
        DeValue::Float(_) => Given::Other("a number with a fraction"),
        DeValue::Boolean(truth) => Given::Truth(*truth),
        DeValue::Datetime(_) => Given::Other("a point in time"),
        DeValue::Array(list) => Given::List(
            list.iter().map(|one| Spot { given: given(one.get_ref()), span: one.span() }).collect(),
        ),
        DeValue::Table(table) => Given::Table(
            table
                .iter()
                .map(|(key, one)| {
                    let name = Name { text: key.get_ref().to_string(), span: key.span() };
                    (name, Spot { given: given(one.get_ref()), span: one.span() })
                })
                .collect(),
        ),
    }
}

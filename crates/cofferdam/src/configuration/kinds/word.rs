//! Texts, choices, and what is on or off.

use super::super::given::{Given, Misread};
use super::Kind;
use cofferdam_vocabulary::{Level, nearest};
use serde_json::{Value, json};
use std::marker::PhantomData;
use std::path::Path;

/// A line of text.
pub struct Text;

/// True or false.
pub struct Switch;

/// One of some words.
pub struct Choice<W>(pub PhantomData<W>);

/// What can be chosen.
pub trait Words: Copy + PartialEq + 'static {
    /// Every word, and what it stands for.
    const ALL: &'static [(&'static str, Self)];
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: a document a line.
    Json,
}

/// What the log tells at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// What failed.
    Error,
    /// And what should be looked at.
    Warn,
    /// And what happens.
    Info,
    /// And how.
    Debug,
}

/// Whether people may report without an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhoReports {
    /// Nobody.
    Off,
    /// Whoever reaches the server.
    Open,
    /// Whoever knows the code.
    Code,
}

impl Words for WhoReports {
    const ALL: &'static [(&'static str, WhoReports)] =
        &[("off", WhoReports::Off), ("open", WhoReports::Open), ("code", WhoReports::Code)];
}

impl Words for Level {
    const ALL: &'static [(&'static str, Level)] = &[
        ("informational", Level::Informational),
        ("low", Level::Low),
        ("medium", Level::Medium),
        ("high", Level::High),
        ("critical", Level::Critical),
    ];
}

impl Words for LogFormat {
    const ALL: &'static [(&'static str, LogFormat)] = &[("text", LogFormat::Text), ("json", LogFormat::Json)];
}

impl Words for LogLevel {
    const ALL: &'static [(&'static str, LogLevel)] = &[
        ("error", LogLevel::Error),
        ("warn", LogLevel::Warn),
        ("info", LogLevel::Info),
        ("debug", LogLevel::Debug),
    ];
}

/// Longest text of a setting.
const TEXT_BYTES: usize = 1024;

impl Kind for Text {
    type Value = String;

    fn name(&self) -> String {
        "text".to_owned()
    }

    fn read(&self, given: &Given, _: &Path) -> Result<String, Misread> {
        let text = given.text("text")?;
        if text.len() > TEXT_BYTES {
            return Err(Misread::new(format!("is longer than {TEXT_BYTES} bytes")));
        }
        if text.chars().any(char::is_control) {
            return Err(Misread::new("holds control characters, such as a line break"));
        }
        Ok(text.to_owned())
    }

    fn show(&self, value: &String) -> Value {
        json!(value)
    }
}

impl Kind for Switch {
    type Value = bool;

    fn name(&self) -> String {
        "true or false".to_owned()
    }

    fn read(&self, given: &Given, _: &Path) -> Result<bool, Misread> {
        match given {
            Given::Truth(value) => Ok(*value),
            Given::Typed(text) => text
                .trim()
                .parse()
                .map_err(|_| Misread::new(format!("`{text}` is neither `true` nor `false`"))),
            _ => Err(given.other("true or false").help("without quotes")),
        }
    }

    fn show(&self, value: &bool) -> Value {
        json!(value)
    }
}

impl<W: Words> Kind for Choice<W> {
    type Value = W;

    fn name(&self) -> String {
        format!("one of {}", words::<W>().collect::<Vec<_>>().join(", "))
    }

    fn read(&self, given: &Given, _: &Path) -> Result<W, Misread> {
        let text = given.text(&self.name())?.trim();
        let found = W::ALL.iter().find(|(word, _)| *word == text);
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            Misread::new(format!("`{text}` is no choice")).help(match nearest(text, words::<W>()) {
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("write {}", self.name()),
            })
        })
    }

    fn show(&self, value: &W) -> Value {
        json!(W::ALL.iter().find(|(_, choice)| choice == value).map(|(word, _)| word))
    }
}

fn words<W: Words>() -> impl Iterator<Item = &'static str> {
    W::ALL.iter().map(|(word, _)| *word)
}

//! An object of a file whose fields are taken out one by one: what nobody took is noted when it is dropped, so that
//! nothing is lost without a word.

use crate::left::{Left, Why, joined, says_something};
use crate::text::Lines;
use crate::time::time;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// How a field is written where it has no place of its own.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// As it is.
    Text,
    /// As a time.
    Time,
    /// `yes` or `no`.
    Flag,
    /// Separated by commas.
    List,
}

/// Fields that are told in lines: each with what it is called there.
pub type Told = [(&'static str, &'static str, Form)];

/// An object whose fields are taken.
pub struct Fields<'l> {
    path: String,
    members: Map<String, Value>,
    left: &'l Left,
}

impl<'l> Fields<'l> {
    /// All fields of an object.
    pub fn new(path: String, members: Map<String, Value>, left: &'l Left) -> Fields<'l> {
        Fields { path, members, left }
    }

    /// Whether there is such a field, and it says something.
    pub fn has(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(says_something)
    }

    /// Whether a flag is set; it stays.
    pub fn is_true(&self, name: &str) -> bool {
        self.members.get(name) == Some(&Value::Bool(true))
    }

    /// A text; numbers and `true` are written as text.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let text = match self.members.get(name)? {
            Value::String(text) if !text.trim().is_empty() => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            _ => return None,
        };
        self.members.shift_remove(name);
        Some(text)
    }

    /// The first of these fields that is a text; the others stay.
    pub fn first(&mut self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.text(name))
    }

    /// What `read` makes of a field. One of which it makes nothing is noted.
    pub fn read<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Option<T>) -> Option<T> {
        let value = self.members.get(name).filter(|value| says_something(value))?;
        let found = read(value);
        let value = self.members.shift_remove(name)?;
        if found.is_none() {
            self.left.all(&joined(&self.path, name), &value, Why::Unreadable);
        }
        found
    }

    /// A time.
    pub fn time(&mut self, name: &str) -> Option<Timestamp> {
        self.read(name, time)
    }

    /// A flag.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        self.read(name, Value::as_bool)
    }

    /// Texts: of a list, of objects that name them, or of one text with commas.
    pub fn list(&mut self, name: &str) -> Vec<String> {
        if let Some(text) = self.text(name) {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            return parts.map(str::to_owned).collect();
        }
        let mut texts = Vec::new();
        for (path, item) in self.items(name, usize::MAX) {
            match item {
                Value::String(text) => texts.push(text),
                Value::Number(number) => texts.push(number.to_string()),
                Value::Object(members) => {
                    let mut fields = Fields::new(path, members, self.left);
                    fields.leave(&["id", "tag_id", "tag_creation_date", "tag_namespace"], Why::Inner);
                    texts.extend(fields.first(&["tag_title", "name", "title"]));
                }
                other => self.left.all(&path, &other, Why::Unknown),
            }
        }
        texts
    }

    /// The items of a list; more than `most` are noted.
    pub fn items(&mut self, name: &str, most: usize) -> Vec<(String, Value)> {
        let Some(Value::Array(_)) = self.members.get(name) else { return Vec::new() };
        let Some(Value::Array(mut items)) = self.members.shift_remove(name) else { return Vec::new() };
        let path = format!("{}[]", joined(&self.path, name));
        let more = items.split_off(items.len().min(most));
        more.iter().for_each(|item| self.left.all(&path, item, Why::TooMany));
        items.into_iter().map(|item| (path.clone(), item)).collect()
    }

    /// The objects of a list; more than `most` are noted, and so is what is no object.
    pub fn objects(&mut self, name: &str, most: usize) -> Vec<Fields<'l>> {
        let mut objects = Vec::new();
        for (path, item) in self.items(name, most) {
            match item {
                Value::Object(members) => objects.push(Fields::new(path, members, self.left)),
                other => self.left.all(&path, &other, Why::Unreadable),
            }
        }
        objects
    }

    /// An object within.
    pub fn object(&mut self, name: &str) -> Option<Fields<'l>> {
        let Some(Value::Object(_)) = self.members.get(name) else { return None };
        let Some(Value::Object(members)) = self.members.shift_remove(name) else { return None };
        Some(Fields::new(joined(&self.path, name), members, self.left))
    }

    /// One field of an object within, or of the field itself where it is a text.
    pub fn named(&mut self, name: &str, of: &[&str]) -> Option<String> {
        if let Some(text) = self.text(name) {
            return Some(text);
        }
        let mut within = self.object(name)?;
        let text = within.first(of);
        within.leave_all(Why::Named);
        text
    }

    /// Whatever a field holds, in lines.
    pub fn flat(&mut self, name: &str, lines: &mut Lines) {
        if let Some(value) = self.members.shift_remove(name) {
            lines.flat(name, &value);
        }
    }

    /// Fields that are told in lines.
    pub fn tell(&mut self, told: &Told, lines: &mut Lines) {
        for (name, label, form) in told {
            let said = match form {
                Form::Text => self.text(name),
                Form::Time => self.time(name).map(|at| at.to_string()),
                Form::Flag => self.flag(name).map(|flag| if flag { "yes" } else { "no" }.to_owned()),
                Form::List => Some(self.list(name).join(", ")).filter(|list| !list.is_empty()),
            };
            lines.field(label, said);
        }
    }

    /// Fields that are known and not imported.
    pub fn leave(&mut self, names: &[&str], why: Why) {
        for name in names {
            if let Some(value) = self.members.shift_remove(*name) {
                self.left.all(&joined(&self.path, name), &value, why);
            }
        }
    }

    /// All that is still there is known and not imported.
    pub fn leave_all(&mut self, why: Why) {
        for (name, value) in std::mem::take(&mut self.members) {
            self.left.all(&joined(&self.path, &name), &value, why);
        }
    }
}

impl Drop for Fields<'_> {
    fn drop(&mut self) {
        self.leave_all(Why::Unknown);
    }
}

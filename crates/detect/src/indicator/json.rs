//! Walks a large JSON document without building it.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;

/// A value as it stands in the document, whose grammar was checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw<'t>(&'t str);

impl<'t> Raw<'t> {
    /// A whole document. However deep it nests, it is walked without recursion.
    ///
    /// # Errors
    ///
    /// Why and where it is broken.
    pub(super) fn document(text: &'t str) -> Result<Raw<'t>, String> {
        match serde_json::from_str::<&RawValue>(text) {
            Ok(value) => Ok(Raw(value.get())),
            Err(error) => Err(format!("the JSON is broken: {error}")),
        }
    }

    /// The text of the value.
    pub(super) fn text(self) -> &'t str {
        self.0
    }

    /// The member of an object.
    pub(super) fn get(self, name: &str) -> Option<Raw<'t>> {
        // Keys with escapes cannot be borrowed, hence the `Cow`.
        #[derive(Deserialize, PartialEq, Eq, Hash)]
        struct Key<'t>(#[serde(borrow)] Cow<'t, str>);
        self.is_object().then_some(())?;
        let members: HashMap<Key<'t>, &'t RawValue> = serde_json::from_str(self.0).ok()?;
        members.get(&Key(Cow::Borrowed(name))).map(|value| Raw(value.get()))
    }

    /// The members of an array; a value that is none is one member.
    pub(super) fn members(self) -> Vec<Raw<'t>> {
        let members = self.is_array().then(|| serde_json::from_str::<Vec<&'t RawValue>>(self.0).ok());
        match members.flatten() {
            Some(members) => members.into_iter().map(|member| Raw(member.get())).collect(),
            None => vec![self],
        }
    }

    pub(super) fn is_object(self) -> bool {
        self.0.starts_with('{')
    }

    pub(super) fn is_array(self) -> bool {
        self.0.starts_with('[')
    }

    /// The value as a type of ours.
    pub(super) fn read<T: Deserialize<'t>>(self) -> Result<T, String> {
        serde_json::from_str(self.0).map_err(|error| error.to_string())
    }
}

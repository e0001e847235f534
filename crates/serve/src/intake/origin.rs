//! Which log of which source a record is of, in one text: the spool knows sources by a name.

use cofferdam_vocabulary::SourceName;

/// Bytes of a name in the spool.
const NAME_BYTES: usize = 255;
/// Stands between the parts; no part holds it.
const BETWEEN: char = '\t';

/// A log of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Name of the source.
    pub source: String,
    /// The host that records are of which do not say so.
    pub host: Option<String>,
    /// Which log, where the source sends several.
    pub log: Option<String>,
}

impl Origin {
    /// The source, and no log in particular.
    pub fn of(source: SourceName) -> Origin {
        Origin { source: source.as_str().to_owned(), host: None, log: None }
    }

    /// Reads what [`Origin::name`] wrote.
    pub fn read(name: &str) -> Origin {
        let mut parts = name.split(BETWEEN);
        let mut part = || parts.next().filter(|part| !part.is_empty()).map(ToOwned::to_owned);
        Origin { source: part().unwrap_or_default(), host: part(), log: part() }
    }

    /// Its name in the spool. What is too long is cut.
    pub fn name(&self) -> String {
        let clean = |text: &Option<String>| -> String {
            text.iter().flat_map(|text| text.chars()).filter(|c| !c.is_control()).collect()
        };
        let (host, log) = (clean(&self.host), clean(&self.log));
        let mut name = self.source.clone();
        if !host.is_empty() || !log.is_empty() {
            name = format!("{name}{BETWEEN}{host}{BETWEEN}{log}");
        }
        name.truncate(name.floor_char_boundary(NAME_BYTES));
        name
    }

    /// As people read where something was found: `web-logs`, or `web-logs/access.log`.
    pub fn shown(&self) -> String {
        match &self.log {
            Some(log) => format!("{}/{log}", self.source),
            None => self.source.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let some = |text: &str| Some(text.to_owned());
        let cases = [
            (Origin { source: "web".into(), host: None, log: None }, "web", "web"),
            (Origin { source: "web".into(), host: some("web-01"), log: None }, "web\tweb-01\t", "web"),
            (Origin { source: "web".into(), host: None, log: some("a.log") }, "web\t\ta.log", "web/a.log"),
        ];
        for (origin, name, shown) in cases {
            assert_eq!(origin.name(), name);
            assert_eq!(Origin::read(name), origin);
            assert_eq!(origin.shown(), shown);
        }
    }

    #[test]
    fn hostile_parts_do_no_harm() {
        let origin =
            Origin { source: "web".into(), host: Some("a\tb\u{1b}".into()), log: Some("ü".repeat(400)) };
        let name = origin.name();
        assert!(name.len() <= NAME_BYTES && name.starts_with("web\tab\tü"));
        assert_eq!(Origin::read(&name).host.as_deref(), Some("ab"));
    }
}

//! The examples in a rule file.

use crate::rule;
use yaml_serde::Value;

/// An example log.
#[derive(Clone, Debug)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// Id, name or title of the document that is to fire; `None` for the last one of the file.
    pub rule: Option<String>,
    /// How often exactly it is to fire; at least once where that is not said.
    pub count: Option<usize>,
    /// The log as it is.
    pub lines: String,
}

/// A rule file and the examples in it.
#[derive(Clone, Debug)]
pub struct RuleFile {
    /// The file.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Id, else name, else title, of each document, in the order of the file.
    pub documents: Vec<String>,
    /// Logs that must fire a rule.
    pub fire: Vec<Example>,
    /// Logs that no rule of the file may fire on.
    pub quiet: Vec<Example>,
    /// Examples that are not made as they must be: the line of their document and what is wrong.
    pub broken: Vec<(usize, String)>,
}

impl RuleFile {
    /// Reads the examples of a file. What is no YAML has none; loading its rules tells what is wrong.
    pub fn read(path: &str, text: &str) -> RuleFile {
        let mut file = RuleFile {
            path: path.to_owned(),
            text: text.to_owned(),
            documents: Vec::new(),
            fire: Vec::new(),
            quiet: Vec::new(),
            broken: Vec::new(),
        };
        for document in rule::documents(text).0 {
            let Some(value) = document.value() else { continue };
            let called = ["id", "name", "title"].into_iter().find_map(|key| value.get(key)?.as_str());
            file.documents.push(called.unwrap_or_default().to_owned());
            for (kind, listed) in value.get("examples").and_then(Value::as_mapping).into_iter().flatten() {
                file.take(kind.as_str().unwrap_or_default(), listed, document.line);
            }
        }
        file
    }

    fn take(&mut self, kind: &str, listed: &Value, line: usize) {
        let into = match kind {
            "fire" => &mut self.fire,
            "quiet" => &mut self.quiet,
            _ => {
                self.broken.push((line, format!("`examples` has no `{kind}`, only `fire` and `quiet`")));
                return;
            }
        };
        let Some(listed) = listed.as_sequence() else {
            self.broken.push((line, format!("`{kind}` under `examples` is not a list")));
            return;
        };
        for entry in listed {
            match example(entry) {
                Ok(example) => into.push(example),
                Err(reason) => self.broken.push((line, format!("an example under `{kind}` {reason}"))),
            }
        }
    }
}

fn example(entry: &Value) -> Result<Example, String> {
    let entry = entry.as_mapping().ok_or("is not a mapping")?;
    let known = ["name", "rule", "count", "lines"];
    let strange = entry.keys().find(|key| !key.as_str().is_some_and(|key| known.contains(&key)));
    if let Some(strange) = strange {
        return Err(format!("has the unknown key `{}`", strange.as_str().unwrap_or("?")));
    }
    let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    let count = match entry.get("count") {
        None => None,
        Some(count) => {
            let count = count.as_u64().and_then(|count| usize::try_from(count).ok());
            Some(count.ok_or("has a `count` that is no whole number")?)
        }
    };
    Ok(Example {
        name: text("name").ok_or("has no `name`")?,
        rule: text("rule"),
        count,
        lines: text("lines").ok_or("has no `lines`")?,
    })
}

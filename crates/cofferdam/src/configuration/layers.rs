//! What file, environment and flags say, in this rising order; and the configuration that comes of it.

use super::file::ConfigurationFile;
use super::given::{Given, Misread, Span};
use super::kinds::Kind;
use super::origin::Origin;
use super::problem::{Problem, Rejected, UNKNOWN};
use super::setting::{PREFIX, Setting};
use super::table::{Configuration, SETTINGS, is_section};
use super::together;
use cofferdam_vocabulary::nearest;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// All that was said, before any of it is understood.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file, if there is one.
    pub file: Option<ConfigurationFile>,
    /// The variables that begin with [`PREFIX`].
    pub environment: Vec<(String, OsString)>,
    /// Flags: the setting's key and what was given.
    pub flags: Vec<(&'static str, String)>,
}

/// A configuration, and who set each value.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub configuration: Configuration,
    /// Who set what.
    pub origins: Origins,
    /// The file that was read.
    pub file: Option<ConfigurationFile>,
}

/// Who set what, and where in the file.
pub type Origins = BTreeMap<&'static str, (Origin, Option<Span>)>;

/// What each layer says of each setting, the lowest first.
#[derive(Debug, Default)]
pub struct Layers {
    said: BTreeMap<&'static str, Vec<Said>>,
    origins: Origins,
    problems: Vec<Problem>,
}

/// What one layer says of a setting.
#[derive(Clone, Debug)]
struct Said {
    given: Given,
    origin: Origin,
    span: Option<Span>,
    base: PathBuf,
}

/// Makes a configuration of what was said.
///
/// # Errors
///
/// [`Rejected`] with all that is wrong, also where a higher layer has a better value.
pub fn load(sources: Sources) -> Result<Loaded, Rejected> {
    let mut layers = Layers::default();
    layers.defaults();
    if let Some(file) = &sources.file {
        layers.file(file);
    }
    layers.environment(&sources.environment);
    layers.flags(&sources.flags);
    let configuration = Configuration::settle(&mut layers);
    if let Some(configuration) = &configuration {
        layers.problems.extend(together::check(configuration, &layers.origins));
    }
    match configuration {
        Some(configuration) if layers.problems.is_empty() => {
            Ok(Loaded { configuration, origins: layers.origins, file: sources.file })
        }
        _ => Err(Rejected::of(&layers.problems, sources.file.as_ref())),
    }
}

impl Layers {
    fn say(&mut self, setting: &Setting, given: Given, origin: Origin) {
        let said = Said { given, origin, span: None, base: PathBuf::new() };
        self.said.entry(setting.key).or_default().push(said);
    }

    fn defaults(&mut self) {
        for setting in SETTINGS {
            if let Some(default) = setting.default {
                self.say(setting, Given::Typed(default.to_owned()), Origin::Default);
            }
        }
    }

    fn file(&mut self, file: &ConfigurationFile) {
        let read = file.read();
        self.problems.extend(read.problems);
        for (setting, spot) in read.set {
            self.said.entry(setting.key).or_default().push(Said {
                given: spot.given,
                origin: file.origin(&spot.span),
                span: Some(spot.span),
                base: file.folder().to_owned(),
            });
        }
    }

    fn environment(&mut self, variables: &[(String, OsString)]) {
        for (name, value) in variables {
            let known = SETTINGS.iter().find(|setting| setting.variable() == *name);
            let origin = Origin::Environment { name: name.clone() };
            match (known, value.to_str()) {
                (None, _) => self.problems.extend(misspelt(name, origin)),
                // An empty variable is how one is unset where it cannot be left out.
                (Some(_), Some("")) => {}
                (Some(setting), Some(value)) => self.say(setting, Given::Typed(value.to_owned()), origin),
                (Some(setting), None) => {
                    let other = Given::Other("text in an encoding other than UTF-8");
                    self.say(setting, other, origin);
                }
            }
        }
    }

    fn flags(&mut self, flags: &[(&'static str, String)]) {
        for (key, value) in flags {
            let setting = SETTINGS.iter().find(|setting| setting.key == *key);
            if let Some((setting, (flag, _))) = setting.and_then(|setting| Some((setting, setting.flag?))) {
                let name = format!("--{flag}");
                self.say(setting, Given::Typed(value.clone()), Origin::Flag { name });
            }
        }
    }

    /// The value of a setting: the highest layer's. Every layer is read, so that no mistake lies in wait.
    pub(super) fn settle<K: Kind>(&mut self, key: &'static str, kind: &K) -> Option<K::Value> {
        let mut value = kind.absent();
        self.origins.insert(key, (Origin::Default, None));
        for said in self.said.get(key).into_iter().flatten() {
            match kind.read(&said.given, &said.base) {
                Ok(read) => {
                    value = Some(read);
                    self.origins.insert(key, (said.origin.clone(), said.span.clone()));
                }
                Err(misread) => self.problems.extend(misread.each().map(|one| problem(key, one, said))),
            }
        }
        value
    }
}

/// What is wrong with what one layer says of a setting.
fn problem(key: &str, misread: Misread, said: &Said) -> Problem {
    // A sentence of its own begins with the value.
    let is_own = misread.message.starts_with(|ch: char| ch == '`' || ch.is_ascii_digit());
    let colon = if is_own { ":" } else { "" };
    let dot = if misread.part.is_empty() { "" } else { "." };
    Problem {
        code: misread.code,
        message: match misread.code {
            UNKNOWN => misread.message,
            _ => format!("`{key}{dot}{}`{colon} {}", misread.part, misread.message),
        },
        help: misread.help.map(String::from),
        origin: said.origin.clone(),
        span: misread.span.filter(|_| said.span.is_some()).or_else(|| said.span.clone()),
    }
}

/// A variable that is no setting, but was meant to be: in a table of settings, or spelt nearly like one. Others
/// are for other commands.
fn misspelt(name: &str, origin: Origin) -> Option<Problem> {
    let rest = name.strip_prefix(PREFIX)?;
    let variables: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
    let known = variables.iter().filter_map(|variable| variable.strip_prefix(PREFIX));
    let near = nearest(rest, known).map(|near| format!("did you mean `{PREFIX}{near}`?"));
    let is_ours = rest.split_once('_').is_some_and(|(table, _)| is_section(&table.to_ascii_lowercase()));
    (near.is_some() || is_ours).then(|| Problem {
        code: UNKNOWN,
        message: format!("the variable `{name}` sets nothing"),
        help: near.or_else(|| Some("`cofferdam config show` lists all settings".to_owned())),
        origin,
        span: None,
    })
}

/// What every file of the configuration is named from where none is named.
pub fn default_file() -> &'static Path {
    Path::new("/etc/cofferdam/cofferdam.toml")
}

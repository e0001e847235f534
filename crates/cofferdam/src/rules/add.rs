//! `cofferdam rules add`: a folder or archive becomes a pack.

use super::archive::{self, Member, Unpacked};
use super::args::Add;
use super::error::RulesError;
use super::home::{self, Manifest};
use super::load::{self, BUILTIN_PACK, RuleText};
use crate::failure::Failure;
use crate::notes;
use crate::text::{count, plain, wrap};
use cofferdam_detect::rule::{self, RuleProblem, RuleSet};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Problems that keep a rule out of a pack. Others may be mended by what is added later.
const BROKEN: [&str; 7] = [
    "detect::rule-unreadable",
    "detect::rule-unknown-name",
    "detect::rule-regex",
    "detect::rule-value",
    "detect::rule-unsupported",
    "detect::rule-twice",
    "detect::correlation-without-rule",
];

/// Notes on rules that are left out, at most; the rest is counted.
const NOTES: usize = 20;

/// Adds a pack.
///
/// # Errors
///
/// [`Failure`] when the path cannot be read, holds no rule, or the pack cannot be written.
pub fn run(args: &Add) -> Result<ExitCode, Failure> {
    let home = home::required(args.home.home.as_deref())?;
    let name = match &args.pack {
        Some(name) => name.clone(),
        None => name_of(&args.path),
    };
    if !is_name(&name) {
        return Err(Failure::Rules(RulesError::BadName { name }));
    }
    let folder = home.join(&name);
    if folder.exists() && !args.replace {
        return Err(Failure::Rules(RulesError::PackExists { name, folder }));
    }
    let unpacked = archive::unpack(&args.path)?;
    for (name, reason) in unpacked.refused.iter().take(NOTES) {
        notes::left_out(name, reason);
    }
    let mut packs = load::packs(&home)?;
    // What is replaced is not there twice.
    packs.retain(|file| file.pack.as_deref() != Some(&*name));
    let chosen = choose(&unpacked, packs, &name);
    notes::rule_problems(chosen.told());
    if chosen.rules == 0 {
        return Err(Failure::Rules(RulesError::NothingToAdd { path: args.path.clone() }));
    }
    let manifest = Manifest {
        name,
        source: args.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        sha256: unpacked.sha256.clone(),
        rules: chosen.rules,
        licenses: chosen.licenses.iter().cloned().collect(),
        license_files: chosen.licence_files.clone(),
        added: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    };
    write(&home, &folder, &manifest, &chosen.files, args.replace)?;
    // Whoever reads may have enough of it; that is no failure of ours.
    let _ = tell(&mut anstream::stdout().lock(), &folder, &manifest, &unpacked, &chosen);
    Ok(ExitCode::SUCCESS)
}

/// What is to be kept.
struct Chosen {
    files: Vec<(PathBuf, Vec<u8>)>,
    rules: u64,
    licenses: BTreeSet<String>,
    licence_files: Vec<String>,
    authors: usize,
    /// Why documents are left out, and what is odd about those that are not.
    problems: Vec<RuleProblem>,
    /// Rules left out.
    left_out: usize,
    /// Documents that are no rules at all, such as the settings of a build.
    no_rules: usize,
}

/// Keeps the rules that can be used together with those that are there; licences are kept as they are.
fn choose(unpacked: &Unpacked, packs: Vec<RuleText>, name: &str) -> Chosen {
    let known = load::builtin().into_iter().chain(packs);
    let path = |member: &Member| format!("{name}/{}", member.path.display());
    let (licences, rules): (Vec<&Member>, Vec<&Member>) =
        unpacked.files.iter().partition(|member| member.is_licence());
    let new = rules.iter().map(|member| {
        let text = String::from_utf8_lossy(&member.bytes).into_owned();
        RuleText { path: path(member), text, pack: None }
    });
    let files: Vec<RuleText> = known.chain(new).collect();
    let set = load::assemble(&files);
    let ours = files.iter().filter(|file| file.pack.is_none());
    let mut problems: BTreeMap<&str, Vec<&RuleProblem>> = BTreeMap::new();
    for problem in &set.problems {
        problems.entry(&problem.file).or_default().push(problem);
    }
    let mut chosen = Chosen {
        files: Vec::new(),
        rules: 0,
        licenses: BTreeSet::new(),
        licence_files: licences.iter().map(|member| member.path.display().to_string()).collect(),
        authors: 0,
        problems: Vec::new(),
        left_out: 0,
        no_rules: 0,
    };
    for (file, member) in ours.zip(&rules) {
        let problems = problems.get(file.path.as_str()).map(Vec::as_slice).unwrap_or_default();
        if let Some(bytes) = chosen.keep(file, &member.bytes, problems) {
            chosen.files.push((member.path.clone(), bytes));
        }
    }
    // Those that are told as one count go first, and are all told.
    chosen.problems.sort_by_key(|problem| problem.code != "detect::rule-placeholder");
    chosen.credit(&set, &files);
    chosen.files.extend(licences.iter().map(|member| (member.path.clone(), member.bytes.clone())));
    chosen
}

impl Chosen {
    /// The bytes of a file without its broken documents; none if nothing is left.
    fn keep(&mut self, file: &RuleText, bytes: &[u8], problems: &[&RuleProblem]) -> Option<Vec<u8>> {
        let (documents, _) = rule::documents(&file.text);
        let (mut kept, mut all) = (Vec::new(), true);
        for (at, document) in documents.iter().enumerate() {
            let next = documents.get(at + 1).map_or(usize::MAX, |next| next.line);
            let its = |problem: &&&RuleProblem| {
                problem.line.is_some_and(|line| (document.line..next).contains(&line))
            };
            let its: Vec<&&RuleProblem> = problems.iter().filter(its).collect();
            if !its.iter().any(|problem| BROKEN.contains(&problem.code)) {
                self.problems.extend(its.into_iter().map(|problem| (**problem).clone()));
                kept.push(&*document.text);
                continue;
            }
            all = false;
            if is_rule(document) {
                self.left_out += 1;
                self.problems.extend(its.into_iter().map(|problem| (**problem).clone()));
            } else {
                self.no_rules += 1;
            }
        }
        self.rules += kept.len() as u64;
        match kept.as_slice() {
            [] => None,
            _ if all => Some(bytes.to_vec()),
            // A document that was not the first begins with its marker, except after `...`.
            kept => Some(
                kept.iter()
                    .fold(String::new(), |text, one| {
                        let marker = if one.starts_with("---") { "" } else { "---\n" };
                        let end = if one.ends_with('\n') { "" } else { "\n" };
                        text + marker + one + end
                    })
                    .into_bytes(),
            ),
        }
    }

    /// The problems to tell one by one, and those that are told as a count.
    fn told(&self) -> &[RuleProblem] {
        let singly = |problem: &&RuleProblem| problem.code != "detect::rule-placeholder";
        let end = self.problems.iter().enumerate().filter(|(_, problem)| singly(problem)).nth(NOTES);
        &self.problems[..end.map_or(self.problems.len(), |(at, _)| at)]
    }

    /// Notes who wrote what is kept, and under which licences.
    fn credit(&mut self, set: &RuleSet, files: &[RuleText]) {
        let ours: BTreeSet<&str> =
            files.iter().filter(|file| file.pack.is_none()).map(|file| file.path.as_str()).collect();
        let detections = set.rules.iter().map(|rule| &rule.meta);
        let metas = detections.chain(set.correlations.iter().map(|correlation| &correlation.meta));
        let mut authors = BTreeSet::new();
        for meta in metas.filter(|meta| ours.contains(&*meta.file)) {
            authors.extend(meta.author.as_deref());
            self.licenses.extend(meta.license.clone());
        }
        self.authors = authors.len();
    }
}

/// Whether a document means to be a rule.
fn is_rule(document: &rule::Document<'_>) -> bool {
    let keys = ["detection", "correlation", "filter", "logsource"];
    document.value().is_none_or(|value| keys.iter().any(|key| value.get(key).is_some()))
}

/// Writes the pack beside its place and moves it there, so that no half of it is ever used.
fn write(
    home: &Path,
    folder: &Path,
    manifest: &Manifest,
    files: &[(PathBuf, Vec<u8>)],
    replace: bool,
) -> Result<(), Failure> {
    std::fs::create_dir_all(home).map_err(|cause| Failure::unwritable(home, cause))?;
    let beside = home.join(format!(".adding-{}-{}", manifest.name, std::process::id()));
    let written = write_files(&beside, manifest, files).and_then(|()| {
        if replace && folder.exists() {
            return swap(home, &beside, folder, &manifest.name);
        }
        // A folder that is not empty is not replaced; one that appeared meanwhile is told as such.
        std::fs::rename(&beside, folder)
    });
    written.map_err(|cause| {
        let _ = std::fs::remove_dir_all(&beside);
        Failure::unwritable(folder, cause)
    })
}

/// Puts one folder in the place of another; if that fails, the other is put back.
fn swap(home: &Path, new: &Path, folder: &Path, name: &str) -> io::Result<()> {
    let aside = home.join(format!(".replaced-{name}-{}", std::process::id()));
    std::fs::rename(folder, &aside)?;
    if let Err(cause) = std::fs::rename(new, folder) {
        std::fs::rename(&aside, folder)?;
        return Err(cause);
    }
    std::fs::remove_dir_all(aside)
}

fn write_files(folder: &Path, manifest: &Manifest, files: &[(PathBuf, Vec<u8>)]) -> io::Result<()> {
    std::fs::create_dir(folder)?;
    let rules = folder.join(home::RULES);
    std::fs::create_dir(&rules)?;
    for (path, bytes) in files {
        let path = rules.join(path);
        if let Some(around) = path.parent() {
            std::fs::create_dir_all(around)?;
        }
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
        file.write_all(bytes)?;
    }
    let mut text = serde_json::to_string_pretty(manifest)?;
    text.push('\n');
    std::fs::write(folder.join(home::MANIFEST), text)
}

fn tell(
    out: &mut impl Write,
    folder: &Path,
    manifest: &Manifest,
    unpacked: &Unpacked,
    chosen: &Chosen,
) -> io::Result<()> {
    let rules = count(manifest.rules, "rule", "rules");
    writeln!(out, "Added {rules} as `{}` from {}.", manifest.name, plain(&manifest.source))?;
    let left_out = chosen.left_out + unpacked.refused.len();
    let mut say = |what: String| -> io::Result<()> {
        for (at, line) in wrap(&plain(&what), 76).iter().enumerate() {
            writeln!(out, "{}{line}", if at == 0 { "  " } else { "    " })?;
        }
        Ok(())
    };
    if let Some(sha256) = &manifest.sha256 {
        say(format!("SHA-256  {sha256}"))?;
    }
    let files = manifest.license_files.iter().chain(&manifest.licenses).take(8).cloned();
    let licences = files.collect::<Vec<_>>().join(", ");
    say(format!("Licence  {}", if licences.is_empty() { "none is named" } else { &licences }))?;
    say(format!("Authors  {}, kept in each rule", count(chosen.authors as u64, "author", "authors")))?;
    say(format!("Folder   {}", folder.display()))?;
    if left_out > 0 {
        say(format!(
            "{} left out; the notes say why",
            count(left_out as u64, "file or rule", "files and rules")
        ))?;
    }
    if chosen.no_rules > 0 {
        let documents = count(chosen.no_rules as u64, "YAML document", "YAML documents");
        say(format!("{documents} passed over that are no rules"))?;
    }
    let more = chosen.problems.len() - chosen.told().len() + unpacked.refused.len().saturating_sub(NOTES);
    if more > 0 {
        say(format!("{} not shown", count(more as u64, "more note", "more notes")))?;
    }
    writeln!(out, "investigate and detect use it from now on; --no-packs leaves it out.")
}

/// What a pack is called if nobody says: the name of the path without what tells of packing.
fn name_of(path: &Path) -> String {
    // The last part of `.` or `rules/..` is no name.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    for ending in [".gz", ".zst", ".tgz", ".tar", ".zip", ".yml", ".yaml"] {
        if let Some(short) = name.strip_suffix(ending) {
            name = short.to_owned();
        }
    }
    let fit = |ch: char| if ch.is_ascii_alphanumeric() || matches!(ch, '.' | '_' | '-') { ch } else { '-' };
    name.chars().map(fit).collect::<String>().trim_matches(['-', '.', '_']).chars().take(64).collect()
}

fn is_name(name: &str) -> bool {
    let fits = |ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '.' | '_' | '-');
    name.starts_with(|ch: char| ch.is_ascii_alphanumeric())
        && name.len() <= 64
        && name.chars().all(fits)
        && !name.ends_with('.')
        && name != BUILTIN_PACK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_is_called_as_its_archive() {
        for (path, want) in [
            ("/x/sigma_core.zip", "sigma_core"),
            ("/x/SigmaHQ Rules.tar.gz", "sigmahq-rules"),
            ("/x/rules.tgz", "rules"),
            ("/x/mine/", "mine"),
        ] {
            assert_eq!(name_of(Path::new(path)), want, "{path}");
            assert!(is_name(want));
        }
        for bad in ["", ".", "..", "a/b", "-a", "a b", "builtin", "a.", &"x".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}

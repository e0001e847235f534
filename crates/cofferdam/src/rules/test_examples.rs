//! `cofferdam rules test`: runs rules on the examples in their own files.

use super::args::Test;
use super::check::Texts;
use super::error::RulesError;
use super::load::RuleText;
use crate::cli::Format;
use crate::failure::Failure;
use crate::notes;
use crate::text::{count, plain, wrap};
use anstyle::{AnsiColor, Style};
use cofferdam_detect::examples::{Bench, Expected, RuleFile, Verdict, check, unshown};
use cofferdam_detect::rule::{RuleProblem, RuleSet, read_file};
use cofferdam_vocabulary::Level;
use rayon::prelude::*;
use serde::Serialize;
use std::io::{self, Write};
use std::process::ExitCode;

/// Tests rules.
///
/// # Errors
///
/// [`Failure`] when a path cannot be read, or holds no rule.
pub fn run(args: &Test) -> Result<ExitCode, Failure> {
    let texts = Texts::of(&args.paths, args.home.home.as_deref())?;
    let files: Vec<&RuleText> = texts.asked().collect();
    let tested: Vec<Tested> = files.par_iter().map(|file| Tested::of(file)).collect();
    let problems: Vec<RuleProblem> = tested.iter().flat_map(|file| file.problems.clone()).collect();
    notes::rule_problems(&problems);
    if tested.iter().all(|file| file.rules == 0) {
        return Err(Failure::Rules(RulesError::NoRules));
    }
    let mut out = anstream::stdout().lock();
    // Whoever reads may have enough of it; that is no failure of ours.
    let _ = match args.format {
        Format::Text => tell(&mut out, &tested),
        Format::Json => {
            let shown: Vec<&Tested> = tested.iter().filter(|file| !file.examples.is_empty()).collect();
            serde_json::to_writer_pretty(&mut out, &shown).map_err(Into::into).and_then(|()| writeln!(out))
        }
    };
    let failed = tested.iter().flat_map(|file| &file.examples).any(|example| example.failure.is_some());
    Ok(if failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// What came of the examples of a file.
#[derive(Debug, Serialize)]
struct Tested {
    file: String,
    examples: Vec<Shown>,
    /// Titles of rules that no example is to fire.
    without_example: Vec<String>,
    #[serde(skip)]
    rules: usize,
    #[serde(skip)]
    problems: Vec<RuleProblem>,
}

/// What came of an example.
#[derive(Debug, Serialize)]
struct Shown {
    /// `fire` or `quiet`.
    expected: &'static str,
    example: String,
    /// The rule that was to fire.
    rule: Option<String>,
    /// What happened instead.
    failure: Option<String>,
}

impl Tested {
    fn of(text: &RuleText) -> Tested {
        let file = RuleFile::read(&text.path, &text.text);
        let set = RuleSet::assemble([read_file(&text.path, &text.text)]);
        let mut tested = Tested {
            file: text.path.clone(),
            examples: Vec::new(),
            without_example: Vec::new(),
            rules: set.rules.len() + set.correlations.len(),
            problems: set.problems.clone(),
        };
        for (line, reason) in &file.broken {
            let failure = Some(format!("line {line}: {reason}"));
            tested.examples.push(Shown {
                expected: "unreadable",
                example: String::new(),
                rule: None,
                failure,
            });
        }
        if file.fire.is_empty() && file.quiet.is_empty() {
            tested.without_example = set.rules.iter().map(|rule| rule.meta.title.to_string()).collect();
            return tested;
        }
        let bench = Bench::new(set);
        let verdicts = check(&file, &bench, Level::Low);
        tested.without_example =
            unshown(bench.rules(), &verdicts).iter().map(|meta| meta.title.to_string()).collect();
        tested.examples.extend(verdicts.into_iter().map(Shown::of));
        tested
    }
}

impl Shown {
    fn of(verdict: Verdict) -> Shown {
        Shown {
            expected: match verdict.expected {
                Expected::Fire => "fire",
                Expected::Quiet => "quiet",
            },
            example: verdict.example,
            rule: verdict.target.map(|(_, meta)| meta.title.to_string()),
            failure: verdict.failure,
        }
    }
}

fn tell(out: &mut impl Write, tested: &[Tested]) -> io::Result<()> {
    let (mut passed, mut failed, mut without) = (0, 0, 0);
    for file in tested {
        without += file.without_example.len() as u64;
        if file.examples.is_empty() {
            continue;
        }
        writeln!(out, "{}", plain(&file.file))?;
        for example in &file.examples {
            if example.failure.is_some() {
                failed += 1;
            } else {
                passed += 1;
            }
            tell_example(out, example)?;
        }
    }
    if passed + failed > 0 {
        writeln!(out)?;
    }
    let as_they_say = count(passed, "example", "examples");
    writeln!(out, "{as_they_say} as they say, {failed} not; {} without one.", count(without, "rule", "rules"))
}

fn tell_example(out: &mut impl Write, example: &Shown) -> io::Result<()> {
    let rule = example.rule.as_ref().map(|rule| format!(": {rule}")).unwrap_or_default();
    let name = plain(&format!("{} {}{rule}", example.expected, example.example)).into_owned();
    let (colour, word) = match &example.failure {
        None => (AnsiColor::Green.on_default(), "ok"),
        Some(_) => (AnsiColor::Red.on_default().bold(), "FAILED"),
    };
    for (at, line) in wrap(&name, 70).iter().enumerate() {
        let word = if at == 0 { word } else { "" };
        writeln!(out, "  {colour}{word:<6}{colour:#}  {line}")?;
    }
    let bold = Style::new().bold();
    if let Some(failure) = &example.failure {
        for line in wrap(&plain(failure), 70) {
            writeln!(out, "          {bold}{line}{bold:#}")?;
        }
    }
    Ok(())
}

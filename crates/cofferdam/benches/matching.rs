//! Matching speed beside rsigma-eval and the bare JSON reader: ratios of medians of interleaved runs.
//!
//! Usage: `matching CORPORA RULES [RUNS]`, where CORPORA holds what
//! `checks/detection_bench/make_corpora.py` wrote.

use cofferdam_detect::parser::json;
use cofferdam_detect::rule::{Matcher, RuleSet, read_file};
use rsigma_eval::event::JsonEvent;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let (Some(corpora), Some(rules)) = (args.next(), args.next()) else {
        eprintln!("usage: matching CORPORA RULES [RUNS]");
        return;
    };
    let runs = args.next().and_then(|text| text.parse().ok()).unwrap_or(5);
    let files = rule_files(Path::new(&rules));

    let begun = Instant::now();
    let set = RuleSet::assemble(files.iter().map(|(path, text)| read_file(path, text)));
    println!(
        "rules     loaded {} in {:.0} ms, one thread",
        set.rules.len(),
        begun.elapsed().as_secs_f64() * 1e3
    );
    let matcher = Matcher::new(Arc::new(set));

    let mut yardstick = rsigma_eval::Engine::new();
    yardstick.set_logsource_extractor(Some(rsigma_eval::LogSourceExtractor::new()));
    // All at once: the engine builds its index anew with every call.
    let parsed = files.iter().filter_map(|(_, text)| rsigma_parser::parse_sigma_yaml(text).ok());
    let parsed: Vec<_> = parsed.flat_map(|collection| collection.rules).collect();
    yardstick.add_rules(parsed.iter());
    for corpus in ["win", "pc"] {
        let plain = std::fs::read_to_string(format!("{corpora}/{corpus}.ndjson")).expect("corpus");
        let routed = std::fs::read_to_string(format!("{corpora}/{corpus}-ls.ndjson")).expect("corpus");
        let mut times: [Vec<f64>; 3] = Default::default();
        let mut counts = [0; 3];
        for _ in 0..runs {
            let begun = Instant::now();
            counts[0] = ours(&matcher, &plain);
            times[0].push(begun.elapsed().as_secs_f64());
            let begun = Instant::now();
            counts[1] = theirs(&yardstick, &routed);
            times[1].push(begun.elapsed().as_secs_f64());
            let begun = Instant::now();
            counts[2] = bare(&plain);
            times[2].push(begun.elapsed().as_secs_f64());
        }
        let [ours, theirs, bare] = times.map(median);
        let events = lines(&plain).count() as f64;
        println!(
            "{corpus:<9} ours {:.0} MB/s ({:.0} events/s, {} matches); rsigma-eval routed {:.0} MB/s ({} matches); sonic-rs {:.0} MB/s",
            plain.len() as f64 / ours / 1e6,
            events / ours,
            counts[0],
            plain.len() as f64 / theirs / 1e6,
            counts[1],
            plain.len() as f64 / bare / 1e6,
        );
        println!("{corpus:<9} {:.2} × rsigma-eval; {:.3} of the parse rate", theirs / ours, bare / ours);
    }
}

fn rule_files(folder: &Path) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("rules").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yml") {
                out.push((path.display().to_string(), std::fs::read_to_string(&path).expect("rule")));
            }
        }
    }
    out.sort();
    out
}

fn lines(corpus: &str) -> impl Iterator<Item = &str> {
    // Splitting at a `char` is a search for its byte, so that hardly any engine's time is spent on it.
    corpus.split_terminator('\n')
}

fn ours(matcher: &Matcher, corpus: &str) -> usize {
    let mut worker = matcher.worker();
    let mut hits = Vec::new();
    let mut count = 0;
    for line in lines(corpus) {
        if let Ok(event) = json::parse(line) {
            worker.matches(&event, &mut hits);
            count += hits.len();
        }
    }
    count
}

fn theirs(engine: &rsigma_eval::Engine, corpus: &str) -> usize {
    let mut count = 0;
    for line in lines(corpus) {
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(line) {
            count += engine.evaluate(&JsonEvent::owned(value)).len();
        }
    }
    count
}

fn bare(corpus: &str) -> usize {
    lines(corpus).filter(|line| sonic_rs::from_str::<sonic_rs::Value>(line).is_ok()).count()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

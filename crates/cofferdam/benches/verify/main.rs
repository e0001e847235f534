//! Verifies detection against rules and recordings that others made: `verify DATA [--short]`.
//!
//! DATA is the folder of test data. Each check prints one line; the exit code is 1 when one failed.
//! `--short` takes every 50th event of the recordings, and all of the regression samples.

mod comparison;
mod corpus;
mod differences;
mod reads;
mod recall;
mod regression;
mod rulebook;
mod yardstick;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the command line asked for.
struct Order {
    data: PathBuf,
    /// Of so many events, one is taken.
    every: u64,
}

/// What was found so far.
#[derive(Default)]
struct Report {
    failed: u32,
}

fn main() -> ExitCode {
    let Some(order) = read_order() else {
        eprintln!("usage: verify DATA [--short]");
        return ExitCode::from(2);
    };
    let begun = Instant::now();
    let mut report = Report::default();
    let rulebook = rulebook::load(&order.data, &mut report);
    regression::check(&order.data, &rulebook, &mut report);
    comparison::check(&order.data, order.every, &rulebook, &mut report);
    println!("{:.0} s in all; {} failed", begun.elapsed().as_secs_f64(), report.failed);
    if report.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read_order() -> Option<Order> {
    let mut order = Order { data: PathBuf::new(), every: 1 };
    // Cargo adds `--bench`.
    for argument in std::env::args().skip(1).filter(|argument| argument != "--bench") {
        match argument.as_str() {
            "--short" => order.every = 50,
            _ if argument.starts_with('-') || order.data != PathBuf::new() => return None,
            path => order.data = path.into(),
        }
    }
    (order.data != PathBuf::new()).then_some(order)
}

impl Report {
    /// Prints the outcome of one check, and what speaks against it.
    fn check(&mut self, name: &str, summary: &str, findings: &[String]) {
        let verdict = if findings.is_empty() { "ok  " } else { "FAIL" };
        println!("{verdict} {name:<12} {summary}");
        for finding in findings {
            println!("     {finding}");
        }
        self.failed += u32::from(!findings.is_empty());
    }
}

//! Developer commands: `cargo xtask demo | test | lint | bench | record | verify`.

mod record;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask <demo|test|lint|bench|record|verify>";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let done = match args.next().as_deref() {
        Some("record") => record::run(args),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

//! Developer commands: `cargo xtask demo | test | lint | bench | record | verify`.

mod bench;
mod cargo;
mod demo;
mod record;
mod test;
mod test_needs;
mod verify;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

  demo     build Cofferdam and investigate the recorded attack that ships with it
  test     lint, then run every test; what a test needs and is missing is named
  lint     check format and lints
  bench    measure speed as ratios: bench --corpora DIR [--rules DIR] [--runs N]
  record   do the attack of the recording again, in network namespaces (root)
  verify   the long checks: oracle, SigmaHQ's regression data, mutations, kills, power cuts
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let done = match args.next().as_deref() {
        Some("demo") => demo::run(args),
        Some("test") => test::run(args),
        Some("lint") => test::lint(),
        Some("bench") => bench::run(args),
        Some("record") => record::run(args),
        Some("verify") => verify::run(args),
        Some("help" | "--help" | "-h") => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{USAGE}");
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

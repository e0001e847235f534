//! Cofferdam's command line: reads the arguments, runs the verb, and alone ends the process.

/// Prints a line to standard output. Whoever reads may have enough of it, or no room; that is no failure of the
/// work that was done.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

mod backup;
mod cli;
mod client;
mod configuration;
mod detect;
mod doctor;
mod enrichment;
mod evidence;
mod excerpt;
mod failure;
mod filter;
mod indicators;
mod investigate;
mod journal;
mod manual;
mod notes;
mod operator;
mod pipeline;
mod remark;
mod replay;
mod report;
mod results;
mod rules;
mod serve;
mod text;
mod timeline;

use clap::Parser;
use std::process::ExitCode;

/// Many small strings are made and dropped on all threads; this allocator is a third faster at it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let done = |result: Result<(), journal::JournalFailure>| {
        result.map(|()| ExitCode::SUCCESS).map_err(failure::Failure::from)
    };
    let asked = |result: Result<(), client::ClientError>| {
        result.map(|()| ExitCode::SUCCESS).map_err(failure::Failure::Client)
    };
    let done = match &cli.command {
        cli::Command::Investigate(args) => investigate::run(args),
        cli::Command::Detect(args) => detect::run(args).map(|()| ExitCode::SUCCESS),
        cli::Command::Report(args) => report::run(args).map(|()| ExitCode::SUCCESS),
        cli::Command::Timeline(args) => timeline::run(args).map(|()| ExitCode::SUCCESS),
        cli::Command::Rules(command) => rules::run(command),
        cli::Command::Journal(command) => done(journal::run(command)),
        cli::Command::Evidence(command) => done(evidence::run(command)),
        cli::Command::Doctor(args) => doctor::run(args).map_err(failure::Failure::from),
        cli::Command::Config(command) => configuration::run(command).map(|()| ExitCode::SUCCESS),
        cli::Command::Serve(args) => serve::run(args).map(|()| ExitCode::SUCCESS),
        cli::Command::Setup(args) => asked(client::setup(args)),
        cli::Command::Login(args) => asked(client::login(args)),
        cli::Command::Logout => asked(client::logout()),
        cli::Command::Alert(command) => asked(client::alert(command)),
        cli::Command::Incident(command) => asked(client::incident(command)),
        cli::Command::Note(command) => asked(client::note(command)),
        cli::Command::Work(args) => asked(client::work::work(args)),
        cli::Command::Handover(args) => asked(client::work::handover(args)),
        cli::Command::Call(command) => asked(client::call(command)),
        cli::Command::Exception(command) => asked(client::exception(command)),
        cli::Command::Task(command) => asked(client::task(command)),
        cli::Command::Decision(command) => asked(client::decision(command)),
        cli::Command::Moment(command) => asked(client::moment(command)),
        cli::Command::Activity(args) => asked(client::activity(args)),
        cli::Command::User(command) => asked(client::user(command)),
        cli::Command::Token(command) => asked(client::token(command)),
        cli::Command::Source(command) => asked(client::source(command)),
        cli::Command::Follow(args) => asked(client::follow(args)),
        cli::Command::Replay(args) => replay::run(args).map(|()| ExitCode::SUCCESS),
        cli::Command::Completions(args) => {
            manual::completions(args);
            Ok(ExitCode::SUCCESS)
        }
        cli::Command::Man(args) => manual::man(args).map(|()| ExitCode::SUCCESS),
        cli::Command::Backup(args) => done(backup::back_up(args)),
        cli::Command::Restore(args) => done(backup::restore(args)),
    };
    done.unwrap_or_else(|failure| {
        // Nobody is left to be told that nobody can be told.
        let _ = failure.tell(&mut anstream::stderr().lock());
        ExitCode::from(failure.exit_code())
    })
}

//! `cofferdam man` and `cofferdam completions`: what is generated from the command line itself.

use crate::cli::Cli;
use crate::failure::Failure;
use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use std::io::{self, Write};
use std::path::PathBuf;

/// `cofferdam man`.
#[derive(Args, Debug)]
#[command(after_help = "`cofferdam man journal verify | man -l -` shows the page of a command.")]
pub struct ManArgs {
    /// The command whose page is printed; the program itself if none is named
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    pub command: Vec<String>,
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `cofferdam completions`.
#[derive(Args, Debug)]
#[command(after_help = "\
Where each shell looks for it:

bash        ~/.local/share/bash-completion/completions/cofferdam
zsh         _cofferdam in a folder of $fpath
fish        ~/.config/fish/completions/cofferdam.fish
powershell  at the end of $PROFILE
elvish      at the end of ~/.config/elvish/rc.elv")]
pub struct CompletionArgs {
    /// The shell that completes
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// A page of the manual.
struct Page {
    /// Its name as a file: `cofferdam-journal-verify.1`.
    name: String,
    /// It, for `man`.
    text: Vec<u8>,
}

/// Prints a page, or writes all of them.
///
/// # Errors
///
/// [`Failure`] when there is no such command, or the folder cannot be written.
pub fn man(args: &ManArgs) -> Result<(), Failure> {
    let pages = pages();
    let Some(out) = &args.out else {
        let words = [&["cofferdam".to_owned()][..], &args.command].concat();
        let name = format!("{}.1", words.join("-"));
        let page = pages.iter().find(|page| page.name == name);
        let page = page.ok_or_else(|| Failure::NoPage { command: words.join(" ") })?;
        print(&page.text);
        return Ok(());
    };
    let write = |page: &Page| std::fs::write(out.join(&page.name), &page.text);
    std::fs::create_dir_all(out)
        .and_then(|()| pages.iter().try_for_each(write))
        .map_err(|cause| Failure::unwritable(out, cause))
}

/// Prints what makes a shell complete our commands.
pub fn completions(args: &CompletionArgs) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "cofferdam", &mut script);
    print(&script);
}

fn print(bytes: &[u8]) {
    // Whoever reads may have enough of it; that is no failure of ours.
    let _ = io::stdout().lock().write_all(bytes);
}

/// The page of every command that is shown.
fn pages() -> Vec<Page> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    collect(&command, &mut pages);
    pages
}

fn collect(command: &Command, pages: &mut Vec<Page>) {
    let source = format!("cofferdam {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).manual("Cofferdam").source(source);
    let mut text = Vec::new();
    // What is written to memory does not fail.
    if render(&man, command, &mut text).is_ok() {
        pages.push(Page { name: man.get_filename(), text });
    }
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        collect(inner, pages);
    }
}

fn render(man: &Man, command: &Command, out: &mut Vec<u8>) -> io::Result<()> {
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    if command.has_subcommands() {
        man.render_subcommands_section(out)?;
    }
    if let Some(notes) = command.get_after_long_help().or(command.get_after_help()) {
        self::notes(&notes.to_string()).to_writer(out)?;
    }
    Ok(())
}

/// What stands below the options: prose in paragraphs, and lines with columns, which stay as they are.
fn notes(text: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["NOTES"]);
    for paragraph in text.split("\n\n") {
        let is_table = paragraph.lines().any(|line| line.trim_start().contains("  "));
        roff.control("PP", []);
        if is_table {
            roff.control("nf", []);
        }
        for line in paragraph.lines() {
            roff.text([roman(line)]);
        }
        if is_table {
            roff.control("fi", []);
        }
    }
    roff
}

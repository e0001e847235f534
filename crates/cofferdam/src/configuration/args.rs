//! `cofferdam config`: what can be asked, and the flags that set something.

use super::table::SETTINGS;
use crate::cli::Format;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, Subcommand};
use std::path::PathBuf;

/// The verbs of `cofferdam config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting, its value, and who set it
    Show(Show),
    /// Say what is wrong with the configuration, and with the files it names
    Check(SourceArgs),
}

/// `cofferdam config show`.
#[derive(Args, Debug)]
pub struct Show {
    #[command(flatten)]
    pub sources: SourceArgs,
    /// As text, or as one JSON document
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Where settings come from: each of them also from a variable (`COFFERDAM_SESSION_IDLE`), and a flag counts
/// more than a variable, which counts more than the file.
#[derive(Args, Debug)]
pub struct SourceArgs {
    /// The file with settings [default: /etc/cofferdam/cofferdam.toml, if it is there]
    #[arg(long, value_name = "FILE", env = "COFFERDAM_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub flags: Flags,
}

/// The flags of settings that have one: the setting's key, and what was given.
#[derive(Clone, Debug, Default)]
pub struct Flags(pub Vec<(&'static str, String)>);

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        SETTINGS.iter().fold(command, |command, setting| {
            let Some((flag, word)) = setting.flag else { return command };
            let default = setting.default.map(|default| format!(" [default: {default}]")).unwrap_or_default();
            let help = format!("{}{default}", setting.help);
            command.arg(Arg::new(setting.key).long(flag).value_name(word).help(help))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Flags::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Flags, clap::Error> {
        let flags = SETTINGS.iter().filter(|setting| setting.flag.is_some());
        let given = |key| matches.get_one::<String>(key).cloned();
        Ok(Flags(flags.filter_map(|setting| Some((setting.key, given(setting.key)?))).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Flags::from_arg_matches(matches)?;
        Ok(())
    }
}

//! Which server, and who asks it.

use crate::cli::{Format, time};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use std::path::PathBuf;

/// Which server, and who asks it.
#[derive(Args, Clone, Debug)]
pub struct ServerArgs {
    /// The server, such as https://ir.example.org:8484 [default: the one of `cofferdam login`]
    #[arg(long, value_name = "URL", env = "COFFERDAM_SERVER", hide_env_values = true)]
    pub server: Option<String>,
    /// The file that holds the token [default: $COFFERDAM_TOKEN, else what `cofferdam login` kept]
    #[arg(long, value_name = "FILE", env = "COFFERDAM_TOKEN_FILE", hide_env_values = true)]
    pub token_file: Option<PathBuf>,
    /// The server's certificate, or one that signed it, in PEM [default: those that this machine trusts]
    #[arg(long, value_name = "FILE", env = "COFFERDAM_CA", hide_env_values = true)]
    pub ca: Option<PathBuf>,
}

/// Which server, and how it is printed.
#[derive(Args, Clone, Debug)]
pub struct Asking {
    #[command(flatten)]
    pub server: ServerArgs,
    /// As text, or as the server's JSON
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Which rows of a list.
#[derive(Args, Clone, Debug)]
pub struct Listing {
    /// Only these, in the language of docs/filter.md, such as 'web-01'
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
    /// The oldest first
    #[arg(long)]
    pub oldest: bool,
    #[command(flatten)]
    pub asking: Asking,
}

/// `cofferdam login`.
#[derive(Args, Debug)]
pub struct Login {
    /// The account [default: asked for]
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// A file whose first line is the password [default: asked for]
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// The code that your device shows, where a second factor is set
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// Days that the token is good for
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub days: u16,
    /// What it is good for, such as alerts:read (repeatable) [default: all that you may do but
    /// administering people and tokens]
    #[arg(long = "scope", value_name = "PERMISSION")]
    pub scope: Vec<String>,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// `cofferdam setup`.
#[derive(Args, Debug)]
pub struct Setup {
    /// The link that the server printed when it started
    #[arg(value_name = "LINK")]
    pub link: String,
    /// The administrator's account
    #[arg(long, value_name = "NAME")]
    pub account: String,
    /// A file whose first line is the password [default: asked for]
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// The server's certificate in PEM [default: those that this machine trusts]
    #[arg(long, value_name = "FILE", env = "COFFERDAM_CA", hide_env_values = true)]
    pub ca: Option<PathBuf>,
}

/// `cofferdam alert`.
#[derive(Debug, Subcommand)]
pub enum AlertCommand {
    /// List alerts, the newest first
    List(Listing),
    /// Print one alert
    Show(One),
    /// Print alerts that are like one, and why
    Similar(One),
    /// Print how right rules are, by the verdicts of their alerts
    Precision(Precision),
    /// Say who works on alerts
    Assign(Assign),
    /// Say that nobody works on them for now
    Release(Which),
    /// Say what alerts are, and why; all but true positives are dismissed by that
    Judge(Judge),
    /// Take back what alerts were found to be: they count again
    Reopen(Reopen),
    /// Take back what was done with alerts
    Undo(Undo),
}

/// `cofferdam alert precision`.
#[derive(Args, Debug)]
pub struct Precision {
    /// Only these alerts, in the language of docs/filter.md, such as 'raised >= -30d'
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    #[command(flatten)]
    pub asking: Asking,
}

/// Alerts, one by one or all that a filter takes.
#[derive(Args, Clone, Debug)]
pub struct Which {
    /// Their ids
    #[arg(value_name = "ID", required_unless_present = "filter", conflicts_with = "filter")]
    pub ids: Vec<String>,
    /// All that it takes, in the language of docs/filter.md, such as 'rule = ssh-brute-force state = new'
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// Only say what would come of it
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub asking: Asking,
}

/// `cofferdam alert assign`.
#[derive(Args, Debug)]
pub struct Assign {
    /// Who works on them, such as USR-0001 [default: you]
    #[arg(long, value_name = "USER")]
    pub to: Option<String>,
    #[command(flatten)]
    pub which: Which,
}

/// `cofferdam alert judge`.
#[derive(Args, Debug)]
pub struct Judge {
    /// What they are
    #[arg(long, value_enum, value_name = "VERDICT")]
    pub verdict: VerdictName,
    /// Why, for whoever comes later
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Dismiss true positives, too: nothing more is done about them
    #[arg(long)]
    pub dismiss: bool,
    #[command(flatten)]
    pub which: Which,
}

/// What an alert was found to be.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum VerdictName {
    /// What the rule looks for happened, and it was harmful or meant to be
    TruePositive,
    /// What the rule looks for happened, and it was allowed or expected
    BenignPositive,
    /// What the rule looks for did not happen
    FalsePositive,
    /// Another alert tells of the same
    Duplicate,
    /// Somebody tried whether it would be noticed
    Test,
}

impl VerdictName {
    /// As the server has it.
    pub fn as_str(self) -> &'static str {
        match self {
            VerdictName::TruePositive => "true-positive",
            VerdictName::BenignPositive => "benign-positive",
            VerdictName::FalsePositive => "false-positive",
            VerdictName::Duplicate => "duplicate",
            VerdictName::Test => "test",
        }
    }
}

/// `cofferdam alert reopen`.
#[derive(Args, Debug)]
pub struct Reopen {
    /// Why, for whoever comes later
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    #[command(flatten)]
    pub which: Which,
}

/// `cofferdam alert undo`.
#[derive(Args, Debug)]
pub struct Undo {
    /// What to take back, as the command said that did it, such as 10422-20421
    #[arg(value_name = "ENTRIES")]
    pub entries: String,
    #[command(flatten)]
    pub asking: Asking,
}

/// `cofferdam activity`.
#[derive(Args, Debug)]
pub struct Activity {
    /// What it is
    #[arg(value_enum, value_name = "KIND")]
    pub kind: UsedKind,
    /// Which one, as alerts show it, such as svc-backup, 192.0.2.7 or sha256:9f86…
    #[arg(value_name = "VALUE")]
    pub value: String,
    /// Seen from then on (RFC 3339, or a date) [default: seven days ago]
    #[arg(long, value_name = "T", value_parser = time)]
    pub from: Option<Timestamp>,
    /// Seen until then (RFC 3339, or a date) [default: now]
    #[arg(long, value_name = "T", value_parser = time)]
    pub to: Option<Timestamp>,
    #[command(flatten)]
    pub asking: Asking,
}

/// What others use.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum UsedKind {
    /// A machine, by name
    Host,
    /// An account
    Account,
    /// An IP address
    Address,
    /// A DNS name
    Domain,
    /// A file, by its hash
    Hash,
}

/// `cofferdam incident`.
#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
    /// List incidents, the newest first
    List(Listing),
    /// Print one incident
    Show(One),
    /// Print incidents that are like one, and why
    Similar(One),
    /// Name who leads the response, or say that nobody does
    Commander(Commander),
    /// Say that an alert or incident which was suggested belongs to an incident
    Accept(Suggested),
    /// Say that it does not
    Dismiss(Suggested),
    /// Let only the named users see an incident, its alerts and what was recorded of it
    Restrict(Restrict),
    /// Let everybody see it again whose role says so
    OpenUp(One),
    /// Write everything recorded of an incident into a file, with proofs
    Export(Export),
    /// Make incidents of the cases that another product exported
    Import(super::import::Import),
    /// What belongs to it
    #[command(flatten)]
    Belonging(super::belonging::BelongingCommand),
    /// The response to it
    #[command(flatten)]
    Response(super::response::ResponseCommand),
}

/// One object.
#[derive(Args, Debug)]
pub struct One {
    /// Its id
    #[arg(value_name = "ID")]
    pub id: String,
    #[command(flatten)]
    pub asking: Asking,
}

/// `cofferdam incident commander`.
#[derive(Args, Debug)]
pub struct Commander {
    /// The incident's id
    #[arg(value_name = "ID")]
    pub id: String,
    /// Who leads, such as USR-0001; nothing joins the incident by itself from then on
    #[arg(value_name = "USER", required_unless_present = "nobody", conflicts_with = "nobody")]
    pub user: Option<String>,
    /// Nobody leads for now
    #[arg(long)]
    pub nobody: bool,
    #[command(flatten)]
    pub asking: Asking,
}

/// `cofferdam incident accept` and `dismiss`.
#[derive(Args, Debug)]
pub struct Suggested {
    /// The incident's id
    #[arg(value_name = "ID")]
    pub id: String,
    /// What was suggested: an alert or an incident
    #[arg(value_name = "WHAT")]
    pub what: String,
    #[command(flatten)]
    pub asking: Asking,
}

/// `cofferdam incident restrict`.
#[derive(Args, Debug)]
pub struct Restrict {
    /// Its id
    #[arg(value_name = "ID")]
    pub id: String,
    /// Who may see it, such as USR-0001 (repeatable); name yourself too
    #[arg(long = "to", value_name = "USER", required = true)]
    pub to: Vec<String>,
    #[command(flatten)]
    pub asking: Asking,
}

/// `cofferdam incident export`.
#[derive(Args, Debug)]
pub struct Export {
    /// Its id
    #[arg(value_name = "ID")]
    pub id: String,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// To whom it goes, for custody
    #[arg(long, value_name = "WHOM")]
    pub to: String,
    /// Without names, addresses and lines of logs, only what they were committed to
    #[arg(long)]
    pub no_values: bool,
    /// With the bytes of evidence that is kept
    #[arg(long)]
    pub evidence: bool,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// `cofferdam user`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// List users
    List(Listing),
    /// Print one user
    Show(One),
    /// Make a user; prints a link, good once, with which they set their password
    Create(Create),
    /// Print a new link with which a user sets their password
    Link(One),
    /// Give a user these roles and no others
    Roles(Roles),
    /// Lock a user out at once
    Disable(One),
    /// Let a user in again
    Enable(One),
}

/// `cofferdam user create`.
#[derive(Args, Debug)]
pub struct Create {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// What others call them [default: the account]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// A role, such as responder (repeatable; docs/access.md lists them)
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub roles: Vec<String>,
    /// For the day on which nothing else works: its use raises an alarm
    #[arg(long)]
    pub break_glass: bool,
    #[command(flatten)]
    pub asking: Asking,
}

/// `cofferdam user roles`.
#[derive(Args, Debug)]
pub struct Roles {
    /// The user's id
    #[arg(value_name = "ID")]
    pub id: String,
    /// A role (repeatable)
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub roles: Vec<String>,
    #[command(flatten)]
    pub asking: Asking,
}

/// `cofferdam token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// List your tokens
    List(Asking),
    /// End one of your tokens
    Revoke(One),
}

/// `cofferdam source`.
#[derive(Debug, Subcommand)]
pub enum SourceCommand {
    /// List sources, and how much comes from each
    List(Asking),
    /// Print one source
    Show(One),
    /// Add a source that sends over HTTP; prints the token with which it sends
    Add(SourceAdd),
    /// Change how what a source sends is read
    Change(SourceChange),
    /// Remove a source; what it sent stays
    Remove(One),
    /// Issue and revoke tokens of a source
    #[command(subcommand)]
    Token(SourceTokenCommand),
    /// Share a secret with a source of alerts, which signs what it sends
    Secret(SourceSecret),
}

/// What a source sends.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SourceKind {
    /// Records of what happened
    Events,
    /// What another product warns of
    Alerts,
}

impl SourceKind {
    /// As the server has it.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceKind::Events => "events",
            SourceKind::Alerts => "alerts",
        }
    }
}

/// How what a source sends is read.
#[derive(Args, Clone, Debug)]
pub struct SourceTerms {
    /// What it is written in, such as syslog; recognised from each record where none is said
    #[arg(long, value_name = "NAME")]
    pub parser: Option<String>,
    /// Events a minute at the least; with fewer it counts as silent
    #[arg(long, value_name = "N")]
    pub expected: Option<u32>,
    /// How far it is believed: proven, local-text or unproven
    #[arg(long, value_name = "TRUST")]
    pub trust: Option<String>,
    /// The zone of times that name none, such as Europe/Berlin
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// Where a field of an alert lies, such as title=/alert/name (repeatable)
    #[arg(long = "map", value_name = "FIELD=PATH")]
    pub map: Vec<String>,
}

/// `cofferdam source add`.
#[derive(Args, Debug)]
pub struct SourceAdd {
    /// What it is called: letters a to z, digits and `-`
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What it sends
    #[arg(long, value_enum, default_value_t = SourceKind::Events)]
    pub kind: SourceKind,
    #[command(flatten)]
    pub terms: SourceTerms,
    /// Days that its token is good for
    #[arg(long, value_name = "N", default_value_t = 366, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub days: u16,
    /// Issue no token
    #[arg(long)]
    pub no_token: bool,
    #[command(flatten)]
    pub asking: Asking,
}

/// `cofferdam source change`.
#[derive(Args, Debug)]
pub struct SourceChange {
    /// Its name
    #[arg(value_name = "NAME")]
    pub name: String,
    #[command(flatten)]
    pub terms: SourceTerms,
    #[command(flatten)]
    pub asking: Asking,
}

/// `cofferdam source token`.
#[derive(Debug, Subcommand)]
pub enum SourceTokenCommand {
    /// Print a new token of a source
    Issue(SourceTokenIssue),
    /// End a token of a source
    Revoke(SourceTokenRevoke),
}

/// `cofferdam source token issue`.
#[derive(Args, Debug)]
pub struct SourceTokenIssue {
    /// The source's name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Days that it is good for
    #[arg(long, value_name = "N", default_value_t = 366, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub days: u16,
    #[command(flatten)]
    pub asking: Asking,
}

/// `cofferdam source token revoke`.
#[derive(Args, Debug)]
pub struct SourceTokenRevoke {
    /// The source's name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The token's id, as `source show` prints it
    #[arg(value_name = "TOKEN")]
    pub token: String,
    #[command(flatten)]
    pub asking: Asking,
}

/// `cofferdam source secret`.
#[derive(Args, Debug)]
pub struct SourceSecret {
    /// The source's name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// A file whose first line is the secret that the product made [default: a new one is made]
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    #[command(flatten)]
    pub asking: Asking,
}

/// `cofferdam follow`.
#[derive(Args, Debug)]
pub struct Follow {
    /// Only these entries, such as 'kind: alert-*' (docs/filter.md)
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// Begin after this position, not with what comes next; `--after=-1` begins with the first
    #[arg(long, value_name = "POSITION", allow_negative_numbers = true)]
    pub after: Option<i64>,
    /// End after so many entries
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    #[command(flatten)]
    pub asking: Asking,
}

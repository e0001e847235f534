//! Records the attack that ships with the repository: `cargo xtask record [--out DIR] [--install]`.
//!
//! A victim, an attacker and an office live for some minutes in network namespaces of this machine. The
//! attack is really carried out, ordinary work goes on around it, and what sshd, cron, sudo, nginx and the
//! kernel's audit wrote becomes the recording, with a manifest that says what happened when.

mod accounts;
mod attack;
mod attacker;
mod audit;
mod benign;
mod keep;
mod lab;
mod logs;
mod manifest;
mod needs;
mod office;
mod program;
mod readme;
mod root;
mod scanner;
mod services;
mod share;
mod story;
mod terminal;
mod verify;
mod victim;

use std::path::{Path, PathBuf};

/// What the command line asked for.
struct Order {
    /// Where the recording goes; only a verified one is put there.
    out: PathBuf,
    /// Whether missing Debian packages may be installed.
    install: bool,
}

/// Performs the attack and writes its recording.
///
/// # Errors
///
/// When the machine lacks something (not root, a program, a free audit system), when a step of the attack
/// does not come about, or when the logs do not show what the manifest claims. The last of these keeps what was
/// recorded beside the target, in a folder that ends in `.refused`.
pub fn run(args: impl Iterator<Item = String>) -> Result<(), Box<dyn std::error::Error>> {
    let order = read_order(args)?;
    lab::clear_leftovers();
    needs::check(order.install)?;
    let recording = record()?;
    let refused = order.out.with_extension("refused");
    let findings = verify::findings(&recording);
    let target = if findings.is_empty() { &order.out } else { &refused };
    write(&recording, target)?;
    if !findings.is_empty() {
        let list = findings.join("\n  ");
        return Err(
            format!("the recording is not sound; it is kept in `{}`:\n  {list}", target.display()).into()
        );
    }
    println!("{}", recording.summary());
    println!("written to {}", target.display());
    Ok(())
}

/// Builds the lab, plays both sides, and takes the logs; the lab is gone when this returns.
fn record() -> Result<keep::Recording, String> {
    let lab = lab::Lab::build()?;
    victim::furnish(&lab)?;
    let services = services::Services::start(&lab)?;
    let eyes = audit::Audit::start(&lab)?;
    let diary = story::perform(&lab)?;
    drop(services);
    eyes.finish()?;
    keep::collect(&lab, diary)
}

fn read_order(mut args: impl Iterator<Item = String>) -> Result<Order, String> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask lies in no repository")?;
    let mut order = Order { out: repository.join("content/recordings/ssh-intrusion"), install: false };
    while let Some(argument) = args.next() {
        match argument.as_str() {
            "--install" => order.install = true,
            "--out" => order.out = args.next().ok_or("`--out` needs a folder after it")?.into(),
            other => {
                return Err(format!(
                    "`{other}` is not known; usage: cargo xtask record [--out DIR] [--install]"
                ));
            }
        }
    }
    Ok(order)
}

fn write(recording: &keep::Recording, folder: &Path) -> Result<(), String> {
    let failed = |cause: std::io::Error| format!("failed to write to `{}`: {cause}", folder.display());
    std::fs::create_dir_all(folder).map_err(failed)?;
    for log in &recording.logs {
        std::fs::write(folder.join(log.name), log.text()).map_err(failed)?;
    }
    let manifest = manifest::manifest(recording, folder)?;
    std::fs::write(folder.join("manifest.json"), manifest).map_err(failed)?;
    std::fs::write(folder.join("README.md"), readme::readme(recording)).map_err(failed)
}

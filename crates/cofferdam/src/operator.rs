//! Who works at this machine, for facts that a person brings about.

use cofferdam_journal::{Actor, Personal};

/// The program, for what it finds by itself.
pub fn program() -> Actor {
    Actor::Program(env!("CARGO_PKG_VERSION").to_owned())
}

/// The account that runs the program; behind `sudo`, the one that called it.
pub fn person() -> Actor {
    let named = |variable| std::env::var(variable).ok().filter(|name: &String| !name.is_empty());
    // The password file has those whom the machine itself knows; an account of a directory is in the
    // variables that its login set.
    let name = named("SUDO_USER").or_else(own).or_else(|| named("LOGNAME")).or_else(|| named("USER"));
    Actor::Person(Personal::of(&name.unwrap_or_else(|| "an account without a name".to_owned())))
}

#[cfg(unix)]
fn own() -> Option<String> {
    let uid = rustix::process::getuid().as_raw().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    })
}

#[cfg(not(unix))]
fn own() -> Option<String> {
    None
}

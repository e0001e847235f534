//! What a package brings along: pages of the manual, completions, the systemd unit.

use crate::{repository, run};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// The commands that `--help` lists, down to the last, as words.
fn commands(within: &[String]) -> Vec<Vec<String>> {
    let mut args = within.to_vec();
    args.push("--help".to_owned());
    let help = run(&args).expect(0).stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let mut found = vec![within.to_vec()];
    for name in names {
        found.extend(commands(&[within, &[name.to_owned()]].concat()));
    }
    found
}

/// Runs a program that may not be there; says so if it is not.
fn start(command: &mut Command) -> Option<Output> {
    match command.output() {
        Ok(output) => Some(output),
        Err(_) => {
            println!("skipped: {} is not there", command.get_program().display());
            None
        }
    }
}

#[test]
fn every_command_has_a_page() {
    let folder = TempDir::new().unwrap();
    run(&["man", "--out", folder.path().to_str().unwrap()]).expect(0);
    let commands = commands(&[]);
    assert!(commands.len() > 30, "{commands:?}");
    let mut wanted = BTreeSet::new();
    for command in &commands {
        let name = format!("{}.1", [&["cofferdam".to_owned()][..], command].concat().join("-"));
        let text = fs::read_to_string(folder.path().join(&name)).expect(&name);
        assert!(!text.chars().any(|ch| ch.is_control() && ch != '\n'), "{name}");
        for section in [".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS"] {
            assert_eq!(text.matches(&format!("{section}\n")).count(), 1, "{name} {section}");
        }
        let args = [&["man".to_owned()][..], command].concat();
        assert_eq!(run(&args).expect(0).stdout, text);
        wanted.insert(name);
    }
    let names =
        fs::read_dir(folder.path()).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.collect::<BTreeSet<_>>(), wanted);
    run(&["man", "journal", "verfy"]).expect(2);
    pages_are_set(folder.path(), &wanted);
}

/// As `man` sets them: without a complaint, and within 80 columns.
fn pages_are_set(folder: &Path, names: &BTreeSet<String>) {
    for name in names {
        let mut groff = Command::new("groff");
        groff.args(["-man", "-Kutf8", "-Tutf8", "-P-cbou", "-ww", "-rLL=80n"]).arg(folder.join(name));
        let Some(set) = start(&mut groff) else { return };
        assert!(set.stderr.is_empty(), "{name}: {}", String::from_utf8_lossy(&set.stderr));
        let text = String::from_utf8(set.stdout).unwrap();
        let wide = text.lines().find(|line| line.chars().count() > 80);
        assert!(wide.is_none() && text.contains("NAME"), "{name}: {wide:?}");
    }
}

#[test]
fn every_shell_has_its_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&["completions", shell]).expect(0).stdout;
        for command in commands(&[]).iter().filter_map(|command| command.last()) {
            assert!(script.contains(command), "{shell}: {command}");
        }
        assert!(!script.chars().any(|ch| ch.is_control() && !matches!(ch, '\n' | '\t' | '\r')), "{shell}");
    }
    run(&["completions", "tcsh"]).expect(2);
}

#[test]
fn bash_completes_commands() {
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("cofferdam");
    fs::write(&script, run(&["completions", "bash"]).expect(0).stdout).unwrap();
    for (words, want) in [("jour", "journal"), ("journal ver", "verify"), ("config show --li", "--listen")] {
        let complete = format!(
            "set -u; source '{}'; COMP_WORDS=(cofferdam {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _cofferdam cofferdam \"${{COMP_WORDS[-1]}}\" x; echo \"${{COMPREPLY[@]}}\"",
            script.display()
        );
        let Some(done) = start(Command::new("bash").args(["--norc", "-c", &complete])) else { return };
        let said = String::from_utf8_lossy(&done.stdout);
        assert_eq!(said.trim(), want, "{words}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

/// The unit with its drop-ins, starting the program that was built, in a folder of its own.
fn unit(folder: &Path) {
    let dist = repository().join("dist");
    let unit = fs::read_to_string(dist.join("cofferdam.service")).unwrap();
    let command = "ExecStart=/usr/local/bin/cofferdam serve\n";
    assert!(unit.contains(command));
    let own = format!("ExecStart={} serve\n", env!("CARGO_BIN_EXE_cofferdam"));
    fs::write(folder.join("cofferdam.service"), unit.replace(command, &own)).unwrap();
    let drop_ins = folder.join("cofferdam.service.d");
    fs::create_dir(&drop_ins).unwrap();
    for one in fs::read_dir(dist.join("cofferdam.service.d")).unwrap() {
        let one = one.unwrap();
        fs::copy(one.path(), drop_ins.join(one.file_name())).unwrap();
    }
}

fn analyze(folder: &Path, args: &[&str]) -> Option<(bool, String)> {
    let mut command = Command::new("systemd-analyze");
    command.args(args).arg("cofferdam.service").current_dir(folder).env("SYSTEMD_PAGER", "");
    let done = start(&mut command)?;
    let said = [done.stdout, done.stderr].concat();
    Some((done.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[test]
fn the_unit_is_understood_and_opens_little() {
    let folder = TempDir::new().unwrap();
    unit(folder.path());
    let Some((is_good, said)) = analyze(folder.path(), &["verify", "--man=no"]) else { return };
    assert!(is_good && !said.contains("cofferdam.service"), "{said}");
    // What it is measured in is tenths: an ordinary service has 96 of 100.
    let strict = ["security", "--offline=true", "--threshold=11", "--no-pager"];
    let Some((is_good, said)) = analyze(folder.path(), &strict) else { return };
    assert!(is_good, "{said}");
    assert!(said.contains("Overall exposure level"), "{said}");

    // The same check sees a word that is none, in the unit and in what is dropped in.
    let drop_in = folder.path().join("cofferdam.service.d/tls.conf");
    let text = fs::read_to_string(&drop_in).unwrap();
    fs::write(&drop_in, text.replace("LoadCredential", "LoadCredentail")).unwrap();
    let Some((_, said)) = analyze(folder.path(), &["verify", "--man=no"]) else { return };
    assert!(said.contains("LoadCredentail"), "{said}");
    let path = folder.path().join("cofferdam.service");
    let loose = fs::read_to_string(&path)
        .unwrap()
        .replace("PrivateDevices=yes", "")
        .replace("CapabilityBoundingSet=\n", "");
    fs::write(&path, loose).unwrap();
    let Some((is_good, said)) = analyze(folder.path(), &strict) else { return };
    assert!(!is_good, "{said}");
}

/// Variables that the unit's parts set are settings.
#[test]
fn what_the_unit_sets_are_settings() {
    let folder = TempDir::new().unwrap();
    unit(folder.path());
    let shown = run(&["config", "show", "--config", "/dev/null", "--format", "json"]).expect(0).stdout;
    let mut variables = 0;
    for one in fs::read_dir(folder.path().join("cofferdam.service.d")).unwrap() {
        let text = fs::read_to_string(one.unwrap().path()).unwrap();
        let lines = text.lines().filter_map(|line| line.strip_prefix("Environment="));
        for set in lines.flat_map(|line| line.split(' ')) {
            let (name, value) = set.split_once('=').unwrap();
            assert!(shown.contains(&format!("\"variable\": \"{name}\"")), "{name}");
            let credential = value.strip_prefix("%d/").unwrap();
            assert!(text.contains(&format!("LoadCredential={credential}:/etc/cofferdam/")), "{value}");
            variables += 1;
        }
    }
    assert_eq!(variables, 3);
}

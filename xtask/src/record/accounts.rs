//! The victim's accounts: named by their roles, with passwords and keys that exist for the recording alone.

use super::lab::Lab;
use super::program::here;

/// The password of `ops1`.
pub const OPS1: &str = "Quay-lantern-41";
/// The password of `ops2`.
pub const OPS2: &str = "Harbour.Mist.77";
/// The password of `dev1`.
pub const DEV1: &str = "tidal-Gauge-12";
/// The password of `webadmin`.
pub const WEBADMIN: &str = "Sluice%gate9";
/// The password of `deploy`, which stands in every list of guesses.
pub const DEPLOY: &str = "deploy123";

/// An account of the victim.
pub struct Account {
    /// Its name, which is its role.
    pub name: &'static str,
    /// Its user id; also the login uid in audit records.
    pub uid: u32,
    /// Its password; none means that only keys open it.
    pub password: Option<&'static str>,
    /// Extra groups, as `useradd --groups` reads them.
    pub groups: &'static str,
    /// Its home.
    pub home: &'static str,
}

/// All accounts with a shell, but for root.
pub const ACCOUNTS: &[Account] = &[
    Account { name: "ops1", uid: 2001, password: Some(OPS1), groups: "sudo,adm", home: "/home/ops1" },
    Account { name: "ops2", uid: 2002, password: Some(OPS2), groups: "sudo,adm", home: "/home/ops2" },
    Account { name: "dev1", uid: 2003, password: Some(DEV1), groups: "users", home: "/home/dev1" },
    Account { name: "deploy", uid: 2004, password: Some(DEPLOY), groups: "www-data", home: "/home/deploy" },
    Account {
        name: "webadmin",
        uid: 2005,
        password: Some(WEBADMIN),
        groups: "www-data",
        home: "/home/webadmin",
    },
    Account { name: "backup", uid: 34, password: None, groups: "www-data", home: "/var/backups" },
];

/// Accounts whose key the office holds.
const KEY_HOLDERS: [&str; 4] = ["ops1", "dev1", "deploy", "backup"];

/// Makes the accounts, and drops those of this machine.
pub fn make_accounts(lab: &Lab) -> Result<(), String> {
    for file in ["/etc/passwd", "/etc/group"] {
        let text = lab.read_web(file)?;
        lab.write_web(file, &debian_only(&text))?;
    }
    lab.on_web(&["rm", "-f", "/etc/gshadow", "/etc/subuid", "/etc/subgid", "/etc/passwd-", "/etc/group-"])?;
    lab.on_web(&["rm", "-f", "/etc/shadow", "/etc/shadow-", "/etc/gshadow-"])?;
    let locked = |line: &str| line.split(':').next().map(|name| format!("{name}:*:19700:0:99999:7:::\n"));
    let shadow: String = lab.read_web("/etc/passwd")?.lines().filter_map(locked).collect();
    lab.write_web("/etc/shadow", &shadow)?;
    lab.on_web(&["chown", "root:shadow", "/etc/shadow"])?;
    lab.on_web(&["chmod", "640", "/etc/shadow"])?;
    lab.on_web(&["grpconv"])?;
    for account in ACCOUNTS {
        let uid = account.uid.to_string();
        match account.uid {
            2001.. => lab.on_web(&[
                "useradd",
                "-m",
                "-u",
                &uid,
                "-s",
                "/bin/bash",
                "-G",
                account.groups,
                account.name,
            ])?,
            _ => lab.on_web(&["usermod", "-s", "/bin/sh", "-G", account.groups, account.name])?,
        };
        if let Some(password) = account.password {
            let hash = here(&["openssl", "passwd", "-6", password])?;
            lab.on_web(&["usermod", "-p", hash.trim(), account.name])?;
        }
    }
    Ok(())
}

/// Drops the accounts that this machine added to Debian's own, which have ids below 100 or belong to the services
/// that the victim runs.
fn debian_only(text: &str) -> String {
    let services = ["nobody", "nogroup", "sshd", "crontab", "_ssh", "users"];
    let is_debian = |line: &&str| {
        let mut fields = line.split(':');
        let name = fields.next().unwrap_or_default();
        let id = fields.nth(1).and_then(|id| id.parse::<u32>().ok());
        id.is_some_and(|id| id < 100) || services.contains(&name)
    };
    text.lines().filter(is_debian).map(|line| format!("{line}\n")).collect()
}

/// Makes the office's and the attacker's keys, and lets the former in.
pub fn hand_out_keys(lab: &Lab) -> Result<(), String> {
    for name in KEY_HOLDERS {
        let key = make_key(lab, name, &format!("{name}@office.example.org"))?;
        let home =
            ACCOUNTS.iter().find(|account| account.name == name).map_or("/root", |account| account.home);
        lab.write_web(&format!("{home}/.ssh/authorized_keys"), &key)?;
        lab.on_web(&["chown", "-R", &format!("{name}:{name}"), home])?;
        lab.on_web(&["chmod", "-R", "go=", &format!("{home}/.ssh")])?;
    }
    let ops1 = lab.read_web("/home/ops1/.ssh/authorized_keys")?;
    lab.write_web("/root/.ssh/authorized_keys", &ops1)?;
    lab.on_web(&["chmod", "-R", "go=", "/root/.ssh"])?;
    make_key(lab, "dev1-notebook", "dev1@notebook.example.org")?;
    make_key(lab, "attacker", "maintenance").map(drop)
}

/// Makes a key pair in the lab's folder and returns its public half.
fn make_key(lab: &Lab, name: &str, comment: &str) -> Result<String, String> {
    let file = lab.folder.join(name).display().to_string();
    here(&["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", &file])?;
    std::fs::read_to_string(format!("{file}.pub"))
        .map_err(|cause| format!("failed to read `{file}.pub`: {cause}"))
}

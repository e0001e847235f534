//! The victim's services and the attacker's file server.

use super::lab::{ATTACKER, Lab, Place};
use super::program::wait_until;
use std::process::Child;
use std::time::Duration;

/// Running services; they end when this is dropped.
pub struct Services(Vec<Child>);

impl Services {
    /// Starts all of them and waits until they answer for themselves with their pid files.
    pub fn start(lab: &Lab) -> Result<Services, String> {
        prepare_folders(lab)?;
        prepare_attacker(lab)?;
        let mut services = Services(Vec::new());
        let attacker_config = lab.folder.join("files.conf").display().to_string();
        for (place, words) in [
            (Place::Web, &["rsyslogd", "-n"][..]),
            (Place::Web, &["nginx", "-g", "daemon off;"]),
            (Place::Web, &["/usr/sbin/sshd", "-D"]),
            (Place::Web, &["/usr/sbin/cron", "-f"]),
            (Place::Attacker, &["nginx", "-e", "/dev/null", "-c", &attacker_config]),
        ] {
            services.0.push(lab.start(place, words)?);
        }
        for pid_file in ["/run/rsyslogd.pid", "/run/nginx.pid", "/run/sshd.pid", "/run/crond.pid"] {
            let path = lab.web_path(pid_file);
            wait_until(&format!("the victim's `{pid_file}`"), Duration::from_secs(10), || path.exists())?;
        }
        let file_server = lab.folder.join("files.pid");
        wait_until("the attacker's file server", Duration::from_secs(10), || file_server.exists())?;
        Ok(services)
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        for child in &mut self.0 {
            if let Err(cause) = child.kill().and_then(|()| child.wait().map(drop)) {
                eprintln!("warning: a service did not end: {cause}");
            }
        }
    }
}

fn prepare_folders(lab: &Lab) -> Result<(), String> {
    lab.on_web(&[
        "mkdir",
        "-p",
        "/run/sshd",
        "/run/sudo",
        "/var/log/nginx",
        "/var/log/audit",
        "/var/spool/rsyslog",
    ])?;
    lab.on_web(&["mkdir", "-p", "/run/lock", "/etc/ssh/sshd_config.d", "/var/spool/cron/crontabs"])?;
    lab.on_web(&["chown", "root:crontab", "/var/spool/cron/crontabs"])?;
    lab.on_web(&["chmod", "1730", "/var/spool/cron/crontabs"])?;
    lab.on_web(&[
        "touch",
        "/var/log/nginx/error.log",
        "/var/log/wtmp",
        "/var/log/btmp",
        "/var/log/lastlog",
        "/run/utmp",
    ])?;
    lab.on_web(&["chown", "root:utmp", "/var/log/wtmp", "/var/log/btmp", "/var/log/lastlog", "/run/utmp"])?;
    lab.on_web(&["chmod", "660", "/var/log/btmp"])?;
    lab.on_web(&["chown", "-R", "www-data:adm", "/var/log/nginx"]).map(drop)
}

/// What the attacker hands out: an inert text with the name of a web shell, a key, a harmless script.
fn prepare_attacker(lab: &Lab) -> Result<(), String> {
    let key = lab.folder.join("attacker.pub");
    let key = std::fs::read_to_string(&key)
        .map_err(|cause| format!("failed to read `{}`: {cause}", key.display()))?;
    lab.write_here("files/k", &key)?;
    lab.write_here(
        "files/t.txt",
        "This text stands where an intruder would put a web shell. It does nothing.\n",
    )?;
    lab.write_here("files/u.sh", "id > /var/tmp/.u\nuname -r >> /var/tmp/.u\n")?;
    lab.write_here("files/in/.keep", "")?;
    let folder = lab.folder.display();
    let config = format!(
        "user root; daemon off; worker_processes 1; pid {folder}/files.pid; error_log /dev/null;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen {ATTACKER}:80; root {folder}/files; client_max_body_size 8m; location /in/ {{ dav_methods PUT; }} }}
}}
"
    );
    lab.write_here("files.conf", &config)
}

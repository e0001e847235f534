//! The victim `web-01`: its settings, the careless one included, and its site.

use super::accounts::{hand_out_keys, make_accounts};
use super::lab::{Lab, WEB};
use super::root::mount_root;

/// The victim's host name.
pub const HOST: &str = "web-01";

/// Places with this machine's own keys, jobs, rights and sites, which the victim must not have.
const OWN_SETTINGS: &[&str] = &[
    "/etc/ssh",
    "/etc/cron.d",
    "/etc/cron.daily",
    "/etc/cron.hourly",
    "/etc/sudoers.d",
    "/var/spool/cron",
    "/etc/nginx/sites-enabled",
    "/etc/profile.d",
    "/etc/security/limits.d",
    "/etc/security/limits.conf",
];

/// Makes the victim's file system and what lies in it.
pub fn furnish(lab: &Lab) -> Result<(), String> {
    mount_root(lab)?;
    lab.on_web(&["hostname", HOST])?;
    settle_etc(lab)?;
    make_accounts(lab)?;
    hand_out_keys(lab)?;
    build_site(lab)
}

/// Settings as on a small Debian web server; nothing in them is this machine's.
fn settle_etc(lab: &Lab) -> Result<(), String> {
    lab.on_web(&[&["find"], OWN_SETTINGS, &["-type", "f,l", "-delete"]].concat())?;
    lab.write_web("/etc/hostname", "web-01\n")?;
    lab.write_web("/etc/hosts", &format!("127.0.0.1 localhost\n{WEB} web-01.example.org web-01\n"))?;
    lab.write_web("/etc/resolv.conf", "")?;
    lab.write_web("/etc/environment", "")?;
    lab.write_web("/etc/security/limits.conf", "")?;
    lab.on_web(&["sed", "-i", "/pam_motd/d", "/etc/pam.d/sshd"])?;
    // Without CAP_SYS_RESOURCE, which containers and small virtual machines often lack, it complains at each login.
    for service in ["cron", "login", "sshd", "su", "sudo", "sudo-i"] {
        lab.on_web(&["sed", "-i", "/pam_limits/d", &format!("/etc/pam.d/{service}")])?;
    }
    lab.write_web("/etc/ssh/sshd_config", SSHD)?;
    lab.write_web("/etc/rsyslog.conf", RSYSLOG)?;
    lab.write_web("/etc/nginx/sites-enabled/www", SITE)?;
    lab.write_web("/etc/cron.d/site-check", SITE_CHECK)?;
    lab.write_web("/etc/sudoers.d/deploy", "deploy ALL=(root) NOPASSWD: /usr/bin/find\n")?;
    lab.on_web(&["chmod", "440", "/etc/sudoers.d/deploy"])?;
    ["ed25519", "rsa"].into_iter().try_for_each(|kind| make_host_key(lab, kind))
}

fn make_host_key(lab: &Lab, kind: &str) -> Result<(), String> {
    let file = format!("/etc/ssh/ssh_host_{kind}_key");
    lab.on_web(&["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "root@web-01", "-f", &file]).map(drop)
}

fn build_site(lab: &Lab) -> Result<(), String> {
    for page in ["index", "about", "products", "contact", "thanks", "terms"] {
        let text = format!(
            "<!doctype html><title>{page}</title><link rel=stylesheet href=/css/site.css><h1>{page}</h1>\n"
        );
        lab.write_web(&format!("/srv/www/html/{page}.html"), &text.repeat(9))?;
    }
    lab.write_web("/srv/www/html/css/site.css", &"body { font-family: sans-serif }\n".repeat(40))?;
    lab.write_web("/srv/www/html/js/site.js", &"console.log('site');\n".repeat(60))?;
    lab.write_web("/srv/www/html/img/logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>\n")?;
    lab.write_web("/srv/www/html/robots.txt", "User-agent: *\nDisallow: /assets/\n")?;
    lab.write_web("/srv/www/html/assets/app.css", "main { margin: 2em }\n")?;
    lab.write_web("/srv/releases/old-1/index.html", "old\n")?;
    let customers: String = (1..=4000)
        .map(|n| format!("customer-{n:05},billing-{n:05}@example.org,contract-{}\n", n * 7))
        .collect();
    lab.write_web("/srv/customers/customers.csv", &customers)?;
    lab.on_web(&["chown", "-R", "deploy:www-data", "/srv/www", "/srv/releases"])?;
    lab.on_web(&["chown", "-R", "root:backup", "/srv/customers"])?;
    lab.on_web(&["chmod", "-R", "u=rwX,g=rX,o=", "/srv/customers"]).map(drop)
}

const SSHD: &str = "Include /etc/ssh/sshd_config.d/*.conf
KbdInteractiveAuthentication no
UsePAM yes
X11Forwarding yes
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp /usr/lib/openssh/sftp-server
";

/// Debian 12's file without the kernel's log, which has no namespaces and would be this machine's, and with
/// cron's messages beside those of the logins.
const RSYSLOG: &str = r#"module(load="imuxsock")
$FileOwner root
$FileGroup adm
$FileCreateMode 0640
$DirCreateMode 0755
$Umask 0022
$WorkDirectory /var/spool/rsyslog
auth,authpriv,cron.*	/var/log/auth.log
*.*;auth,authpriv,cron.none	-/var/log/syslog
"#;

/// The site has no interpreter: a `.php` file is answered as it lies there, also to a POST.
const SITE: &str = "server {
    listen 80 default_server;
    server_name www.example.org;
    root /srv/www/html;
    index index.html;
    location / { try_files $uri $uri.html $uri/ =404; }
    location = /health { access_log /var/log/nginx/access.log; return 200 'ok'; }
    location = /contact { if ($request_method = POST) { return 303 /thanks.html; } try_files /contact.html =404; }
    location ~ \\.php$ { try_files $uri =404; error_page 405 =200 $uri; }
}
";

const SITE_CHECK: &str = "SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin
* * * * * www-data curl -fsS -o /dev/null http://127.0.0.1/health
*/2 * * * * root find /var/tmp -xdev -type f -mtime +10 -delete
";

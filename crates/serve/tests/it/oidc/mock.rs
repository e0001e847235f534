//! Against a provider that others wrote: oidc-provider-mock of PyPI, by the script that takes the part of a browser.

use super::{often, oidc};
use crate::site::Site;
use cofferdam_serve::Settings;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

/// The Python interpreter that knows the provider.
const PYTHON: &str = "COFFERDAM_OIDC_PYTHON";

#[test]
fn a_provider_that_others_wrote_is_understood() {
    let Some(python) = std::env::var_os(PYTHON) else {
        println!("skipped: {PYTHON} names no Python with oidc-provider-mock");
        return;
    };
    // Free a moment ago; the script says so if it is taken meanwhile.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let issuer = format!("http://127.0.0.1:{port}");
    let site = Site::with(Settings { oidc: Some(oidc(&issuer)), login: often(), ..Settings::default() });
    site.set(jiff::Timestamp::now());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../checks/oidc/check.py");
    let server = site.nobody();
    let done = Command::new(python)
        .arg(script)
        .args(["--server", server.url(), "--provider-port", &port.to_string()])
        .output();
    let done = done.unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{out}\n{err}");
    println!("{out}");
}

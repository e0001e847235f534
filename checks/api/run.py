#!/usr/bin/env python3
"""Tests a running server with what its own description says of it, once with a token and once with a session.

Usage: run.py PROGRAM ST RECORDING EXAMPLES [FOLDER]

PROGRAM is `cofferdam`, ST is schemathesis, RECORDING evidence to investigate first, so that there is something to
read. Ends with 0 when nothing was found.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ACCOUNT, PASSWORD = "ops1", "tin cloth ladder moss"
# Proving what is tested elsewhere, and what is a page or a stream and no interface.
LEFT_OUT = r"^/(login|setup|enrol|assets/.*|)$|/feed$"


# What tests are told by variables is not for the server, which takes each for a setting.
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("COFFERDAM_")}


def begin(program, folder, recording):
    """Starts a server on an investigation, and makes its administrator."""
    quiet = {"stdout": subprocess.DEVNULL, "check": True, "cwd": folder, "env": CLEAN}
    subprocess.run([program, "investigate", recording, "--out", "results", "--keep-evidence", "--quiet"], **quiet)
    log = open(folder / "server.log", "w")
    variables = {
        **CLEAN,
        "COFFERDAM_LOGIN_ATTEMPTS": "1000",
        "COFFERDAM_LOGIN_ACCOUNT_ATTEMPTS": "10000",
        "COFFERDAM_SESSION_FRESH": "1h",
        "COFFERDAM_REPORTS_OPEN": "open",
        "COFFERDAM_REPORTS_PER_ADDRESS": "1000",
        "COFFERDAM_REPORTS_OVERALL": "10000",
    }
    server = subprocess.Popen(
        [program, "serve", "--data", "results", "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder, env=variables,
    )
    link = None
    for line in server.stdout:
        if link := re.search(r"(http\S+)/setup#(\S+)", line):
            break
    if not link:
        sys.exit("the server printed no link")
    (folder / "password").write_text(PASSWORD + "\n")
    subprocess.run(
        [program, "setup", link.group(0), "--account", ACCOUNT, "--password-file", "password"], **quiet
    )
    return server, link.group(1)


def tested(st, folder, url, examples, means, seed):
    """One run of schemathesis; whether it found nothing."""
    variables = {
        **os.environ,
        "COFFERDAM_URL": url,
        "COFFERDAM_ACCOUNT": ACCOUNT,
        "COFFERDAM_PASSWORD": PASSWORD,
        "COFFERDAM_WITH": means,
        "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
        "PYTHONPATH": str(HERE),
    }
    began = time.monotonic()
    command = [
        st, "--config-file", str(HERE / "schemathesis.toml"), "run", f"{url}/api/v1/openapi.json",
        "--checks", "all", "--max-examples", str(examples), "--seed", str(seed), "--request-timeout", "10",
        "--exclude-path-regex", LEFT_OUT, "--no-color", "--continue-on-failure",
    ]
    done = subprocess.run(command, env=variables, cwd=folder, capture_output=True, text=True)
    (folder / f"{means}.txt").write_text(done.stdout + done.stderr)
    cases = re.search(r"(\d+) generated", done.stdout)
    print(f"with a {means}: {cases.group(1) if cases else '?'} cases, seed {seed}, {time.monotonic() - began:.0f} s")
    if done.returncode:
        found = [done.stdout.find(heading) for heading in ("= ERRORS", "= FAILURES")]
        print(done.stdout[min((at for at in found if at >= 0), default=0):], done.stderr)
    return done.returncode == 0 and cases is not None


def main():
    program, st, recording, examples = sys.argv[1:5]
    folder = pathlib.Path(sys.argv[5] if len(sys.argv) > 5 else tempfile.mkdtemp(prefix="cofferdam-api-"))
    server, url = begin(os.path.abspath(program), folder, os.path.abspath(recording))
    try:
        good = [tested(st, folder, url, examples, means, seed) for means, seed in (("token", 1), ("session", 2))]
        if server.poll() is not None:
            sys.exit("the server ended in the middle")
    finally:
        server.terminate()
        server.wait(20)
    sys.exit(0 if all(good) else 1)


main()

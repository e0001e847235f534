"""Signs in at a running server by oidc-provider-mock, as a browser would, and looks at who comes out.

    python check.py --server http://127.0.0.1:8484 --provider-port 9400

The server's configuration names the provider (issuer `http://127.0.0.1:9400`, any secret, groups claim `groups`,
`ir-team` = responder, `ir-lead` = incident-commander and scribe). The provider is started here; other than by itself
it insists on PKCE. What is seen is printed; the exit code is 1 when something is not as it should be.
"""

import argparse
import http.client
import json
import subprocess
import sys
import time
import urllib.parse

CALLBACK = "/api/v1/oidc/callback"


def provide(port):
    """Runs the provider, which takes no code without the verifier of its challenge."""
    import os

    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    import uvicorn
    from authlib.integrations import flask_oauth2
    from authlib.oauth2.rfc6749 import InvalidRequestError
    from authlib.oauth2.rfc7636 import CodeChallenge
    from oidc_provider_mock import _app

    challenges = {}

    class Insists(CodeChallenge):
        def validate_code_challenge(self, grant, redirect_uri):
            asked = grant.request.payload.data
            if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
                raise InvalidRequestError("PKCE with S256 is needed")
            super().validate_code_challenge(grant, redirect_uri)

        def get_authorization_code_challenge(self, code):
            return challenges[code.code]

        def get_authorization_code_challenge_method(self, code):
            return "S256"

    save = _app.AuthorizationCodeGrant.save_authorization_code

    def save_with_challenge(self, code, request):
        challenges[code] = request.payload.data["code_challenge"]
        return save(self, code, request)

    register = flask_oauth2.AuthorizationServer.register_grant

    def register_with_challenge(self, grant, extensions=None):
        if grant is _app.AuthorizationCodeGrant:
            extensions = [*(extensions or []), Insists(required=True)]
        return register(self, grant, extensions)

    _app.AuthorizationCodeGrant.save_authorization_code = save_with_challenge
    flask_oauth2.AuthorizationServer.register_grant = register_with_challenge
    uvicorn.run(_app.app(require_nonce=True), interface="wsgi", host="127.0.0.1", port=port, log_level="warning")


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    def json(self):
        return json.loads(self.text)


def send(method, url, body=None, headers=None):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    path = parts.path + ("?" + parts.query if parts.query else "")
    connection.request(method, path, body, headers or {})
    answer = Answer(connection.getresponse())
    connection.close()
    return answer


class Browser:
    """Keeps the cookies of the server, and says by whom it is led, as browsers do."""

    def __init__(self, server, provider):
        self.server, self.provider, self.cookies = server, provider, {}

    def get(self, path, from_provider=False):
        """A cookie with SameSite=Strict is not sent while another site leads."""
        sent = [f"{name}={value}" for name, (value, strict) in self.cookies.items() if not (strict and from_provider)]
        headers = {"Accept": "text/html"} if "/oidc/" in path else {}
        if sent:
            headers["Cookie"] = "; ".join(sent)
        answer = send("GET", self.server + path, headers=headers)
        for cookie in answer.headers.get_all("set-cookie") or []:
            pair, _, attributes = cookie.partition(";")
            name, _, value = pair.partition("=")
            if "max-age=0" in attributes.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = (value, "samesite=strict" in attributes.lower())
        return answer

    def to_provider(self, path="/api/v1/oidc/start?return_to=/incidents"):
        answer = self.get(path)
        expect(answer.status == 303, f"start answers {answer.status}: {answer.text}")
        return answer.headers["location"]

    def from_provider(self, address, subject):
        """Says there who it is; returns the path that leads back."""
        form = urllib.parse.urlencode({"sub": subject} if subject else {"action": "deny"})
        answer = send("POST", address, form, {"Content-Type": "application/x-www-form-urlencoded"})
        expect(answer.status == 302, f"the provider answers {answer.status}: {answer.text[:500]}")
        back = answer.headers["location"]
        expect(back.startswith(self.server + CALLBACK), f"the provider leads to {back}")
        return back.removeprefix(self.server)

    def sign_in(self, subject):
        answer = self.get(self.from_provider(self.to_provider(), subject), from_provider=True)
        expect(answer.status == 200, f"the callback answers {answer.status}: {answer.text}")
        expect('content="0;url=/incidents"' in answer.text, "the page leads on to where it should")
        return self.get("/api/v1/session")


def expect(holds, what):
    if not holds:
        sys.exit(f"not as it should be: {what}")


def seen(what):
    print(f"seen: {what}")


def be(provider, subject, claims):
    """The provider tells this of somebody from now on."""
    body = json.dumps(claims)
    answer = send("PUT", f"{provider}/users/{subject}", body, {"Content-Type": "application/json"})
    expect(answer.status == 204, f"the provider takes the user: {answer.status}")


def check(server, provider):
    be(provider, "dev1", {"preferred_username": "dev1", "name": "Developer", "groups": ["staff", "ir-team"]})
    browser = Browser(server, provider)
    who = browser.sign_in("dev1")
    expect(who.status == 200, f"a session: {who.status} {who.text}")
    expect((who.json()["account"], who.json()["roles"]) == ("dev1", ["responder"]), f"who it is: {who.text}")
    seen("a login with state, nonce and PKCE; the group gives its role")

    address = browser.to_provider()
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
    expect(asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43, f"PKCE: {asked}")
    bare = urllib.parse.urlencode({name: value for name, value in asked.items() if "challenge" not in name})
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    refused = send("POST", f"{provider}/oauth2/authorize?{bare}", "sub=dev1", form)
    expect("error=invalid_request" in (refused.headers["location"] or ""), "the provider insists on PKCE")
    other = Browser(server, provider)
    stolen = other.from_provider(other.to_provider(), "dev1")
    code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(stolen).query))["code"]
    answer = browser.get(f"{CALLBACK}?code={code}&state={asked['state']}", from_provider=True)
    expect(answer.status == 401, f"a code of another login, by PKCE: {answer.status}")
    seen("PKCE: the provider takes no login without it, and no code of another login")

    be(provider, "dev1", {"preferred_username": "dev1", "groups": ["ir-lead"]})
    again = Browser(server, provider)
    roles = again.sign_in("dev1").json()["roles"]
    expect(roles == ["incident-commander", "scribe"], f"roles anew: {roles}")
    expect(browser.get("/api/v1/session").status == 401, "the older session ended")
    seen("a second login with other groups: other roles, and the older session ended")

    be(provider, "dev1", {"preferred_username": "dev1", "groups": ["staff"]})
    out = Browser(server, provider)
    answer = out.get(out.from_provider(out.to_provider(), "dev1"), from_provider=True)
    expect(answer.status == 403 and "<h1>" in answer.text, f"no part: {answer.status} {answer.text}")
    expect(again.get("/api/v1/session").status == 401, "the older session ended, too")
    seen("a third login without a group that has a role: refused, with a page that says so")

    denied = out.get(out.from_provider(out.to_provider(), None), from_provider=True)
    expect(denied.status == 401, f"denied: {denied.status}")
    seen("a login that was denied at the provider: refused")

    be(provider, "dev1", {"preferred_username": "dev1", "groups": ["ir-team"]})
    back = out.from_provider(out.to_provider(), "dev1")
    expect(out.get(back, from_provider=True).status == 200, "a login")
    expect(out.get(back, from_provider=True).status == 401, "it comes back once")
    victim = Browser(server, provider)
    victim.to_provider()
    attacker = Browser(server, provider)
    back = attacker.from_provider(attacker.to_provider(), "dev1")
    expect(victim.get(back, from_provider=True).status == 401, "a login of another browser")
    seen("replayed, and handed to another browser: refused")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server")
    parser.add_argument("--provider-port", type=int, required=True)
    parser.add_argument("--provide", action="store_true")
    given = parser.parse_args()
    if given.provide:
        provide(given.provider_port)
        return
    provider = f"http://127.0.0.1:{given.provider_port}"
    command = [sys.executable, __file__, "--provide", "--provider-port", str(given.provider_port)]
    process = subprocess.Popen(command)
    try:
        for _ in range(300):
            try:
                send("GET", f"{provider}/.well-known/openid-configuration")
                break
            except OSError:
                expect(process.poll() is None, "the provider runs")
                time.sleep(0.1)
        check(given.server.rstrip("/"), provider)
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    main()

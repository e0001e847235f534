"""How schemathesis signs in, and which values of closed languages it makes.

The tests revoke tokens and end sessions: whoever asks finds out before each call whether theirs is still good, and
gets another one if not.
"""

import json
import os

import requests
import schemathesis
from hypothesis import strategies as st

BASE = os.environ["COFFERDAM_URL"]
ACCOUNT = os.environ["COFFERDAM_ACCOUNT"]
PASSWORD = os.environ["COFFERDAM_PASSWORD"]
WITH_SESSION = os.environ.get("COFFERDAM_WITH", "token") == "session"

words = st.sampled_from(["\"web-01\"", "\"a b\"", "\"\u00e9\"", "x", "ops1"])
filters = st.recursive(
    words,
    lambda inner: st.one_of(
        inner.map(lambda part: f"not {part}"),
        st.tuples(inner, st.sampled_from(["and", "or", ""]), inner).map(lambda parts: "(" + " ".join(parts) + ")"),
    ),
    max_leaves=6,
)
schemathesis.openapi.format("filter", filters)
schemathesis.openapi.format(
    "stream", st.sampled_from(["log", "incident/INC-0001", "alert/ALR-000001", "user/USR-0001", "access/2026-11-22"])
)


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """Records, one a line: what is made from the schema is one string, or (in examples) whatever it is."""
    return {"data": value if isinstance(value, (bytes, str)) else json.dumps(value)}


# A cursor comes from a page: none that is made up is one.
schemathesis.openapi.format("cursor", st.just("made-up"))


class Signed:
    """Somebody who is signed in, as long as the tests leave them."""

    def __init__(self):
        self.token = None
        self.cookie = None

    def sign_in(self):
        answer = requests.post(
            f"{BASE}/api/v1/session", json={"account": ACCOUNT, "password": PASSWORD}, timeout=10
        )
        answer.raise_for_status()
        return answer.headers["set-cookie"].split(";")[0]

    def with_cookie(self, method, path, **more):
        headers = {"cookie": self.cookie, "origin": BASE}
        return requests.request(method, f"{BASE}{path}", headers=headers, timeout=10, **more)

    def is_good(self, headers):
        answer = requests.get(f"{BASE}/api/v1/session", headers=headers, timeout=10)
        # What was proven just now counts for sensitive acts, and is what is tested here.
        return answer.status_code == 200

    def headers(self):
        if WITH_SESSION:
            if not self.cookie or not self.is_good({"cookie": self.cookie}):
                self.cookie = self.sign_in()
            return {"Cookie": self.cookie, "Origin": BASE}
        if not self.token or not self.is_good({"authorization": f"Bearer {self.token}"}):
            self.token = self.issue()
        return {"Authorization": f"Bearer {self.token}"}

    def issue(self):
        self.cookie = self.sign_in()
        # Of fifty, those of earlier calls would fill all places.
        for token in self.with_cookie("GET", "/api/v1/tokens").json()["items"]:
            self.with_cookie("DELETE", f"/api/v1/tokens/{token['id']}")
        scope = self.with_cookie("GET", "/api/v1/session").json()["permissions"]
        made = self.with_cookie(
            "POST", "/api/v1/tokens", json={"name": "schemathesis", "scope": scope, "expires_days": 1}
        )
        made.raise_for_status()
        self.with_cookie("DELETE", "/api/v1/session")
        return made.json()["secret"]


class Sender:
    """A source of one kind and its token, made anew whenever the tests took one of them away."""

    def __init__(self, kind, path):
        self.kind, self.path = kind, path
        self.count = 0
        self.name = self.token = None

    def is_good(self):
        if not self.token:
            return False
        # Nothing is sent, so that nothing comes of it.
        answer = requests.post(
            f"{BASE}{self.path.format(name=self.name)}",
            data=b"",
            headers={"authorization": f"Bearer {self.token}", "content-type": "application/x-ndjson"},
            timeout=10,
        )
        return answer.status_code != 401

    def headers(self):
        if not self.is_good():
            self.begin()
        return {"Authorization": f"Bearer {self.token}"}

    def begin(self):
        self.count += 1
        self.name = f"st-{self.kind}-{os.getpid()}-{self.count}"
        by = {**SIGNED.headers()}
        sources = f"{BASE}/api/v1/sources"
        requests.post(sources, json={"name": self.name, "kind": self.kind}, headers=by, timeout=10).raise_for_status()
        issued = requests.post(f"{sources}/{self.name}/tokens", json={"expires_days": 1}, headers=by, timeout=10)
        issued.raise_for_status()
        self.token = issued.json()["secret"]


SIGNED = Signed()
SENDERS = {sender.path: sender for sender in (
    Sender("events", "/api/v1/events"), Sender("alerts", "/api/v1/sources/{name}/alerts")
)}


@schemathesis.auth(refresh_interval=None)
class Auth:
    def get(self, case, context):
        return SENDERS.get(case.operation.path, SIGNED).headers()

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), **data}


@schemathesis.hook
def before_call(context, case, kwargs):
    generation = case.meta.generation if case.meta else None
    if generation and generation.mode.is_positive and case.query and "cursor" in case.query:
        del case.query["cursor"]
    sender = SENDERS.get(case.operation.path)
    if sender and case.path_parameters and case.path_parameters.get("name") != sender.name:
        # Its own name is what a source may send under; now and then, the tests make up another one.
        if generation and generation.mode.is_positive:
            case.path_parameters["name"] = sender.name

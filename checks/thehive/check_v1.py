"""Sends, reads, changes, promotes and merges alerts with TheHive's own client for TheHive 5 (thehive4py 2 of PyPI).

Arguments: the address of a server, and the token of a feeder.
"""

import sys

from thehive4py import TheHiveApi
from thehive4py.errors import TheHiveError
from thehive4py.types.alert import OutputAlert
from thehive4py.types.case import OutputCase


def alert(reference):
    return {
        "type": "external",
        "source": "soar",
        "sourceRef": reference,
        "title": f"Odd login {reference}",
        "description": "somebody *somewhere*",
        "severity": 3,
        "date": 1800000000000,
        "tags": ["one", "two"],
        "tlp": 3,
        "pap": 1,
        "externalLink": "https://soar.example.org/1",
        "customFields": [{"name": "hits", "value": 7}, {"name": "site", "value": "web"}],
        "observables": [
            {"dataType": "ip", "data": "203.0.113.66", "tags": ["c2"], "ioc": True},
            {"dataType": "hash", "data": ["a" * 32, "b" * 64]},
        ],
    }


def has_shape(got, shape):
    """Whether an answer has what its type says that it must have, each of a type that JSON has for it."""
    for name in shape.__required_keys__:
        assert name in got, f"{name} is missing in {got}"
    types = {int: int, str: str, bool: bool, dict: dict}
    for name, kind in shape.__annotations__.items():
        if name in got and kind in types:
            assert type(got[name]) is types[kind], f"{name} is {got[name]!r}"


def fails(call, *args):
    try:
        call(*args)
    except TheHiveError as error:
        return error
    raise AssertionError(f"{call.__name__} did not fail")


def main(url, key):
    hive = TheHiveApi(url=url, apikey=key, organisation="soc")

    made = hive.alert.create(alert("1"))
    has_shape(made, OutputAlert)
    got = hive.alert.get(made["_id"])
    assert got == made, (got, made)
    for name in ("title", "description", "severity", "tags", "tlp", "pap", "date", "externalLink"):
        assert got[name] == alert("1")[name], name
    assert (got["severityLabel"], got["tlpLabel"], got["papLabel"]) == ("HIGH", "AMBER+STRICT", "GREEN")
    assert (got["status"], got["stage"], got["observableCount"]) == ("New", "New", 3)
    assert [field["value"] for field in got["customFields"]] == [7, "web"]
    print("created and read")

    error = fails(hive.alert.create, alert("1"))
    assert error.response.status_code == 400 and "CreateError" in error.message, error
    error = fails(hive.alert.get, "~999")
    assert error.response.status_code == 404 and "NotFoundError" in error.message, error
    error = fails(TheHiveApi(url=url, apikey="wrong").alert.get, "~1")
    assert error.response.status_code == 401 and "AuthenticationError" in error.message, error
    error = fails(hive.alert.create, {**alert("9"), "observables": [{"dataType": "file", "attachment": "a"}]}, {"a": __file__})
    assert error.response.status_code == 415, error
    print("refused as TheHive does")

    hive.alert.update(made["_id"], {"title": "Stolen account", "severity": 4, "addTags": ["three"], "assignee": "wazuh1"})
    got = hive.alert.get(made["_id"])
    assert (got["title"], got["severityLabel"], got["assignee"]) == ("Stolen account", "CRITICAL", "wazuh1")
    assert (got["tags"], got["status"]) == (["one", "two", "three"], "InProgress")
    print("updated")

    case = hive.alert.promote_to_case(made["_id"], {"title": "Break-in"})
    has_shape(case, OutputCase)
    assert (case["title"], case["severity"], case["tlpLabel"]) == ("Break-in", 4, "AMBER+STRICT")
    assert hive.case.get(case["_id"]) == case
    assert hive.case.get(str(case["number"])) == case
    got = hive.alert.get(made["_id"])
    assert (got["caseId"], got["status"], got["stage"]) == (case["_id"], "Imported", "Imported")
    assert hive.alert.promote_to_case(made["_id"])["_id"] == case["_id"]
    print("promoted")

    second = hive.alert.create(alert("2"))
    merged = hive.alert.merge_into_case(second["_id"], case["_id"])
    has_shape(merged, OutputCase)
    assert merged["_id"] == case["_id"]
    assert hive.alert.get(second["_id"])["caseId"] == case["_id"]
    print("merged")


if __name__ == "__main__":
    main(*sys.argv[1:])

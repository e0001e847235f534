"""Sends, reads, changes, promotes and merges alerts with TheHive's own client for TheHive 3 and 4 (thehive4py 1.8 of
PyPI), as custom-w2thive.py of Wazuh's users does.

Arguments: the address of a server, and the token of a feeder.
"""

import sys
import warnings

warnings.simplefilter("ignore")

from thehive4py.api import TheHiveApi
from thehive4py.models import Alert, AlertArtifact, CustomFieldHelper, Version


def alert(reference):
    return Alert(
        title="sshd: brute force trying to get access to the system",
        tlp=2,
        tags=["wazuh", "rule=5712", "agent_name=web-01", "agent_id=001", "agent_ip=192.0.2.10"],
        description="|key|val|\n|---|---|\n|rule.level|10|\n",
        type="wazuh_alert",
        source="wazuh",
        sourceRef=reference,
        customFields=CustomFieldHelper().add_string("site", "web").add_integer("hits", 7).build(),
        artifacts=[
            AlertArtifact(dataType="ip", data="203.0.113.66"),
            AlertArtifact(dataType="url", data="https://evil.example.org/x"),
            AlertArtifact(dataType="domain", data="evil.example.org"),
        ],
    )


def answered(response, status):
    assert response.status_code == status, (response.status_code, response.text)
    return response.json()


def main(url, key):
    hive = TheHiveApi(url, key, version=Version.THEHIVE_4.value, organisation="soc")

    made = answered(hive.create_alert(alert("5f3a1c")), 201)
    got = answered(hive.get_alert(made["id"]), 200)
    assert got == made, (got, made)
    # The client makes an alert of its own of an answer.
    read = Alert(json=got)
    assert (read.title, read.tlp, read.tags) == (alert("5f3a1c").title, 2, alert("5f3a1c").tags)
    assert [artifact.dataType for artifact in read.artifacts] == ["ip", "url", "domain"]
    assert (got["customFields"]["hits"]["integer"], got["status"], got["case"]) == (7, "New", None)
    print("created and read")

    error = answered(hive.create_alert(alert("5f3a1c")), 400)
    assert error["type"] == "CreateError" and "already exists" in error["message"], error
    assert answered(hive.get_alert("~999"), 404)["type"] == "NotFoundError"
    print("refused as TheHive does")

    read.severity, read.title = 3, "sshd: brute force that went on"
    read.artifacts.append(AlertArtifact(dataType="hostname", data="web-02"))
    got = answered(hive.update_alert(made["id"], read, fields=["severity", "title", "artifacts"]), 200)
    assert (got["severity"], got["title"], len(got["artifacts"])) == (3, read.title, 4)
    print("updated")

    case = answered(hive.promote_alert_to_case(made["id"]), 201)
    assert (case["title"], case["severity"], case["status"]) == (read.title, 3, "Open")
    assert case["id"] == f"~{case['caseId']}"
    assert answered(hive.get_case(case["id"]), 200) == case
    assert hive.case(case["id"]).title == case["title"]
    assert answered(hive.promote_alert_to_case(made["id"]), 201)["id"] == case["id"]
    print("promoted")

    second = answered(hive.create_alert(alert("5f3a1d")), 201)
    assert answered(hive.merge_alert_into_case(second["id"], case["id"]), 200)["id"] == case["id"]
    got = answered(hive.get_alert(second["id"]), 200)
    assert (got["case"], got["status"]) == (case["id"], "Imported")
    print("merged")


if __name__ == "__main__":
    main(*sys.argv[1:])

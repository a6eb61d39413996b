"""Every report that comes with the program, on both engines, over rows whose numbers are known."""

from __future__ import annotations

from typing import Any

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.reports import drilldown, question
from itmsctl.reports.service import CATALOGUE, Asked, answer
from itmsctl.reports.service.reports import shipped
from tests.reports.scene import fill

# report: (values of parameters, columns that are looked at, rows); a moment is said in days before the scene's present.
EXPECTED: dict[str, tuple[dict[str, str], str, list[tuple[Any, ...]]]] = {
    "baseline-compliance": ({}, "name baseline state percent changed missing extra", [
        ("bob", "web", "unknown", None, 0, 0, 0), ("cyd", "web", "deviating", 33.3, 1, 1, 0),
        ("ada", "web", "compliant", 100.0, 0, 0, 0),
    ]),
    "baseline-deviations": ({"baseline": "web"}, "baseline name deviation computers", [
        ("web", "/usr/bin/a", "changed", 1), ("web", "/usr/bin/b", "missing", 1),
    ]),
    "changes": ({}, "kind created updated removed", [
        ("baseline", 1, 0, 0), ("computer", 5, 0, 0), ("filter", 2, 0, 0), ("job", 1, 0, 0),
        ("management-server", 1, 0, 0), ("policy", 2, 0, 0),
        ("schedule", 1, 0, 0), ("server", 2, 0, 0), ("site", 3, 0, 1), ("software", 1, 0, 0), ("subnet", 3, 0, 0),
        ("task", 3, 0, 0), ("window", 1, 0, 0),
    ]),
    "collections": ({}, "kind name type members stale", [
        # A policy was saved whose target names `linux`: the next policy update looks at it.
        ("filter", "linux", "query", 3, True), ("filter", "prod", "query", 2, True),
    ]),
    "concurrent-use": ({}, "program computers users peak days", [("firefox", 2, 2, 3, 2), ("sol", 1, 1, 1, 1)]),
    "denied-programs": ({}, "program name denials violations last_user", [("sol", "bob", 4, 2, "jim")]),
    "expired": ({}, "name run what contacts", [("cyd", "R-2", "patch", 3)]),
    "failing-computers": ({}, "name runs failed unreachable", [("bob", 2, 2, 0)]),
    "identity": ({"value": "s1"}, "name kind value junk", [
        ("ada", "serial", "S1", False), ("bob", "serial", "S1", False),
    ]),
    "inventory-discrepancies": ({}, "name class behind_days why", [
        ("ada", "software", 30.0, None), ("bob", "disks", 0.0, "lsblk is missing"),
    ]),
    "inventory-recency": ({}, "name classes days", [("dan", 0, None), ("eve", 0, None), ("cyd", 1, 20.0)]),
    "late-membership": ({}, "kind name stale days", [("filter", "linux", True, 0.0), ("filter", "prod", True, 0.0)]),
    "licences": ({}, "name licenses needed balance installed used idle standing", [
        ("firefox", 1, 2, -1, 2, 1, 1, "over-deployed"),
    ]),
    "management-servers": ({}, "name parent sites computers planned", [("hq", None, 2, 4, 800)]),
    "members": ({"collection": "linux"}, "name kind os_family", [
        ("ada", "filter", "linux"), ("bob", "filter", "linux"), ("dan", "filter", "linux"),
    ]),
    "missing-services": ({}, "site service computers", [("oslo", "package", 1), ("oslo", "task", 1)]),
    "most-used": ({}, "program product computers users starts minutes", [
        ("firefox", "firefox-esr", 2, 2, 7, 90.0), ("sol", None, 1, 1, 2, 1.0),
    ]),
    "never-run": ({}, "task type jobs", [("sweep", "command", 1), ("tidy", "command", 0)]),
    "not-seen": ({}, "name days", [("dan", None), ("eve", None), ("bob", 40.0), ("cyd", 31.5)]),
    "old-credentials": ({}, "name kind user version days", [("root", "password", "root", 2, 100.0)]),
    "os-by-site": ({}, "site os_family computers", [
        ("oslo", "linux", 1), ("rome", "linux", 2), ("rome", "windows", 1), (None, None, 1),
    ]),
    "package-copies": ({}, "package state servers whole to_come wrong", [("tool", "published", 1, 1, 0, 0)]),
    "policies": ({}, "policy enabled trigger state run ok_pct", [
        ("idle", True, "nights", None, None, None), ("patching", True, "nights", "started", "R-2", 33.3),
    ]),
    "removed": ({}, "kind name reason change_set", [("site", "gone", "", 2)]),
    "replication-state": ({}, "name relation channel state waiting objects conflicts", [
        ("rome", "child", "ssh", "joined", 1, 0, 1),
    ]),
    "run-problems": ({"run": "r-1"}, "run name state message", [
        ("R-1", "bob", "failed", "\x1b[31m=bad"), ("R-1", "dan", "unreachable", None),
    ]),
    "runs": ({}, "run what computers ok failed unsettled ok_pct", [
        ("R-2", "patch", 4, 1, 1, 1, 33.3), ("R-1", "patch", 3, 1, 1, 1, 33.3),
    ]),
    "server-load": ({}, "server service sites computers others", [
        ("ada", "package", 1, 3, 0), ("ada", "task", 1, 3, 1), ("bob", "task", 1, 3, 1),
    ]),
    "shared-host-keys": ({}, "fingerprint computers first last", [("SHA256:same", 2, "ada", "bob")]),
    "shared-identities": ({}, "kind value computers first last", [("serial", "S1", 2, "ada", "bob")]),
    "subnets": ({}, "subnet site computers", [
        ("10.2.0.0/24", "oslo", 1), ("10.3.0.0/24", "oslo", 0), ("10.1.0.0/24", "rome", 3),
    ]),
    "software-compliance": ({}, "software computers compliant not_compliant percent", [("firefox", 2, 2, 0, 100.0)]),
    "unused-software": ({}, "name computers days", [("firefox-esr", 1, 100.0), ("gimp", 1, None)]),
    "tag-values": ({"key": "env"}, "value computers", [("prod", 2), ("test", 1)]),
    "without-site": ({}, "name address subnet", [("eve", "192.0.2.9", None)]),
    "without-window": ({}, "name site", [("cyd", "rome"), ("dan", "oslo"), ("eve", None)]),
}  # fmt: skip


def rows_of(store: Store, name: str, **given: str) -> list[dict[str, Any]]:
    with store.read() as reader:
        fields = CATALOGUE.get(reader, name).fields
    with answer(store.read, Asked(fields, given)) as found:
        return list(found.rows(lead=True))


def test_each_gives_its_numbers(store: Store) -> None:
    fill(store)
    for name, (given, columns, wanted) in EXPECTED.items():
        found = rows_of(store, name, **given)
        assert [tuple(row[column] for column in columns.split()) for row in found] == wanted, name
        types = [[type(row[column]) for column in columns.split()] for row in found]
        assert types == [list(map(type, row)) for row in wanted], name
    assert [row["subnet"] for row in rows_of(store, "subnets", empty_only="yes")] == ["10.3.0.0/24"]
    assert [row["run"] for row in rows_of(store, "runs", since="36h")] == ["R-2"]
    assert [row["service"] for row in rows_of(store, "missing-services", service="task")] == ["task"]
    assert rows_of(store, "run-problems", run="R-1")[0]["drilldown"] == "itmsctl run logs R-1 bob"


def test_every_one_is_asked_here() -> None:
    assert EXPECTED.keys() == {doc.name for doc in shipped().values()}
    assert len(EXPECTED) >= 12


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_says_what_it_is_for_and_leads_somewhere_known(name: str) -> None:
    fields = shipped()[name].fields
    query = question.checked(fields["sql"], question.parameters_of(fields))
    assert fields["description"].endswith(".")
    assert len(query.columns) <= 9, "more do not fit a terminal"
    if fields["drilldown"]:
        assert drilldown.check(fields["drilldown"], query.columns) == fields["drilldown"]


def test_leads_are_commands_that_exist() -> None:
    from itmsctl.cli.root import load_group

    for doc in shipped().values():
        if doc.fields["drilldown"]:
            group, verb = doc.fields["drilldown"].split()[:2]
            commands = getattr(load_group(group), "commands", {})
            assert verb in commands, doc.name
